"""Who is there: log in, log out, and what happens to those who are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

from quizsvc.errors import NotLoggedIn, TooOften
from quizsvc.services import accounts, rates
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import engine, web
from quizsvc.web.forms import LoginForm

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from quizsvc.store.models import User

HOME = "web.courses"


class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """Who is logged in, as long as one request lasts; the session holds the secret of the log-in, and no number."""

    def __init__(self, user: User, secret: str) -> None:
        self.secret = secret
        self.id = user.id
        self.name = user.name
        self.email = user.email

    def get_id(self) -> str:
        """What Flask-Login keeps in the session, and `load_visitor` gets back."""
        return self.secret


def load_visitor(secret: str) -> Visitor | None:
    """Whose log-in the session holds; None where it has ended."""
    with reading(engine()) as database:
        user = accounts.find_visitor(database, secret=secret, now=g.now)
        return None if user is None else Visitor(user, secret)


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
            _count_try(form.email.data or "")
            with reading(engine()) as database:
                user = accounts.authenticate(database, email=form.email.data or "", password=form.password.data or "")
        except NotLoggedIn as error:
            refusal = error.message
        except TooOften as error:
            page = render_template("login.html", form=form, refusal=error.message)
            return page, error.status, {"Retry-After": str(error.seconds)}
        else:
            with transaction(engine()) as database:
                secret = accounts.begin_login(database, user_id=user.id, now=g.now, instead_of=present_login())
            begin_session(user, secret)
            return redirect(target, code=303)
    status = 422 if refusal or form.errors else 200
    return render_template("login.html", form=form, refusal=refusal), status


def _count_try(email: str) -> None:
    """Count a log-in for its account, and for the address that it comes from; raises TooOften.

    A whole class may share one address: it is allowed far more than an account.
    """
    settings = current_app.extensions["settings"]
    account = f"log-in {hash_secret(email.strip().lower())}"
    with transaction(engine()) as database:
        tries = [
            rates.count(database, account, limit=settings.rate_limit_logins, now=g.now),
            rates.count(database, f"log-in from {request.remote_addr}", limit=settings.rate_limit_address, now=g.now),
        ]
    for allowance in tries:
        allowance.require()


def present_login() -> str | None:
    """The secret of the log-in that the browser has."""
    return current_user.get_id() if current_user.is_authenticated else None


def begin_session(user: User, secret: str) -> None:
    """A session of its own for every log-in: nothing of the one before it stays there."""
    session.clear()
    session.permanent = True
    login_user(Visitor(user, secret))


@web.post("/logout")
@login_required
def log_out() -> ResponseReturnValue:
    """End the session, here and for whoever has its cookie."""
    with transaction(engine()) as database:
        accounts.end_login(database, secret=current_user.secret, now=g.now)
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
