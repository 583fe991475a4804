"""Grades go the whole way: from what a student sends to the gradebook of the platform that the student came from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from desk import UNIT, Desk, a_set, right
from house import BOTH_KINDS, Browser, House
from moodle_double import MoodleDouble
from moodle_tokens import SCORE
from openedx import OTHER_STUDENT, STUDENT, registration_of
from post_office import PostOffice
from served_house import served
from sqlalchemy import select

from quizsvc.services.lms import tool_keys
from quizsvc.services.lms.registrations import get_platform
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ContextMember, PlatformUser, ResourceLink, ScorePassed

TEXT = a_set("feedback: immediately", "submissions: 20", items=(f"- {{id: one, points: 6, {UNIT}}}",))
SLUG = {"set": "units"}
moodles = pytest.mark.parametrize(("database_url", "moodle"), BOTH_KINDS, indirect=True)


class Term:
    """A set on a desk, a platform whose students work on it, and who carries their grades there."""

    def __init__(self, house, moodle):
        self.house, self.moodle = house, moodle
        self.desk = Desk(house.room, TEXT)
        house.connect(moodle, course_slug="deep")
        self.office = PostOffice(house.engine, [house.now], outside=house.app.extensions["outside"])

    def at(self, minutes):
        """It is so many minutes after the beginning, for everybody."""
        self.house.now = self.office.clock[0] = self.desk.at(minutes)

    def arrive(self, name, link):
        """A student comes from the platform; the person's number here."""
        self.house.browser().arrive(self.moodle, self.moodle.login_form(name, link))
        subject = self.moodle.users[name].sub
        with reading(self.house.engine) as session:
            return session.scalars(select(PlatformUser.user_id).where(PlatformUser.subject == subject)).one()

    def work(self, person, count, minutes):
        """Send the first so many of six steps right."""
        self.at(minutes)
        self.desk.submit(person, self.desk.open(person, at=minutes), right(count), at=minutes)

    def carry(self, minutes=None):
        """All that waits is carried; what is tried again has its turns, too."""
        if minutes is not None:
            self.at(minutes)
        for _ in range(3):
            self.office.run()
            self.house.now = self.office.clock[0] = self.office.clock[0] + timedelta(seconds=10)

    def final(self, name, column=None):
        grade = self.moodle.grade(name, column)
        return grade and grade["final"]

    def passed(self):
        [row] = self.house.rows(ScorePassed)
        return row


@pytest.fixture
def term(house, moodle):
    return Term(house, moodle)


def scores_asked(moodle):
    return [asked for asked in moodle.log if asked.path.endswith("/scores")]


@moodles
def test_a_grade_arrives_and_changes_with_the_next_submission(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 3, minutes=5)
    term.carry()
    assert term.final("student5") == 50
    term.work(person, 5, minutes=6)
    term.carry()
    assert term.final("student5") == pytest.approx(100 * 5 / 6, abs=1e-4)
    assert [asked.status for asked in scores_asked(moodle)] == [200, 200]
    row = term.passed()
    assert (row.sent, row.failed_at, row.sent_share) == (row.wanted, None, Fraction(5, 6))
    assert moodle.grade("student6") is None


@moodles
def test_two_changes_in_a_second_both_arrive(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 1, minutes=5)
    term.office.run()
    for points in (2, 3):
        term.desk.by_hand(person, Fraction(points), at=5)
        term.office.run()
    term.carry()
    assert term.passed().sent_share == Fraction(3, 6)
    assert term.final("student5") == 50


@moodles
def test_a_platform_whose_clock_is_ahead_gets_all_grades(term, moodle):
    """A coupled column of Moodle 4.3 keeps its own time: what is stamped before that is refused, and stamped anew."""
    moodle.clock = lambda: term.house.now + timedelta(seconds=40)
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 1, minutes=5)
    term.office.run()
    assert term.final("student5") == pytest.approx(100 / 6, abs=1e-4)
    term.office.clock[0] += timedelta(seconds=5)
    term.desk.by_hand(person, Fraction(3), at=5)
    term.carry()
    assert term.final("student5") == 50
    assert term.passed().failed_at is None


