"""The shape of a set's statistics. Null stands for what is not defined, with too few students or no differences."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class BinOut(BaseModel):
    """How many students have from `low` points on and fewer than `high`."""

    low: float
    high: float
    students: int


class TotalsOut(BaseModel):
    """How the totals of all who handed anything in are spread, in points."""

    students: int
    max_points: int
    mean: float | None
    median: float | None
    sd: float | None
    least: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    most: float | None
    bins: list[BinOut]
    submissions: int
    mean_submissions: float | None
    median_seconds: float | None


class ReliabilityOut(BaseModel):
    """Cronbach's α with its interval, and the standard error of measurement."""

    alpha: float | None
    low: float | None
    high: float | None
    items: int
    students: int
    standard_error: float | None
    words: str


class MistakeCountOut(BaseModel):
    """How many students made a mistake, their share, and in how many places."""

    mistake: str
    title: str
    students: int
    share: float
    places: int


class StepStatisticsOut(BaseModel):
    """One step: how it was judged, and how it goes with the points of all the rest."""

    step: str
    symbol: str
    students: int
    facility: float | None
    first_facility: float | None
    verdicts: dict[str, int]
    shares: dict[str, float]
    first_shares: dict[str, float]
    step_rest: float | None
    mistakes: list[MistakeCountOut]


class AssociationOut(BaseModel):
    """A test of whether shares go with what was drawn."""

    test: Literal["Kruskal-Wallis", "Spearman"]
    statistic: float
    p: float
    explained: float
    students: int


class BandOut(BaseModel):
    """The mean share of students who had similar numbers, with its interval."""

    label: str
    students: int
    facility: float
    low: float
    high: float


class DifficultyOut(BaseModel):
    """Whether a parameter that was drawn made the problem harder."""

    parameter: str
    kind: Literal["words", "numbers"]
    students: int
    bands: list[BandOut]
    test: AssociationOut | None
    words: str


class FairnessOut(BaseModel):
    """Whether the mark in a problem depends on the numbers that were drawn."""

    tested: Literal["variants", "parameters", "nothing"]
    students: int
    test: AssociationOut | None
    parameter: str | None
    p: float | None
    corrected: float | None
    variants: list[BandOut]
    words: str


class ItemStatisticsOut(BaseModel):
    """One problem: how hard it is, how it separates students, and what to look at."""

    key: str
    title: str
    points: int
    students: int
    facility: float | None
    facility_of_all: float | None
    first_facility: float | None
    sd: float | None
    discrimination: float | None
    item_total: float | None
    item_rest: float | None
    alpha_without: float | None
    median_seconds: float | None
    mean_submissions: float | None
    mean_variants: float | None
    flags: list[str]
    steps: list[StepStatisticsOut]
    mistakes: list[MistakeCountOut]
    difficulties: list[DifficultyOut]
    fairness: FairnessOut


class StatisticsOut(BaseModel):
    """The statistics of a set."""

    title: str
    totals: TotalsOut
    reliability: ReliabilityOut
    items: list[ItemStatisticsOut]
    mistakes: list[MistakeCountOut]
    fairness: str
