"""manage.py lti: what is done to make a registration, and to see that it works."""

from __future__ import annotations

import secrets
import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.lti_shown import NO_PUBLIC_URL
from quizsvc.cli.names import DAYS
from quizsvc.cli.output import as_json, moment, show_json
from quizsvc.cli.service import our_addresses, seal
from quizsvc.config import read_settings
from quizsvc.services.lms import invitations, registrations, tool_description, tool_keys
from quizsvc.services.lms.checking import PlatformCheck
from quizsvc.services.outside import Outside

if TYPE_CHECKING:
    from datetime import timedelta


@click.command("invite")
@click.option("--name", required=True, help="What the platform is to be called here.")
@click.option("--course", "course_slug", help="One course for all of its courses; each gets its own without it.")
@click.option("--expires", "lasts", type=DAYS, default="7d", show_default=True, help="After how many days.")
@as_json
def invite(name: str, course_slug: str | None, lasts: timedelta, *, as_json: bool) -> None:
    """Print an address at which one platform can register itself, once (dynamic registration).

    manage.py lti invite --name Moodle
    """
    secret, now = secrets.token_urlsafe(32), utc_now()
    with transaction() as session:
        invitation = invitations.invite(
            session, name=name, secret=secret, lasts=lasts, course_slug=course_slug, now=now
        )
        expires_at, url = invitation.expires_at, our_addresses().register(secret)
    if as_json:
        show_json({"name": name, "expires_at": expires_at, "url": url})
        return
    click.echo(f"Paste this into the platform until {moment(expires_at)}; it works once.", err=True)
    click.echo(url)
    if not read_settings().public_url:
        click.echo(NO_PUBLIC_URL, err=True)


@click.command("canvas-key")
def canvas_key() -> None:
    """Print what is pasted into Canvas for an LTI developer key."""
    show_json(tool_description.canvas_developer_key(our_addresses()))


@click.command("rotate-keys")
@click.argument("platforms", metavar="[PLATFORM]...", nargs=-1)
@click.option("--now", "leaked", is_flag=True, help="A key has leaked: the new one signs at once, the old one is gone.")
@as_json
def rotate_keys(platforms: tuple[str, ...], *, leaked: bool, as_json: bool) -> None:
    """Make a new key pair for each platform, or for those named.

    Both are published at once; the new one signs after an hour, when all platforms know it, and the old one stays for a
    week. No call fails meanwhile.
    """
    now = utc_now()
    with transaction() as session:
        named = [registrations.get_named_platform(session, name) for name in platforms]
        rows = []
        for platform in named or registrations.list_platforms(session):
            key = tool_keys.rotate(session, platform, seal=seal(), now=now, leaked=leaked)
            at_once = tool_keys.signing_key(session, platform, now=now) is key
            signs_from = now if at_once else now + tool_keys.KNOWN_AFTER
            rows.append({"platform": platform.name, "kid": key.kid, "signs_from": signs_from})
    if as_json:
        show_json(rows)
    for row in () if as_json else rows:
        click.echo(f"{row['platform']}: the key {row['kid']} signs from {row['signs_from']:%Y-%m-%d %H:%M} UTC on.")


@click.command("check")
@click.argument("platform", metavar="PLATFORM")
@as_json
def check(platform: str, *, as_json: bool) -> None:
    """Look whether a registration works; leaves with 1 where something does not.

    manage.py lti check Moodle
    """
    with reading() as session, closing(Outside(read_settings().allowed_networks)) as outside:
        checks = PlatformCheck(
            session,
            registrations.get_named_platform(session, platform),
            ours=our_addresses(),
            outside=outside,
            seal=seal(),
            clock=utc_now,
            new_id=lambda: secrets.token_urlsafe(16),
        ).run()
    if as_json:
        show_json([asdict(one) for one in checks])
    else:
        for one in checks:
            click.echo(f"{'ok  ' if one.ok else 'FAIL'}  {one.name:<11} {one.message}")
    if not all(one.ok for one in checks):
        sys.exit(1)


SETUP_COMMANDS = (invite, canvas_key, rotate_keys, check)