@moodles
def test_the_column_is_known_after_a_second_one_is_bound_to_the_link(term, moodle):
    link = moodle.add_link(custom=SLUG)
    person = term.arrive("student5", link)
    moodle.add_line_item("Another", 5, link_id=link.id)
    assert term.arrive("student5", link) == person
    term.work(person, 6, minutes=5)
    term.carry()
    assert [term.final("student5", column) for column in moodle.line_items] == [100, None]


@moodles
def test_a_link_without_a_column_gets_one_for_all(term, moodle):
    link = moodle.add_link(custom=SLUG, graded=False)
    people = [term.arrive(name, link) for name in ("student5", "student6", "student7")]
    for person in people:
        term.work(person, 6, minutes=5)
    term.carry()
    [column] = moodle.line_items
    assert (column.label, column.link_id, column.maximum) == ("Units", link.id, 6)
    assert [term.final(name, column) for name in ("student5", "student6", "student7")] == [6, 6, 6]


@moodles
def test_a_column_on_a_later_page_is_found(term, moodle):
    link = moodle.add_link(custom=SLUG, graded=False)
    person = term.arrive("student5", link)
    for number in range(5):
        moodle.add_line_item(f"Other {number}", 10)
    moodle.largest_page = 2
    column = moodle.add_line_item("Ours", 10, link_id=link.id)
    term.work(person, 3, minutes=5)
    term.carry()
    assert term.final("student5", column) == 5
    assert len(moodle.line_items) == 6


@moodles
def test_a_column_that_somebody_has_removed_is_made_again(term, moodle):
    link = moodle.add_link(custom=SLUG)
    person = term.arrive("student5", link)
    term.work(person, 3, minutes=5)
    term.carry()
    moodle.line_items.clear()
    term.work(person, 6, minutes=6)
    term.carry()
    [column] = moodle.line_items
    assert term.final("student5", column) == column.maximum


@moodles
def test_who_has_left_the_platforms_course_stops_nobody_else(term, moodle):
    link = moodle.add_link(custom=SLUG)
    people = [term.arrive(name, link) for name in ("student5", "student6")]
    for person in people:
        term.work(person, 3, minutes=5)
    term.carry()
    moodle.users["student5"].enrolled = False
    for person in people:
        term.work(person, 6, minutes=6)
    term.carry()
    assert [term.final(name) for name in ("student5", "student6")] == [50, 100]
    gone, here = term.house.rows(ScorePassed)
    assert gone.failed_at is not None
    assert "Incorrect score received" in gone.reason
    assert (here.sent, here.failed_at) == (here.wanted, None)


