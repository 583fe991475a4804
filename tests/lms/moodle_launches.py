"""How a Moodle sends people to a tool, and takes back what a teacher has chosen there."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from moodle_answers import COURSE, not_found, page, recorded_claims, sending_form
from moodle_tokens import NoKeys, Refused, refuse, verified

CLAIM = "https://purl.imsglobal.org/spec/lti/claim"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
SECONDS = 60
"""How long an id_token is good."""


@dataclass(frozen=True)
class Launch:
    """What a Moodle remembers of a launch that it has begun."""

    person: object
    tool: object
    target: str
    link: object = None
    settings: dict | None = None


@dataclass(frozen=True)
class Form:
    """What a browser is to send: where to, and the fields."""

    action: str
    fields: dict


@dataclass(frozen=True)
class AuthAnswer:
    """What the address of authentication answers; without a form for the tool it is a page that refuses."""

    status: int
    form: Form | None = None


def login_form(moodle, person, link, target=None):
    return _begin(moodle, Launch(person, link.tool, target or link.url, link), cmid=link.cmid)


def deep_link_form(moodle, person, tool, settings):
    return _begin(moodle, Launch(person, tool, tool.launch_url, settings=settings), cmid=0)


def _begin(moodle, launch, *, cmid):
    number = f"ltilaunch{launch.link.id if launch.link else 0}_{secrets.randbelow(2**31)}"
    moodle.launches[number] = launch
    hint = json.dumps({"cmid": cmid, "launchid": number}, separators=(",", ":"))
    fields = {
        "iss": moodle.issuer,
        "target_link_uri": launch.target,
        "login_hint": launch.person.sub,
        "lti_message_hint": hint,
        "client_id": launch.tool.client_id,
        "lti_deployment_id": launch.tool.deployment_id,
    }
    return Form(launch.tool.login_url, fields)


def authenticate(moodle, params):
    """The order of the looks is a Moodle's: what it trusts decides whether the tool is told of a refusal."""
    needed = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")
    launch = _remembered(moodle, params)
    if launch is None or not all(params.get(name) for name in needed):
        return AuthAnswer(404)
    if params["scope"] != "openid" or params["response_type"] != "id_token":
        return AuthAnswer(404)
    if params["redirect_uri"] not in launch.tool.redirect_urls:
        return AuthAnswer(404)
    error = _error(params, launch)
    state = {"state": params["state"]} if params.get("state") else {}
    if error:
        return AuthAnswer(200, Form(params["redirect_uri"], {"error": error, **state}))
    token = sign(moodle, claims_of(moodle, launch, params["nonce"]))
    return AuthAnswer(200, Form(params["redirect_uri"], {**state, "id_token": token}))


def _remembered(moodle, params):
    try:
        return moodle.launches.get(json.loads(params["lti_message_hint"])["launchid"])
    except (KeyError, TypeError, ValueError):
        return None


def _error(params, launch):
    if params["client_id"] != launch.tool.client_id:
        return "unauthorized_client"
    if params["login_hint"] != launch.person.sub:
        return "access_denied"
    if params.get("response_mode") != "form_post" or params.get("prompt", "none") != "none":
        return "invalid_request"
    return None


def claims_of(moodle, launch, nonce):
    """The recorded claims of a launch, with those of this one in their places."""
    person, tool, link = launch.person, launch.tool, launch.link
    claims = recorded_claims(moodle.version, "student5: auth response form", moodle.issuer)
    now = int(moodle.clock().timestamp())
    claims |= {"nonce": nonce, "iat": now, "exp": now + SECONDS, "aud": tool.client_id, "sub": person.sub}
    claims |= {"given_name": person.given_name, "family_name": person.family_name, "name": person.name}
    claims |= {"email": person.email, f"{CLAIM}/deployment_id": tool.deployment_id}
    claims[f"{CLAIM}/target_link_uri"] = launch.target
    claims[f"{CLAIM}/roles"] = [f"http://purl.imsglobal.org/vocab/lis/v2/membership#{person.role}"]
    claims[f"{CLAIM}/ext"]["user_username"] = person.username
    memberships = moodle.memberships_url(tool)
    claims[NAMES]["context_memberships_url"] = memberships
    claims[AGS]["scope"] = [scope for scope in claims[AGS]["scope"] if scope in moodle.allowed_scopes]
    claims[AGS]["lineitems"] = moodle.line_items_url_for(tool)
    claims[f"{CLAIM}/custom"] = _custom(moodle, tool, link)
    if link is None:
        return _deep_linking(moodle, claims, launch)
    claims[f"{CLAIM}/resource_link"] = {"title": link.title, "description": link.description, "id": link.id}
    claims[OUTCOME] = basic_outcome(moodle, person, link)
    bound = [item for item in moodle.line_items if item.link_id == link.id]
    if len(bound) == 1:  # of several, none is the link's own
        claims[AGS]["lineitem"] = moodle.line_item_url(bound[0])
    return claims


def _custom(moodle, tool, link):
    services = f"{moodle.issuer}/mod/lti/services.php"
    return {
        **(link.custom if link else {}),
        "context_memberships_url": moodle.memberships_url(tool),
        "system_setting_url": f"{services}/tool/{tool.type_id}/custom",
        "context_setting_url": f"{services}/CourseSection/{COURSE}/bindings/tool/{tool.type_id}/custom",
        "link_setting_url": f"{services}/links/{{link_id}}/custom",
    }


