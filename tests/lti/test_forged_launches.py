"""Launches that are forged, replayed or odd: each is let in or refused as it should be, and none breaks anything."""

from __future__ import annotations

import base64
import hmac
import json

from joserfc.jwk import RSAKey
from signing_platform import (
    CLIENT_ID,
    DEPLOYMENT,
    INSTRUCTOR,
    ISSUER,
    KEY,
    LAUNCH,
    LEARNER,
    MEMBERSHIP,
    OTHER_KEY,
    signed,
)

from quizsvc.store.lti_vocabulary import DEEP_LINKING_SETTINGS, ENDPOINT, LTI, NAMES_AND_ROLES
from quizsvc.store.models import User

MINUTE = 60
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "one"}
NAMESAKE = RSAKey.generate_key(2048, {"kid": "one"})
PUBLIC_PEM = KEY.as_pem(private=False)
PUBLIC_DER = KEY.as_der(private=False)

REFUSED_CLAIMS = {
    # The bad payloads of the certification
    "L3 wrong version": {"version": "1.2.0"},
    "L4 no version": {"version": None},
    "L5 no claims of LTI": dict.fromkeys(("version", "message_type", "deployment_id", "roles", "context")),
    "L6 no claims at all but those of OpenID": dict.fromkeys(
        ("version", "message_type", "deployment_id", "roles", "resource_link", "target_link_uri")
    ),
    "L7 times long ago": {"iat": 11111, "exp": 22222},
    "L8 no message_type": {"message_type": None},
    "L9 no roles": {"roles": None},
    "L10 no deployment_id": {"deployment_id": None},
    "L11 no resource_link": {"resource_link": None},
    "L11 no id of the resource_link": {"resource_link": {"title": "Week 1"}},
    "L12 no sub": {"sub": None},
    # Kinds
    "version as a number": {"version": 1.3},
    "version with a blank": {"version": "1.3.0 "},
    "message_type unknown": {"message_type": "LtiSubmissionReviewRequest"},
    "message_type in small letters": {"message_type": "ltiresourcelinkrequest"},
    "message_type as a list": {"message_type": ["LtiResourceLinkRequest"]},
    # From whom and for whom
    "iss of somebody else": {"iss": "https://other.example.org"},
    "iss with a slash": {"iss": f"{ISSUER}/"},
    "iss in capitals": {"iss": ISSUER.upper()},
    "iss as a list": {"iss": [ISSUER]},
    "no iss": {"iss": None},
    "aud of somebody else": {"aud": "other"},
    "aud in capitals": {"aud": CLIENT_ID.upper()},
    "aud that begins like ours": {"aud": f"{CLIENT_ID}-2"},
    "aud with a blank": {"aud": f"{CLIENT_ID} "},
    "no aud": {"aud": None},
    "aud empty": {"aud": []},
    "aud an empty text": {"aud": ""},
    "aud an object": {"aud": {"id": CLIENT_ID}},
    "aud a number": {"aud": 7},
    "aud ours in a list in a list": {"aud": [[CLIENT_ID]]},
    "aud ours and an untrusted one": {"aud": [CLIENT_ID, "untrusted"]},
    "aud an untrusted one and ours": {"aud": ["untrusted", CLIENT_ID]},
    "aud ours and no text": {"aud": [CLIENT_ID, None]},
    "azp of somebody else": {"azp": "other"},
    "azp of somebody else, aud a list with ours": {"aud": [CLIENT_ID, "other"], "azp": "other"},
    "azp ours, aud not": {"aud": ["other"], "azp": CLIENT_ID},
    "azp as a list": {"azp": [CLIENT_ID]},
    # When
    "no exp": {"exp": None},
    "no iat": {"iat": None},
    "exp as text": {"exp": "9999999999"},
    "iat as text": {"iat": "1"},
    "exp true": {"exp": True},
    "iat true": {"iat": True},
    "exp infinite": {"exp": float("inf")},
    "exp no number": {"exp": float("nan")},
    "iat no number": {"iat": float("nan")},
    "exp of a thousand digits": {"exp": 10**1000},
    "nbf as text": {"nbf": "soon"},
    "deployment in small letters": {"deployment_id": DEPLOYMENT.lower()},
    "deployment unknown": {"deployment_id": "2"},
    "deployment as a number": {"deployment_id": 1},
    "deployment empty": {"deployment_id": ""},
    "nonce made up": {"nonce": "made-up"},
    "no nonce": {"nonce": None},
    "nonce empty": {"nonce": ""},
    "nonce as a list": {"nonce": ["made-up"]},
    "nonce half a sign": {"nonce": "\ud800"},
    # Where to
    "no target_link_uri": {"target_link_uri": None},
    "target_link_uri elsewhere": {"target_link_uri": "https://evil.example.org/"},
    "target_link_uri another of ours": {"target_link_uri": LAUNCH.replace("launch", "deep-link")},
    "target_link_uri below ours": {"target_link_uri": f"{LAUNCH}/x?set=other"},
    "target_link_uri as a list": {"target_link_uri": [LAUNCH]},
    # Who and what
    "sub of 256 characters": {"sub": "s" * 256},
    "sub of 300 characters": {"sub": "s" * 300},
    "sub empty": {"sub": ""},
    "sub a number": {"sub": 8},
    "sub with a NUL": {"sub": "a\0b"},
    "sub half a sign": {"sub": "a\ud800"},
    "id of the link of 256 characters": {"resource_link": {"id": "l" * 256}},
    "id of the link of 300 characters": {"resource_link": {"id": "l" * 300}},
    "id of the link empty": {"resource_link": {"id": ""}},
    "id of the link a number": {"resource_link": {"id": 7}},
    "link as text": {"resource_link": "link-1"},
    "id of the context of 256 characters": {"context": {"id": "c" * 256}},
    "context without an id": {"context": {"title": "Deep Learning"}},
    "context as a list": {"context": ["course-7"]},
    "roles as text": {"roles": LEARNER},
    "roles as an object": {"roles": {"role": LEARNER}},
    "roles with a number": {"roles": [LEARNER, 7]},
    "roles null in a list": {"roles": [None]},
    # Services
    "lineitems no address": {ENDPOINT: {"lineitems": "javascript:alert(1)"}},
    "lineitem too long": {ENDPOINT: {"lineitem": f"{ISSUER}/{'x' * 1000}"}},
    "memberships a number": {NAMES_AND_ROLES: {"context_memberships_url": 7}},
    "deep linking without settings": {"message_type": "LtiDeepLinkingRequest", "roles": [INSTRUCTOR]},
    "deep linking with settings as text": {"message_type": "LtiDeepLinkingRequest", DEEP_LINKING_SETTINGS: "x"},
    "deep linking that returns nowhere": {"message_type": "LtiDeepLinkingRequest", DEEP_LINKING_SETTINGS: {}},
    "deep linking that returns to a script": {
        "message_type": "LtiDeepLinkingRequest",
        DEEP_LINKING_SETTINGS: {"deep_link_return_url": "javascript:alert(1)"},
    },
}