@moodles
def test_who_had_left_before_is_not_sent_at_all(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    moodle.users["student5"].enrolled = False
    term.work(person, 3, minutes=5)
    term.carry()
    assert scores_asked(moodle) == []
    assert "no longer" in term.passed().reason


@moodles
def test_scores_wait_while_a_platform_has_withdrawn_its_leave(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    moodle.allowed_scopes.remove(SCORE)
    term.work(person, 6, minutes=5)
    term.carry()
    assert term.final("student5") is None
    row = term.passed()
    assert (row.sent, row.failed_at) == (0, None)
    assert "invalid_scope" in row.reason
    moodle.allowed_scopes.add(SCORE)
    term.carry(minutes=60)
    assert term.final("student5") == 100


@moodles
def test_a_course_that_takes_no_scores_is_told_of_in_words(term, moodle):
    moodle.allowed_scopes.remove(SCORE)
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 6, minutes=5)
    term.carry()
    row = term.passed()
    assert (row.sent, row.reason) == (0, f"Moodle {moodle.version} does not let us pass scores in this course.")


@moodles
def test_our_keys_are_replaced_without_a_call_that_fails(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 1, minutes=1)
    term.carry()
    with transaction(term.house.engine) as session:
        platform = get_platform(session, 1)
        tool_keys.rotate(session, platform, seal=term.house.seal, now=term.house.now)
    for day, hours in enumerate((0.1, 0.9, 1.1, 2, 30, 24 * 6, 24 * 8), start=2):
        term.at(60 * hours)
        term.desk.by_hand(person, Fraction(day % 6), at=60 * hours)
        term.carry()
        assert term.final("student5") == pytest.approx(100 * (day % 6) / 6, abs=1e-4)
    tokens = [asked.status for asked in moodle.log if asked.path.endswith("/token.php")]
    assert set(tokens) == {200}
    assert len({assertion["jti"] for assertion in moodle.assertions}) == len(tokens)
    assert len(moodle.tools[0].keys.keys) >= 1


@moodles
def test_assertions_are_as_the_specification_asks(term, moodle):
    person = term.arrive("student5", moodle.add_link(custom=SLUG))
    term.work(person, 1, minutes=1)
    term.office.run()
    now = term.house.now.timestamp()
    for claims in moodle.assertions:
        assert claims["iss"] == claims["sub"] == moodle.client_id
        assert claims["aud"] == moodle.token_url
        assert claims["iat"] == now - 60
        assert now < claims["exp"] <= claims["iat"] + 300


@pytest.mark.parametrize(("database_url", "moodle"), [("postgresql", "4.5")], indirect=True)
def test_the_grade_of_a_set_goes_to_each_platform_that_links_to_it(classroom, moodle):
    other = MoodleDouble("4.3", issuer="https://other.example")
    house = House(classroom, moodle, other)
    term = Term(house, moodle)
    house.connect(other, course_slug="deep")
    first = term.arrive("student5", moodle.add_link(custom=SLUG))
    link = other.add_link(custom=SLUG)
    house.browser().arrive(other, other.login_form("student6", link))
    second = house.rows(PlatformUser)[1].user_id
    for person, count in ((first, 3), (second, 6)):
        term.work(person, count, minutes=5)
    term.carry()
    assert (term.final("student5"), term.final("student6")) == (50, None)
    assert (other.grade("student5"), other.grade("student6")["final"]) == (None, 100)
    house.close()


@moodles
def test_a_class_that_arrives_and_hands_in_at_once_has_one_column(term, moodle):
    link = moodle.add_link(custom=SLUG, graded=False)
    names = [f"student{number}" for number in range(1, 21)]
    with ThreadPoolExecutor(len(names)) as pool:
        people = list(pool.map(lambda name: term.arrive(name, link), names))
    assert len(set(people)) == len(names)
    for person in people:
        term.work(person, 6, minutes=5)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: term.office.run(), range(2)))
    term.carry()
    [column] = moodle.line_items
    assert [term.final(name, column) for name in names] == [6] * len(names)
    assert len(term.house.rows(ContextMember)) == 26


# Open edX


@pytest.mark.parametrize("mode", ["declarative", "programmatic"])
def test_grades_arrive_at_open_edx(classroom, edx, mode):
    with served(classroom, began=datetime.now(UTC)) as house:
        desk = Desk(classroom, TEXT)
        tool = edx.add_tool(f"{house.base}/lti/login", f"{house.base}/lti/launch", f"{house.base}/lti/jwks", mode=mode)
        house.register(registration_of(tool, course_slug="deep"))
        for user in (STUDENT, OTHER_STUDENT):
            browser = Browser(house)
            browser.send(tool.auth(browser.client.get(tool.begin(user)).location))
        with transaction(house.engine) as session:
            session.scalars(select(ResourceLink)).one().set_id = desk.set_id
        people = {member.user_id: member.subject for member in house.rows(ContextMember)}
        office = PostOffice(house.engine, [house.clock()])
        for count, person in enumerate(people, start=3):
            desk.submit(person, desk.open(person), right(count), at=5)
        for _ in range(3):
            office.run()
            office.clock[0] += timedelta(seconds=10)
        state = tool.state()
        [column] = state["columns"]
        assert column["maximum"] == (10 if mode == "declarative" else 6)
        shares = [state["grades"][subject]["score"] for subject in people.values()]
        assert shares == [pytest.approx(3 / 6), pytest.approx(4 / 6)]
        desk.by_hand(next(iter(people)), Fraction(6), at=6)
        office.run()
        assert tool.state()["grades"][next(iter(people.values()))]["score"] == 1
        assert [row.failed_at for row in house.rows(ScorePassed)] == [None, None]
        office.close()
