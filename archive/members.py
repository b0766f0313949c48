"""Walk the members of a compressed WARC file, so that every record has an exact place and damage costs one record.

A reader that decompresses a file as one stream stops, or goes silent, at the first flipped byte.
Here each member is decompressed by itself; after a broken one the walk goes on at the next place where a record begins.
A member is a member of gzip or a frame of Zstandard: what a writer compressed at a time.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1 << 16
SEARCH = 1 << 20
LARGEST = 128 << 20
"""Decompressed bytes of a member that are kept; the crawler stores no body above 100 MB, others do."""

ARC_START = (
    rb"(?:(?:https?|ftp|gopher|filedesc|warcinfo)://?|dns:|whois:)[^\r\n]{1,8000}? \S+ \d{14} "
)
RECORD_START = re.compile(rb"WARC/\d+\.\d+ *\r?\n|" + ARC_START, re.IGNORECASE)
"""How a record of WARC begins, or one of ARC: its address, an IP address and 14 digits."""
BEGINNING = 8192
"""Decompressed bytes in which that can be seen."""


@dataclass(frozen=True, slots=True)
class Member:
    """The bytes of one member, decompressed."""

    offset: int
    length: int
    """Bytes in the file."""
    data: bytes
    surplus: int = 0
    """Bytes that follow those in ``data``, where there are more than are kept."""
    checked: bool = True
    """True where a checksum beside the bytes says that they are right."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that holds no readable record."""

    offset: int
    length: int
    reason: str
    at_end: bool
    """True for a cut at the end of the file: in a file that still grows, the rest may come."""


class Decompressor(Protocol):
    """What decompresses one member."""

    @property
    def eof(self) -> bool:
        """True behind the end of the member."""

    @property
    def unused_data(self) -> bytes:
        """What was fed behind the end."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes of the file give, in pieces of bounded size."""


class Gunzip:
    """Decompress one gzip member."""

    def __init__(self) -> None:
        """Begin."""
        self._inflater = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        """True behind the end of the member."""
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        """What was fed behind the end."""
        return self._inflater.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes of the file give, in pieces of bounded size."""
        while not self.eof:  # behind the end, zlib leaves what follows in unconsumed_tail as well
            piece = self._inflater.decompress(data, SEARCH)
            yield piece
            data = self._inflater.unconsumed_tail
            if not data and len(piece) < SEARCH:
                return


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to compress members."""

    magic: bytes
    """How each begins."""
    error: type[Exception]
    """What a broken one raises."""
    decompressor: Callable[[], Decompressor]
    checked: Callable[[bytes], bool]
    """Tells from the first bytes of a member whether it carries a checksum."""


GZIP = Codec(b"\x1f\x8b\x08", zlib.error, Gunzip, lambda _: True)


def walk_members(
    path: Path, start: int = 0, end: int | None = None, codec: Codec = GZIP
) -> Iterator[Member | Damage]:
    """Yield every member from an offset on, and every stretch that cannot be read, in file order.

    What is appended to the file after the walk began is left for the next walk.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size if end is None else end
        offset = start
        while offset < size:
            found = _member(file, offset, size, codec)
            yield found
            offset += found.length


def read_member(path: Path, offset: int, codec: Codec = GZIP) -> Member:
    """Return the member at an offset.

    Raises:
        EOFError, zlib.error, or the codec's own error: no whole member stands there.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _inflate(file, offset, None, codec)


def _member(file: BinaryIO, offset: int, end: int, codec: Codec) -> Member | Damage:
    try:
        return _inflate(file, offset, end, codec)
    except EOFError:
        reason = "the record is cut off"
    except codec.error as error:
        reason = f"no readable member: {error}"
    following = _next_record(file, offset + 1, end, codec)
    return Damage(offset, following - offset, reason, at_end=following == end)


def _inflate(file: BinaryIO, offset: int, end: int | None, codec: Codec) -> Member:
    file.seek(offset)
    decompressor = codec.decompressor()
    parts: list[bytes] = []
    kept = total = taken = 0
    checked = False
    while not decompressor.eof:
        chunk = file.read(CHUNK if end is None else min(CHUNK, end - offset - taken))
        if not chunk:
            raise EOFError("the member has no end")
        if not taken:
            checked = codec.checked(chunk)
        taken += len(chunk)
        for piece in decompressor.feed(chunk):
            total += len(piece)
            if kept < LARGEST:
                parts.append(piece[: LARGEST - kept])
                kept += len(parts[-1])
    length = taken - len(decompressor.unused_data)
    return Member(offset, length, b"".join(parts), total - kept, checked)


def _next_record(file: BinaryIO, offset: int, end: int, codec: Codec) -> int:
    """Return where the next member that begins with a record stands, or the end."""
    places = member_places(file, offset, end, codec)
    return next((place for place in places if _begins_record(file, place, codec)), end)


def member_places(file: BinaryIO, start: int, end: int, codec: Codec) -> Iterator[int]:
    """Yield where in a stretch of a file a member may begin: at every magic number of its codec."""
    while start < end:
        file.seek(start)
        window = file.read(min(SEARCH + len(codec.magic) - 1, end - start))
        at = window.find(codec.magic)
        while at >= 0:
            yield start + at
            at = window.find(codec.magic, at + 1)
        start += SEARCH


def _begins_record(file: BinaryIO, offset: int, codec: Codec) -> bool:
    return RECORD_START.match(beginning(file, offset, codec)) is not None


def beginning(file: BinaryIO, offset: int, codec: Codec, most: int = BEGINNING) -> bytes:
    """Return the first decompressed bytes of the member at an offset, as far as it can be read."""
    file.seek(offset)
    decompressor = codec.decompressor()
    found = b""
    try:
        while len(found) < most and not decompressor.eof and (chunk := file.read(CHUNK)):
            for piece in decompressor.feed(chunk):
                found += piece[: most - len(found)]
                if len(found) >= most:
                    break
    except codec.error:
        pass  # what came before the error is what there is
    return found
