"""The service at an address of this machine, for real browsers that come from platforms on another site."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from house import KEY
from sqlalchemy import select
from werkzeug.serving import make_server

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services.lms.registrations import Registration, register
from quizsvc.store.database import reading, transaction

OUR_HOST, THEIR_HOST = "localhost", "127.0.0.1"
"""Two sites: the names differ, for ports do not count."""


class ServedHouse:
    """The service over a classroom's database at `base`; its clock begins at the classroom's time, or as told.

    `ahead` is put on top of the time. `forgetful`: its answers lack what lets a cookie be kept in frames of other
    sites, as if browsers did not know that.
    """

    def __init__(self, room, port, *, forgetful=False, began=None):
        self.room, self.ahead, self.forgetful = room, timedelta(0), forgetful
        self.began, self.ticks = began or room.now, monotonic()
        self.base = f"http://{OUR_HOST}:{port}"
        url = room.engine.url.render_as_string(hide_password=False)
        settings = Settings(database_url=url, secret_key=KEY, public_url=self.base, outside_allow="127.0.0.0/8")
        self.app = create_app(settings, clock=self.clock)
        self.engine = self.app.extensions["engine"]

    def clock(self):
        return self.began + timedelta(seconds=monotonic() - self.ticks) + self.ahead

    def __call__(self, environ, start_response):
        """Answer as the application does; forgetful of partitions where it is to be."""

        def start(status, headers, *rest):
            kept = [(name, self._cookie(value) if name == "Set-Cookie" else value) for name, value in headers]
            return start_response(status, kept, *rest)

        return self.app(environ, start)

    def _cookie(self, value):
        return value.replace("; Partitioned", "") if self.forgetful else value

    def connect(self, moodle, **values):
        """Register the service there and the platform here."""
        moodle.clock = self.clock
        tool = moodle.add_tool(f"{self.base}/lti/login", f"{self.base}/lti/launch", jwks_url=f"{self.base}/lti/jwks")
        registration = Registration(
            name="Moodle",
            issuer=moodle.issuer,
            client_id=tool.client_id,
            auth_url=moodle.auth_url,
            token_url=moodle.token_url,
            jwks_url=moodle.jwks_url,
            deployments=(tool.deployment_id,),
            course_slug="deep",
            **values,
        )
        return self.register(registration)

    def rows(self, table):
        with reading(self.engine) as session:
            return session.scalars(select(table).order_by(table.id)).all()

    def register(self, registration):
        """The number of the platform that is known now."""
        with transaction(self.engine) as session:
            return register(session, registration, seal=self.app.extensions["seal"], now=self.clock()).id


@contextmanager
def served(room, **values):
    """The service, as long as the block lasts."""
    applications = []

    def application(environ, start_response):
        return applications[0](environ, start_response)

    server = make_server(OUR_HOST, 0, application, threaded=True)
    house = ServedHouse(room, server.port, **values)
    applications.append(house)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.engine.dispose()
        house.app.extensions["outside"].close()
