"""Read the records of WARC files, and of ARC and WACZ files, whoever wrote them.

WARC is the only hand-over from the crawler: ``archive.containers`` finds the records,
and what comes out is a ``WarcRecord`` with its body decoded and its place in the file.
Names of files are those of the closed file, with their folder below ``warc/``;
a file that is still being written ends in ``.open`` on disk.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from archive.containers import beginning_at, holds_another, read_at, walk_file
from archive.containers.blocks import digest_holds
from archive.containers.heads import RecordHead, parse_head
from archive.containers.walking import UNREADABLE
from archive.digests import payload_digest, stable_id
from archive.entities import Entity, plain_entity, read_entity
from archive.errors import PackedError, WarcError
from archive.members import Damage, Member
from archive.records import WarcRecord

OPEN = ".open"
"""Suffix of a file that is still being written, or whose writer was killed."""

IMPORTS = "imports"
"""Folder below ``warc/`` with the files of others, as they came."""

UNPACKED = "unpacked"
"""Folder below ``warc/`` with the records of files that were compressed as a whole; it can be made again."""

IMPORTED = re.compile(r"[0-9a-f]{12}-.")
"""How the name of an imported file begins: with its digest."""

PART = ".part"
"""Suffix of a file that is being copied or unpacked."""

HTTP_KINDS = frozenset({"response", "revisit", "request"})
KINDS = HTTP_KINDS | {"warcinfo", "resource", "metadata", "conversion", "continuation"}
EARLIEST = 1990
"""The first year of the web; a record that claims an earlier one has a wrong clock."""
REWRITTEN = frozenset({"warc-record-id", "content-length"})
UNNAMED = "urn:x-jarjestoarkisto:unnamed:"
"""How the id begins that a record without one is given; it follows from what the record holds."""


def warc_files(folder: Path) -> list[Path]:
    """Return the WARC files of a folder in the order of their names, open ones included."""
    found = [*folder.glob("*.warc.gz"), *folder.glob("*.warc.gz" + OPEN)]
    return sorted(found, key=closed_name)


def imported_files(folder: Path) -> list[Path]:
    """Return the files of others below a folder of WARC files, in the order of their names."""
    inside = sorted((folder / IMPORTS).glob("[0-9a-f]*-*"))
    return [path for path in inside if IMPORTED.match(path.name) and path.suffix != PART]


def closed_name(path: Path) -> str:
    """Return the name under which the archive knows a file: that of the closed file, with a folder for those of others.

    >>> closed_name(Path("warc/JA-1.warc.gz.open"))
    'JA-1.warc.gz'
    >>> closed_name(Path("warc/imports/0f3a-vanha.arc.gz"))
    'imports/0f3a-vanha.arc.gz'
    """
    name = path.name.removesuffix(OPEN)
    return f"{path.parent.name}/{name}" if path.parent.name in (IMPORTS, UNPACKED) else name


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
        PackedError: records were compressed together, so that none can be read at its place.
    """
    name = closed_name(path)
    try:
        for member in walk_file(path, start):
            if isinstance(member, Damage):
                yield member
            elif holds_another(member.data):
                raise PackedError(
                    f"{path} holds several records in the member at byte {member.offset}"
                )
            else:
                yield _record(member, name)
    except OSError as error:
        raise WarcError(f"{path} cannot be read: {error.strerror}") from error


def read_record(path: Path, offset: int) -> WarcRecord:
    """Return the record at an offset.

    Raises:
        WarcError: no record stands there.
    """
    try:
        member = read_at(path, offset)
    except UNREADABLE as error:
        raise WarcError(f"{path} holds no readable record at byte {offset}: {error}") from error
    return _first_record(path, member)


def read_beginning(path: Path, offset: int, limit: int) -> WarcRecord:
    """Return the record at an offset with as much of its body as stands in the first decompressed bytes.

    Args:
        path: the file.
        offset: where the record begins; what stands before it does not matter.
        limit: decompressed bytes to read at most, head included; a body that is cut says so in ``truncated``.

    Raises:
        WarcError: no record stands there.
    """
    try:
        data = beginning_at(path, offset, limit)
    except OSError as error:
        raise WarcError(f"{path} holds no readable record at byte {offset}: {error}") from error
    return _first_record(path, Member(offset, len(data), data))


def _first_record(path: Path, member: Member | Damage) -> WarcRecord:
    found = member if isinstance(member, Damage) else _record(member, closed_name(path))
    if isinstance(found, Damage):
        raise WarcError(f"{path} holds no WARC record at byte {found.offset}")
    return found


