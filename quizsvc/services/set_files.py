"""Problem sets as YAML files: read, checked against the schema and the families, complained of by line and field."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from ruamel.yaml import YAML

import problems
from quizsvc.errors import Detail, Invalid
from quizsvc.services.accounts import read_name
from quizsvc.services.courses import read_slug
from quizsvc.services.drawing import draw_item
from quizsvc.services.instants import instant_of, zone_of
from quizsvc.services.set_spec import SHARES, SetSpec, entries_of, item_of, spec_of
from quizsvc.services.yaml_lines import Document, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from jsonschema import TypeChecker
    from jsonschema.exceptions import ValidationError

SCHEMA_FILE = Path(__file__).with_name("problem-set.schema.json")
SET_SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
"""JSON Schema 2020-12 of the files."""

TRIAL_SEEDS = (0, 1, 2)
MOST_COMPLAINTS = 20
FINEST_SHARE = 10_000
"""The largest denominator of a share, and of a weight."""
HEAVIEST = 1000
BLOCKS = ("|", ">")
"""How texts of several lines begin."""


def _is_whole(_checker: TypeChecker, value: object) -> bool:
    """Whether it is a whole number as it is written: JSON Schema takes 3.0 for one too."""
    return isinstance(value, int) and not isinstance(value, bool)


_WHOLE = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
_VALIDATOR = extend(Draft202012Validator, type_checker=_WHOLE)(SET_SCHEMA)  # type: ignore[no-untyped-call]  # no types there
_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "fields with their values",
    "string": "text",
}
_LIMITS = {
    "minLength": "must not be empty",
    "maxLength": "must have at most {limit} characters",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "minItems": "is too short: write {limit} or more",
    "maxItems": "is too long: write {limit} or fewer",
    "pattern": "must be small letters, digits and single hyphens, like first-steps",
}


def read_set(text: str) -> SetSpec:
    """The set that the file describes; raises Invalid with line and field of everything that is not right."""
    document = read_yaml(text)
    complaints = [_complaint(document, error) for error in _VALIDATOR.iter_errors(document.data)]
    if not complaints:
        checks = (_text_complaints, _share_complaints, _time_complaints, _choice_complaints, _item_complaints)
        complaints = [complaint for check in checks for complaint in check(document)]
    if complaints:
        count = len(complaints)
        message = f"This is not a problem set yet: {count} {'thing is' if count == 1 else 'things are'} not right."
        raise Invalid(message, sorted(complaints, key=_line)[:MOST_COMPLAINTS])
    return spec_of(document.data, text)


def stored_set(source: str) -> SetSpec:
    """The set of a file that was found right when it was stored: what families refuse by now is no matter."""
    return spec_of(read_yaml(source).data, source)


def with_field(source: str, name: str, value: str) -> str:
    """The file with another value of one field, a word without signs; where it is new, it comes after the title.

    All else stays to the letter.
    """
    root = YAML(typ="rt", pure=True).compose(source)
    nodes = {key.value: (key, node) for key, node in root.value}
    if name in nodes:
        node = nodes[name][1]
        rest = ("\n" if node.style in BLOCKS else "") + source[node.end_mark.index :]
        return f"{source[: node.start_mark.index]}{_quoted(value, node.style)}{rest}"
    key, title = nodes["title"]
    field, end = f"{_quoted(name, key.style)}: {_quoted(value, title.style)}", title.end_mark.index
    if root.flow_style:
        return f"{source[:end]}, {field}{source[end:]}"
    if title.style not in BLOCKS:
        end = source.find("\n", end) + 1 or len(source)
    before = source[:end] if source[:end].endswith("\n") else f"{source[:end]}\n"
    return f"{before}{' ' * root.start_mark.column}{field}\n{source[end:]}"


def _quoted(value: str, style: str | None) -> str:
    """The value in quotes such as those that stand there."""
    return f"{style}{value}{style}" if style in ("'", '"') else value


def with_due(source: str, due: datetime) -> str:
    """The file with another due time; it is written in UTC."""
    exact = due.second or due.microsecond
    text = due.astimezone(UTC).isoformat(timespec="auto" if exact else "minutes")
    return with_field(source, "due", text.replace("+00:00", "Z"))


def _line(detail: Detail) -> int:
    found = re.match(r"line (\d+)", detail.where)
    return int(found[1]) if found else 0


def _complaint(document: Document, error: ValidationError) -> Detail:
    """What the schema finds, with its place."""
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        path.append(_unknown_field(error)[0])
    return Detail(document.where(path), _sentence(error))


def _unknown_field(error: ValidationError) -> tuple[str, list[str]]:
    """The first field that is not known, and those that are."""
    rules: Any = error.schema
    found: Any = error.instance
    known = list(rules["properties"])
    return next(str(name) for name in found if name not in known), known


def _sentence(error: ValidationError) -> str:
    """What is wrong and what would be right, in our words."""
    wanted: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "additionalProperties":
            odd, known = _unknown_field(error)
            near = get_close_matches(odd, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(known)}."
            return f"There is no such field: {hint}"
        case "required":
            return f"The field {next(name for name in wanted if name not in found)} is missing."
        case "enum":
            right = f"write {' or '.join(wanted)}"
        case "type":
            right = f"this must be {_KINDS[wanted]}"
        case "anyOf":
            right = 'write a number from 0 to 1, or a fraction such as "1/3"'
        case kind:
            return f"{found!r:.60} {_LIMITS[str(kind)].format(limit=wanted)}."
    return f"{found!r:.60} is not possible here; {right}."


def _text_complaints(document: Document) -> Iterator[Detail]:
    """Texts that nobody could read, or a database not hold."""
    data = document.data
    titles: dict[tuple[str | int, ...], str] = {("title",): data["title"]}
    titles |= {(*path, "title"): item["title"] for path, item, _pool in entries_of(data) if "title" in item}
    for path, title in titles.items():
        try:
            read_name(title, "title")
        except Invalid as error:
            yield Detail(document.where(path), error.message)
    if not all(sign.isprintable() or sign in "\n\t" for sign in data.get("text", "")):
        yield Detail(document.where(["text"]), "There are characters that cannot be printed; remove them.")
    code = data.get("access_code", "-")
    if not code.isprintable():
        yield Detail(document.where(["access_code"]), "There are characters that cannot be typed; remove them.")
    elif not code.strip():
        yield Detail(document.where(["access_code"]), "There is nothing to type in it; write some letters or digits.")
    slugs: dict[tuple[str | int, ...], str] = {("slug",): data["slug"]} if "slug" in data else {}
    slugs |= {(*path, "id"): item["id"] for path, item, _pool in entries_of(data) if "id" in item}
    for path, slug in slugs.items():
        try:
            read_slug(slug)
        except Invalid as error:
            yield Detail(document.where(path), error.message)
    taken = Counter(item["id"] for _path, item, _pool in entries_of(data) if "id" in item)
    for path, item, _pool in entries_of(data):
        if taken[item.get("id", "")] > 1:
            yield Detail(document.where([*path, "id"]), f"Another problem has the id {item['id']}; each needs its own.")


def _share_complaints(document: Document) -> Iterator[Detail]:
    stated = {("credit", name): document.data.get("credit", {}).get(name, 0) for name in SHARES}
    stated |= {("late", "credit"): document.data.get("late", {}).get("credit", 0)}
    for path, value in stated.items():
        if not _is_exact(value, 1):
            message = (
                f'{value!r:.60} is no share; write a number from 0 to 1, with at most four decimals, or like "1/3".'
            )
            yield Detail(document.where(path), message)
    weight = document.data.get("weight", 0)
    if not _is_exact(weight, HEAVIEST):
        message = f"{weight!r:.60} is no weight; write a number from 0 to {HEAVIEST}, with at most four decimals."
        yield Detail(document.where(["weight"]), message)


def _is_exact(value: float | str, most: int) -> bool:
    """Whether it is a number from 0 to the most, and no finer than is kept."""
    try:
        exact = Fraction(str(value))
    except ValueError:
        return False
    return 0 <= exact <= most and exact.denominator <= FINEST_SHARE


def _time_complaints(document: Document) -> Iterator[Detail]:
    times: dict[str, datetime] = {}
    zone = document.data.get("timezone")
    if zone is not None:
        try:
            zone_of(zone)
        except ValueError as error:
            yield Detail(document.where(["timezone"]), str(error))
            return
    for name in ("opens", "due"):
        if name not in document.data:
            continue
        try:
            times[name] = instant_of(document.data[name], zone)
        except ValueError as error:
            yield Detail(document.where([name]), str(error))
    if len(times) == len(("opens", "due")) and times["due"] <= times["opens"]:
        yield Detail(document.where(["due"]), "The set would be due before it opens; write a later time.")
    for name, why in (
        ("late", "Without a due time nothing can be late; add the field due, or leave late out."),
        ("feedback", "Without a due time nobody would ever see marks; add the field due."),
    ):
        needs_due = document.data.get(name) not in (None, "immediately", "never")
        if needs_due and "due" not in document.data:
            yield Detail(document.where([name]), why)


def _choice_complaints(document: Document) -> Iterator[Detail]:
    """Fields that do not go together."""
    data = document.data
    if "variants" in data and "new_variants" in data:
        yield Detail(document.where(["new_variants"]), "The field variants says it already; leave this one out.")
    for place, pool in enumerate(data["items"]):
        if "of" not in pool:
            continue
        among = len(pool["of"])
        if pool["pick"] >= among:
            message = f"Of {among} problems at most {among - 1} can be picked; to give all, write them without a pool."
            yield Detail(document.where(["items", place, "pick"]), message)
        worth = [item_of(item).points for item in pool["of"]]
        for inner, points in enumerate(worth):
            if points != worth[0]:
                message = f"The problems of a pool are worth the same: this one {points} points, the first {worth[0]}."
                yield Detail(document.where(["items", place, "of", inner, "points"]), message)


def _item_complaints(document: Document) -> Iterator[Detail]:
    """What the families say: whether options and numbers are theirs, and whether fair problems can be drawn."""
    for path, item, _pool in entries_of(document.data):
        candidate = item_of(item)
        try:
            for seed in TRIAL_SEEDS if candidate.given is None else TRIAL_SEEDS[:1]:
                draw_item(candidate, seed)
        except problems.ProblemError as error:
            yield Detail(document.where([*path, *_field(item, error)]), error.message)


def _field(item: dict[str, Any], error: problems.ProblemError) -> list[str]:
    """In which field of the item the error lies."""
    if isinstance(error, problems.UnknownFamily):
        return ["family"]
    for block in ("options", "given"):
        if error.where in item.get(block, {}):
            return [block, error.where]
    return []
