"""How a Moodle lets tools in: the token of a client that signs, and what it may be used for."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from moodle_answers import HTML, answer, page

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
LINE_ITEM, LINE_ITEM_READ = f"{AGS}/lineitem", f"{AGS}/lineitem.readonly"
SCORE, RESULT_READ = f"{AGS}/score", f"{AGS}/result.readonly"
MEMBERS_READ = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = (LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE, MEMBERS_READ)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXPIRES_IN = 3600


class Refused(Exception):
    """The word by which a Moodle refuses."""


class NoKeys(Exception):
    """The tool's keys could not be had: a Moodle shows a page then."""


def refuse(word):
    """Raises Refused."""
    raise Refused(word)


@dataclass(frozen=True)
class Token:
    """What a tool may do until when."""

    tool: object
    scopes: frozenset
    expires_at: datetime


def give(moodle, request):
    """The answer of the address of tokens: JSON under a page's content type."""
    try:
        told = _grant(moodle, request.form)
    except Refused as refused:
        body = f'{{\n  "error" : {json.dumps(str(refused))}\n}}'
        return answer(body, HTML, "400 Bad Request")
    except NoKeys:
        return page("Error | accept", "<body><p>The URL is blocked.</p></body>", "404 Not Found")
    lines = ",\n".join(f"  {json.dumps(name)} : {json.dumps(value)}" for name, value in told.items())
    return answer(f"{{\n{lines}\n}}", HTML)


def _grant(moodle, form):
    if not all(form.get(name) for name in ("client_assertion", "client_assertion_type", "grant_type", "scope")):
        refuse("invalid_request")
    if form["client_assertion_type"] != ASSERTION_TYPE:
        refuse("unsupported_grant_type")
    if form["grant_type"] != "client_credentials":
        refuse("unsupported_grant_type")
    tool = _signer(moodle, form["client_assertion"])
    wanted = form["scope"].split()
    given = [scope for scope in wanted if scope in moodle.allowed_scopes]
    if not given:
        refuse("invalid_scope")
    token = secrets.token_hex(16)
    until = moodle.clock() + timedelta(seconds=EXPIRES_IN)
    moodle.tokens[token] = Token(tool, frozenset(given), until)
    return {"access_token": token, "token_type": "Bearer", "expires_in": EXPIRES_IN, "scope": " ".join(given)}


def _signer(moodle, assertion):
    """Whose assertion it is; its audience and its id are not looked at, but kept in `assertions`."""
    try:
        client = json.loads(jws.extract_compact(assertion.encode()).payload)["sub"]
    except (JoseError, ValueError, KeyError, TypeError):
        refuse("invalid_request")
    tool = next((tool for tool in moodle.tools if tool.client_id == client), None)
    if tool is None:
        refuse("invalid_client")
    claims = verified(moodle, tool, assertion)
    moodle.assertions.append(claims)
    return tool


def verified(moodle, tool, token):
    """The claims of what a tool has signed; raises Refused in the words of a Moodle, which has no patience at all."""
    header = jws.extract_compact(token.encode()).headers()
    if header.get("alg") != "RS256":
        refuse("Algorithm not supported")
    key = _key(moodle, tool, header.get("kid"))
    try:
        claims = json.loads(jws.deserialize_compact(token, key, algorithms=["RS256"]).payload)
    except JoseError:
        refuse("Signature verification failed")
    now = moodle.clock().timestamp()
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > now:
            told = datetime.fromtimestamp(claims[name], UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
            refuse(f"Cannot handle token with {name} prior to {told}")
    if "exp" in claims and now >= claims["exp"]:
        refuse("Expired token")
    return claims


def _key(moodle, tool, kid):
    """The key of that name, of those that were fetched; they are fetched again for a name that is not there."""
    known = _find(tool.keys, kid)
    if known is None and tool.jwks_url:
        try:
            tool.keys = KeySet.import_key_set(moodle.fetch(tool.jwks_url))
        except httpx.HTTPError:
            raise NoKeys from None
        known = _find(tool.keys, kid)
    if known is None:
        refuse('"kid" invalid, unable to lookup correct key')
    return known


def _find(keys, kid):
    return next((key for key in keys.keys if key.kid == kid), None) if keys else None


def bearer(moodle, request, *scopes):
    """The tool whose token came, where the token is good for one of these scopes; None otherwise."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    token = moodle.tokens.get(text)
    if kind != "Bearer" or token is None or moodle.clock() >= token.expires_at:
        return None
    return token.tool if token.scopes.intersection(scopes) else None
