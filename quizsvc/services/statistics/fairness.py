"""Is the mark independent of which numbers a student got?

Numbers are dealt out by chance, so that without an effect of them any deal of the same marks was as likely. Where
students share numbers, the variants are compared with each other; where everyone has numbers of their own, the mark is
tested against each drawn parameter. A student who may draw new numbers chooses: then the test is of the numbers that
count.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from quizsvc.services.statistics.association import (
    SIGNIFICANT,
    TESTED_FROM,
    Association,
    holm,
    kruskal_wallis,
    said_p,
)
from quizsvc.services.statistics.bands import Band, bands_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.statistics.parameters import Difficulty
    from quizsvc.services.statistics.records import Work


@dataclass(frozen=True, slots=True)
class Fairness:
    """What was tested of an item, and what came out, in `words`.

    `p` holds for the item, corrected for its several parameters; `corrected` for the whole set (both by Holm).
    `parameter` is the one that matters most, where parameters were tested; `students` are those in the test. `variants`
    are the numbers that several students share, each called by one of its problems: `problem 17`.
    """

    tested: Literal["variants", "parameters", "nothing"]
    students: int
    test: Association | None
    parameter: str | None
    p: float | None
    corrected: float | None
    variants: tuple[Band, ...]
    words: str

    @property
    def unfair(self) -> bool:
        """Whether there is a sign that the numbers matter, all items considered."""
        return self.corrected is not None and self.corrected < SIGNIFICANT


def fairness_of(works: Sequence[Work], difficulties: Sequence[Difficulty]) -> Fairness:
    """The test of one item, not yet corrected for the others of the set."""
    counts = Counter(work.numbers for work in works)
    sharing = [work for work in works if counts[work.numbers] > 1]
    problem_of = {work.numbers: work.problem_id for work in sorted(works, key=lambda work: -work.problem_id)}
    shares = [work.share for work in sharing]
    places = [(problem_of[work.numbers], f"problem {problem_of[work.numbers]}") for work in sharing]
    variants = bands_of(shares, places)
    test = kruskal_wallis(shares, [label for _, label in places])
    if test is not None:
        return Fairness("variants", len(sharing), test, None, test.p, None, variants, "")
    tests = [(one.parameter, one.test) for one in difficulties if one.test is not None]
    if tests:
        least, (parameter, strongest) = min(
            zip(holm([one.p for _, one in tests]), tests, strict=True), key=lambda pair: (pair[0], pair[1][1].p)
        )
        return Fairness("parameters", strongest.students, strongest, parameter, least, None, variants, "")
    why = _why_not(works, counts, difficulties)
    return Fairness("nothing", len(works), None, None, None, None, variants, why)


def _why_not(works: Sequence[Work], counts: Counter[str], difficulties: Sequence[Difficulty]) -> str:
    if len(works) < TESTED_FROM:
        return f"Too few students to test: {len(works)}, of {TESTED_FROM} that it takes."
    if len(counts) == 1:
        return "Everybody had the same numbers: there is nothing to compare."
    if len({work.share for work in works}) == 1:
        return "All have the same share, whatever their numbers."
    own = len(counts) == len(works)
    shared = "Every student had numbers of their own" if own else "Too few students share numbers"
    varies = "too few have a parameter that varies" if difficulties else "no parameter varies"
    return f"{shared}, and {varies}: nothing was tested."


def corrected_for_set(found: Sequence[Fairness]) -> tuple[Fairness, ...]:
    """The tests of all items of a set with p corrected for their number, and said in words."""
    tested = {place: one.p for place, one in enumerate(found) if one.p is not None}
    raised = dict(zip(tested, holm(list(tested.values())), strict=True))
    with_p = [replace(one, corrected=raised.get(place)) for place, one in enumerate(found)]
    return tuple(replace(one, words=_said(one, len(tested))) if one.test else one for one in with_p)


def _said(one: Fairness, tests: int) -> str:
    """What was tested, and the outcome."""
    known = one.test.words if one.test else ""
    if one.tested == "variants":
        outcome = "The mark depends on the variant" if one.unfair else "No sign that the mark depends on the variant"
        what = f"{len(one.variants)} variants that {one.students} students share were compared"
    else:
        outcome = (
            f"The mark depends on {one.parameter}" if one.unfair else "No sign that the mark depends on what was drawn"
        )
        own = "too few students share numbers" if one.variants else "every student had numbers of their own"
        what = f"{own}, and each drawn parameter was tested"
        known = f"{one.parameter}, {known}"
    raised = [f"{said_p(one.corrected or 0.0)} as one of {tests} tests in this set"] if tests > 1 else []
    return f"{outcome}: {what} ({'; '.join([known, *_of_several(one), *raised])}).{_extremes(one)}"


def _of_several(one: Fairness) -> list[str]:
    """The p-value corrected for several parameters, where there are several."""
    several = one.test is not None and one.p is not None and one.p != one.test.p
    return [f"corrected for all parameters {said_p(one.p or 0.0)}"] if several else []


def _extremes(one: Fairness) -> str:
    if not one.unfair or not one.variants or one.tested != "variants":
        return ""
    hardest, easiest = (extreme(one.variants, key=lambda band: band.facility) for extreme in (min, max))
    return (
        f" With the numbers of {hardest.label}, {hardest.students} students reach {hardest.facility:.0%} on average; "
        f"with those of {easiest.label}, {easiest.students} reach {easiest.facility:.0%}."
    )
