"""Exports read back: nothing is lost of what they hold, and of what others put into such files nothing is believed."""

from __future__ import annotations

import io
import json
import re
import stat
import struct
import time
import tracemalloc
import zipfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import contextmanager, suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import problems
from problems import MarkScheme, information
from problems.catalogue import current_families
from quizsvc.errors import Invalid, TooLarge
from quizsvc.exports.questions import ExportItem, QuestionSet, questions_of
from quizsvc.services.drawing import draw_item
from quizsvc.services.exporting import WRITERS
from quizsvc.services.importing import set_in_export
from quizsvc.services.set_files import read_set

FORMS = ("moodle", "qti-1.2", "qti-3.0")
MOST_SECONDS, MOST_BYTES = 2, 250_000_000


def exported(*items, scheme=MarkScheme(), **about):  # noqa: B008 - it cannot be changed
    questions = [question for item in items for question in questions_of(item, scheme)]
    return QuestionSet(
        about.get("slug", "week-3"), about.get("title", "Week 3"), about.get("mode", "graded"), scheme, tuple(questions)
    )


def chains(count=2, key="chain"):
    return ExportItem(key, "A chain é <&>\"'", 7, [problems.draw("vanishing-gradient", seed=n) for n in range(count)])


def small(form="moodle", count=2):
    return WRITERS[form](exported(chains(count)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("slug", [family.slug for family in current_families()])
def test_every_family_comes_back_with_its_numbers(slug, form):
    options = information.variants(next(family for family in current_families() if family.slug == slug))
    drawn = [problems.draw(slug, seed=9, **stated) for stated in options][: 100 if form == "moodle" else 3]
    spec = read_set(set_in_export(WRITERS[form](exported(ExportItem("it", "It", 5, drawn)))))
    assert [item.key for item in spec.items] == [f"it-{n}" for n in range(1, len(drawn) + 1)]
    assert {(item.title, item.points, item.pick) for item in spec.items} == {("It", 5, 1)}
    for item, problem in zip(spec.items, drawn, strict=True):
        assert problems.fingerprint(draw_item(item, 0)) == problems.fingerprint(problem)


@pytest.mark.parametrize("form", FORMS)
def test_a_set_comes_back_with_its_titles_and_its_marking(form):
    scheme = MarkScheme(carried=Fraction(1, 2), mistake=Fraction(1, 3), entries="all")
    one = ExportItem("lecture", "The lecture", 3, [problems.pose("vanishing-gradient", w=[0.5], x=1, decimals=2)])
    question_set = exported(one, chains(), scheme=scheme, title="Ünlü é <&>\"' : #", mode="practice", slug="w-3")
    spec = read_set(set_in_export(WRITERS[form](question_set)))
    assert (spec.slug, spec.title, spec.mode, spec.scheme) == ("w-3", question_set.title, "practice", scheme)
    assert [(item.key, item.title, item.points, item.pool) for item in spec.items] == [
        ("lecture", "The lecture", 3, None),
        ("chain-1", one_title(), 7, 1),
        ("chain-2", one_title(), 7, 1),
    ]


def one_title():
    return chains().title


def test_what_moodle_itself_writes_of_it_is_read_too():
    ours = small().decode()
    texts = re.sub(r"<text>(&lt;div[^<]*)</text>", _as_moodle_does, ours)
    assert "CDATA" in texts
    assert set_in_export(texts.encode()) == set_in_export(ours.encode())


def _as_moodle_does(found):
    text = found[1]
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return f"<text><![CDATA[{text}]]></text>"


# What follows was never exported, or was changed by somebody.

DOCUMENT = "<quiz>{}</quiz>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
PROLOGUES = [
    '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE q [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
    '<!DOCTYPE q [<!ENTITY % x SYSTEM "file:///dev/random"> %x;]>',
    '<!DOCTYPE q PUBLIC "-//X" "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE q SYSTEM "gopher://127.0.0.1:9/x">',
    f'<!DOCTYPE q [<!ENTITY l0 "ha">{LAUGHS}]>',
    f'<!DOCTYPE q [<!ENTITY l0 "{"ha" * 50_000}">]>',
    "<!DOCTYPE html>",
    "<!ENTITY x 'y'>",
    '<!DOCTYPE q [<!ATTLIST quiz a CDATA "b">]>',
]
PATHS = [
    *("../evil.xml", "../../etc/cron.d/evil.xml", "/etc/evil.xml", "a/../../evil.xml", "..\\evil.xml", "\\evil.xml"),
    *("C:\\evil.xml", "c:evil.xml", "a/..", "..", "//host/share/evil.xml", "./../evil.xml", "a\\..\\..\\evil.xml"),
]
TREES = ["<a>" * 100_000, "<a/>" * 500_000, "<a " + "b='c' " * 200_000 + "/>", "&#0;", "&x;", "\x00" * 1000, "]]>" * 9]
NOT_OURS = [
    b"",
    b"PK",
    b"\x00" * 1_000_000,
    b"<quiz></quiz>",
    b"<quiz><question type='cloze'/></quiz>",
    b"\xff\xfe<\x00q\x00/\x00>\x00",
    b"%PDF-1.7",
    b"{}",
    *(DOCUMENT.format(tree).encode() for tree in TREES),
    b'<div data-gradient-flow=""/>',
    b'<div data-gradient-flow="' + b"A" * 10_000_000,
    b"data-gradient-flow=" * 1_000_000,
]


def zipped(*files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files:
            package.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def locked():
    content = bytearray(zipped(("a.xml", "<a/>")))
    for place in (6, content.rfind(b"PK\x01\x02") + 8):
        content[place] |= 1
    return bytes(content)


def with_method(method):
    content = bytearray(zipped(("a.xml", "<a/>")))
    struct.pack_into("<H", content, 8, method)
    struct.pack_into("<H", content, content.rfind(b"PK\x01\x02") + 10, method)
    return bytes(content)


def packages():
    good = small("qti-3.0")
    yield from (pytest.param(zipped((path, "<a/>")), id=f"path {path}") for path in PATHS)
    yield from (
        pytest.param(zipped(link("a.xml", target)), id=f"link {target}") for target in ("/etc/passwd", "../x", "b.xml")
    )
    yield from (pytest.param(good[: len(good) * share // 20], id=f"cut at {share} of 20") for share in range(1, 20))
    yield from (pytest.param(with_method(method), id=f"method {method}") for method in (1, 6, 9, 12, 14, 95, 99))
    yield pytest.param(locked(), id="locked")
    yield pytest.param(zipped(("a.xml", b"\0" * 60_000_000)), id="a file that grows")
    yield pytest.param(zipped(*((f"{n}.xml", b" " * 15_000_000) for n in range(8))), id="files that grow together")
    yield pytest.param(zipped(*((f"{n}.xml", "") for n in range(30_000))), id="thousands of files")
    yield pytest.param(zipped(("inner.zip", good)), id="a package in a package")
    yield pytest.param(zipped(("imsmanifest.xml", "<manifest/>")), id="nothing of ours")
    yield pytest.param(good + b"PK\x05\x06", id="half an end")
    yield pytest.param(good[:-22] + b"PK\x06\x07" + bytes(16) + good[-22:], id="an end for giants")
    yield pytest.param(b"PK" + bytes(100_000), id="nothing but a beginning")
    yield from (
        pytest.param(zipped(("a.xml", prologue + DOCUMENT.format("&x;"))), id=f"prologue {place} in a package")
        for place, prologue in enumerate(PROLOGUES)
    )


PACKAGE = small("qti-3.0", count=1)


@contextmanager
def _modestly():
    """Within two seconds, and without much memory."""
    tracemalloc.start()
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < MOST_SECONDS
    assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        *(pytest.param(content, id=f"not ours {place}") for place, content in enumerate(NOT_OURS)),
        *(
            pytest.param((prologue + DOCUMENT.format("&x;")).encode(), id=f"prologue {place}")
            for place, prologue in enumerate(PROLOGUES)
        ),
        *(
            pytest.param(prologue.encode() + small(), id=f"prologue {place} before an export")
            for place, prologue in enumerate(PROLOGUES)
        ),
        *packages(),
    ],
)
def test_what_is_not_ours_is_refused_in_words_at_once(content):
    with _modestly(), pytest.raises((Invalid, TooLarge)) as refused:
        set_in_export(content)
    assert refused.value.message.endswith(".")
    assert "\n" not in refused.value.message
    assert len(refused.value.message) < 300


@given(st.data())
def test_a_package_in_which_bytes_were_changed_is_read_or_refused_in_words(data):
    content = bytearray(PACKAGE)
    ends = st.one_of(st.integers(0, 200), st.integers(len(content) - 700, len(content) - 1))
    for place in data.draw(st.lists(ends | st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    with suppress(Invalid, TooLarge):
        read_set(set_in_export(bytes(content)))


def changed(**fields):
    """An export of one question whose record has other fields."""
    record = re.search(rb"data-gradient-flow=&#34;([^&]*)", small(count=1))[1]
    data = json.loads(urlsafe_b64decode(record)) | fields
    letters = urlsafe_b64encode(json.dumps(data).encode()).decode()
    return f'<div data-gradient-flow="{letters}"/>'.encode(), data


PROBLEM = changed()[1]["problem"]


@pytest.mark.parametrize(
    "fields",
    [
        *({"version": version} for version in (0, 2, "1", None, [])),
        *({"set": value} for value in (None, [], "week-3", {}, {"title": 3})),
        *({"set": {"slug": slug, "title": "T"}} for slug in ("../x", "A", "", 7)),
        *({"set": {"title": "T", "credit": {"mistake": value}}} for value in ("2", -1, "1/0", {}, "x" * 999)),
        *({"set": {"title": title}} for title in ("", "x" * 201, "a\x00b", "\u202e", [])),
        *({"item": item} for item in ("", None, "../..", "A B", "x" * 100, 7)),
        *({"title": title} for title in ("", None, "x" * 201, "\x07")),
        *({"points": points} for points in (0, -1, 1001, 1.5, "7", None, True)),
        *({"variant": variant} for variant in ("1", None, 1.5, True)),
        *({"problem": problem} for problem in (None, [], {}, "x")),
        *({"problem": PROBLEM | {"family": family}} for family in ("no-such", "../x", None, 7)),
        *({"problem": PROBLEM | {"given": given}} for given in ({}, {"w": "rm -rf"}, {"w": [1e999], "x": 1}, 7)),
        *({"problem": PROBLEM | {"options": options}} for options in ({"depth": 10**9}, {"__class__": 1}, [])),
        {"problem": PROBLEM | {"version": 99}},
        {"problem": PROBLEM | {"seed": "x"}},
    ],
)
def test_a_record_that_was_changed_is_refused_in_words(fields):
    content, _data = changed(**fields)
    with _modestly(), pytest.raises((Invalid, TooLarge)) as refused:
        read_set(set_in_export(content))
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("letters", ["A", "AAAA", "====", "e30=", "W10=", "bnVsbA==", "W1tb" * 20_000, "OTk5" * 5_000])
def test_what_is_no_record_is_refused(letters):
    with _modestly(), pytest.raises(Invalid, match="was changed"):
        set_in_export(f'<p data-gradient-flow="{letters}">'.encode())


def test_questions_of_several_sets_are_refused():
    both = small() + WRITERS["moodle"](exported(chains(key="other"), slug="other"))
    with pytest.raises(Invalid, match="several sets"):
        set_in_export(both)


def test_no_more_problems_than_can_be_checked():
    letters = (urlsafe_b64encode(json.dumps({"n": n}).encode()).decode() for n in range(600))
    content = "".join(f'<p data-gradient-flow="{one}">' for one in letters).encode()
    with pytest.raises(TooLarge, match="more than 500 problems"):
        set_in_export(content)


def test_problems_of_an_earlier_version_of_their_family_are_not_taken_for_others(monkeypatch):
    content = small()
    other = problems.draw("vanishing-gradient", seed=99)
    monkeypatch.setattr(problems, "pose", lambda *_names, **_stated: other)
    with pytest.raises(Invalid, match="earlier version"):
        set_in_export(content)
