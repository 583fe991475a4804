"""Other servers are asked within limits, and nobody makes the service ask its own network."""

from __future__ import annotations

import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizsvc.errors import Invalid, NotReached
from quizsvc.services.outside import LARGEST_ANSWER, GuardedTransport, Outside, Rules

PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104 - addresses that are refused
    *("100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "255.255.255.255", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("64:ff9b::7f00:1", "2002:7f00:1::"),
]


def asked(url, *addresses, allowed=()):
    """Ask, where the name leads to these addresses; nothing is connected to."""
    found = [ipaddress.ip_address(address) for address in addresses]
    transport = GuardedTransport(Rules.read(allowed), lambda _host, _port: found)
    transport._inner = httpx.MockTransport(  # noqa: SLF001 - what comes after the look
        lambda request: httpx.Response(200, text=f"{request.url} {request.headers['host']} {request.extensions}")
    )
    return Outside(transport=transport).get(url).text


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_refused(address):
    with pytest.raises(Invalid, match="private network"):
        asked("https://lms.example.org/keys", address)


def test_one_private_address_among_public_ones_is_enough():
    with pytest.raises(Invalid, match="private network"):
        asked("https://lms.example.org/keys", "93.184.215.14", "10.0.0.1")


@given(st.ip_addresses())
def test_whatever_is_asked_is_public_or_was_allowed(address):
    try:
        asked("https://lms.example.org/", str(address))
    except Invalid:
        return
    assert address.is_global
    assert not address.is_multicast


def test_the_very_address_that_was_looked_at_is_asked_and_the_name_is_kept():
    said = asked("https://lms.example.org:443/keys?a=1", "93.184.215.14")
    assert said.startswith("https://93.184.215.14/keys?a=1 lms.example.org")
    assert "'sni_hostname': 'lms.example.org'" in said


def test_no_address_is_logged_for_it_may_hold_a_secret(caplog):
    caplog.set_level("DEBUG")
    asked("https://lms.example.org/configuration?registration_token=s3cret", "93.184.215.14")
    assert "s3cret" not in caplog.text


def test_plain_http_other_ports_and_other_schemes_are_refused():
    public = "93.184.215.14"
    for url, said in (
        ("http://lms.example.org/", "https://"),
        ("https://lms.example.org:8080/", "port 443"),
        ("ftp://lms.example.org/", "write an address like"),
        ("file:///etc/passwd", "write an address like"),
        ("gopher://lms.example.org/", "write an address like"),
        ("https://user:word@lms.example.org/", "without a password"),
        ("https:///keys", "write an address like"),
        ("keys", "write an address like"),
    ):
        with pytest.raises(Invalid, match=said):
            asked(url, public)


def test_a_network_that_was_allowed_may_be_asked_at_any_port_without_tls():
    assert asked("http://lms.intern:8080/", "10.1.2.3", allowed=["10.0.0.0/8"])
    with pytest.raises(Invalid):
        asked("http://lms.intern:8080/", "192.168.0.1", allowed=["10.0.0.0/8"])


class Answers(BaseHTTPRequestHandler):
    """Answers as the path says."""

    def do_GET(self):
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
        elif self.path == "/curly":
            self.send_response(200)
            self.send_header("Link", "<http://lms.example.org/?page=2>; rel=“next”".encode().decode("latin-1"))
            self.end_headers()
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"less")
        else:
            self.send_response(404, "Not Found: Grade item 9 doesn't exist")
            self.end_headers()
            piece = b"x" * 100_000
            try:
                for _ in range(LARGEST_ANSWER // len(piece) + 2 if self.path == "/endless" else 1):
                    self.wfile.write(piece)
            except ConnectionError:
                pass  # who asked has had enough

    def log_message(self, *_arguments):
        """Nothing."""


@pytest.fixture
def server():
    served = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()
    thread.join()


@pytest.fixture
def outside():
    asks = Outside(["127.0.0.0/8"])
    yield asks
    asks.close()


def test_an_answer_comes_whole_with_its_reason(outside, server):
    response = outside.get(f"{server}/")
    assert (response.status_code, response.reason_phrase) == (404, "Not Found: Grade item 9 doesn't exist")
    assert len(response.content) == 100_000


def test_headers_that_are_not_ascii_come_through(outside, server):
    assert outside.get(f"{server}/curly").headers["Link"].endswith("rel=“next”")


def test_nobody_is_followed_elsewhere(outside, server):
    assert outside.get(f"{server}/elsewhere").status_code == 302


@pytest.mark.parametrize("path", ["/endless", "/cut"])
def test_what_is_too_long_or_cut_off_is_no_answer(outside, server, path):
    with pytest.raises(NotReached):
        outside.get(server + path)


def test_nobody_at_home_is_told(outside):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotReached, match=r"127\.0\.0\.1 could not be asked"):
            outside.get(f"http://127.0.0.1:{taken.getsockname()[1]}/")
