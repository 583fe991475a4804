"""Judging many submissions again: a change reaches exactly those whom it concerns, and nobody else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from ten_thousand import FILE, ITEMS, NOW, fill

from quizsvc.services import gradebook, ledger, regrading, set_files, sets
from quizsvc.store import sets as stored
from quizsvc.store.database import reading, transaction

WITH_CREDIT = FILE.replace("items:", "credit: {mistake: 1/2}\nitems:")


@pytest.fixture(
    params=[pytest.param(60, id="600"), pytest.param(1_000, id="10000", marks=[pytest.mark.soak, pytest.mark.slow])]
)
def students(request):
    return request.param


def test_only_what_a_changed_scheme_concerns_changes(engine, students):
    set_id = fill(engine, students)

    def plan():
        with reading(engine) as session:
            return regrading.plan_regrade(session, stored.get_set(session, set_id))

    def earned():
        with reading(engine) as session:
            rows = gradebook.gradebook_of(session, stored.get_set(session, set_id)).rows
        return {row.email: row.mark.earned for row in rows}

    unchanged = plan()
    assert (unchanged.judged, unchanged.judgements, unchanged.changes_nothing) == (students * ITEMS, (), True)

    with transaction(engine) as session:
        problem_set = stored.get_set(session, set_id)
        sets.update_set(session, problem_set=problem_set, spec=set_files.read_set(WITH_CREDIT), now=NOW, seed=1)
    before, wanted = earned(), plan()
    with transaction(engine) as session:
        regrading.apply_regrade(session, wanted, token=wanted.token, now=NOW)
    slips = {
        f"s{student}@example.org": sum((student + place) % 3 == 0 for place in range(ITEMS))
        for student in range(students)
    }
    assert len(wanted.judgements) == sum(slips.values())
    one_step = Fraction(10, 12) / 2  # of ten points for twelve steps, half a step for each slip
    assert earned() == {email: before[email] + one_step * count for email, count in slips.items()}
    with reading(engine) as session:
        assert ledger.verify_course(session, "large").faults == ()
    assert plan().changes_nothing
