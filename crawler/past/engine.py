"""Join a run to Scrapy: hand out one request at a time, carry it out, settle what came, end the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self, cast

from scrapy import Request, signals
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.scheduler import BaseScheduler
from scrapy.http import Response

from archive.errors import ArchiveError, WarcError
from crawler.http1 import Head
from crawler.past.run import PastRun
from crawler.past.tasks import ANSWER, TASK, Settled, Task

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawler.past.spiders import PastSpider

WIRING = {
    "SCHEDULER": "crawler.past.engine.PastScheduler",
    "ARCHIVE_HANDLER": "crawler.past.engine.PastHandler",
    "ITEM_PIPELINES": {"crawler.past.engine.Settle": 100},
    "EXTENSIONS": {"crawler.past.engine.Ending": 100, "crawler.progress.Progress": 200},
}
"""What a spider of other archives has of its own; the add-on sets the rest."""

_OUTCOMES: dict[str, Literal["finished", "stopped"]] = {
    "finished": "finished",
    "shutdown": "stopped",
}


class PastScheduler(BaseScheduler):
    """The queue of a run, seen by Scrapy's engine: one request at a time, for it is one archive."""

    def __init__(self, spider: PastSpider) -> None:
        """Work for the run that the spider carries."""
        self._run = spider.crawl
        self._spider = spider
        self._next: Task | None = None
        self._busy = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it for the running spider."""
        spider = cast("PastSpider", crawler.spider)
        spider.scheduler = scheduler = cls(spider)
        return scheduler

    def open(self, spider: Spider) -> None:
        """Do nothing: the run is open already."""

    def close(self, reason: str) -> None:
        """Do nothing: the end of the run makes everything durable."""

    def enqueue_request(self, request: Request) -> bool:
        """Refuse: what is asked for stands in ``past.db``."""
        return False

    def has_pending_requests(self) -> bool:
        """Tell whether the run goes on."""
        return self._busy or self._look() is not None

    def next_request(self) -> Request | None:
        """Return the next request, if none is under way."""
        task = None if self._busy else self._look()
        if task is None:
            return None
        self._busy, self._next = True, None
        return Request(
            task.url,
            callback=self._spider.parse,
            errback=self._spider.failed,
            meta={TASK: task},
            dont_filter=True,
        )

    def release(self) -> None:
        """Note that the request under way is settled."""
        self._busy = False

    def _look(self) -> Task | None:
        run = self._run
        if run.stopping:
            return None
        try:
            self._next = self._next or run.next_task()
        except (ArchiveError, WarcError) as error:
            run.break_off(error)
            return None
        if self._next is not None and run.postponed(self._next.slot):
            run.leave(self._next.slot)
            return None
        return self._next


class PastHandler(BaseDownloadHandler):
    """The download handler for http and https."""

    def __init__(self, crawler: Crawler) -> None:
        """Work for the run that the spider carries."""
        super().__init__(crawler)
        self._run: PastRun = cast("PastSpider", crawler.spider).crawl

    async def download_request(self, request: Request) -> Response:
        """Ask, and lay the answer beside the task; Scrapy sees no body.

        Raises:
            FetchFailure: there is no answer.
            CrawlStopping: the run ends before the archive's turn has come.
            WarcError: the disk is too full for a large answer.
        """
        task: Task = request.meta[TASK]
        exchange = await self._run.fetcher.fetch(
            task.url,
            task.request,
            slot=task.slot,
            gap=task.gap,
            body_limit=lambda head: self._limit(task, head),
        )
        task.elapsed_ms, task.truncated = exchange.elapsed_ms, exchange.truncated
        request.meta[ANSWER] = exchange.response
        return Response(url=request.url, status=exchange.response.head.status)

    def _limit(self, task: Task, head: Head) -> int:
        run = self._run
        if task.wanted is None:
            return run.room.list_bytes
        return run.source.body_limit(task.wanted, head, run.room)


class Settle:
    """The item pipeline: every task ends here, whatever came of it."""

    def __init__(self, spider: PastSpider) -> None:
        """Work for the run that the spider carries."""
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it for the running spider."""
        return cls(cast("PastSpider", crawler.spider))

    def process_item(self, item: Settled) -> Settled:
        """Settle one task; where the disk does not let it, end the run."""
        run = self._spider.crawl
        try:
            run.settle(item.task, item.outcome)
        except (ArchiveError, WarcError) as error:
            run.break_off(error)
        self._spider.scheduler.release()
        return item


class Ending:
    """The extension that ends a run."""

    def __init__(self, run: PastRun) -> None:
        """Work for one run."""
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the end of the spider."""
        extension = cls(cast("PastSpider", crawler.spider).crawl)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_closed(self, reason: str) -> None:
        """Finish the run with the outcome that Scrapy's reason means."""
        outcome = _OUTCOMES.get(reason)
        if outcome == "finished" and self._run.stopping:
            outcome = "stopped"
        self._run.finish(outcome or "failed")
