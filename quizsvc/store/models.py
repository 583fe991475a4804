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
    """A person; who has no password cannot log in by one. Who is erased has a pseudonym for a name and an address."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


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
    drop_lowest: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Membership(Base):
    """One person in one course. Whoever writes for that person in that course locks this row first.

    Times that are limited are `time_factor` times as long for that person. Who has left sees nothing of it any more;
    the work stays.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        CheckConstraint("role IN ('student', 'instructor')", name="role"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    time_factor: Mapped[Fraction] = mapped_column(default=Fraction(1))
    left_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()
    course: Mapped[Course] = relationship()


class ProblemSet(Base):
    """A set with its policy; students see it once `published_at` is there. No limit of submissions: None.

    Credits, and the points of the items, are those that all marks of the set are made by now: what a newer version of
    the file says of them holds once the set is graded again.
    """

    __tablename__ = "problem_sets"
    __table_args__ = (
        UniqueConstraint("course_id", "slug"),
        CheckConstraint("feedback IN ('immediately', 'after-due', 'never')", name="feedback"),
        CheckConstraint("entries_credit IN ('share', 'all')", name="entries_credit"),
        CheckConstraint("submissions_per_variant >= 1", name="submissions_per_variant"),
        CheckConstraint("mode IN ('graded', 'practice')", name="mode"),
        CheckConstraint("variants IN ('same-for-all', 'one-each', 'new-on-demand')", name="variants"),
        CheckConstraint("grade_by IN ('best', 'last', 'average')", name="grade_by"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(16), default="graded")
    opens: Mapped[datetime | None]
    due: Mapped[datetime | None]
    late_minutes: Mapped[int] = mapped_column(default=0)
    late_credit: Mapped[Fraction] = mapped_column(default=Fraction(0))
    grace_seconds: Mapped[int] = mapped_column(default=0)
    time_limit_minutes: Mapped[int | None]
    access_code: Mapped[str | None] = mapped_column(String(64))
    feedback: Mapped[str] = mapped_column(String(16))
    submissions_per_variant: Mapped[int | None]
    variants: Mapped[str] = mapped_column(String(16), default="one-each")
    shuffle: Mapped[bool] = mapped_column(default=False)
    grade_by: Mapped[str] = mapped_column(String(16), default="best")
    weight: Mapped[Fraction | None]
    carried_credit: Mapped[Fraction]
    imprecise_credit: Mapped[Fraction]
    mistake_credit: Mapped[Fraction]
    entries_credit: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()
    all_items: Mapped[list[Item]] = relationship(order_by="Item.place, Item.position", back_populates="problem_set")
    versions: Mapped[list[SetVersion]] = relationship(order_by="SetVersion.number", back_populates="problem_set")

    @property
    def items(self) -> list[Item]:
        """The problems of the newest version, in their order."""
        return [item for item in self.all_items if item.place is not None]


class SetVersion(Base):
    """What the file of a set said at one time, with its comments."""

    __tablename__ = "set_versions"
    __table_args__ = (UniqueConstraint("set_id", "number"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"))
    number: Mapped[int]
    source: Mapped[str] = mapped_column(Text, deferred=True)
    created_at: Mapped[datetime]
    problem_set: Mapped[ProblemSet] = relationship(back_populates="versions")


class Item(Base):
    """One problem of a set: a family with options to draw from or, where `given` is there, numbers fixed for all.

    `position` is its number among all that the set ever had, `place` the one in the newest version, None once it is no
    longer in it. Of the items of one `pool` every student gets `pick`. `problem` is drawn once where all get the same.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("set_id", "position"),
        CheckConstraint("points >= 1", name="points"),
        CheckConstraint("dropped IN ('no', 'excluded', 'full-marks')", name="dropped"),
    )

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"))
    position: Mapped[int]
    place: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(64))
    pool: Mapped[int | None]
    pick: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    given: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    points: Mapped[int]
    dropped: Mapped[str] = mapped_column(String(16), default="no")
    problem: Mapped[str | None] = mapped_column(Text, deferred=True)
    problem_set: Mapped[ProblemSet] = relationship(back_populates="all_items")


class PreparedProblem(Base):
    """What one student will get for one item, drawn ahead."""

    __tablename__ = "prepared_problems"
    __table_args__ = (UniqueConstraint("item_id", "user_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    problem: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(32))


class Extension(Base):
    """Another due time, longer time or more submissions for one student in one set; the newest holds."""

    __tablename__ = "extensions"

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    due: Mapped[datetime | None]
    time_factor: Mapped[Fraction | None]
    more_submissions: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class Attempt(Base):
    """One student's work on one set: `item_ids` are the problems that the student has, in the student's order."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("set_id", "user_id"),
        CheckConstraint("finished_by IN ('student', 'time')", name="finished_by"),
    )

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    set_version: Mapped[int] = mapped_column(default=1)
    item_ids: Mapped[list[int]] = mapped_column(JSON)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(16))
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
    fingerprint: Mapped[str | None] = mapped_column(String(32), index=True)
    issued_at: Mapped[datetime]
    attempt: Mapped[Attempt] = relationship()
    item: Mapped[Item] = relationship()
    draft: Mapped[Draft | None] = relationship(back_populates="issued_problem")
    submissions: Mapped[list[Submission]] = relationship(order_by="Submission.number", back_populates="issued_problem")


class Draft(Base):
    """What stands in the boxes and is not submitted: as it was saved last, and as it was when it could last be read."""

    __tablename__ = "drafts"

    issued_problem_id: Mapped[int] = mapped_column(ForeignKey("issued_problems.id"), unique=True)
    revision: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]
    readable_answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    readable_at: Mapped[datetime | None]
    issued_problem: Mapped[IssuedProblem] = relationship(back_populates="draft")


class Submission(Base):
    """What was typed, and how it was judged when it arrived. Append-only.

    `score` is the share of the problem's marks, 0 to 1, and `time_credit` the share of it that is given for the time at
    which it arrived; `counted` is false where nothing in it could be read. What was typed and the verdicts are large,
    and read only where somebody asks for them.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("issued_problem_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("origin IN ('typed', 'draft', 'paper')", name="origin"),
    )

    issued_problem_id: Mapped[int] = mapped_column(ForeignKey("issued_problems.id"))
    number: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_group="content")
    grade: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_group="content")
    score: Mapped[Fraction]
    counted: Mapped[bool]
    late: Mapped[bool] = mapped_column(default=False)
    time_credit: Mapped[Fraction] = mapped_column(default=Fraction(1))
    origin: Mapped[str] = mapped_column(String(16), default="typed")
    family_version: Mapped[int]
    grader_version: Mapped[int]
    arrived_at: Mapped[datetime]
    issued_problem: Mapped[IssuedProblem] = relationship(back_populates="submissions")
    rejudgements: Mapped[list[Rejudgement]] = relationship(order_by="Rejudgement.number", back_populates="submission")

    @property
    def standing(self) -> Submission | Rejudgement:
        """The judgement that holds: the newest."""
        return self.rejudgements[-1] if self.rejudgements else self


class Rejudgement(Base):
    """A submission judged again, or given another credit for its time: the newest holds. Append-only."""

    __tablename__ = "rejudgements"
    __table_args__ = (UniqueConstraint("submission_id", "number"),)

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    number: Mapped[int]
    grade: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    score: Mapped[Fraction]
    counted: Mapped[bool]
    time_credit: Mapped[Fraction]
    family_version: Mapped[int]
    grader_version: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    judged_at: Mapped[datetime]
    submission: Mapped[Submission] = relationship(back_populates="rejudgements")


class Adjustment(Base):
    """A mark set by hand, or held where grading again would have lowered it. Append-only: the newest holds.

    `points` are those of the item of that key or, without a key, of the whole set; None takes back what was set.
    `held` is the share of the set's points that the student keeps at least.
    """

    __tablename__ = "adjustments"

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    item_key: Mapped[str | None] = mapped_column(String(64))
    points: Mapped[Fraction | None]
    held: Mapped[Fraction | None]
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]


class AuditEntry(Base):
    """One thing that happened to marks. Append-only; `digest` seals it and, by `previous`, all before it in the course.

    `body` is JSON text, kept to the letter. No names: who it concerns and who did it are told by their numbers.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("course_id", "number"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(32))
    set_id: Mapped[int | None] = mapped_column(index=True)
    user_id: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


class Paper(Base):
    """One printed paper: its code names the variant. `problems` are pairs of an item's id and the problem as JSON."""

    __tablename__ = "papers"

    set_id: Mapped[int] = mapped_column(ForeignKey("problem_sets.id"), index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    problems: Mapped[list[Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"), unique=True)
    problem_set: Mapped[ProblemSet] = relationship()


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
