"""The markup reading: a formula as LaTeX, MathML and plain text, in symbols or with numbers put in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from problems.family import Role
from problems.graph import Expr, Op, Reading, Walk, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from problems.precision import Precision
    from problems.problem import Problem, Worksheet

SUM, PRODUCT, ATOM = 0, 1, 2
"""How strongly a piece of markup holds together: what is weaker than its place calls for gets parentheses."""


@dataclass(frozen=True, slots=True)
class Markup:
    """One formula in three notations; `mathml` is the content of a <math> element."""

    latex: str
    mathml: str
    text: str
    binding: int = ATOM

    def math(self, *, block: bool = False) -> str:
        """The whole <math> element."""
        display = ' display="block"' if block else ""
        return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{display}>{self.mathml}</math>'

    def held(self, binding: int) -> Markup:
        """The same, in parentheses where it holds together less than `binding`."""
        if self.binding >= binding:
            return self
        mathml = f'<mrow><mo stretchy="false">(</mo>{self.mathml}<mo stretchy="false">)</mo></mrow>'
        return Markup(rf"\left({self.latex}\right)", mathml, f"({self.text})")


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_GREEK = MappingProxyType({"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eps": "ε", "mu": "μ"})
_NAMED = MappingProxyType(
    {
        "product": (
            r"\prod_l f'(z_l)",
            (
                "<mrow><munder><mo>∏</mo><mi>l</mi></munder><msup><mi>f</mi><mo>′</mo></msup><mo>(</mo>"
                "<msub><mi>z</mi><mi>l</mi></msub><mo>)</mo></mrow>"
            ),
            "∏ f′(zₗ)",
        ),
        "learning_rate": (r"\eta", "<mi>η</mi>", "η"),
        "mean": (r"\mu", "<mi>μ</mi>", "μ"),
        "var": (r"\sigma^2", "<msup><mi>σ</mi><mn>2</mn></msup>", "σ²"),
        "x_hat": (r"\hat{x}", "<mover><mi>x</mi><mo>^</mo></mover>", "x̂"),
        "fan_in": (r"n_{\text{in}}", "<msub><mi>n</mi><mtext>in</mtext></msub>", "n_in"),
        "fan_out": (r"n_{\text{out}}", "<msub><mi>n</mi><mtext>out</mtext></msub>", "n_out"),
        "weight_variance": (
            r"\operatorname{Var}(w)",
            "<mrow><mi>Var</mi><mo>(</mo><mi>w</mi><mo>)</mo></mrow>",
            "Var(w)",
        ),
        "first_layer": (r"l^{*}", "<msup><mi>l</mi><mo>*</mo></msup>", "l*"),
        "log10_factor": (
            r"\log_{10} \text{factor}",
            "<mrow><msub><mi>log</mi><mn>10</mn></msub><mtext>factor</mtext></mrow>",
            "log₁₀ factor",
        ),
        "log10_g": (r"\log_{10} g", "<mrow><msub><mi>log</mi><mn>10</mn></msub><mi>g</mi></mrow>", "log₁₀ g"),
    }
)
"""Names with a symbol of their own, in the three notations."""
_NAME = re.compile(r"([A-Za-z]+?)(\d*)(?:_([a-z]+)(\d*))?")
_DERIVATIVE = re.compile(r"d([A-Za-z]+\d*)_d([A-Za-z]\w*)")


def _identifier(name: str) -> Markup:
    if name in _GREEK:
        return Markup(rf"\{'varepsilon' if name == 'eps' else name}", f"<mi>{_GREEK[name]}</mi>", _GREEK[name])
    if len(name) == 1:
        return Markup(name, f"<mi>{name}</mi>", name)
    return Markup(rf"\text{{{name}}}", f"<mtext>{name}</mtext>", name)


@lru_cache(maxsize=1024)
def symbol_of(name: str) -> Markup:
    """The symbol that a name stands for: z1 is z₁, dL_dz3 is ∂L/∂z₃, a_leaky is a with the word above."""
    if name.endswith("_clipped"):
        return _marked(symbol_of(name.removesuffix("_clipped")), "clipped")
    if match := _DERIVATIVE.fullmatch(name):
        top, below = symbol_of(match[1]), symbol_of(match[2])
        return Markup(
            rf"\frac{{\partial {top.latex}}}{{\partial {below.latex}}}",
            f"<mfrac><mrow><mo>∂</mo>{top.mathml}</mrow><mrow><mo>∂</mo>{below.mathml}</mrow></mfrac>",
            f"∂{top.text}/∂{below.text}",
        )
    if name in _NAMED:
        return Markup(*_NAMED[name])
    match = _NAME.fullmatch(name)
    if match is None:
        return _identifier(name.replace("_", " "))
    symbol, layer, word, count = _identifier(match[1]), match[2], match[3], match[4]
    if layer:
        symbol = Markup(
            f"{symbol.latex}_{{{layer}}}",
            f"<msub>{symbol.mathml}<mn>{layer}</mn></msub>",
            f"{symbol.text}{layer.translate(_SUBSCRIPTS)}",
        )
    if word and len(word) == 1:
        return Markup(f"{symbol.latex}_{word}", f"<msub>{symbol.mathml}<mi>{word}</mi></msub>", f"{symbol.text}_{word}")
    return _marked(symbol, f"{word} {count}".strip()) if word else symbol


def _marked(symbol: Markup, word: str) -> Markup:
    """The symbol with a word above: a leaky, w new 2."""
    latex, mathml = rf"{symbol.latex}^{{\text{{{word}}}}}", f"<msup>{symbol.mathml}<mtext>{word}</mtext></msup>"
    return Markup(latex, mathml, f"{symbol.text} {word}")


def _not_finite(value: float) -> Markup:
    """What is no number: a loss at a probability of 0, say."""
    if np.isnan(value):
        return Markup(r"\text{undefined}", "<mtext>undefined</mtext>", "undefined")
    infinite = Markup(r"\infty", "<mi>∞</mi>", "∞")
    return infinite if value > 0 else Markup(r"-\infty", "<mrow><mo>−</mo><mi>∞</mi></mrow>", "−∞", SUM)


def number_markup(value: float, precision: Precision | None = None) -> Markup:
    """A number as it is written by hand; rounded to the working precision where one is given."""
    if not np.isfinite(value):
        return _not_finite(value)
    if precision is None:
        text = np.format_float_positional(value, trim="-") if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:e}"  # noqa: PLR2004 - the usual bounds of plain notation
        mantissa, _, power = text.partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if power else mantissa
    else:
        places = precision.places(value)
        if value != 0 and places > precision.decimals + 3 and abs(value) < 1e-3:  # noqa: PLR2004 - the same
            mantissa, _, power = f"{value:.{precision.sigfigs - 1}e}".partition("e")
        else:
            mantissa, power = f"{value:.{places}f}", ""
    if float(mantissa) == 0:
        mantissa = mantissa.lstrip("-")
    shown = mantissa.replace("-", "−")
    binding = SUM if mantissa.startswith("-") else (PRODUCT if power else ATOM)
    sign, digits = ("<mo>−</mo>", shown[1:]) if shown.startswith("−") else ("", shown)
    mathml = f"<mrow>{sign}<mn>{digits}</mn></mrow>"
    if not power:
        return Markup(mantissa, mathml, shown, binding)
    exponent = int(power)
    raised = str(exponent).replace("-", "⁻").translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    ten = f"<msup><mn>10</mn><mn>{str(exponent).replace('-', '−')}</mn></msup>"
    mathml = f"<mrow>{sign}<mn>{digits}</mn><mo>×</mo>{ten}</mrow>"
    return Markup(rf"{mantissa} \times 10^{{{exponent}}}", mathml, f"{shown}×10{raised}", binding)


def array_markup(values: ArrayLike, precision: Precision | None = None) -> Markup:
    """A number, vector (as a row) or matrix in brackets."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 0:
        return number_markup(float(array), precision)
    rows = [[number_markup(float(value), precision) for value in row] for row in np.atleast_2d(array)]
    latex = r" \\ ".join(" & ".join(cell.latex for cell in row) for row in rows)
    cells = "".join("<mtr>" + "".join(f"<mtd>{cell.mathml}</mtd>" for cell in row) + "</mtr>" for row in rows)
    texts = [f"[{', '.join(cell.text for cell in row)}]" for row in rows]
    return Markup(
        rf"\begin{{pmatrix}}{latex}\end{{pmatrix}}",
        f"<mrow><mo>[</mo><mtable>{cells}</mtable><mo>]</mo></mrow>",
        texts[0] if array.ndim == 1 else f"[{', '.join(texts)}]",
    )


