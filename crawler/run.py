"""Run one crawl from beginning to end in this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from archive.registry import Registry
from crawler.crawl import Crawl
from crawler.report import CrawlOutcome, close_crawl
from crawler.runlock import run_lock
from crawler.shards import EVERYTHING, Selection, choose_sites
from crawler.spiders.site import SiteSpider
from crawler.stopping import Work, stopped_by_signals

__all__ = ["CrawlOutcome", "quiet_logging", "run_crawl", "run_spider"]


def run_crawl(
    registry: Registry,
    data: Path,
    selection: Selection = EVERYTHING,
    *,
    log: bool = True,
    now: datetime | None = None,
) -> CrawlOutcome:
    """Crawl sites into the WARC files of a data directory.

    An earlier crawl that was stopped or killed is continued first; nothing is fetched twice.
    SIGTERM and SIGINT end it cleanly: requests under way are finished, the report is written.

    Args:
        registry: the configuration.
        data: the data directory.
        selection: the sites, and whether all of their pages or what is due.
        log: write progress to stderr.
        now: the time at which the crawl begins, for tests.

    Raises:
        ConfigError: a site id or the region is unknown.
        CrawlError: another crawl is running, or there is nothing to crawl.
        ArchiveError, WarcError: frontier.db or a WARC file cannot be used.
    """
    chosen = choose_sites(registry, selection)
    with run_lock(data):
        crawl = Crawl(registry, data, chosen, due=selection.due, now=now)
        try:
            with quiet_logging():
                asyncio.run(run_spider(SiteSpider, crawl, log=log))
        finally:
            close_crawl(crawl, "failed")
        return _outcome(crawl)


async def run_spider(spider: type[Spider], crawl: Work, *, log: bool) -> None:
    """Run one spider to its end, or until SIGTERM or SIGINT.

    Args:
        spider: its class.
        crawl: what it works on.
        log: write progress to stderr.
    """
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("PROGRESS_ENABLED", log)
    runner = AsyncCrawlerRunner(settings)
    stopping: list[asyncio.Task[None]] = []  # held, for a task that nobody holds may vanish
    with stopped_by_signals(crawl, lambda: stopping.append(asyncio.create_task(runner.stop()))):
        await runner.crawl(spider, crawl=crawl)


@contextlib.contextmanager
def quiet_logging() -> Iterator[None]:
    """Let Scrapy log warnings only: its lines about every page would drown the progress."""
    logger = logging.getLogger("scrapy")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _outcome(crawl: Crawl) -> CrawlOutcome:
    outcome = crawl.outcome or "failed"
    return CrawlOutcome(
        crawl_id=crawl.id,
        outcome=outcome,
        counts=crawl.tally.totals(),
        alarms=crawl.alarms,
        problems=crawl.final_problems,
        report=crawl.report,
        interrupted=crawl.interrupted,
    )
