"""How QTI says that answers are marked: the processing of its versions 1.2 and 3.0, independent of what writes it."""

from __future__ import annotations

import html
import io
import operator
import zipfile
from dataclasses import dataclass

from defusedxml.ElementTree import fromstring

CARTRIDGE = {
    "cp": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1",
    "qti": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2",
}
PACKAGE = {
    "cp": "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "qti": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
QTI3 = f"{{{PACKAGE['qti']}}}"


def opened(content):
    """Path -> bytes of a package."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def parsed(content):
    """The package's files, those that are XML as trees."""
    return {path: fromstring(text) for path, text in opened(content).items()}


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Judged12:
    """An item of QTI 1.2."""

    id: str
    title: str
    text: str
    fields: dict[str, str]
    labels: dict[str, str]
    conditions: tuple

    def score(self, typed, *, strict=True):
        """The percentage, and the feedback: by the words of QTI, or as programs that read only texts do it."""
        for condition, percent, feedback in self.conditions:
            tests = list(condition)
            alternatives = len(tests) > 1  # what is listed side by side are ways to write one answer
            hits = [self._holds(test, typed, strict=strict) for test in tests]
            if any(hits) if alternatives else all(hits):
                return percent, feedback
        return 0.0, None

    def _holds(self, test, typed, *, strict):
        kind = test.tag.rpartition("}")[2]
        if kind == "and":
            return strict and all(self._holds(one, typed, strict=strict) for one in test)
        if kind == "varequal":
            return typed.strip().casefold() == test.text.casefold()
        bound, value = float(test.text), number(typed)
        return value is not None and {"vargte": value >= bound, "varlte": value <= bound}[kind]


def read_cartridge(content):
    """Quiz title -> its items."""
    files = parsed(content)
    manifest = files["imsmanifest.xml"]
    quizzes = {}
    for resource in manifest.findall("cp:resources/cp:resource", CARTRIDGE):
        assert resource.get("type") == "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
        (path,) = (file.get("href") for file in resource.findall("cp:file", CARTRIDGE))
        assessment = files[path].find("qti:assessment", CARTRIDGE)
        quizzes[assessment.get("title")] = [
            _item12(item) for item in assessment.findall("qti:section/qti:item", CARTRIDGE)
        ]
    return quizzes


def _item12(item):
    def find(path):
        return item.findall(path, CARTRIDGE)

    fields = {
        field.findtext("qti:fieldlabel", None, CARTRIDGE): field.findtext("qti:fieldentry", None, CARTRIDGE)
        for field in find("qti:itemmetadata/qti:qtimetadata/qti:qtimetadatafield")
    }
    labels = {
        html.unescape(label.findtext("qti:material/qti:mattext", None, CARTRIDGE)): label.get("ident")
        for label in find("qti:presentation/qti:response_lid/qti:render_choice/qti:response_label")
    }
    told = {
        one.get("ident"): one.findtext("qti:flow_mat/qti:material/qti:mattext", None, CARTRIDGE)
        for one in find("qti:itemfeedback")
    }
    conditions = []
    for one in find("qti:resprocessing/qti:respcondition"):
        linked = one.find("qti:displayfeedback", CARTRIDGE)
        conditions.append(
            (
                one.find("qti:conditionvar", CARTRIDGE),
                float(one.findtext("qti:setvar", None, CARTRIDGE)),
                None if linked is None else told[linked.get("linkrefid")],
            )
        )
    text = item.findtext("qti:presentation/qti:material/qti:mattext", None, CARTRIDGE)
    return Judged12(item.get("ident"), item.get("title"), text, fields, labels, tuple(conditions))


@dataclass(frozen=True)
class Judged3:
    """An item of QTI 3.0: its tree, and what its processing makes of answers."""

    tree: object

    @property
    def responses(self):
        return {one.get("identifier"): one for one in self.tree.findall("qti:qti-response-declaration", PACKAGE)}

    def outcomes(self, answers):
        """Response -> a number, an identifier or a set of them; None where nothing is answered."""
        values = {
            one.get("identifier"): self._value(one, one.find("qti:qti-default-value/qti:qti-value", PACKAGE))
            for one in self.tree.findall("qti:qti-outcome-declaration", PACKAGE)
        }
        for condition in self.tree.find("qti:qti-response-processing", PACKAGE):
            for branch in condition:
                test, *actions = branch
                if self._expression(test, answers, values):
                    for action in actions:
                        values[action.get("identifier")] = self._expression(action[0], answers, values)
                    break
        return values

    @staticmethod
    def _value(declaration, element):
        if element is None:
            return None
        return float(element.text) if declaration.get("base-type") == "float" else element.text

    def _expression(self, element, answers, values):
        kind, name = element.tag.removeprefix(f"{QTI3}qti-"), element.get("identifier")
        if kind in ("variable", "base-value", "correct"):
            return self._read(kind, element, name, answers | values)
        parts = [self._expression(one, answers, values) for one in element]
        if kind == "and":
            return all(parts)
        if None in parts:
            return None
        return {"gte": operator.ge, "lte": operator.le, "match": operator.eq, "sum": operator.add}[kind](*parts)

    def _read(self, kind, element, name, known):
        if kind == "variable":
            return known[name]
        if kind == "base-value":
            return self._value(element, element)
        declared = self.responses[name]
        right = [one.text for one in declared.findall("qti:qti-correct-response/qti:qti-value", PACKAGE)]
        return right[0] if declared.get("cardinality") == "single" else frozenset(right)


def read_package(content):
    """Item identifier -> its item, with the files of the package."""
    files = opened(content)
    manifest = fromstring(files["imsmanifest.xml"])
    items = {
        resource.get("identifier"): Judged3(fromstring(files[resource.get("href")]))
        for resource in manifest.findall("cp:resources/cp:resource", PACKAGE)
        if resource.get("type") == "imsqti_item_xmlv3p0"
    }
    return items, files