def _joined(parts: tuple[Markup, ...], latex: str, sign: str, text: str, binding: int) -> Markup:
    return Markup(
        latex.join(part.latex for part in parts),
        "<mrow>" + f"<mo>{sign}</mo>".join(part.mathml for part in parts) + "</mrow>",
        text.join(part.text for part in parts),
        binding,
    )


def _sum(*terms: Markup) -> Markup:
    held = (terms[0], *(term if not term.text.startswith("−") else term.held(PRODUCT) for term in terms[1:]))
    return _joined(held, " + ", "+", " + ", SUM)


def _difference(left: Markup, right: Markup) -> Markup:
    return _joined((left, right.held(PRODUCT)), " - ", "−", " − ", SUM)


def _negative(x: Markup) -> Markup:
    held = x.held(PRODUCT)
    return Markup(f"-{held.latex}", f"<mrow><mo>−</mo>{held.mathml}</mrow>", f"−{held.text}", SUM)


def _product(*factors: Markup) -> Markup:
    return _joined(tuple(factor.held(PRODUCT) for factor in factors), r" \cdot ", "·", "·", PRODUCT)


def _applied(latex: str, mathml: str, text: str) -> Callable[..., Markup]:
    """A function of its first argument; a parameter behind it is not repeated."""

    def rule(x: Markup, *_parameters: Markup) -> Markup:
        inside = f'<mrow><mo stretchy="false">(</mo>{x.mathml}<mo stretchy="false">)</mo></mrow>'
        return Markup(rf"{latex}({x.latex})", f"<mrow>{mathml}{inside}</mrow>", f"{text}({x.text})")

    return rule


