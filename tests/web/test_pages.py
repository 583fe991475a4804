"""The pages over HTTP: who sees what, what is refused and how, and what protects them."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import numpy as np
import pytest

import problems
from problems.mistake_kinds import KINDS
from quizsvc.services import accounts, attempts, demo
from quizsvc.services.set_files import read_set
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, IssuedProblem, Submission

PRACTICE = read_set(demo.PRACTICE).items
ITEM, SET, EXAM = 2, 1, len(PRACTICE) + 1
"""A sigmoid chain of your own, in the practice set; the first item of the exam."""

PRIVATE = [
    "/courses",
    "/sets/1",
    "/sets/1/results",
    "/sets/1/results.csv",
    "/problems/1",
    "/courses/gradient-flow/results",
    "/families",
    "/mistakes",
]


def begin(visitor, item=ITEM, page="/sets/1"):
    """The address of the visitor's problem."""
    response = visitor.post(f"/items/{item}/open", page=page)
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def problem_at(app, address, clock):
    with reading(app.extensions["engine"]) as session:
        return attempts.view_problem(
            session, user_id=2, problem_id=int(address.rpartition("/")[2]), now=clock[0]
        ).problem


def exact(problem):
    """Everything right, as a form sends it."""
    form = {}
    for name, value in problems.solve(problem).items():
        step = problem.worksheet.steps[name]
        if step.choices and step.shape:
            form[f"{name}[]"] = [step.choices[place].id for place in np.flatnonzero(value)]
        elif step.choices:
            form[name] = step.choices[int(value)].id
        elif step.asked:
            for index, number in np.ndenumerate(value):
                form[".".join(map(str, (name, *index)))] = repr(float(number))
    return form


@pytest.mark.parametrize("place", range(1, len(PRACTICE) + 1), ids=[item.title for item in PRACTICE])
def test_a_problem_of_every_family_is_worked_on_its_page(app, visit, clock, place):
    visitor = visit("ada")
    address = begin(visitor, item=place)
    problem = problem_at(app, address, clock)
    page = visitor.get(address).text
    boxes = exact(problem)
    assert {name for name in re.findall(r'name="([^"]+)"', page) if name != "csrf_token"} - {
        "viewport",
        "color-scheme",
    } == set(boxes)
    phases = re.findall(r'<span class="phase-title">(\w+)</span>', page)
    asked = {step.phase for step in problem.steps if step.asked}
    assert phases == [phase.capitalize() for phase in ("forward", "backward", "update", "conclusion") if phase in asked]
    whole = [s for s in problem.worksheet.steps.values() if s.asked and s.whole and s.kind == "number"]
    assert page.count("A whole number.") == len(whole)
    assert page.count("all that apply") == sum(step.kind == "choices" for step in problem.steps)
    assert 'class="diagram' not in page or "<svg" in page
    assert visitor.post(f"{address}/steps", boxes).status_code == 303
    page = visitor.get(address).text
    assert "All right" in page
    assert "Worked solution" in page


@pytest.mark.parametrize("path", PRIVATE)
def test_nobody_sees_nothing_and_comes_back_after_the_log_in(visit, path):
    response = visit().get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login?next=")


def test_after_the_log_in_only_pages_of_this_site_are_gone_on_to(visit):
    for target, goes in [
        ("/sets/1", "/sets/1"),
        ("//evil.example", "/courses"),
        ("https://evil.example", "/courses"),
        ("/\\evil", "/courses"),
    ]:
        visitor = visit()
        response = visitor.post(
            f"/login?next={target}", {"email": "ada@example.org", "password": "gradients-flow"}, page="/login"
        )
        assert response.headers["Location"] == goes


def test_a_wrong_password_is_refused_on_the_page(visit):
    visitor = visit()
    response = visitor.log_in("ada@example.org", "wrong")
    assert response.status_code == 422
    assert "do not fit together" in response.text
    assert visitor.get("/courses").status_code == 302


def test_after_logging_out_nothing_is_left(visit):
    visitor = visit("ada")
    visitor.post("/logout")
    assert visitor.get("/courses").status_code == 302


