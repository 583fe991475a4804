"""A problem set as its author wants it, once its file is found to be right."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import problems
from quizsvc.services.courses import LONGEST_SLUG
from quizsvc.services.instants import instant_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

DEFAULT_POINTS = 10
SHARES = ("carried", "imprecise", "mistake")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """One problem of a set: a family with options to draw from or, where `given` is there, numbers fixed for all.

    `key` is its short name in the set. Of the items of one `pool` every student gets `pick`.
    """

    family: str
    title: str
    points: int
    options: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] | None = None
    key: str = ""
    pool: int | None = None
    pick: int | None = None
    dropped: Literal["no", "excluded", "full-marks"] = "no"


@dataclass(frozen=True, slots=True)
class SetSpec:
    """A problem set as its author wants it; no limit of submissions or time: None. `source` is the text of its file."""

    slug: str
    title: str
    items: tuple[ItemSpec, ...]
    source: str = ""
    text: str = ""
    mode: Literal["graded", "practice"] = "graded"
    opens: datetime | None = None
    due: datetime | None = None
    late_minutes: int = 0
    late_credit: Fraction = Fraction(0)
    grace_seconds: int = 0
    time_limit_minutes: int | None = None
    access_code: str | None = None
    feedback: Literal["immediately", "after-due", "never"] = "immediately"
    submissions_per_variant: int | None = None
    variants: Literal["same-for-all", "one-each", "new-on-demand"] = "one-each"
    shuffle: bool = False
    grade_by: Literal["best", "last", "average"] = "best"
    weight: Fraction | None = None
    scheme: problems.MarkScheme = field(default_factory=problems.MarkScheme)


def entries_of(data: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any], int | None]]:
    """Every problem in the file, those of pools too: its path, what is said of it, and its pool's number."""
    pools = 0
    for place, entry in enumerate(data["items"]):
        if "of" not in entry:
            yield ("items", place), entry, None
            continue
        pools += 1
        for inner, item in enumerate(entry["of"]):
            yield ("items", place, "of", inner), item, pools


def item_of(entry: dict[str, Any], *, key: str = "", title: str = "", pool: int | None = None) -> ItemSpec:
    """The item that an entry of the file describes; `key` and `title` are for one that says nothing of them."""
    return ItemSpec(
        family=entry["family"],
        title=" ".join(entry.get("title", title).split()),
        points=entry.get("points", DEFAULT_POINTS),
        options=entry.get("options", {}),
        given=entry.get("given"),
        key=entry.get("id", key),
        pool=pool,
        dropped=entry.get("dropped", "no"),
    )


def keys_of(data: dict[str, Any]) -> list[str]:
    """The short name of every problem in the file: its id, or its family with a number where that is taken."""
    stated = Counter(entry["id"] for _path, entry, _pool in entries_of(data) if "id" in entry)
    seen, keys = Counter(stated.keys()), list[str]()
    for _path, entry, _pool in entries_of(data):
        if "id" in entry:
            keys.append(entry["id"])
            continue
        family = str(entry["family"])
        seen[family] += 1
        key = family if seen[family] == 1 else f"{family}-{seen[family]}"
        while key in keys or key in stated:
            seen[family] += 1
            key = f"{family}-{seen[family]}"
        keys.append(key)
    return keys


def spec_of(data: dict[str, Any], source: str) -> SetSpec:
    """The set that a file describes which is known to be right."""
    credit, late, zone = data.get("credit", {}), data.get("late", {}), data.get("timezone")
    shares = {name: Fraction(str(credit[name])) for name in SHARES if name in credit}
    mode = data.get("mode", "graded")
    on_demand = data.get("new_variants", mode == "practice")
    picks = [entry["pick"] for entry in data["items"] if "pick" in entry]
    return SetSpec(
        slug=data.get("slug") or slug_of(data["title"]),
        title=" ".join(data["title"].split()),
        items=tuple(
            _with_pick(item_of(entry, key=key, title=problems.family(entry["family"]).title, pool=pool), picks)
            for (_path, entry, pool), key in zip(entries_of(data), keys_of(data), strict=True)
        ),
        source=source,
        text=data.get("text", "").strip(),
        mode=mode,
        opens=instant_of(data["opens"], zone) if "opens" in data else None,
        due=instant_of(data["due"], zone) if "due" in data else None,
        late_minutes=60 * late.get("hours", 0),
        late_credit=Fraction(str(late.get("credit", 0))),
        grace_seconds=data.get("grace", 0),
        time_limit_minutes=data.get("time_limit"),
        access_code=data.get("access_code"),
        feedback=data.get("feedback", "immediately"),
        submissions_per_variant=data.get("submissions"),
        variants=data.get("variants", "new-on-demand" if on_demand else "one-each"),
        shuffle=data.get("shuffle", False),
        grade_by=data.get("grade_by", "best"),
        weight=Fraction(str(data["weight"])) if "weight" in data else None,
        scheme=problems.MarkScheme(**shares, entries=credit.get("entries", "share")),
    )


def _with_pick(item: ItemSpec, picks: list[int]) -> ItemSpec:
    return item if item.pool is None else replace(item, pick=picks[item.pool - 1])


def slug_of(title: str) -> str:
    """A short name made from a title: "The vanishing gradient" -> the-vanishing-gradient."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:LONGEST_SLUG].strip("-") or "set"