def _named(name: str) -> Callable[..., Markup]:
    return _applied(rf"\operatorname{{{name}}}", f"<mi>{name}</mi>", name)


def _named_slope(name: str) -> Callable[..., Markup]:
    return _applied(rf"\operatorname{{{name}}}'", f"<msup><mi>{name}</mi><mo>′</mo></msup>", f"{name}′")


def _error(scale: Markup | None) -> Callable[[Markup, Markup], Markup]:
    def rule(prediction: Markup, target: Markup) -> Markup:
        square = _squared(_difference(prediction, target))
        return square if scale is None else _product(scale, square)

    return rule


_HALF = Markup(r"\frac{1}{2}", "<mfrac><mn>1</mn><mn>2</mn></mfrac>", "½")


def _sigmoid_from_value(a: Markup) -> Markup:
    return _product(a, _difference(number_markup(1), a).held(ATOM))


_sigmoid_of = _applied(r"\sigma", "<mi>σ</mi>", "σ")


def _tanh_from_value(a: Markup) -> Markup:
    return _difference(number_markup(1), _squared(a))


def _transposed(x: Markup) -> Markup:
    held = x.held(ATOM)
    return Markup(rf"{held.latex}^{{\mathsf{{T}}}}", f"<msup>{held.mathml}<mi>T</mi></msup>", f"{held.text}ᵀ")


