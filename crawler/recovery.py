"""Find what a killed crawl left in its WARC files: cut the torn tail, list the whole exchanges.

The WARC files are the truth: an exchange that stands there in full is never fetched again,
whether or not the frontier had time to acknowledge it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.members import Damage, read_member
from archive.records import WarcRecord
from archive.warc import OPEN, closed_name, read_warc, warc_fields
from crawler.warcwriter import TRANSFER_CODED_DIGEST, Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One whole exchange, or one URL without an answer, in a WARC file."""

    pointer: Pointer
    url: str
    at: datetime | None
    kind: str
    """``response``, ``revisit`` or ``metadata`` (no answer)."""
    status: int | None
    digest: str | None
    record_id: str | None
    date: str | None
    """The WARC-Date as it stands."""
    facts: dict[str, str]
    """The fields of its metadata record, names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """One file that a killed crawl left open."""

    file: str
    """Its name once closed."""
    cut_bytes: int
    """Bytes of the torn tail that were cut off."""
    found: tuple[Found, ...]


def recover(folder: Path) -> list[Recovered]:
    """Cut the torn tail of every ``.open`` file and list what stands in it, oldest file first.

    A file without one whole record is removed.
    """
    files = sorted(folder.glob("*.warc.gz" + OPEN)) if folder.is_dir() else []
    return [_recover_file(path) for path in files]


def _recover_file(path: Path) -> Recovered:
    found: list[Found] = []
    end = 0
    for exchange, exchange_end in _whole_exchanges(path):
        end = exchange_end
        if exchange is not None:
            found.append(exchange)
    cut = path.stat().st_size - end
    if end == 0:
        path.unlink()
    elif cut:
        os.truncate(path, end)
    return Recovered(file=closed_name(path), cut_bytes=cut, found=tuple(found))


def _whole_exchanges(path: Path) -> Iterator[tuple[Found | None, int]]:
    """Yield each whole exchange and where it ends; its metadata record is always the last."""
    answer: WarcRecord | None = None
    for record in read_warc(path):
        if isinstance(record, Damage):
            answer = None  # at the end it is the torn tail; in the middle, one record is lost
        elif record.kind in ("response", "revisit"):
            answer = record
        elif record.kind == "metadata":
            yield _found(answer, record), record.offset + record.length
            answer = None
        elif record.kind == "warcinfo":
            yield None, record.offset + record.length


def _found(answer: WarcRecord | None, about: WarcRecord) -> Found | None:
    first = answer or about
    if first.url is None or first.url.startswith("urn:"):
        return None
    return Found(
        pointer=Pointer(first.file, first.offset),
        url=first.url,
        at=first.at,
        kind=first.kind,
        status=first.http_status,
        digest=first.header("WARC-Payload-Digest") or first.header(TRANSFER_CODED_DIGEST),
        record_id=first.record_id,
        date=first.header("WARC-Date"),
        facts=warc_fields(about.payload),
    )


def stored_block(path: Path, offset: int) -> bytes:
    """Return the block of the record at an offset, byte for byte.

    Raises:
        EOFError, zlib.error, OSError: no whole record stands there.
    """
    head, _, block = read_member(path, offset).partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    return block[:length]
