"""Ask Common Crawl: its crawls, their indexes, and the records themselves, copied byte for byte.

Its WARC files are one gzip member a record, so a record is a byte range of a file,
and what is copied is what Common Crawl wrote: the best provenance there is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from archive.digests import payload_digest
from archive.registry import COMMON_CRAWL, CommonCrawl
from archive.urls import urlkey
from archive.warc import parse_warc_date
from crawler.cdxj import stated_digest
from crawler.http1 import MAX_HEAD_BYTES, Answer, Head, NotHttpError, parse_head
from crawler.past.holdings import Kind, Question, Wanted
from crawler.past.lists import STAMP, Listed, read_cdx
from crawler.past.mementos import Elsewhere, Memento, Refusal
from crawler.past.plan import BEGINNING, END, Choice, stretches
from crawler.past.sources import Ask, Listing, Room, list_body, with_parameters
from crawler.warcwalk import whole_record
from crawler.warcwriter import Copied


class CommonCrawlSource:
    """Common Crawl, seen by a run."""

    id = COMMON_CRAWL
    name = "Common Crawl"

    def __init__(self, settings: CommonCrawl) -> None:
        """Take the settings."""
        self.index_delay = settings.index_delay_seconds
        self.delay = settings.delay_seconds
        self._settings = settings

    def questions(self, choice: Choice, addresses: Iterable[str]) -> dict[str, Kind]:
        """Ask for the list of crawls first; the fragment tells questions about other times apart."""
        stretch = f"{choice.began:{STAMP}}-{choice.ended:{STAMP}}"
        return {f"{self._settings.collections}#{stretch}": "collections"}

    def read(self, question: Question, answer: Answer, choice: Choice, room: Room) -> Listing:
        """Read the list of crawls, the number of pages of an index, or a page."""
        if question.kind == "collections":
            indexes = _indexes(list_body(answer, room), choice)
            return Listing(
                questions={
                    with_parameters(index, _question(url, match, showNumPages="true")): "pages"
                    for index in indexes
                    for url, match in stretches(choice.site)
                }
            )
        if answer.head.status == 404:  # "No Captures found"
            return Listing()
        body = list_body(answer, room)
        if question.kind == "pages":
            stem = question.url.replace("&showNumPages=true", "")
            count = _page_count(body)
            return Listing(questions={f"{stem}&page={page}": "cdx" for page in range(count)})
        page = read_cdx(body)
        return Listing(captures=page.captures, unreadable=page.unreadable)

    def ask(self, wanted: Wanted) -> Ask:
        """Ask for the bytes of one record."""
        capture = wanted.capture
        first, last = _stretch(capture)
        return Ask(
            url=f"{self._settings.data}{capture.file}",
            headers=(
                (b"Range", b"bytes=%d-%d" % (first, last)),
                (b"Accept-Encoding", b"identity"),
            ),
        )

    def body_limit(self, wanted: Wanted, head: Head, room: Room) -> int:
        """Take the record; of a whole file of 1 GB, which is the answer of a server without ranges, nothing."""
        return min(wanted.capture.length or 0, room.body_bytes) if head.status == 206 else 0

    def judge(
        self, wanted: Wanted, answer: Answer, room: Room
    ) -> Memento | Copied | Elsewhere | Refusal:
        """Return the record if it is whole and the one that the index says."""
        if answer.head.status in (403, 404):
            return Refusal("not-held", f"{answer.head.status} for {wanted.capture.file}")
        if answer.head.status != 206:
            return Refusal("archive-page", f"{answer.head.status} where 206 was expected")
        member = b"".join(answer.entity())
        if len(member) != wanted.capture.length:
            return Refusal("archive-page", f"{len(member)} bytes came of {wanted.capture.length}")
        return copied(wanted.capture, member, self.ask(wanted), room.body_bytes)


def copied(capture: Listed, member: bytes, asked: Ask, most: int) -> Copied | Refusal:
    """Return a record as it will be copied, or why it is not the one that an index lists.

    Args:
        capture: what the index says.
        member: the bytes.
        asked: where they came from.
        most: bytes to which they may unpack.
    """
    fields, block, fault = whole_record(member, most)
    if fault is not None:
        return Refusal("archive-page", fault)
    url, at = fields.get("warc-target-uri", ""), parse_warc_date(fields.get("warc-date"))
    kind, record_id = fields.get("warc-type", ""), fields.get("warc-record-id")
    if kind not in ("response", "revisit") or record_id is None:
        return Refusal("archive-page", f"a record of type {kind or 'unknown'} stands there")
    if at is None or at.strftime(STAMP) != capture.at.strftime(STAMP):
        return Refusal("neighbour", f"a record of {fields.get('warc-date')} stands there")
    if _key(url) != capture.urlkey:
        return Refusal("other-address", f"a record of {url} stands there")
    head = _http_head(block)
    if head is None:
        return Refusal("archive-page", "its block is no HTTP response")
    digest = stated_digest(fields)
    if kind == "response" and digest is not None and digest != payload_digest(block[head.end :]):
        return Refusal("archive-page", f"its payload is not the one of {digest}")
    first, last = _stretch(capture)
    return Copied(
        member=member,
        source=f"{asked.url}#bytes={first}-{last}",
        url=capture.url,
        at=at,
        kind=kind,
        record_id=record_id,
        digest=digest,
        head=head,
    )


def _http_head(block: bytes) -> Head | None:
    try:
        return parse_head(block[:MAX_HEAD_BYTES])
    except NotHttpError:
        return None


def _key(url: str) -> str | None:
    try:
        return urlkey(url)
    except ValueError:
        return None


def _stretch(capture: Listed) -> tuple[int, int]:
    """Return the first and the last byte of a record in its file."""
    first = capture.offset or 0
    return first, first + (capture.length or 1) - 1


def _question(url: str, match: str, **more: str) -> dict[str, str]:
    return {"url": url, "matchType": match, "output": "json", **more}


def _indexes(body: bytes, choice: Choice) -> list[str]:
    """Return the addresses of the indexes of the crawls that fall into the time asked for, newest first."""
    try:
        crawls = json.loads(body)
        return [crawl["cdx-api"] for crawl in crawls if _overlaps(crawl, choice)]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the list of crawls cannot be read: {error}") from error


def _overlaps(crawl: dict[str, Any], choice: Choice) -> bool:
    """Tell whether a crawl may hold captures of the time asked for; one without dates may."""
    began = _day(crawl.get("from")) or BEGINNING
    ended = _day(crawl.get("to")) or END
    return began <= choice.ended and ended >= choice.began


def _day(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _page_count(body: bytes) -> int:
    """Read how many pages an index has for a question: an object of pywb, or a bare number."""
    try:
        told = json.loads(body)
        return int(told["pages"] if isinstance(told, dict) else told)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the number of pages cannot be read: {error}") from error
