"""Before marks are shown no byte that a student can get holds an answer, nor tells right from wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from everybody import everybody, filled, routes
from linked_course import app_of, once

import problems
from problems.catalogue import current_families
from quizsvc.services import attempts, set_files, sets, submitting
from quizsvc.services.tokens import create_token
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import IssuedProblem, Membership, User
from quizsvc.store.sets import get_set

DIGITS = 5
SEED = 471_108_150_000
ITEMS = "\n".join(
    f"  - {{id: {family.slug}, family: {family.slug}, options: {{decimals: {DIGITS}}}}}"
    for family in current_families()
    if family.slug != "concepts"
)
TEXT = f"title: Exam\ndue: 2026-11-03T20:00Z\nfeedback: after-due\nsubmissions: 5\nitems:\n{ITEMS}\n"
WITHOUT_ALL = r'<svg.*?</svg>|value="[^"]*"'
"""Coordinates, and what stands in boxes and tokens."""


@pytest.fixture
def world(classroom):
    """Everybody; the owner has opened every problem of an exam, and sent something wrong to each."""
    world = everybody(classroom)
    engine, now, place = classroom.engine, classroom.now, world.places["owner"]
    with transaction(engine) as session:
        exam = sets.create_set(session, course_slug="deep", spec=set_files.read_set(TEXT), now=now)
        sets.publish_set(session, problem_set=exam, now=now, seed=0)
        place["set_id"], items = exam.id, [item.id for item in exam.items]
    for item_id in items:
        with transaction(engine) as session:
            owner = place["student_id"]
            issued = attempts.open_problem(session, user_id=owner, item_id=item_id, now=now, seed=SEED + item_id)
            first = next(step for step in problems.from_json(issued.problem).steps if step.asked)
            answers = {first.id: "no" if first.choices else "77.7"}
            submitting.submit_steps(session, submitting.SubmitSteps(owner, issued.id, answers), now=now)
        place |= {"item_id": item_id, "problem_id": issued.id, "attempt_id": issued.attempt_id}
    yield world
    world.app.extensions["engine"].dispose()


def canaries(world):
    """Problem id -> what is right in it, as a page would write it, unless the numbers that are given hold it."""
    found = {}
    with reading(world.room.engine) as session:
        for issued in (
            session.query(IssuedProblem).join(IssuedProblem.attempt).filter_by(set_id=world.places["owner"]["set_id"])
        ):
            problem = problems.from_json(issued.problem)
            given = json.dumps(problems.to_dict(problem)["given"])
            asked = [step.id for step in problem.steps if step.asked and not step.choices]
            values = np.concatenate([np.ravel(problems.solve(problem)[name]) for name in asked] or [np.array([])])
            texts = {f"{abs(value):.{DIGITS}f}" for value in values}
            found[issued.id] = {text for text in texts if len(set(text)) > 4 and text not in given}
    return found


def everything(world, who="owner"):
    """All that the student can get over pages, and a program of the course in the student's name; where -> bytes."""
    client, place, found = world.client(who), world.places["owner"], {}
    numbers = canaries(world)
    for method, rule in sorted(routes(world.app, None, "/api/")):
        if method == "GET" and "student_id" not in rule and "secret" not in rule:
            for number in numbers if "problem_id" in rule else [None]:
                path = filled(rule, place | {"problem_id": number, "request_id": 1, "link_id": 1})
                with client.get(path) as answer:
                    found[path] = f"{answer.headers}{answer.text}"
    with transaction(world.room.engine) as session:
        scopes = ["attempts:read", "sets:read", "courses:read"]
        token = create_token(session, name="mine", scopes=scopes, now=world.room.now)[1]
    for path in (
        "/attempts/4",
        "/attempts/4/submissions",
        "/attempts",
        f"/problem-sets/{place['set_id']}",
        "/problem-sets",
    ):
        answer = world.app.test_client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, path
        found[path] = f"{answer.headers}{answer.text}"
    return {path: re.sub(WITHOUT_ALL, "", text, flags=re.DOTALL) for path, text in found.items()}


@once
def test_no_byte_holds_an_answer_until_it_is_due(world):
    wanted = canaries(world)
    assert sum(bool(texts) for texts in wanted.values()) > 9
    seen = "\n".join(everything(world).values())
    assert [(number, text) for number, texts in wanted.items() for text in texts if text in seen] == []
    assert str(SEED)[:9] not in seen

    room = replace(world.room, now=world.room.now + timedelta(hours=3))
    later = replace(world, room=room, app=app_of(room))
    pages = everything(later)
    for number, texts in wanted.items():
        assert all(text in pages[f"/problems/{number}"] for text in list(texts)[:3]), number
    later.app.extensions["engine"].dispose()


ONE = """
title: One
due: 2026-11-03T20:00Z
feedback: %s
submissions: 5
items: [{family: vanishing-gradient, given: {w: [0.5, 0.5, 0.5], x: 1}, options: {decimals: 2, sigfigs: 2}}]
"""
RIGHT = {"z1": "0.5", "a1": "0.62", "s1": "0.24"}
WRONG = {"z1": "0.9", "a1": "0.11", "s1": "0.77"}


@once
@pytest.mark.parametrize("feedback", ["after-due", "never"])
def test_right_and_wrong_look_alike_until_marks_are_shown(world, feedback):
    room = world.room
    with transaction(room.engine) as session:
        made = sets.create_set(session, course_slug="deep", spec=set_files.read_set(ONE % feedback), now=room.now)
        sets.publish_set(session, problem_set=made, now=room.now, seed=0)
        set_id, item_id = made.id, made.items[0].id
    right, wrong = (sent_and_seen(world, set_id, item_id, typed) for typed in (RIGHT, WRONG))
    assert right == wrong


def sent_and_seen(world, set_id, item_id, typed):
    """What a new student gets after these answers, without what was typed, tokens and numbers."""
    room = world.room
    with transaction(room.engine) as session:
        course_id = get_set(session, set_id).course_id
        user = User(email=f"{typed['z1']}@example.org", name="Same", created_at=room.now)
        session.add_all([user, Membership(user=user, course_id=course_id, role="student")])
        session.flush()
        one = replace(world, people=world.people | {"one": user.id})
    opened = one.send("one", "POST", f"/items/{item_id}/open").location
    answers = [one.send("one", "POST", f"{opened}/{what}", typed) for what in ("draft", "steps")]
    answers += [
        one.client("one").get(path) for path in (opened, f"/sets/{set_id}", "/courses", "/courses/deep/results")
    ]
    return [
        (answer.status_code, answer.content_length, re.sub(r'value="[^"]*"|\d', "", answer.text)) for answer in answers
    ]
