"""An instructor whom a platform has sent chooses sets for its course; the platform makes links of them.

LTI Deep Linking 2.0: the answer goes through the instructor's browser, signed, to the address that the platform named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import joinedload

from quizsvc.errors import Closed, Conflict, Invalid, NotAllowed, NotFound
from quizsvc.services.courses import STUDENT, get_membership
from quizsvc.services.lms import tool_keys
from quizsvc.services.lms.addresses import read_url
from quizsvc.services.lms.once import use_up
from quizsvc.services.marking import rules_of
from quizsvc.store.lms_models import Context, DeepLinkRequest
from quizsvc.store.lti_vocabulary import DEEP_LINKING, DEEP_LINKING_RESPONSE, LTI, VERSION
from quizsvc.store.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.our_addresses import OurAddresses
    from quizsvc.services.sealing import Seal
    from quizsvc.store.lms_models import Platform
    from quizsvc.store.models import ProblemSet

LONGEST_CHOICE = timedelta(hours=1)
BACK_DATED, LASTS = timedelta(seconds=60), timedelta(minutes=5)
"""The answer is dated back, for the platform's clock may be behind ours, and holds for so long from then on."""

LINK = "ltiResourceLink"
LINE_ITEM_TAG = "quiz"
FRAME_HEIGHT = 900


@dataclass(frozen=True, slots=True)
class Choosing:
    """What an instructor can choose from, and whether several sets may be chosen at once."""

    request: DeepLinkRequest
    sets: Sequence[ProblemSet]
    several: bool


@dataclass(frozen=True, slots=True)
class ChooseSets:
    """The sets that the instructor has chosen; none: nothing is to be linked."""

    user_id: int
    request_id: int
    set_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What the browser posts to the platform, and where to."""

    platform: Platform
    return_url: str
    token: str


def find_choosing(session: Session, *, request_id: int, user_id: int, now: datetime) -> Choosing:
    """What can be chosen for a request.

    Raises NotFound for a request of somebody else, NotAllowed for who does not teach the course, Closed where it was
    answered or is too old, Conflict or Invalid where the platform takes no links or told no address.
    """
    request = session.get(
        DeepLinkRequest, request_id, options=[joinedload(DeepLinkRequest.context).joinedload(Context.platform)]
    )
    if request is None or request.user_id != user_id:
        message = "There is nothing here to choose, or it is not for you."
        raise NotFound(message)
    if get_membership(session, user_id=user_id, course=request.context.course).role == STUDENT:
        message = "Only instructors choose what a course links to."
        raise NotAllowed(message)
    _require_open(request, now)
    read_url(str(request.settings.get("deep_link_return_url")), "deep_link_return_url")
    if LINK not in _list(request, "accept_types"):
        message = f"{request.context.platform.name} asks for something else than a link, and links are all we have."
        raise Conflict(message)
    sets = sets_of(session, request.context.course_id)
    return Choosing(request, sets, several=request.settings.get("accept_multiple") is True)


def _require_open(request: DeepLinkRequest, now: datetime) -> None:
    again = f"start again in {request.context.platform.name}."
    if request.context.platform.disabled_at is not None:
        message = "This learning platform is no longer in use here; who runs the service can tell why."
        raise Closed(message)
    if request.answered_at is not None:
        message = f"You have chosen already; to choose once more, {again}"
        raise Closed(message)
    if now - request.created_at > LONGEST_CHOICE:
        message = f"This choice lay open for more than an hour; {again}"
        raise Closed(message)


def answer_request(
    session: Session, command: ChooseSets, *, ours: OurAddresses, seal: Seal, nonce: str, now: datetime
) -> LinkAnswer:
    """Answer a request, once; raises as `find_choosing`, and Invalid for sets that cannot be chosen."""
    choosing = find_choosing(session, request_id=command.request_id, user_id=command.user_id, now=now)
    chosen = [one for one in choosing.sets if one.id in command.set_ids]
    if len(chosen) != len(set(command.set_ids)):
        message = "One of these sets is not in this course any more: load the page and choose again."
        raise Invalid(message)
    if len(chosen) > 1 and not choosing.several:
        message = f"{choosing.request.context.platform.name} takes one set at a time: choose one."
        raise Invalid(message)
    _take(session, choosing.request, now)
    claims = _claims(choosing.request, nonce=nonce, now=now)
    claims[f"{DEEP_LINKING}content_items"] = [_content_item(choosing.request, one, ours) for one in chosen]
    platform = choosing.request.context.platform
    token = tool_keys.sign(session, platform, claims, seal=seal, now=now)
    return LinkAnswer(platform, choosing.request.settings["deep_link_return_url"], token)


def _take(session: Session, request: DeepLinkRequest, now: datetime) -> None:
    """Mark the request as answered; raises Closed where somebody was faster."""
    if not use_up(session, request, DeepLinkRequest.answered_at, now=now):
        message = f"You have chosen already; to choose once more, start again in {request.context.platform.name}."
        raise Closed(message)


def _claims(request: DeepLinkRequest, *, nonce: str, now: datetime) -> dict[str, Any]:
    """All but the links; `data` is given back as it came, where it came."""
    context = request.context
    issued = int((now - BACK_DATED).timestamp())
    claims = {
        "iss": context.platform.client_id,
        "aud": context.platform.issuer,
        "iat": issued,
        "exp": issued + int(LASTS.total_seconds()),
        "nonce": nonce,
        f"{LTI}deployment_id": context.deployment_id,
        f"{LTI}message_type": DEEP_LINKING_RESPONSE,
        f"{LTI}version": VERSION,
    }
    if "data" in request.settings:
        claims[f"{DEEP_LINKING}data"] = request.settings["data"]
    return claims


def _content_item(request: DeepLinkRequest, problem_set: ProblemSet, ours: OurAddresses) -> dict[str, Any]:
    """The link to a set, with a column of the gradebook where the platform takes one and the set is graded."""
    item: dict[str, Any] = {
        "type": LINK,
        "title": problem_set.title,
        "url": ours.launch_of(problem_set.slug),
        "custom": {"set": problem_set.slug},
    }
    targets = _list(request, "accept_presentation_document_targets")
    if "iframe" in targets:
        item["iframe"] = {"height": FRAME_HEIGHT}
    if "window" in targets:
        item["window"] = {"targetName": "_blank"}
    maximum = rules_of(problem_set).max_points()
    if request.settings.get("accept_lineitem") is not False and problem_set.mode == "graded" and maximum > 0:
        item["lineItem"] = {
            "label": problem_set.title,
            "scoreMaximum": maximum,
            "resourceId": line_item_resource(problem_set),
            "tag": LINE_ITEM_TAG,
        }
    return item


def line_item_resource(problem_set: ProblemSet) -> str:
    """What a platform's gradebook knows a set by."""
    return f"set-{problem_set.id}"


def _list(request: DeepLinkRequest, name: str) -> list[Any]:
    """A setting that is to be a list; some platforms leave it out or write one word."""
    value = request.settings.get(name)
    return value if isinstance(value, list) else [value]
