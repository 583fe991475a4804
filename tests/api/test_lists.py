"""Long lists come in portions, each thing once; what has not changed is not sent again."""

from __future__ import annotations

import pytest
from refusals import refused

from quizsvc.services import accounts
from quizsvc.store.database import transaction
from quizsvc.store.models import Membership

V1 = "/api/v1"


@pytest.fixture
def crowd(classroom):
    """Seven more students of the course."""
    with transaction(classroom.engine) as session:
        for number in range(7):
            user = accounts.create_user(
                session, email=f"s{number}@example.org", name=f"S {9 - number}", now=classroom.now
            )
            session.add(Membership(user_id=user.id, course_id=1, role="student"))
    return classroom


def walk(ask, path, limit):
    """All that the list holds, portion by portion, and how many portions there are."""
    found, cursor, portions = [], "", 0
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        body = ask("GET", f"{V1}{path}limit={limit}{more}").json
        assert len(body["items"]) <= limit
        found += body["items"]
        cursor, portions = body["next"], portions + 1
    return found, portions


@pytest.mark.parametrize("path", ["/courses/deep/members?", "/problem-sets/1/scores?", "/attempts?problem_set=1&"])
def test_portions_come_to_the_whole_list(ask, crowd, path):
    for email in ("ada", "s1", "s3", "s6"):
        ask("POST", f"{V1}/attempts", {"problem_set": crowd.set_id, "user": f"{email}@example.org"})
    whole, portions = walk(ask, path, 100)
    assert portions == 1
    assert len(whole) == {"/courses/deep/members?": 10, "/problem-sets/1/scores?": 9}.get(path, 4)
    for limit in (1, 3, len(whole) - 1, len(whole)):
        found, portions = walk(ask, path, limit)
        assert (found, portions) == (whole, -(-len(whole) // limit))


def test_what_comes_in_between_is_not_lost_and_nothing_comes_twice(ask, crowd):
    first = ask("GET", f"{V1}/courses/deep/members?limit=9").json
    with transaction(crowd.engine) as session:
        user = accounts.create_user(session, email="new@example.org", name="New", now=crowd.now)
        session.add(Membership(user_id=user.id, course_id=1, role="student"))
    rest = ask("GET", f"{V1}/courses/deep/members?cursor={first['next']}").json
    assert [one["name"] for one in rest["items"]] == ["S 3", "New"]


def test_submissions_in_portions(ask, begun):
    for number in range(3):
        ask("POST", f"{begun.path}/submissions", {"problem": begun.problem, "answers": {"z1": f"0.{number}"}})
    found, portions = walk(ask, f"{begun.path.removeprefix(V1)}/submissions?", 2)
    assert ([one["number"] for one in found], portions) == ([1, 2, 3], 2)


@pytest.mark.usefixtures("crowd")
def test_a_cursor_that_is_none(ask):
    cursor = ask("GET", f"{V1}/courses/deep/members?limit=2").json["next"]
    for wrong in ("1", "x", f"{cursor}x", cursor[::-1], "", "é"):
        refused(ask("GET", f"{V1}/courses/deep/members?cursor={wrong}"), 422, "not one of this list", "cursor")
    refused(ask("GET", f"{V1}/problem-sets?cursor={cursor}"), 422, "not one of this list")
    refused(ask("GET", f"{V1}/courses?cursor={'x' * 201}"), 422, "", "cursor")
    for wrong in ("limit=0", "limit=101", "limit=x", "page=2"):
        refused(ask("GET", f"{V1}/courses?{wrong}"), 422)


def test_what_has_not_changed_is_not_sent_again(ask, begun, classroom):
    path = f"{V1}/problem-sets/{classroom.set_id}/scores"
    first = ask("GET", path)
    tag = first.headers["ETag"]
    assert (tag.startswith('"'), first.headers["Cache-Control"]) == (True, "private, no-cache")
    same = ask("GET", path, headers={"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    ask("POST", f"{begun.path}/submissions", {"problem": begun.problem, "answers": {"z1": "0.5"}})
    changed = ask("GET", path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] == tag) == (200, False)
    assert ask("HEAD", path).headers["ETag"] == changed.headers["ETag"]


def test_errors_and_what_is_written_have_no_tag(ask, begun):
    assert "ETag" not in ask("GET", f"{V1}/attempts/999").headers
    assert "ETag" not in ask("POST", f"{begun.path}/finish").headers
