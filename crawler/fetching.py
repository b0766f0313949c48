"""Ask one server for one address in its turn: politely, within the limits, past the guard of addresses.

Whatever asks the network goes through here: pages, robots.txt, what a browser needs, other web archives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive.registry import Limits
from crawler.exchange import Exchange, FetchFailure
from crawler.guard import AddressGuard
from crawler.politeness import Politeness
from crawler.wire import BodyLimit, Order, Patience, fetch


class Fetcher:
    """Carry out exchanges for one run."""

    def __init__(
        self,
        *,
        politeness: Politeness,
        guard: AddressGuard,
        limits: Limits,
        spool_folder: Path,
        now: Callable[[], datetime],
    ) -> None:
        """Take what every exchange needs."""
        self._politeness = politeness
        self._guard = guard
        self._limits = limits
        self._spool_folder = spool_folder
        self._now = now

    async def fetch(
        self,
        url: str,
        request: bytes,
        *,
        slot: str,
        gap: float,
        body_limit: BodyLimit,
        asked: Callable[[], None] = lambda: None,
    ) -> Exchange:
        """Wait for the turn of a host, then carry out one exchange with it.

        Args:
            url: the address.
            request: the head of the request as it goes over the wire.
            slot: what is asked for one request at a time.
            gap: seconds since the request to the slot before this one.
            body_limit: how many bytes of the body to take, given the head.
            asked: is called when the request goes out.

        Raises:
            FetchFailure: no answer came.
            CrawlStopping: the run ends before the turn has come.
            WarcError: the disk is too full for a large response.
        """
        parts = urlsplit(url)
        secure, host = parts.scheme == "https", parts.hostname or ""
        politeness = self._politeness
        await politeness.turn(slot, gap)
        endpoints = await self._guard.endpoints(host, parts.port or (443 if secure else 80))
        order = Order(
            url=url,
            host=host,
            secure=secure,
            request=request,
            endpoints=endpoints,
            patience=self._patience(),
            body_limit=body_limit,
            spool_folder=self._spool_folder,
            now=self._now,
            on_contact=lambda: politeness.contact(slot),
        )
        address = min(address for address, _ in endpoints)
        async with politeness.alone(slot, address, gap):
            asked()
            try:
                exchange = await politeness.unless_stopped(fetch(order))
            except FetchFailure:
                politeness.contact(slot)
                raise
            politeness.answered(slot, exchange.elapsed_ms / 1000)
            return exchange

    def _patience(self) -> Patience:
        return Patience(
            silence=self._limits.timeout_seconds,
            whole=self._limits.max_seconds,
            bytes_per_second=self._limits.min_bytes_per_second,
        )


def request_head(url: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Write the head of a GET request as it goes over the wire; the address is in ASCII."""
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    lines = [f"GET {target} HTTP/1.1".encode("ascii"), b"Host: " + parts.netloc.encode("ascii")]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])
