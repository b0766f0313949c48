"""Carry out one HTTP exchange and keep every byte of it as it was on the wire.

The client is ours, over asyncio, because an archive needs what HTTP libraries throw away:
the exact bytes of both sides, the part of a body that came before a timeout or a reset,
and the time of the first byte, from which politeness counts.
One connection serves one request, as in Heritrix: at seconds between requests nothing is lost by it.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from archive.errors import WarcError
from crawler.certificates import tls_context, tls_facts
from crawler.exchange import Exchange, FetchFailure, TlsFacts, Truncation
from crawler.guard import Endpoint
from crawler.http1 import Head, NotHttpError, ResponseReader
from crawler.spool import Spool

BodyLimit = Callable[[Head], int]
"""Given the head of a response, how many bytes of its body to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an exchange may take. A response cut by it is kept as far as it came."""

    silence: float
    """Seconds without a byte, and until there is a connection."""
    whole: float
    """Seconds for the whole exchange."""
    bytes_per_second: float
    """The least average rate, from the first byte on."""

    def left(self, *, elapsed: float, silent: float, flowing: float, received: int) -> float:
        """Return for how many seconds to wait on before judging again; 0 or less is the end.

        Args:
            elapsed: seconds since the beginning.
            silent: seconds since the last byte.
            flowing: seconds since the first byte.
            received: bytes so far.

        >>> rule = Patience(silence=60, whole=900, bytes_per_second=100)
        >>> rule.left(elapsed=5, silent=1, flowing=4, received=4)
        16.0
        >>> rule.left(elapsed=50, silent=1, flowing=45, received=45)
        -25.0
        """
        slow_at = max(RATE_GRACE_SECONDS, received / self.bytes_per_second)
        rate = slow_at - flowing if self.bytes_per_second and received else self.whole
        return min(self.silence - silent, self.whole - elapsed, rate)


JUDGED_EVERY = 1.0
"""Seconds: the first byte changes what is waited for."""
RATE_GRACE_SECONDS = 20.0
"""From then on the rate is judged: a page of 20 kB at a modem's speed of 1998 is through by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to ask for and within which limits."""

    url: str
    host: str
    secure: bool
    request: bytes
    endpoints: list[Endpoint]
    patience: Patience
    body_limit: BodyLimit
    spool_folder: Path
    """Where a large response is held until it is stored."""
    now: Callable[[], datetime]
    on_contact: Callable[[], None]
    """Called when the request is written and again at the first byte of the answer."""


class WireTap(asyncio.Protocol):
    """Write one request, collect the answer, and stop at its end or at its limit."""

    def __init__(self, order: Order, done: asyncio.Future[None]) -> None:
        """Keep the order; ``done`` resolves when nothing more will come."""
        self._order = order
        self._done = done
        self.reader = ResponseReader(Spool(order.spool_folder))
        self.truncated: Truncation | None = None
        self.error: Exception | None = None
        self.address = ""
        self.tls: TlsFacts | None = None
        self.started: datetime | None = None
        self._first = self._last = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who answered and send the request."""
        self._transport = cast("asyncio.Transport", transport)
        self.address = str(transport.get_extra_info("peername")[0])
        secure = transport.get_extra_info("ssl_object")
        self.tls = tls_facts(secure) if secure is not None else None
        self.started = self._order.now()
        self._last = time.monotonic()
        self._order.on_contact()
        self._transport.write(self._order.request)

    def data_received(self, data: bytes) -> None:
        """Add what came; finish at the end of the response or at the limit."""
        if self._done.done():
            return
        self._last = time.monotonic()
        if not self.reader.received:
            self._first = self._last
            self._order.on_contact()
        try:
            complete = self.reader.feed(data)
        except (NotHttpError, WarcError) as error:
            self._finish(error)
            return
        if complete:
            self._finish()
        elif self.reader.head and self.reader.body_bytes > self._limit(self.reader.head):
            self.truncated = "length"
            self._finish()

    @property
    def finished(self) -> bool:
        """Tell whether the exchange ended by itself; otherwise it took too long."""
        return self._done.done()

    def _limit(self, head: Head) -> int:
        return self._order.body_limit(head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a proper end from a cut one."""
        if self._done.done():
            return
        if not self.reader.end_of_stream():
            self.truncated = "disconnect"
        self._finish(exc)

    def patience_left(self, begin: float) -> float:
        """Return for how many seconds to wait on; 0 or less when the server has taken too long."""
        now = time.monotonic()
        return self._order.patience.left(
            elapsed=now - begin,
            silent=now - self._last,
            flowing=now - self._first,
            received=self.reader.received,
        )

    def stop(self) -> None:
        """Close at once; nothing is waited for."""
        if self._transport is not None:
            self._transport.abort()

    def _finish(self, error: Exception | None = None) -> None:
        self.error = error
        self._done.set_result(None)


