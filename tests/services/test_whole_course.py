"""A term in one test: sixty students, two sets, what goes wrong in a term, and marks that are known in advance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest
from students import honest_answers

import problems
from problems.catalogue import catalogue
from problems.graph import Expr
from quizsvc.errors import Closed, Conflict, Invalid
from quizsvc.jobs.closing import close_ended
from quizsvc.services import (
    adjusting,
    attempts,
    courses,
    extensions,
    gradebook,
    ledger,
    preparing,
    privacy,
    regrading,
    set_files,
    sets,
    submitting,
)
from quizsvc.services.roster import import_roster, read_roster
from quizsvc.services.set_statistics import statistics_of_set
from quizsvc.store import people
from quizsvc.store.database import reading, transaction

OPENS = datetime(2026, 10, 5, 6, tzinfo=UTC)
DUE = datetime(2026, 10, 12, 16, tzinfo=UTC)
EXAM_DUE = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COUNT, KINDS = 60, 6
EXTENDED = (2, 8)

HOMEWORK = """
title: Homework       # the first one
timezone: Europe/Berlin
opens: 2026-10-05T08:00
due: 2026-10-12T18:00
late: {hours: 48, credit: 1/2}
submissions: 3
items:
  - {id: chain, family: vanishing-gradient, points: 10, options: {depth: 2, activation: sigmoid|tanh}}
  - {id: slopes, family: activation-values, points: 6, options: {activation: tanh}, given: {z: [0.5, -1.2, 2.1]}}
"""
EXAM = """
title: Exam
timezone: Europe/Berlin
due: 2026-11-02T13:00
time_limit: 60
access_code: Blue Whale
submissions: 1
feedback: after-due
shuffle: true
items:
  - {id: growing, family: exploding-gradient, points: 10, options: {depth: 2}}
  - pick: 1
    of:
      - {id: softmax, family: softmax-cross-entropy, points: 8}
      - {id: variants, family: relu-variants, points: 8}
"""


def kind_of(number):
    """What sort of student it is, 0 to 5: ten of each."""
    return number % KINDS


class Term:
    """The course as it runs: what the instructor and the students do."""

    def __init__(self, engine, monkeypatch):
        self.engine, self.monkeypatch = engine, monkeypatch
        self.students: list[int] = []
        self.typed: dict[tuple[int, str], problems.Problem] = {}

    # What the instructor does

    def begin(self):
        rows = "\n".join(f"Student {number},s{number}@uni.example,student" for number in range(COUNT))
        with transaction(self.engine) as session:
            courses.create_course(session, slug="deep", title="Deep learning", now=OPENS)
            roster = read_roster(f"name,email,role\nInes,ines@uni.example,instructor\n{rows}")
            import_roster(session, course_slug="deep", rows=roster, now=OPENS)
            found = people.users_by_email(session, [row.email for row in roster])
            self.students = [found[f"s{number}@uni.example"].id for number in range(COUNT)]
            self.instructor = found["ines@uni.example"].id

    def publish(self, text, *, ahead):
        with transaction(self.engine) as session:
            made = sets.create_set(session, course_slug="deep", spec=set_files.read_set(text), now=OPENS)
        if ahead:
            with reading(self.engine) as session:
                missing = preparing.missing_problems(session, self.set(session, made.slug))
                drawn = preparing.draw_missing(missing, seed=11)
            with transaction(self.engine) as session:
                assert preparing.keep_drawn(session, drawn).drawn == COUNT
        with transaction(self.engine) as session:
            sets.publish_set(session, problem_set=self.set(session, made.slug), now=OPENS, seed=12)

    def set(self, session, slug):
        return sets.get_set(session, course_slug="deep", set_slug=slug)

    def regrade(self, slug, *, now):
        """By its dry run, which changes nothing, and its token."""
        before = self.marks(slug)
        with reading(self.engine) as session:
            plan = regrading.plan_regrade(session, self.set(session, slug))
        assert self.marks(slug) == before
        with transaction(self.engine) as session, pytest.raises(Conflict):
            regrading.apply_regrade(session, plan, token="0" * 16, now=now)
        with transaction(self.engine) as session:
            return regrading.apply_regrade(session, plan, token=plan.token, now=now, actor_id=self.instructor)

    def update(self, slug, text, *, now):
        with transaction(self.engine) as session:
            spec = set_files.read_set(text)
            return sets.update_set(session, problem_set=self.set(session, slug), spec=spec, now=now, seed=13)

    def marks(self, slug):
        with reading(self.engine) as session:
            rows = gradebook.gradebook_of(session, self.set(session, slug)).rows
        by_id = {row.user_id: row.mark for row in rows}
        return [by_id[student] for student in self.students]

    def verify(self, expected=None):
        with reading(self.engine) as session:
            found = ledger.verify_course(session, "deep", expected=expected)
        assert found.faults == ()
        return found.digest

    # What students do

    def open(self, number, slug, key, *, now):
        """The problem that the student gets."""
        with transaction(self.engine) as session:
            seat_items = attempts.view_set(
                session, user_id=self.students[number], set_id=self.set(session, slug).id, now=now
            ).seat.items
            item = next(item for item in seat_items if item.key == key)
            issued = attempts.open_problem(
                session, user_id=self.students[number], item_id=item.id, now=now, seed=1_000 + number
            )
            self.typed[number, key] = problems.from_json(issued.problem)
            return issued.id

    def submit(self, number, problem_id, answers, *, now):
        with transaction(self.engine) as session:
            command = submitting.SubmitSteps(self.students[number], problem_id, answers)
            return submitting.submit_steps(session, command, now=now)

    def right(self, number, key, formulas=None):
        """What an honest student writes; with formulas replaced, one with a misconception."""
        return honest_answers(self.typed[number, key], np.random.default_rng(number), formulas)

    def steps(self, number, key):
        """How many points the steps of the student's problem have."""
        return problems.grade(self.typed[number, key], {}).max_points


