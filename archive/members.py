"""Walk the gzip members of a WARC file, so that every record has an exact place and damage costs one record.

A reader that decompresses a file as one stream stops, or goes silent, at the first flipped byte.
Here each member is decompressed by itself; after a broken one the walk goes on at the next place where a record begins.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = b"\x1f\x8b\x08"
CHUNK = 1 << 16
SEARCH = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """The bytes of one gzip member, decompressed."""

    offset: int
    length: int
    """Bytes in the file."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that holds no readable record."""

    offset: int
    length: int
    reason: str
    at_end: bool
    """True for a cut at the end of the file: in a file that still grows, the rest may come."""


def walk_members(path: Path, start: int = 0) -> Iterator[Member | Damage]:
    """Yield every member from an offset on, and every stretch that cannot be read, in file order.

    What is appended to the file after the walk began is left for the next walk.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        offset = start
        while offset < size:
            found = _member(file, offset, size)
            yield found
            offset += found.length


def read_member(path: Path, offset: int, limit: int | None = None) -> bytes:
    """Return the decompressed bytes of the member at an offset, all or the first ones.

    Raises:
        EOFError, zlib.error: no whole member stands there.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _inflate(file, offset)[0] if limit is None else _inflate_some(file, offset, limit)


def _member(file: BinaryIO, offset: int, size: int) -> Member | Damage:
    try:
        data, length = _inflate(file, offset)
        return Member(offset, length, data)
    except EOFError:
        reason = "the record is cut off"
    except zlib.error as error:
        reason = f"no gzip member: {error}"
    following = _next_record(file, offset + 1, size)
    return Damage(offset, following - offset, reason, at_end=following == size)


def _inflate(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    file.seek(offset)
    inflater = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    taken = 0
    while not inflater.eof:
        chunk = file.read(CHUNK)
        if not chunk:
            raise EOFError("the member has no end")
        parts.append(inflater.decompress(chunk))
        taken += len(chunk)
    return b"".join(parts), taken - len(inflater.unused_data)


def _inflate_some(file: BinaryIO, offset: int, limit: int) -> bytes:
    file.seek(offset)
    inflater = zlib.decompressobj(wbits=31)
    data = bytearray()
    while not inflater.eof and len(data) < limit:
        chunk = inflater.unconsumed_tail or file.read(CHUNK)
        if not chunk:
            raise EOFError("the member has no end")
        data += inflater.decompress(chunk, limit - len(data))
    return bytes(data)


def _next_record(file: BinaryIO, offset: int, size: int) -> int:
    """Return where the next member that begins with a WARC record stands, or the size of the file."""
    while offset < size:
        file.seek(offset)
        window = file.read(SEARCH + len(MAGIC) - 1)
        at = window.find(MAGIC)
        while at >= 0:
            if _begins_record(file, offset + at):
                return offset + at
            at = window.find(MAGIC, at + 1)
        offset += SEARCH
    return size


def _begins_record(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    try:
        return zlib.decompressobj(wbits=31).decompress(file.read(CHUNK), 5) == b"WARC/"
    except zlib.error:
        return False
