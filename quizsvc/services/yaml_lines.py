"""YAML as plain values that remember their lines; what could hurt (aliases, great depth) is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from quizsvc.errors import Detail, Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ruamel.yaml.nodes import ScalarNode

DEEPEST = 20


class _Constructor(RoundTripConstructor):
    """Dates stay as they are written: whether they have a time zone is for us to see."""


def _as_written(_constructor: _Constructor, node: ScalarNode) -> str:
    return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as plain values, and where each of them stands."""

    data: Any
    marked: Any

    def where(self, path: Sequence[str | int]) -> str:
        """The place of a value in words: line 7, items[0].options.depth."""
        node, line, name = self.marked, 0, ""
        for key in path:
            if isinstance(node, (CommentedMap, CommentedSeq)):
                line = _line_of(node, key, line)
                node = node[key] if _has(node, key) else None
            name += f"[{key}]" if isinstance(key, int) else f".{key}" if name else str(key)
        return f"line {line + 1}, {name}" if name else f"line {line + 1}"


def _has(node: CommentedMap | CommentedSeq, key: str | int) -> bool:
    return key in node if isinstance(node, CommentedMap) else isinstance(key, int) and key < len(node)


def _line_of(node: CommentedMap | CommentedSeq, key: str | int, above: int) -> int:
    places = node.lc.data or {}
    return int(places[key][0]) if key in places else above


def read_yaml(text: str) -> Document:
    """The document; raises Invalid with the line where it is none."""
    try:
        _refuse_traps(text)
        reader = YAML(typ="rt", pure=True)
        reader.Constructor = _Constructor
        marked = reader.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _not_yaml(error.problem or error.context or str(error), line) from None
    except (YAMLError, ValueError) as error:
        raise _not_yaml(str(error)) from None
    return Document(_plain(marked), marked)


def _not_yaml(what: str, line: int | None = None) -> Invalid:
    message = "This file is not YAML."
    reason = what.partition("\n")[0].rstrip(".")
    return Invalid(message, [Detail(f"line {line}" if line else "the file", f"{reason[:1].upper()}{reason[1:]}.")])


def _refusal(line: int, what: str) -> Invalid:
    message = "This file is not taken."
    return Invalid(message, [Detail(f"line {line}", what)])


def _refuse_traps(text: str) -> None:
    """Aliases let a short file stand for an endless one, and great depth exhausts those that read it."""
    depth = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            raise _refusal(line, "Aliases (*name) are not used here: write it out.")
        if getattr(event, "tag", None) is not None:
            raise _refusal(line, "Tags (!name) are not used here: write the value alone.")
        if depth > DEEPEST:
            raise _refusal(line, f"It is nested more than {DEEPEST} deep.")


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML can hold
    """Without the marks."""
    if isinstance(value, CommentedMap):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, CommentedSeq):
        return [_plain(inner) for inner in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return None if value is None else str(value)
