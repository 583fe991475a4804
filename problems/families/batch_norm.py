"""Batch normalisation: forward over a batch, and the gradient back through mean and variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Family, Given, Grid, Role
from problems.graph import Op
from problems.network import positive, step_of
from problems.options import BooleanOption, IntegerOption
from problems.words import add, apply, either, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options, Step
    from problems.graph import Expr

BATCH = ("samples", "features")
X, MEAN, VAR, X_HAT, GAMMA, BETA, EPS = map(value, ("X", "mean", "var", "x_hat", "gamma", "beta", "eps"))
ROOT = apply(Op.SQRT, add(VAR, EPS))
ARRIVING, D_GAMMA, D_BETA = map(value, ("dL_dY", "dL_dgamma", "dL_dbeta"))


def _steps(options: Options) -> Iterator[Step]:
    two_passes = apply(Op.MEAN, apply(Op.SQUARE, X - MEAN))
    one_pass = apply(Op.MEAN, apply(Op.SQUARE, X)) - apply(Op.SQUARE, MEAN)
    yield step_of("mean", apply(Op.MEAN, X), "Mean of every column", phase="forward")
    yield step_of("var", either(two_passes, one_pass), "Variance of every column, divided by n")
    yield step_of("x_hat", (X - MEAN) / ROOT, "Normalised values")
    yield step_of("Y", add(multiply(GAMMA, X_HAT), BETA), "Outputs, scaled by γ and shifted by β")
    if options["backward"]:
        yield step_of("dL_dgamma", apply(Op.SUM, multiply(ARRIVING, X_HAT)), "Gradient of γ")
        yield step_of("dL_dbeta", apply(Op.SUM, ARRIVING), "Gradient of β")
        yield step_of("dL_dX", _back(int(options["samples"])), "Gradient at the inputs")


def _back(n: int, *, mean: bool = True, variance: bool = True, scale: Expr = GAMMA) -> Expr:
    """γ/√(var + ε)·(∂L/∂Y - 1/n ∂L/∂β - x̂·1/n ∂L/∂γ), Ioffe and Szegedy 2015 put together; parts may be left out."""
    inner = ARRIVING
    if mean:
        inner = inner - D_BETA / number(n)
    if variance:
        inner = inner - multiply(X_HAT, D_GAMMA / number(n))
    return multiply(scale / ROOT, inner)


def _mistakes(options: Options) -> dict[str, tuple[tuple[str, Expr], ...]]:
    n = int(options["samples"])
    squares = apply(Op.SUM, apply(Op.SQUARE, X - MEAN))
    found: dict[str, tuple[tuple[str, Expr], ...]] = {
        "mean": (("mean-left-out", apply(Op.SUM, X)),),
        "var": (
            *((("sample-variance", squares / number(n - 1)),) if n > 1 else ()),
            ("mean-left-out", squares),
            ("variance-rooted", apply(Op.SQRT, apply(Op.MEAN, apply(Op.SQUARE, X - MEAN)))),
        ),
        "x_hat": (
            ("epsilon-left-out", (X - MEAN) / apply(Op.SQRT, VAR)),
            ("epsilon-outside-root", (X - MEAN) / add(apply(Op.SQRT, VAR), EPS)),
            ("epsilon-outside-root", (X - MEAN) / apply(Op.SQRT, VAR) + EPS),
            ("variance-not-rooted", (X - MEAN) / add(VAR, EPS)),
            ("variance-squared", (X - MEAN) / apply(Op.SQUARE, add(VAR, EPS))),
            ("variance-squared", (X - MEAN) / apply(Op.SQRT, add(multiply(VAR, VAR), EPS))),
            ("mean-not-subtracted", X / ROOT),
        ),
        "Y": (("gamma-and-beta-swapped", add(multiply(BETA, X_HAT), GAMMA)),),
    }
    if options["backward"]:
        found["dL_dgamma"] = (("x-for-normalised", apply(Op.SUM, multiply(ARRIVING, X))),)
        found["dL_dbeta"] = (("mean-for-sum", apply(Op.MEAN, ARRIVING)),)
        found["dL_dX"] = (
            ("through-both-left-out", _back(n, mean=False, variance=False)),
            ("through-mean-left-out", _back(n, mean=False)),
            ("through-variance-left-out", _back(n, variance=False)),
            ("gamma-left-out", _back(n, scale=number(1))),
        )
    return found


FAMILY = Family(
    slug="batch-norm",
    version=1,
    title="Batch normalisation",
    topic="vanishing and exploding gradient",
    teaches=(
        "Batch norm brings every column of a batch to mean 0 and variance 1, then scales and shifts it by γ and β. On "
        "the way back the gradient is divided by the spread and freed of its mean and of what points along x̂, so that "
        "it neither shrinks nor grows with the scale of the inputs."
    ),
    options=(
        IntegerOption("samples", 3, 2, 32, "Number of samples in the batch."),
        IntegerOption("features", 1, 1, 4, "Number of columns."),
        BooleanOption("backward", default=True, help="Whether the gradients are asked, too."),
    ),
    givens=(
        Given("X", Role.INPUT, "inputs, a row per sample", Grid(0.2, 5.0, 0.2, signed=True), ("samples", "features")),
        Given("gamma", Role.PARAMETER, "scale", Grid(0.5, 2.5, 0.1), ("features",)),
        Given("beta", Role.PARAMETER, "shift", Grid(0.2, 2.0, 0.1, signed=True), ("features",)),
        Given("eps", Role.PARAMETER, "added to the variance", Grid(0.1, 0.5, 0.1), default=1e-5, requires=positive),
        Given(
            "dL_dY",
            Role.UPSTREAM,
            "gradient of the loss at the outputs",
            Grid(0.2, 3.0, 0.1, signed=True),
            BATCH,
            when=lambda options: bool(options["backward"]),
            implies={"backward": True},
        ),
    ),
    steps=lambda options: tuple(_steps(options)),
    mistakes=_mistakes,
    loss=lambda options: apply(Op.SUM, apply(Op.SUM, multiply(ARRIVING, value("Y")))) if options["backward"] else None,
    intro=lambda options: (
        f"A batch of {options['samples']} samples with {options['features']} "
        f"{'feature is' if options['features'] == 1 else 'features, each column by itself, is'} normalised. "
        f"Work forward{', then carry the gradient back' if options['backward'] else ''}."
    ),
    conventions=("The variance divides by n, the number of samples.",),
)
