"""Problem sets as YAML files: read, checked against the schema and the families, complained of by line and field."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonschema import Draft202012Validator

import problems
from quizsvc.errors import Detail, Invalid
from quizsvc.services.accounts import read_name
from quizsvc.services.courses import LONGEST_SLUG, read_slug
from quizsvc.services.drawing import draw_item
from quizsvc.services.yaml_lines import Document, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

SCHEMA_FILE = Path(__file__).with_name("problem-set.schema.json")
SET_SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
"""JSON Schema 2020-12 of the files."""

DEFAULT_POINTS = 10
TRIAL_SEEDS = (0, 1, 2)
MOST_COMPLAINTS = 20
SHARES = ("carried", "imprecise", "mistake")
FINEST_SHARE = 10_000
"""The largest denominator of a share."""

_VALIDATOR = Draft202012Validator(SET_SCHEMA)
_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "object": "fields with their values",
    "string": "text",
}
_LIMITS = {
    "minLength": "must not be empty",
    "maxLength": "must have at most {limit} characters",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "minItems": "is too short: write at least {limit} entry",
    "maxItems": "is too long: write at most {limit} entries",
    "pattern": "must be small letters, digits and single hyphens, like first-steps",
}


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """One problem of a set: a family with options to draw from or, where `given` is there, numbers fixed for all."""

    family: str
    title: str
    points: int
    options: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SetSpec:
    """A problem set as its author wants it; no limit of submissions: None."""

    slug: str
    title: str
    items: tuple[ItemSpec, ...]
    text: str = ""
    opens: datetime | None = None
    due: datetime | None = None
    feedback: Literal["immediately", "after-due", "never"] = "immediately"
    submissions_per_variant: int | None = None
    new_variants: bool = False
    scheme: problems.MarkScheme = field(default_factory=problems.MarkScheme)


def read_set(text: str) -> SetSpec:
    """The set that the file describes; raises Invalid with line and field of everything that is not right."""
    document = read_yaml(text)
    complaints = [_complaint(document, error) for error in _VALIDATOR.iter_errors(document.data)]
    if not complaints:
        checks = (_text_complaints, _share_complaints, _time_complaints, _item_complaints)
        complaints = [complaint for check in checks for complaint in check(document)]
    if complaints:
        count = len(complaints)
        message = f"This is not a problem set yet: {count} {'thing is' if count == 1 else 'things are'} not right."
        raise Invalid(message, sorted(complaints, key=_line)[:MOST_COMPLAINTS])
    return _spec(document.data)


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
    titles |= {("items", place, "title"): item["title"] for place, item in enumerate(data["items"]) if "title" in item}
    for path, title in titles.items():
        try:
            read_name(title, "title")
        except Invalid as error:
            yield Detail(document.where(path), error.message)
    if not all(sign.isprintable() or sign in "\n\t" for sign in data.get("text", "")):
        yield Detail(document.where(["text"]), "There are characters that cannot be printed; remove them.")
    if "slug" in data:
        try:
            read_slug(data["slug"])
        except Invalid as error:
            yield Detail(document.where(["slug"]), error.message)


def _share_complaints(document: Document) -> Iterator[Detail]:
    for name in SHARES:
        value = document.data.get("credit", {}).get(name, 0)
        try:
            exact = Fraction(str(value))
        except ValueError:
            exact = Fraction(-1)
        if not 0 <= exact <= 1 or exact.denominator > FINEST_SHARE:
            message = (
                f'{value!r:.60} is no share; write a number from 0 to 1, with at most four decimals, or like "1/3".'
            )
            yield Detail(document.where(["credit", name]), message)


def _time_complaints(document: Document) -> Iterator[Detail]:
    times: dict[str, datetime] = {}
    for name in ("opens", "due"):
        if name not in document.data:
            continue
        try:
            times[name] = _instant(document.data[name])
        except ValueError as error:
            yield Detail(document.where([name]), str(error))
    if len(times) == len(("opens", "due")) and times["due"] <= times["opens"]:
        yield Detail(document.where(["due"]), "The set would be due before it opens; write a later time.")
    if document.data.get("feedback") == "after-due" and "due" not in document.data:
        yield Detail(document.where(["feedback"]), "Without a due time nobody would ever see marks; add the field due.")


def _instant(text: str) -> datetime:
    """The instant; raises ValueError with the sentence that tells what is wrong."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r:.60} is no date and time; write it like 2026-11-23T18:00+01:00."
        raise ValueError(message) from None
    if instant.tzinfo is None:
        message = f"{text} has no time zone; add the offset, like {text}+01:00, or Z for UTC."
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = f"{text!r:.60} is too far away; write a year from 1000 to 9000."
        raise ValueError(message) from None


def _item_complaints(document: Document) -> Iterator[Detail]:
    """What the families say: whether options and numbers are theirs, and whether fair problems can be drawn."""
    for place, item in enumerate(document.data["items"]):
        candidate = _item(item, title="")
        try:
            for seed in TRIAL_SEEDS if candidate.given is None else TRIAL_SEEDS[:1]:
                draw_item(candidate, seed)
        except problems.ProblemError as error:
            yield Detail(document.where(["items", place, *_field(item, error)]), error.message)


def _field(item: dict[str, Any], error: problems.ProblemError) -> list[str]:
    """In which field of the item the error lies."""
    if isinstance(error, problems.UnknownFamily):
        return ["family"]
    for block in ("options", "given"):
        if error.where in item.get(block, {}):
            return [block, error.where]
    return []


def _item(item: dict[str, Any], title: str) -> ItemSpec:
    return ItemSpec(
        family=item["family"],
        title=item.get("title", title),
        points=item.get("points", DEFAULT_POINTS),
        options=item.get("options", {}),
        given=item.get("given"),
    )


def _spec(data: dict[str, Any]) -> SetSpec:
    credit = data.get("credit", {})
    shares = {name: Fraction(str(credit[name])) for name in SHARES if name in credit}
    return SetSpec(
        slug=data.get("slug") or slug_of(data["title"]),
        title=" ".join(data["title"].split()),
        items=tuple(_item(item, problems.family(item["family"]).title) for item in data["items"]),
        text=data.get("text", "").strip(),
        opens=_instant(data["opens"]) if "opens" in data else None,
        due=_instant(data["due"]) if "due" in data else None,
        feedback=data.get("feedback", "immediately"),
        submissions_per_variant=data.get("submissions"),
        new_variants=data.get("new_variants", False),
        scheme=problems.MarkScheme(**shares, entries=credit.get("entries", "share")),
    )


def slug_of(title: str) -> str:
    """A short name made from a title: "The vanishing gradient" -> the-vanishing-gradient."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:LONGEST_SLUG].strip("-") or "set"
