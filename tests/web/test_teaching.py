"""The pages for who teaches, over HTTP: who sees them, what they tell, and what their forms do and refuse."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import event
from taught import ADA, BAO, EXAM, FIRST, INES, STUDENT, TIMED, a_set, enrol, rows_of, send

import problems
from quizsvc.services import (
    accounts,
    attempts,
    courses,
    demo,
    extensions,
    set_files,
    set_statistics,
    sets,
    submitting,
)
from quizsvc.store import sets as stored
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Adjustment, Extension, Membership

PAGES = [
    f"{EXAM}/dashboard",
    f"{EXAM}/dashboard/rows",
    f"{EXAM}/statistics",
    f"{EXAM}/statistics.json",
    *(f"{EXAM}/statistics-{table}.csv" for table in ("items", "steps", "mistakes")),
    STUDENT,
    f"{EXAM}/grades-passed",
    "/courses/gradient-flow/gradebook",
    "/courses/gradient-flow/gradebook.csv",
]
FORMS = [
    f"{STUDENT}/extension",
    f"{STUDENT}/mark",
    f"{EXAM}/grades-passed/again",
    f"{EXAM}/grades-passed/compare",
]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


@pytest.fixture
def outsiders(engine, clock):
    """Somebody who teaches another course, and somebody who is in none."""
    hashed = accounts.hash_password(demo.PASSWORD)
    with transaction(engine) as session:
        other = courses.create_course(session, slug="other", title="Another course", now=clock[0])
        for name in ("otto", "nora"):
            user = accounts.create_user(
                session, email=f"{name}@example.org", name=name, password_hash=hashed, now=clock[0]
            )
            if name == "otto":
                session.add(Membership(user_id=user.id, course_id=other.id, role="instructor"))


@pytest.fixture
def teacher(visit):
    return visit("instructor")


# Who sees it


def test_only_who_teaches_the_course_sees_them(visit, outsiders):
    assert outsiders is None
    nobody = visit()
    assert [path for path in PAGES if not nobody.get(path).headers["Location"].startswith("/login?next=")] == []
    expected = {"ada": 403, "bao": 403, "otto": 404, "nora": 404, "instructor": 200}
    for name, status in expected.items():
        visitor = visit(name)
        assert {path: visitor.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, status)


def test_only_who_teaches_the_course_can_send_a_form_and_only_from_its_page(visit, outsiders, engine):
    assert outsiders is None
    form = {"extension-more_submissions": "1", "extension-reason": "x", "mark-points": "1", "mark-reason": "x"}
    assert [visit().post(path, form, page="/login").status_code for path in FORMS] == [401] * len(FORMS)
    for name, status in {"ada": 403, "otto": 404, "nora": 404}.items():
        visitor = visit(name)
        assert [visitor.post(path, form).status_code for path in FORMS] == [status] * len(FORMS)
    teacher = visit("instructor")
    assert [teacher.client.post(path, data=form).status_code for path in FORMS] == [403] * len(FORMS)
    assert (rows_of(engine, Extension), rows_of(engine, Adjustment)) == ([], [])
    assert [teacher.post(path, form).status_code for path in FORMS] == [303] * len(FORMS)


def test_a_page_of_somebody_who_is_no_student_of_the_course_is_not_there(teacher):
    for person in (INES, 999, 0):
        assert teacher.get(f"{EXAM}/students/{person}").status_code == 404
        assert teacher.post(f"{EXAM}/students/{person}/mark", {"mark-points": "1"}).status_code == 404


def test_a_student_sees_nothing_that_leads_to_them(visit, teacher):
    for path in ("/courses", EXAM, "/courses/gradient-flow/results"):
        student = visit("ada").get(path).text
        assert not re.search(r'href="[^"]*(dashboard|statistics|gradebook|students)', student)
    links = set(re.findall(r'href="([^"]+)"', "".join(teacher.get(path).text for path in ("/courses", EXAM))))
    assert {f"{EXAM}/dashboard", f"{EXAM}/statistics", f"{EXAM}/results", "/courses/gradient-flow/gradebook"} <= links
    assert f'href="{STUDENT}"' in teacher.get(f"{EXAM}/results").text


def test_looking_writes_nothing(engine, clock, teacher):
    send(engine, clock, ADA, {"z1": "1"})
    with reading(engine) as session:
        before = [session.execute(table.select()).all() for table in Extension.metadata.sorted_tables]
    for path in PAGES:
        teacher.get(path)
    with reading(engine) as session:
        after = [session.execute(table.select()).all() for table in Extension.metadata.sorted_tables]
    assert after == before


def test_no_page_holds_inline_style_or_script_or_an_id_twice(engine, clock, teacher):
    for number, person in enumerate([ADA, BAO, *enrol(engine, clock, 11)]):
        send(engine, clock, person, {"z1": "1", "a1": str(number), "s1": "many"})
    for path in PAGES:
        response = teacher.get(path)
        if response.mimetype != "text/html":
            continue
        assert not re.search(r'\sstyle="|<style|<script(?![^>]*src=)|\son[a-z]+="', response.text)
        ids = re.findall(r'\sid="([^"]+)"', response.text)
        assert len(ids) == len(set(ids))
        named = re.findall(r'\s(?:aria-labelledby|aria-describedby|for)="([^"]+)"', response.text)
        assert {one for names in named for one in names.split()} <= set(ids)


def test_what_people_are_called_and_what_they_write_stays_text(engine, clock, teacher):
    [person] = enrol(engine, clock, 1, name=HOSTILE.replace("{", "{{").replace("}", "}}"))
    send(engine, clock, person, {"z1": HOSTILE})
    page = f"{EXAM}/students/{person}"
    more = {"extension-more_submissions": "1", "extension-reason": HOSTILE}
    assert teacher.post(f"{page}/extension", more).status_code == 303
    assert teacher.post(f"{page}/mark", {"mark-points": "1", "mark-reason": HOSTILE}).status_code == 303
    refused = teacher.post(f"{page}/mark", {"mark-points": HOSTILE, "mark-reason": HOSTILE})
    assert refused.status_code == 422
    texts = [teacher.get(path).text for path in (*PAGES[:3], page, f"{EXAM}/results", PAGES[-2])] + [refused.text]
    for text in texts:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert ">49" not in text
    for text in (texts[0], texts[3]):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


# The dashboard


def test_the_dashboard_tells_who_is_where(engine, clock, teacher):
    page = a_set(engine, clock, TIMED)
    item = stored_items(engine, page)[0]
    begin = attempts.StartAttempt(ADA, int(page.rpartition("/")[2]))
    with transaction(engine) as session:
        attempts.start_attempt(session, begin, now=clock[0], seed=1)
    clock[0] += timedelta(minutes=10)
    problem = send(engine, clock, ADA, {"z1": "1"}, item)
    clock[0] += timedelta(minutes=2)
    text = teacher.get(f"{page}/dashboard").text
    [row] = re.findall(rf'<tr [^>]*id="student-{ADA}".*?</tr>', text, re.DOTALL)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    assert "Ada Brandt Working now 18:00 UTC 48 minutes Vanishing gradient by Ada Brandt 1 of 1 1 18:10 UTC" in told
    assert f'href="/problems/{problem}"' in row
    assert f'href="{page}/students/{ADA}"' in row
    sums = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.search(r'id="live-sums".*?</dl>', text, re.DOTALL)[0]))
    assert "Begun 1 of 3 Working now 1 in the last 5 minutes Handed in 0 Nothing sent yet 2" in sums
    assert f'href="{page}/dashboard">' in text
    clock[0] += timedelta(minutes=90)
    assert "Time is up" in teacher.get(f"{page}/dashboard").text


def stored_items(engine, page):
    with reading(engine) as session:
        return [item.id for item in stored.get_set(session, int(page.rpartition("/")[2])).items]


def test_rows_that_have_not_changed_are_not_sent_again(engine, clock, teacher):
    rows = f"{EXAM}/dashboard/rows"
    [etag] = re.findall(r'data-etag="(\w+)"', teacher.get(f"{EXAM}/dashboard").text)
    again = teacher.client.get(rows, headers={"If-None-Match": f'"{etag}"'})
    assert (again.status_code, again.data) == (304, b"")
    send(engine, clock, ADA, {"z1": "1"})
    fresh = teacher.client.get(rows, headers={"If-None-Match": f'"{etag}"'})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != f'"{etag}"'
    assert fresh.headers["Cache-Control"] == "no-store"
    assert 'id="live-sums"' in fresh.text
    assert "<html" not in fresh.text
    weak = teacher.client.get(rows, headers={"If-None-Match": f"W/{fresh.headers['ETag']}"})
    assert weak.status_code == 304


def test_rows_that_have_not_changed_take_half_of_the_queries(engine, clock, teacher):
    send(engine, clock, ADA, {"z1": "1"})
    asked = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    rows = f"{EXAM}/dashboard/rows"
    etag = teacher.get(rows).headers["ETag"]
    whole = len(asked)
    teacher.client.get(rows, headers={"If-None-Match": etag})
    assert len(asked) - whole <= whole / 2


def test_a_class_without_students_and_a_set_that_is_not_published_have_a_dashboard(engine, clock, visit):
    hashed = accounts.hash_password(demo.PASSWORD)
    with transaction(engine) as session:
        course = courses.create_course(session, slug="empty", title="Empty", now=clock[0])
        ida = accounts.create_user(session, email="ida@example.org", name="Ida", password_hash=hashed, now=clock[0])
        session.add(Membership(user_id=ida.id, course_id=course.id, role="instructor"))
        made = sets.create_set(session, course_slug="empty", spec=set_files.read_set(TIMED), now=clock[0])
        page = f"/sets/{made.id}"
    teacher = visit("ida")
    text = teacher.get(f"{page}/dashboard").text
    assert "Nobody is enrolled yet." in text
    assert "students do not see this set yet" in text
    assert "there is nothing to tell" in teacher.get(f"{page}/statistics").text
    assert "No graded set has been published yet." in teacher.get("/courses/empty/gradebook").text


# Statistics


def test_the_statistics_of_nobody_are_words_and_empty_tables(teacher):
    assert "No student has sent anything yet" in teacher.get(f"{EXAM}/statistics").text
    assert teacher.get(f"{EXAM}/statistics.json").json["totals"]["students"] == 0
    assert len(list(csv.reader(io.StringIO(teacher.get(f"{EXAM}/statistics-items.csv").text)))) == 1 + 3


def test_the_page_of_statistics_tells_what_the_services_found_and_every_picture_has_its_table(engine, clock, teacher):
    for number, person in enumerate([ADA, BAO, *enrol(engine, clock, 12)]):
        clock[0] += timedelta(minutes=1)
        send(engine, clock, person, {"z1": "1" if number % 2 else "many", "a1": "0.1", "s1": "2"})
        send(engine, clock, person, {"a": ["1"] * 3, "dead": []}, FIRST + 2)
    with reading(engine) as session:
        found = set_statistics.set_statistics(session, set_id=2)
    worked_on = [item for item in found.items if item.students]
    text = teacher.get(f"{EXAM}/statistics").text
    assert "Of what 14 students sent" in text
    plain = text.replace("&#39;", "'").replace("&amp;", "&")
    for words in (found.reliability.words, found.fairness, *(item.fairness.words for item in worked_on)):
        assert words in plain
    for item in worked_on:
        assert [flag for flag in item.flags if flag not in plain] == []
        assert [count.title for count in item.mistakes if count.title not in plain] == []
        assert [step.symbol for step in item.steps if step.symbol not in plain] == []
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) > 2 * len(worked_on)
    assert [figure for figure in figures if figure.count("<svg") != 1 or "<table" not in figure] == []
    told = teacher.get(f"{EXAM}/statistics.json")
    assert told.headers["Content-Disposition"] == 'attachment; filename="statistics-2.json"'
    assert told.json == json.loads(json.dumps(found.to_dict()))
    for table in ("items", "steps", "mistakes"):
        response = teacher.get(f"{EXAM}/statistics-{table}.csv")
        assert response.text == found.to_csv(table)
        assert response.mimetype == "text/csv"
    assert teacher.get(f"{EXAM}/statistics-people.csv").status_code == 404


# One student


def test_the_page_of_a_student_has_all_that_was_typed_and_why_it_was_judged_so(engine, clock, teacher):
    problem = send(engine, clock, ADA, {"z1": "0.777", "a1": "many"})
    send(engine, clock, ADA, {"z1": "0.888"})
    with transaction(engine) as session:
        command = submitting.SaveDraft(ADA, problem, {"z1": "0.999"}, 0)
        submitting.save_draft(session, command, now=clock[0] + timedelta(minutes=1))
    text = teacher.get(STUDENT).text
    places = [text.index(typed) for typed in ("0.777", "many", "0.888", "0.999")]
    assert places == sorted(places)
    for words in ("Not readable", "is no number", "Submission 2", "Draft", "not sent", "Left blank"):
        assert words in text
    assert f'href="/problems/{problem}"' in text
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text[text.index('id="history-title"') :]))
    assert "Began, with 3 problems." in told
    assert "Sent submission 2 to “The vanishing gradient with tanh”: 0 % of its marks." in told


def test_vectors_and_choices_are_shown_entry_by_entry_and_in_words(engine, clock, teacher):
    with transaction(engine) as session:
        issued = attempts.open_problem(session, user_id=ADA, item_id=FIRST + 2, now=clock[0], seed=1)
        steps = problems.from_json(issued.problem).worksheet.steps
    dead = steps["dead"]
    typed = {"a": [f"0.{n}1" for n in range(steps["a"].shape[0])], "dead": [dead.choices[0].id]}
    send(engine, clock, ADA, typed, FIRST + 2)
    text = teacher.get(STUDENT).text
    assert [one for one in typed["a"] if one not in text] == []
    assert dead.choices[0].label in text
    pasted = {"a": " ".join(typed["a"][::-1])}
    send(engine, clock, ADA, pasted, FIRST + 2)
    assert pasted["a"] in teacher.get(STUDENT).text


def test_what_was_too_late_and_judged_again_is_told_with_before_and_after(engine, clock, teacher):
    with transaction(engine) as session:
        stored.get_set(session, 2).late_minutes = 60
        stored.get_set(session, 2).late_credit = Fraction(1, 4)
    with reading(engine) as session:
        due = stored.get_set(session, 2).due
    with transaction(engine) as session:
        attempts.open_problem(session, user_id=ADA, item_id=FIRST, now=clock[0], seed=1)
    clock[0] = due + timedelta(minutes=30)
    problem = send(engine, clock, ADA, {"diagnosis": "vanishes"})
    teacher.log_in("instructor@example.org")
    assert "late: 25 % of its marks" in teacher.get(STUDENT).text
    with transaction(engine) as session:
        command = extensions.GrantExtension(ADA, "ill", due=due + timedelta(hours=1), actor_id=INES)
        extensions.grant_extension(session, stored.get_set(session, 2), command, now=clock[0])
    text = teacher.get(STUDENT).text
    assert problem
    assert "judged again" in text
    assert re.search(
        r"Judged again <time[^>]*>[^<]*</time>: \d+ % → \d+ %\. <span class=\"soft\">an extension</span>", text
    )
    assert "late: 100 % of its marks" in text


# All marks of a course


def test_the_gradebook_has_every_graded_set_and_strikes_through_what_is_dropped(engine, clock, teacher):
    page = a_set(engine, clock, TIMED)
    number = int(page.rpartition("/")[2])
    for path, points in ((STUDENT, "34"), (f"{page}/students/{ADA}", "3")):
        assert teacher.post(f"{path}/mark", {"mark-points": points, "mark-reason": "oral"}).status_code == 303
    with transaction(engine) as session:
        courses.set_policy(session, slug=demo.COURSE, drop_lowest=1, now=clock[0])
    text = teacher.get("/courses/gradient-flow/gradebook").text
    assert f'href="{page}/dashboard"' in text
    assert "The lecture" not in text
    [row] = [row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if "Ada Brandt" in row]
    assert re.search(rf'href="/sets/{number}/students/{ADA}"><s class="dropped">3</s>', row)
    assert "100 %" in row
    response = teacher.get("/courses/gradient-flow/gradebook.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="gradient-flow.csv"'
    told = {row["Name"]: row for row in csv.DictReader(io.StringIO(response.text))}
    assert (told["Ada Brandt"]["Percent"], told["Ada Brandt"]["Dropped"]) == ("100", "midterm")
    assert told["Bao Nguyen"]["Percent"] == ""
