"""How a tool registers itself with a Moodle: once, for an invitation of an administrator."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from moodle_answers import answer

CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
VALID = timedelta(hours=1)


class Refused(Exception):
    """A status and the word by which a Moodle refuses."""

    def __init__(self, status, word):
        super().__init__(word)
        self.status = status


@dataclass
class Invitation:
    """Good for one tool, for an hour."""

    expires_at: datetime
    used: bool = False


def invite(moodle):
    """The query with which a tool's page of registration is opened."""
    token = secrets.token_urlsafe(32)
    moodle.invitations[token] = Invitation(moodle.clock() + VALID)
    return {"openid_configuration": moodle.configuration_url, "registration_token": token}


def register(moodle, request):
    """Take a tool's words about itself, and answer them with its client id and deployment."""
    try:
        _admit(moodle, request)
        told = json.loads(request.get_data())
        tool = _tool(moodle, told)
    except Refused as refused:
        return answer(json.dumps({"error": str(refused)}), status=f"{refused.status} Refused")
    moodle.registrations.append(told)
    said = told | {"client_id": tool.client_id}
    said[CONFIGURATION] = told[CONFIGURATION] | {"version": "1.3.0", "deployment_id": tool.deployment_id}
    return answer(json.dumps(said))


def _admit(moodle, request):
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    invitation = moodle.invitations.get(token)
    if request.method != "POST" or kind != "Bearer" or invitation is None:
        raise Refused(401, "missing_registration_token")
    if invitation.used:
        raise Refused(401, "invalid_registration_token")
    if moodle.clock() >= invitation.expires_at:
        raise Refused(401, "expired_registration_token")
    invitation.used = True


def _tool(moodle, told):
    """The looks of a Moodle: everything lies in one domain, and the tool signs."""
    needed = ("response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri")
    for name in (*needed, "token_endpoint_auth_method", CONFIGURATION):
        if not told.get(name):
            raise Refused(400, f"missing_{name}")
    configuration = told[CONFIGURATION]
    domain = configuration.get("domain")
    if not domain:
        raise Refused(400, "missing_domain")
    target = configuration.get("target_link_uri") or f"https://{domain}"
    if "id_token" not in told["response_types"]:
        raise Refused(400, "invalid_response_types")
    if told["token_endpoint_auth_method"] != "private_key_jwt":
        raise Refused(400, "invalid_token_endpoint_auth_method")
    addresses = {
        "target_link_uri": target,
        "jwks_uri": told["jwks_uri"],
        "initiate_login_uri": told["initiate_login_uri"],
    }
    addresses |= {f"redirect_uris[{i}]": url for i, url in enumerate(told["redirect_uris"])}
    for name, url in addresses.items():
        if _domain(url) != _domain(domain):
            raise Refused(400, f"{name}_domain_mismatch")
    tool = moodle.add_tool(
        told["initiate_login_uri"], target, jwks_url=told["jwks_uri"], redirect_urls=tuple(told["redirect_uris"])
    )
    tool.name = told["client_name"]
    moodle.allowed_scopes = set(told.get("scope", "").split()) & moodle.allowed_scopes
    return tool


def _domain(url):
    return re.match(r"(?:https?://)?(?:www\.)?([^/]+)", url, re.IGNORECASE)[1]