def test_families_and_kinds_of_mistakes_are_for_instructors(visit):
    student, teacher = visit("ada"), visit("instructor")
    assert "/mistakes" not in student.get("/courses").text
    courses = teacher.get("/courses").text
    for path, told in (("/families", [family.title for family in problems.families()]), ("/mistakes", KINDS)):
        refused = student.get(path)
        assert refused.status_code == 403
        assert "for instructors" in refused.text
        assert f'href="{path}"' in courses
        page = teacher.get(path).text
        assert [one for one in told if one not in page] == []
        assert not re.search(r"\{\w+\}", page)
    for link in set(re.findall(r'href="/families#([\w-]+)"', teacher.get("/mistakes").text)):
        assert f'id="{link}"' in teacher.get("/families").text


def test_a_student_does_not_see_what_is_for_instructors(visit):
    visitor = visit("ada")
    assert visitor.get("/sets/1/results").status_code == 403
    assert visitor.get("/sets/1/results.csv").status_code == 403


def test_a_student_does_not_see_anothers_work(visit):
    address = begin(visit("ada"))
    other = visit("bao")
    assert other.get(address).status_code == 404
    assert other.post(f"{address}/steps", {"z1": "1"}).status_code == 404
    assert other.post(f"{address}/variants").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/sets/99",
        "/problems/99",
        "/courses/nope/results",
        "/sets/0",
        "/problems/99999999999999999999",
        "/sets/x",
        "/%00",
    ],
)
def test_what_is_not_there(visit, path):
    response = visit("ada").get(path)
    assert response.status_code == 404
    assert "To my courses" in response.text


