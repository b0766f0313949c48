"""Pass it on to a run that it shall stop: a signal to our own command, or Scrapy that was stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from scrapy import signals

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

NUMBERS = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 0.2


class Work(Protocol):
    """What can be stopped."""

    interrupted: bool
    """Ctrl-C was pressed."""

    def stop(self) -> None:
        """End as soon as what is under way is finished."""


@contextlib.contextmanager
def stopped_by_signals(work: Work, end: Callable[[], object]) -> Iterator[None]:
    """Stop a run on SIGTERM and SIGINT and call ``end``; a second signal ends the process as usual.

    Signals reach the main thread only; in another one nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        work.interrupted = number == signal.SIGINT
        work.stop()
        end()
        restore()

    def restore() -> None:
        for number in NUMBERS:
            loop.remove_signal_handler(number)

    for number in NUMBERS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        restore()


class StopWatch:
    """Pass a stop that Scrapy was asked for on to a run that is a spider of ``scrapy crawl``.

    Scrapy waits for the requests under way, and those may wait minutes for their host's turn.
    It has no signal for the beginning of a stop.
    """

    def __init__(self, crawler: Crawler, work: Work) -> None:
        """Begin to look when the spider opens."""
        self._crawler = crawler
        self._work = work
        self._task: asyncio.Task[None] | None = None
        crawler.signals.connect(self._begin, signal=signals.spider_opened, weak=False)

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._watch())
        self._crawler.signals.connect(self._task.cancel, signal=signals.spider_closed, weak=False)

    async def _watch(self) -> None:
        while self._crawler.crawling:
            await asyncio.sleep(LOOK_SECONDS)
        self._work.stop()