def warc_member(path: Path, offset: int, record_id: str) -> bytes:
    """Return a record as a gzip member of WARC 1.1, whatever its file is: ARC, or one of another packing.

    A record without an id is given the one under which the archive knows it.

    Raises:
        WarcError: the record of this id does not stand there.
    """
    try:
        member = read_at(path, offset)
    except UNREADABLE as error:
        raise WarcError(f"{path} holds no readable record at byte {offset}: {error}") from error
    found = _first_record(path, member)
    if found.record_id != record_id or isinstance(member, Damage):
        raise WarcError(
            f"{path} does not hold the record {record_id} at byte {offset}: "
            "put the file back from a backup, or delete archive.db and run `arkisto ingest`"
        )
    head = parse_head(member.data)
    block = _block(member, head)[0] if head else b""
    kept = [(name, value) for name, value in found.headers if name.lower() not in REWRITTEN]
    fields = [*kept, ("WARC-Record-ID", record_id), ("Content-Length", str(len(block)))]
    if found.fault and not found.header("WARC-Truncated"):
        fields.append(("WARC-Truncated", "unspecified"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return gzip.compress(b"WARC/1.1\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n", mtime=0)


def _record(member: Member, file: str) -> WarcRecord | Damage:
    head = parse_head(member.data)
    if head is None:
        return Damage(member.offset, member.length, "no WARC record: no head", at_end=False)
    block, fault = _block(member, head)
    kind = _kind(head, block)
    whole = not member.surplus
    entity = (
        read_entity(block, whole=whole) if kind in HTTP_KINDS else plain_entity(block, whole=whole)
    )
    if not whole:
        fault = "oversize"
    elif fault is None and not member.checked and digest_holds(head, block) is False:
        fault = "digest"
    stated = None if kind == "revisit" else entity.fault
    url = (head.get("WARC-Target-URI") or "").strip("<> \t") or None
    at = parse_warc_date(head.get("WARC-Date"))
    if at is None and kind in HTTP_KINDS:
        at = _http_date(entity)
    return WarcRecord(
        kind=kind,
        record_id=head.get("WARC-Record-ID") or _unnamed(url, at, block),
        url=url,
        at=at,
        headers=head.fields,
        http_status=entity.status,
        http_headers=entity.headers,
        payload=entity.payload,
        file=file,
        offset=member.offset,
        length=member.length,
        truncated=head.get("WARC-Truncated") or fault or stated,
        digest=entity.digest,
        fault=fault,
    )


def _block(member: Member, head: RecordHead) -> tuple[bytes, str | None]:
    """Return the block of a record, and ``length`` where its length is not the one that it states."""
    behind = len(member.data) - head.size
    if head.declared == behind:
        return member.data[head.size :], None
    if head.declared is not None and (member.surplus or head.declared < behind):
        block = member.data[head.size : head.size + head.declared]
        if not member.data[head.size + head.declared :].strip(b"\r\n"):
            return block, None
    return member.data[head.size :].removesuffix(b"\r\n\r\n"), "length"


def _kind(head: RecordHead, block: bytes) -> str:
    """Return what a record is; for one that does not say it, or says what nobody knows, by what it holds."""
    stated = (head.get("WARC-Type") or "").lower()
    if stated in KINDS:
        return stated
    if block.startswith(b"HTTP/"):
        return "response"
    asks = "msgtype=request" in (head.get("Content-Type") or "").lower()
    return "request" if asks else stated or "resource"


def _unnamed(url: str | None, at: datetime | None, block: bytes) -> str:
    named = stable_id("record", url or "", at.isoformat() if at else "", payload_digest(block))
    return f"<{UNNAMED}{named}>"


def _http_date(entity: Entity) -> datetime | None:
    """Return the moment at which the server says that it answered."""
    stated = next((value for name, value in entity.headers if name.lower() == "date"), "")
    try:
        found = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError):
        return None
    found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found.year >= EARLIEST else None


DATE = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-?(?P<day>\d\d)"
    r"(?:[T ]?(?P<clock>\d\d:?\d\d:?\d\d)?(?:\.\d+)?)?)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)


def parse_warc_date(text: str | None) -> datetime | None:
    """Return a WARC-Date as an aware time, or ``None`` where it is none.

    WARC 1.1 allows any precision from a year to a billionth of a second; old tools wrote 14 digits.

    >>> parse_warc_date("2020-02-18T09:30:00Z").isoformat()
    '2020-02-18T09:30:00+00:00'
    >>> parse_warc_date("2020-02-18T09:30:00.123456789Z").isoformat(timespec="milliseconds")
    '2020-02-18T09:30:00.123+00:00'
    >>> parse_warc_date("2009-05").isoformat(), parse_warc_date("20090501120000").isoformat()
    ('2009-05-01T00:00:00+00:00', '2009-05-01T12:00:00+00:00')
    >>> parse_warc_date("31.11.2021") is None, parse_warc_date("1970-01-01T00:00:00Z") is None
    (True, True)
    """
    stated = (text or "").strip()
    try:
        found = datetime.fromisoformat(stated)
    except ValueError:
        parts = DATE.fullmatch(stated)
        if parts is None:
            return None
        day = f"{parts['year']}-{parts['month'] or '01'}-{parts['day'] or '01'}"
        clock = (parts["clock"] or "000000").replace(":", "")
        try:
            found = datetime.fromisoformat(f"{day}T{clock}{parts['zone'] or ''}")
        except ValueError:
            return None
    found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found.year >= EARLIEST else None


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
