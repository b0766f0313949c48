"""Walk the records of a WARC file without holding any of them whole.

Recovery and indexing need the fields of a record and the beginning of its block;
a file of 100 MB inside it costs them no memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import WarcError
from archive.members import Damage, walk_members
from crawler.http1 import MAX_HEAD_BYTES, Head, NotHttpError, parse_head

BEGINNING = 1 << 20
"""Decompressed bytes of a record that are looked at: its fields, and the longest head behind them."""

CHUNK = 1 << 16
_BLANK_LINE = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One record, its block as far as it was looked at."""

    offset: int
    length: int
    """Bytes in the file."""
    fields: dict[str, str]
    """The WARC fields, names in lower case."""
    block: bytes
    """The beginning of the block, at most 1 MiB."""

    @property
    def kind(self) -> str:
        """The WARC-Type."""
        return self.fields.get("warc-type", "")

    @property
    def http_head(self) -> Head | None:
        """The head of the HTTP response in the block, if there is one."""
        try:
            return parse_head(self.block[: MAX_HEAD_BYTES + CHUNK])
        except NotHttpError:
            return None


def walk_records(path: Path) -> Iterator[Walked | Damage]:
    """Yield the records of a file in order, and the stretches that cannot be read.

    Raises:
        WarcError: the file cannot be read.
    """
    try:
        yield from _walk(path)
    except OSError as error:
        raise WarcError(f"{path} cannot be read: {error.strerror}") from error


def _walk(path: Path) -> Iterator[Walked | Damage]:
    offset = 0
    with path.open("rb") as file:
        size = file.seek(0, 2)
        while offset < size:
            found = _record(file, offset) or _damage(path, offset)
            yield found
            offset += found.length


def _damage(path: Path, offset: int) -> Damage:
    """Return how far the unreadable stretch at an offset goes."""
    found = next(walk_members(path, offset))
    if isinstance(found, Damage):
        return found
    return Damage(offset, found.length, "no WARC record", at_end=False)


def _record(file: BinaryIO, offset: int) -> Walked | None:
    """Read the member at an offset to its end; ``None`` where no whole record stands."""
    beginning = bytearray()
    length = 0
    try:
        for piece, taken in _inflated(file, offset):
            beginning += piece[: BEGINNING - len(beginning)]
            length = taken
    except (EOFError, zlib.error):
        return None
    head, blank, block = bytes(beginning).partition(_BLANK_LINE)
    if not head.startswith(b"WARC/") or not blank:
        return None
    fields = _fields(head)
    declared = fields.get("content-length", "")
    end = int(declared) if declared.isdigit() else len(block)
    return Walked(offset=offset, length=length, fields=fields, block=block[:end])


def _fields(head: bytes) -> dict[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _inflated(file: BinaryIO, offset: int) -> Iterator[tuple[bytes, int]]:
    """Yield the decompressed pieces of a member, with the bytes of the file taken so far."""
    file.seek(offset)
    inflater = zlib.decompressobj(wbits=31)
    read = 0
    while not inflater.eof:
        left = inflater.unconsumed_tail
        data = left or file.read(CHUNK)
        read += 0 if left else len(data)
        piece = inflater.decompress(data, BEGINNING)
        if not data and not piece and not inflater.eof:
            raise EOFError("the member has no end")
        yield piece, read - len(inflater.unused_data)


def block_pieces(path: Path, offset: int) -> Iterator[bytes]:
    """Yield the block of the record at an offset, byte for byte, in pieces.

    Raises:
        EOFError, zlib.error, OSError: no whole record stands there.
    """
    beginning, left = b"", -1
    with path.open("rb") as file:
        for piece, _ in _inflated(file, offset):
            data = piece
            if left < 0:
                beginning += piece
                head, blank, data = beginning.partition(_BLANK_LINE)
                if not blank:
                    continue
                left = int(_fields(head)["content-length"])
            yield data[:left]
            left -= len(data[:left])
    if left:
        raise EOFError(f"{path} holds no whole record at byte {offset}")


def whole_record(member: bytes, most: int) -> tuple[dict[str, str], bytes, str | None]:
    """Return the fields and the block of the one record in a gzip member, and what is wrong with it.

    Args:
        member: the bytes, from the first to the last of the member.
        most: bytes to which it may unpack.
    """
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(member, most)
    except zlib.error as error:
        return {}, b"", f"no gzip member: {error}"
    if not inflater.eof or inflater.unused_data:
        return {}, b"", "it is not one whole gzip member"
    head, blank, block = data.partition(_BLANK_LINE)
    fields = _fields(head)
    length = fields.get("content-length", "")
    if not head.startswith(b"WARC/") or not blank or not length.isdigit():
        return {}, b"", "no WARC record"
    if len(block) < int(length):
        return {}, b"", "the record is cut off"
    return fields, block[: int(length)], None
