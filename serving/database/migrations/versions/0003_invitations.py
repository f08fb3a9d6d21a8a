"""Whether the invitations of a list stand among the records already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serving.database.base import Moment

revision = "0003_invitations"
down_revision = "0002_loop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; lists from before get their records as well."""
    op.add_column("loop_list", sa.Column("recorded_at", Moment(), nullable=True))
