"""Strings that try to be more than text, and what of a page they must not change."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

STRINGS = [
    text
    for group in json.loads((Path(__file__).parent / "data" / "hostile_strings.json").read_text()).values()
    for text in group
]
SENDABLE = [text for text in STRINGS if not any("\ud800" <= sign <= "\udfff" for sign in text)]
"""Those that can be sent otherwise than within JSON."""

NAMES = [text[:200] for text in STRINGS if text.isprintable() and text.strip()]
"""Those that can be a name or a title."""

LEADS_SOMEWHERE = ("href", "src", "action", "formaction", "data-go-on")


class _Bones(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.targets = [], set()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.targets |= {value for name, value in attrs if name in LEADS_SOMEWHERE}

    def handle_comment(self, data):
        self.found.append(("comment", data))


def bones(page):
    """The elements of a page with the names of their attributes, and comments: whatever is no text, in any order."""
    parser = _Bones()
    parser.feed(page)
    parser.close()
    return sorted(parser.found)


def targets(page):
    """Where its links, scripts and forms lead."""
    parser = _Bones()
    parser.feed(page)
    return parser.targets


def require_text_only(page, plain, where, *, outside=()):
    """That a page has the bones of the one with plain text, and leads nowhere but to this site and `outside`."""
    assert bones(page) == bones(plain), where
    for target in targets(page):
        here = target.startswith(("/", "#")) and not target.startswith(("//", "/\\"))
        assert here or target.startswith(outside), (where, target)
