"""The markup reading: a formula as LaTeX, MathML and plain text, in symbols or with numbers put in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

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
_NAME = re.compile(r"([A-Za-z]+?)(\d*)(?:_([a-z]+))?")
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
    if name == "product":
        slope = "<msup><mi>f</mi><mo>′</mo></msup><mo>(</mo><msub><mi>z</mi><mi>l</mi></msub><mo>)</mo>"
        return Markup(r"\prod_l f'(z_l)", f"<mrow><munder><mo>∏</mo><mi>l</mi></munder>{slope}</mrow>", "∏ f′(zₗ)")
    if match := _DERIVATIVE.fullmatch(name):
        top, below = symbol_of(match[1]), symbol_of(match[2])
        return Markup(
            rf"\frac{{\partial {top.latex}}}{{\partial {below.latex}}}",
            f"<mfrac><mrow><mo>∂</mo>{top.mathml}</mrow><mrow><mo>∂</mo>{below.mathml}</mrow></mfrac>",
            f"∂{top.text}/∂{below.text}",
        )
    match = _NAME.fullmatch(name)
    if match is None:
        return _identifier(name)
    symbol, layer, word = _identifier(match[1]), match[2], match[3]
    if layer:
        symbol = Markup(
            f"{symbol.latex}_{{{layer}}}",
            f"<msub>{symbol.mathml}<mn>{layer}</mn></msub>",
            f"{symbol.text}{layer.translate(_SUBSCRIPTS)}",
        )
    if word:
        above = rf"{symbol.latex}^{{\text{{{word}}}}}"
        symbol = Markup(above, f"<msup>{symbol.mathml}<mtext>{word}</mtext></msup>", f"{symbol.text} {word}")
    return symbol


def number_markup(value: float, precision: Precision | None = None) -> Markup:
    """A number as it is written by hand; rounded to the working precision where one is given."""
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
        inside = _difference(prediction, target).held(ATOM)
        square = Markup(f"{inside.latex}^2", f"<msup>{inside.mathml}<mn>2</mn></msup>", f"{inside.text}²")
        return square if scale is None else _product(scale, square)

    return rule


_HALF = Markup(r"\frac{1}{2}", "<mfrac><mn>1</mn><mn>2</mn></mfrac>", "½")


def _sigmoid_from_value(a: Markup) -> Markup:
    return _product(a, _difference(number_markup(1), a).held(ATOM))


def _tanh_from_value(a: Markup) -> Markup:
    base = a.held(ATOM)
    square = Markup(f"{base.latex}^2", f"<msup>{base.mathml}<mn>2</mn></msup>", f"{base.text}²")
    return _difference(number_markup(1), square)


def _rows(x: Markup, w: Markup) -> Markup:
    return Markup(
        rf"{x.latex} {w.latex}^{{\mathsf{{T}}}}",
        f"<mrow>{x.mathml}<msup>{w.mathml}<mi>T</mi></msup></mrow>",
        f"{x.text} {w.text}ᵀ",
        PRODUCT,
    )


def _size(x: Markup) -> str:
    bar = '<mo fence="true" stretchy="true">|</mo>'
    return f"<mrow>{bar}{x.mathml}{bar}</mrow>"


def _growth(gradient: Markup, arriving: Markup) -> Markup:
    return Markup(
        rf"\left|{gradient.latex}\right| : \left|{arriving.latex}\right|",
        f"<mrow>{_size(gradient)}<mo>:</mo>{_size(arriving)}</mrow>",
        f"|{gradient.text}| : |{arriving.text}|",
    )


def _not_positive(z: Markup) -> Markup:
    return Markup(rf"{z.latex} \le 0", f"<mrow>{z.mathml}<mo>≤</mo><mn>0</mn></mrow>", f"{z.text} ≤ 0", SUM)


MARKUP: Reading[Markup] = Reading(
    number=lambda value: value if isinstance(value, Markup) else array_markup(value),
    rules=MappingProxyType(
        {
            Op.ADD: _sum,
            Op.SUB: _difference,
            Op.NEG: _negative,
            Op.MUL: _product,
            Op.MATVEC_T: _rows,
            Op.MAX: _named("max"),
            Op.EITHER: lambda *routes: routes[-1],
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
            Op.SQUARED_ERROR: _error(None),
            Op.HALF_SQUARED_ERROR: _error(_HALF),
            Op.DEAD: _not_positive,
            Op.GROWTH: _growth,
        }
    ),
)
"""Names stand for their symbols or for numbers, whichever the walk knows; EITHER shows its last route."""


@lru_cache(maxsize=1024)
def symbols(worksheet: Worksheet) -> Mapping[str, Markup]:
    """Name -> symbol, for given numbers and steps."""
    shown = {name: symbol_of(name) for name in worksheet.roles}
    for given in worksheet.givens:
        if given.symbol is not None:
            shown[given.name] = symbol_of(given.symbol(worksheet.options))
    for step in worksheet.steps.values():
        if step.symbol is not None:
            head = step.symbol.head
            shown[step.id] = symbol_of(head) if isinstance(head, str) else formula_in(step.symbol, shown)
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
