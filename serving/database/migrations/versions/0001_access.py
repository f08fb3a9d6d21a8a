"""Accounts, API keys, sessions, consents, and the audit log that nobody can change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serving.database.base import Moment

revision = "0001_access"
down_revision = None
branch_labels = None
depends_on = None

REFUSAL = "the audit log is append-only"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "account",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("catchment", sa.Text(), nullable=False),
        sa.Column("resident", sa.BigInteger()),
        sa.Column("password", sa.String(255)),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("valid_from", Moment(), nullable=False),
        sa.Column("disabled_at", Moment()),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
    )
    for name, moment in (("api_key", "made_at"), ("page_session", "ends_at")):
        op.create_table(
            name,
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("account", sa.String(64), nullable=False),
            sa.Column(moment, Moment(), nullable=False),
            sa.PrimaryKeyConstraint("digest", name=f"pk_{name}"),
            sa.ForeignKeyConstraint(["account"], ["account.name"], name=f"fk_{name}_account_account"),
        )
        op.create_index(f"ix_{name}_account", name, ["account"])
    op.create_table(
        "consent",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
        sa.PrimaryKeyConstraint("account", "person_id", name="pk_consent"),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name="fk_consent_account_account"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
