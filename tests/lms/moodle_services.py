"""A Moodle's services for tools: columns of the gradebook, scores, results, and who is in the course."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from urllib.parse import urlencode

from moodle_answers import COURSE, answer, php_json, refusal
from moodle_launches import basic_outcome
from moodle_tokens import LINE_ITEM, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE, bearer

PATH = "/mod/lti/services.php"
VND = "application/vnd.ims"
ITEM, ITEMS = f"{VND}.lis.v2.lineitem+json", f"{VND}.lis.v2.lineitemcontainer+json"
SCORES, RESULTS = f"{VND}.lis.v1.score+json", f"{VND}.lis.v2.resultcontainer+json"
MEMBERS = f"{VND}.lti-nrps.v2.membershipcontainer+json"
FIVE_DECIMALS = Decimal("0.00001")


class Refused(Exception):
    """A status and its reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


def serve(moodle, request):
    """Find what was asked for by path, method and media type, as a Moodle does, and answer."""
    path = request.path.removeprefix(PATH)
    reading = request.method in ("GET", "DELETE")
    told = request.headers.get("Accept" if reading else "Content-Type", "")
    for pattern, methods in RESOURCES:
        found = re.fullmatch(pattern, path)
        handler = found and methods.get(request.method)
        if not handler:
            continue
        function, media_type = handler
        if told == media_type or (reading and (not told or "*/*" in told)) or request.method == "DELETE":
            try:
                return function(moodle, request, *found.groups())
            except Refused as refused:
                return refusal(moodle, request, refused.status, refused.reason)
    accept, content = (told, "") if reading else ("", told)
    return refusal(moodle, request, 400, f"No handler found for {path} {accept} {content}")


def _tool(moodle, request, *scopes):
    tool = bearer(moodle, request, *scopes)
    if tool is None:
        raise Refused(401, "Unauthorized")
    return tool


def _item(moodle, number):
    item = next((item for item in moodle.line_items if item.id == int(number)), None)
    if item is None:
        raise Refused(404, f"Not Found: Grade item {number} doesn't exist")
    return item


# Columns


def _list_items(moodle, request):
    tool = _tool(moodle, request, LINE_ITEM, LINE_ITEM_READ)
    wanted = {"resource_id": "resource_id", "tag": "tag", "resource_link_id": "link_id"}
    asked = {attribute: request.args[name] for name, attribute in wanted.items() if request.args.get(name)}
    found = [
        item
        for item in moodle.line_items
        if item.tool is tool and all(getattr(item, name) == value for name, value in asked.items())
    ]
    limit, start = _window(moodle, request)
    shown = found[start : start + limit] if limit else found
    body = php_json([_described(moodle, item) for item in shown])
    headers = {"Link": _crooked_links(request, limit, start, len(found))} if limit else {}
    return answer(body, f"{ITEMS}; charset=utf-8", **headers)


def _window(moodle, request):
    """How many are shown, and from which on; None for all."""
    asked = request.args.get("limit", type=int)
    bounds = [bound for bound in (asked, moodle.largest_page) if bound]
    return min(bounds, default=None), request.args.get("from", 0, type=int)


def _crooked_links(request, limit, start, total):
    """The header of pages as a Moodle writes it: escaped as in HTML, with curly quotes."""
    starts = {"first": 0, "canonical": start}
    if start + limit < total:
        starts["next"] = start + limit
    if start > 0:
        starts["prev"] = max(start - limit, 0)
    starts["last"] = max(total - limit + 1, 0)
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("limit", "from")]
    links = [
        f"<{request.base_url}?{escape(urlencode([*kept, ('limit', limit), ('from', first)]))}>; rel=“{name}”"
        for name, first in starts.items()
    ]
    return ", ".join(links).encode().decode("latin-1")


