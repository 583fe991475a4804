"""A set with a code, a time limit and late work, over HTTP: begun, saved, sent, handed in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from quizsvc.jobs.closing import close_ended
from quizsvc.services import set_files, sets
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Draft, Submission

EXAM = """
title: Midterm
due: 2026-11-03T22:00Z
late: {hours: 2, credit: 1/2}
time_limit: 60
grace: 30
access_code: blue whale
submissions: 2
items:
  - {id: chain, family: vanishing-gradient, options: {depth: 2}}
  - pick: 1
    of: [{family: softmax-cross-entropy}, {family: relu-variants}]
"""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def exam(app, clock):
    """The address of a published exam in the demo course."""
    with transaction(app.extensions["engine"]) as session:
        made = sets.create_set(session, course_slug="gradient-flow", spec=set_files.read_set(EXAM), now=clock[0])
        sets.publish_set(session, problem_set=made, now=clock[0], seed=1)
        return f"/sets/{made.id}"


@pytest.fixture
def sitting(visit, exam):
    """A student who has begun, and the address of the first problem."""
    visitor = visit("ada")
    assert visitor.post(f"{exam}/start", {"access_code": "blue whale"}).status_code == 303
    [item] = re.findall(r"/items/(\d+)/open", visitor.get(exam).text)[:1]
    return visitor, visitor.post(f"/items/{item}/open").headers["Location"]


def stored(app, table):
    with reading(app.extensions["engine"]) as session:
        return session.scalars(select(table)).all()


def test_nothing_is_shown_before_it_is_begun_with_the_code(visit, exam):
    visitor = visit("ada")
    page = visitor.get(exam).text
    assert "2 problems, 20 points" in page
    assert "1 hour</strong> from the moment" in page
    assert "Softmax" not in page
    assert "blue whale" not in page
    refused = visitor.post(f"{exam}/start", {"access_code": "red whale"})
    assert refused.status_code == 422
    assert "This is not the access code of this set" in refused.text
    assert visitor.post(f"{exam}/start", {"access_code": " Blue Whale"}).status_code == 303
    page = visitor.get(exam).text
    assert "(1 hour left)" in page
    assert len(re.findall(r"/items/\d+/open", page)) == 2


def test_a_problem_is_not_opened_before_the_set_is_begun(visit, exam, app):
    visitor = visit("ada")
    with reading(app.extensions["engine"]) as session:
        items = [item.id for item in sets.get_set(session, course_slug="gradient-flow", set_slug="midterm").items]
    refused = visitor.post(f"/items/{items[0]}/open")
    assert refused.status_code == 409
    assert "Begin this set on its own page first" in refused.text
    visitor.post(f"{exam}/start", {"access_code": "blue whale"})
    answers = [visitor.post(f"/items/{item}/open").status_code for item in items]
    assert sorted(answers) == [303, 303, 404]  # of the pool, only one is theirs


def test_a_draft_is_saved_shown_again_and_handed_in_when_time_is_up(sitting, app, clock):
    visitor, problem = sitting
    clock[0] += 59 * MINUTE
    answer = visitor.post(f"{problem}/draft", {"base": "0", "z1": "0.5"}, page=problem)
    assert answer.json["revision"] == 1
    stale = visitor.post(f"{problem}/draft", {"base": "0", "z1": "0.7"}, page=problem)
    assert stale.status_code == 409
    assert "changed in another tab" in stale.text
    page = visitor.get(problem).text
    assert 'value="0.5"' in page
    assert "is not sent yet" in page
    assert 'data-revision="1"' in page
    saved = clock[0]
    clock[0] += 5 * MINUTE
    assert visitor.post(f"{problem}/draft", {"base": "1", "z1": "0.9"}, page=problem).status_code == 409
    assert close_ended(app.extensions["engine"], now=clock[0]) == 1
    [submission] = stored(app, Submission)
    assert (submission.origin, submission.arrived_at, submission.late) == ("draft", saved, False)
    assert "Sent for you when time was up" in visitor.get(problem).text


def test_late_work_says_what_it_is_worth(sitting, app, clock):
    visitor, problem = sitting
    clock[0] += 60 * MINUTE + timedelta(seconds=30)
    visitor.post(f"{problem}/steps", {"z1": "0.5"}, page=problem)
    clock[0] += timedelta(seconds=1)
    visitor.post(f"{problem}/steps", {"z1": "0.6"}, page=problem)
    assert [(one.late, one.time_credit) for one in stored(app, Submission)] == [(False, 1), (True, 0)]
    page = visitor.get(problem).text
    assert "counts nothing unless your instructor gives you more time" in page


def test_no_solution_is_shown_while_an_answer_would_still_count(sitting, clock):
    visitor, problem = sitting
    visitor.post(f"{problem}/steps", {"z1": "0.5"}, page=problem)
    clock[0] += 60 * MINUTE + timedelta(seconds=30)  # the limit is over, the grace is not
    assert "Worked solution" not in visitor.get(problem).text
    clock[0] += timedelta(seconds=1)
    assert "Worked solution" in visitor.get(problem).text


def test_who_has_handed_in_sees_the_solution_and_sends_nothing_more(sitting, exam, app, clock):
    visitor, problem = sitting
    visitor.post(f"{problem}/steps", {"z1": "0.5"}, page=problem)
    assert "Worked solution" not in visitor.get(problem).text
    clock[0] += MINUTE
    assert visitor.post(f"{exam}/finish", page=problem).status_code == 303
    assert "Handed in" in visitor.get(exam).text
    refused = visitor.post(f"{problem}/steps", {"z1": "0.6"}, page="/courses")
    assert refused.status_code == 409
    assert "You have handed in this set" in refused.text
    assert "0.6" in refused.text  # what was typed is not lost
    assert len(stored(app, Submission)) == 1
    assert "Worked solution" in visitor.get(problem).text
    assert stored(app, Draft) == []