def test_every_page_is_protected_by_its_headers(visit):
    visitor = visit("ada")
    for path in ["/login", "/courses", begin(visitor), "/nowhere", "/static/nothing.css"]:
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_no_page_holds_inline_style_or_script_or_an_address_outside(visit):
    visitor = visit("ada")
    for path in ["/login", "/courses", "/sets/1", begin(visitor)]:
        text = visitor.get(path).text
        assert not re.search(r'\sstyle="|<style|<script(?![^>]*src=)|\son[a-z]+="', text)
        assert set(re.findall(r'https?://[^"\s<]+', text)) <= {
            "http://www.w3.org/1998/Math/MathML",
            "http://www.w3.org/2000/svg",
        }


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(app):
    cookie = app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_forms_of_other_sites_are_refused(visit):
    visitor = visit("ada")
    address = begin(visitor)
    assert visitor.client.post(f"{address}/steps", data={"z1": "1"}).status_code == 403
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.post(f"{address}/steps", {"z1": "1"}, headers=header).status_code == 403
    assert visitor.post(f"{address}/steps", {"z1": "1"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_looking_writes_nothing(app, visit):
    visitor = visit("ada")
    begin(visitor)

    def rows():
        with reading(app.extensions["engine"]) as session:
            return [session.query(table).count() for table in (Attempt, IssuedProblem, Submission)]

    before = rows()
    for path in [*PRIVATE, "/login"]:
        visitor.get(path)
    assert rows() == before


def test_no_byte_holds_an_answer_before_it_is_due(app, visit, clock):
    visitor = visit("ada")
    address = begin(visitor)
    problem = problem_at(app, address, clock)
    given = json.dumps(problems.to_dict(problem)["given"])
    secrets = [f"{value:.4f}"[:5] for name, value in problems.solve(problem).items() if name != "diagnosis"]
    secrets = [secret for secret in secrets if secret not in given]
    assert len(secrets) > 5
    for path in [address, "/sets/1", "/courses", "/courses/gradient-flow/results"]:
        text = re.sub(r"<svg.*?</svg>", "", visitor.get(path).text, flags=re.DOTALL)
        assert [secret for secret in secrets if secret in text] == []
    visitor.post(f"{address}/steps", {"z1": "99", "a1": "0.1"})
    text = visitor.get(address).text
    assert [secret for secret in secrets if secret in text] == []
    assert str(problem.seed) not in re.findall(r"\d+", text) or problem.seed < 100
    visitor.post(f"{address}/steps", exact(problem))
    assert any(secret in visitor.get(address).text for secret in secrets)


def test_full_marks_then_results_for_student_and_instructor(app, visit, clock):
    visitor = visit("ada")
    address = begin(visitor)
    visitor.post(f"{address}/steps", exact(problem_at(app, address, clock)))
    text = visitor.get(address).text
    assert "All right" in text
    assert "Worked solution" in text
    assert "100 %" in visitor.get("/courses/gradient-flow/results").text
    teacher = visit("instructor")
    assert "10<span" in teacher.get("/sets/1/results").text
    csv = teacher.get("/sets/1/results.csv")
    assert csv.headers["Content-Disposition"] == 'attachment; filename="results-1.csv"'
    assert "Ada Brandt" in csv.text
    assert "This is the work of Ada Brandt." in teacher.get(address).text


def test_what_comes_after_the_set_is_due_is_kept_and_counts_nothing(app, visit, clock):
    visitor = visit("ada")
    address = begin(visitor, item=EXAM, page="/sets/2")
    page = visitor.get(address).text
    assert "Check my steps" in page
    clock[0] += timedelta(days=30)
    visitor.log_in("ada@example.org")
    response = visitor.post(f"{address}/steps", {"z1": "0.123"}, page="/courses")
    assert response.status_code == 303
    text = visitor.get(address).text
    assert "This arrived late" in text
    assert "counts nothing unless your instructor gives you more time" in text
    assert "0.123" in text
    with reading(app.extensions["engine"]) as session:
        [kept] = session.query(Submission).all()
        assert (kept.late, kept.time_credit) == (True, 0)
    assert "Worked solution" in text
    assert visitor.post(f"/items/{EXAM + 1}/open").status_code == 409


def test_submissions_run_out_and_then_the_solution_is_shown(visit):
    visitor = visit("ada")
    address = begin(visitor)
    for number in range(4):
        assert visitor.post(f"{address}/steps", {"z1": f"9{number}"}).status_code == 303
    assert visitor.post(f"{address}/steps", {"z1": "7"}).status_code == 409
    text = visitor.get(address).text
    assert "Every submission for these numbers is used up." in text
    assert "Worked solution" in text
    new = visitor.post(f"{address}/variants").headers["Location"]
    assert new != address
    assert "Worked solution" not in visitor.get(new).text
    assert "Check my steps" in visitor.get(new).text


@pytest.mark.parametrize("form", [{"zz9": "1"}, {"z1.0.0.0": "1"}, {"<script>": "1"}, {"z1.5": "1"}, {"a" * 300: "1"}])
def test_forms_that_do_not_fit_are_refused_and_nothing_is_stored(app, visit, form):
    visitor = visit("ada")
    response = visitor.post(f"{begin(visitor)}/steps", form)
    assert response.status_code == 422
    assert "<script>" not in response.text.replace("<script type", "")
    with reading(app.extensions["engine"]) as session:
        assert session.query(Submission).count() == 0


@pytest.mark.parametrize(
    "typed", ["<b>x</b>", "'; DROP TABLE users; --", "{{ 7*7 }}", "9" * 10_000, "\u202e1", "1\x000", "=1+1", "√2"]
)
def test_whatever_is_typed_comes_back_as_text(visit, typed):
    visitor = visit("ada")
    address = begin(visitor)
    assert visitor.post(f"{address}/steps", {"z1": typed, "a1": "1"}).status_code == 303
    text = visitor.get(address).text
    assert "<b>x" not in text
    assert 'value="49"' not in text


def test_a_body_over_one_megabyte(visit):
    visitor = visit("ada")
    response = visitor.post(f"{begin(visitor)}/steps", {"z1": "9" * 1_200_000})
    assert response.status_code == 413
    assert "larger than a page of answers" in response.text


def test_a_method_that_is_not_taken(visit):
    response = visit("ada").client.delete("/courses")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_a_fault_on_our_side_tells_a_reference_and_nothing_else(visit, monkeypatch):
    visitor = visit("ada")

    def fail(*_args, **_options):
        message = "internals"
        raise KeyError(message)

    monkeypatch.setattr(attempts, "view_set", fail)
    response = visitor.get("/sets/1")
    assert response.status_code == 500
    assert "internals" not in response.text
    assert re.search(r"Reference: <code>[0-9a-f]{8}</code>", response.text)


def test_a_database_that_is_gone_is_told_and_comes_back(app, visit):
    visitor = visit("ada")
    with app.extensions["engine"].begin() as connection:
        connection.exec_driver_sql("ALTER TABLE memberships RENAME TO away")
    assert visitor.get("/courses").status_code in (500, 503)
    with app.extensions["engine"].begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO memberships")
    assert visitor.get("/courses").status_code == 200


def test_static_files_are_kept_for_ever_and_only_ours_are_served(visit):
    visitor = visit()
    [theme] = re.findall(r'href="(/static/css/theme\.[^"]+)"', visitor.get("/login").text)
    with visitor.get(theme) as response:
        assert "immutable" in response.headers["Cache-Control"]
    for path in ("/static/../app.py", "/static/css/theme.css", "/static/"):
        assert visitor.get(path).status_code == 404


def test_whoever_copied_the_cookie_is_out_when_its_owner_logs_out(app, visit):
    visitor = visit("ada")
    cookie = visitor.client.get_cookie("quiz")
    thief = app.test_client()
    thief.set_cookie("quiz", cookie.value)
    assert thief.get("/courses").status_code == 200
    assert visitor.post("/logout").status_code == 303
    assert thief.get("/courses").status_code == 302


def test_a_log_in_ends_with_a_new_password_and_with_its_week(app, visit, clock):
    ada, bao = visit("ada"), visit("bao")
    with transaction(app.extensions["engine"]) as session:
        accounts.set_password(session, email="ada@example.org", password_hash="$argon2id$none", now=clock[0])
    assert (ada.get("/courses").status_code, bao.get("/courses").status_code) == (302, 200)
    clock[0] += timedelta(days=7, seconds=1)
    assert bao.get("/courses").status_code == 302


def test_an_address_that_no_database_can_hold(visit):
    visitor = visit("ada")
    assert visitor.get("/courses/%00/results").status_code == 404
    assert visit().log_in("a\x00b@example.org").status_code == 422


def test_answers_longer_than_any_work_by_hand_are_not_kept(visit):
    visitor = visit("ada")
    address = begin(visitor)
    assert visitor.post(f"{address}/steps", {"z1": "1" * 150_000}).status_code == 413
    assert "Not readable" not in visitor.get(address).text


@pytest.mark.parametrize(
    "typed", ["[[{0}, {1}], [{2}, {3}], [{4}, {5}]]", "[[{0},{1}],[{2},{3}],[{4},{5}]]", "{0} {1}; {2} {3}; {4} {5}"]
)
def test_a_matrix_pasted_into_its_first_box_needs_no_javascript(app, visit, clock, typed):
    visitor = visit("ada")
    address = begin(visitor, item=[item.family for item in PRACTICE].index("batch-norm") + 1)
    form = exact(problem_at(app, address, clock))
    entries = [name for name in form if name.startswith("x_hat.")]
    whole = typed.format(*(form[name] for name in entries))
    visitor.post(f"{address}/steps", form | dict.fromkeys(entries, "") | {entries[0]: whole})
    assert "All right" in visitor.get(address).text


def test_a_vector_that_is_right_as_far_as_it_goes_is_not_complete(app, visit, clock):
    visitor = visit("ada")
    address = begin(visitor, item=[item.family for item in PRACTICE].index("batch-norm") + 1)
    form = exact(problem_at(app, address, clock))
    assert "Not complete" not in visitor.get(address).text
    visitor.post(f"{address}/steps", form | {"mean.1": "", "x_hat.2.1": ""})
    page = visitor.get(address).text
    assert page.count("Not complete") == 2
    assert page.count('id="mark-x_hat-') == 6
    visitor.post(f"{address}/steps", dict.fromkeys(form, "") | {"mean.0": form["mean.0"]})
    assert visitor.get(address).text.count("Not complete") == 1


def test_a_vector_pasted_into_its_first_box_needs_no_javascript(visit):
    visitor = visit("ada")
    address = begin(visitor, item=4)
    boxes = {f"a.{unit}": "" for unit in range(5)} | {"a.0": "9 9 9 9 9"}
    assert visitor.post(f"{address}/steps", boxes).status_code == 303
    page = visitor.get(address).text
    assert page.count("This does not follow from the given numbers.") >= 1
    assert 'value="9 9 9 9 9"' in page
    assert "Not readable" not in page
