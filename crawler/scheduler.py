"""Hand Scrapy the next request: one per host at a time, robots.txt first, the longest waiting host first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Self, cast

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from archive.errors import ArchiveError, WarcError
from crawler.recovery import Found
from crawler.recrawl import due_after, validators
from crawler.robots_cache import Verdict
from crawler.targets import Row, Skip, Target
from crawler.visit import VISIT, Visit

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawler.crawl import Crawl
    from crawler.spiders.site import SiteSpider

TARGET = "target"
"""The key of ``Request.meta`` under which the spider hands over a URL to queue."""

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_LANGUAGE = "fi,sv;q=0.8,en;q=0.6,*;q=0.4"
ACCEPT_ENCODING = "gzip, deflate"
"""What every reader of WARC files can undo; brotli and zstd are not."""


class FrontierScheduler(BaseScheduler):
    """The frontier, seen by Scrapy's engine."""

    def __init__(self, crawl: Crawl, spider: SiteSpider) -> None:
        """Work for one crawl."""
        self._crawl = crawl
        self._spider = spider
        self._busy: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it for the crawl that the spider carries."""
        spider = cast("SiteSpider", crawler.spider)
        spider.scheduler = scheduler = cls(spider.crawl, spider)
        return scheduler

    def open(self, spider: Spider) -> None:
        """Do nothing: the crawl is open already."""

    def close(self, reason: str) -> None:
        """Do nothing: the crawl report makes everything durable."""

    def has_pending_requests(self) -> bool:
        """Tell whether the crawl goes on."""
        try:
            return not self._crawl.stopping and self._crawl.work_left()
        except ArchiveError as error:
            self._crawl.break_off(error)
            return False

    def enqueue_request(self, request: Request) -> bool:
        """Queue what the spider's ``start`` yields."""
        target: Target = request.meta[TARGET]
        try:
            return self._crawl.frontier.add(target)
        except ArchiveError as error:
            self._crawl.break_off(error)
            return False

    def release(self, visit: Visit) -> None:
        """Note that a visit is acknowledged: the next to its host may go out."""
        if visit.replay is None:
            self._busy.discard(visit.row.slot)
        else:
            self._crawl.replaying -= 1

    def next_request(self) -> Request | None:
        """Return the next request whose host has none under way; none when the frontier fails."""
        try:
            return self._next_request()
        except (ArchiveError, WarcError) as error:
            self._crawl.break_off(error)
            return None

    def _next_request(self) -> Request | None:
        crawl = self._crawl
        if crawl.stopping:
            return None
        if crawl.replays:
            row, found = crawl.replays.popleft()
            crawl.replaying += 1
            return self._request(row, gap=0.0, replay=found)
        if crawl.replaying:  # until all are read, the queue still holds URLs that were fetched
            return None
        if len(self._busy) >= crawl.config.politeness.concurrent_hosts:
            return None
        for slot in self._free_slots():
            taken = self._take(slot)
            if taken is not None:
                row, verdict = taken
                self._busy.add(row.slot)
                return self._request(row, gap=self._gap(row, verdict))
        return None

    def _free_slots(self) -> Iterator[str]:
        politeness = self._crawl.politeness
        free = [slot for slot, n in self._crawl.frontier.queue.items() if n > 0]
        free = [slot for slot in free if self._is_free(slot) and not self._crawl.postponed(slot)]
        yield from sorted(
            free, key=lambda slot: (self._crawl.rank(slot), politeness.ready_in(slot, 0.0))
        )

    def _is_free(self, slot: str) -> bool:
        """Tell whether neither a slot nor the address that serves it has a request under way."""
        party = self._crawl.politeness.party
        return slot not in self._busy and party(slot) not in {party(busy) for busy in self._busy}

    def _take(self, slot: str) -> tuple[Row, Verdict | None] | None:
        """Return the next URL of a host that robots.txt allows."""
        frontier = self._crawl.frontier
        while (row := frontier.take(slot)) is not None:
            if self._crawl.rests(row):
                continue
            if row.kind == "robots":
                return row, None
            trap = self._spider.traps.closed(row)
            if trap is not None:
                self._pass_over(row, "trap", trap)
                continue
            asked = self._crawl.sitemaps.instead(row, self._crawl.now())
            if asked is None:
                self._crawl.believe(row)
                continue
            row = asked
            verdict = self._crawl.robots.verdict(row.url, self._crawl.now())
            if verdict.need is not None:
                return self._robots_first(row, verdict)
            if verdict.allowed:
                return row, verdict
            self._pass_over(row, "robots", verdict.reason)
        return None

    def _robots_first(self, row: Row, verdict: Verdict) -> tuple[Row, None] | None:
        """Queue the robots.txt that is needed; return it if the host that serves it is free."""
        assert verdict.need is not None  # noqa: S101 - the caller has looked
        target = Target(
            url=verdict.need,
            site=row.site,
            kind="robots",
            hops=verdict.need_hops,
            via=row.url,
        )
        frontier = self._crawl.frontier
        frontier.ensure_queued(target)
        if self._crawl.postponed(target.slot):
            self._crawl.politeness.pause(row.slot, self._crawl.politeness.paused(target.slot))
            return None
        if not self._is_free(target.slot):
            return None
        needed = frontier.row(target.url)
        return None if needed is None else (needed, None)

    def _pass_over(self, row: Row, reason: str, detail: str | None) -> None:
        """Take a URL from the queue that is not asked for."""
        crawl = self._crawl
        crawl.skip(Skip(url=row.url, site=row.site, reason=reason, detail=detail, via=row.via))
        crawl.frontier.skipped(row, due=due_after(crawl.now(), crawl.config.recrawl.page_days))
        crawl.commit_when_due()

    def _gap(self, row: Row, verdict: Verdict | None) -> float:
        site = self._crawl.registry.sites.get(row.site)
        own = site.politeness.delay_seconds if site else None
        return self._crawl.politeness.gap(own, verdict.crawl_delay if verdict else None)

    def _request(self, row: Row, *, gap: float, replay: Found | None = None) -> Request:
        conditional = {} if row.kind == "robots" else validators(row)
        return Request(
            row.url,
            callback=self._spider.parse,
            errback=self._spider.failed,
            headers={
                "User-Agent": self._crawl.user_agent,
                "From": self._crawl.config.operator.email,
                "Accept": ACCEPT,
                "Accept-Language": ACCEPT_LANGUAGE,
                "Accept-Encoding": ACCEPT_ENCODING,
                **conditional,
            },
            meta={
                VISIT: Visit(row=row, gap=gap, replay=replay),
                "download_slot": row.slot if replay is None else f"replay {row.url}",
            },
            dont_filter=True,
        )
