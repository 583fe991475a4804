"""What can go wrong when a problem is asked for: one small tree.

ProblemError
├── UnknownFamily    no family of that slug
├── BadOption        an option that the family does not have, or a value out of its range
├── BadGiven         given numbers that are missing, superfluous or of the wrong shape
├── NoFairDraw       no fair problem was found within the bounded number of tries
├── BadProblem       stored or sent JSON that is not a problem
├── BadAnswers       answers to steps that are not asked
└── BadScheme        credits that are no shares from 0 to 1
"""

from __future__ import annotations


class ProblemError(ValueError):
    """The request cannot be met: `message` says what is wrong and what would be right, `where` names the place."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where


class UnknownFamily(ProblemError):
    """There is no family of that slug."""


class BadOption(ProblemError):
    """The family has no such option, or the value is not one that it takes."""


class BadGiven(ProblemError):
    """The given numbers do not fit the family."""


class NoFairDraw(ProblemError):
    """Every try was rejected; the message counts the rejections by rule."""


class BadProblem(ProblemError):
    """The text is not a problem written by `to_json`."""


class BadAnswers(ProblemError):
    """The answers name a step that is not asked."""


class BadScheme(ProblemError):
    """The mark scheme gives a credit that is no exact share from 0 to 1."""