def _beside(left: Markup, right: Markup) -> Markup:
    """A matrix product."""
    held = left.held(PRODUCT), right.held(PRODUCT)
    return _joined(held, r"\, ", "\u2062", " ", PRODUCT)


def _fraction(above: Markup, below: Markup) -> Markup:
    text = f"{above.held(PRODUCT).text}/{below.held(ATOM).text}"
    mathml = f"<mfrac><mrow>{above.mathml}</mrow><mrow>{below.mathml}</mrow></mfrac>"
    return Markup(rf"\frac{{{above.latex}}}{{{below.latex}}}", mathml, text, PRODUCT)


def _root(x: Markup) -> Markup:
    return Markup(
        rf"\sqrt{{{x.latex}}}", f"<msqrt>{x.mathml}</msqrt>", f"√{x.text if len(x.text) == 1 else f'({x.text})'}"
    )


def _squared(x: Markup) -> Markup:
    held = x.held(ATOM)
    return Markup(f"{held.latex}^2", f"<msup>{held.mathml}<mn>2</mn></msup>", f"{held.text}²")


def _power(base: Markup, exponent: Markup) -> Markup:
    held = base.held(ATOM)
    raised = f"{held.latex}^{{{exponent.latex}}}", f"<msup>{held.mathml}<mrow>{exponent.mathml}</mrow></msup>"
    return Markup(*raised, f"{held.text}^{exponent.held(ATOM).text}")


def _stacked(*entries: Markup) -> Markup:
    cells = "".join(f"<mtd>{entry.mathml}</mtd>" for entry in entries)
    return Markup(
        rf"\left({', '.join(entry.latex for entry in entries)}\right)",
        f"<mrow><mo>[</mo><mtable><mtr>{cells}</mtr></mtable><mo>]</mo></mrow>",
        f"[{', '.join(entry.text for entry in entries)}]",
    )


def _over_all(latex: str, mathml: str, text: str) -> Callable[[Markup], Markup]:
    """A sum or the like over what stands behind it."""

    def rule(x: Markup) -> Markup:
        held = x.held(PRODUCT)
        return Markup(f"{latex} {held.latex}", f"<mrow>{mathml}{held.mathml}</mrow>", f"{text} {held.text}", PRODUCT)

    return rule


_sum_over = _over_all(r"\sum", "<mo>∑</mo>", "Σ")


def _mean_over(x: Markup) -> Markup:
    return _over_all(r"\tfrac1n\sum", "<mfrac><mn>1</mn><mi>n</mi></mfrac><mo>∑</mo>", "1/n Σ")(x)


def _logarithm(x: Markup) -> Markup:
    held = x.held(ATOM)
    return Markup(
        rf"\ln {held.latex}", f"<mrow><mi>ln</mi><mo>\u2061</mo>{held.mathml}</mrow>", f"ln {held.text}", PRODUCT
    )


def _cross_entropy(p: Markup, y: Markup) -> Markup:
    return _negative(_sum_over(_product(y, _logarithm(p))))


def _binary_cross_entropy(a: Markup, y: Markup) -> Markup:
    one = number_markup(1)
    hit = _product(y, _logarithm(a))
    miss = _product(_difference(one, y).held(ATOM), _logarithm(_difference(one, a).held(ATOM)))
    return _negative(_sum(hit, miss).held(ATOM))


def _cross_entropy_slope(a: Markup, y: Markup) -> Markup:
    return _fraction(_difference(a, y), _sigmoid_from_value(a))


def _elu_from_value(a: Markup, alpha: Markup) -> Markup:
    return _sum(a, alpha)


