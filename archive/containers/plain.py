"""Walk the records of a file that is not compressed.

No checksum stands between records, so a length is believed only where the bytes have the digest that is stated,
or, without one, where the next record or nothing stands behind them; otherwise the record ends where the next begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from archive.containers.blocks import digest_holds
from archive.containers.heads import LONGEST, RecordHead, parse_head
from archive.members import ARC_START, BEGINNING, LARGEST, RECORD_START, SEARCH, Damage, Member

HEAD = 1 << 16
"""Bytes in which nearly every head ends."""
LINE_ENDS = re.compile(rb"[\r\n]*")
END = re.compile(rb"[\r\n]*(?:\Z|" + RECORD_START.pattern + rb")", re.IGNORECASE)
"""What stands behind a block: line ends, and the next record or nothing."""
NEXT = re.compile(rb"WARC/\d+\.\d+ *\r?\n|(?<=\n)" + ARC_START, re.IGNORECASE)
"""Where a record may begin; that of WARC also inside a line, where bytes were cut out before it."""


def walk_plain(file: BinaryIO, start: int, end: int) -> Iterator[Member | Damage]:
    """Yield every record of a stretch of a file, and what lies between them."""
    offset = start
    while offset < end:
        found = record_at(file, offset, end)
        yield found
        offset += found.length


def record_at(file: BinaryIO, offset: int, end: int) -> Member | Damage:
    """Return the record at an offset, with the line ends that follow it."""
    head = _head_at(file, offset, end)
    if head is None:
        following = _next_record(file, offset + 1, end)
        return Damage(offset, following - offset, "no record begins here", following == end)
    block = offset + head.size
    stop = block + (head.declared or 0)
    if head.declared is None or stop > end:
        return _until_next(file, offset, block, end)
    data = _read(file, offset, stop)
    whole = len(data) == stop - offset
    right = digest_holds(head, data[head.size :]) if whole else None
    file.seek(stop)
    behind = file.read(min(BEGINNING, end - stop))
    if right or (right is None and END.match(behind)):
        ends = LINE_ENDS.match(behind)
        length = stop - offset + (ends.end() if ends else 0)
        return Member(offset, length, data, stop - offset - len(data), checked=bool(right))
    return _until_next(file, offset, block, end)


def _until_next(file: BinaryIO, offset: int, block: int, end: int) -> Member:
    """Return a record whose length or bytes are wrong: it goes to where the next begins."""
    following = _next_record(file, block, end)
    data = _read(file, offset, following)
    return Member(offset, following - offset, data, following - offset - len(data), checked=False)


def _read(file: BinaryIO, start: int, stop: int) -> bytes:
    file.seek(start)
    return file.read(min(stop - start, LARGEST))


def _head_at(file: BinaryIO, offset: int, end: int) -> RecordHead | None:
    for most in (HEAD, LONGEST):
        file.seek(offset)
        if head := parse_head(file.read(min(most, end - offset))):
            return head
    return None


def _next_record(file: BinaryIO, offset: int, end: int) -> int:
    """Return where a record begins, at an offset or behind it, or the end."""
    at = max(0, offset - 1)
    while at < end:
        file.seek(at)
        window = file.read(min(SEARCH + HEAD, end - at))
        for found in NEXT.finditer(window):
            place = at + found.start()
            if found.start() < SEARCH and place >= offset and _head_at(file, place, end):
                return place
        at += SEARCH
    return end
