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
from typing import cast

from crawler.certificates import tls_context, tls_facts
from crawler.exchange import Exchange, FetchFailure, TlsFacts, Truncation
from crawler.guard import Endpoint
from crawler.http1 import Head, NotHttpError, ResponseReader

BodyLimit = Callable[[Head], int]
"""Given the head of a response, how many bytes of its body to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to ask for and within which limits."""

    url: str
    host: str
    secure: bool
    request: bytes
    endpoints: list[Endpoint]
    timeout: float
    """Seconds for the whole exchange."""
    body_limit: BodyLimit
    now: Callable[[], datetime]
    on_contact: Callable[[], None]
    """Called when the request is written and again at the first byte of the answer."""


class WireTap(asyncio.Protocol):
    """Write one request, collect the answer, and stop at its end or at its limit."""

    def __init__(self, order: Order, done: asyncio.Future[None]) -> None:
        """Keep the order; ``done`` resolves when nothing more will come."""
        self._order = order
        self._done = done
        self.reader = ResponseReader()
        self.truncated: Truncation | None = None
        self.error: Exception | None = None
        self.address = ""
        self.tls: TlsFacts | None = None
        self.started: datetime | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who answered and send the request."""
        self._transport = cast("asyncio.Transport", transport)
        self.address = str(transport.get_extra_info("peername")[0])
        secure = transport.get_extra_info("ssl_object")
        self.tls = tls_facts(secure) if secure is not None else None
        self.started = self._order.now()
        self._order.on_contact()
        self._transport.write(self._order.request)

    def data_received(self, data: bytes) -> None:
        """Add what came; finish at the end of the response or at the limit."""
        if self._done.done():
            return
        if not self.reader.buffer:
            self._order.on_contact()
        try:
            complete = self.reader.feed(data)
        except NotHttpError as error:
            self._finish(error)
            return
        if complete:
            self._finish()
        elif self.reader.head and self.reader.body_bytes > self._limit(self.reader.head):
            self.truncated = "length"
            self._finish()

    def _limit(self, head: Head) -> int:
        return self._order.body_limit(head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell a proper end from a cut one."""
        if self._done.done():
            return
        if not self.reader.end_of_stream():
            self.truncated = "disconnect"
        self._finish(exc)

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
    """
    begin = time.monotonic()
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tap: WireTap | None = None
    timed_out = False
    try:
        async with asyncio.timeout(order.timeout):
            tap = await _connect(order, done)
            await done
    except TimeoutError as error:
        timed_out = True
        if tap is None:
            raise FetchFailure("timeout", f"no connection in {order.timeout:g} s") from error
    finally:
        if tap is not None:
            tap.stop()
    return _exchange(order, tap, timed_out=timed_out, elapsed=time.monotonic() - begin)


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


def _exchange(order: Order, tap: WireTap, *, timed_out: bool, elapsed: float) -> Exchange:
    if tap.reader.head is None or tap.started is None:
        raise _no_head(order, tap, timed_out=timed_out)
    return Exchange(
        url=order.url,
        request=order.request,
        response=bytes(tap.reader.buffer),
        started=tap.started,
        elapsed_ms=round(elapsed * 1000),
        address=tap.address,
        truncated=_truncation(tap, timed_out=timed_out),
        tls=tap.tls,
    )


def _truncation(tap: WireTap, *, timed_out: bool) -> Truncation | None:
    if timed_out:
        return "time"
    return "disconnect" if tap.error is not None and not tap.reader.complete else tap.truncated


def _no_head(order: Order, tap: WireTap, *, timed_out: bool) -> FetchFailure:
    if timed_out:
        return FetchFailure("timeout", f"no answer in {order.timeout:g} s")
    if isinstance(tap.error, NotHttpError):
        return FetchFailure("other", f"not HTTP: {tap.error}")
    if isinstance(tap.error, ssl.SSLError):
        return FetchFailure("tls", f"TLS broke off: {tap.error}")
    return FetchFailure("reset", "the server closed the connection without an answer")
