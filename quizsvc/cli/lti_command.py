"""manage.py lti."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.lti_setup_commands import SETUP_COMMANDS
from quizsvc.cli.lti_shown import ours_data, platform_data, print_ours, print_platform, print_platforms
from quizsvc.cli.lti_sync_commands import SYNC_COMMANDS
from quizsvc.cli.output import as_json, show_json
from quizsvc.cli.service import our_addresses, seal
from quizsvc.services.lms import known_platforms, registrations, tool_keys
from quizsvc.services.lms.registrations import Registration

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDED = ("issuer", "client_id", "auth_url", "token_url", "jwks_url")
FIELDS = (
    click.option("--name", help="What it is called here; its host where it is left out."),
    click.option("--issuer", help="Its platform id, as it signs: https://moodle.example.org."),
    click.option("--client-id", help="What it calls us."),
    click.option("--auth-url", help="Where it logs people in: its authentication request URL."),
    click.option("--token-url", help="Where it gives out access tokens."),
    click.option("--token-audience", help="Whom a request for a token is for, where that is not the token URL."),
    click.option("--jwks-url", help="Where its public keys are: its public keyset URL."),
    click.option("--deployment", "deployments", multiple=True, help="A deployment id; may be repeated."),
    click.option("--frame-origin", "frame_origins", multiple=True, help="Another site that frames our pages."),
    click.option("--course", "course_slug", help="One course for all of its courses; each gets its own without it."),
    click.option(
        "--trust-emails/--no-trust-emails",
        default=None,
        help="Whether an address that it tells is as good as our account of that address.",
    ),
    click.option("--allow-anonymous/--no-allow-anonymous", default=None, help="Whether people may come without an id."),
    click.option(
        "--open-deployments/--no-open-deployments",
        default=None,
        help="Whether deployments are learnt as they come; Canvas makes one for every course.",
    ),
)


def fields(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options of a registration."""
    for option in reversed(FIELDS):
        command = option(command)
    return command


def a_platform(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the name or number of a platform."""
    return click.argument("platform", metavar="PLATFORM")(command)


@click.group("lti")
def group() -> None:
    """Learning platforms: Moodle, Canvas, Open edX and others, by LTI 1.3."""


command = group


@group.command
@click.option("--moodle", metavar="URL", help="A Moodle, by its address: fills in issuer and addresses.")
@click.option("--canvas", metavar="URL", help="A Canvas, by the address of the school: the same.")
@fields
@as_json
def register(moodle: str | None, canvas: str | None, *, as_json: bool, **stated: Any) -> None:  # noqa: ANN401 - the options
    """Register a platform by hand, with what it shows once our addresses (lti show) are known to it.

    manage.py lti register --moodle https://moodle.example.org --client-id qZ81xyz --deployment 1
    """
    known = known_platforms.moodle(moodle) if moodle else known_platforms.canvas(canvas) if canvas else {}
    wanted = known | _stated(stated)
    missing = [f"--{name.replace('_', '-')}" for name in NEEDED if name not in wanted]
    if missing:
        message = f"Name {', '.join(missing)} too. For a Moodle, --moodle URL fills in all but --client-id."
        raise click.UsageError(message)
    if not wanted.get("deployments") and not wanted.get("open_deployments"):
        message = "Name the --deployment that may launch, or learn deployments as they come with --open-deployments."
        raise click.UsageError(message)
    wanted.setdefault("name", known_platforms.host_of(wanted["issuer"]))
    with transaction() as session:
        platform = registrations.register(session, Registration(**wanted), seal=seal(), now=utc_now())
        data = platform_data(platform)
    if as_json:
        show_json(data)
        return
    click.echo(f"{data['name']} is registered as number {data['id']}. Look whether all is right with: ", nl=False)
    click.echo(f"manage.py lti check {data['id']}")


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    """What was said on the command line."""
    return {name: value for name, value in options.items() if value not in (None, ())}


@group.command
@a_platform
@fields
@click.option("--drop-deployment", "dropped", multiple=True, help="Take no more launches of this deployment.")
@as_json
def edit(platform: str, dropped: tuple[str, ...], *, as_json: bool, **stated: Any) -> None:  # noqa: ANN401 - the options
    """Change what is said; all else stays. Deployments are added, and --course "" gives every course its own again.

    manage.py lti edit Moodle --trust-emails --deployment 2
    """
    changes = _stated(stated)
    if not changes and not dropped:
        message = "Say what to change; --help tells what there is."
        raise click.UsageError(message)
    with transaction() as session:
        found = registrations.get_named_platform(session, platform)
        registrations.edit(session, found, changes)
        for deployment_id in dropped:
            registrations.remove_deployment(session, found, deployment_id)
        data = platform_data(found)
    if as_json:
        show_json(data)
    else:
        print_platform(data)


@group.command("list")
@as_json
def list_(*, as_json: bool) -> None:
    """What platforms there are."""
    with reading() as session:
        found = [platform_data(platform) for platform in registrations.list_platforms(session)]
    show_json(found) if as_json else print_platforms(found)


@group.command
@click.argument("platform", metavar="[PLATFORM]", required=False)
@as_json
def show(platform: str | None, *, as_json: bool) -> None:
    """What has to be pasted into a platform and, of one that is registered, what is known of it.

    manage.py lti show
    """
    ours, data = ours_data(our_addresses()), None
    if platform:
        with reading() as session:
            found = registrations.get_named_platform(session, platform)
            data = platform_data(found)
            ours["public_key"] = tool_keys.public_pem(tool_keys.signing_key(session, found, now=utc_now()))
    if as_json:
        show_json({"ours": ours, "platform": data})
        return
    print_ours(ours)
    if data:
        click.echo()
        print_platform(data)


@group.command
@a_platform
def disable(platform: str) -> None:
    """Take no more launches of a platform, and send it nothing; all that is stored stays."""
    with transaction() as session:
        found = registrations.get_named_platform(session, platform)
        registrations.disable(found, now=utc_now())
        name = found.name
    click.echo(f"{name} is out of use. Take it into use again with: manage.py lti enable {platform}")


@group.command
@a_platform
def enable(platform: str) -> None:
    """Take the launches of a platform again."""
    with transaction() as session:
        found = registrations.get_named_platform(session, platform)
        registrations.enable(found)
        name = found.name
    click.echo(f"{name} is in use.")


for more in (*SETUP_COMMANDS, *SYNC_COMMANDS):
    group.add_command(more)
