"""Asking other servers: learning platforms, and addresses that want to be told.

Their addresses come from people, so nobody may make us ask our own network (server-side request forgery): the address
that a name leads to is looked at and then used, so that it cannot become another one in between.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from quizsvc.errors import Detail, Invalid, NotReached

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 10.0
WHOLE_SECONDS = 30.0
LARGEST_ANSWER = 5_000_000
CONNECTIONS = 16
PORTS = frozenset((80, 443))
OF_THE_WAY = frozenset((b"content-encoding", b"content-length", b"transfer-encoding"))
"""Headers that tell how the body was sent; it is read whole here."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")

for chatty in ("httpx", "httpcore"):  # they log every address, and some addresses hold a secret
    logging.getLogger(chatty).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Rules:
    """Which addresses may be asked: public ones at the usual ports by https, and all in the networks `allowed`."""

    allowed: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def read(cls, networks: Sequence[str]) -> Rules:
        """The rules with these networks, such as "10.0.0.0/8"; raises ValueError."""
        return cls(tuple(ipaddress.ip_network(network) for network in networks))

    def check(self, url: httpx.URL, address: Address) -> None:
        """Raises Invalid where that address may not be asked for that URL."""
        if any(address.version == network.version and address in network for network in self.allowed):
            return
        plain = _plain(address)
        if not plain.is_global or plain.is_multicast or plain.is_reserved:
            raise _refused(url, "it leads into a private network; who runs the service can allow that (OUTSIDE_ALLOW).")
        if url.scheme != "https":
            raise _refused(url, "it has to begin with https://.")
        if url.port not in PORTS | {None}:
            raise _refused(url, "only port 443 is asked; who runs the service can allow others (OUTSIDE_ALLOW).")


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _refused(url: httpx.URL, why: str) -> Invalid:
    message = f"{url.host or url!s:.200} is not asked: {why}"
    return Invalid(message, [Detail("url", message)])


def _addresses(host: str, port: int) -> list[Address]:
    """What a name leads to; raises NotReached where nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"There is no server {host}; check the address."
        raise NotReached(message) from error
    return [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]


class GuardedTransport(httpx.BaseTransport):
    """Connects to the very address that was looked at; the name is kept for TLS and for the other server."""

    def __init__(self, rules: Rules, resolve: Callable[[str, int], Sequence[Address]] = _addresses) -> None:
        self._rules = rules
        self._resolve = resolve
        self._inner = httpx.HTTPTransport(
            trust_env=False, limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        )

    def find(self, url: httpx.URL) -> Address:
        """The address to connect to; raises Invalid where it may not be asked, NotReached where there is none."""
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise _refused(url, "write an address like https://lms.example.org/path, without a password.")
        found = self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        for address in found:
            self._rules.check(url, address)
        return found[0]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, where all that the name leads to may be asked; raises Invalid, NotReached or httpx's errors."""
        url = request.url
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=str(self.find(url))),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        """End its connections."""
        self._inner.close()


class Outside:
    """Asks other servers, within limits of time and size; never follows them elsewhere."""

    def __init__(self, allowed: Sequence[str] = (), *, transport: httpx.BaseTransport | None = None) -> None:
        self._transport = transport or GuardedTransport(Rules.read(allowed))
        self._client = httpx.Client(
            transport=self._transport,
            timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS, pool=WHOLE_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "GradientFlowQuiz/1"},
        )

    def check(self, url: str) -> None:
        """Raises Invalid where that URL may not be asked, NotReached where it leads nowhere; nothing is asked."""
        try:
            read = httpx.URL(url)
        except httpx.InvalidURL as error:
            message = f"{url!r:.200} is no address: {error}."
            raise Invalid(message, [Detail("url", message)]) from error
        if isinstance(self._transport, GuardedTransport):
            self._transport.find(read)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """The answer, read whole; raises Invalid where the address is refused, NotReached where nothing usable came."""
        began = monotonic()
        try:
            with self._client.stream(method, url, headers=headers, content=content, data=data) as response:
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > LARGEST_ANSWER or monotonic() - began > WHOLE_SECONDS:
                        message = f"The answer of {response.url.host} was too long, or took too long."
                        raise NotReached(message)
        except httpx.InvalidURL as error:
            message = f"{url!r:.200} is no address: {error}."
            raise Invalid(message, [Detail("url", message)]) from error
        except httpx.HTTPError as error:
            message = f"{httpx.URL(url).host} could not be asked: {str(error)[:200] or type(error).__name__}."
            raise NotReached(message) from error
        return httpx.Response(
            response.status_code,
            # As bytes: the headers of some platforms are not ASCII.
            headers=[(name, value) for name, value in response.headers.raw if name.lower() not in OF_THE_WAY],
            content=bytes(body),
            request=response.request,
            extensions={
                name: value for name, value in response.extensions.items() if name in ("reason_phrase", "http_version")
            },
        )

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a GET; raises as `request`."""
        return self.request("GET", url, headers=headers)

    def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """The answer to a POST; raises as `request`."""
        return self.request("POST", url, headers=headers, content=content, data=data)

    def close(self) -> None:
        """End its connections."""
        self._client.close()
