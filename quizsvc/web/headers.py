"""Headers that protect every response, whoever made it: a page, an API answer, an error or a static file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # unless the response says otherwise: nearly every page shows personal data
}
POLICY_HEADER = "Content-Security-Policy"
ONE_YEAR = 31_536_000


def content_security_policy(frame_ancestors: str = "'self'", *, form_action: str = "'self'") -> str:
    """What a page may load: files of this site; nothing inline, nothing from outside."""
    directives = POLICY | {"form-action": form_action, "frame-ancestors": frame_ancestors}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecureHeaders:
    """Adds to each response the headers that it does not set itself; pages may be framed by `frame_ancestors`."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        frame_ancestors: Callable[[], str] = lambda: "'self'",
        https: bool = False,
    ) -> None:
        self.application = application
        self.frame_ancestors = frame_ancestors
        self.https = https

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, with the headers added."""
        wanted = dict(ALWAYS)
        if self.https or environ["wsgi.url_scheme"] == "https":
            wanted["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            present = {name.lower(): value for name, value in headers}
            missing = [(name, value) for name, value in wanted.items() if name.lower() not in present]
            if POLICY_HEADER.lower() not in present:
                missing.append((POLICY_HEADER, self._policy(present.get("content-type", ""))))
            return start_response(status, [*headers, *missing], *rest)

        return self.application(environ, start)

    def _policy(self, content_type: str) -> str:
        """The policy; who may frame it is looked up for pages alone."""
        return content_security_policy(self.frame_ancestors() if content_type.startswith("text/html") else "'self'")
