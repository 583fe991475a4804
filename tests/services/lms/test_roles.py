"""Who teaches is told by roles in the course, and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizsvc.services.lms.roles import role_of

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2"
TEACHING = [
    *(f"{VOCABULARY}/membership#{name}" for name in ("Administrator", "ContentDeveloper", "Instructor")),
    f"{VOCABULARY}/membership#TeachingAssistant",
    f"{VOCABULARY}/membership/Instructor#TeachingAssistant",
    f"{VOCABULARY}/membership/Instructor#Lecturer",
    f"{VOCABULARY}/membership/ContentDeveloper#ContentExpert",
    f"{VOCABULARY}/membership/Administrator#Support",
    "Administrator",
    "ContentDeveloper",
    "Instructor",
    "TeachingAssistant",
]
NOT_TEACHING = [
    *(f"{VOCABULARY}/membership#{name}" for name in ("Learner", "Mentor", "Manager", "Member", "Officer")),
    f"{VOCABULARY}/membership/Learner#Instructor",
    f"{VOCABULARY}/membership/Mentor#Instructor",
    f"{VOCABULARY}/membership/Instructor",
    f"{VOCABULARY}/membership/Instructor#",
    f"{VOCABULARY}/membership#instructor",
    f"{VOCABULARY}/membership",
    *(f"{VOCABULARY}/institution/person#{name}" for name in ("Instructor", "Administrator", "Faculty", "Staff")),
    *(f"{VOCABULARY}/system/person#{name}" for name in ("Administrator", "SysAdmin", "Creator", "AccountAdmin")),
    "http://purl.imsglobal.org/vocab/lti/system/person#TestUser",
    "urn:lti:sysrole:ims/lis/Administrator",
    "urn:lti:instrole:ims/lis/Administrator",
    f"https://evil.example.org/{VOCABULARY}/membership#Instructor",
    f"{VOCABULARY}/membership#Instructor#Learner",
    "instructor",
    "Learner",
    "Mentor",
    "Administrator ",
    "",
]


@pytest.mark.parametrize("role", TEACHING)
def test_a_teaching_role(role):
    assert role_of([role]) == "instructor"


@pytest.mark.parametrize("role", NOT_TEACHING)
def test_a_role_that_does_not_teach(role):
    assert role_of([role]) == "student"


@given(
    st.lists(st.sampled_from(NOT_TEACHING) | st.text(max_size=30)),
    st.lists(st.sampled_from(TEACHING), max_size=2),
    st.randoms(),
)
def test_one_teaching_role_is_enough_and_nothing_else_makes_one(others, teaching, chance):
    others = [role for role in others if role not in TEACHING and "Learner" not in role]
    roles = [*others, *teaching]
    chance.shuffle(roles)
    assert role_of(roles) == ("instructor" if teaching else "student")


@pytest.mark.parametrize(
    "learner", [f"{VOCABULARY}/membership#Learner", f"{VOCABULARY}/membership/Learner#NonCreditLearner", "Learner"]
)
@pytest.mark.parametrize("assistant", [role for role in TEACHING if role.endswith("TeachingAssistant")])
def test_an_assistant_who_learns_in_the_course_does_not_teach_in_it(assistant, learner):
    assert role_of([assistant, learner]) == "student"
    assert role_of([assistant, learner, "Instructor"]) == "instructor"
    assert role_of([assistant, f"{VOCABULARY}/institution/person#Learner"]) == "instructor"
