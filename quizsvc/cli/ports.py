"""Whether one can listen at an address, looked at before a server starts."""

from __future__ import annotations

import errno
import socket

from quizsvc.errors import Conflict, Invalid


def require_free_port(host: str, port: int) -> None:
    """Raises Conflict where something listens there already, Invalid where the address is none of this machine's."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError):
        message = f"There is no address {host!r}; write one like 127.0.0.1 or 0.0.0.0."
        raise Invalid(message) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} is taken; stop what listens there, or choose another one with --port or PORT."
            raise Conflict(message) from None
        message = f"Port {port} of {host} cannot be used: {error.strerror}."
        raise Invalid(message) from None
