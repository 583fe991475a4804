"""How learning platforms, and what they need of us, are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.output import moment, show_table
from quizsvc.config import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quizsvc.services.lms.our_addresses import OurAddresses
    from quizsvc.store.lms_models import Platform

OURS = {
    "launch_url": "Tool URL",
    "login_url": "Initiate login URL",
    "redirect_urls": "Redirection URI(s)",
    "jwks_url": "Public keyset",
    "deep_link_url": "Content selection URL",
}
"""Our addresses as Moodle's form calls them, in its order."""

NO_PUBLIC_URL = (
    "PUBLIC_URL is not set, so these addresses lead to where the service listens; "
    "set it where others reach it elsewhere."
)


def ours_data(ours: OurAddresses) -> dict[str, Any]:
    """What has to be pasted into a platform."""
    return {
        "launch_url": ours.launch,
        "login_url": ours.login,
        "redirect_urls": [ours.launch, ours.deep_link],
        "jwks_url": ours.jwks,
        "deep_link_url": ours.deep_link,
    }


def print_ours(data: Mapping[str, Any]) -> None:
    """The same for people."""
    click.echo("Paste into the platform:")
    for name, words in OURS.items():
        values = data[name] if isinstance(data[name], list) else [data[name]]
        for row, value in enumerate(values):
            click.echo(f"  {'' if row else words:<22} {value}")
    if "public_key" in data:
        click.echo(f"  Public key, only where it cannot fetch the keyset:\n{data['public_key']}")
    if not read_settings().public_url:
        click.echo(NO_PUBLIC_URL, err=True)


def platform_data(platform: Platform) -> dict[str, Any]:
    """A platform as JSON has it."""
    return {
        "id": platform.id,
        "name": platform.name,
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "deployments": [deployment.deployment_id for deployment in platform.deployments],
        "open_deployments": platform.open_deployments,
        "auth_url": platform.auth_url,
        "token_url": platform.token_url,
        "token_audience": platform.token_audience,
        "jwks_url": platform.jwks_url,
        "frame_origins": platform.frame_origins,
        "course": platform.course.slug if platform.course else None,
        "trust_emails": platform.trust_emails,
        "allow_anonymous": platform.allow_anonymous,
        "created_at": platform.created_at,
        "disabled_at": platform.disabled_at,
    }


def print_platform(data: Mapping[str, Any]) -> None:
    """A platform for people."""
    yes_no = {True: "yes", False: "no"}
    deployments = ", ".join(data["deployments"]) or "–"
    rows = [
        ("Platform", f"{data['name']} (number {data['id']})"),
        ("Issuer", data["issuer"]),
        ("Client id", data["client_id"]),
        ("Deployments", f"{deployments}{', others as they come' if data['open_deployments'] else ''}"),
        ("Log-in", data["auth_url"]),
        ("Tokens", data["token_url"]),
        ("Tokens are for", data["token_audience"] or "their URL"),
        ("Keyset", data["jwks_url"]),
        ("Frames", ", ".join(data["frame_origins"]) or "those of its addresses"),
        ("Course", data["course"] or "each of its courses gets its own"),
        ("E-mails are trusted", yes_no[data["trust_emails"]]),
        ("Nameless people", yes_no[data["allow_anonymous"]]),
        ("Registered", moment(data["created_at"])),
        ("Out of use since", moment(data["disabled_at"]) or "–"),
    ]
    for words, value in rows:
        click.echo(f"{words:<20} {value}")


def print_platforms(found: Sequence[Mapping[str, Any]]) -> None:
    """All of them for people."""
    show_table(
        ["Number", "Name", "Issuer", "Client id", "Deployments", "Course", "Out of use"],
        [
            (
                one["id"],
                one["name"],
                one["issuer"],
                one["client_id"],
                ", ".join([*one["deployments"], *(["…"] if one["open_deployments"] else [])]),
                one["course"],
                moment(one["disabled_at"]),
            )
            for one in found
        ],
    )
