"""What Alembic runs: migrations on the connection that `serving.database.schema.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from serving.database.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can alter a table only by writing it anew
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