def _least(first: Markup, second: Markup) -> Markup:
    inside = f"<mrow>{first.mathml}<mo>,</mo>{second.mathml}</mrow>"
    return Markup(
        rf"\min({first.latex}, {second.latex})",
        f'<mrow><mi>min</mi><mo stretchy="false">(</mo>{inside}<mo stretchy="false">)</mo></mrow>',
        f"min({first.text}, {second.text})",
    )


def _clipped(x: Markup, bound: Markup) -> Markup:
    between = _stacked(_negative(bound), bound)
    return Markup(
        rf"\operatorname{{clip}}({x.latex}, -{bound.held(PRODUCT).latex}, {bound.latex})",
        f"<mrow><mi>clip</mi><mo>(</mo>{x.mathml}<mo>,</mo>{_negative(bound).mathml}<mo>,</mo>{bound.mathml}<mo>)</mo></mrow>",
        f"clip({x.text}, {between.text[1:-1]})",
    )


def _beyond(size: Markup, bound: Markup) -> Markup:
    return _joined((_magnitude(size), bound), " > ", "&gt;", " > ", SUM)


def _magnitude(x: Markup) -> Markup:
    return Markup(rf"\left|{x.latex}\right|", _size(x), f"|{x.text}|")


def _size(x: Markup) -> str:
    bar = '<mo fence="true" stretchy="true">|</mo>'
    return f"<mrow>{bar}{x.mathml}{bar}</mrow>"


def _growth(gradient: Markup, arriving: Markup) -> Markup:
    return _joined((_magnitude(gradient), _magnitude(arriving)), " : ", ":", " : ", SUM)


def _not_positive(z: Markup) -> Markup:
    return Markup(rf"{z.latex} \le 0", f"<mrow>{z.mathml}<mo>≤</mo><mn>0</mn></mrow>", f"{z.text} ≤ 0", SUM)


MARKUP: Reading[Markup] = Reading(
    number=lambda value: value if isinstance(value, Markup) else array_markup(value),
    route=-1,
    rules=MappingProxyType(
        {
            Op.ADD: _sum,
            Op.SUB: _difference,
            Op.NEG: _negative,
            Op.MUL: _product,
            Op.DIV: _fraction,
            Op.ABS: _magnitude,
            Op.SQUARE: _squared,
            Op.SQRT: _root,
            Op.POWER: _power,
            Op.LOG10: _applied(r"\log_{10}", "<msub><mi>log</mi><mn>10</mn></msub>", "log₁₀"),
            Op.POWER_OF_TEN: lambda x: _power(number_markup(10), x),
            Op.STACK: _stacked,
            Op.SUM: _sum_over,
            Op.MEAN: _mean_over,
            Op.MAX: _named("max"),
            Op.DOT: lambda x, y: _beside(_transposed(x), y),
            Op.MATVEC: _beside,
            Op.BACK_MATVEC: lambda w, delta: _beside(_transposed(w), delta),
            Op.OUTER: lambda delta, a: _beside(delta, _transposed(a)),
            Op.LAYER_OF_ROWS: lambda x, w: _beside(x, _transposed(w)),
            Op.SIGMOID: _applied(r"\sigma", "<mi>σ</mi>", "σ"),
            Op.SIGMOID_SLOPE: _applied(r"\sigma'", "<msup><mi>σ</mi><mo>′</mo></msup>", "σ′"),
            Op.SIGMOID_SLOPE_AT_VALUE: _sigmoid_from_value,
            Op.TANH: _named("tanh"),
            Op.TANH_SLOPE: _named_slope("tanh"),
            Op.TANH_SLOPE_AT_VALUE: _tanh_from_value,
            Op.RELU: _named("ReLU"),
            Op.RELU_SLOPE: _named_slope("ReLU"),
            Op.LEAKY_RELU: _named("LeakyReLU"),
            Op.LEAKY_RELU_SLOPE: _named_slope("LeakyReLU"),
            Op.PRELU: _named("PReLU"),
            Op.PRELU_SLOPE: _named_slope("PReLU"),
            Op.NEGATIVE_PART: lambda z: _least(z, number_markup(0)),
            Op.ELU: _named("ELU"),
            Op.ELU_SLOPE: _named_slope("ELU"),
            Op.ELU_SLOPE_AT_VALUE: _elu_from_value,
            Op.SOFTMAX: _named("softmax"),
            Op.SOFTMAX_BACK: lambda a, gradient: _product(
                a, _difference(gradient, _beside(_transposed(a), gradient)).held(ATOM)
            ),
            Op.SQUARED_ERROR: _error(None),
            Op.HALF_SQUARED_ERROR: _error(_HALF),
            Op.BINARY_CROSS_ENTROPY: _binary_cross_entropy,
            Op.SIGMOID_CROSS_ENTROPY: lambda z, y: _binary_cross_entropy(_sigmoid_of(z), y),
            Op.CROSS_ENTROPY: _cross_entropy,
            Op.SOFTMAX_CROSS_ENTROPY: lambda z, y: _cross_entropy(_named("softmax")(z), y),
            Op.SIGMOID_ERROR: lambda z, y: _difference(_sigmoid_of(z), y),
            Op.TANH_ERROR: lambda z, y: _difference(_named("tanh")(z), y),
            Op.SOFTMAX_ERROR: lambda z, y: _difference(_named("softmax")(z), y),
            Op.CROSS_ENTROPY_SLOPE: lambda z, y: _cross_entropy_slope(_sigmoid_of(z), y),
            Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _cross_entropy_slope,
            Op.CLIP: _clipped,
            Op.AT_MOST_ONE: lambda x: _least(number_markup(1), x),
            Op.LOOKUP: lambda _entries, places: places,
            Op.CHOSEN: lambda _chosen: Markup("", "", ""),
            Op.DEAD: _not_positive,
            Op.GROWTH: _growth,
            Op.FIRST_BEYOND: _beyond,
            Op.COURSE: _magnitude,
        }
    ),
)
"""Names stand for their symbols or for numbers, whichever the walk knows; of several routes the last is shown."""


