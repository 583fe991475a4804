"""The words of LTI 1.3 that platforms and we write to each other: claims, messages, and scopes of services."""

from __future__ import annotations

VERSION = "1.3.0"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
"""What claims begin with: those of every message, and those of Deep Linking."""

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING_SETTINGS = f"{DEEP_LINKING}deep_linking_settings"

RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"
DEEP_LINKING_RESPONSE = "LtiDeepLinkingResponse"

_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM, LINE_ITEM_READ = f"{_AGS}lineitem", f"{_AGS}lineitem.readonly"
RESULT, SCORE = f"{_AGS}result.readonly", f"{_AGS}score"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
