"""The kinds of mistakes: what each is called, and what the student is told.

`{wrong}` in a message is what was done, `{step}` what is asked, `{lost}` what was left out. No message holds the right
number.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(NamedTuple):
    """A kind of mistake: what it is called and what the student is told."""

    title: str
    message: str
    may_agree: bool = False
    """Whether it rightly gives the right number on one side of a kink, so that it is not applicable there."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "value-for-slope": Kind(
            "The activation instead of its derivative",
            "This is {wrong}, the activation itself; its derivative {step} is asked.",
            may_agree=True,
        ),
        "slope-for-value": Kind(
            "The derivative instead of the activation",
            "This is the derivative {wrong}; the activation {step} itself is asked.",
            may_agree=True,
        ),
        "slope-at-value": Kind(
            "The derivative taken at a instead of z", "The derivative was taken at a: this is {wrong}. Take it at z."
        ),
        "value-squared": Kind(
            "a·a instead of a(1 − a)", "This is {wrong}; the derivative {step} needs another factor."
        ),
        "one-minus-value": Kind(
            "1 − a instead of the derivative", "This is {wrong}, only a part of the derivative {step}."
        ),
        "slope-from-z": Kind(
            "z put where the activation belongs", "z was put where the activation belongs: this is {wrong}."
        ),
        "sigmoid-slope-of-tanh": Kind(
            "The sigmoid's rule used for tanh",
            "This is {wrong}, the rule for the sigmoid; here the activation is tanh.",
        ),
        "tanh-slope-of-sigmoid": Kind(
            "The rule of tanh used for the sigmoid",
            "This is {wrong}, the rule for tanh; here the activation is the sigmoid.",
        ),
        "exponent-sign": Kind(
            "e^z instead of e^−z in the sigmoid",
            "The sign of the exponent is wrong: this is {wrong}. The sigmoid has e^−z.",
        ),
        "other-activation": Kind("Another activation", "This is {wrong}; another activation is used here."),
        "activation-skipped": Kind(
            "The activation left out", "The activation was left out: this is {wrong}; {step} is asked.", may_agree=True
        ),
        "absolute-value": Kind(
            "The absolute value instead of ReLU",
            "This is the absolute value of z. ReLU gives 0 where z is negative.",
            may_agree=True,
        ),
        "negative-part": Kind(
            "The negative side kept, the positive dropped", "This keeps the negative side. ReLU keeps the positive one."
        ),
        "relu-slope-is-z": Kind(
            "z instead of the derivative of ReLU",
            "This is {wrong}. The derivative of ReLU is 1 or 0, whatever the size of z.",
        ),
        "slope-one-everywhere": Kind(
            "Slope 1 on the negative side too", "The slope is not 1 where z is negative.", may_agree=True
        ),
        "slope-sides-swapped": Kind(
            "The slopes of the two sides swapped", "The slopes of the positive and the negative side are swapped."
        ),
        "leak-left-out": Kind(
            "The leak left out",
            "This is plain ReLU: {wrong}. The leaky ReLU has slope α where z is negative.",
            may_agree=True,
        ),
        "leak-on-positive-side": Kind(
            "α applied to the positive side", "α belongs to the negative side, the slope of the positive side is 1."
        ),
        "leak-everywhere": Kind(
            "α applied on both sides",
            "This is {wrong} on both sides; where z is positive the slope is 1.",
            may_agree=True,
        ),
        "half-added": Kind("A factor ½ added to the loss", "There is no factor ½ in this loss: this is {wrong}."),
        "half-left-out": Kind(
            "The factor ½ of the loss left out", "The factor ½ of the loss is missing: this is {wrong}."
        ),
        "square-left-out": Kind("The square of the error left out", "The square is missing: this is {wrong}."),
        "error-sign": Kind("y − ŷ for ŷ − y", "The sign of the error is turned round: this is {wrong}."),
        "error-left-out": Kind(
            "The derivative of the loss left out", "The derivative of the loss, {lost}, is missing."
        ),
        "number-left-out": Kind("A constant factor left out", "The constant factor {lost} is missing."),
        "bias-left-out": Kind("The bias left out", "The bias {lost} is missing."),
        "bias-multiplied": Kind("The bias multiplied in", "The bias is added, not multiplied: this is {wrong}."),
        "weight-added": Kind(
            "The weight added instead of multiplied", "The weight is multiplied, not added: this is {wrong}."
        ),
        "input-again": Kind(
            "The input used again", "The input x was used again; this layer takes the activation of the layer before."
        ),
        "activation-not-passed-on": Kind(
            "z passed on instead of a",
            "z of the layer before was passed on; this layer takes its activation.",
            may_agree=True,
        ),
        "weight-of-wrong-layer": Kind(
            "The weight of another layer", "This uses the weight of another layer: it is {wrong}."
        ),
        "slope-of-wrong-layer": Kind(
            "The derivative of another layer",
            "This uses the derivative of another layer: it is {wrong}.",
            may_agree=True,
        ),
        "activation-of-wrong-layer": Kind(
            "The activation of another layer",
            "This uses the activation of another layer: it is {wrong}.",
            may_agree=True,
        ),
        "weight-left-out": Kind("A weight factor left out", "The factor {lost} is missing."),
        "slope-left-out": Kind(
            "The derivative of the activation left out",
            "The derivative of the activation, {lost}, is missing.",
            may_agree=True,
        ),
        "activation-left-out": Kind("The activation left out of a gradient", "The factor {lost} is missing."),
        "gradient-left-out": Kind(
            "The gradient from above left out", "The gradient from the layer above, {lost}, is missing."
        ),
        "all-weights-left-out": Kind("All weights left out", "The weights are missing: this is {wrong}."),
        "all-slopes-left-out": Kind(
            "All derivatives left out", "The derivatives of the activations are missing: this is {wrong}."
        ),
        "sum-for-product": Kind(
            "The factors added instead of multiplied", "The chain rule multiplies; here the factors were added."
        ),
        "sign-slip": Kind("The sign turned round", "The size is right, the sign is not."),
        "decimal-shift": Kind(
            "The decimal point shifted", "The digits are right, but the decimal point is not where it should be."
        ),
        "digits-swapped": Kind("Two neighbouring digits swapped", "Two neighbouring digits are swapped."),
        "rows-and-columns-swapped": Kind(
            "Rows and columns swapped", "The numbers are right, but rows and columns are swapped."
        ),
        "value-of-another-box": Kind("The value of another box", "This is the value of {other}; {step} is asked here."),
    }
)
"""Slug -> what it is."""

SLIPS = ("sign-slip", "decimal-shift", "digits-swapped", "rows-and-columns-swapped", "value-of-another-box")
"""Those that fit any number; `diagnosis.py` looks for them."""
