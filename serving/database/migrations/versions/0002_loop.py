"""The loop of the screening lists: lists, tasks, their history, and requests that may be sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serving.database.base import Moment

revision = "0002_loop"
down_revision = "0001_access"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "loop_list",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("programme", sa.String(40), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(80), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.UniqueConstraint("source", "programme", "week", "area", name="uq_loop_list_week"),
    )
    op.create_table(
        "loop_task",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column(
            "list_id", NUMBER, sa.ForeignKey("loop_list.id", name="fk_loop_task_list_id_loop_list"), nullable=False
        ),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("programme", sa.String(40), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("township", sa.String(12), nullable=False),
        sa.Column("test", sa.String(40), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("uptake", sa.Double(), nullable=False),
        sa.Column("benefit", sa.Double(), nullable=False),
        sa.Column("by_lot", sa.Boolean(), nullable=False),
        sa.Column("inclusion_probability", sa.Double(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("call_again_on", sa.Date(), nullable=True),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.UniqueConstraint("source", "programme", "week", "person_id", name="uq_loop_task_person"),
        sa.CheckConstraint(
            "inclusion_probability > 0 AND inclusion_probability <= 1", name=op.f("ck_loop_task_probability")
        ),
    )
    op.create_index("ix_loop_task_person", "loop_task", ["source", "person_id"])
    op.create_index("ix_loop_task_state", "loop_task", ["source", "programme", "state"])
    op.create_table(
        "loop_transition",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column(
            "task_id",
            NUMBER,
            sa.ForeignKey("loop_task.id", name="fk_loop_transition_task_id_loop_task"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(20), nullable=True),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("call_again_on", sa.Date(), nullable=True),
        sa.Column("tested_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Integer(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.UniqueConstraint("task_id", "version", name="uq_loop_transition_version"),
    )
    op.create_table(
        "loop_request",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("actor", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    _only_ever_added_to("loop_transition")


def _only_ever_added_to(table: str) -> None:
    """Let the database itself refuse to change or remove a row of history."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is only ever added to'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
    )
