"""The state database of access, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import pytest

from tests.conftest import use
from tests.contract.access_world import quick_passwords


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, tmp_path):
    """Give a test an empty state database with the newest schema, of either kind."""
    from serving.database import connect, upgrade

    address = ""
    if request.param == "postgresql":
        server, address = request.getfixturevalue("postgres")
        server.psql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
    with use(tmp_path, SANZAO_DATABASE=address), quick_passwords():
        upgrade("framingham")
        yield tmp_path
        connect("framingham").dispose()
