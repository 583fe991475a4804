"""Who may do what on every page: a route that is not in a table fails the test."""

from __future__ import annotations

import re

import pytest
from everybody import WHO, everybody, filled, routes
from linked_course import once

ANYBODY = 7 * (200,)
MINE = (302, 200, 200, 200, 200, 200, 200)
"""Pages of one's own."""
MEMBERS = (302, 404, 200, 200, 404, 200, 404)
OWNERS = (302, 404, 404, 200, 404, 200, 404)
TEACHERS = (302, 404, 403, 403, 404, 200, 404)
ALL_TEACHERS = (302, 403, 403, 403, 200, 200, 403)
TO_MEMBERS = (401, 404, 303, 303, 404, 303, 404)
TO_TEACHERS = (401, 404, 403, 403, 404, 303, 404)
TABLE = {
    ("GET", "/"): 7 * (302,),
    ("GET", "/bootstrap/static/<path:filename>"): ANYBODY,
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/login"): (200, *6 * (302,)),
    ("POST", "/login"): 7 * (422,),
    ("POST", "/logout"): (401, *6 * (303,)),
    ("GET", "/courses"): MINE,
    ("GET", "/courses/<slug>/results"): MEMBERS,
    ("GET", "/courses/<slug>/gradebook"): TEACHERS,
    ("GET", "/courses/<slug>/gradebook.csv"): TEACHERS,
    ("GET", "/families"): ALL_TEACHERS,
    ("GET", "/mistakes"): ALL_TEACHERS,
    ("GET", "/sets/<id:set_id>"): MEMBERS,
    ("POST", "/sets/<id:set_id>/start"): TO_MEMBERS,
    ("POST", "/sets/<id:set_id>/finish"): (401, 404, 409, 303, 404, 409, 404),
    ("GET", "/sets/<id:set_id>/results"): TEACHERS,
    ("GET", "/sets/<id:set_id>/results.csv"): TEACHERS,
    ("GET", "/sets/<id:set_id>/dashboard"): TEACHERS,
    ("GET", "/sets/<id:set_id>/dashboard/rows"): TEACHERS,
    ("GET", "/sets/<id:set_id>/statistics"): TEACHERS,
    ("GET", "/sets/<id:set_id>/statistics-<any(items, steps, mistakes):table>.csv"): TEACHERS,
    ("GET", "/sets/<id:set_id>/statistics.json"): TEACHERS,
    ("GET", "/sets/<id:set_id>/grades-passed"): TEACHERS,
    ("POST", "/sets/<id:set_id>/grades-passed/again"): TO_TEACHERS,
    ("POST", "/sets/<id:set_id>/grades-passed/compare"): TO_TEACHERS,
    ("GET", "/sets/<id:set_id>/students/<id:student_id>"): TEACHERS,
    ("POST", "/sets/<id:set_id>/students/<id:student_id>/extension"): TO_TEACHERS,
    ("POST", "/sets/<id:set_id>/students/<id:student_id>/mark"): TO_TEACHERS,
    ("POST", "/items/<id:item_id>/open"): TO_MEMBERS,
    ("GET", "/problems/<id:problem_id>"): OWNERS,
    ("POST", "/problems/<id:problem_id>/steps"): (401, 404, 404, 303, 404, 403, 404),
    ("POST", "/problems/<id:problem_id>/draft"): (401, 404, 404, 200, 404, 403, 404),
    ("POST", "/problems/<id:problem_id>/variants"): (401, 404, 404, 303, 404, 403, 404),
}
FORMS = {
    "steps": {"z1": "1"},
    "draft": {"z1": "1"},
    "extension": {"extension-reason": "ill", "extension-more_submissions": "1"},
    "mark": {"mark-reason": "oral exam", "mark-points": "1"},
}
"""What a form holds, by the last word of its address."""

_TOKEN = re.compile(r'value="[^"]*"')

AS_AT = {
    "owner": range(7),
    "elsewhere": (0, 3, 1, 1, 5, 4, 1),  # Eve owns it and Otto teaches her; for all others it is another course's
    "gone": (0, 1, 2, 2, 4, 5, 6),  # nobody owns it any more
}
"""Whose place -> for everybody, which column of the table holds there."""


@pytest.fixture
def world(classroom):
    world = everybody(classroom)
    yield world
    world.app.extensions["engine"].dispose()


@once
def test_every_route_is_in_a_table(world):
    """Those of programs and of platforms have tables of their own."""
    assert routes(world.app, None, "/api/", "/lti/") == set(TABLE)


def columns_of(method, rule):
    """Whose place -> for everybody, what the table says of it; who has left has work, and nothing else of his own."""
    own = "problem_id" in rule or "student_id" in rule
    row = TABLE[method, rule]
    return {
        owner: dict(zip(WHO, (row[column] for column in columns), strict=True))
        for owner, columns in AS_AT.items()
        if owner != "gone" or own
    }


def found_at(world, method, rule, owner):
    """What everybody is answered there."""
    path, form = filled(rule, world.places[owner]), FORMS.get(rule.rpartition("/")[2])
    found = {}
    for who in WHO:
        with world.send(who, method, path, form) as answer:
            found[who] = answer.status_code
    return found


@once
def test_who_may_see_it(world):
    for method, rule in sorted(TABLE):
        if method == "GET":
            for owner, expected in columns_of(method, rule).items():
                assert found_at(world, method, rule, owner) == expected, (rule, owner)


@once
@pytest.mark.parametrize("rule", sorted(rule for method, rule in TABLE if method == "POST"))
def test_who_may_do_it(world, rule):
    for owner, expected in columns_of("POST", rule).items():
        assert found_at(world, "POST", rule, owner) == expected, owner


@once
def test_what_is_nowhere_and_what_is_anothers_look_alike(world):
    nowhere = {"slug": "nowhere"} | dict.fromkeys(("set_id", "item_id", "student_id", "problem_id"), 999)
    theirs = world.places["elsewhere"]
    for method, rule in sorted(route for route in TABLE if "_id>" in route[1] or "slug" in route[1]):
        for who in ("classmate", "teaches", "gone"):
            told = [world.send(who, method, filled(rule, theirs | place)) for place in ({}, nowhere)]
            assert [one.status_code for one in told] == [404, 404], (who, method, rule)
            assert len({_TOKEN.sub("", one.text) for one in told}) == 1, (who, method, rule)


@once
def test_a_set_and_a_student_of_two_courses_do_not_go_together(world):
    mine, theirs = world.places["owner"], world.places["elsewhere"]
    for method, rule in sorted(route for route in TABLE if "student_id" in route[1]):
        for set_id, student_id in ((mine["set_id"], theirs["student_id"]), (theirs["set_id"], mine["student_id"])):
            path = filled(rule, {"set_id": set_id, "student_id": student_id})
            for who in ("teaches", "teaches elsewhere"):
                assert world.send(who, method, path, FORMS["mark"] | FORMS["extension"]).status_code == 404, (who, path)
