"""The tables. What was submitted is never changed: triggers of both databases refuse it."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from quizsvc.store.columns import Exact, UtcDateTime


class Base(DeclarativeBase):
    """All tables; constraints have names of one form, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, Fraction: Exact}

    id: Mapped[int] = mapped_column(primary_key=True)


class User(Base):
    """A person; who has no password cannot log in by one."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Login(Base):
    """One log-in of one person. It lasts until it is ended, or is too old; its secret is stored as a SHA-256."""

    __tablename__ = "logins"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Course(Base):
    """A course: people with roles, and problem sets."""

    __tablename__ = "courses"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Membership(Base):
    """One person in one course. Whoever writes for that person in that course locks this row first."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        CheckConstraint("role IN ('student', 'instructor')", name="role"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    user: Mapped[User] = relationship()
    course: Mapped[Course] = relationship()


class ProblemSet(Base):
    """A set with its policy; students see it once `published_at` is there. No limit of submissions: None."""

    __tablename__ = "problem_sets"
    __table_args__ = (
        UniqueConstraint("course_id", "slug"),
        CheckConstraint("feedback IN ('immediately', 'after-due', 'never')", name="feedback"),
        CheckConstraint("entries_credit IN ('share', 'all')", name="entries_credit"),
        CheckConstraint("submissions_per_variant >= 1", name="submissions_per_variant"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    opens: Mapped[datetime | None]
    due: Mapped[datetime | None]
    feedback: Mapped[str] = mapped_column(String(16))
    submissions_per_variant: Mapped[int | None]
    new_variants: Mapped[bool]
    carried_credit: Mapped[Fraction]
    imprecise_credit: Mapped[Fraction]
    mistake_credit: Mapped[Fraction]
    entries_credit: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()
    items: Mapped[list[Item]] = relationship(order_by="Item.position", back_populates="problem_set")


class Item(Base):
    """One problem of a set: a family with options to draw from or, where `given` is there, numbers fixed for all."""

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("set_id", "position"),
        CheckConstraint("points >= 1", name="points"),
    )

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    given: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    points: Mapped[int]
    problem_set: Mapped[ProblemSet] = relationship(back_populates="items")


class Attempt(Base):
    """One student's work on one set."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("set_id", "user_id"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    started_at: Mapped[datetime]
    problem_set: Mapped[ProblemSet] = relationship()
    user: Mapped[User] = relationship()


class IssuedProblem(Base):
    """The numbers one student got: `problem` is the whole of it, as problems.to_json writes it."""

    __tablename__ = "issued_problems"
    __table_args__ = (
        UniqueConstraint("attempt_id", "item_id", "variant"),
        CheckConstraint("variant >= 1", name="variant"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"), index=True)
    variant: Mapped[int]
    family: Mapped[str] = mapped_column(String(64))
    family_version: Mapped[int]
    problem: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime]
    attempt: Mapped[Attempt] = relationship()
    item: Mapped[Item] = relationship()
    submissions: Mapped[list[Submission]] = relationship(order_by="Submission.number", back_populates="issued_problem")


class Submission(Base):
    """What was typed, and how it was judged when it arrived. Append-only.

    `score` is the share of the problem's marks, 0 to 1; `counted` is false where nothing in it could be read. What was
    typed and the verdicts are large, and read only where somebody asks for them.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("issued_problem_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    issued_problem_id: Mapped[int] = mapped_column(ForeignKey("issued_problems.id"))
    number: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_group="content")
    grade: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_group="content")
    score: Mapped[Fraction]
    counted: Mapped[bool]
    family_version: Mapped[int]
    grader_version: Mapped[int]
    arrived_at: Mapped[datetime]
    issued_problem: Mapped[IssuedProblem] = relationship(back_populates="submissions")


class ApiToken(Base):
    """A key to the API: shown once, stored as its SHA-256, limited to scopes and, if wanted, to one course."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(String(200))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    prefix: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    course: Mapped[Course | None] = relationship()
