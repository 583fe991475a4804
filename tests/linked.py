"""A set of a small class that a learning platform links to, for tests."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from quizsvc.services.lms.registrations import Registration, register
from quizsvc.services.sealing import Seal
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Context, ContextMember, PlatformUser, ResourceLink, ScorePassed

KEY = "k" * 40
SEAL = Seal(KEY)
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
SCOPES = [f"{AGS}/lineitem", f"{AGS}/result.readonly", f"{AGS}/score"]


@dataclass(frozen=True)
class Linked:
    """The ids of what there is; student 7 has the subject "s7" at the platform."""

    engine: object
    platform: int
    context: int
    link: int

    def scores(self):
        """Person -> what is passed."""
        with reading(self.engine) as session:
            query = select(ScorePassed).where(ScorePassed.link_id == self.link)
            return {row.user_id: row for row in session.scalars(query)}

    def change(self, table, key, **values):
        with transaction(self.engine) as session:
            row = session.get(table, key)
            for name, value in values.items():
                setattr(row, name, value)


def link_set(engine, *, course_id, set_id, students, now, **more):
    """Register a platform whose course is this course, with a link to the set and these students."""
    base, scopes = more.get("base", "https://lms.example.org"), more.get("scopes", SCOPES)
    with transaction(engine) as session:
        registration = Registration(
            name=more.get("name", "Moodle"),
            issuer=base,
            client_id="client",
            auth_url=f"{base}/auth",
            token_url=f"{base}/token",
            jwks_url=f"{base}/keys",
            deployments=("1",),
        )
        platform = register(session, registration, seal=SEAL, now=now)
        context = Context(
            platform_id=platform.id,
            deployment_id="1",
            context_id="c1",
            title="Deep learning",
            course_id=course_id,
            scopes=scopes,
            memberships_url=more.get("memberships_url"),
            line_items_url=more.get("line_items_url", f"{base}/2/lineitems?type_id=1"),
            created_at=now,
        )
        session.add(context)
        session.flush()
        link = ResourceLink(
            context_id=context.id,
            resource_link_id="1",
            title="Chains",
            set_id=set_id,
            line_item_url=more.get("line_item_url"),
            created_at=now,
        )
        session.add(link)
        for user_id in students:
            subject = f"s{user_id}"
            session.add(PlatformUser(platform_id=platform.id, subject=subject, user_id=user_id))
            session.add(ContextMember(context_id=context.id, user_id=user_id, subject=subject, role="student"))
        session.flush()
        return Linked(engine, platform.id, context.id, link.id)
