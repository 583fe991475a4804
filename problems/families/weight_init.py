"""Initialisation: how large the first weights are, and what that does to the signal layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Choice, Family, Given, Grid, Role
from problems.graph import Op
from problems.network import FATES, activation_option, positive, step_of
from problems.options import ChoiceOption, IntegerOption
from problems.words import add, apply, either, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options, Step
    from problems.graph import Expr

SCHEMES = {
    "one-over-n": "weights of standard deviation 1/n_in",
    "xavier-normal": "Xavier (Glorot), normal: variance 2/(n_in + n_out)",
    "xavier-uniform": "Xavier (Glorot), uniform with variance 2/(n_in + n_out)",
    "he-normal": "He, normal: variance 2/n_in",
    "he-uniform": "He, uniform with variance 2/n_in",
    "lecun-normal": "LeCun, normal: variance 1/n_in",
    "lecun-uniform": "LeCun, uniform with variance 1/n_in",
}
"""Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998; of variance s², the bound of a uniform one is √3·s."""


ALIASES = {"1/n": "one-over-n"} | {
    f"{author}{kind}": f"{name}{kind or '-normal'}"
    for author, name in (
        ("xavier", "xavier"),
        ("glorot", "xavier"),
        ("he", "he"),
        ("kaiming", "he"),
        ("lecun", "lecun"),
    )
    for kind in ("", "-normal", "-uniform")
}
"""The other names of the schemes; without a distribution, the normal one."""

_FATES = tuple(Choice(one.id, one.label.replace("at the input", "behind the last layer")) for one in FATES)


def _variance(scheme: str, fan_in: Expr, fan_out: Expr) -> Expr:
    name = scheme.partition("-")[0]
    if name == "one":
        return number(1) / apply(Op.SQUARE, fan_in)
    if name == "xavier":
        return number(2) / add(fan_in, fan_out)
    return number(2 if name == "he" else 1) / fan_in


def _gain(options: Options) -> Expr:
    whole = multiply(value("fan_in"), value("weight_variance"))
    return whole / number(2) if options["activation"] == "relu" else whole


def _steps(options: Options) -> Iterator[Step]:
    scheme, ins, outs = options["scheme"], value("fan_in"), value("fan_out")
    variance = _variance(scheme, ins, outs)
    yield step_of("weight_variance", variance, "Variance of the weights")
    if scheme.endswith("uniform"):
        direct = apply(Op.SQRT, _scaled(number(3), variance))
        bound = either(direct, apply(Op.SQRT, multiply(number(3), value("weight_variance"))))
        yield step_of("bound", bound, "Bound of the uniform distribution: weights from −bound to bound")
    else:
        root = either(apply(Op.SQRT, variance), apply(Op.SQRT, value("weight_variance")))
        yield step_of("std", root, "Standard deviation of the weights")
    yield step_of("gain", _gain(options), "Factor by which every layer multiplies the mean square of the signal")
    powers = [apply(Op.POWER, value("gain"), number(layer)) for layer in range(1, int(options["depth"]) + 1)]
    yield step_of(
        "variance", apply(Op.STACK, *powers), "Mean square of the signal behind every layer, if it begins at 1"
    )
    last = apply(Op.POWER, value("gain"), number(int(options["depth"])))
    question = "What happens to the signal on its way through the layers?"
    growth = apply(Op.GROWTH, last, number(1))
    yield step_of("diagnosis", growth, question, role=Role.CONCLUSION, phase="conclusion", choices=_FATES)


def _scaled(factor: Expr, quotient: Expr) -> Expr:
    """k·(a/b) as (k·a)/b."""
    above, below = quotient.args
    return number(float(factor.head) * float(above.head)) / below  # type: ignore[arg-type]  # both are plain numbers


def _mistakes(options: Options) -> dict[str, tuple[tuple[str, Expr], ...]]:
    scheme, ins, outs = options["scheme"], value("fan_in"), value("fan_out")
    plain, shared = number(1) / ins, number(2) / add(ins, outs)
    found: dict[str, list[tuple[str, Expr]]] = {"weight_variance": [], "gain": []}
    if not scheme.startswith("xavier"):
        found["weight_variance"].append(("fan-out-for-fan-in", _variance(scheme, outs, ins)))
    else:
        found["weight_variance"].append(("fan-out-for-fan-in", number(1) / outs))
    if scheme.startswith("he"):
        found["weight_variance"] += [("he-factor-left-out", plain), ("other-scheme", shared)]
    if scheme.startswith("lecun"):
        found["weight_variance"] += [("he-factor-added", number(2) / ins), ("other-scheme", shared)]
    if scheme.startswith("xavier"):
        found["weight_variance"] += [("other-scheme", plain), ("other-scheme", number(2) / ins)]
        found["weight_variance"].append(("brackets-left-out", number(2) / ins + outs))
        found["weight_variance"].append(("three-of-uniform", number(3) / add(ins, outs)))
    if scheme == "one-over-n":
        found["weight_variance"].append(("std-for-variance", plain))
    spread = "bound" if scheme.endswith("uniform") else "std"
    found[spread] = [("variance-for-std", value("weight_variance"))]
    if spread == "std":
        above, below = _variance(scheme, ins, outs).args
        found[spread].append(("numerator-not-rooted", above / apply(Op.SQRT, below)))
    if spread == "bound":
        found[spread].append(("normal-for-uniform", apply(Op.SQRT, value("weight_variance"))))
    if options["activation"] == "relu":
        found["gain"].append(("half-of-relu-left-out", multiply(ins, value("weight_variance"))))
    found["gain"].append(("fan-out-for-fan-in", _gain(options).replace(ins, outs)))
    return {step: tuple(ways) for step, ways in found.items()}


FAMILY = Family(
    slug="weight-init",
    version=1,
    title="Weight initialisation",
    topic="vanishing and exploding gradient",
    teaches=(
        "Every layer multiplies the mean square of the signal by n_in times the variance of its weights, and ReLU "
        "halves it. Xavier, LeCun and He choose the variance so that this factor is near 1; weights of size 1/n make "
        "it 1/n, and the signal and its gradient vanish."
    ),
    options=(
        ChoiceOption("scheme", "he-normal", tuple(SCHEMES), "How the weights are drawn.", ALIASES),
        activation_option("relu", "linear"),
        IntegerOption("depth", 3, 1, 10, "Number of layers that the signal passes."),
    ),
    givens=(
        Given("fan_in", Role.PARAMETER, "inputs of every unit", Grid(20, 400, 10), requires=positive),
        Given("fan_out", Role.PARAMETER, "units that every unit feeds", Grid(20, 400, 10), requires=positive),
    ),
    steps=lambda options: tuple(_steps(options)),
    mistakes=_mistakes,
    intro=lambda options: (
        f"The weights of {options['depth']} equal layers of {'ReLU' if options['activation'] == 'relu' else 'linear'} "
        f"units are drawn with mean 0: {SCHEMES[options['scheme']]}. How large are they, and what becomes of a signal?"
    ),
    conventions=lambda options: (
        ("ReLU lets half of the mean square pass: the factor of a layer is ½·n_in·Var(w).",)
        if options["activation"] == "relu"
        else ("The factor of a layer is n_in·Var(w).",)
    ),
)
