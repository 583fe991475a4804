"""What this service says of itself to a learning platform that is to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizsvc.store.lti_vocabulary import (
    DEEP_LINKING_REQUEST,
    LINE_ITEM,
    MEMBERS,
    RESOURCE_LINK_REQUEST,
    RESULT,
    SCORE,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from quizsvc.services.lms.our_addresses import OurAddresses

TITLE = "Gradient Flow Quiz"
DESCRIPTION = "Quizzes on how gradients flow through networks, worked by hand and judged step by step."
SCOPES = (LINE_ITEM, RESULT, SCORE, MEMBERS)
"""The least that is needed: to make a column in the gradebook, to fill it, to compare it, and to know who is there."""

CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
PLACEMENTS = ("ContentArea", "assignment_selection", "link_selection")
"""Where platforms let instructors choose: Moodle and the specification call it ContentArea, Canvas has two places."""

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_CANVAS = "https://canvas.instructure.com/lti"


def registration_request(
    ours: OurAddresses, *, scopes: Collection[str], placements: Collection[str], canvas: bool = False
) -> dict[str, Any]:
    """What a platform is asked to register (LTI Dynamic Registration 1.0), of the scopes and placements that it has."""
    message: dict[str, Any] = {"type": DEEP_LINKING_REQUEST, "target_link_uri": ours.deep_link, "label": TITLE}
    if placed := [placement for placement in PLACEMENTS if placement in placements]:
        message["placements"] = placed
    tool = {
        "domain": ours.domain,
        "description": DESCRIPTION,
        "target_link_uri": ours.launch,
        "claims": list(CLAIMS),
        "messages": [{"type": RESOURCE_LINK_REQUEST, "target_link_uri": ours.launch}, message],
    }
    if canvas:
        tool |= {f"{_CANVAS}/privacy_level": "public", "messages": [message]}
    return {
        "application_type": "web",
        "client_name": TITLE,
        "client_uri": ours.base,
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": [ours.launch, ours.deep_link],
        "initiate_login_uri": ours.login,
        "jwks_uri": ours.jwks,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scope for scope in SCOPES if scope in scopes),
        TOOL: tool,
    }


def canvas_developer_key(ours: OurAddresses) -> dict[str, Any]:
    """What is pasted into Canvas for an LTI developer key."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": ours.login,
        "target_link_uri": ours.launch,
        "public_jwk_url": ours.jwks,
        "scopes": list(SCOPES),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": ours.domain,
                "privacy_level": "public",
                "settings": {
                    "text": TITLE,
                    "placements": [
                        {
                            "placement": placement,
                            "message_type": DEEP_LINKING_REQUEST,
                            "target_link_uri": ours.deep_link,
                            "text": TITLE,
                        }
                        for placement in PLACEMENTS[1:]
                    ],
                },
            }
        ],
        "custom_fields": {},
    }
