"""The example runs a whole quiz against a real service: its student sees verdicts, and the service has the work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serving import served
from sqlalchemy import select

from quizsvc.services import set_files, sets, tokens
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, Submission

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_page.py"
QUIZ = """
title: Two problems
submissions: 3
items:
  - {family: vanishing-gradient, given: {w: [0.5], x: 1}, options: {decimals: 2, sigfigs: 2}}
  - {family: dying-relu, given: {z: [-1, 2]}}
"""
CHAIN = ["0.5", "0.62", "0.62", "0.24", "0.12", "keeps-size"]
"""What the student types first; the derivative is wrong."""
UNITS = ["0 2", "0 1", "1", "-0.01 2", "0.01 1"]


@pytest.fixture
def quiz(engine, classroom):
    """The id of a set that is open now, and a token that may work on it."""
    with transaction(engine) as session:
        made = sets.create_set(session, course_slug="deep", spec=set_files.read_set(QUIZ), now=classroom.now)
        sets.publish_set(session, problem_set=made, now=classroom.now, seed=0)
        scopes = ["attempts:read", "attempts:write"]
        _, secret = tokens.create_token(session, name="page", scopes=scopes, course_slug="deep", now=classroom.now)
        return made.id, secret


def play(address, set_id, token, *typed, user="ada@example.org"):
    return subprocess.run(
        [sys.executable, str(EXAMPLE), address, str(set_id), user],
        input="\n".join(typed) + "\n",
        env=os.environ | {"QUIZ_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_student_does_a_whole_quiz(quiz, database_url, engine, classroom):
    set_id, token = quiz
    better = ["", "", "0.24", "", "", ""]
    with served(database_url) as (_process, address):
        done = play(address, set_id, token, *CHAIN, "yes", *better, *UNITS, "")
        assert done.returncode == 0, done.stdout + done.stderr
        again = play(address, set_id, token, "")
        stranger = play(address, set_id, token, user="sam@example.org")
    assert "Given: w₁ = 0.5, x = 1" in done.stdout
    assert "s1: mistake. The activation itself stands where its derivative belongs" in done.stdout
    assert "s1: correct." in done.stdout
    assert "Handed in. Points:" in done.stdout
    assert "Points:" in again.stdout
    assert (stranger.returncode, "no student of deep" in stranger.stderr) == (1, True)
    with reading(engine) as session:
        attempt = session.scalars(select(Attempt).where(Attempt.set_id == set_id)).one()
        assert (attempt.user_id, attempt.finished_by) == (classroom.ada, "student")
        sent = session.scalars(select(Submission).order_by(Submission.id)).all()
        assert [one.number for one in sent] == [1, 2, 1]
        assert sent[1].score == 1