def _described(moodle, item):
    told = {
        "id": moodle.line_item_url(item),
        "label": item.label,
        "scoreMaximum": item.maximum,
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    return told | ({"resourceLinkId": item.link_id, "ltiLinkId": item.link_id} if item.link_id else {})


def _read_item(request):
    told = json.loads(request.get_data() or b"null")
    if not isinstance(told, dict) or not told.get("label") or not _is_number(told.get("scoreMaximum")):
        raise Refused(400, "No label or Score Maximum")
    return told


def _create_item(moodle, request):
    tool = _tool(moodle, request, LINE_ITEM)
    told = _read_item(request)
    link_id = told.get("resourceLinkId")
    if link_id and link_id not in [link.id for link in moodle.links if link.tool is tool]:
        raise Refused(403, "Forbidden")
    item = moodle.add_line_item(
        told["label"],
        told["scoreMaximum"],
        tool=tool,
        link_id=link_id,
        resource_id=told.get("resourceId", ""),
        tag=told.get("tag", ""),
    )
    body = php_json(told | {"id": moodle.line_item_url(item)}, slashes=False)
    return answer(body, f"{ITEM}; charset=utf-8", "201 Created")


def _get_item(moodle, request, number):
    _tool(moodle, request, LINE_ITEM, LINE_ITEM_READ)
    item = _item(moodle, number)
    return answer(php_json(_described(moodle, item)), f"{ITEM}; charset=utf-8")


def _put_item(moodle, request, number):
    _tool(moodle, request, LINE_ITEM)
    item = _item(moodle, number)
    told = _read_item(request)
    item.label, item.maximum = told["label"], told["scoreMaximum"]
    item.resource_id, item.tag = told.get("resourceId", ""), told.get("tag", "")
    body = php_json(told | {"id": moodle.line_item_url(item)}, slashes=False)
    return answer(body, f"{ITEM}; charset=utf-8")


def _delete_item(moodle, request, number):
    _tool(moodle, request, LINE_ITEM)
    item = _item(moodle, number)
    moodle.line_items.remove(item)
    return answer("", "text/html; charset=utf-8", "204 OK")


# Scores and results


def _take_score(moodle, request, number):
    _tool(moodle, request, SCORE)
    item = _item(moodle, number)
    text = request.get_data().decode()
    score = _read_score(moodle, text)
    if score is None:
        return answer("[]", f"{SCORES}; charset=utf-8", f"400 Incorrect score received{' '.join(text.split())}")
    stamp, user = score["stamp"], score["userId"]
    before = moodle.gradebook.get((item.id, user))
    if before and stamp <= before["timestamp"]:
        reason = f"409 Refusing score with an earlier timestamp for item {item.id} and user {user}"
        return answer("[]", f"{SCORES}; charset=utf-8", reason)
    if item.coupled and moodle.version == "4.3":
        stamp = moodle.clock().replace(microsecond=0)
    raw = _scaled(score, item) if score["gradingProgress"] == "FullyGraded" else None
    final = None if raw is None else min(max(raw, 0.0), float(item.maximum))
    moodle.gradebook[item.id, user] = {"raw": raw, "final": final, "timestamp": stamp}
    moodle.comments[item.id, user] = score.get("comment")
    return answer("", f"{SCORES}; charset=utf-8")


def _read_score(moodle, text):
    """The score with its whole second as `stamp`, or None where a Moodle calls it incorrect."""
    try:
        score = json.loads(text)
        stamp = datetime.fromisoformat(score["timestamp"])
        person = moodle.person(score["userId"])
        progress = score["gradingProgress"] and score["activityProgress"]
    except (ValueError, KeyError, TypeError):
        return None
    if person is None or not person.enrolled or person.role != "Learner" or not progress:
        return None
    if "scoreGiven" in score and not (_is_number(score["scoreGiven"]) and _is_number(score.get("scoreMaximum"))):
        return None
    zoned = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    return score | {"stamp": zoned.replace(microsecond=0)}


def _is_number(value):
    """As PHP sees it: a number, or a text that is one."""
    return not isinstance(value, bool) and re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", str(value)) is not None


def _scaled(score, item):
    """Rounded to five decimals before it is scaled, and after."""
    if "scoreGiven" not in score:
        return None
    given = Decimal(str(score["scoreGiven"])).quantize(FIVE_DECIMALS, ROUND_HALF_UP)
    scaled = given * Decimal(str(item.maximum)) / Decimal(str(score["scoreMaximum"]))
    return float(scaled.quantize(FIVE_DECIMALS, ROUND_HALF_UP))


def _results(moodle, request, number):
    _tool(moodle, request, RESULT_READ)
    item = _item(moodle, number)
    address = moodle.line_item_url(item)
    of_whom = request.args.get("user_id")
    told = [
        {
            "id": f"{address.replace('/lineitem?', '/lineitem/results?')}&user_id={user}",
            "userId": user,
            "resultScore": grade["final"],
            "resultMaximum": item.maximum,
            "scoreOf": address,
            "timestamp": grade["timestamp"].astimezone(UTC).isoformat(timespec="seconds"),
        }
        for (column, user), grade in moodle.gradebook.items()
        if column == item.id and grade["final"] is not None and of_whom in (None, user)
    ]
    body = php_json(told, digits=17 if moodle.version == "4.3" else None)
    return answer(body, f"{RESULTS}; charset=utf-8")


# Who is in the course


def _members(moodle, request, type_id):
    tool = _tool(moodle, request, MEMBERS_READ)
    if tool.type_id != type_id:
        raise Refused(401, "Unauthorized")
    everybody = sorted(
        (person for person in moodle.users.values() if person.enrolled),
        key=lambda person: (person.family_name, person.given_name),
    )
    limit, start = _window(moodle, request)
    shown = everybody[start : start + limit] if limit else everybody
    link_id = request.args.get("rlid")
    link = next((link for link in moodle.links if link.id == link_id), None)
    address = moodle.memberships_url(tool)
    body = {
        "id": address,
        "context": {"id": COURSE, "label": "ACC1", "title": "Acceptance 1"},
        "members": [_member(moodle, person, link) for person in shown],
    }
    headers = {}
    if limit and len(shown) == limit:  # a full page has a next one, even where nobody is on it
        query = {"limit": limit, "from": start + limit} | ({"rlid": link_id} if link_id else {})
        headers["Link"] = f'<{address}?{urlencode(query)}>; rel="next"'
    return answer(php_json(body), f"{MEMBERS}; charset=utf-8", **headers)


def _member(moodle, person, link):
    told = {"status": person.status, "roles": [person.role]}
    if link:
        told["message"] = [
            {
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": basic_outcome(moodle, person, link),
            }
        ]
    return told | {
        "user_id": person.sub,
        "lis_person_sourcedid": "",
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "ext_user_username": person.username,
    }


RESOURCES = (
    (rf"/{COURSE}/lineitems", {"GET": (_list_items, ITEMS), "POST": (_create_item, ITEM)}),
    (
        rf"/{COURSE}/lineitems/(\d+)/lineitem",
        {"GET": (_get_item, ITEM), "PUT": (_put_item, ITEM), "DELETE": (_delete_item, "")},
    ),
    (rf"/{COURSE}/lineitems/(\d+)/lineitem/scores", {"POST": (_take_score, SCORES)}),
    (rf"/{COURSE}/lineitems/(\d+)/lineitem/results", {"GET": (_results, RESULTS)}),
    (rf"/CourseSection/{COURSE}/bindings/(\d+)/memberships", {"GET": (_members, MEMBERS)}),
)
