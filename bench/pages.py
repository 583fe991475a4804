"""One page: what the server takes for it, without the network, beside the page that does nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bench.answers import right_answers
from bench.checking import require
from bench.tables import shown, table
from bench.timing import Work, in_turn
from quizsvc import create_app
from quizsvc.app import utc_now
from quizsvc.config import Settings
from quizsvc.services import accounts, attempts
from quizsvc.services.demo import ACCOUNTS, COURSE, load_demo
from quizsvc.services.sets import get_set
from quizsvc.store.database import reading, transaction
from quizsvc.store.migrate import upgrade

if TYPE_CHECKING:
    from apiflask import APIFlask

    from quizsvc.services.problem_view import ProblemView

SET, CHAIN = "practice", 1
"""The demo's set that may be practised without end, and the place in it of the sigmoid chain with drawn numbers."""

YARDSTICK = "GET /healthz"


@dataclass(frozen=True, slots=True)
class Page:
    """Milliseconds of one request, and the same in health checks."""

    request: str
    milliseconds: float
    over_healthz: float


class Student:
    """Somebody who works on the sigmoid chain, with other numbers in every round."""

    def __init__(self, app: APIFlask) -> None:
        self.app, self.client = app, app.test_client()
        student = ACCOUNTS[1]
        with transaction(app.extensions["engine"]) as session:
            load_demo(session, now=utc_now())
            self.user_id = accounts.authenticate(session, email=student.email, password=student.password).id
            items = get_set(session, course_slug=COURSE, set_slug=SET).items
            self.item_id = items[CHAIN].id
        self.token = ""
        self._find_token("/login")
        self._post("/login", {"email": student.email, "password": student.password})
        self._find_token("/courses")
        self.address = self._post(f"/items/{self.item_id}/open")
        self.answers: dict[str, str] = {}

    def _find_token(self, page: str) -> None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)
        require(found, f"{page} has no form.")
        self.token = found[1] if found else ""

    def _get(self, page: str) -> None:
        response = self.client.get(page)
        require(response.status_code == 200, f"GET {page} answers {response.status}.")  # noqa: PLR2004 - all is well

    def _post(self, page: str, form: dict[str, str] | None = None) -> str:
        response = self.client.post(page, data={"csrf_token": self.token, **(form or {})})
        require(response.status_code == 303, f"POST {page} answers {response.status}.")  # noqa: PLR2004 - go and see
        return response.headers["Location"]

    def ask_health(self) -> None:
        """Ask whether the process is alive."""
        self._get("/healthz")

    def draw_other_numbers(self) -> None:
        """Ask for other numbers."""
        self.address = self._post(f"{self.address}/variants")

    def see_problem(self) -> None:
        """Look at the problem."""
        self._get(self.address)

    def solve(self) -> None:
        """Find all answers."""
        self.answers = right_answers(self._view().problem)

    def submit(self) -> None:
        """Hand them in."""
        self._post(f"{self.address}/steps", self.answers)

    def check(self) -> None:
        """Raises WrongNumbers where the last submission did not get all marks."""
        latest = self._view().latest
        require(latest is not None and latest.number == latest.score == 1, "Right answers did not get all marks.")

    def _view(self) -> ProblemView:
        problem_id = int(self.address.rpartition("/")[2])
        with reading(self.app.extensions["engine"]) as session:
            return attempts.view_problem(session, user_id=self.user_id, problem_id=problem_id, now=utc_now())


def measure(*, quick: bool) -> list[Page]:
    """One round is a student's visit: other numbers, the page, a submission, the page with its outcome."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'quiz.sqlite3'}"
        upgrade(url)
        settings = Settings(database_url=url, secret_key=SecretStr(token_urlsafe(48)), session_cookie_secure=False)
        app = create_app(settings, draw_seed=count(1).__next__)
        try:
            student = Student(app)
            works = {
                YARDSTICK: Work(student.ask_health),
                "POST …/variants: other numbers": Work(student.draw_other_numbers),
                "GET /problems/…: nothing submitted yet": Work(student.see_problem),
                "POST …/steps: a submission": Work(student.submit, before=student.solve),
                "GET /problems/…: with its outcome": Work(student.see_problem),
            }
            laps = in_turn(works, rounds=5 if quick else 50, warm_up=2 if quick else 5)
            student.check()
        finally:
            app.extensions["engine"].dispose()
    return [Page(request, lap.median * 1e3, lap.over(laps[YARDSTICK])) for request, lap in laps.items()]


def show(rows: list[Page]) -> str:
    """The table."""
    return table(
        "One page: milliseconds in the server, of a sigmoid chain of depth 3",
        ("request", "ms", "× /healthz"),
        [(row.request, shown(row.milliseconds), shown(row.over_healthz)) for row in rows],
        "Through WSGI, without the network; SQLite in a temporary folder, every commit on its disk.",
    )
