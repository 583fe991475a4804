"""The command line, run in this process over a fresh database."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from desk import Desk, a_set
from fault_platform import FaultPlatform

from quizsvc.cli import main


@pytest.fixture
def run(database_url, monkeypatch):
    """run("set", "list") -> the result, which must have ended with `code`."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)

    def run(*args, code=0, stdin=None):
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)
        assert result.exit_code == code, (result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def run_json(run):
    """The same with --json, read."""
    return lambda *args: json.loads(run(*args, "--json").stdout)


@pytest.fixture
def files(tmp_path):
    """Write a file and get its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def platform():
    """A learning platform with a gradebook column."""
    platform = FaultPlatform()
    with platform.serve():
        platform.add_column()
        yield platform


@pytest.fixture
def desk(classroom):
    """A set whose marks are seen at once."""
    return Desk(classroom, a_set("feedback: immediately"))
