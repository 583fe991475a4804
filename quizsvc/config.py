"""Every setting of the service, typed, with its default. Each is read from an environment variable of its name."""

from __future__ import annotations

import os
import re
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from quizsvc.errors import Detail, Invalid

CHECKOUT = Path(__file__).resolve().parents[1]
VAR = CHECKOUT / "var"
"""What one laptop's service keeps: its database and its key."""

SHORTEST_KEY = 32


def kept_key(path: Path = VAR / "secret-key") -> SecretStr:
    """The key that sessions are signed with on this machine: made once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(fresh, path)  # fails where the key is there: of several processes that start together, one makes it
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return SecretStr(path.read_text(encoding="ascii").strip())


def _is_file(url: URL) -> bool:
    """Whether a SQLite address names a file, plainly: what lives in memory is another database in every thread."""
    return url.database is not None and not re.match(r"$|:memory:|file:", url.database) and not url.query


class Settings(BaseSettings):
    """How this service runs; `secret_key` must be the same for all web processes of one service."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = f"sqlite:///{VAR / 'quiz.sqlite3'}"
    secret_key: SecretStr = Field(default_factory=kept_key)
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    threads: Annotated[int, Field(ge=1, le=64)] = 16
    jobs: Literal["here", "elsewhere"] = "here"
    client_timeout: Annotated[int, Field(ge=1, le=600)] = 20
    max_body_bytes: Annotated[int, Field(ge=1_000, le=100_000_000)] = 1_000_000
    session_cookie_secure: bool = False
    frame_ancestors: str = "'self'"
    outside_allow: str = ""
    rate_limit_reads: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    rate_limit_writes: Annotated[int, Field(ge=1, le=1_000_000)] = 300
    rate_limit_logins: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    rate_limit_address: Annotated[int, Field(ge=1, le=1_000_000)] = 3000
    public_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        """PostgreSQL is reached through psycopg 3, whichever of its names the address uses."""
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # ValueError: a port that is no number
            url = None
        if url is not None and url.drivername == "sqlite" and _is_file(url):
            return value
        if url is not None and url.get_backend_name() in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        message = (
            "this is no address of a database that is known here; write sqlite:////absolute/path/quiz.sqlite3 "
            "or postgresql://user:password@host/name"
        )
        raise ValueError(message)

    @field_validator("outside_allow")
    @classmethod
    def _known_networks(cls, value: str) -> str:
        for network in value.replace(",", " ").split():
            try:
                ip_network(network)
            except ValueError:
                message = f"{network!r:.60} is no network; write some like 10.0.0.0/8, with commas between"
                raise ValueError(message) from None
        return value

    @property
    def allowed_networks(self) -> list[str]:
        """The private networks that may be asked."""
        return self.outside_allow.replace(",", " ").split()

    @field_validator("public_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~-]+)*/?", value):
            message = "this is no address of a site; write one like https://quiz.example.org, as browsers see it"
            raise ValueError(message)
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """Where others reach the service: PUBLIC_URL, or where it listens."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @field_validator("secret_key")
    @classmethod
    def _long_key(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < SHORTEST_KEY:
            message = f"a key of at least {SHORTEST_KEY} characters is needed; leave SECRET_KEY out to have one made"
            raise ValueError(message)
        return value


def read_settings() -> Settings:
    """The settings from the environment; raises Invalid that names each variable, and never shows a secret."""
    try:
        return Settings()
    except ValidationError as error:
        details = [
            Detail(str(problem["loc"][0]).upper(), problem["msg"].removeprefix("Value error, "))
            for problem in error.errors(include_input=False, include_url=False)
        ]
        message = "The environment has settings that cannot be used."
        raise Invalid(message, details) from None
