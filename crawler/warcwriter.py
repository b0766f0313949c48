"""Write what the crawler saw into WARC/1.1 files.

One gzip member per record, one unbuffered write per exchange: a killed process leaves at most one torn tail.
A file is named ``….warc.gz.open`` until everything in it is acknowledged by the frontier; then the suffix goes.
Standard: WARC/1.1 (ISO 28500:2017).
"""

from __future__ import annotations

import os
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from archive.digests import payload_digest
from archive.errors import WarcError
from archive.warc import OPEN
from crawler.exchange import Exchange, TlsFacts
from crawler.http1 import entity_body, parse_head

Fields = Mapping[str, str | int | None]
"""Fields of an application/warc-fields block; ``None`` values are left out."""

WARC_FIELDS = "application/warc-fields"
PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
TRANSFER_CODED_DIGEST = "X-Payload-Digest"
"""Where the payload digest of a chunked response stands.

The digest is of the body without its chunks, as WARC/1.1 wants it and as revisits need it.
warcio compares WARC-Payload-Digest with the chunked body (webrecorder/warcio issues 74 and 75)
and would call a sound file broken.
"""
GZIP_LEVEL = 6
"""zlib's default: level 2 saves 0.05 ms a record and costs 7 % more disk."""


class Pointer(NamedTuple):
    """Where an exchange begins; pointers of one crawl compare in the order of writing."""

    file: str
    """The name of the file once closed."""
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The first record that holds a payload, to which revisits refer."""

    digest: str
    record_id: str
    url: str
    date: str
    """The WARC-Date of that record."""
    pointer: Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written for one exchange."""

    pointer: Pointer
    kind: str
    """``response`` or ``revisit``."""
    payload: Payload | None
    """``None`` where the answer had no body, or only a part of it."""


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
    ) -> None:
        """Remember where to write; the first file appears with the first record."""
        self._folder = folder
        self._prefix = prefix
        self._crawl_id = crawl_id
        self._max_bytes = max_bytes
        self._info = {**info, "isPartOf": crawl_id}
        self._now = now
        self._serial = 0
        self._file: int | None = None
        self._name = ""
        self._size = 0
        self._unsettled: dict[str, set[int]] = {}

    def exchange(self, exchange: Exchange, facts: Fields, known: Payload | None = None) -> Written:
        """Write the records of one exchange: response or revisit, request, metadata.

        Args:
            exchange: the bytes of both sides.
            facts: how the URL was found and by whom; written into the metadata record.
            known: an earlier record with the same payload, if there is one.

        Raises:
            WarcError: the disk is full or the file cannot be written; nothing of it stays.
        """
        date = warc_date(exchange.started)
        first, payload = self._answer(exchange, date, known)
        request = _Record("request", exchange.url, date, exchange.request)
        request.content_type = "application/http; msgtype=request"
        request.fields["WARC-Concurrent-To"] = first.id
        about = _Record("metadata", exchange.url, date, fields_block(_facts(exchange, facts)))
        about.fields["WARC-Concurrent-To"] = first.id
        pointer = self._append([first, request, about])
        holder = known
        if known is None and payload and not exchange.truncated:
            holder = Payload(
                digest=payload_digest(payload),
                record_id=first.id,
                url=exchange.url,
                date=date,
                pointer=pointer,
            )
        return Written(pointer=pointer, kind=first.kind, payload=holder)

    def _answer(
        self, exchange: Exchange, date: str, known: Payload | None
    ) -> tuple[_Record, bytes]:
        """Build the response record, or a revisit where the payload is already stored."""
        payload = entity_body(exchange.response)
        head = parse_head(exchange.response)
        not_modified = head is not None and head.status == 304
        if head is not None and known is not None and (not_modified or payload):
            block = exchange.response[: head.end]
            record = _Record("revisit", exchange.url, date, block)
            profile = "server-not-modified" if not_modified else "identical-payload-digest"
            record.fields["WARC-Profile"] = PROFILES + profile
            record.fields["WARC-Refers-To"] = known.record_id
            record.fields["WARC-Refers-To-Target-URI"] = known.url
            record.fields["WARC-Refers-To-Date"] = known.date
            record.fields["WARC-Payload-Digest"] = known.digest
        else:
            record = _Record("response", exchange.url, date, exchange.response)
            chunked = head is not None and head.values(b"transfer-encoding")
            name = TRANSFER_CODED_DIGEST if chunked else "WARC-Payload-Digest"
            record.fields[name] = payload_digest(payload)
        record.content_type = "application/http; msgtype=response"
        record.fields["WARC-IP-Address"] = exchange.address
        if exchange.truncated:
            record.fields["WARC-Truncated"] = exchange.truncated
        return record, payload

    def metadata(
        self, uri: str, block: bytes, *, content_type: str = WARC_FIELDS, at: datetime | None = None
    ) -> Pointer:
        """Write one metadata record about a URI, such as a URL that did not answer.

        Raises:
            WarcError: the file cannot be written.
        """
        record = _Record("metadata", uri, warc_date(at or self._now()), block)
        record.content_type = content_type
        return self._append([record])

    def settle(self, pointers: list[Pointer]) -> None:
        """Note that the frontier has acknowledged these, durably; close files that are done."""
        for file, offset in pointers:
            self._unsettled.get(file, set()).discard(offset)
        for file in [name for name, left in self._unsettled.items() if not left]:
            if file != self._name:
                self._finish(file)

    def adopt(self, file: str, offsets: set[int]) -> None:
        """Take over a file of a killed crawl: it is finished when these exchanges are settled."""
        self._unsettled[file] = set(offsets)

    def sync(self) -> None:
        """Force what was written onto the disk."""
        if self._file is not None:
            os.fdatasync(self._file)

    def close(self) -> None:
        """Close the current file; it keeps its ``.open`` while something in it is unsettled."""
        if self._file is not None:
            self.sync()
            os.close(self._file)
            self._file = None
            self._name = ""
        self.settle([])

    def _finish(self, file: str) -> None:
        del self._unsettled[file]
        (self._folder / (file + OPEN)).rename(self._folder / file)

    def _append(self, records: list[_Record]) -> Pointer:
        if self._file is None or self._size >= self._max_bytes:
            self._begin_file()
        offset = self._size
        self._write(b"".join(record.member() for record in records))
        self._unsettled[self._name].add(offset)
        return Pointer(self._name, offset)

    def _begin_file(self) -> None:
        self.close()
        now = self._now()
        self._serial += 1
        suffix = self._crawl_id.rpartition("-")[2]
        name = f"{self._prefix}-{now:%Y%m%d%H%M%S}-{suffix}-{self._serial:05d}.warc.gz"
        path = self._folder / (name + OPEN)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(path, flags, 0o644)
        except OSError as error:
            raise WarcError(f"{path} cannot be begun: {error.strerror}") from error
        self._name, self._size = name, 0
        self._unsettled[name] = set()
        info = _Record("warcinfo", None, warc_date(now), fields_block(self._info))
        info.fields["WARC-Filename"] = name
        self._write(info.member())

    def _write(self, data: bytes) -> None:
        """Append all bytes; what the disk took of a failed write is cut off again."""
        assert self._file is not None  # noqa: S101 - only called with a file begun
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            os.ftruncate(self._file, self._size)
            where = self._folder / (self._name + OPEN)
            raise WarcError(
                f"{where} cannot be written ({error.strerror}); free some space and run the crawl again"
            ) from error
        self._size += len(data)


