"""Who is in a platform's course is in the course here: page by page, whoever comes, changes, leaves, or is back."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from desk import right, sixths
from linked import link_set
from linked_course import once
from sqlalchemy import func, select

from quizsvc.errors import NotAllowed, NotReached
from quizsvc.jobs.asking import ask_roster
from quizsvc.jobs.looking import last_night
from quizsvc.services.lms.memberships import read_member
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading
from quizsvc.store.lms_models import Context, ContextMember, Platform, PlatformUser
from quizsvc.store.models import Membership, User

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"


@pytest.fixture
def linked(desk, platform):
    platform.add_column()
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[], now=desk.start, base=platform.base,
        line_items_url=platform.line_items_url, memberships_url=f"{platform.base}/members",
    )  # fmt: skip


def member(subject, name="N", roles=("Learner",), **more):
    return {"user_id": subject, "name": name, "roles": list(roles), "status": "Active"} | more


def ask(office, linked):
    return ask_roster(office.engine, office.couriers.services, linked.context, clock=lambda: office.clock[0])


def people(desk):
    """Name -> role, of those who are in the course and have not left."""
    with reading(desk.engine) as session:
        query = select(User.name, Membership.role).join(Membership, Membership.user_id == User.id)
        query = query.where(Membership.course_id == desk.course_id, Membership.left_at.is_(None))
        return dict(session.execute(query).all())


def test_everybody_is_taken_over_whatever_the_platform_tells_of_them(desk, platform, linked, office):
    platform.members = [
        member("1", "Chidi Ünal", email="chidi@example.org"),
        member("2", "Dora", [TEACHER, "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"]),
        {"user_id": "3", "roles": [LEARNER]},
        member("4", name=None, roles=[], given_name="E", family_name="F"),
        member("5", "Gone", status="Inactive"),
        member("6", "Gone too", status="Deleted"),
        "nobody",
    ]
    platform.page_size = 2
    assert ask(office, linked).people == 4
    found = people(desk)
    unnamed = [name for name in found if name.startswith("Student ")]
    assert (found["Chidi Ünal"], found["Dora"], found["E F"]) == ("student", "instructor", "student")
    assert len(unnamed) == 1
    assert not {"Gone", "Gone too"} & set(found)


@once
def test_the_last_page_is_the_one_without_anybody(platform, linked, office):
    platform.members, platform.page_size = [member("1"), member("2")], 2
    ask(office, linked)
    assert platform.counts["member pages"] == 2


def test_who_leaves_keeps_the_work_and_who_is_back_goes_on(desk, platform, linked, office):
    platform.members = [member("1", "Chidi"), member("2", "Dora", ["Instructor"])]
    ask(office, linked)
    platform.members = [member("1", "Chidi", status="Inactive"), member("2", "Dora", ["Learner"])]
    news = ask(office, linked)
    assert (news.people, news.left) == (1, 1)
    assert people(desk) == {"Ines": "instructor", "Ada": "student", "Bao": "student", "Dora": "student"}
    platform.members = [member("1", "Chidi A."), member("2", "Dora")]
    assert ask(office, linked).left == 0
    assert people(desk)["Chidi A."] == "student"


def test_addresses_that_are_trusted_are_those_of_accounts(desk, platform, linked, office):
    linked.change(Platform, linked.platform, trust_emails=True)
    platform.members = [
        member("1", "Ada at the platform", email="ada@example.org"),
        member("2", "Dora", email="dora@example.org"),
        member("3", "Twin", email="twin@example.org"),
        member("4", "Twin", email="twin@example.org"),
        member("5", "Nobody"),
    ]
    ask(office, linked)
    with reading(desk.engine) as session:
        who = dict(session.execute(select(PlatformUser.subject, User.email).join(PlatformUser.user)).all())
        ids = dict(session.execute(select(PlatformUser.subject, PlatformUser.user_id)).all())
    assert (ids["1"], who["2"], who["3"], who["4"]) == (desk.ada, "dora@example.org", *["twin@example.org"] * 2)
    assert who["5"].endswith("@users.invalid")
    assert people(desk)["Ada"] == "student"


@once
def test_who_is_stopped_in_the_middle_lets_nobody_go(desk, platform, linked, office):
    platform.members = [member("1", "Chidi"), member("2", "Dora")]
    ask(office, linked)
    platform.page_size = 1
    turns = iter([True, False])
    with pytest.raises(NotReached, match="not read to its end"):
        ask_roster(
            office.engine, office.couriers.services, linked.context, clock=lambda: office.clock[0],
            goes_on=turns.__next__,
        )  # fmt: skip
    assert {"Chidi", "Dora"} <= set(people(desk))


@once
@pytest.mark.parametrize("told", [[], [member("1", "Chidi", status="Inactive")]])
def test_a_roster_of_nobody_lets_nobody_go(desk, platform, linked, office, told):
    platform.members = [member("1", "Chidi")]
    ask(office, linked)
    platform.members = told
    with pytest.raises(NotAllowed, match="told of nobody in its course"):
        ask(office, linked)
    assert people(desk)["Chidi"] == "student"


@once
def test_nothing_is_new_twice(platform, linked, office):
    platform.members = [member("1", "Chidi", email="c@example.org"), member("2", "Dora")]
    assert [ask(office, linked).news for _ in range(2)] == [2, 0]


@once
def test_who_is_new_to_the_platform_gets_the_score_of_work_done_before(desk, platform, linked, office):
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    office.run()
    assert linked.scores() == {}
    with reading(desk.engine) as session:
        email = session.get(User, desk.ada).email
    linked.change(Platform, linked.platform, trust_emails=True)
    platform.members = [member("1", "Ada", email=email)]
    linked.change(Context, linked.context, roster_at=None)
    office.run()
    assert linked.scores()[desk.ada].share == sixths(3)
    assert platform.share("1") == pytest.approx(0.5)


@pytest.mark.usefixtures("linked")
def test_a_roster_is_asked_for_at_first_and_then_every_night(platform, office):
    platform.members = [member("1")]
    office.run()
    office.run()
    assert platform.counts["member pages"] == 2  # one with people, one without
    office.clock[0] += timedelta(days=1)
    office.run()
    assert platform.counts["member pages"] == 4


@once
def test_a_platform_that_is_down_is_asked_again_after_a_rest(desk, platform, linked, office):
    platform.down = True
    office.run()
    with reading(desk.engine) as session:
        query = select(Courier).where(Courier.destination == f"roster:{linked.context}")
        assert session.scalars(query).one().rests_until > office.clock[0]
        assert session.get(Context, linked.context).roster_at is None
    platform.down, platform.members = False, [member("1")]
    office.clock[0] += timedelta(minutes=1)
    office.run()
    with reading(desk.engine) as session:
        assert session.get(Context, linked.context).roster_at == office.clock[0]


@once
def test_a_platform_that_does_not_tell_is_not_asked_all_day(desk, platform, linked, office, caplog):
    linked.change(Context, linked.context, memberships_url=f"{platform.base}/nothing")
    office.run()
    assert "is not told" in caplog.text
    with reading(desk.engine) as session:
        assert session.get(Context, linked.context).roster_at == office.clock[0]
    linked.change(Context, linked.context, memberships_url=None)
    with pytest.raises(NotAllowed, match="does not tell who is in"):
        ask(office, linked)


@once
def test_what_is_no_roster_changes_nothing(desk, platform, linked, office):
    platform.members = [member("1", "Chidi")]
    ask(office, linked)
    linked.change(Context, linked.context, memberships_url=f"{platform.base}/2/lineitems")
    with pytest.raises(NotReached, match="something else than a roster"):
        ask(office, linked)
    assert "Chidi" in people(desk)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"user_id": ""},
        {"user_id": "x" * 256},
        {"user_id": "a\x00"},
        {"user_id": "1", "status": "Inactive"},
    ],
)
def test_an_entry_of_nobody_is_passed_over(told):
    assert read_member(told) is None


def test_an_entry_is_read_whatever_it_lacks():
    person = read_member({"user_id": 7, "roles": "Learner", "email": "no address"})
    assert (person.subject, person.roles, person.email, person.name) == ("7", (), None, None)


@once
def test_nights_begin_at_three_utc(desk):
    assert last_night(desk.start).isoformat() == "2026-11-03T03:00:00+00:00"
    assert last_night(desk.start.replace(hour=2)).isoformat() == "2026-11-02T03:00:00+00:00"


@pytest.mark.soak
def test_ten_thousand_people_are_taken_over_within_a_minute(desk, platform, linked, office, capsys):
    platform.members = [member(str(number), f"N {number}", email=f"n{number}@example.org") for number in range(10_000)]
    platform.page_size = 100
    times = []
    for _ in range(2):
        began = time.monotonic()
        ask(office, linked)
        times.append(time.monotonic() - began)
    with reading(desk.engine) as session:
        assert session.scalar(select(func.count(ContextMember.id))) == 10_000
        assert session.scalar(select(func.count(PlatformUser.id))) == 10_000
    with capsys.disabled():
        print(f"\n10,000 people: {times[0]:.1f} s, again {times[1]:.1f} s")  # noqa: T201 - figures are what a soak is for
    assert max(times) < 60
