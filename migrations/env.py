"""Alembic's way in: migrations run on the connection that quizsvc.store.migrate opened, within its transaction."""

from __future__ import annotations

from alembic import context

from quizsvc.store import api_models, lms_models  # noqa: F401 - tables of theirs belong to Base
from quizsvc.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=True,
)
context.run_migrations()
