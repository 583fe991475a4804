"""Sets in other forms: which variants are taken, and what is said of what other programs cannot do."""

from __future__ import annotations

import csv
import io
import re

import pytest

import problems
from quizsvc.errors import Invalid
from quizsvc.services import sets
from quizsvc.services.exporting import MOST_VARIANTS, WRITERS, export_set, notes_on, summary_of
from quizsvc.services.set_files import read_set
from quizsvc.store.database import transaction

SET = """
title: Mixed
credit: {imprecise: 1/2, mistake: 1/4, entries: all}
items:
  - {id: lecture, family: vanishing-gradient, given: {w: [0.5, 0.5, 0.5], x: 1}, options: {decimals: 2, sigfigs: 2}}
  - {id: chain, family: vanishing-gradient, points: 6, options: {depth: 2..3, activation: sigmoid|tanh}}
  - {id: units, family: dying-relu}
"""


@pytest.fixture
def made(classroom):
    """Make a set from a file, and get it within the session that made it."""

    def make(text, change=lambda _set: None):
        with transaction(classroom.engine) as session:
            problem_set = sets.create_set(session, course_slug="deep", spec=read_set(text), now=classroom.now)
            change(problem_set)
            return export_set(problem_set, 4, 1), export_set(problem_set, 4, 1), export_set(problem_set, 4, 2)

    return make


def test_the_same_seed_gives_the_same_and_fixed_numbers_come_once(made):
    first, again, other = made(SET)
    assert [len(variants) for variants in first.by_item()] == [1, 4, 4]
    for write in WRITERS.values():
        assert write(first) == write(again)
        assert write(first) != write(other)
    for variants in first.by_item():
        assert len({problems.fingerprint(question.problem) for question in variants}) == len(variants)
        assert len({problems.difficulty_of(question.problem) for question in variants}) == 1


def test_practice_is_drawn_freely_and_what_is_the_same_for_all_comes_once(made):
    free, *_ = made(SET.replace("title: Mixed", "title: Mixed\nmode: practice\nslug: free"))
    assert [len(variants) for variants in free.by_item()] == [1, 4, 4]
    same, *_ = made(SET.replace("title: Mixed", "title: Mixed\nvariants: same-for-all\nslug: same"))
    assert [len(variants) for variants in same.by_item()] == [1, 1, 1]
    drawn, *_ = made(
        SET.replace("title: Mixed", "title: Mixed\nvariants: same-for-all\nslug: drawn"),
        lambda problem_set: sets.draw_for_all(problem_set, 7),
    )
    assert drawn.questions[1].problem.seed is not None


def test_variants_are_taken_in_which_every_mistake_can_be_seen(made):
    exported, *_ = made("title: Nets\nitems: [{family: mlp-backprop}]")
    assert [question.unseen for question in exported.questions] == [()] * 4
    deep, *_ = made("title: Deep nets\nitems: [{family: recurrent-gradient, options: {steps: 6}}]")
    assert all(question.unseen for question in deep.questions)
    (note,) = [note for note in notes_on(deep, "moodle") if "count as right" in note]
    assert "in 4 of 4 variants" in note


def test_what_is_excluded_is_left_out(made):
    def excluded(*places):
        def change(problem_set):
            for place in places:
                problem_set.all_items[place].dropped = "excluded"

        return change

    with pytest.raises(Invalid, match="nothing to export"):
        made(SET, excluded(0, 1, 2))
    exported, *_ = made(SET, excluded(0))
    assert [variants[0].key for variants in exported.by_item()] == ["chain", "units"]


def test_no_more_variants_than_can_be_drawn_in_a_while(classroom):
    with transaction(classroom.engine) as session:
        problem_set = sets.get_set(session, course_slug="deep", set_slug="chains")
        for count in (0, MOST_VARIANTS + 1):
            with pytest.raises(Invalid, match="write 1 to"):
                export_set(problem_set, count, 0)


def test_the_table_has_every_answer_with_its_range(made):
    exported, *_ = made(SET)
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](exported).decode())))
    assert len(rows) == sum(len(question.boxes) for question in exported.questions)
    z1 = rows[0]
    assert (z1["set"], z1["item"], z1["variant"], z1["step"], z1["value"]) == ("mixed", "lecture", "1", "z1", "0.5")
    assert float(z1["low"]) <= 0.5 <= float(z1["high"])
    assert sum(float(row["points"]) for row in rows if row["item"] == "lecture") == pytest.approx(10)
    entries = [row["entry"] for row in rows if row["item"] == "units" and row["variant"] == "1" and row["step"] == "a"]
    assert entries == ["1", "2", "3", "4", "5"]
    (dead,) = [row for row in rows if row["item"] == "units" and row["variant"] == "1" and row["step"] == "dead"]
    assert re.fullmatch(r"(\d(\|\d)*)?", dead["value"])
    assert any(row["value"].startswith("-") for row in rows)


def test_what_other_programs_cannot_do_is_said(made):
    exported, *_ = made(SET)
    moodle, cartridge, package = (" ".join(notes_on(exported, form)) for form in ("moodle", "qti-1.2", "qti-3.0"))
    for notes in (moodle, cartridge, package):
        assert "what follows rightly from a wrong step earns nothing" in notes
        assert "only lack digits earn nothing there; here they earn 1/2" in notes
        assert "Each entry of a vector or matrix counts by itself" in notes
    assert "A known mistake earns 25 %" in moodle
    assert "10 for Vanishing gradient (lecture), 6 for Vanishing gradient (chain), 10 for Dying ReLU." in moodle
    assert "Known mistakes earn nothing" in cartridge
    assert "give it Moodle XML" in cartridge
    assert notes_on(exported, "csv") == []
    plain, *_ = made("title: Plain\ncredit: {carried: 0}\nitems: [{family: concepts}]")
    assert notes_on(plain, "qti-3.0") == []
    assert summary_of(plain, "qti-3.0") == {
        "set": "plain",
        "form": "qti-3.0",
        "problems": 1,
        "questions": 4,
        "boxes": 4,
        "notes": [],
    }
