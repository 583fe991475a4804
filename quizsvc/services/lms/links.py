"""Which set a link of a platform leads to, where the platform does not say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import joinedload

from quizsvc.errors import Invalid, NotAllowed, NotFound
from quizsvc.services.courses import INSTRUCTOR, get_membership
from quizsvc.store.lms_models import Context, ResourceLink
from quizsvc.store.sets import sets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from quizsvc.store.models import ProblemSet


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as somebody sees it: who teaches the course chooses among its sets."""

    link: ResourceLink
    teaches: bool
    sets: Sequence[ProblemSet]

    @property
    def is_open(self) -> bool:
        """Whether it leads to a set that students see."""
        return self.link.problem_set is not None and self.link.problem_set.published_at is not None


def view_link(session: Session, *, link_id: int, user_id: int) -> LinkView:
    """The link; raises NotFound for who is not in its course."""
    link = session.get(ResourceLink, link_id, options=[joinedload(ResourceLink.context).joinedload(Context.platform)])
    if link is None:
        message = "There is nothing here, or it is not for you."
        raise NotFound(message)
    membership = get_membership(session, user_id=user_id, course=link.context.course)
    teaches = membership.role == INSTRUCTOR
    return LinkView(link, teaches, sets_of(session, link.context.course_id) if teaches else ())


def choose_set(session: Session, *, link_id: int, user_id: int, set_id: int) -> ResourceLink:
    """Let the link lead to a set of its course.

    Raises NotFound as above, NotAllowed for who does not teach the course, Invalid for a set of another course.
    """
    view = view_link(session, link_id=link_id, user_id=user_id)
    if not view.teaches:
        message = "Only instructors choose what a link leads to."
        raise NotAllowed(message)
    if set_id not in {one.id for one in view.sets}:
        message = "This set is not in this course any more: load the page and choose again."
        raise Invalid(message)
    view.link.set_id = set_id
    return view.link
