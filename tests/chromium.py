"""Open pages with a real Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import crawler.browser
from tests.peers import system_program

SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a running browser; without Chromium, fail in CI and skip elsewhere."""
    from playwright.sync_api import sync_playwright

    program = system_program(*crawler.browser.PROGRAMS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
