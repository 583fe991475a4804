"""The addresses of platforms that are alike everywhere: only where one stands has to be told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from quizsvc.services.lms.addresses import origin_of, read_url

CANVAS_ISSUER = "https://canvas.instructure.com"
_CANVAS_CLOUD = ".instructure.com"
CANVAS_CLOUD_SITES = f"https://*{_CANVAS_CLOUD}"


def moodle(address: str) -> dict[str, Any]:
    """The fields of a registration for the Moodle at this address (its wwwroot); raises Invalid."""
    root = read_url(address, "moodle").rstrip("/")
    return {
        "issuer": root,
        "auth_url": f"{root}/mod/lti/auth.php",
        "token_url": f"{root}/mod/lti/token.php",
        "jwks_url": f"{root}/mod/lti/certs.php",
    }


def canvas(address: str) -> dict[str, Any]:
    """The fields of a registration for the Canvas at this address, in the cloud or a server's own; raises Invalid.

    In the cloud all schools have one issuer and one address to log in at; a school's own is where its pages are framed.
    """
    root = str(origin_of(read_url(address, "canvas")))
    host = str(urlsplit(root).hostname)
    if not host.endswith(_CANVAS_CLOUD):
        issuer, site = CANVAS_ISSUER, root
    else:
        stage = next((f"{stage}." for stage in ("beta", "test") if f".{stage}{_CANVAS_CLOUD}" in host), "")
        issuer, site = f"https://canvas.{stage}instructure.com", f"https://sso.{stage}canvaslms.com"
    return {
        "issuer": issuer,
        "auth_url": f"{site}/api/lti/authorize_redirect",
        "token_url": f"{site}/login/oauth2/token",
        "jwks_url": f"{site}/api/lti/security/jwks",
        "frame_origins": (root,),
    }


def frame_origins_of(issuer: str) -> tuple[str, ...]:
    """Which sites show our pages for an issuer that does not tell: the schools of the Canvas cloud have one issuer."""
    return (CANVAS_CLOUD_SITES,) if str(urlsplit(issuer).hostname).endswith(_CANVAS_CLOUD) else ()


def host_of(address: str) -> str:
    """The host of an address, as a name; the address itself where it has none."""
    return urlsplit(address).netloc or address
