"""Download for Scrapy: wait for the host's turn, carry out the exchange, store it, hand it on.

This is the only place where a request leaves the machine. What it returns to Scrapy is built from the same
bytes that stand in the WARC file, so a page read again after a kill gives the same response as a fresh one.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.digests import payload_digest
from archive.errors import WarcError
from archive.warc import find_warc
from crawler.exchange import Exchange, FetchFailure
from crawler.http1 import Head, entity_body, parse_head
from crawler.recovery import Found, stored_block
from crawler.scope import TEXTLESS_TYPES
from crawler.visit import CAPTURE, VISIT, Capture, Told, Visit, is_last_try
from crawler.warcwriter import Fields, Payload, Written
from crawler.wire import Order, fetch

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.site import SiteSpider

HTML_TYPES = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/rss",
    "application/atom",
)


class CaptureHandler(BaseDownloadHandler):
    """The download handler for http and https."""

    def __init__(self, crawler: Crawler) -> None:
        """Work for the crawl that the spider carries."""
        super().__init__(crawler)
        spider = cast("SiteSpider", crawler.spider)
        self._crawl = spider.crawl

    async def download_request(self, request: Request) -> Response:
        """Fetch and store one URL, or read it again from its WARC file.

        Raises:
            FetchFailure: there is no response.
            WarcError: the response cannot be stored.
            CrawlStopping: the crawl ends before the host's turn has come.
        """
        visit: Visit = request.meta[VISIT]
        if visit.replay is not None:
            return self._read_again(request, visit.replay)
        try:
            exchange = await self._fetch(request, visit)
        except FetchFailure as failure:
            self._crawl.politeness.contact(visit.row.slot)
            self._crawl.tally.add(visit.row.site, "fetched")
            self._store_failure(visit, failure)
            raise
        return self._stored(request, visit, exchange)

    async def _fetch(self, request: Request, visit: Visit) -> Exchange:
        crawl, slot = self._crawl, visit.row.slot
        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        await crawl.politeness.turn(slot, visit.gap)
        endpoints = await crawl.guard.endpoints(host, parts.port or (443 if secure else 80))
        order = Order(
            url=visit.row.url,
            host=host,
            secure=secure,
            request=request_bytes(request),
            endpoints=endpoints,
            timeout=crawl.config.limits.timeout_seconds,
            body_limit=self._body_limit,
            now=crawl.now,
            on_contact=lambda: crawl.politeness.contact(slot),
        )
        address = min(address for address, _ in endpoints)
        async with crawl.politeness.alone(slot, address, visit.gap):
            try:
                exchange = await fetch(order)
            except FetchFailure:
                crawl.politeness.contact(slot)
                raise
            crawl.politeness.answered(slot, exchange.elapsed_ms / 1000)
            return exchange

    def _body_limit(self, head: Head) -> int:
        mime = (head.first(b"content-type") or "text/html").lower()
        limits = self._crawl.config.limits
        if head.status == 200 and mime.startswith(TEXTLESS_TYPES):
            return 0
        is_html = mime.startswith(HTML_TYPES)
        return limits.max_html_bytes if is_html else limits.max_attachment_bytes

    def _unpacked_limit(self, head: Head) -> int:
        """Return how large a body may become when its content coding is undone; 0 would mean any."""
        return max(1, self._body_limit(head))

    def _stored(self, request: Request, visit: Visit, exchange: Exchange) -> Response:
        """Write the exchange into the WARC file and build the response."""
        crawl, site = self._crawl, visit.row.site
        head = parse_head(exchange.response)
        assert head is not None  # noqa: S101 - fetch returns no exchange without a head
        body = entity_body(exchange.response)
        known = self._known_payload(visit, exchange, head, body)
        written = crawl.writer.exchange(exchange, way_fields(visit), known)
        if written.payload is not None and known is None:
            crawl.payloads[written.payload.digest] = written.payload
        crawl.tally.add(site, "fetched")
        crawl.tally.add(site, "stored")
        if written.kind == "revisit":
            crawl.tally.add(site, "revisits")
        request.meta[CAPTURE] = _capture(head, exchange, written)
        request.meta["download_maxsize"] = self._unpacked_limit(head)
        return _response(request.url, head, body)

    def _known_payload(
        self, visit: Visit, exchange: Exchange, head: Head, body: bytes
    ) -> Payload | None:
        """Return the earlier record with the same payload, if the answer may be a revisit."""
        if exchange.truncated:
            return None
        if head.status == 304:
            digest = visit.row.payload_digest
            return self._crawl.payload(digest) if digest else None
        return self._crawl.payload(payload_digest(body)) if body else None

    def _store_failure(self, visit: Visit, failure: FetchFailure) -> None:
        """Write what happened to a URL that is given up; tries that will be repeated leave no record."""
        if not is_last_try(visit, failure, self._crawl.config.limits.retries):
            return
        fields: Fields = {
            "fetchError": failure.kind,
            "message": str(failure),
            **way_fields(visit),
        }
        self._crawl.store_failure(visit.row.url, fields)

    def _read_again(self, request: Request, found: Found) -> Response:
        """Build the response of an exchange that stands in a WARC file already."""
        raw = self._block(found.pointer.file, found.pointer.offset)
        head = parse_head(raw)
        if head is None:
            raise WarcError(
                f"{found.pointer.file} holds no response at byte {found.pointer.offset}"
            )
        payload = self._crawl.payload(found.digest) if found.digest else None
        request.meta[CAPTURE] = _capture_again(head, found, payload, len(raw))
        request.meta["download_maxsize"] = self._unpacked_limit(head)
        if found.kind == "revisit" and payload is not None and head.status != 304:
            raw = self._block(*payload.pointer)
        return _response(request.url, head, entity_body(raw))

    def _block(self, file: str, offset: int) -> bytes:
        path = find_warc(self._crawl.warc_folder, file)
        try:
            return stored_block(path, offset)
        except (EOFError, OSError, zlib.error, StopIteration) as error:
            raise WarcError(f"{path} holds no whole record at byte {offset}: {error}") from error


def request_bytes(request: Request) -> bytes:
    """Write the head of a GET request as it goes over the wire."""
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    lines = [f"GET {target} HTTP/1.1".encode("ascii"), b"Host: " + parts.netloc.encode("ascii")]
    for name, values in request.headers.items():
        lines += [name + b": " + value for value in values]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def way_fields(visit: Visit) -> Fields:
    """Return how a URL was found, as it stands in its metadata record."""
    row = visit.row
    return {"via": row.via, "hopsFromSeed": row.hops, "siteId": row.site}


def _response(url: str, head: Head, body: bytes) -> Response:
    headers = Headers()
    for name, value in head.headers:
        if name.lower() != b"transfer-encoding":
            headers.appendlist(name, value)
    kind = responsetypes.from_args(headers=headers, url=url, body=body)
    return kind(url=url, status=head.status, headers=headers, body=body)


def _capture(head: Head, exchange: Exchange, written: Written) -> Capture:
    return Capture(
        at=exchange.started,
        status=head.status,
        pointer=written.pointer,
        kind=written.kind,
        payload=written.payload,
        told=Told.from_head(head),
        truncated=exchange.truncated,
        size=len(exchange.response),
        certificate_until=exchange.tls.not_after if exchange.tls else None,
    )


def _capture_again(head: Head, found: Found, payload: Payload | None, size: int) -> Capture:
    assert found.at is not None  # noqa: S101 - the writer dates every record
    until = found.facts.get("certificatenotafter")
    return Capture(
        at=found.at,
        status=head.status,
        pointer=found.pointer,
        kind=found.kind,
        payload=payload,
        told=Told.from_head(head),
        truncated=None,
        size=size,
        certificate_until=datetime.fromisoformat(until) if until else None,
        replayed=True,
    )
