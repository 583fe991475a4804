"""Every command: what it refuses, in a sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from samples import ROSTER, SET
from serving import MANAGE, environment


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["problem", "show", "dying-relu", "-o", "units=99"], "2 to 10"),
        (["problem", "show", "dying-relu", "-o", "seed=1"], "seed is no option"),
        (["problem", "show", "dying-relu", "-o", "unit=3"], "units"),
        (["problem", "show", "mlp-backprop", "-o", "sizes=3-four"], "auto"),
        (["problem", "show", "mlp-backprop", "-o", "activations=tanh,gauss"], "one for each layer"),
        (["problem", "stress", "dying-relu", "-o", "count=3"], "no option 'count'"),
        (["problem", "stress", "dying-relu", "-o", "units=3..5"], "takes one value"),
        (["set", "list", "--course", "nope"], "There is no course 'nope'"),
        (["set", "show", "nope/week"], "There is no course 'nope'"),
        (["set", "publish", "nope/week"], "There is no course 'nope'"),
        (["grades", "show", "nope/week"], "There is no course 'nope'"),
        (["roster", "import", "deep", "/nowhere/r.csv"], "/nowhere/r.csv cannot be read: No such file or directory."),
        (["roster", "import", "deep", "/"], "/ cannot be read: Is a directory."),
        (["set", "lint", "/nowhere.yaml"], "/nowhere.yaml cannot be read"),
        (["problem", "grade", "/nowhere.json", "/nowhere.json"], "/nowhere.json cannot be read"),
        (["course", "create", "Not A Slug", "T"], "small letters, digits"),
        (["user", "create", "nobody", "N"], "is no e-mail address"),
    ],
)
def test_what_is_refused_is_told_in_a_sentence(run, args, said):
    result = run(*args, code=1, stdin="correct horse\n")
    assert said in result.stderr
    assert result.stderr.startswith("Error: ")
    assert result.stdout == ""


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["problem", "show"],
        ["problem", "show", "dying-relu", "--seed", "-1"],
        ["problem", "show", "dying-relu", "-o", "units"],
        ["set", "show", "week-3"],
        ["token", "create", "--name", "x", "--scope", "everything"],
        ["token", "create", "--name", "x", "--scope", "grade", "--expires", "soon"],
        ["serve", "--port", "70000"],
    ],
)
def test_wrong_usage_ends_with_2(run, args):
    assert run(*args, code=2).stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.json", "{", "line 1, column 2"),
        ("p.json", "[1]", "must hold an object"),
        ("p.json", "{}", "family"),
        ("p.json", '{"family": "nope", "version": 1, "given": {}}', "nope"),
        ("p.json", "[" * 100_000, "nested too deeply"),
        ("p.json", " " * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_problem_files_that_are_none(run, files, name, content, said):
    assert said in run("problem", "grade", files(name, content), files("a.json", {}), code=1).stderr


def test_text_that_is_not_utf8(run, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes("name,email\nZo\u00eb,z@example.org".encode("latin-1"))
    result = run("roster", "import", "deep", path, code=1)
    assert "is not UTF-8 text" in result.stderr
    assert "line 2" in result.stderr


def test_a_set_that_is_not_right_is_told_by_line_and_leaves_nothing(run, run_json, files):
    run("course", "create", "deep", "Deep")
    bad = files("bad.yaml", SET.replace("depth: 2", "depth: 99").replace("points: 4", "point: 4"))
    stderr = run("set", "create", bad, "--course", "deep", code=1).stderr
    assert "line 7, items[1].point: There is no such field: did you mean points?" in stderr
    worse = files("worse.yaml", SET.replace("depth: 2", "depth: 99"))
    assert "line 6, items[0].options.depth" in run("set", "lint", worse, code=1).stderr
    assert run_json("set", "list") == []


def test_a_roster_that_is_not_right_leaves_nothing(run, files):
    run("course", "create", "deep", "Deep")
    result = run("roster", "import", "deep", files("r.csv", ROSTER + "X,no address,\n"), code=1)
    assert "line 4, column email" in result.stderr
    assert "There is no account" in run("user", "password", "ada@example.org", stdin="correct horse\n", code=1).stderr


def test_results_that_cannot_be_written(run, files):
    run("course", "create", "deep", "Deep")
    run("set", "create", files("week.yaml", SET), "--course", "deep")
    assert "cannot be written" in run("grades", "export", "deep/week-3", "-o", "/nowhere/g.csv", code=1).stderr


def test_a_database_that_is_not_migrated(run, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    for command in (["course", "list"], ["demo"], ["serve"]):
        assert "run manage.py db upgrade" in run(*command, code=1).stderr
    assert "FAIL" in run("doctor", code=1).stdout
    assert "has the schema" in run("db", "upgrade").stdout
    assert run("course", "list")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "write sqlite:////absolute/path"),
        ("sqlite://", "write sqlite:////absolute/path"),
        ("sqlite:///:memory:", "write sqlite:////absolute/path"),
        ("sqlite:///file:quiz?uri=true", "write sqlite:////absolute/path"),
        ("sqlite+aiosqlite:///quiz.sqlite3", "write sqlite:////absolute/path"),
        ("postgresql://u:s3cret@localhost:abc/quiz", "write sqlite:////absolute/path"),
        ("mysql://u:s3cret@localhost/quiz", "write sqlite:////absolute/path"),
        ("sqlite:////proc/nowhere/quiz.sqlite3", "cannot be made"),
        ("sqlite:////etc/hostname", "not a database"),
    ],
)
@pytest.mark.parametrize("command", [["course", "list"], ["db", "upgrade"], ["serve"]])
def test_an_address_that_is_no_database(run, monkeypatch, command, address, said):
    monkeypatch.setenv("DATABASE_URL", address)
    stderr = run(*command, code=1).stderr
    assert said in stderr
    assert "s3cret" not in stderr


@pytest.mark.parametrize("command", [["course", "list"], ["db", "upgrade"]])
def test_a_schema_that_is_newer_than_this_code(run, sqlite_url, monkeypatch, command):
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "newer than this code" in run(*command, code=1).stderr


def test_text_that_no_database_can_hold_is_not_found(run):
    for text in ("\udcff", "a\x00b"):
        for command in (
            ["set", "list", "--course", text],
            ["set", "show", f"{text}/x"],
            ["grades", "show", f"{text}/x"],
        ):
            assert "There is no course" in run(*command, code=1).stderr


def test_a_file_without_end_is_not_read(run):
    assert "larger than 1,000,000 bytes" in run("set", "lint", "/dev/zero", code=1).stderr


def test_a_number_with_too_many_digits(run, tmp_path):
    (tmp_path / "problem.json").write_text(f'{{"family": {"9" * 5000}}}', encoding="utf-8")
    assert "too many digits" in run("problem", "grade", tmp_path / "problem.json", "-", code=1).stderr


def test_a_token_that_cannot_be_shown_is_not_kept(sqlite_url):
    create = f"{sys.executable} {MANAGE} token create --name lost --scope grade > /dev/full"
    result = subprocess.run(
        create, shell=True, env=environment(sqlite_url), capture_output=True, text=True, check=False
    )
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "No space left on device" in result.stderr
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        assert database.execute("SELECT count(*) FROM api_tokens").fetchone() == (0,)


@pytest.mark.parametrize("command", [["course", "list"], ["db", "upgrade"], ["serve"]])
def test_a_database_that_cannot_be_reached(run, monkeypatch, command):
    monkeypatch.setenv("DATABASE_URL", "postgresql://quiz:s3cret@127.0.0.1:1/quiz")
    stderr = run(*command, code=1).stderr
    assert "The database cannot be" in stderr
    assert "s3cret" not in stderr


def test_an_environment_that_cannot_be_used(run, monkeypatch):
    monkeypatch.setenv("PORT", "eighty")
    assert "PORT: " in run("course", "list", code=1).stderr
