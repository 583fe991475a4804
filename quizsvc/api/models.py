"""The shapes of requests and answers, from which the OpenAPI document is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_STEPS = 2000
LARGEST_SEED = 2**128 - 1
EXAMPLE_GIVEN = {"w": [0.5, 0.5, 0.5], "x": 1.0}

Slug = Annotated[str, Field(min_length=1, max_length=64, examples=["vanishing-gradient"])]
Share = Annotated[
    str,
    Field(pattern=r"^\d{1,4}(/[1-9]\d{0,3})?$", max_length=9, examples=["1/2"], description='A fraction: "1", "1/3".'),
]
OptionValue = int | bool | str | Annotated[list[int | str], Field(max_length=50)]
"""A list has a word, or a number of units, for every layer."""
Fraction = Annotated[str, Field(pattern=r"^\d+(/\d+)?$", examples=["7/11"])]


COMPONENTS = "#/components/schemas/"


def reference_to(model: type[BaseModel]) -> dict[str, str]:
    """How a response that APIFlask does not make itself names its shape in the OpenAPI document."""
    return {"$ref": f"{COMPONENTS}{model.__name__}"}


def component(model: type[BaseModel]) -> dict[str, Any]:
    """Name -> JSON Schema of a model and of those within it."""
    schema = model.model_json_schema(ref_template=COMPONENTS + "{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


class Sent(BaseModel):
    """What is sent: nothing that is not known, and no number that is none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class Detail(BaseModel):
    """One thing that is not right."""

    where: str = Field(examples=["options.depth"])
    message: str


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Detail]


class Page(Sent):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid", strict=False)

    page: int = Field(default=1, ge=1, le=10_000)
    per_page: int = Field(default=20, ge=1, le=100)


class OptionOut(BaseModel):
    """An option.

    An integer from low to high, or a range such as "3..5"; a choice, or several to draw from such as "sigmoid|tanh"; a
    boolean; words, one of the choices for all layers or one for each as a list or "tanh,relu"; sizes, "auto" or the
    inputs and then the units of every layer, low to high of them, as a list or "3-4-2".
    """

    name: str
    kind: Literal["integer", "choice", "boolean", "words", "sizes"]
    default: int | bool | str
    help: str
    low: int | None
    high: int | None
    choices: list[str]


class MistakeOut(BaseModel):
    """A mistake that is known: `message` is what the student is told, with {step} and the like to be filled in."""

    slug: str
    title: str
    message: str


class FamilyOut(BaseModel):
    """A family of problems."""

    slug: Slug
    title: str
    topic: str
    version: int
    teaches: str
    options: list[OptionOut]
    given: list[str] = Field(description="The names of the given numbers.")
    mistakes: list[MistakeOut]


class FamiliesOut(BaseModel):
    """A page of families."""

    items: list[FamilyOut]
    page: int
    per_page: int
    total: int


class ProblemRequest(Sent):
    """What to draw; with `given`, exactly these numbers are posed and fairness is not asked."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        strict=True,
        json_schema_extra={"examples": [{"family": "vanishing-gradient", "seed": 7, "options": {"depth": 3}}]},
    )

    family: Slug
    seed: int | None = Field(default=None, ge=0, le=LARGEST_SEED, description="By chance where it is left out.")
    options: dict[str, OptionValue] = Field(default_factory=dict, max_length=50)
    given: dict[str, Any] | None = Field(default=None, max_length=50, examples=[EXAMPLE_GIVEN])


class PrecisionOut(BaseModel):
    """Keep at least so many decimals and at least so many significant figures: the finer of the two wins."""

    decimals: int = Field(ge=0, le=12)
    sigfigs: int = Field(ge=1, le=12)


class ChoiceOut(BaseModel):
    """One possible answer of a choice."""

    id: str
    label: str


class StepOut(BaseModel):
    """A step that is to be found, unless it is not asked; `symbol` is LaTeX.

    `whole` is whether it is picked or counted: a choice, or a number without digits behind the point.
    """

    id: str = Field(examples=["a1"])
    symbol: str = Field(examples=["a_{1}"])
    kind: Literal["number", "vector", "matrix", "choice", "choices"]
    whole: bool
    shape: list[int]
    asked: bool
    points: int
    prompt: str
    phase: Literal["forward", "backward", "update", "conclusion"]
    choices: list[ChoiceOut]


class ProblemOut(BaseModel):
    """A problem without its answers: the first six fields are the whole of it, the others show it."""

    family: Slug
    version: int
    seed: int | None
    options: dict[str, OptionValue]
    given: dict[str, Any] = Field(examples=[EXAMPLE_GIVEN])
    precision: PrecisionOut
    title: str
    intro: str
    conventions: list[str]
    steps: list[StepOut]


class ProblemIn(BaseModel):
    """A problem as it was issued; what only shows it (title, steps, …) is not read."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, strict=True)

    family: Slug
    version: int = Field(ge=1)
    seed: int | None = Field(default=None, ge=0, le=LARGEST_SEED)
    options: dict[str, OptionValue] = Field(max_length=50)
    given: dict[str, Any] = Field(max_length=50, examples=[EXAMPLE_GIVEN])
    precision: PrecisionOut


class SchemeIn(Sent):
    """What is given for steps that are not plainly right, and how the entries of an array count."""

    carried: Share = "1"
    imprecise: Share = "0"
    mistake: Share = "0"
    entries: Literal["share", "all"] = "share"


class GradeRequest(Sent):
    """A problem and what was answered: step id -> text as typed, number, list of either, or choice ids."""

    problem: ProblemIn
    answers: dict[str, Any] = Field(max_length=MOST_STEPS, examples=[{"z1": "0.5", "a1": "0.62", "s1": "0,24"}])
    scheme: SchemeIn = Field(default_factory=SchemeIn)


Verdict = Literal["blank", "unreadable", "correct", "carried", "imprecise", "mistake", "wrong"]


class EntryOut(BaseModel):
    """The verdict on one number of an array."""

    index: list[int]
    verdict: Verdict
    credit: Fraction
    mistake: str | None
    message: str


class StepGradeOut(BaseModel):
    """The verdict on one step; `credit` from 0 to 1 and `points` are exact, as fractions."""

    verdict: Verdict
    credit: Fraction
    points: Fraction
    max_points: int
    mistake: str | None
    candidates: list[str]
    message: str
    entries: list[EntryOut]


class GradeOut(BaseModel):
    """The verdicts on all asked steps, in the order of writing."""

    score: float = Field(ge=0, le=1)
    points: Fraction
    max_points: int
    first_error: str | None = Field(description="The first step that was answered and is not right by itself.")
    grader_version: int
    steps: dict[str, StepGradeOut]


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class CheckOut(BaseModel):
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


class Readiness(BaseModel):
    """Whether requests can be served."""

    status: Literal["ok", "not ready"]
    checks: list[CheckOut]
