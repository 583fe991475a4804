"""What is kept of a person, to the last word that somebody typed; and what is left when the person is erased."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
import sqlalchemy as sa
from desk import ONE, RIGHT, Desk, a_set, right

from quizsvc.cli.output import json_text
from quizsvc.errors import NotFound
from quizsvc.services import accounts, extensions, gradebook, papers, preparing, privacy
from quizsvc.store.columns import UtcDateTime
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import (
    Context,
    ContextMember,
    DeepLinkRequest,
    Platform,
    PlatformUser,
    ResourceLink,
    ScorePassed,
)
from quizsvc.store.models import Base, Login, Membership, PreparedProblem, Submission

NAME, EMAIL = "Zebulon Quartermaine", "zebulon.quartermaine@mail.example"
DRAWN = "- {id: chain, family: vanishing-gradient, options: {depth: 2}}"
TYPED = {
    "answer": "0.50001234",
    "draft that could be read": "0.61115678",
    "draft": "canary of the draft",
    "extension": "a canary with a doctor's note",
    "mark by hand": "a canary in the oral exam",
    "id on a platform": "canary-8",
    "address on a platform": "canary@lms.example",
}
"""Words that are nowhere else in the database."""


@pytest.fixture
def desk(classroom):
    """A set on which somebody has left traces wherever one can."""
    desk = Desk(classroom, a_set("late: {hours: 2, credit: 1/2}", items=(ONE, DRAWN)))
    with transaction(desk.engine) as session:
        hashed = accounts.hash_password("a long password")
        user = accounts.create_user(session, email=EMAIL, name=NAME, now=desk.start, password_hash=hashed)
        session.add(Membership(user_id=user.id, course_id=desk.course_id, role="student"))
        desk.person = user.id
        for person in (user.id, desk.ada):
            accounts.begin_login(session, user_id=person, now=desk.start)
    with reading(desk.engine) as session:
        drawn = preparing.draw_missing(preparing.missing_problems(session, desk.set(session)), seed=1)
    with transaction(desk.engine) as session:
        preparing.keep_drawn(session, drawn)
    problem = desk.open(desk.person)
    desk.submit(desk.person, problem, {"z1": TYPED["answer"]}, at=2)
    desk.submit(desk.person, problem, RIGHT, at=61)
    desk.save(desk.person, problem, {"z1": TYPED["draft that could be read"]}, at=62)
    desk.save(desk.person, problem, {"z1": TYPED["draft"]}, base=1, at=63)
    desk.extend(desk.person, due=desk.due(90), at=64, reason=TYPED["extension"])
    desk.by_hand(desk.person, Fraction(7), "chain", at=65, reason=TYPED["mark by hand"])
    with transaction(desk.engine) as session:
        session.add_all(on_a_platform(desk))
    return desk


def on_a_platform(desk):
    """The person comes from a platform too, which has a grade and has once asked for a choice."""
    url, subject = "https://lms.example", TYPED["id on a platform"]
    platform = Platform(
        name="Moodle", issuer=url, client_id="c", auth_url=url, token_url=url, jwks_url=url, created_at=desk.start
    )
    context = Context(
        platform=platform,
        deployment_id="1",
        context_id="2",
        title="Deep",
        course_id=desk.course_id,
        created_at=desk.start,
    )
    link = ResourceLink(context=context, resource_link_id="3", title="Week 1", created_at=desk.start)
    return [
        PlatformUser(platform=platform, subject=subject, user_id=desk.person, email=TYPED["address on a platform"]),
        ContextMember(context=context, user_id=desk.person, subject=subject, role="student"),
        DeepLinkRequest(context=context, user_id=desk.person, settings={}, created_at=desk.start),
        ScorePassed(link=link, user_id=desk.person, share=Fraction(1, 2), wanted_at=desk.start),
    ]


def export(desk, email=EMAIL):
    with reading(desk.engine) as session:
        return json_text(privacy.export_person(session, email))


def erase(desk, email=EMAIL):
    with transaction(desk.engine) as session:
        return privacy.erase_person(session, email, now=desk.at(200))


def texts(desk):
    """Table and column -> all that stands there as text, JSON among it."""
    found = {}
    with desk.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if not isinstance(column.type, sa.Integer | sa.Boolean | UtcDateTime):
                    rows = connection.execute(sa.select(sa.cast(column, sa.Text))).scalars()
                    found[str(column)] = "\n".join(row for row in rows if row is not None)
    return found


def test_every_word_that_was_typed_by_or_for_a_person_is_given_out_and_no_hash(desk):
    text = export(desk)
    assert [what for what, word in TYPED.items() if word not in text] == []
    assert NAME in text
    assert EMAIL in text
    stored = texts(desk)
    hashes = (stored["users.password_hash"], *stored["logins.secret_hash"].split("\n"))
    assert [one for one in hashes if one in text or not one] == []


def test_every_judgement_is_given_out_with_the_reason_why_it_was_made(desk):
    [attempt] = json.loads(export(desk))["attempts"]
    [problem] = attempt["problems"]
    first, second = problem["submissions"]
    assert [one["time_credit"] for one in first["judgements"]] == ["1"]
    assert [(one["time_credit"], one.get("reason")) for one in second["judgements"]] == [
        ("1/2", None),
        ("1", "an extension"),
    ]
    assert (first["late"], second["late"], attempt["paper"]) == (False, True, None)


def test_entries_of_the_log_are_given_out_as_they_stand_there(desk):
    told = json.loads(export(desk))["audit"]
    kept = [entry for entry in desk.entries() if entry.user_id == desk.person]
    assert [(one["number"], one["kind"], one["body"]) for one in told] == [
        (entry.number, entry.kind, json.loads(entry.body)) for entry in kept
    ]
    assert {one["kind"] for one in told} == {"started", "submitted", "extended", "rejudged", "adjusted"}


def test_the_paper_that_somebody_wrote_is_given_out_with_its_code(desk):
    with transaction(desk.engine) as session:
        [paper] = papers.make_papers(session, desk.set(session), 1, now=desk.start, seed=1)
        papers.enter_paper(session, papers.EnterPaper(paper.code, desk.bao, {"one": right(2)}), now=desk.at(3))
    [attempt] = json.loads(export(desk, "bao@example.org"))["attempts"]
    assert attempt["paper"] == paper.code
    assert not any(word in export(desk, "bao@example.org") for word in TYPED.values())


def test_once_erased_name_and_address_stand_in_no_column_of_any_table(desk):
    before = texts(desk)
    named = {column for column, text in before.items() if NAME in text or EMAIL in text}
    assert named == {"users.name", "users.email"}
    erase(desk)
    after = texts(desk)
    for word in (NAME, EMAIL, *NAME.split(), TYPED["extension"], TYPED["draft"], TYPED["draft that could be read"]):
        assert [column for column, text in after.items() if word.lower() in text.lower()] == []
    assert after["users.password_hash"] == ""
    assert TYPED["answer"] in after["submissions.answers"]


def test_log_ins_drafts_and_prepared_problems_go_and_those_of_others_stay(desk):
    erase(desk)
    with reading(desk.engine) as session:
        assert session.scalars(sa.select(Login.user_id)).all() == [desk.ada]
        assert set(session.scalars(sa.select(PreparedProblem.user_id))) == {desk.ada, desk.bao}
        assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 2
    assert texts(desk)["drafts.answers"] == ""


def test_marks_and_the_log_are_as_they_were_and_the_gradebook_shows_a_pseudonym(desk):
    before, seal = desk.marks(), desk.verify()
    assert before[desk.person].earned == 17
    erased = erase(desk)
    assert desk.marks() == before
    after = desk.verify(expected=seal.digest)
    assert after.faults == ()
    assert after.entries == seal.entries + 1
    assert desk.regrade().changes_nothing
    with reading(desk.engine) as session:
        names = {row.user_id: (row.name, row.email) for row in gradebook.gradebook_of(session, desk.set(session)).rows}
    assert names[desk.person] == (erased.name, erased.email)
    assert erased.name == f"Erased person {desk.person}"
    assert erased.email.endswith(".invalid")


def test_who_is_erased_is_not_found_by_the_old_address_and_can_be_erased_again(desk):
    erased = erase(desk)
    with reading(desk.engine) as session, pytest.raises(NotFound, match="is no student of deep"):
        extensions.find_student(session, desk.set(session).course, EMAIL)
    again = erase(desk, erased.email)
    assert again.email != erased.email
    assert desk.verify().faults == ()
