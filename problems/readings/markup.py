"""The markup reading: a formula as LaTeX, MathML and plain text, in symbols or with numbers put in."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from problems.family import Role, at
from problems.graph import Expr, Op, Reading, Walk, evaluate
from problems.readings.notation import ATOM, PRODUCT, SUM, Markup, array_markup, number_markup, symbol_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike

    from problems.problem import Problem, Worksheet


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
            shown[given.name] = symbol_of(at(given.symbol, worksheet.options))
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
