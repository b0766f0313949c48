"""Write what the crawler saw into the WARC files of one crawl.

Every exchange becomes response (or revisit), request and metadata, written in one go;
a new file begins when the last is large enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.captures import RENDERED_BY
from archive.digests import payload_digest
from archive.errors import WarcError
from archive.warc import OPEN
from crawler.cdxj import cdxj_line, index_of
from crawler.exchange import Exchange
from crawler.exchangerecords import Payload, Pointer, answer_record, facts_of, revisit_fields
from crawler.http1 import Head
from crawler.warcfile import WarcFile, finish
from crawler.warcrecords import (
    WARC_FIELDS,
    CopiedRecord,
    Fields,
    Record,
    fields_block,
    warc_date,
)

__all__ = ["Fields", "Payload", "Pointer", "WarcWriter", "Written", "fields_block", "warc_date"]

WARC_FORMAT: Fields = {
    "format": "WARC File Format 1.1",
    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
}
"""What a warcinfo record tells of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written for one exchange."""

    pointer: Pointer
    kind: str
    """``response`` or ``revisit``."""
    payload: Payload | None
    """``None`` where the answer had no body, or only a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A record that stands in a WARC file of another web archive."""

    member: bytes
    """Its gzip member, as it stands there."""
    source: str
    """The address of that file, and the bytes of the member in it."""
    url: str
    at: datetime
    kind: str
    """``response`` or ``revisit``."""
    record_id: str
    digest: str | None
    head: Head | None


class WarcWriter:
    """Append records to the current file of one crawl; begin a new file when it is large enough."""

    def __init__(
        self,
        folder: Path,
        *,
        prefix: str,
        crawl_id: str,
        max_bytes: int,
        info: Fields,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        begun: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Remember where to write; the first file appears with the first record.

        Args:
            folder: where the files stand.
            prefix: the first part of their names; with a second part, the web archive that they come from.
            crawl_id: the crawl; its last part stands in their names.
            max_bytes: the size after which a new file begins.
            info: what the warcinfo record tells.
            now: the clock.
            begun: is told the name of each new file.
        """
        self._folder = folder
        self._prefix = prefix
        self._crawl_id = crawl_id
        self._max_bytes = max_bytes
        self._info = {**info, "isPartOf": crawl_id}
        self._now = now
        self._begun = begun
        self._serial = 0
        self._file: WarcFile | None = None
        self._unsettled: dict[str, set[int]] = {}
        self._index: dict[str, list[str]] = {}

    def exchange(self, exchange: Exchange, facts: Fields, known: Payload | None = None) -> Written:
        """Write the records of one exchange: response or revisit, request, metadata.

        An exchange rebuilt from another web archive has no request record. Its WARC-Date is that of the capture;
        WARC-Source-URI and WARC-Creation-Date (the fields of pywb) tell where and when it was fetched.

        Args:
            exchange: the bytes of both sides.
            facts: how the URL was found and by whom; written into the metadata record.
            known: an earlier record with the same payload, if there is one.

        Raises:
            WarcError: the disk is full or the file cannot be written; nothing of it stays.
        """
        date = warc_date(exchange.started)
        first = answer_record(exchange, date, known)
        about = Record("metadata", exchange.url, date, fields_block(facts_of(exchange, facts)))
        about.fields["WARC-Concurrent-To"] = first.id
        if exchange.source is None:
            request = Record("request", exchange.url, date, exchange.request)
            request.content_type = "application/http; msgtype=request"
            request.fields["WARC-Concurrent-To"] = first.id
            pointer, length = self._append([first, request, about])
        else:
            self._from_archive(first, about, exchange.source)
            pointer, length = self._append([first, about])
        holder = known
        answer = exchange.response
        if known is None and answer.payload_bytes and not exchange.truncated:
            holder = Payload(
                digest=answer.payload_digest,
                record_id=first.id,
                url=exchange.url,
                date=date,
                pointer=pointer,
            )
        self._note(
            pointer,
            length,
            url=exchange.url,
            at=exchange.started,
            head=answer.head,
            revisit=first.kind == "revisit",
            digest=known.digest if known and first.kind == "revisit" else answer.payload_digest,
        )
        return Written(pointer=pointer, kind=first.kind, payload=holder)

    def copy(self, copied: Copied, facts: Fields) -> Pointer:
        """Write a record of another web archive's WARC file as it is, and a metadata record about where it stood.

        Raises:
            WarcError: the disk is full or the file cannot be written; nothing of it stays.
        """
        date = warc_date(copied.at)
        about = Record("metadata", copied.url, date, fields_block(facts))
        about.fields["WARC-Concurrent-To"] = copied.record_id
        about.fields["WARC-Source-URI"] = copied.source
        about.fields["WARC-Creation-Date"] = warc_date(self._now())
        pointer, length = self._append([CopiedRecord(copied.member), about])
        self._note(
            pointer,
            length,
            url=copied.url,
            at=copied.at,
            head=copied.head,
            revisit=copied.kind == "revisit",
            digest=copied.digest,
        )
        return pointer

    def repeat(self, url: str, at: datetime, known: Payload, source: str, facts: Fields) -> Pointer:
        """Write a revisit record without a block, of a capture of which only the payload digest is known.

        Args:
            url: the address.
            at: the time of the capture.
            known: the record with the same payload.
            source: where another web archive holds the capture.
            facts: fields of the metadata record.

        Raises:
            WarcError: the disk is full or the file cannot be written; nothing of it stays.
        """
        date = warc_date(at)
        first = Record("revisit", url, date, b"")
        first.content_type = "application/http; msgtype=response"
        first.fields |= revisit_fields(known, "identical-payload-digest")
        about = Record("metadata", url, date, fields_block(facts))
        self._from_archive(first, about, source)
        pointer, length = self._append([first, about])
        self._note(pointer, length, url=url, at=at, head=None, revisit=True, digest=known.digest)
        return pointer

    def _from_archive(self, first: Record, about: Record, source: str) -> None:
        """Say where a rebuilt record comes from, in the fields that pywb uses."""
        about.fields["WARC-Concurrent-To"] = first.id
        first.fields["WARC-Source-URI"] = source
        first.fields["WARC-Creation-Date"] = warc_date(self._now())

    def _note(
        self,
        pointer: Pointer,
        length: int,
        *,
        url: str,
        at: datetime,
        head: Head | None,
        revisit: bool,
        digest: str | None,
    ) -> None:
        """Add a capture to the index of its file."""
        line = cdxj_line(
            url=url,
            at=at.astimezone(UTC),
            head=head,
            revisit=revisit,
            digest=digest,
            offset=pointer.offset,
            length=length,
            file=pointer.file,
        )
        self._index[pointer.file] += [line] if line else []

    def metadata(
        self, uri: str, block: bytes, *, content_type: str = WARC_FIELDS, at: datetime | None = None
    ) -> Pointer:
        """Write one metadata record about a URI, such as a URL that did not answer.

        Raises:
            WarcError: the file cannot be written.
        """
        record = Record("metadata", uri, warc_date(at or self._now()), block)
        record.content_type = content_type
        return self._append([record])[0]

    def conversion(self, uri: str, block: bytes, *, of: str, by: str, about: Fields) -> Pointer:
        """Write what a browser made of a response, and a metadata record about how.

        It is no response: nobody sent these bytes (WARC/1.1, section 6.8).

        Args:
            uri: the address of the page.
            block: HTML in UTF-8.
            of: the id of the response record that the browser began from.
            by: name and version of the browser.
            about: fields of the metadata record.

        Raises:
            WarcError: the file cannot be written.
        """
        date = warc_date(self._now())
        record = Record("conversion", uri, date, block)
        record.content_type = "text/html; charset=utf-8"
        record.fields |= {
            "WARC-Refers-To": of,
            "WARC-Payload-Digest": payload_digest(block),
            RENDERED_BY: by,
        }
        # its subject is the record: as one about the address it would tell of another exchange
        told = Record("metadata", record.id.strip("<>"), date, fields_block(about))
        told.fields["WARC-Refers-To"] = record.id
        return self._append([record, told])[0]

    def settle(self, pointers: list[Pointer]) -> None:
        """Note that the frontier has acknowledged these, durably; close files that are done.

        Raises:
            WarcError: an index cannot be written.
        """
        for file, offset in pointers:
            self._unsettled.get(file, set()).discard(offset)
        current = self._file.name if self._file else None
        for file in [name for name, left in self._unsettled.items() if not left]:
            if file != current:
                self._finish(file)

    def adopt(self, file: str, offsets: set[int]) -> None:
        """Take over a file of a killed crawl: it is finished when these exchanges are settled."""
        self._unsettled[file] = set(offsets)

    def sync(self) -> None:
        """Force what was written onto the disk.

        Raises:
            WarcError: the disk refuses.
        """
        if self._file is not None:
            self._file.sync()

    def close(self) -> None:
        """Close the current file; it keeps its ``.open`` while something in it is unsettled.

        Raises:
            WarcError: the disk refuses.
        """
        file, self._file = self._file, None
        if file is not None:
            try:
                file.sync()
            finally:
                file.close()
                if file.broken:
                    self._unsettled.pop(file.name)
        self.settle([])

    def _finish(self, file: str) -> None:
        lines = self._index.pop(file, None)
        finish(
            self._folder, file, index_of(self._folder / (file + OPEN)) if lines is None else lines
        )
        del self._unsettled[file]

    def _append(self, records: list[Record | CopiedRecord]) -> tuple[Pointer, int]:
        """Write records; return where they begin and how long the first one is."""
        if self._file is None or self._file.size >= self._max_bytes:
            self._begin_file()
        file = self._file
        assert file is not None  # noqa: S101 - begun one line above
        pointer = Pointer(file.name, file.size)
        lengths = file.append(records)
        self._unsettled[file.name].add(pointer.offset)
        return pointer, lengths[0]

    def _begin_file(self) -> None:
        self.close()
        now = self._now()
        name = self._next_name(now)
        file = WarcFile(self._folder, name)
        info = Record("warcinfo", None, warc_date(now), fields_block(self._info))
        info.fields["WARC-Filename"] = name
        try:
            file.append([info])
        except WarcError:
            file.remove()
            raise
        self._file = file
        self._unsettled[name], self._index[name] = set(), []
        self._begun(name)

    def _next_name(self, now: datetime) -> str:
        """Return a name that no file has, whatever the clock says."""
        suffix = self._crawl_id.rpartition("-")[2]
        while True:
            self._serial += 1
            name = f"{self._prefix}-{now:%Y%m%d%H%M%S}-{suffix}-{self._serial:05d}.warc.gz"
            if not any((self._folder / (name + end)).exists() for end in ("", OPEN)):
                return name


def source_in(name: str) -> str | None:
    """Return the web archive named by a WARC file of ours; ``None`` for the file of a crawl.

    >>> source_in("JA-wayback-20261122010203-4711ab-00001.warc.gz.open")
    'wayback'
    >>> source_in("JA-20261122010203-4711ab-00001.warc.gz") is None
    True
    """
    parts = name.split("-")
    return parts[1] if len(parts) == 5 else None
