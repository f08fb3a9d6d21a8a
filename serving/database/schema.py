"""The schema, brought up to date by Alembic."""

from __future__ import annotations

import logging
from pathlib import Path

from features.settings import settings
from features.staging import exclusive
from serving.database.connection import connect

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(source: str) -> None:
    """Bring a source's state database to the newest schema; processes that start at once wait for each other."""
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    lock = settings().source_state(source) / "state"
    lock.mkdir(parents=True, exist_ok=True)
    with exclusive(lock, "bringing the state database up to date", wait=True), connect(source).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
