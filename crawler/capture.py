"""Download for Scrapy: wait for the host's turn, carry out the exchange, store it, hand it on.

This is the only place where a request leaves the machine. What it returns to Scrapy is built from the same
bytes that stand in the WARC file, so a page read again after a kill gives the same response as a fresh one.
"""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TYPE_CHECKING, cast

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.errors import WarcError
from archive.warc import find_warc
from crawler.bodies import HTML_TYPES
from crawler.exchange import Exchange, FetchFailure
from crawler.fetching import request_head
from crawler.http1 import Answer, Head, NotHttpError, answer_of
from crawler.recovery import Found
from crawler.robots import MAX_BYTES as MAX_ROBOTS_BYTES
from crawler.scope import TEXTLESS_TYPES
from crawler.spool import Spool
from crawler.targets import Kind
from crawler.visit import CAPTURE, LARGE, VISIT, Capture, Told, Visit, is_last_try
from crawler.warcwalk import block_pieces
from crawler.warcwriter import Fields, Payload, Pointer, Written

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.site import SiteSpider


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
            return self._read_again(request, visit, visit.replay)
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
        return await crawl.fetcher.fetch(
            visit.row.url,
            request_bytes(request),
            slot=slot,
            gap=visit.gap,
            body_limit=lambda head: self._body_limit(head, visit.row.kind),
            asked=lambda: crawl.pace.asked(visit.row.site, slot, visit.gap),
        )

    def _body_limit(self, head: Head, kind: Kind) -> int:
        """Return how many bytes of a body are taken; what follows is cut."""
        if kind == "robots":
            return MAX_ROBOTS_BYTES
        mime = (head.first(b"content-type") or "text/html").lower()
        limits = self._crawl.config.limits
        if head.status == 200 and mime.startswith(TEXTLESS_TYPES):
            return 0
        is_text = kind not in ("seed", "page") or mime.startswith(HTML_TYPES)
        return limits.max_html_bytes if is_text else limits.max_attachment_bytes

    def _stored(self, request: Request, visit: Visit, exchange: Exchange) -> Response:
        """Write the exchange into the WARC file and build the response."""
        crawl, site = self._crawl, visit.row.site
        known = self._known_payload(visit, exchange)
        written = crawl.writer.exchange(exchange, way_fields(visit), known)
        if written.payload is not None and known is None:
            crawl.payloads[written.payload.digest] = written.payload
        crawl.tally.add(site, "fetched")
        crawl.tally.add(site, "stored")
        crawl.tally.add(site, "bytes", len(exchange.response.spool))
        if written.kind == "revisit":
            crawl.tally.add(site, "revisits")
        request.meta[CAPTURE] = _capture(exchange, written)
        return self._response(request, visit, exchange.response)

    def _known_payload(self, visit: Visit, exchange: Exchange) -> Payload | None:
        """Return the earlier record with the same payload, if the answer may be a revisit."""
        answer = exchange.response
        if exchange.truncated:
            return None
        if answer.head.status == 304:
            digest = visit.row.payload_digest
            return self._crawl.payload(digest) if digest else None
        return self._crawl.payload(answer.payload_digest) if answer.payload_bytes else None

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

    def _read_again(self, request: Request, visit: Visit, found: Found) -> Response:
        """Build the response of an exchange that stands in a WARC file already."""
        answer = self._stored_answer(found.pointer)
        payload = self._crawl.payload(found.digest) if found.digest else None
        request.meta[CAPTURE] = _capture_again(answer, found, payload)
        if found.kind == "revisit" and payload is not None and answer.head.status != 304:
            answer = self._stored_answer(payload.pointer)
        return self._response(request, visit, answer)

    def _stored_answer(self, pointer: Pointer) -> Answer:
        path = find_warc(self._crawl.warc_folder, pointer.file)
        try:
            return answer_of(block_pieces(path, pointer.offset), Spool(self._crawl.data))
        except (EOFError, KeyError, OSError, zlib.error, NotHttpError) as error:
            raise WarcError(
                f"{path} holds no whole response at byte {pointer.offset}: {error}"
            ) from error

    def _response(self, request: Request, visit: Visit, answer: Answer) -> Response:
        """Build the response for Scrapy; a body that is held in a file stays there."""
        request.meta["download_maxsize"] = max(1, self._body_limit(answer.head, visit.row.kind))
        body, left_out = b"", {b"transfer-encoding"}
        if answer.spool.in_file:
            request.meta[LARGE] = answer
            left_out.add(b"content-encoding")
        else:
            body = b"".join(answer.entity())
        headers = Headers()
        for name, value in answer.head.headers:
            if name.lower() not in left_out:
                headers.appendlist(name, value)
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
        return kind(url=request.url, status=answer.head.status, headers=headers, body=body)


def request_bytes(request: Request) -> bytes:
    """Write the head of a GET request as it goes over the wire."""
    headers = [(name, value) for name, values in request.headers.items() for value in values]
    return request_head(request.url, headers)


def way_fields(visit: Visit) -> Fields:
    """Return how a URL was found, as it stands in its metadata record."""
    row = visit.row
    return {"via": row.via, "hopsFromSeed": row.hops, "siteId": row.site}


def _capture(exchange: Exchange, written: Written) -> Capture:
    head = exchange.response.head
    return Capture(
        at=exchange.started,
        status=head.status,
        pointer=written.pointer,
        kind=written.kind,
        payload=written.payload,
        told=Told.from_head(head),
        truncated=exchange.truncated,
        size=len(exchange.response.spool),
        certificate_from=exchange.tls.not_before if exchange.tls else None,
        certificate_until=exchange.tls.not_after if exchange.tls else None,
    )


def _capture_again(answer: Answer, found: Found, payload: Payload | None) -> Capture:
    assert found.at is not None  # noqa: S101 - the writer dates every record
    begin, end = (found.facts.get(f"certificatenot{side}") for side in ("before", "after"))
    return Capture(
        at=found.at,
        status=answer.head.status,
        pointer=found.pointer,
        kind=found.kind,
        payload=payload,
        told=Told.from_head(answer.head),
        truncated=found.truncated,
        size=len(answer.spool),
        certificate_from=datetime.fromisoformat(begin) if begin else None,
        certificate_until=datetime.fromisoformat(end) if end else None,
        replayed=True,
    )
