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


@pytest.mark.parametrize("form", [["moodle"], ["qti"], ["qti", "--version", "3.0"]])
def test_an_export_comes_back_as_a_set(run, run_json, tmp_path, form):
    path = tmp_path / "week-3"
    run("export", *form, SET, "--variants", 2, "-o", path)
    run("course", "create", "next", "Next year")
    printed = run("set", "import", path, "--course", "next").stdout
    assert printed.startswith("The set next/week-3 is there, with 4 problems and their numbers.\n")
    again = run_json("set", "import", path, "--course", "deep", "--slug", "week-3-again")
    assert again == {"set": "deep/week-3-again", "title": "Week 3", "problems": 4}
    assert [item["id"] for item in run_json("set", "show", "next/week-3")["items"]] == [
        *("chain-1", "chain-2", "units-1", "units-2"),
    ]
    assert "has a set week-3 already" in run("set", "import", path, "--course", "next", code=1).stderr
    csvs = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for name, table in zip((SET, "next/week-3"), csvs, strict=True):
        run("export", "csv", name, "--variants", 2, "-o", table)
    values = [[row["value"] for row in csv.DictReader(io.StringIO(table.read_text("utf-8")))] for table in csvs]
    assert values[0] == values[1]


def test_what_was_not_exported_here_is_not_imported(run, files, tmp_path):
    assert (
        "not exported by this service"
        in run("set", "import", files("q.xml", "<quiz/>"), "--course", "deep", code=1).stderr
    )
    assert "cannot be read" in run("set", "import", tmp_path / "none.xml", "--course", "deep", code=1).stderr


def test_what_cannot_be_written_is_refused(run, tmp_path):
    assert "--output" in run("export", "moodle", SET, code=2).stderr
    assert "2.1" in run("export", "qti", SET, "--version", "2.1", "-o", tmp_path / "x", code=2).stderr
    run("export", "moodle", SET, "--variants", 51, "-o", tmp_path / "x", code=2)
    assert "cannot be written" in run("export", "csv", SET, "-o", tmp_path / "no" / "x.csv", code=1).stderr
    assert "has no set" in run("export", "csv", "deep/other", "-o", tmp_path / "x.csv", code=1).stderr
