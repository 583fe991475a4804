"""People and their passwords."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from quizsvc.errors import Conflict, Detail, Invalid, NotFound, NotLoggedIn
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store import people
from quizsvc.store.models import Login, User

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
LONGEST_EMAIL = 254
LONGEST_NAME = 200
LONGEST_LOGIN = timedelta(days=7)

_HASHER = PasswordHasher()
_ONE_AT_A_TIME = BoundedSemaphore(1)
"""A hash takes 64 MiB: many at once would take the memory that everything else needs."""

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
_REFUSAL = "E-mail address and password do not fit together."


def check_password(password: str) -> None:
    """Raises Invalid where a new password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        message = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this one has {len(password)}."
        raise Invalid(message, [Detail("password", message)])
    try:
        password.encode()
    except UnicodeEncodeError:
        message = "The password is not UTF-8 text; type it with other characters."
        raise Invalid(message, [Detail("password", message)]) from None


def hash_password(password: str) -> str:
    """The Argon2id hash to store; raises Invalid where the password is too short or too long."""
    check_password(password)
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


@cache
def _nobodys_hash() -> str:
    """What a password is compared with where there is no account: the answer takes as long as with one."""
    return hash_password(secrets.token_hex(16))


def authenticate(session: Session, *, email: str, password: str) -> User:
    """Who has this address and password; raises NotLoggedIn, in the same words and time whichever is wrong."""
    user = people.find_user(session, email.strip().lower())
    stored = user.password_hash if user is not None and user.password_hash else _nobodys_hash()
    try:
        with _ONE_AT_A_TIME:
            _HASHER.verify(stored, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError) as error:
        raise NotLoggedIn(_REFUSAL) from error
    if user is None:
        raise NotLoggedIn(_REFUSAL)
    return user


def begin_login(session: Session, *, user_id: int, now: datetime, instead_of: str | None = None) -> str:
    """A new log-in; its secret, which the browser keeps and nobody else can tell.

    `instead_of` is the secret of the one that the browser had, which ends.
    """
    if instead_of is not None:
        end_login(session, secret=instead_of, now=now)
    secret = secrets.token_urlsafe(32)
    session.add(Login(user_id=user_id, secret_hash=hash_secret(secret), began_at=now))
    return secret


def find_visitor(session: Session, *, secret: str, now: datetime) -> User | None:
    """Whose log-in it is; None where it is none, has ended, or is too old."""
    login = people.find_login(session, hash_secret(secret))
    if login is None or login.ended_at is not None or now - login.began_at > LONGEST_LOGIN:
        return None
    return login.user


def end_login(session: Session, *, secret: str, now: datetime) -> None:
    """Make the secret of a log-in worthless."""
    login = people.find_login(session, hash_secret(secret))
    if login is not None and login.ended_at is None:
        login.ended_at = now


def read_email(text: str) -> str:
    """The address in the form it is stored in; raises Invalid."""
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or not email.isprintable() or not _EMAIL.fullmatch(email):
        message = f"{text.strip()!r:.80} is no e-mail address; write one like ada@example.org."
        raise Invalid(message, [Detail("email", message)])
    return email


def read_name(text: str, what: str = "name", longest: int = LONGEST_NAME) -> str:
    """A name or title without superfluous spaces; raises Invalid where there is none, or it cannot be printed."""
    name = " ".join(text.split())
    if not name or len(name) > longest or not name.isprintable():
        message = f"The {what} needs 1 to {longest} printable characters; it has {len(name)}."
        raise Invalid(message, [Detail(what, message)])
    return name


def create_user(session: Session, *, email: str, name: str, now: datetime, password_hash: str | None = None) -> User:
    """A new account; raises Conflict where the address has one, Invalid where something does not fit.

    Hash the password before the transaction begins: it takes a fifth of a second, in which others wait to write.
    """
    address = read_email(email)
    if people.find_user(session, address) is not None:
        message = f"{address} has an account already."
        raise Conflict(message)
    user = User(email=address, name=read_name(name), password_hash=password_hash, created_at=now)
    session.add(user)
    session.flush()
    return user


def set_password(session: Session, *, email: str, password_hash: str, now: datetime) -> User:
    """Give an account a new password, and end its log-ins; raises NotFound where there is none of that address."""
    user = people.find_user(session, read_email(email))
    if user is None:
        message = f"There is no account of {email.strip()!r:.80}; make one with user create."
        raise NotFound(message)
    user.password_hash = password_hash
    people.end_logins(session, user.id, now)
    return user