def faulty_family():
    """The family as it was released by mistake: it takes the activation itself for its derivative."""
    true = catalogue()["activation-values", 1]

    def steps(options):
        a, s = true.steps(options)
        return (a, replace(s, formula=Expr("a")))

    return replace(true, steps=steps), replace(true, version=2)


def do_homework(term):
    """Kinds: 0 all right; 1 a slip in each; 2 an hour late; 3 at the second try; 4 only the chain; 5 nothing."""
    for number in range(COUNT):
        kind, now = kind_of(number), DUE - 3 * HOUR
        if kind == 5:
            continue
        problem = term.open(number, "homework", "chain", now=now)
        if kind == 2:
            now = DUE + HOUR
        if kind == 3:
            assert term.submit(number, problem, {"z1": "77"}, now=now).score == 0
        slip = {"s1": Expr("a1")} if kind == 1 else None
        term.submit(number, problem, term.right(number, "chain", slip), now=now)
        if kind != 4:
            slopes = term.open(number, "homework", "slopes", now=now)
            slip = {"s": Expr("a")} if kind == 1 else {"s": term.slope}
            term.submit(number, slopes, term.right(number, "slopes", slip), now=now)


def chain_share(term, number):
    kind = kind_of(number)
    if kind == 5:
        return Fraction(0)
    share = Fraction(term.steps(number, "chain") - 1, term.steps(number, "chain")) if kind == 1 else Fraction(1)
    return share / 2 if kind == 2 and number not in EXTENDED else share


def slopes_share(number, *, corrected):
    """Of the two steps, the second is judged by the wrong formula until it is corrected; marks never fall by that."""
    kind = kind_of(number)
    if kind in (4, 5):
        return Fraction(0)
    share = Fraction(1) if kind == 1 or corrected else Fraction(1, 2)
    return share / 2 if kind == 2 and number not in EXTENDED else share


