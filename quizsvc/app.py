"""create_app: settings, database, pages and API put together."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apiflask import APIFlask
from flask import g, request

from quizsvc import web
from quizsvc.api import register as register_api
from quizsvc.config import read_settings
from quizsvc.lti import register as register_lti
from quizsvc.services.accounts import LONGEST_LOGIN
from quizsvc.services.lms.platform_keys import PlatformKeyring
from quizsvc.services.outside import Outside
from quizsvc.services.sealing import Seal
from quizsvc.store.database import make_engine
from quizsvc.web.frames import FrameAncestors
from quizsvc.web.headers import SecureHeaders
from quizsvc.web.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from quizsvc.config import Settings

SEED_BITS = 128
ARRIVED, BEGAN = "quizsvc.arrived", "quizsvc.began"
"""In the environment of a request, where the server knows it: when it arrived, and when a thread began with it."""
SENDING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
LONGEST_TRANSFER = timedelta(seconds=30)
"""Who takes longer to send a request arrives later by what is beyond that: nobody wins time by sending slowly."""


def utc_now() -> datetime:
    """What the clock says."""
    return datetime.now(UTC)


def new_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(SEED_BITS)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
    draw_seed: Callable[[], int] = new_seed,
    outside: Outside | None = None,
) -> APIFlask:
    """The whole application, ready to serve; settings come from the environment unless they are passed."""
    settings = settings or read_settings()
    app = APIFlask(
        "quizsvc",
        title="Gradient Flow",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
        static_url_path="/static",
        static_folder=None,  # type: ignore[arg-type]  # as Flask has it: no folder, our own layer serves the files
    )
    app.config.from_mapping(_flask_options(settings))
    app.session_interface = Sessions()
    app.extensions |= {"settings": settings, "engine": make_engine(settings.database_url)}
    app.extensions |= {"clock": clock, "draw_seed": draw_seed}
    app.extensions |= {
        "outside": outside or Outside(settings.allowed_networks),
        "seal": Seal(settings.secret_key.get_secret_value()),
    }
    app.extensions["platform_keyring"] = PlatformKeyring(app.extensions["engine"], app.extensions["outside"])

    @app.before_request
    def note_arrival() -> None:
        """Decide the time of this request once, before anything is done: it is when the request arrived."""
        g.now = request.environ.get(ARRIVED) or clock()
        if request.method in SENDING:
            request.get_data(cache=True)
            took = clock() - (request.environ.get(BEGAN) or g.now)
            g.now += max(took - LONGEST_TRANSFER, timedelta(0))

    web.init_app(app)
    register_api(app)
    register_lti(app)
    app.wsgi_app = SecureHeaders(  # type: ignore[method-assign]  # Flask's own way to add a layer
        app.wsgi_app,
        frame_ancestors=FrameAncestors(app.extensions["engine"], settings.frame_ancestors),
        https=settings.session_cookie_secure,
    )
    return app


def _flask_options(settings: Settings) -> dict[str, Any]:
    """Our settings in Flask's words."""
    secure = settings.session_cookie_secure
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.max_body_bytes,
        "PERMANENT_SESSION_LIFETIME": LONGEST_LOGIN,
        # The prefix makes a browser refuse the cookie from anywhere but this very host, over https.
        "SESSION_COOKIE_NAME": "__Host-quiz" if secure else "quiz",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # a quiz may lie open for hours
        "BOOTSTRAP_SERVE_LOCAL": True,
        "OPENAPI_VERSION": "3.1.0",
    }
