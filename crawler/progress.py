"""Tell on stderr how a crawl is getting on: one rewritten line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Protocol, Self, TextIO, cast

from scrapy import signals
from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.site import SiteSpider

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 10.0


class Watched(Protocol):
    """What is reported on."""

    def progress(self) -> str:
        """Return one line about how it is getting on."""


class Progress:
    """The extension that reports progress."""

    def __init__(self, crawl: Watched, stream: TextIO) -> None:
        """Write about one crawl to a stream."""
        self._crawl = crawl
        self._stream = stream
        self._terminal = stream.isatty()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the beginning and the end of the spider."""
        if not crawler.settings.getbool("PROGRESS_ENABLED", True):
            raise NotConfigured
        spider = cast("SiteSpider", crawler.spider)
        extension = cls(spider.crawl, sys.stderr)
        crawler.signals.connect(extension.begin, signal=signals.spider_opened)
        crawler.signals.connect(extension.end, signal=signals.spider_closed)
        return extension

    def begin(self) -> None:
        """Start reporting."""
        self._task = asyncio.get_running_loop().create_task(self._report())

    async def end(self) -> None:
        """Stop reporting; the last line stays."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._terminal:
            self._stream.write("\n")

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(TERMINAL_SECONDS if self._terminal else LOG_SECONDS)
            self._write()

    def _write(self) -> None:
        line = self._crawl.progress()
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._stream.flush()
