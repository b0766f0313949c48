"""Run one page in a Chromium that has no network of its own, and take down what it makes of it.

Every request of the page is handed to our answerer; the browser itself can neither resolve a name nor open a connection.
Routing alone is not enough: with Chromium 156, preconnect and WebRTC sent 5 TCP and 4 UDP packets past it (2026-11-21);
with the switches below, none. Each page gets a browser of its own, so that nothing stays from one page to the next
and a browser that is out of hand can be killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, CDPSession, Page, Playwright, Route
from playwright.async_api import Error as PlaywrightError

from archive.errors import CrawlError
from archive.registry import Render

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SEALED = (
    # no name and no address leads anywhere, IP literals included
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--dns-prefetch-disable",
    "--no-pings",
)

MODEST = (
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers often have 64 MB there
    "--mute-audio",
    "--renderer-process-limit=1",
    "--js-flags=--max-old-space-size=512",
)

QUIET_SECONDS = 1.0
"""No request under way and no change of the page for so long: it is done. Playwright's own "networkidle" waits 0.5 s."""
LOOK_SECONDS = 0.2
GRACE_SECONDS = 10.0
"""What a browser gets for starting, and again for handing over a page and ending."""
VIEW = {"width": 1280, "height": 4000}
"""Tall, so that lists which load as one scrolls are in view."""

# Runs in a world of its own, where the page cannot have replaced these functions.
# Shadow roots are written as declarative templates, which browsers read back.
TAKE_DOWN = """
(limit => {
  const roots = [];
  const collect = node => {
    for (const element of node.querySelectorAll('*'))
      if (element.shadowRoot) { roots.push(element.shadowRoot); collect(element.shadowRoot); }
  };
  collect(document);
  const outer = document.documentElement.cloneNode(false).outerHTML;
  const end = outer.lastIndexOf('</');
  const inner = document.documentElement.getHTML({shadowRoots: roots});
  const type = document.doctype ? '<!DOCTYPE html>\\n' : '';
  return (type + outer.slice(0, end) + inner + outer.slice(end)).slice(0, limit);
})"""
MEASURE = """
document.readyState === 'loading' ? Math.random()
  : document.documentElement.textContent.length + document.querySelectorAll('*').length
"""
"""Changes as long as the page does."""