def sit_exam(term):
    """Kinds: 0 right; 1 saves until time is up; 2 in minute 80, by a factor; 3 in minute 61; 4 absent; 5 one step."""
    begin = EXAM_DUE - 4 * HOUR
    with transaction(term.engine) as session:
        exam = term.set(session, "exam").id
        for number in range(2, COUNT, KINDS):
            course = people.get_course(session, "deep")
            extensions.set_time_factor(session, course, term.students[number], Fraction(3, 2), now=begin)
    for number in range(COUNT):
        kind = kind_of(number)
        if kind == 4:
            continue
        wrong = attempts.StartAttempt(term.students[number], exam, "red whale")
        with transaction(term.engine) as session, pytest.raises(Invalid, match="not the access code"):
            attempts.start_attempt(session, wrong, now=begin, seed=number)
        with transaction(term.engine) as session:
            command = attempts.StartAttempt(term.students[number], exam, " blue whale ")
            attempts.start_attempt(session, command, now=begin, seed=number)
        when = begin + {0: 30, 1: 59, 2: 80, 3: 61, 5: 10}[kind] * MINUTE
        for key in keys_of(term, number):
            problem = term.open(number, "exam", key, now=begin + MINUTE)
            answers = term.right(number, key)
            if kind == 1:
                with transaction(term.engine) as session:
                    draft = submitting.SaveDraft(term.students[number], problem, answers, 0)
                    submitting.save_draft(session, draft, now=when)
                    unreadable = submitting.SaveDraft(term.students[number], problem, {"z1": "?"}, 1)
                    if "z1" in answers:
                        submitting.save_draft(session, unreadable, now=when)
            elif kind == 5:
                first = next(iter(answers))
                term.submit(number, problem, {first: answers[first]}, now=when)
            else:
                sent = term.submit(number, problem, answers, now=when)
                assert (sent.late, sent.score) == (kind == 3, None)  # nothing is shown before it is due


def keys_of(term, number):
    with reading(term.engine) as session:
        problem_set = term.set(session, "exam")
        view = attempts.view_set(session, user_id=term.students[number], set_id=problem_set.id, now=EXAM_DUE)
        return [item.key for item in view.seat.items]


def exam_points(term, number):
    kind = kind_of(number)
    if kind in (3, 4):
        return Fraction(0)
    if kind != 5:
        return Fraction(18)
    return sum(
        (
            Fraction(10 if key == "growing" else 8) * first_step_points(term, number, key) / term.steps(number, key)
            for key in keys_of(term, number)
        ),
        Fraction(0),
    )


def first_step_points(term, number, key):
    answers = term.right(number, key)
    first = next(iter(answers))
    return next(step.points for step in term.typed[number, key].steps if step.id == first)


@pytest.fixture
def term(engine, monkeypatch):
    term = Term(engine, monkeypatch)
    faulty, corrected = faulty_family()
    term.slope = corrected.steps({"activation": "tanh", "units": 3, "decimals": 3, "sigfigs": 3})[1].formula
    others = {key: family for key, family in catalogue().items() if key[0] != "activation-values"}
    released = {("activation-values", 1): faulty}
    term.correct = lambda: monkeypatch.setattr(
        "problems.catalogue.catalogue",
        lambda: MappingProxyType({**others, **released, ("activation-values", 2): corrected}),
    )
    monkeypatch.setattr("problems.catalogue.catalogue", lambda: MappingProxyType({**others, **released}))
    term.begin()
    return term


