"""Decide when the next request to a host may be sent.

The delay counts from the first byte of the previous answer (or from its failure) to the next request.
The server had the earlier request before it answered, and gets the next one after it is sent,
so the gap that the server sees is never below the delay, however slow the network or this machine is.

Two clocks run for each request: that of the registered domain ("slot"), and that of the address that serves it,
because many small sites often share one server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

T = TypeVar("T")

MAX_PAUSE = timedelta(days=1)
"""A Retry-After longer than this is taken as this."""

STOP_PATIENCE_SECONDS = 3.0
"""What a request under way gets when the crawl is stopped: most answers come in less, and people wait."""

DEFAULT_PAUSE = timedelta(seconds=60)
"""How long a host is left alone after 429 or 503 without a Retry-After."""


class CrawlStopping(Exception):
    """The crawl was asked to stop while a request waited for its turn; it stays queued."""


class Politeness:
    """The clocks of every slot and of every address."""

    def __init__(
        self,
        *,
        delay: float,
        max_crawl_delay: float,
        idle: float,
        factor: float = 0.0,
        max_delay: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with every host last asked ``idle`` seconds ago, by an earlier run.

        Args:
            delay: seconds between two requests to a host, unless its site says otherwise.
            max_crawl_delay: the longest Crawl-delay that is obeyed in full.
            idle: seconds since an earlier run may have asked any host; 0 when that is not known.
            factor: the delay is at least this many times what the last answer took (Heritrix's delayFactor).
            max_delay: the longest delay that the factor makes.
            clock: seconds, monotonic.
        """
        self._delay = delay
        self._max_crawl_delay = max_crawl_delay
        self._factor = factor
        self._max_delay = max_delay
        self._clock = clock
        self._began = clock() - idle
        self._contact: dict[str, float] = {}
        self._tired: dict[str, float] = {}
        self._paused: dict[str, float] = {}
        self._address: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._stopping = asyncio.Event()

    def gap(self, site_delay: float | None, crawl_delay: float | None) -> float:
        """Return the seconds between two requests: the longest that the operator or the host asks."""
        own = self._delay if site_delay is None else site_delay
        return max(own, min(crawl_delay or 0.0, self._max_crawl_delay))

    def party(self, slot: str) -> str:
        """Name who is asked for one request at a time: the address of a slot, where it is known."""
        return self._address.get(slot, slot)

    def contact(self, slot: str) -> None:
        """Note that a request was sent to a host, or that its answer began or failed."""
        now = self._clock()
        for key in {slot, self.party(slot)}:
            self._contact[key] = now

    def answered(self, slot: str, seconds: float) -> None:
        """Note what an answer took, from the connection to its last byte."""
        for key in {slot, self.party(slot)}:
            self._tired[key] = min(self._factor * seconds, self._max_delay)

    def pause(self, slot: str, seconds: float) -> None:
        """Leave a host alone for some seconds from now."""
        self._paused[slot] = max(self._paused.get(slot, 0.0), self._clock() + seconds)

    def paused(self, slot: str) -> float:
        """Return for how many more seconds a host is left alone."""
        return max(0.0, self._paused.get(slot, 0.0) - self._clock())

    def ready_in(self, slot: str, gap: float) -> float:
        """Return the seconds until the next request to a host may be sent."""
        waits = [self.paused(slot)]
        for key in {slot, self.party(slot)}:
            # an address that nobody has asked in this run is new, and its slot waits for it anyway
            last = self._contact.get(key, self._began)
            waits.append(last + max(gap, self._tired.get(key, 0.0)) - self._clock())
        return max(0.0, *waits)

    async def turn(self, slot: str, gap: float) -> None:
        """Wait until the next request to a host may be sent.

        Raises:
            CrawlStopping: the crawl was asked to stop meanwhile.
        """
        while (wait := self.ready_in(slot, gap)) > 0 or self._stopping.is_set():
            if self._stopping.is_set():
                raise CrawlStopping
            try:
                await asyncio.wait_for(self._stopping.wait(), wait)
            except TimeoutError:
                continue

    @asynccontextmanager
    async def alone(self, slot: str, address: str, gap: float) -> AsyncIterator[None]:
        """Hold the address that serves a slot, from its turn to the end of the answer.

        Raises:
            CrawlStopping: the crawl was asked to stop meanwhile.
        """
        async with self._locks.setdefault(address, asyncio.Lock()):
            self._address[slot] = address
            await self.turn(slot, gap)
            yield

    def stop(self) -> None:
        """Wake everybody who waits; nobody gets another turn."""
        self._stopping.set()

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a request under way brings, unless the crawl is stopped and it takes too long.

        Raises:
            CrawlStopping: it was broken off; its URL stays queued.
        """
        under_way = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({under_way, stopping}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({under_way}, timeout=STOP_PATIENCE_SECONDS)
            if not under_way.done():
                raise CrawlStopping
            return under_way.result()
        finally:
            stopping.cancel()
            if not under_way.done():
                under_way.cancel()
                await asyncio.wait({under_way})


def retry_after(value: str | None, now: datetime) -> timedelta:
    """Read a Retry-After header (RFC 9110, section 10.2.3): seconds, or a date.

    >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    >>> retry_after("Thu, 01 Jan 2026 00:01:00 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=60)
    >>> retry_after("huomenna", datetime(2026, 1, 1, tzinfo=UTC)) == DEFAULT_PAUSE
    True
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), MAX_PAUSE)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return DEFAULT_PAUSE
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), MAX_PAUSE)