async def fetch(order: Order) -> Exchange:
    """Carry out the exchange.

    Raises:
        FetchFailure: no head of a response came. A response cut short is returned with
            ``truncated`` set instead, so that what came can be kept.
        WarcError: the disk is too full for a large response.
    """
    begin = time.monotonic()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    try:
        async with asyncio.timeout(order.patience.silence):
            tap = await _connect(order, done)
    except TimeoutError as error:
        message = f"no connection in {order.patience.silence:g} s"
        raise FetchFailure("timeout", message) from error
    try:
        while not done.done() and (left := tap.patience_left(begin)) > 0:
            await asyncio.wait([done], timeout=min(left, JUDGED_EVERY))
    finally:
        tap.stop()
    if isinstance(tap.error, WarcError):
        raise tap.error
    return _exchange(order, tap, elapsed=time.monotonic() - begin)


async def _connect(order: Order, done: asyncio.Future[None]) -> WireTap:
    """Connect to the first endpoint that answers."""
    failure: FetchFailure | None = None
    loop = asyncio.get_running_loop()
    context = tls_context() if order.secure else None
    for address, port in order.endpoints:
        try:
            _, tap = await loop.create_connection(
                lambda: WireTap(order, done),
                address,
                port,
                ssl=context,
                server_hostname=order.host if context else None,
            )
        except ssl.SSLError as error:
            failure = FetchFailure("tls", f"no TLS with {order.host}: {error}")
        except ConnectionRefusedError as error:
            failure = FetchFailure("refused", f"{address} port {port}: {error}")
        except ConnectionError as error:
            failure = FetchFailure("reset", f"{address} port {port}: {error}")
        except OSError as error:
            failure = FetchFailure("other", f"{address} port {port}: {error}")
        else:
            return tap
    raise failure or FetchFailure("dns", f"{order.host} has no address")


def _exchange(order: Order, tap: WireTap, *, elapsed: float) -> Exchange:
    if tap.reader.head is None or tap.started is None:
        raise _no_head(tap, elapsed)
    return Exchange(
        url=order.url,
        request=order.request,
        response=tap.reader.answer(),
        started=tap.started,
        elapsed_ms=round(elapsed * 1000),
        address=tap.address,
        truncated=_truncation(tap),
        tls=tap.tls,
    )


def _truncation(tap: WireTap) -> Truncation | None:
    if not tap.finished:
        return "time"
    return "disconnect" if tap.error is not None and not tap.reader.complete else tap.truncated


def _no_head(tap: WireTap, elapsed: float) -> FetchFailure:
    if not tap.finished:
        return FetchFailure("timeout", f"no answer in {elapsed:.0f} s")
    if isinstance(tap.error, NotHttpError):
        return FetchFailure("other", f"not HTTP: {tap.error}")
    if isinstance(tap.error, ssl.SSLError):
        return FetchFailure("tls", f"TLS broke off: {tap.error}")
    return FetchFailure("reset", "the server closed the connection without an answer")
