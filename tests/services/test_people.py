"""Accounts, courses and rosters."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from quizsvc.errors import Conflict, Invalid, NotFound, NotLoggedIn
from quizsvc.services import accounts, courses, results
from quizsvc.services.roster import import_roster, prepare_roster, read_roster
from quizsvc.store import people
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Membership, User

HASHED = accounts.hash_password("a long password")
ROSTER = (
    "name,email,role,password\nEve Adams,Eve@Example.org,student,correct horse\n\nAda,ada@example.org,instructor,\n"
)


def load(room, text, course="deep"):
    with transaction(room.engine) as session:
        rows = prepare_roster(session, course_slug=course, rows=read_roster(text))
        return import_roster(session, course_slug=course, rows=rows, now=room.now)


def roles(room):
    with reading(room.engine) as session:
        rows = session.execute(select(User.email, Membership.role).join(Membership.user)).all()
        return {email.partition("@")[0]: role for email, role in rows}


def test_a_roster_enrols_makes_accounts_and_changes_roles(classroom):
    report = load(classroom, ROSTER)
    assert (report.created, report.enrolled, report.unchanged, report.rows) == (1, 2, 0, 2)
    assert roles(classroom) == {"ines": "instructor", "ada": "instructor", "bao": "student", "eve": "student"}
    with reading(classroom.engine) as session:
        assert accounts.authenticate(session, email=" EVE@example.org", password="correct horse").name == "Eve Adams"
    again = load(classroom, ROSTER)
    assert (again.created, again.enrolled, again.unchanged) == (0, 0, 2)


def test_a_roster_from_a_german_spreadsheet(classroom):
    assert load(classroom, "\ufeffName;Email\r\nEve;eve@example.org\r\n").created == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The column name is missing."),
        ("name,mail\nA,a@example.org", "line 1: 'mail' is no column of a roster"),
        ("name,email,email\nA,a@example.org,b@example.org", "line 1: The column email is there twice."),
        ("name,email\n", "line 2: Write one line for each person."),
        ("name,email\nA,a@example.org,more", "line 2: There are 3 fields where the heading has 2."),
        ("name,email\nA,a@example.org\nB,b at example", "line 3, column email: 'b at example' is no e-mail address"),
        ("name,email\nA,a@example.org\nB,A@example.org", "line 3, column email: a@example.org is in line 2 already"),
        ("name,email\n,a@example.org", "line 2, column name: The name needs 1 to 200 printable characters"),
        (
            "name,email,role\nA,a@example.org,boss",
            "line 2, column role: 'boss' is no role; write student or instructor.",
        ),
        (
            "name,email,password\nA,a@example.org,short",
            "line 2, column password: A password has 10 to 1024 characters; this one has 5.",
        ),
        ('name,email\n"A,a@example.org', "line 2: This cannot be read: unexpected end of data."),
        ("name,email\nA\x00,a@example.org", "line 2, column name"),
    ],
)
def test_a_roster_that_is_not_right_leaves_nothing_behind(classroom, text, said):
    before = roles(classroom)
    with pytest.raises(Invalid) as refused:
        load(classroom, text)
    assert any(said in str(detail) for detail in refused.value.details), refused.value.details
    assert roles(classroom) == before


def test_a_roster_for_a_course_that_is_not_there(classroom):
    with pytest.raises(NotFound, match="the courses are deep"):
        load(classroom, ROSTER, course="shallow")


def test_log_in_refuses_unknown_and_wrong_in_the_same_words(classroom):
    with transaction(classroom.engine) as session:
        accounts.set_password(session, email="ada@example.org", password_hash=HASHED, now=classroom.now)
    said = set()
    for email, password in [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", "wrong"),
        ("bao@example.org", "wrong"),
        ("", ""),
    ]:
        with reading(classroom.engine) as session, pytest.raises(NotLoggedIn) as refused:
            accounts.authenticate(session, email=email, password=password)
        said.add(refused.value.message)
    assert len(said) == 1


def test_what_is_stored_of_a_password_is_no_password(classroom):
    with transaction(classroom.engine) as session:
        user = accounts.set_password(session, email="ada@example.org", password_hash=HASHED, now=classroom.now)
        assert user.password_hash.startswith("$argon2id$")


def test_accounts_that_cannot_be_made(classroom):
    with transaction(classroom.engine) as session:
        with pytest.raises(Conflict):
            accounts.create_user(session, email="ADA@example.org", name="Ada", now=classroom.now)
        with pytest.raises(Invalid):
            accounts.create_user(session, email="no address", name="Ada", now=classroom.now)
        with pytest.raises(Invalid):
            accounts.create_user(session, email="x@example.org", name=" ", now=classroom.now)
        with pytest.raises(NotFound):
            accounts.set_password(session, email="x@example.org", password_hash=HASHED, now=classroom.now)


def test_courses_that_cannot_be_made(classroom):
    with transaction(classroom.engine) as session:
        with pytest.raises(Conflict, match="deep already"):
            courses.create_course(session, slug="deep", title="Again", now=classroom.now)
        with pytest.raises(Invalid, match="small letters"):
            courses.create_course(session, slug="Deep!", title="Deep", now=classroom.now)


def test_my_courses_shows_students_what_is_published_and_strangers_nothing(classroom):
    with reading(classroom.engine) as session:
        [card] = results.my_courses(session, user_id=classroom.ada, now=classroom.now)
        assert (card.role, [entry.set.slug for entry in card.sets]) == ("student", ["chains"])
        assert results.my_courses(session, user_id=classroom.stranger, now=classroom.now) == []


def test_many_addresses_are_looked_up_in_portions(classroom):
    with reading(classroom.engine) as session:
        found = people.users_by_email(session, [f"s{i}@example.org" for i in range(1200)] + ["ada@example.org"])
    assert set(found) == {"ada@example.org"}
