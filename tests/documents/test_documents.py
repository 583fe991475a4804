"""What the documents promise: commands that print what is said, a family that is one, links that lead somewhere."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from serving import MANAGE, environment, served

from quizsvc.services.webhook_delivery import signature

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"), CHECKOUT / "problems" / "README.md"])
COMMANDS = ("README.md", "docs/instructors.md", "docs/operators.md", "docs/lms-administrators.md")
API = "docs/api.md"

BLOCK = re.compile(
    r"(?:^<!-- \w+: (?P<name>[\w.-]+) -->\n)?"  # what file it is
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
USUAL_ADDRESS = "http://127.0.0.1:8000"
ALIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """What stands between fences: its language, its text, and the file that it is said to be."""

    language: str
    text: str
    name: str | None


def blocks(document):
    text = (CHECKOUT / document).read_text(encoding="utf-8")
    return [
        Block(found["language"], re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE), found["name"])
        for found in BLOCK.finditer(text)
    ]


def sessions(text):
    """Each command of a console block with its exit code and what it is said to print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        command, _, code = command.partition("  # exit ")
        yield command, int(code or 0), printed


def run(command, folder, environ, address=USUAL_ADDRESS):
    """What the command prints, errors included, and how it ends."""
    here = command.replace(".venv/bin/python manage.py", f"{sys.executable} {MANAGE}").replace(USUAL_ADDRESS, address)
    return subprocess.run(
        here,
        shell=True,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("document", COMMANDS)
def test_every_command_runs_and_prints_what_is_said(document, sqlite_url, tmp_path):
    assert try_commands(document, tmp_path, environment(sqlite_url)) > 0


def test_every_command_of_a_quiz_runs_against_a_service(sqlite_url, tmp_path):
    with served(sqlite_url) as (_process, address):
        assert try_commands(API, tmp_path, environment(sqlite_url), address) > 0


def try_commands(document, folder, environ, address=USUAL_ADDRESS):
    """Run all commands of a document, and look at what they print; how many there are."""
    tried = 0
    for block in blocks(document):
        if block.name:
            (folder / block.name).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        for command, code, said in sessions(block.text):
            result = run(command, folder, environ, address)
            assert result.returncode == code, (command, result.stdout)
            assert doctest.OutputChecker().check_output(said, result.stdout, ALIKE), (command, result.stdout)
            tried += 1
    return tried


def test_who_is_told_can_look_at_the_signature():
    [program] = [block.text for block in blocks(API) if block.name == "check_signature.py"]
    exec(program, told := {})  # noqa: S102 - it stands in the guide
    body, now = '{"event":"score.changed","name":"é"}'.encode(), datetime(2026, 11, 3, 18, tzinfo=UTC)
    signed = signature("whsec_abc", body, now=now)

    def is_ours(secret="whsec_abc", signed=signed, body=body, seconds=0):  # noqa: S107 - made up
        return told["is_ours"](secret, signed, body, now=lambda: now.timestamp() + seconds)

    assert is_ours()
    assert is_ours(seconds=299)
    assert not is_ours(seconds=301)
    assert not is_ours(body=body + b" ")
    assert not is_ours(secret="whsec_abd")


def test_the_conversation_with_the_api(sqlite_url, tmp_path):
    [program] = [block.text for block in blocks(API) if block.language == "python" and not block.name]
    token = run(
        ".venv/bin/python manage.py token create --name test --scope problems:draw --scope grade",
        tmp_path,
        environment(sqlite_url),
    ).stdout.split()[-1]
    with served(sqlite_url) as (_process, address):
        result = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"QUIZ_ADDRESS": address, "QUIZ_TOKEN": token},
            capture_output=True,
            text=True,
            check=True,
        )
    assert "a1 a_{1} Activation of layer 1" in result.stdout
    assert "product correct 1" in result.stdout
    assert "s1 mistake 0 The activation itself stands where its derivative belongs: this is a₁." in result.stdout
    assert "first error s1" in result.stdout


def test_the_example_family_is_one_file_and_passes_what_every_family_must(tmp_path):
    [family] = [block for block in blocks("CONTRIBUTING.md") if block.name]
    for part in ("problems", "tests/problems", "tests/data"):
        shutil.copytree(CHECKOUT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(CHECKOUT / part, tmp_path / part)
    (tmp_path / "problems" / "families" / family.name).write_text(family.text, encoding="utf-8")
    suite = "tests/problems/test_every_family.py"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", suite, "-q", "-k", "sigmoid-neuron", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        # A copy of the package is not the package whose coverage is measured.
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    passed = re.search(r"(\d+) passed", result.stdout)
    assert int(passed[1]) >= 10


@pytest.mark.parametrize("document", [str(path.relative_to(CHECKOUT)) for path in DOCUMENTS])
def test_links_and_make_targets_lead_somewhere(document):
    path = CHECKOUT / document
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (path.parent / target).exists(), target
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert (
        set(re.findall(r"`make ([a-z-]+)`", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) <= targets
    )
