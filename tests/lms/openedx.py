"""Open edX as a platform, from outside: the process, tools that are registered with it, and what browsers do there."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
from moodle_launches import Form

from quizsvc.services.lms.registrations import Registration

SERVER = Path(__file__).with_name("openedx_server.py")
TEACHER, STUDENT, OTHER_STUDENT, ASSISTANT = 1, 2, 3, 4


@dataclass(frozen=True)
class EdxTool:
    """A tool as it is registered with an Open edX, and one activity that leads to it."""

    origin: str
    link: str
    issuer: str
    client_id: str
    deployment_id: str
    auth_url: str
    token_url: str
    jwks_url: str

    def begin(self, user, *, deep=False):
        """The address at the tool that a person's browser is sent to."""
        asked = {"link": self.link, "user": user} | ({"deep": 1} if deep else {})
        return self._get("begin", asked)["url"]

    def auth(self, url):
        """The form that a browser gets for the tool, where it is sent back to with that address."""
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 200, answer.text
        return read_form(answer.text)

    def state(self):
        return self._get("state", {"link": self.link})

    def rotate_key(self):
        return self._post("rotate", {"link": self.link})["kid"]

    def another_link(self):
        """One more activity of the same tool."""
        return EdxTool(**(vars(self) | self._post("add_link", {"link": self.link})))

    def _get(self, name, query):
        return _read(httpx.get(f"{self.origin}/house/{name}", params=query, trust_env=False))

    def _post(self, name, body):
        return _read(httpx.post(f"{self.origin}/house/{name}", json=body, trust_env=False))


@dataclass(frozen=True)
class OpenEdx:
    """The platform at its address."""

    origin: str

    def add_tool(self, login_url, launch_url, jwks_url, **told):
        body = {"login_url": login_url, "launch_url": launch_url, "jwks_url": jwks_url} | told
        return EdxTool(self.origin, **_read(httpx.post(f"{self.origin}/house/add_tool", json=body, trust_env=False)))


def registration_of(tool, **values):
    """What has to be known here of the platform of a tool."""
    return Registration(
        name="Open edX",
        issuer=tool.issuer,
        client_id=tool.client_id,
        auth_url=tool.auth_url,
        token_url=tool.token_url,
        jwks_url=tool.jwks_url,
        deployments=(tool.deployment_id,),
        **values,
    )


def _read(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_form(page):
    """The form of a page: its action and fields."""
    action = re.search(r'<form[^>]*?action="([^"]*)"', page, re.DOTALL)[1]
    inputs = re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page)
    return Form(unescape(action), {name: unescape(value) for name, value in inputs})


@contextmanager
def serving(folder):
    """The process, as soon as it answers."""
    command = [sys.executable, str(SERVER), str(folder)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
        try:
            origin = process.stdout.readline().decode().strip()
            assert origin, (folder / "log").read_text()
            yield OpenEdx(origin)
        finally:
            process.kill()