class RenderFailure(Exception):
    """A page could not be rendered; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to render and within which limits."""

    url: str
    agent: str
    """The User-Agent that the page's program reads."""
    answer: Callable[[Route], Awaitable[None]]
    """Answers each request of the page."""
    waiting: Callable[[], int]
    """Tells how many requests are being answered."""
    program: Path
    limits: Render


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What the browser made of a page."""

    html: str
    browser: str
    """Name and version."""
    settled: bool
    """False where the page was still changing when its time was over."""
    seconds: float


def find_chromium(named: str | None) -> Path:
    """Return the path of the browser.

    Raises:
        CrawlError: there is none.
    """
    for name in [named] if named else PROGRAMS:
        found = shutil.which(name)
        if found:
            return Path(found)
    if named:
        raise CrawlError(f"{named} (crawl.toml, [render] chromium) is no program that can be run")
    raise CrawlError(
        "no Chromium is installed: install the package chromium, or name one in crawl.toml, [render] chromium"
    )


async def render(playwright: Playwright, order: Order) -> Rendered:
    """Run a page and return what it became.

    Raises:
        RenderFailure: it took too much time or memory, or the browser failed.
    """
    began = time.monotonic()
    chromium = await _launch(playwright, order)
    keeper = _Keeper(await _process_of(chromium), order.limits.max_memory_bytes)
    watching = asyncio.create_task(keeper.watch())
    try:
        async with asyncio.timeout(order.limits.page_seconds + GRACE_SECONDS):
            html, settled = await _run(chromium, order)
    except TimeoutError as error:
        message = f"the browser hung and was killed after {order.limits.page_seconds:g} s"
        raise RenderFailure(message) from error
    except PlaywrightError as error:
        raise RenderFailure(
            keeper.verdict or f"the browser failed: {_first_line(error)}"
        ) from error
    finally:
        watching.cancel()
        await _end(chromium, keeper)
    return Rendered(
        html=html,
        browser=f"Chromium/{chromium.version}",
        settled=settled,
        seconds=time.monotonic() - began,
    )


async def _launch(playwright: Playwright, order: Order) -> Chromium:
    try:
        return await playwright.chromium.launch(
            executable_path=order.program,
            args=[*SEALED, *MODEST],
            chromium_sandbox=order.limits.sandbox,
            timeout=GRACE_SECONDS * 1000,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )
    except PlaywrightError as error:
        hint = (
            "; Chromium runs no sandbox for root: run the crawler as an ordinary user"
            " (or set sandbox = false in crawl.toml, [render], inside a container that shields the rest)"
        )
        message = f"{order.program} does not start: {_first_line(error)}"
        raise CrawlError(message + (hint if os.geteuid() == 0 else "")) from error


async def _process_of(chromium: Chromium) -> int:
    session = await chromium.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    return next(int(found["id"]) for found in told["processInfo"] if found["type"] == "browser")


async def _run(chromium: Chromium, order: Order) -> tuple[str, bool]:
    """Return the page and whether it had come to rest."""
    context = await chromium.new_context(
        user_agent=order.agent,
        locale="fi-FI",
        timezone_id="Europe/Helsinki",
        viewport={"width": VIEW["width"], "height": VIEW["height"]},
        service_workers="block",
        accept_downloads=False,
    )
    await context.route("**/*", order.answer)
    await context.route_web_socket("**/*", lambda socket: socket.close())
    page = await context.new_page()
    context.on("page", _close_popup)
    deadline = time.monotonic() + order.limits.page_seconds
    # not later than "commit": a page whose program goes elsewhere at once would break the waiting off
    await page.goto(order.url, wait_until="commit", timeout=order.limits.page_seconds * 1000)
    world = await _World.of(context, page)
    settled = await _settle(world, order, deadline)
    return str(await world.value(f"{TAKE_DOWN}({order.limits.max_html_characters})")), settled


async def _close_popup(popup: Page) -> None:
    with contextlib.suppress(PlaywrightError):  # it may have closed itself
        await popup.close()


class _World:
    """A place beside the page's own program, from which its document is read."""

    def __init__(self, session: CDPSession, context: int) -> None:
        self._session = session
        self._context = context

    @classmethod
    async def of(cls, context: BrowserContext, page: Page) -> _World:
        session = await context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        world = await session.send(
            "Page.createIsolatedWorld",
            {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "archive"},
        )
        return cls(session, world["executionContextId"])

    async def value(self, expression: str) -> object:
        """Return what an expression gives."""
        told = await self._session.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": self._context, "returnByValue": True},
        )
        return told["result"].get("value")


async def _settle(world: _World, order: Order, deadline: float) -> bool:
    """Wait until nothing moves any more; return whether that came before the deadline."""
    before: object = None
    since = time.monotonic()
    while time.monotonic() < deadline:
        now = await world.value(MEASURE)
        if order.waiting() or now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since >= QUIET_SECONDS:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def _end(chromium: Chromium, keeper: _Keeper) -> None:
    """Close the browser; kill it where it does not go."""
    with contextlib.suppress(PlaywrightError, TimeoutError):
        if not keeper.verdict:
            async with asyncio.timeout(GRACE_SECONDS / 2):
                await chromium.close()
    keeper.kill()


class _Keeper:
    """Keep a browser within its memory, and kill it by its process id when it must go."""

    def __init__(self, pid: int, most: int) -> None:
        self._pid = pid
        self._born = _birth(pid)
        self._most = most
        self.verdict: str | None = None

    async def watch(self) -> None:
        """Look every half second."""
        while True:
            used = memory_of(self._pid)
            if used > self._most:
                self.verdict = f"the page used {used // 10**6} MB of memory; the browser was killed"
                self.kill()
                return
            await asyncio.sleep(0.5)

    def kill(self) -> None:
        """End the browser if it still runs; another process with its number is left alone."""
        if self._born is not None and _birth(self._pid) == self._born:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)


def _birth(pid: int) -> str | None:
    """Return the start time of a process in clock ticks (proc(5)), or ``None`` where it is no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


def memory_of(pid: int) -> int:
    """Return the bytes that a process and its children hold for themselves: resident, not shared."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    pages, left = 0, [pid]
    while left:
        one = left.pop()
        left += children.get(one, [])
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            _, resident, shared, *_ = Path(f"/proc/{one}/statm").read_text().split()
            pages += int(resident) - int(shared)
    return pages * os.sysconf("SC_PAGE_SIZE")


def _first_line(error: PlaywrightError) -> str:
    return error.message.strip().splitlines()[0] if error.message.strip() else "no reason given"