class _Record:
    """One record before it is written."""

    def __init__(self, kind: str, uri: str | None, date: str, block: bytes) -> None:
        self.kind = kind
        self.id = f"<urn:uuid:{uuid.uuid4()}>"
        self.content_type = WARC_FIELDS
        self.fields: dict[str, str] = {}
        self._uri = uri
        self._date = date
        self._block = block

    def member(self) -> bytes:
        """Return the record as one gzip member."""
        fields = {
            "WARC-Type": self.kind,
            "WARC-Record-ID": self.id,
            "WARC-Date": self._date,
            **({"WARC-Target-URI": self._uri} if self._uri else {}),
            **self.fields,
            "WARC-Block-Digest": payload_digest(self._block),
            "Content-Type": self.content_type,
            "Content-Length": str(len(self._block)),
        }
        head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
        data = packer.compress(head.encode() + b"\r\n" + self._block + b"\r\n\r\n")
        return data + packer.flush()


def warc_date(at: datetime) -> str:
    """Write a time as WARC/1.1 does, to the microsecond.

    >>> warc_date(datetime(2020, 2, 18, 9, 30, tzinfo=UTC))
    '2020-02-18T09:30:00.000000Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fields_block(fields: Fields) -> bytes:
    r"""Write an application/warc-fields block; line ends inside a value become spaces.

    >>> fields_block({"via": "https://kyt.fi/", "note": None, "message": "a\nb"})
    b'via: https://kyt.fi/\r\nmessage: a b\r\n'
    """
    pairs = ((name, " ".join(str(v).split())) for name, v in fields.items() if v is not None)
    return "".join(f"{name}: {value}\r\n" for name, value in pairs).encode()


def _facts(exchange: Exchange, facts: Fields) -> Fields:
    return {**facts, "fetchTimeMs": exchange.elapsed_ms, **_tls_fields(exchange.tls)}


def _tls_fields(tls: TlsFacts | None) -> Fields:
    if tls is None:
        return {}
    return {
        "tlsVersion": tls.version,
        "tlsCipher": tls.cipher,
        "certificateSubject": tls.subject,
        "certificateIssuer": tls.issuer,
        "certificateNotBefore": tls.not_before.isoformat() if tls.not_before else None,
        "certificateNotAfter": tls.not_after.isoformat() if tls.not_after else None,
        "certificateSha256": tls.sha256,
    }
