"""Who teaches, by the roles that a platform tells (LTI 1.3 core specification, appendix A.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.services.courses import INSTRUCTOR, STUDENT

if TYPE_CHECKING:
    from collections.abc import Iterable

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TEACHING = frozenset(("Administrator", "ContentDeveloper", "Instructor", "TeachingAssistant"))


def role_of(roles: Iterable[str]) -> str:
    """INSTRUCTOR where one of the roles is a teaching one in this very course, else STUDENT.

    Roles in the institution or the whole system say nothing of this course: an administrator of the platform does not
    teach in it. Mentors, and who has roles that nobody knows, see what students see.
    """
    return INSTRUCTOR if any(_teaches(role) for role in roles) else STUDENT


def _teaches(role: str) -> bool:
    """Whether it is a teaching role: a short name, a principal role, or one of those below it, which stand after #."""
    if role in TEACHING:
        return True
    vocabulary, _, name = role.partition("#")
    if vocabulary == MEMBERSHIP:
        return name in TEACHING
    return bool(name) and vocabulary.removeprefix(f"{MEMBERSHIP}/") in TEACHING
