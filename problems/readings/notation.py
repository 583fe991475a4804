"""Numbers, arrays and symbols in three notations: LaTeX, MathML and plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from problems.precision import Precision

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
