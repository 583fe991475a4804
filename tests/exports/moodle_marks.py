"""How Moodle marks, written down from what a real one gave and independent of what writes its files."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from fnmatch import translate

from defusedxml.ElementTree import fromstring

EPSILON = 1e-14
"""PHP shows 14 digits, and a tolerance is widened by so much."""
FRACTIONS = {
    *(100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667),
    *(14.28571, 12.5, 11.11111, 10, 5, 0),
}
KINDS = "NUMERICAL|MULTICHOICE_V|SHORTANSWER"
NUMBER = r"-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?"
ALTERNATIVE = re.compile(
    r"(?:(?P<right>=)|%(?P<percent>-?[0-9]+(?:\.[0-9]*)?)%)?"
    r"(?P<answer>.+?(?<!\\)(?<!&)(?<!&amp;)(?=[~#}]|$))"
    r"(?:#(?P<feedback>.*?(?<!\\)(?=[~}]|$)))?(?:~|$)",
    re.DOTALL,
)
FIELD = re.compile(rf"\{{(?P<weight>[0-9]*):(?P<kind>{KINDS}):(?P<answers>(?:\\.|[^}}])*)\}}", re.DOTALL)


@dataclass(frozen=True)
class Alternative:
    """An answer with its fraction, from 0 to 1."""

    text: str
    fraction: float
    feedback: str


@dataclass(frozen=True)
class Field:
    """A part of a question with embedded answers."""

    kind: str
    weight: int
    alternatives: tuple[Alternative, ...]

    def fraction(self, typed):
        """What is typed, or the text of what is picked -> the fraction that it earns."""
        found = self.matching(typed)
        return 0.0 if found is None else found.fraction

    def matching(self, typed):
        if typed == "":
            return None
        tests = {"NUMERICAL": numerical, "SHORTANSWER": short, "MULTICHOICE_V": str.__eq__}
        return next((one for one in self.alternatives if tests[self.kind](one.text, typed)), None)


def numerical(answer, typed):
    number = re.match(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", typed)  # what stands behind is a unit
    if number is None or "," in typed:
        return False
    value, _, tolerance = answer.partition(":")
    middle, around = float(value), float(tolerance or 0)
    around += EPSILON * max(around, abs(middle), EPSILON)
    return middle - around <= float(number[1]) <= middle + around


def short(answer, typed):
    pattern = translate(answer.replace("[", "[[]").replace("?", "[?]"))
    return re.fullmatch(pattern, typed.strip(), re.IGNORECASE) is not None


def several(fractions, picked):
    """A multiple choice of which several may be picked."""
    return min(1.0, max(0.0, sum(fractions[one] for one in picked) / 100))


def plain(text):
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


def fields_of(text):
    """The fields in a text, in its order."""
    found = []
    for field in FIELD.finditer(text):
        alternatives = []
        for one in ALTERNATIVE.finditer(field["answers"]):
            percent = 100.0 if one["right"] else float(one["percent"] or 0)
            assert percent in FRACTIONS, one[0]
            if field["kind"] == "NUMERICAL":
                assert re.fullmatch(f"{NUMBER}:{NUMBER}", one["answer"]), one[0]
            alternatives.append(Alternative(plain(one["answer"]), percent / 100, plain(one["feedback"] or "")))
        found.append(Field(field["kind"], int(field["weight"] or 1), tuple(alternatives)))
    return found


@dataclass(frozen=True)
class MoodleQuestion:
    """A question as Moodle holds it."""

    type: str
    name: str
    text: str
    idnumber: str
    category: str
    fields: tuple[Field, ...]
    files: dict[str, bytes]

    def share(self, typed):
        """The share of the marks that these answers earn, one for each field."""
        weights = [field.weight for field in self.fields]
        earned = [field.fraction(one) * field.weight for field, one in zip(self.fields, typed, strict=True)]
        return sum(earned) / sum(weights)


def read_moodle(content):
    """The questions of a file in Moodle XML."""
    found, category = [], ""
    for element in fromstring(content):
        if element.get("type") == "category":
            category = element.findtext("category/text")
            continue
        text = element.findtext("questiontext/text")
        if element.get("type") == "multichoice":
            assert element.findtext("single") == "true"
            alternatives = []
            for answer in element.findall("answer"):
                assert float(answer.get("fraction")) in FRACTIONS
                alternatives.append(
                    Alternative(html.unescape(answer.findtext("text")), float(answer.get("fraction")) / 100, "")
                )
            fields = (Field("MULTICHOICE_V", 1, tuple(alternatives)),)
        else:
            assert element.get("type") == "cloze"
            fields = tuple(fields_of(text))
        files = {file.get("name"): base64.b64decode(file.text) for file in element.findall("questiontext/file")}
        found.append(
            MoodleQuestion(
                element.get("type"),
                element.findtext("name/text"),
                text,
                element.findtext("idnumber"),
                category,
                fields,
                files,
            )
        )
    return found