@lru_cache(maxsize=1024)
def symbols(worksheet: Worksheet) -> Mapping[str, Markup]:
    """Name -> symbol, for given numbers and steps."""
    shown = {name: symbol_of(name) for name in worksheet.roles}
    for given in worksheet.givens:
        if given.symbol is not None:
            shown[given.name] = symbol_of(given.symbol(worksheet.options))
    for step in worksheet.steps.values():
        symbol = step.formula.routes()[0] if step.symbol is None and step.role is Role.SLOPE else step.symbol
        if symbol is not None:
            head = symbol.head
            shown[step.id] = symbol_of(head) if isinstance(head, str) else formula_in(symbol, shown)
    return MappingProxyType(shown)


def formula_in(formula: Expr, shown: Mapping[str, Markup]) -> Markup:
    """The formula, with each name shown as stated."""
    return Walk(MARKUP, dict(shown)).value_of(formula)


def formulas(worksheet: Worksheet) -> Mapping[str, Markup]:
    """Step id -> its formula in symbols."""
    shown = symbols(worksheet)
    given = {name: symbol for name, symbol in shown.items() if name not in worksheet.graph}
    return evaluate(worksheet.graph, given, MARKUP, shown).expected  # type: ignore[arg-type]  # symbols, not arrays


def formulas_with_numbers(problem: Problem, values: Mapping[str, ArrayLike]) -> Mapping[str, Markup]:
    """Step id -> its formula with the numbers put in, steps above it at the working precision."""
    worksheet = problem.worksheet
    given = {name: array_markup(value[..., 0]) for name, value in problem.inputs.items()}
    written = {name: array_markup(value, problem.precision) for name, value in values.items()}
    return evaluate(worksheet.graph, given, MARKUP, written).expected  # type: ignore[arg-type]  # markup, not arrays
