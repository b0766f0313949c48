"""Walk the records of a file of any kind, and read one by its place."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.containers.kinds import Kind, kind_at, kind_of
from archive.containers.plain import record_at, walk_plain
from archive.containers.wacz import stretches
from archive.containers.zstandard import ZstdError, open_frames
from archive.members import (
    GZIP,
    RECORD_START,
    SEARCH,
    Damage,
    Member,
    beginning,
    read_member,
    walk_members,
)

Stretch = tuple[int, int, Kind]
UNREADABLE = (OSError, EOFError, zlib.error, ZstdError)
"""What reading at a place raises where nothing readable stands."""


def walk_file(path: Path, start: int = 0) -> Iterator[Member | Damage]:
    """Yield what holds a record each, from an offset on, and the stretches that cannot be read.

    Raises:
        OSError: the file cannot be read.
    """
    kind = kind_of(path)
    if kind == "gzip":
        yield from walk_members(path, start)
        return
    with path.open("rb") as file:
        for first, end, inner in _stretches(file, kind):
            if end > start:
                yield from _walk_stretch(path, file, first, end, inner, start)


def _walk_stretch(
    path: Path, file: BinaryIO, first: int, end: int, kind: Kind, start: int
) -> Iterator[Member | Damage]:
    if kind == "gzip":
        yield from walk_members(path, max(start, first), end)
    elif kind == "zstd":
        codec, begin = open_frames(file, first, end)
        yield from walk_members(path, max(start, begin), end, codec)
    else:
        yield from walk_plain(file, max(start, first), end)


def _stretches(file: BinaryIO, kind: Kind) -> list[Stretch]:
    """Return the parts of a file that hold records, each of one kind."""
    size = os.fstat(file.fileno()).st_size
    if kind != "zip":
        return [(0, size, kind)]
    try:
        places = stretches(file)
    except zipfile.BadZipFile:
        return [(0, size, _first_kind(file))]
    found: list[Stretch] = []
    for first, end in places or ():
        file.seek(first)
        found.append((first, end, kind_at(file.read(8)) or "gzip"))
    return found


FIRST = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|WARC/\d\.\d\r?\n")
"""How a record begins, packed or not."""


def _first_kind(file: BinaryIO) -> Kind:
    """Return how the first record is packed of a package that has lost its list of files."""
    at = 0
    while file.seek(at) == at and (window := file.read(SEARCH + 16)):
        for found in FIRST.finditer(window):
            kind = kind_at(found[0])
            codec = GZIP if kind == "gzip" else open_frames(file, at + found.start(), at)[0]
            if kind == "plain" or RECORD_START.match(beginning(file, at + found.start(), codec)):
                return kind or "gzip"
        at += SEARCH
    return "gzip"


def read_at(path: Path, offset: int) -> Member | Damage:
    """Return what stands at an offset that a walk gave.

    Raises:
        EOFError, zlib.error, ZstdError: no whole member stands there.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        kind = kind_at(file.read(8))
        if kind == "gzip":
            return read_member(path, offset)
        outer = kind_of(path)
        parts = _stretches(file, outer)
        first, end, _ = next((part for part in parts if part[0] <= offset < part[1]), (0, 0, ""))
        if kind == "zstd":
            return read_member(path, offset, open_frames(file, first, end)[0])
        if outer == "gzip" or end == 0:
            return read_member(path, offset, GZIP)
        return record_at(file, offset, end)


def beginning_at(path: Path, offset: int, limit: int) -> bytes:
    """Return the first bytes of the record at an offset, decompressed, as far as they can be read.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        file.seek(offset)
        head = file.read(8)
        kind = kind_at(head)
        if kind == "gzip":
            return beginning(file, offset, GZIP, limit)
        if kind == "zstd":
            parts = _stretches(file, kind_of(path))
            first, end, _ = next(part for part in parts if part[0] <= offset < part[1])
            return beginning(file, offset, open_frames(file, first, end)[0], limit)
        return head + file.read(limit - len(head))
