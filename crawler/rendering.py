"""Render the pages that the archive suspects of being empty without JavaScript, and store what a browser made of them.

The page and all that it needs are asked for anew, as captures like any other;
the rendered page is a conversion record that refers to the page's own response.
scrapy-playwright is not used: it insists on Twisted's reactor, which our crawls run without,
and lets the browser talk to the network, past our delays, guards and WARC files.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ArchiveError, CrawlError, WarcError
from archive.registry import Registry
from archive.suspects import Suspect, suspects
from archive.urls import host_of, registered_domain
from crawler.browserfetch import BrowserFetch, PageVisit
from crawler.crawl import Crawl
from crawler.discovery import contents_of
from crawler.report import CrawlOutcome, Outcome, close_crawl
from crawler.runlock import run_lock
from crawler.scope import Scope
from crawler.shards import EVERYTHING, Selection, choose_sites
from crawler.stopping import stopped_by_signals
from crawler.targets import Skip
from crawler.warcrecords import Fields, fields_block

if TYPE_CHECKING:
    from playwright.async_api import Playwright

    from crawler.browser import Rendered

HTML_UTF8 = "text/html; charset=utf-8"


def run_rendering(
    registry: Registry,
    data: Path,
    selection: Selection = EVERYTHING,
    *,
    now: datetime | None = None,
) -> CrawlOutcome | None:
    """Render suspect pages into the WARC files of a data directory; ``None`` where there are none.

    Args:
        registry: the configuration.
        data: the data directory; its archive.db says which pages are suspect.
        selection: the sites; where only what is due, pages that were rendered within ``recrawl.page_days`` are left out.
        now: the time at which the run begins, for tests.

    Raises:
        ConfigError: a site id or the region is unknown.
        CrawlError: another crawl is running, or the browser is missing.
        ArchiveError, WarcError: archive.db, frontier.db or a WARC file cannot be used.
    """
    chosen = choose_sites(registry, selection)
    program = _needed(registry)
    age = timedelta(days=registry.crawl.recrawl.page_days if selection.due else 0)
    before = (now or datetime.now(UTC)) - age
    with run_lock(data):
        found = suspects(data / "archive.db", [site.id for site in chosen], before=before)
        if not found:
            return None
        run = _Run(Crawl(registry, data, [], now=now), program)
        try:
            asyncio.run(run.all(found))
        finally:
            run.close()
        return run.told()


def _needed(registry: Registry) -> Path:
    """Return the browser, or say what to install."""
    if find_spec("playwright") is None:
        raise CrawlError("rendering needs an extra: pip install 'jarjestoarkisto[render]'")
    from crawler.browser import find_chromium

    return find_chromium(registry.crawl.render.chromium)


class _Run:
    """The rendering of some pages, one by one on each host, a few hosts side by side."""

    def __init__(self, crawl: Crawl, program: Path) -> None:
        self._crawl = crawl
        self._program = program
        self._fetch = BrowserFetch(crawl)
        self._free = asyncio.Semaphore(crawl.config.render.parallel)
        self._counts: Counter[str] = Counter()
        self._outcome: Outcome = "failed"

    async def all(self, found: list[Suspect]) -> None:
        """Render the pages; SIGTERM and SIGINT end it within seconds."""
        from playwright.async_api import async_playwright

        slots: dict[str, list[Suspect]] = {}
        for suspect in found:
            slots.setdefault(registered_domain(host_of(suspect.url)), []).append(suspect)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        with stopped_by_signals(self._crawl, end=task.cancel):
            async with async_playwright() as playwright:
                try:
                    async with asyncio.TaskGroup() as tasks:
                        for pages in slots.values():
                            tasks.create_task(self._slot(playwright, pages))
                except asyncio.CancelledError:
                    if not self._crawl.stopping:
                        raise
                except BaseExceptionGroup as errors:
                    self._note(errors.exceptions[0])
                    return
        self._outcome = "stopped" if self._crawl.stopping else "finished"

    def _note(self, error: BaseException) -> None:
        """Keep an error that ends the run as one that the report tells; pass others on."""
        if not isinstance(error, WarcError | ArchiveError):
            raise error
        self._crawl.fatal = error

    async def _slot(self, playwright: Playwright, pages: list[Suspect]) -> None:
        for suspect in pages:
            async with self._free:
                if self._crawl.stopping or self._crawl.postponed(
                    registered_domain(host_of(suspect.url))
                ):
                    return
                await self._page(playwright, suspect)

    async def _page(self, playwright: Playwright, suspect: Suspect) -> None:
        from crawler.browser import Order, RenderFailure, render

        visit = self._fetch.visit(suspect.url, self._crawl.registry.sites[suspect.site])
        order = Order(
            url=suspect.url,
            agent=self._crawl.user_agent,
            answer=partial(self._fetch.answer, visit=visit),
            waiting=lambda: visit.waiting,
            program=self._program,
            limits=self._crawl.config.render,
        )
        try:
            rendered = await render(playwright, order)
        except RenderFailure as failure:
            self._failed(visit, visit.why or str(failure))
        else:
            self._store(visit, suspect, rendered)
        self._crawl.commit_when_due()

    def _failed(self, visit: PageVisit, why: str) -> None:
        """Record why a page was not rendered."""
        crawl = self._crawl
        if crawl.stopping:
            return
        self._counts["not_rendered"] += 1
        if why.startswith("robots.txt"):
            crawl.skip(Skip(url=visit.url, site=visit.site.id, reason="robots", detail=why))
            return
        facts: Fields = {
            "fetchError": "other",
            "message": f"not rendered: {why}",
            "hopsFromSeed": visit.row.hops + "E",
            "siteId": visit.site.id,
        }
        pointer = crawl.writer.metadata(visit.url, fields_block(facts))
        crawl.frontier.uncommitted.append(pointer)

    def _store(self, visit: PageVisit, suspect: Suspect, rendered: Rendered) -> None:
        """Write the rendered page, and queue what it leads to."""
        crawl, document = self._crawl, visit.document
        payload = document.capture.payload if document else None
        if payload is None:
            self._failed(visit, "its response was empty or cut short")
            return
        body = rendered.html.encode("utf-8", "replace")
        about: Fields = {
            "renderedBy": f"{rendered.browser} playwright/{version('playwright')}",
            "renderedFrom": visit.url,
            "sign": suspect.sign,
            "settled": "yes" if rendered.settled else "no",
            "seconds": round(rendered.seconds),
            "requests": visit.requests,
            "refused": ", ".join(f"{n} × {why}" for why, n in sorted(visit.refused.items()))
            or None,
            "siteId": visit.site.id,
        }
        pointer = crawl.writer.conversion(
            visit.url, body, of=payload.record_id, by=rendered.browser, about=about
        )
        crawl.frontier.uncommitted.append(pointer)
        self._counts["rendered"] += 1
        self._queue_links(visit, body)

    def _queue_links(self, visit: PageVisit, body: bytes) -> None:
        """Queue the addresses of a rendered page for the next crawl."""
        crawl = self._crawl
        scope = Scope(crawl.registry, crawl.frontier, [visit.site])
        contents = contents_of(visit.url, body, content_type=HTML_UTF8, kind="page")
        for lead in contents.leads:
            judged = scope.judge(lead, site=visit.site, hops=visit.row.hops, via=visit.url)
            if isinstance(judged, Skip):
                crawl.skip(judged)
            elif judged is not None and crawl.frontier.add(judged):
                self._counts["new_links"] += 1

    def close(self) -> None:
        """Write the report and close the files."""
        close_crawl(self._crawl, self._outcome)

    def told(self) -> CrawlOutcome:
        """Return how it ended."""
        names = ("rendered", "not_rendered", "new_links")
        counts = {name: self._counts[name] for name in names} | self._crawl.tally.totals()
        problems = list(self._crawl.final_problems)
        if self._counts["not_rendered"] and not self._counts["rendered"]:
            problems.append(
                f"not one of {self._counts['not_rendered']} pages could be rendered;"
                " `arkisto ingest` and the table issues tell why"
            )
        return CrawlOutcome(
            crawl_id=self._crawl.id,
            outcome=self._crawl.outcome or "failed",
            counts=counts,
            problems=problems,
            interrupted=self._crawl.interrupted,
        )
