"""Serve an edition as `arkisto serve` does, in a process of its own, and open it with Chromium."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = (
    "import sys; from pathlib import Path; from archive.site import serve;"
    "serve(Path(sys.argv[1]), host='127.0.0.1', port=0, warm_up=False)"
)
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def served(published: Path) -> Iterator[str]:
    """Give the address of a running site, without the last slash."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(published)], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield server.stdout.readline().split()[0].rstrip("/")
        finally:
            server.terminate()


@contextmanager
def chromium_at(program: str) -> Iterator[object]:
    """Give a running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
