"""Files for other programs, written from the command line."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from defusedxml.ElementTree import fromstring

FILE = """
title: Week 3
slug: week-3
items:
  - {id: chain, family: vanishing-gradient, points: 12, options: {depth: 2}}
  - {id: units, family: dying-relu, points: 4}
"""
SET = "deep/week-3"


@pytest.fixture(autouse=True)
def _course(run, files):
    run("course", "create", "deep", "Deep")
    run("set", "create", files("set.yaml", FILE), "--course", "deep")


def test_questions_for_moodle(run, run_json, tmp_path):
    path = tmp_path / "week-3.xml"
    printed = run("export", "moodle", SET, "--variants", 3, "--seed", 7, "-o", path).stdout
    assert printed.startswith(f"{path} is written: 6 questions.\nNote: Every answer is judged by itself there")
    types = [one.get("type") for one in fromstring(path.read_bytes())]
    assert types == ["category", *["cloze"] * 3] * 2
    first = path.read_bytes()
    told = run_json("export", "moodle", SET, "--variants", 3, "--seed", 7, "-o", path)
    assert path.read_bytes() == first
    assert (told["form"], told["problems"], told["questions"]) == ("moodle", 2, 6)
    assert run("export", "moodle", SET, "-o", path).stdout.startswith(f"{path} is written: 2 questions.")
    assert path.read_bytes() != first


@pytest.mark.parametrize(
    ("version", "inside"), [("1.2", "quiz-2/assessment.xml"), ("3.0", "items/problem-chain-2.xml")]
)
def test_packages_of_questions(run, tmp_path, version, inside):
    path = tmp_path / "week-3.zip"
    run("export", "qti", SET, "--version", version, "--variants", 2, "-o", path)
    with zipfile.ZipFile(path) as package:
        assert {"imsmanifest.xml", inside} <= set(package.namelist())


def test_a_table_of_answers(run, tmp_path):
    path = tmp_path / "week-3.csv"
    run("export", "csv", SET, "--variants", 2, "-o", path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    assert {(row["item"], row["variant"]) for row in rows} == {(item, n) for item in ("chain", "units") for n in "12"}


def test_what_cannot_be_written_is_refused(run, tmp_path):
    assert "--output" in run("export", "moodle", SET, code=2).stderr
    assert "2.1" in run("export", "qti", SET, "--version", "2.1", "-o", tmp_path / "x", code=2).stderr
    run("export", "moodle", SET, "--variants", 51, "-o", tmp_path / "x", code=2)
    assert "cannot be written" in run("export", "csv", SET, "-o", tmp_path / "no" / "x.csv", code=1).stderr
    assert "has no set" in run("export", "csv", "deep/other", "-o", tmp_path / "x.csv", code=1).stderr
