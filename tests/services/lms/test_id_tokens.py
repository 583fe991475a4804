"""Whatever comes as a token is taken or refused, and never anything else."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from signing_platform import CLIENT_ID, ISSUER, KEY, LAUNCH, SigningPlatform, signed

from quizsvc.errors import LaunchRefused
from quizsvc.services.lms import id_tokens, launches
from quizsvc.services.lms.id_tokens import Expected
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store.lti_vocabulary import DEEP_LINKING_SETTINGS, ENDPOINT, LTI, NAMES_AND_ROLES

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
EXPECTED = Expected(ISSUER, CLIENT_ID, hash_secret("nonce"))
CLAIMS = SigningPlatform().claims("nonce", NOW)
PUBLIC = KEY.as_dict(private=False)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    [*CLAIMS, "azp", "nbf", ENDPOINT, NAMES_AND_ROLES, DEEP_LINKING_SETTINGS, f"{LTI}launch_presentation"]
)
insides = st.sampled_from(["id", "title", "label", "set", "scope", "lineitems", "lineitem", "context_memberships_url"])


def read(claims):
    """The launch; a refusal is as good."""
    with suppress(LaunchRefused):
        return launches.read_launch(claims, target_link_uri=LAUNCH)
    return None


@given(st.text() | st.text(alphabet="eyJ0.-_", max_size=60))
def test_any_text_is_refused(text):
    with pytest.raises(LaunchRefused):
        id_tokens.read_kid(text)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "b64", "jwk"]), anything))
def test_any_header_is_refused_or_names_a_key(header):
    head = jws.serialize_compact({"alg": "RS256", "kid": "one"}, "{}", KEY, algorithms=["RS256"]).split(".")
    head[0] = base64.urlsafe_b64encode(json.dumps({"alg": "RS256"} | header).encode()).decode().rstrip("=")
    with suppress(LaunchRefused):
        assert id_tokens.read_kid(".".join(head)) == header["kid"]


@given(names, anything)
def test_with_any_claim_a_token_is_refused_or_is_ours_and_of_now(name, value):
    token = signed(CLAIMS | {name: value})
    with suppress(LaunchRefused):
        claims = id_tokens.verify(token, PUBLIC, EXPECTED, now=NOW)
        assert (claims["iss"], claims["nonce"]) == (ISSUER, "nonce")
        assert CLIENT_ID in claims["aud"]
        assert claims["iat"] - 60 <= NOW.timestamp() <= claims["exp"] + 60


@given(names, anything)
def test_with_any_claim_a_launch_is_refused_or_can_be_stored(name, value):
    launch = read(CLAIMS | {name: value})
    if launch is not None:
        texts = (launch.deployment_id, launch.subject, launch.name, launch.email, launch.link and launch.link.title)
        assert all(text is None or (text.isprintable() and len(text) <= 255) for text in texts)


@given(names, insides, anything)
def test_with_anything_in_a_claim_as_well(name, inside, value):
    launch = read(CLAIMS | {name: {"id": "x", inside: value}})
    if launch is not None:
        places = [place for place in (launch.link, launch.context) if place is not None]
        assert all(1 <= len(place.id) <= 255 and place.id.isprintable() for place in places)


instants = st.integers(-700, 100).map(int(NOW.timestamp()).__add__) | st.integers(0, 2**31)


@given(instants, instants)
def test_times_are_taken_within_their_bounds_and_nowhere_else(issued, expires):
    now = NOW.timestamp()
    claims = CLAIMS | {"iat": issued, "exp": expires}
    fits = now - 660 <= issued <= now + 60 and expires >= now - 60
    try:
        id_tokens.verify(signed(claims), PUBLIC, EXPECTED, now=NOW)
    except LaunchRefused:
        assert not fits
    else:
        assert fits