def test_a_term_comes_out_as_it_was_planned(term):  # noqa: PLR0915 - a term is long
    term.publish(HOMEWORK, ahead=True)
    do_homework(term)
    different = {problems.fingerprint(term.typed[number, "chain"]) for number in range(COUNT) if kind_of(number) != 5}
    assert len(different) == COUNT - 10
    assert len({problems.difficulty_of(term.typed[number, "chain"]) for number in (0, 1, 2, 3, 4, 6)}) == 1

    # Two who were late are given more time, and what they sent late counts.
    with transaction(term.engine) as session:
        for number in EXTENDED:
            command = extensions.GrantExtension(term.students[number], "ill, note seen", due=DUE + 24 * HOUR)
            extensions.grant_extension(session, term.set(session, "homework"), command, now=DUE + 2 * HOUR)
    expected = [10 * chain_share(term, n) + 6 * slopes_share(n, corrected=False) for n in range(COUNT)]
    assert [mark.earned for mark in term.marks("homework")] == expected
    noted = term.verify()

    # The family is corrected: who was right gets the marks, and nobody loses any.
    term.correct()
    plan = term.regrade("homework", now=DUE + 72 * HOUR)
    assert plan.judged == 50 + 10 + 40
    assert {one.email for one in plan.marks} == {f"s{n}@uni.example" for n in range(COUNT) if kind_of(n) in (0, 2, 3)}
    assert all("family version 1 → 2" in " ".join(one.reasons) for one in plan.marks)
    assert sum(one.kept for one in plan.judgements) == 10
    expected = [10 * chain_share(term, n) + 6 * slopes_share(n, corrected=True) for n in range(COUNT)]
    assert [mark.earned for mark in term.marks("homework")] == expected

    # The file gets other points; until it is graded again, marks stay.
    change = term.update("homework", HOMEWORK.replace("points: 10", "points: 20"), now=DUE + 80 * HOUR)
    assert change.regrade_needed
    assert [mark.earned for mark in term.marks("homework")] == expected
    term.regrade("homework", now=DUE + 81 * HOUR)
    raw = [20 * chain_share(term, n) + 6 * slopes_share(n, corrected=True) for n in range(COUNT)]
    held = [max(new, 26 * old / 16) for new, old in zip(raw, expected, strict=True)]
    assert [mark.earned for mark in term.marks("homework")] == held

    # The exam, with a code, a time limit and drafts that are handed in when time is up.
    term.publish(EXAM, ahead=False)
    sit_exam(term)
    assert close_ended(term.engine, now=EXAM_DUE + HOUR) == 20
    assert close_ended(term.engine, now=EXAM_DUE + HOUR) == 0
    with reading(term.engine) as session:
        first = term.set(session, "exam").items[0].id
    with transaction(term.engine) as session, pytest.raises(Closed):
        attempts.open_problem(session, user_id=term.students[4], item_id=first, now=EXAM_DUE + HOUR, seed=1)
    expected_exam = [exam_points(term, n) for n in range(COUNT)]
    assert [mark.earned for mark in term.marks("exam")] == expected_exam
    assert {mark.max_points for mark in term.marks("exam")} == {18}

    # One mark is set by hand, and taken back for another.
    with transaction(term.engine) as session:
        for number, points in ((3, Fraction(12)), (9, Fraction(17)), (9, None)):
            by_hand = adjusting.SetMarkByHand(term.students[number], points, "heard orally", actor_id=term.instructor)
            adjusting.set_mark_by_hand(session, term.set(session, "exam"), by_hand, now=EXAM_DUE + 2 * HOUR)
    expected_exam[3] = Fraction(12)
    assert [mark.earned for mark in term.marks("exam")] == expected_exam

    # Statistics that were known before.
    with reading(term.engine) as session:
        found = statistics_of_set(session, term.set(session, "homework"))
    chain, slopes = found.items
    assert (found.totals.students, chain.students, slopes.students) == (50, 50, 40)
    assert chain.facility == pytest.approx(float(sum(chain_share(term, n) for n in range(COUNT)) / 50))
    assert slopes.facility == pytest.approx(float(sum(slopes_share(n, corrected=True) for n in range(COUNT)) / 40))
    made = {one.mistake: one.students for one in chain.mistakes}
    assert made["value-for-slope"] == 10
    assert chain.mean_submissions == pytest.approx(60 / 50)
    activations = Counter(term.typed[n, "chain"].options["activation"] for n in range(COUNT) if kind_of(n) != 5)
    [drawn] = [one for one in chain.difficulties if one.parameter == "activation"]
    assert {band.label: band.students for band in drawn.bands} == activations

    # The course: of two sets the lower does not count.
    with transaction(term.engine) as session:
        courses.set_policy(session, slug="deep", drop_lowest=1, now=EXAM_DUE + 3 * HOUR)
    with reading(term.engine) as session:
        book = gradebook.course_gradebook(session, course_slug="deep", now=EXAM_DUE + 3 * HOUR)
    shares = {row.user_id: row.share for row in book.rows}
    assert [shares[student] for student in term.students] == [
        max(held[n] / 26, expected_exam[n] / 18) for n in range(COUNT)
    ]

    # Somebody wants to be forgotten: the marks stay, and the log tells of them still.
    with transaction(term.engine) as session:
        privacy.erase_person(session, "s0@uni.example", now=EXAM_DUE + 4 * HOUR)
    assert [mark.earned for mark in term.marks("exam")] == expected_exam
    term.verify(expected=noted)
