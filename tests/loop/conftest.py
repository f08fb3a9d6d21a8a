"""The state database of the loops, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import pytest

from tests.loop.loop_people import SOURCE, use_state


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """Give a test an empty state database with the newest schema; the same test runs on both kinds."""
    from serving.database import upgrade

    address = ""
    if request.param == "postgresql":
        server, address = request.getfixturevalue("postgres")
        server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
    with use_state(tmp_path, address):
        upgrade(SOURCE)
        yield tmp_path, address
