"""Who is there: log in, log out, and what happens to those who are not known."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from quizsvc.errors import NotFound, NotLoggedIn
from quizsvc.services import accounts
from quizsvc.store.database import reading
from quizsvc.web.blueprint import web
from quizsvc.web.forms import LoginForm

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from quizsvc.store.models import User

HOME = "web.courses"


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """Who is logged in, as long as one request lasts."""

    def __init__(self, user: User) -> None:
        self.id = user.id
        self.name = user.name
        self.email = user.email


def load_visitor(user_id: str) -> Visitor | None:
    """The account that the session names; None where it is gone."""
    try:
        with reading(current_app.extensions["engine"]) as database:
            return Visitor(accounts.get_user(database, int(user_id)))
    except (NotFound, ValueError):
        return None


def send_to_login() -> ResponseReturnValue:
    """Who only looks is led to log in and back; what was sent is not lost on the way."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("web.log_in", next=request.full_path.rstrip("?")))
    message = (
        "You are no longer logged in, so nothing was saved. Log in again in another tab, then send this once more."
    )
    raise NotLoggedIn(message)


def safe_target(target: str | None) -> str:
    """The page to go on to after the log-in: a path of this site, and nothing else."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc:
            return target
    return url_for(HOME)


@web.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Log in by e-mail address and password."""
    target = safe_target(request.args.get("next"))
    if current_user.is_authenticated and request.method == "GET":
        return redirect(target)
    form, refusal = LoginForm(), None
    if form.validate_on_submit():
        try:
            with reading(current_app.extensions["engine"]) as database:
                visitor = Visitor(
                    accounts.authenticate(database, email=form.email.data or "", password=form.password.data or "")
                )
        except NotLoggedIn as error:
            refusal = error.message
        else:
            _begin_session(visitor)
            return redirect(target, code=303)
    status = 422 if refusal or form.errors else 200
    return render_template("login.html", form=form, refusal=refusal), status


def _begin_session(visitor: Visitor) -> None:
    """A session of its own for every log-in: nothing of the one before it stays valid in it."""
    session.clear()
    session["login"] = secrets.token_hex(16)
    session.permanent = True
    login_user(visitor)


@web.post("/logout")
@login_required
def log_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    flash("You are logged out.")
    return redirect(url_for("web.log_in"), code=303)


def init_app(app: Flask) -> None:
    """Ask Flask-Login who is there."""
    manager = LoginManager()
    manager.session_protection = None  # a phone changes its address in the middle of a quiz
    manager.user_loader(load_visitor)
    manager.unauthorized_handler(send_to_login)
    manager.init_app(app)
