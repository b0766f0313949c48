"""Read other web archives with Scrapy: a spider for Wayback Machines of any make, and one for Common Crawl."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider

from archive.errors import ConfigError, WarcError
from archive.registry import Registry, find_config, load_registry
from archive.registry.problems import suggestion
from crawler.exchange import FetchFailure
from crawler.past.commoncrawl import CommonCrawlSource
from crawler.past.engine import WIRING, PastScheduler
from crawler.past.plan import Choice
from crawler.past.run import PastRun
from crawler.past.sources import Source, Wayback
from crawler.past.tasks import ANSWER, TASK, Outcome, Pause, Settled, Task, Trouble
from crawler.politeness import CrawlStopping, retry_after
from crawler.runlock import run_lock
from crawler.stopping import StopWatch

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

    from crawler.http1 import Answer

PAST_LOCK = "fetch"
"""One run at a time works on ``past.db``, whichever archive it reads; crawls have a lock of their own."""
BUSY = (429, 503)
"""Answers of an archive itself that ask for a pause."""
BROKEN = (500, 502, 504, 520, 522, 524)
"""Answers of an archive itself, or of what stands before it, that pass."""


class PastSpider(Spider):
    """Judge each answer of another archive.

    ``arkisto wayback`` and ``arkisto commoncrawl`` give it a run.
    ``scrapy crawl wayback -a site=ID -a data=DIR -a archive=arquivo`` makes its own.
    """

    scheduler: PastScheduler

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Bring the components of other archives along."""
        super().update_settings(settings)
        for name, value in WIRING.items():
            settings.set(name, value, "spider")

    def __init__(self, crawl: PastRun, **kwargs: Any) -> None:
        """Carry the run to the components."""
        super().__init__(**kwargs)
        self.crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider; make a run from its arguments if none is given."""
        if "crawl" not in kwargs:
            kwargs = cls._own_run(crawler, **kwargs)
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def _own_run(
        cls, crawler: Crawler, site: str, data: str | None = None, **arguments: str
    ) -> dict[str, Any]:
        registry = load_registry(find_config())
        source = cls.source(registry, **arguments)
        place = Path(data or os.environ.get("ARKISTO_DATA", "data"))
        lock = contextlib.ExitStack()
        lock.enter_context(run_lock(place, PAST_LOCK))
        [chosen] = registry.select([site], None)
        run = PastRun(registry, place, source, Choice(site=chosen))
        StopWatch(crawler, run)
        return {"crawl": run, "lock": lock}

    @classmethod
    def source(cls, registry: Registry, **arguments: str) -> Source:
        """Return the archive that the arguments name."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Request]:
        """Yield nothing: the queue stands in ``past.db``."""
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def parse(self, response: Response) -> Iterator[Settled]:
        """Judge one answer."""
        task: Task = response.meta[TASK]
        answer: Answer = response.meta[ANSWER]
        yield Settled(task, self._outcome(task, answer))

    def _outcome(self, task: Task, answer: Answer) -> Outcome:
        run, head = self.crawl, answer.head
        captured = head.first(b"memento-datetime") is not None
        if head.status in BUSY and not captured:
            return Pause(retry_after(head.first(b"retry-after"), run.now()))
        if head.status in BROKEN and not captured:
            return Trouble(f"{run.source.name} answered with {head.status}")
        if task.truncated in ("disconnect", "time"):
            return Trouble(f"the answer broke off ({task.truncated})")
        if task.wanted is not None:
            return run.source.judge(task.wanted, answer, run.room)
        assert task.question is not None  # noqa: S101 - a task is about a capture or a question
        try:
            return run.source.read(task.question, answer, run.choice, run.room)
        except ValueError as error:
            return Trouble(str(error))

    def failed(self, failure: Failure) -> Iterator[Settled]:
        """Tell what kept an answer from coming; the end of the run is none of it."""
        task: Task = failure.request.meta[TASK]  # type: ignore[attr-defined]  # set by Scrapy's scraper
        error = failure.value
        if isinstance(error, WarcError):
            self.crawl.break_off(error)
        if isinstance(error, CrawlStopping | WarcError):
            self.scheduler.release()
        elif isinstance(error, FetchFailure):
            yield Settled(task, Trouble(f"{error.kind}: {error}"))
        else:
            self.crawl.problems.append(f"{task.url}: {type(error).__name__}: {error}")
            yield Settled(task, Trouble(f"{type(error).__name__}: {error}"))


class WaybackSpider(PastSpider):
    """Read a Wayback Machine of any make."""

    name = "wayback"

    @classmethod
    def source(cls, registry: Registry, archive: str = "wayback", **arguments: str) -> Source:
        """Return an archive of ``[archives]`` in crawl.toml.

        Raises:
            ConfigError: there is none of this name.
        """
        known = registry.crawl.archives
        if archive not in known:
            hint = suggestion(archive, known)
            raise ConfigError(
                [f'no archive "{archive}"{hint}; [archives] of crawl.toml has: {", ".join(known)}']
            )
        return Wayback(archive, known[archive])


class CommonCrawlSpider(PastSpider):
    """Copy records of Common Crawl."""

    name = "commoncrawl"

    @classmethod
    def source(cls, registry: Registry, **arguments: str) -> Source:
        """Return Common Crawl."""
        return CommonCrawlSource(registry.crawl.commoncrawl)
