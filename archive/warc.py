"""Read the records of WARC files.

WARC is the only hand-over from the crawler: ``archive.members`` finds the records, warcio parses them,
and what comes out is a ``WarcRecord`` with its body decoded and its place in the file.
Names of files are those of the closed file; a file that is still being written ends in ``.open`` on disk.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from archive.errors import WarcError
from archive.members import Damage, Member, read_member, walk_members
from archive.records import WarcRecord

OPEN = ".open"
"""Suffix of a file that is still being written, or whose writer was killed."""

HTTP_KINDS = frozenset({"response", "revisit", "request"})


def warc_files(folder: Path) -> list[Path]:
    """Return the WARC files of a folder in the order of their names, open ones included."""
    found = [*folder.glob("*.warc.gz"), *folder.glob("*.warc.gz" + OPEN)]
    return sorted(found, key=closed_name)


def closed_name(path: Path) -> str:
    """Return the name that a WARC file has once it is closed.

    >>> closed_name(Path("warc/JA-1.warc.gz.open"))
    'JA-1.warc.gz'
    """
    return path.name.removesuffix(OPEN)


def find_warc(folder: Path, name: str) -> Path:
    """Return the path of a WARC file by its closed name.

    Raises:
        WarcError: neither the closed nor the open file is there.
    """
    for path in (folder / name, folder / (name + OPEN)):
        if path.exists():
            return path
    raise WarcError(
        f"{folder / name} is missing: put it back, or run `arkisto ingest` on what is there"
    )


def read_warc(path: Path, start: int = 0) -> Iterator[WarcRecord | Damage]:
    """Yield the records of a file from an offset on, and the stretches that cannot be read.

    Raises:
        WarcError: the file cannot be opened.
    """
    try:
        for member in walk_members(path, start):
            yield from (
                [member] if isinstance(member, Damage) else _records(member, closed_name(path))
            )
    except OSError as error:
        raise WarcError(f"{path} cannot be read: {error.strerror}") from error


def read_record(path: Path, offset: int) -> WarcRecord:
    """Return the record at an offset.

    Raises:
        WarcError: no record stands there.
    """
    try:
        data = read_member(path, offset)
    except (OSError, EOFError, zlib.error) as error:
        raise WarcError(f"{path} holds no readable record at byte {offset}: {error}") from error
    return _first_record(path, offset, data)


def _first_record(path: Path, offset: int, data: bytes) -> WarcRecord:
    found = next(iter(_records(Member(offset, 0, data), closed_name(path))), None)
    if found is None or isinstance(found, Damage):
        raise WarcError(f"{path} holds no WARC record at byte {offset}")
    return found


def read_beginning(path: Path, offset: int, limit: int) -> WarcRecord:
    """Return the record at an offset with as much of its body as stands in the first decompressed bytes.

    Args:
        path: the file.
        offset: where the record's gzip member begins; what stands before it does not matter.
        limit: decompressed bytes to read at most, head included; a body that is cut says so in ``truncated``.

    Raises:
        WarcError: no record stands there.
    """
    try:
        data = read_member(path, offset, limit)
    except (OSError, EOFError, zlib.error) as error:
        raise WarcError(f"{path} holds no readable record at byte {offset}: {error}") from error
    return _first_record(path, offset, data)


def _records(member: Member, file: str) -> Iterator[WarcRecord | Damage]:
    try:
        for record in ArchiveIterator(io.BytesIO(member.data)):
            yield _converted(record, member, file)
    except (ArchiveLoadFailed, ValueError, EOFError) as error:
        reason = f"no WARC record: {error}"
        yield Damage(member.offset, member.length, reason, at_end=False)


def _converted(record: ArcWarcRecord, member: Member, file: str) -> WarcRecord:
    headers = tuple(record.rec_headers.headers)
    http = record.http_headers if record.rec_type in HTTP_KINDS else None
    payload, fault = _payload(record)
    return WarcRecord(
        kind=record.rec_type,
        record_id=record.rec_headers.get_header("WARC-Record-ID"),
        url=record.rec_headers.get_header("WARC-Target-URI"),
        at=parse_warc_date(record.rec_headers.get_header("WARC-Date")),
        headers=headers,
        http_status=_status(http.get_statuscode()) if http else None,
        http_headers=tuple(http.headers) if http else (),
        payload=payload,
        file=file,
        offset=member.offset,
        length=member.length,
        truncated=record.rec_headers.get_header("WARC-Truncated") or fault,
    )


def _payload(record: ArcWarcRecord) -> tuple[bytes, str | None]:
    """Return the body with its codings removed, and what went wrong with them."""
    try:
        payload = record.content_stream().read()
    except (zlib.error, ValueError, OSError, EOFError):
        return b"", "content-encoding"
    left = getattr(record.raw_stream, "limit", 0)
    return payload, "length" if left else None


def _status(code: str | None) -> int | None:
    return int(code) if code and code.isdigit() else None


def parse_warc_date(text: str | None) -> datetime | None:
    """Return a WARC-Date as an aware time, or ``None`` where it is none.

    >>> parse_warc_date("2020-02-18T09:30:00Z").isoformat()
    '2020-02-18T09:30:00+00:00'
    >>> parse_warc_date("31.11.2021") is None
    True
    """
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def warc_fields(block: bytes) -> dict[str, str]:
    r"""Return the fields of an ``application/warc-fields`` block, names in lower case.

    >>> warc_fields(b"isPartOf: 20261121-a1\r\nhopsFromSeed: LL\r\n")
    {'ispartof': '20261121-a1', 'hopsfromseed': 'LL'}
    """
    lines = block.decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def json_lines(block: bytes) -> list[dict[str, Any]]:
    """Return the objects of an ``application/x-ndjson`` block.

    Raises:
        ValueError: a line is no JSON.
    """
    return [json.loads(line) for line in block.splitlines() if line.strip()]
