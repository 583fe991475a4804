"""A whole quiz on a page of your own, which is a terminal here. It needs nothing but Python's standard library.

QUIZ_TOKEN=gfq_... python examples/own_page.py http://127.0.0.1:8000 7 ada@example.org

7 is the id of the problem set, as GET /api/v1/problem-sets tells it; the token has attempts:write.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

WAITS = (1, 2, 4, 8, 16)
"""Seconds before what got no answer is sent again."""
AGAIN = (429, 503)


class Refused(Exception):
    """The service has said no, and why."""


class Quiz:
    """The API as one student's page uses it."""

    def __init__(self, address: str, token: str) -> None:
        self.root = f"{address}/api/v1"
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """What is answered. No answer, or one to wait: it is sent again. Raises Refused, OSError."""
        content = None if body is None else json.dumps(body).encode()
        for wait in (*WAITS, None):
            request = urllib.request.Request(  # noqa: S310 - the address is that of whoever runs this
                f"{self.root}/{path}", content, self.headers | headers, method=method
            )
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                    told: dict[str, Any] = json.load(answer)
                    return told
            except urllib.error.HTTPError as error:
                if error.code not in AGAIN or wait is None:
                    problem = json.load(error)
                    raise Refused(
                        " ".join([problem["detail"], *(one["message"] for one in problem["errors"])])
                    ) from None
                time.sleep(int(error.headers["Retry-After"]))
            except OSError:
                if wait is None:
                    raise
                time.sleep(wait)
        raise AssertionError


def work_on(quiz: Quiz, path: str, opened: dict[str, Any]) -> None:
    """Let the student fill in one problem, until all is right or nothing more is wanted."""
    print(f"\n{opened['problem']['title']}: {opened['problem']['intro']}")
    print("Given:", ", ".join(row["text"] for row in opened["problem"]["shown"]))
    answers, revision = dict(opened["answers"]), opened["revision"]
    while opened["can_submit"]:
        for step in (one for one in opened["problem"]["steps"] if one["asked"]):
            choices = "".join(f"\n  {choice['id']}: {choice['label']}" for choice in step["choices"])
            typed = input(f"{step['id']}: {step['prompt']}{choices}\n> ").strip()
            if typed:
                answers[step["id"]] = typed.split() if step["kind"] == "choices" else typed
                draft = {"problem": opened["id"], "answers": answers, "base": revision}
                revision = quiz.ask("PUT", f"{path}/draft", draft)["revision"]
        sent = {"problem": opened["id"], "answers": answers}
        # The key makes it safe to send it again when no answer came: it is kept once.
        judged = quiz.ask("POST", f"{path}/submissions", sent, **{"Idempotency-Key": str(uuid.uuid4())})["judged"]
        if judged is None:
            print("It is kept. How it was judged is told when the set is over.")
            return
        for name, step in judged["steps"].items():
            print(f"{name}: {step['verdict']}. {step['message']}")
        now = [problem["opened"] or {} for problem in quiz.ask("GET", path)["problems"]]
        [opened] = [one for one in now if one.get("id") == opened["id"]]
        if judged["score"] == 1 or not input("Once more? Leave empty to go on. > "):
            return


def run(quiz: Quiz, problem_set: int, user: str) -> None:
    """From the start to the end."""
    started = {"problem_set": problem_set, "user": user, "access_code": os.environ.get("QUIZ_CODE", "")}
    attempt = quiz.ask("POST", "attempts", started)
    path = f"attempts/{attempt['id']}"
    print(f"{attempt['user']['name']}, your time ends: {attempt['window']['ends'] or 'never'}")
    for problem in attempt["problems"]:
        opened = problem["opened"] or quiz.ask("POST", f"{path}/problems", {"item": problem["item"]})["opened"]
        work_on(quiz, path, opened)
    done = quiz.ask("POST", f"{path}/finish")
    points = "told later" if done["points"] is None else f"{done['points']} of {done['max_points']}"
    print(f"\nHanded in. Points: {points}")


if __name__ == "__main__":
    _, address, problem_set, user = sys.argv
    try:
        run(Quiz(address.rstrip("/"), os.environ["QUIZ_TOKEN"]), int(problem_set), user)
    except Refused as refusal:
        sys.exit(str(refusal))
