"""Sessions: one cookie for pages of their own, and another for pages that a learning platform shows in a frame.

Browsers send nothing into a frame of another site but cookies that are marked as meant for it and, since 2024, kept
apart for each site around it (Partitioned). Pages of their own keep the stricter cookie that no other site can make use
of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request
    from flask.sessions import SessionMixin
    from flask.wrappers import Response

FRAMES = frozenset(("iframe", "frame", "embed", "object"))
PAGE = "document"
FRAMED = "Quiz-Framed"
"""The header by which our scripts tell whether they are in a frame: of what they ask, browsers do not tell it."""


class FramedSession(SecureCookieSession):
    """The session of pages in a frame."""


class FrameCookie(SecureCookieSessionInterface):
    """Keeps it in a cookie for frames, signed otherwise than that for pages: neither passes for the other."""

    salt = "cookie-session-in-frames"
    session_class = FramedSession

    def get_cookie_name(self, app: Flask) -> str:
        """That for pages, and a word more."""
        return f"{super().get_cookie_name(app)}-framed"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - as Flask calls it
        """Browsers ask for it; on this very machine they take it without https, too."""
        return True

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002 - as Flask calls it
        """The platform's page around is of another site."""
        return "None"

    def get_cookie_partitioned(self, app: Flask) -> bool:  # noqa: ARG002 - as Flask calls it
        """A frame in another site gets another cookie."""
        return True


class Sessions(SecureCookieSessionInterface):
    """Opens the session that belongs to the place where the browser shows the answer, and keeps it there."""

    def __init__(self) -> None:
        self.framed = FrameCookie()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a frame, or that of a page."""
        if is_framed(request) or self._comes_from_a_frame(app, request):
            return self.framed.open_session(app, request)
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie that it was opened from."""
        if isinstance(session, FramedSession):
            self.framed.save_session(app, session, response)
        else:
            super().save_session(app, session, response)

    def _comes_from_a_frame(self, app: Flask, request: Request) -> bool:
        """Whether a script in a frame asks, or a browser that does not tell what for and has no other cookie."""
        if request.headers.get("Sec-Fetch-Dest") == PAGE:
            return False
        told = request.headers.get(FRAMED)
        if told is not None:
            return told == "true"
        cookies = request.cookies
        return self.framed.get_cookie_name(app) in cookies and self.get_cookie_name(app) not in cookies


def is_framed(request: Request) -> bool:
    """Whether the browser says that it shows the answer in a frame."""
    return request.headers.get("Sec-Fetch-Dest") in FRAMES
