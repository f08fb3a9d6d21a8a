"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serving.database.base import Moment

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    ${upgrades if upgrades else "pass"}
