"""ReLU and its remedies side by side: leaky ReLU, PReLU with its learned slope, ELU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Family, Given, Grid, Role
from problems.graph import Op
from problems.network import kink, no_repetition, on_both_sides, positive, step_of
from problems.options import IntegerOption
from problems.words import ACTIVATIONS, apply, multiply, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options, Step

UNITS = ("units",)
VARIANTS = {"relu": "relu", "leaky-relu": "leaky", "elu": "elu"}


def _steps(_options: Options) -> Iterator[Step]:
    for name, short in VARIANTS.items():
        activation = ACTIVATIONS[name]
        a, s = f"a_{short}", f"s_{short}"
        yield step_of(a, activation.at("z"), f"{activation.title} of every z")
        yield step_of(s, activation.slope_at("z", a), f"Derivative of {activation.title} at every z")
        back = multiply(value("upstream"), value(s))
        yield step_of(f"dL_dz_{short}", back, f"Gradient at every z behind {activation.title}")
    prelu = ACTIVATIONS["prelu"]
    yield step_of("a_prelu", prelu.at("z"), "PReLU of every z", asked=False)
    learned = apply(Op.DOT, value("upstream"), apply(Op.NEGATIVE_PART, value("z")))
    yield step_of("dL_dalpha", learned, "Gradient of the slope α of PReLU, which all units share")


FAMILY = Family(
    slug="relu-variants",
    version=1,
    title="ReLU and its variants",
    topic="dying ReLU",
    teaches=(
        "Where z is negative ReLU passes nothing back. Leaky ReLU passes the share α, PReLU learns that α from the "
        "units that are below 0, and ELU passes αe^z: in all three the unit can come back to life."
    ),
    options=(IntegerOption("units", 3, 2, 8, "Number of units."),),
    givens=(
        Given("z", Role.PREACTIVATION, "weighted inputs", Grid(0.2, 2.5, 0.1, signed=True), ("units",)),
        Given("alpha", Role.PARAMETER, "α of the negative side", Grid(0.1, 0.9, 0.05), default=0.01, requires=positive),
        Given(
            "upstream",
            Role.UPSTREAM,
            "gradient of the loss at the outputs",
            Grid(0.2, 2.0, 0.1, signed=True),
            UNITS,
            symbol="dL_da",
        ),
    ),
    steps=lambda options: tuple(_steps(options)),
    loss=apply(Op.DOT, value("upstream"), ACTIVATIONS["prelu"].at("z")),
    intro=lambda options: (
        f"{options['units']} units get the same weighted inputs through ReLU, leaky ReLU, PReLU and ELU, all with the "
        "same α. The gradient at their outputs is given. Find what each passes on, forward and back."
    ),
    conventions=kink({"activations": ("relu", "leaky-relu", "elu")}),
    zeros_expected=True,
    fair=lambda values: no_repetition(values["z"]) | on_both_sides(values["z"]),
)
