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
            "The activation itself stands where its derivative belongs: this is {wrong}.",
            may_agree=True,
        ),
        "slope-for-value": Kind(
            "The derivative instead of the activation",
            "The derivative stands where the activation itself belongs: this is {wrong}.",
            may_agree=True,
        ),
        "slope-at-value": Kind(
            "The derivative taken at a instead of z",
            "The derivative was taken at a: this is {wrong}. Take it at z.",
            may_agree=True,
        ),
        "value-squared": Kind(
            "a·a instead of a(1 − a)", "This is {wrong}; the derivative {step} needs another factor."
        ),
        "one-minus-value": Kind(
            "1 − a instead of the derivative", "This is {wrong}, only a part of the derivative {step}."
        ),
        "minus-for-product": Kind(
            "a − (1 − a) instead of the derivative", "This is {wrong}; the two are multiplied, not subtracted."
        ),
        "one-left-out": Kind("The 1 of 1 − a² left out", "The 1 is missing: this is {wrong}."),
        "slope-from-z": Kind(
            "z put where the activation belongs",
            "z was put where the activation belongs: this is {wrong}.",
            may_agree=True,
        ),
        "sigmoid-slope-of-tanh": Kind(
            "The sigmoid's rule used for tanh",
            "This is {wrong}, the rule for the sigmoid; here the activation is tanh.",
        ),
        "tanh-slope-of-sigmoid": Kind(
            "The rule of tanh used for the sigmoid",
            "This is {wrong}, the rule for tanh; here the activation is the sigmoid.",
        ),
        "slope-of-tan": Kind(
            "The rule of tan used for tanh", "This is {wrong}, the rule for tan; here the activation is tanh."
        ),
        "exponent-sign": Kind(
            "e^z instead of e^−z in the sigmoid",
            "The sign of the exponent is wrong: this is {wrong}. The sigmoid has e^−z.",
        ),
        "half-argument": Kind("e^−z instead of e^−2z in tanh", "This is {wrong}: e^−z was taken where tanh has e^−2z."),
        "upside-down": Kind("Upside down", "What belongs above the line stands below it: this is {wrong}."),
        "other-activation": Kind("Another activation", "This is {wrong}; another activation is used here."),
        "activation-skipped": Kind(
            "The activation left out", "The activation was left out: this is {wrong}; {step} is asked.", may_agree=True
        ),
        "absolute-value": Kind(
            "ReLU taken of the absolute value",
            "The negative side was treated like the positive: this is {wrong}. Where z is negative, {step} is 0.",
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
        "leak-subtracted": Kind(
            "The leak subtracted", "The leak is added, and only where z is negative: this is {wrong}."
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
            "All derivatives left out",
            "The derivatives of the activations are missing: this is {wrong}.",
            may_agree=True,
        ),
        "sum-for-product": Kind(
            "The factors added instead of multiplied", "The chain rule multiplies; here the factors were added."
        ),
        "alpha-left-out": Kind(
            "ELU without its α", "The factor α of the negative side is missing: this is {wrong}.", may_agree=True
        ),
        "elu-slope-without-alpha": Kind(
            "a instead of a + α as the slope of ELU",
            "On the negative side the slope of ELU is a + α; here α is missing.",
            may_agree=True,
        ),
        "prelu-learned-from-z": Kind(
            "The slope α learned from every z",
            "α acts on the negative side only: where z is positive, nothing is added to its gradient.",
            may_agree=True,
        ),
        "positive-part-kept": Kind(
            "The positive side used for the gradient of α", "α acts on the negative side; here the positive was used."
        ),
        "sigmoid-for-softmax": Kind(
            "The sigmoid of every entry instead of softmax",
            "This is {wrong} entry by entry; softmax shares 1 among all.",
        ),
        "softmax-without-exp": Kind(
            "Shares of z instead of shares of e^z", "This is {wrong}: the shares of z. Softmax takes those of e^z."
        ),
        "softmax-sum-without-exp": Kind(
            "The sum of z below e^z", "e^z was divided by the sum of z; softmax divides by the sum of e^z."
        ),
        "softmax-twice": Kind(
            "Softmax applied twice",
            "Softmax was taken once more, of the probabilities; the loss takes them as they are.",
        ),
        "softmax-slope-of-own-entry": Kind(
            "Only the own slope of softmax",
            "Every output of softmax depends on every z; here only the own slope was used.",
        ),
        "softmax-sum-left-out": Kind(
            "The shared part of softmax's gradient left out", "The part aᵀg that all entries share is missing."
        ),
        "extra-slope": Kind(
            "An extra slope behind a cross-entropy",
            "The difference of output and target holds the slope already; here it was multiplied in again.",
        ),
        "target-left-out": Kind("The target left out", "The target is missing: this is {wrong}."),
        "error-at-z": Kind("z instead of the output in the error", "The error is that of the output; this is {wrong}."),
        "log-base-ten": Kind(
            "The logarithm to base 10", "The logarithm of the loss is the natural one, ln; here it was log₁₀."
        ),
        "minus-left-out": Kind("The minus of the cross-entropy left out", "A minus stands before the logarithm."),
        "probability-of-all": Kind(
            "The logarithms of all classes added", "Only the class that is right counts; here all were added."
        ),
        "target-turned-round": Kind(
            "The probability of the other class", "The target was turned round: this is the loss for the other class."
        ),
        "slope-of-loss-without-denominator": Kind(
            "The denominator of the slope of the loss left out",
            "This is {wrong}; the slope of the binary cross-entropy by a has a(1 − a) below.",
        ),
        "weights-transposed": Kind("Wᵀ instead of W", "The weights were transposed: this is {wrong}.", may_agree=True),
        "weights-not-transposed": Kind(
            "W instead of Wᵀ on the way back", "The way back goes through the transposed weights: this is {wrong}."
        ),
        "outer-transposed": Kind(
            "The outer product transposed", "Rows belong to units, columns to their inputs; this is {wrong}."
        ),
        "not-clipped": Kind("Not clipped", "The gradient is beyond the threshold and must be clipped.", may_agree=True),
        "clipped-by-value": Kind(
            "Clipped by value instead of by norm",
            "Every entry was clipped by itself; clipping by norm shortens all in the same measure.",
            may_agree=True,
        ),
        "clipped-by-norm": Kind(
            "Clipped by norm instead of by value",
            "All entries were shortened in the same measure; clipping by value cuts each at the threshold.",
            may_agree=True,
        ),
        "term-left-out": Kind("A term left out of a sum", "The term {lost} is missing."),
        "factor-left-out": Kind("A factor left out", "The factor {lost} is missing."),
        "mean-left-out": Kind("1/n left out", "The loss is a mean: it is divided by {lost}."),
        "mean-added": Kind("1/n added", "This loss is a sum over the outputs, not their mean."),
        "factor-two-added": Kind(
            "The factor ½ of the loss forgotten in its derivative", "The ½ of the loss takes the factor 2 away."
        ),
        "loss-for-its-derivative": Kind(
            "The loss itself instead of its derivative", "The loss stands where its derivative belongs."
        ),
        "z-for-activation": Kind(
            "z instead of a in the gradient of a weight",
            "The gradient of a weight has the activation beside it: this is {wrong}.",
            may_agree=True,
        ),
        "bias-gradient-times-activation": Kind(
            "The gradient of the bias times an activation", "The bias has no input beside it: this is {wrong}."
        ),
        "gradient-of-wrong-layer": Kind(
            "The gradient of another layer", "This uses the gradient of another layer: it is {wrong}.", may_agree=True
        ),
        "gradient-at-activation": Kind(
            "The gradient at a instead of the one at z",
            "This uses the gradient at the activation, not the one at its weighted input: it is {wrong}.",
            may_agree=True,
        ),
        "updated-weights-used": Kind(
            "Weights that are updated already used on the way back",
            "All gradients belong to the old weights; here the updated ones were used.",
        ),
        "update-sign": Kind("+ instead of − in the update", "The gradient is subtracted: this is {wrong}."),
        "learning-rate-left-out": Kind("The learning rate left out", "The factor {lost} is missing."),
        "learning-rate-divided": Kind(
            "Divided by the learning rate", "The gradient is multiplied by the learning rate: this is {wrong}."
        ),
        "only-the-change": Kind(
            "Only the change of the weight", "This is only the change {wrong}; the old weight is missing."
        ),
        "gradient-for-update": Kind(
            "The weight shrunk instead of the gradient subtracted", "The gradient is subtracted; this is {wrong}."
        ),
        "gradient-of-another-weight": Kind(
            "The gradient of another weight", "This uses the gradient of another weight: it is {wrong}.", may_agree=True
        ),
        "sample-variance": Kind(
            "n − 1 instead of n in the variance", "Batch norm divides by n: this divides by n − 1."
        ),
        "mean-not-subtracted": Kind(
            "The mean not subtracted", "The mean of the column is subtracted first: this is {wrong}."
        ),
        "epsilon-left-out": Kind("ε left out", "ε is missing: this is {wrong}."),
        "epsilon-outside-root": Kind("ε outside the root", "ε stands inside the root: this is {wrong}."),
        "variance-not-rooted": Kind("The variance not rooted", "Divide by the root: this is {wrong}."),
        "variance-squared": Kind("The variance squared", "The variance is not squared: this is {wrong}."),
        "gamma-and-beta-swapped": Kind("γ and β swapped", "γ scales and β shifts: this is {wrong}."),
        "through-mean-left-out": Kind(
            "The way through the mean left out", "The mean depends on every sample, too: that way back is missing."
        ),
        "through-variance-left-out": Kind(
            "The way through the variance left out",
            "The variance depends on every sample, too: that way back is missing.",
        ),
        "gamma-left-out": Kind(
            "γ left out on the way back", "γ scales the outputs, and so the gradient: it is missing."
        ),
        "other-scheme": Kind("Another scheme", "This is {wrong}, the variance of another scheme."),
        "brackets-left-out": Kind("Brackets left out", "The whole sum stands below the line: this is {wrong}."),
        "three-of-uniform": Kind(
            "A 3 that belongs to uniform weights", "This is {wrong}; a 3 belongs to the bound of uniform weights alone."
        ),
        "numerator-not-rooted": Kind("Only the denominator rooted", "The root goes over the whole: this is {wrong}."),
        "fan-out-for-fan-in": Kind("fan_out for fan_in", "This uses the wrong number of connections: it is {wrong}."),
        "variance-for-std": Kind(
            "The variance given for the standard deviation", "This is the variance {wrong}; its root is asked."
        ),
        "normal-for-uniform": Kind(
            "The standard deviation given for the bound",
            "This is the standard deviation {wrong}; the bound of a uniform distribution is √3 times that.",
        ),
        "he-factor-left-out": Kind("The factor 2 of He left out", "The factor 2, which makes up for ReLU, is missing."),
        "he-factor-added": Kind("A factor 2 added", "There is no factor 2 in this scheme: this is {wrong}."),
        "half-of-relu-left-out": Kind(
            "The half that ReLU takes away left out", "ReLU halves the mean square: a factor ½ is missing."
        ),
        "std-for-variance": Kind(
            "The standard deviation given for the variance",
            "This is the standard deviation; the variance is its square.",
        ),
        "variance-rooted": Kind(
            "The standard deviation given for the variance of a batch", "This is the root of the variance."
        ),
        "through-both-left-out": Kind(
            "The ways through mean and variance left out",
            "Mean and variance depend on every sample, too: those ways back are missing.",
        ),
        "x-for-normalised": Kind(
            "X instead of x̂ in the gradient of γ", "γ scales the normalised values; here X was used."
        ),
        "mean-for-sum": Kind(
            "Averaged over the batch instead of added", "The parts of all samples are added, not averaged."
        ),
        "off-by-one-layer": Kind(
            "One layer too many or too few", "This counts one layer too many or too few: it is {wrong}.", may_agree=True
        ),
        "natural-logarithm": Kind("ln instead of log₁₀", "The logarithm is the one to base 10; here it was ln."),
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
