"""Every failure as a page in one sentence: what is wrong, where, and what would be right. No internals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from quizsvc.errors import NotFound, QuizError
from quizsvc.failures import RETRY_AFTER, SERVER_ERROR, UNAVAILABLE, note_failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

MACHINE_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")
DRAIN_LIMIT = 16_000_000

TITLES = {
    400: "This did not arrive as it should",
    401: "Log in first",
    403: "This is not yours to see",
    404: "There is nothing here",
    405: "This cannot be done here",
    409: "This cannot be done now",
    413: "This is too much at once",
    422: "Something does not fit",
    429: "This was too often",
    500: "Something broke on our side",
    503: "Not ready",
}
MESSAGES = {
    400: "The request is malformed. Go back, load the page again, and repeat what you did.",
    403: "Your account may not open this page.",
    404: "No page has this address. It may have been mistyped, or what it showed is gone.",
    405: "This address answers to another kind of request. Start again from your courses.",
    413: "What was sent is larger than a page of answers can be. Shorten it and send it again.",
    500: "The fault is ours, and it has been noted. What you sent before is safe; try this again in a moment.",
    503: "The quiz cannot reach its database at the moment. Nothing was changed; try again in a few seconds.",
}
NOT_HERE = "There is nothing here, or it is not for you."
CSRF_MESSAGE = (
    "Nothing was saved, for this form is not from your present log-in. Load the page again, then send it once more."
)


@dataclass(frozen=True)
class Failure:
    """A failure in the words of the page."""

    status: int
    message: str
    details: Sequence[Any] = ()
    reference: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    headline: str | None = None

    @property
    def title(self) -> str:
        """The headline: what goes with the status, unless there is a better one."""
        return self.headline or TITLES.get(self.status, "This did not work")


def failure_of(error: Exception) -> Failure:
    """What the page says of an error; an unforeseen one is logged in full, and told by a reference only."""
    if isinstance(error, NotFound):
        return Failure(error.status, NOT_HERE)  # what is nowhere and what is another's cannot be told apart
    if isinstance(error, QuizError):
        return Failure(error.status, error.message, error.details)
    if isinstance(error, CSRFError):
        return Failure(403, CSRF_MESSAGE, headline=TITLES[400])
    if isinstance(error, HTTPException) and error.code is not None and error.code < SERVER_ERROR:
        return Failure(error.code, MESSAGES.get(error.code, MESSAGES[400]), headers=_headers_of(error))
    status, reference = note_failure(error)
    headers = (("Retry-After", RETRY_AFTER),) if status == UNAVAILABLE else ()
    return Failure(status, MESSAGES[status], reference=reference, headers=headers)


def _headers_of(error: HTTPException) -> tuple[tuple[str, str], ...]:
    """What an error says in headers, such as which methods an address allows."""
    return tuple((name, value) for name, value in error.get_headers() if not name.startswith("Content-"))


def answer(error: Exception) -> Response:
    """The response to any error: a page, or what the API makes of it where machines ask."""
    if isinstance(error, RequestEntityTooLarge):
        _drain()
    for_machines = current_app.extensions.get("api_error_response")
    if for_machines is not None and request.path.startswith(MACHINE_PATHS):
        machine_answer: Response = for_machines(error)
        return machine_answer
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:  # noqa: PLR2004 - a redirect
        return make_response(error.get_response())
    return page(failure_of(error))


def page(failure: Failure) -> Response:
    """The failure as a page. What was typed is shown on it, so that it is not lost."""
    typed = _typed() if failure.status < SERVER_ERROR else {}
    return make_response(render_template("error.html", failure=failure, typed=typed), failure.status, failure.headers)


def _typed() -> dict[str, str]:
    if request.endpoint != "web.post_steps" or (request.content_length or 0) > current_app.config["MAX_CONTENT_LENGTH"]:
        return {}
    boxes = {name: " ".join(values).strip() for name, values in request.form.lists() if name != "csrf_token"}
    return {name: text for name, text in boxes.items() if text}


def _drain() -> None:
    """Read the rest of a body that is too large, within reason: who is cut off while sending shows no page."""
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, DRAIN_LIMIT)
    while left > 0 and (chunk := stream.read(min(left, 65_536))):
        left -= len(chunk)


def init_app(app: Flask) -> None:
    """Answer every error of the whole application here."""
    for kind in (HTTPException, QuizError, Exception):
        app.register_error_handler(kind, answer)
