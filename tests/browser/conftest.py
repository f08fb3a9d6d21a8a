"""A served city and a browser that looks at it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.browser.chromium import WEB, chromium
from tests.conftest import PROJECT, SANZAO, copy_world, environment

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
# Pictures of every page that a test looked at: kept for people to look at, too.
PICTURES = PROJECT / "var" / "test-pictures"


@pytest.fixture(scope="session")
def browser():
    """Give a running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def served(city_trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a city, with demo log-ins, to all tests that only look at it, and give its address."""
    root = tmp_path_factory.mktemp("looked-at") / "city"
    copy_world(city_trained, root)
    with serving(root) as address:
        yield address


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the city in a folder, with demo log-ins, and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (root / "serve.log").open("w")
    server = subprocess.Popen(
        [SANZAO, "serve", "--source", "city"], stdout=log, stderr=log,
        env=environment(root, SANZAO_SOURCE="city", SANZAO_DEMO="true", SANZAO_PORT=str(port)),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/readyz", server, root / "serve.log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            urlopen(address)  # noqa: S310 - our own
        except (URLError, OSError):
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture
def page(browser, request):
    """Give a page of a fresh browser, in Chinese; a script error, a refused load or a call elsewhere fails it."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1360, "height": 860})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    # What a server's refusal says is part of some tests; a breach of the content policy never is.
    page.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda asked: wrong.append(asked.url) if not _own(asked.url) else None)
    yield page
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())}.png")
    context.close()
    assert not wrong, wrong


def _own(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "data:", "blob:"))


def sign_in(page, address: str, role: str, to: str = "/") -> None:
    """Sign in as a demo account of a role, by a click on the log-in page, and wait for a page of the app."""
    page.goto(f"{address}/login?to={quote(to)}")
    page.get_by_test_id(f"demo-{role}").click()
    page.wait_for_url(lambda url: "/login" not in url)


def serious_faults(page) -> list[str]:
    """Return what axe finds serious or critical on the page as it is."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
