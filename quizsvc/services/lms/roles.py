"""Who teaches, by the roles that a platform tells (LTI 1.3 core specification, appendix A.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.services.courses import INSTRUCTOR, STUDENT

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TEACHING = frozenset(("Administrator", "ContentDeveloper", "Instructor", "TeachingAssistant"))


LEARNER, ASSISTANT = "Learner", "TeachingAssistant"


def role_of(roles: Iterable[str]) -> str:
    """INSTRUCTOR where one of the roles is a teaching one in this very course, else STUDENT.

    Roles in the institution or the whole system say nothing of this course: an administrator of the platform does not
    teach in it. Mentors, and who has roles that nobody knows, see what students see; so do assistants who learn in the
    course themselves, which is how Open edX names who looks after its forum.
    """
    names = {name for name in map(_name_of, roles) if name is not None}
    teaches = names & TEACHING
    return INSTRUCTOR if teaches and not (teaches == {ASSISTANT} and LEARNER in names) else STUDENT


def _name_of(role: str) -> str | None:
    """The name of a role in the course: a short name, that of a principal role, or of one below it, after #.

    What is below a role counts as that role, except for assistants, who are below instructors.
    """
    if "#" not in role:
        return role
    vocabulary, _, name = role.partition("#")
    if vocabulary == MEMBERSHIP:
        return name
    principal = vocabulary.removeprefix(f"{MEMBERSHIP}/")
    if not name or principal not in TEACHING | {LEARNER}:
        return None
    return ASSISTANT if name == ASSISTANT and principal in TEACHING else principal
