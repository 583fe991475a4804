"""How a Moodle writes its answers, and those of one of each version that were recorded."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path

from werkzeug.wrappers import Response

RECORDINGS = Path(__file__).parents[1] / "data" / "lms"
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
PORTS = {"4.3": 8043, "4.5": 8045}
VERSIONS = tuple(PORTS)
COURSE = "2"
"""The id of the one course."""


@cache
def recording(version):
    """All that was asked of that Moodle, by name, in order."""
    found = json.loads((RECORDINGS / f"moodle-{version}.json").read_text(encoding="utf-8"))
    return {exchange["step"]: exchange for exchange in found}


def recorded_issuer(version):
    return f"http://127.0.0.1:{PORTS[version]}"


def recorded_body(version, step, issuer):
    """A recorded answer, as that issuer would have given it."""
    return recording(version)[step]["response"]["body"].replace(recorded_issuer(version), issuer)


def recorded_claims(version, step, issuer):
    """The claims of a recorded launch, as that issuer would have made them."""
    told = json.dumps(recording(version)[step]["claims"])
    return json.loads(told.replace(recorded_issuer(version), issuer))


def php_json(value, *, slashes=True, digits=None):
    """JSON as PHP writes it: ASCII, slashes escaped unless told otherwise, floats with so many digits."""
    if isinstance(value, dict):
        pairs = (f"{php_json(str(k))}:{php_json(v, slashes=slashes, digits=digits)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(php_json(v, slashes=slashes, digits=digits) for v in value) + "]"
    if isinstance(value, float):
        return f"{value:.{digits}g}" if digits else f"{value:.15g}"
    text = json.dumps(value)
    return text.replace("/", "\\/") if slashes else text


def answer(body, content_type=JSON, status="200 OK", **headers):
    """An answer with exactly this status line and content type."""
    response = Response(body, status=status, headers=headers)
    response.headers["Content-Type"] = content_type
    return response


def refusal(moodle, request, code, reason):
    """What the services answer in place of what was asked for: the reason stands in the status line, too."""
    told = {"method": request.method, "url": _address(request), "accept": request.headers.get("Accept", "")}
    if request.headers.get("Content-Type") or moodle.version != "4.3":
        told["contentType"] = request.headers.get("Content-Type", "")
    body = json.dumps({"status": code, "reason": reason, "request": told}, indent=4)
    return answer(body, status=f"{code} {reason}")


def _address(request):
    """Path and query as they came."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def page(title, content, status="200 OK"):
    """A page for people."""
    return answer(f"<!DOCTYPE html><html><head><title>{escape(title)}</title></head>{content}</html>", HTML, status)


def not_found():
    """What a Moodle answers where it trusts nothing of what was asked."""
    return page("Error | accept", "<body><p>Invalid request</p></body>", "404 Not Found")


def sending_form(action, fields, *, name="ltiLaunchForm", target=None):
    """A page that sends a form at once, by a script, to the window of that name."""
    inputs = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
    aimed = f' target="{escape(target)}"' if target else ""
    form = f'<form action="{escape(action)}" name="{name}" id="{name}" method="post"{aimed}>{inputs}</form>'
    return page("Launch", f"<body>{form}<script>document.{name}.submit();</script></body>")
