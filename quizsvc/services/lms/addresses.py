"""The ids and addresses that platforms give: what can be one, and where it leads."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from quizsvc.errors import Detail, Invalid
from quizsvc.store.lms_models import LONGEST_ID

LONGEST_URL = 1000
USUAL_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[A-Za-z0-9._\-:]+")


def read_id(text: str, where: str) -> str:
    """An id that a platform has given, as it is; raises Invalid."""
    if not 1 <= len(text) <= LONGEST_ID or not text.isprintable() or text != text.strip():
        message = (
            f"{text!r:.60} is no id: copy what the platform shows, 1 to {LONGEST_ID} characters without blanks around."
        )
        raise Invalid(message, [Detail(where, message)])
    return text


def read_url(text: str, where: str) -> str:
    """An address to ask or to send people to; raises Invalid."""
    parts = _parts(text)
    if parts is None or len(text) > LONGEST_URL or parts.fragment:
        message = f"{text!r:.100} is no address; write one like https://lms.example.org/path."
        raise Invalid(message, [Detail(where, message)])
    return text


def read_origin(text: str) -> str:
    """Scheme, host and port of a site that may show our pages in a frame; raises Invalid.

    With a star for the first part of the host it is all sites below: https://*.example.org.
    """
    scheme, star, below = text.partition("//*.")
    origin = origin_of(f"{scheme}//{below}" if star else text)
    written = text.rstrip("/").lower()
    if origin is None or written.replace("//*.", "//") != origin or (star and "." not in below):
        message = f"{text!r:.100} is no origin; write one like https://lms.example.org."
        raise Invalid(message, [Detail("frame_origins", message)])
    return written


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an address as browsers tell them; None where it is no address of the web."""
    parts = _parts(url)
    if parts is None:
        return None
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    usual = parts.port in (None, USUAL_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"


def is_safe(url: str) -> bool:
    """Whether nobody on the way can read what is sent there: https, or this very machine."""
    parts = _parts(url)
    return parts is not None and (parts.scheme == "https" or is_here(url))


def is_here(url: str) -> bool:
    """Whether it leads to the machine that asks, wherever that is."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def with_query(url: str, **query: str) -> str:
    """The address with more asked of it."""
    parts = urlsplit(url)
    more = urlencode(query)
    return urlunsplit(parts._replace(query=f"{parts.query}&{more}" if parts.query else more))


def _parts(url: str) -> SplitResult | None:
    """The parts of an address of the web with a plain host and no password; None where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    plain = url.isprintable() and url.isascii() and " " not in url and "\\" not in url
    if not plain or parts.scheme not in USUAL_PORTS or port == 0 or "@" in parts.netloc:
        return None
    return parts if _HOST.fullmatch(parts.hostname or "") else None