ACCEPTED_CLAIMS = {
    "L13 instructor": {"roles": [INSTRUCTOR]},
    "L14 instructor with many roles": {
        "roles": [INSTRUCTOR, "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff"]
    },
    "L15 instructor by a short name": {"roles": ["Instructor"]},
    "L16 unknown role": {"roles": ["http://unknown.example.org/Wizard"]},
    "L17 no role": {"roles": []},
    "L18 e-mail only": dict.fromkeys(("name", "given_name", "family_name")),
    "L19 names only": {"email": None},
    "L20 nothing of the person": dict.fromkeys(("name", "given_name", "family_name", "email")),
    "L21 e-mail without a context": {
        "context": None,
        **dict.fromkeys(("name", "given_name", "family_name")),
    },
    "L22 learner": {"roles": [LEARNER]},
    "L23 learner with many roles": {"roles": [LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/system/person#User"]},
    "L24 learner by a short name": {"roles": ["Learner"]},
    "L30 given name only": {"name": None, "family_name": None},
    "unknown claims": {"https://example.org/claim": {"deep": [1, 2]}, f"{LTI}unknown": "x"},
    "a variable that was not filled in": {"custom": {"set": "$ResourceLink.set", "a": "$User.id"}},
    "custom parameters as a list": {"custom": ["set"]},
    "a set that is not there": {"custom": {"set": "no-such-set"}},
    "a set that cannot be": {"custom": {"set": "a\0b"}},
    "sub of 255 characters": {"sub": "s" * 255},
    "sub with other letters": {"sub": "Zoë-✓"},
    "id of the link of 255 characters": {"resource_link": {"id": "l" * 255}},
    "id of the context of 255 characters": {"context": {"id": "c" * 255}},
    "link without a title": {"resource_link": {"id": "link-2"}},
    "titles too long": {
        "resource_link": {"id": "link-3", "title": "t" * 900},
        "context": {"id": "8", "title": "c" * 900},
    },
    "titles that cannot be printed": {"resource_link": {"id": "link-4", "title": "a\0\ud800\n<b>"}},
    "titles that are no text": {"resource_link": {"id": "link-5", "title": 7}, "context": {"id": "9", "title": []}},
    "name too long": {"name": "n" * 900},
    "name that cannot be printed": {"name": "\0\n"},
    "name that is no text": {"name": {"first": "Ada"}},
    "e-mail that is none": {"email": "nobody"},
    "e-mail too long": {"email": f"{'a' * 300}@example.org"},
    "e-mail that is no text": {"email": ["a@example.org"]},
    "aud as a list": {"aud": [CLIENT_ID]},
    "aud ours twice": {"aud": [CLIENT_ID, CLIENT_ID]},
    "aud with ours second, made for us": {"aud": ["other", CLIENT_ID], "azp": CLIENT_ID},
    "azp ours": {"azp": CLIENT_ID},
    "services that are no objects": {ENDPOINT: "x", NAMES_AND_ROLES: []},
    "scopes that are no list": {ENDPOINT: {"scope": "x", "lineitems": f"{ISSUER}/lineitems?type_id=1"}},
    "times with fractions": {"exp": 4e9 + 0.5},
    "ours in the list of a sub-role": {"roles": [f"{MEMBERSHIP}/Instructor#TeachingAssistant"]},
    "a link named only here, as Open edX does it": {"target_link_uri": f"{LAUNCH}?set=other"},
}

SHIFTED = {
    # claim, seconds from now, whether it is let in
    "iat 20 s ahead": ("iat", 20, True),
    "iat 60 s ahead": ("iat", 60, True),
    "iat 61 s ahead": ("iat", 61, False),
    "iat 5 min ahead": ("iat", 5 * MINUTE, False),
    "iat 10 min ago": ("iat", -10 * MINUTE, True),
    "iat a day ago": ("iat", -24 * 60 * MINUTE, False),
    "exp 60 s ago": ("exp", -60, True),
    "exp 61 s ago": ("exp", -61, False),
    "exp 5 min ago": ("exp", -5 * MINUTE, False),
    "nbf 60 s ahead": ("nbf", 60, True),
    "nbf 61 s ahead": ("nbf", 61, False),
    "nbf 5 min ahead": ("nbf", 5 * MINUTE, False),
    "nbf before": ("nbf", -MINUTE, True),
}


def unsigned(header, claims, signature=""):
    parts = (json.dumps(part) if isinstance(part, dict) else part for part in (header, claims))
    return ".".join([*(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts), signature])


def with_mac(claims, secret):
    """Signed by HS256 with what everybody can know; by hand, for the library refuses to."""
    text = unsigned(HEADER | {"alg": "HS256"}, claims).rpartition(".")[0]
    return f"{text}.{base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), 'sha256')).decode().rstrip('=')}"


def tampered(claims):
    head, _, signature = signed(claims).split(".")
    return ".".join([head, unsigned({}, claims | {"sub": "somebody-else"}).split(".")[1], signature])


FORGED_TOKENS = {
    "L1 no kid": lambda claims: signed(claims, {"alg": "RS256"}),
    "L2 wrong kid": lambda claims: signed(claims, HEADER | {"kid": "imsglobal_zero"}),
    "kid a number": lambda claims: unsigned(HEADER | {"kid": 1}, claims, "AAAA"),
    "kid empty": lambda claims: unsigned(HEADER | {"kid": ""}, claims, "AAAA"),
    "kid a path": lambda claims: signed(claims, HEADER | {"kid": "../../dev/null"}),
    "kid with a NUL": lambda claims: signed(claims, HEADER | {"kid": "a\0"}),
    "signed by a key that the platform has not": lambda claims: signed(claims, key=OTHER_KEY),
    "alg none": lambda claims: unsigned(HEADER | {"alg": "none"}, claims),
    "alg None": lambda claims: unsigned(HEADER | {"alg": "None"}, claims),
    "alg missing": lambda claims: unsigned({"kid": "one"}, claims),
    "alg as a list": lambda claims: unsigned(HEADER | {"alg": ["RS256"]}, claims, "AAAA"),
    "HS256 with the public key as PEM": lambda claims: with_mac(claims, PUBLIC_PEM),
    "HS256 with the public key as DER": lambda claims: with_mac(claims, PUBLIC_DER),
    "HS256 with the id of the key": lambda claims: with_mac(claims, b"one" * 8),
    "RS512": lambda claims: signed(claims, HEADER | {"alg": "RS512"}),
    "PS256": lambda claims: signed(claims, HEADER | {"alg": "PS256"}),
    "a key in the token": lambda claims: signed(claims, HEADER | {"jwk": {"kty": "RSA"}}, OTHER_KEY),
    "a key in the token, no kid": lambda claims: signed(claims, {"alg": "RS256", "jwk": {"kty": "RSA"}}, OTHER_KEY),
    "an address of keys in the token (jku)": lambda claims: signed(
        claims, HEADER | {"jku": "https://evil.example.org/jwks"}, OTHER_KEY
    ),
    "an address of a certificate in the token (x5u)": lambda claims: signed(
        claims, HEADER | {"x5u": "https://evil.example.org/cert"}, OTHER_KEY
    ),
    "crit": lambda claims: unsigned(HEADER | {"crit": ["exp"], "exp": 1}, claims, "AAAA"),
    "crit b64": lambda claims: unsigned(HEADER | {"crit": ["b64"], "b64": False}, claims, "AAAA"),
    "header a list": lambda claims: unsigned('["alg", "kid"]', claims, "AAAA"),
    "header a text": lambda claims: unsigned('"alg"', claims, "AAAA"),
    "header nested without end": lambda claims: unsigned("[" * 50_000, claims, "AAAA"),
    "header very long": lambda claims: unsigned(HEADER | {"x": "y" * 50_000}, claims, "AAAA"),
    "signature taken away": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "signature and its dot taken away": lambda claims: signed(claims).rpartition(".")[0],
    "signature of another text": tampered,
    "one character of the signature changed": lambda claims: signed(claims)[:-20] + "AAAA" + signed(claims)[-16:],
    "signature no base64": lambda claims: signed(claims).rpartition(".")[0] + ".§§§§",
    "an encrypted token's five parts": lambda claims: signed(claims) + ".AAAA.AAAA",
    "claims a list": lambda claims: signed(json.dumps([claims])),
    "claims a text": lambda _: signed('"hello"'),
    "claims no JSON": lambda _: signed("{'iss': 1}"),
    "claims nested without end": lambda _: signed("[" * 90_000),
    "claims too many": lambda claims: signed(json.dumps(claims | {"x": "y" * 200_000})),
    "claims not UTF-8": lambda _: signed(b"\xff\xfe\x00"),
    "no token": lambda _: "hello",
    "dots only": lambda _: "..",
    "other letters": lambda _: "ü.ü.ü",
    "signed by a short key of the same id": lambda claims: signed(
        claims, key=RSAKey.generate_key(3072, {"kid": "one"})
    ),
}

FINE_TOKENS = {
    "as it should be": signed,
    "no typ": lambda claims: signed(claims, {"alg": "RS256", "kid": "one"}),
    "typ of another kind": lambda claims: signed(claims, HEADER | {"typ": "jwt"}),
    "unknown header": lambda claims: signed(claims, HEADER | {"x-of-ours": "y"}),
    "an address of keys that nobody asks": lambda claims: signed(claims, HEADER | {"jku": "https://evil.example.org"}),
}


def statuses(quiz, cases, make):
    """The answer to every case, each in a browser of its own, with how many log-ins it left."""
    found = {}
    for name, case in cases.items():
        browser = quiz.browser()
        asked = browser.asked()
        before = quiz.logins
        answer = browser.answer(asked.state, make(asked, case))
        found[name] = (answer.status_code, quiz.logins - before)
    return found


def test_none_of_what_is_forged_is_let_in(quiz, caplog):
    def claims(asked, **changes):
        return quiz.platform.claims(asked.nonce, quiz.now, **changes)

    def shifted(asked, case):
        name, seconds, _ = case
        return signed(claims(asked, **{name: int(quiz.now.timestamp()) + seconds}))

    late = {name: case for name, case in SHIFTED.items() if not case[2]}
    found = {
        **statuses(quiz, REFUSED_CLAIMS, lambda asked, changes: signed(claims(asked, **changes))),
        **statuses(quiz, FORGED_TOKENS, lambda asked, make: make(claims(asked))),
        **statuses(quiz, late, shifted),
    }
    assert len(found) >= 79
    assert {name: answer for name, answer in found.items() if answer != (401, 0)} == {}
    assert quiz.count(User) == 4
    assert len([record for record in caplog.records if "/lti/launch refused: " in record.message]) == len(found)


def test_what_is_odd_and_right_is_let_in(quiz):
    def claims(asked, **changes):
        return quiz.platform.claims(asked.nonce, quiz.now, **changes)

    def shifted(asked, case):
        name, seconds, _ = case
        return signed(claims(asked, **{name: int(quiz.now.timestamp()) + seconds}))

    fine = {name: case for name, case in SHIFTED.items() if case[2]}
    found = {
        **statuses(quiz, ACCEPTED_CLAIMS, lambda asked, changes: signed(claims(asked, **changes))),
        **statuses(quiz, FINE_TOKENS, lambda asked, make: make(claims(asked))),
        **statuses(quiz, fine, shifted),
    }
    assert {name: answer for name, answer in found.items() if answer != (303, 1)} == {}