def basic_outcome(moodle, person, link):
    """The claim of the older service, of which this platform knows no more."""
    launch = {"instanceid": link.id, "userid": person.sub, "typeid": link.tool.type_id, "launchid": int(link.id)}
    data = json.dumps(launch, separators=(",", ":"))
    told = {"data": launch, "hash": hashlib.sha256(data.encode()).hexdigest()}
    return {
        "lis_result_sourcedid": json.dumps(told, separators=(",", ":")),
        "lis_outcome_service_url": f"{moodle.issuer}/mod/lti/service.php",
    }


def _deep_linking(moodle, claims, launch):
    del claims[f"{CLAIM}/resource_link"], claims[OUTCOME]
    claims[f"{CLAIM}/message_type"] = "LtiDeepLinkingRequest"
    session = secrets.token_hex(5)
    back = f"{moodle.issuer}/mod/lti/contentitem_return.php?course={COURSE}&id={launch.tool.type_id}&sesskey={session}"
    asked = {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": back,
        "title": "",
        "text": "",
    }
    claims[f"{DEEP_LINKING}/deep_linking_settings"] = asked | launch.settings
    moodle.deep_link_sessions[session] = launch
    return claims


def sign(moodle, claims, **header):
    key = moodle.keys[0]
    return jwt.encode({"typ": "JWT", "alg": "RS256", "kid": key.kid, **header}, claims, key)


def take_deep_links(moodle, request):
    """Keep what a teacher has chosen: activities are made of it, with their columns."""
    launch = moodle.deep_link_sessions.pop(request.args.get("sesskey"), None)
    try:
        items = _chosen(moodle, launch, request)
    except Refused as refused:
        moodle.deep_link_refusals.append(str(refused))
        return page("Error | accept", f"<body><p>{refused}</p></body>", "400 Bad Request")
    links = [_make_link(moodle, launch.tool, item) for item in items]
    moodle.deep_links.append(items)
    names = ", ".join(link.title for link in links)
    return page("Course: Acceptance 1", f"<body><h1>Acceptance 1</h1><p id=added>{len(links)}: {names}</p></body>")


def _chosen(moodle, launch, request):
    """The items of an answer; it has to obey all that the specification says, not only what a Moodle looks at."""
    if launch is None or request.method != "POST" or "JWT" not in request.form:
        refuse("no answer was waited for")
    try:
        claims = verified(moodle, launch.tool, request.form["JWT"])
    except (NoKeys, JoseError) as error:
        refuse(str(error) or "no keys")
    now = moodle.clock().timestamp()
    expected = {
        "iss": launch.tool.client_id,
        "aud": moodle.issuer,
        f"{CLAIM}/deployment_id": launch.tool.deployment_id,
        f"{CLAIM}/message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}/version": "1.3.0",
        f"{DEEP_LINKING}/data": launch.settings.get("data"),
    }
    for name, value in expected.items():
        told = claims.get(name)
        if (told[0] if isinstance(told, list) and len(told) == 1 else told) != value:
            refuse(f"{name} is {told!r}, expected {value!r}")
    if not claims.get("nonce") or claims["nonce"] in moodle.nonces:
        refuse("the nonce is missing, or was used before")
    moodle.nonces.add(claims["nonce"])
    if not now - 300 <= claims.get("iat", 0) <= now or not now < claims.get("exp", 0) <= claims["iat"] + 300:
        refuse("iat or exp is not as it should be")
    items = claims.get(f"{DEEP_LINKING}/content_items", [])
    if len(items) > 1 and not launch.settings.get("accept_multiple", True):
        refuse("one item was asked for")
    return items


def _make_link(moodle, tool, item):
    if item["type"] != "ltiResourceLink":
        raise ValueError(item)
    link = moodle.add_link(item["title"], tool=tool, url=item.get("url"), custom=item.get("custom"), graded=False)
    link.description = item.get("text", "")
    if column := item.get("lineItem"):
        moodle.add_line_item(
            column.get("label", link.title),
            column["scoreMaximum"],
            tool=tool,
            link_id=link.id,
            resource_id=column.get("resourceId", ""),
            tag=column.get("tag", ""),
            coupled=True,
        )
    return link


# Pages for a browser


def auth_page(moodle, request):
    """The page that sends a browser on to the tool."""
    found = authenticate(moodle, request.values.to_dict())
    if found.form is None:
        return not_found()
    return sending_form(found.form.action, found.form.fields, name="ltiAuthForm")


def launch_page(moodle, request):
    """The page that begins a launch: of an activity by `id`, or of a choice without one; `user` is who looks."""
    user = request.args["user"]
    if "id" not in request.args:
        form = moodle.deep_link_form(user)
    else:
        link = next(link for link in moodle.links if link.cmid == int(request.args["id"]))
        form = moodle.login_form(user, link)
    return sending_form(form.action, form.fields)


def view_page(request):
    """The activity's page, with the tool in a frame of it."""
    query = request.query_string.decode("latin-1").replace("&", "&amp;")
    frame = f'<iframe id="contentframe" src="/mod/lti/launch.php?{query}" width="100%" height="800"></iframe>'
    return page("Quiz via LTI", f"<body><h1>Quiz via LTI</h1>{frame}</body>")
