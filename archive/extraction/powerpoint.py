"""Read the text of PowerPoint files of before 2007: slides in the order in which they are shown.

The stream is a tree of records: instance and version, type, length, then content or further records.
Reference: [MS-PPT], sections 2.3 (record headers), 2.3.4 (persist directory) and 2.9 (texts).
No program of Debian reads these files well: catppt 0.95 gives nothing for what LibreOffice saves.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

STREAM = "PowerPoint Document"
HEADER = struct.Struct("<HHI")
CONTAINER = 0x0F
"""The version that only records have that hold other records."""
SLIDE, SLIDE_LIST, SLIDE_PLACE, PERSIST = 0x03EE, 0x0FF0, 0x03F3, 0x1772
UTF16_TEXT, BYTE_TEXT = 0x0FA0, 0x0FA8
OF_SLIDES = 0
"""The instance of the list that holds the slides; the others hold masters and notes."""
DEEPEST = 40
LINES = str.maketrans("\r\x0b", "\n\n")
"""What ends paragraphs and lines."""
FIELD = "*"
"""What stands alone where a page number or a date is filled in."""

Record = tuple[int, int, int, int]
"""Type, instance, and where the content begins and ends."""


def slide_texts(stream: bytes) -> list[str]:
    """Return the text of each slide of the stream ``PowerPoint Document``, in the order of the show."""
    records = list(_records(stream, 0, len(stream)))
    places = _places(stream, records)
    slides = []
    for place, outline in _listed(stream, records):
        own = places.get(place)
        drawn = _texts(stream, *own[2:]) if own and own[0] == SLIDE else []
        slides.append("\n".join([*outline, *(text for text in drawn if text not in outline)]))
    return slides


def _records(stream: bytes, start: int, end: int, depth: int = 0) -> Iterator[Record]:
    """Yield all records, each before those that it holds; a length that leads outside ends its branch."""
    at = start
    while at + HEADER.size <= end:
        mark, kind, length = HEADER.unpack_from(stream, at)
        inner = at + HEADER.size
        at = inner + length
        if at > end:
            return
        yield kind, mark >> 4, inner, at
        if mark & CONTAINER == CONTAINER and depth < DEEPEST:
            yield from _records(stream, inner, at, depth + 1)


def _places(stream: bytes, records: list[Record]) -> dict[int, Record]:
    """Return the records by the number that slides are listed under; what was saved later goes before."""
    by_start = {record[2] - HEADER.size: record for record in records}
    places: dict[int, Record] = {}
    for kind, _, start, end in records:
        if kind == PERSIST:
            for number, offset in _offsets(stream[start:end]):
                if offset in by_start:
                    places[number] = by_start[offset]
    return places


def _offsets(directory: bytes) -> Iterator[tuple[int, int]]:
    """Yield numbers and offsets: each run begins with its first number (20 bits) and how many follow (12 bits)."""
    words = iter(struct.unpack(f"<{len(directory) // 4}I", directory[: len(directory) // 4 * 4]))
    for head in words:
        for number in range(head >> 20):
            offset = next(words, None)
            if offset is not None:
                yield (head & 0xFFFFF) + number, offset


def _listed(stream: bytes, records: list[Record]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each slide, and the texts of its outline."""
    for kind, instance, start, end in records:
        if kind == SLIDE_LIST and instance == OF_SLIDES:
            inside = list(_records(stream, start, end))
            starts = [at for at, record in enumerate(inside) if record[0] == SLIDE_PLACE]
            for at, following in zip(starts, [*starts[1:], len(inside)], strict=True):
                (place,) = struct.unpack_from("<I", stream, inside[at][2])
                yield place, [text for one in inside[at:following] if (text := _text(stream, one))]


def _texts(stream: bytes, start: int, end: int) -> list[str]:
    return [text for one in _records(stream, start, end) if (text := _text(stream, one))]


def _text(stream: bytes, record: Record) -> str:
    kind, _, start, end = record
    if kind not in (UTF16_TEXT, BYTE_TEXT):
        return ""
    charset = "utf-16-le" if kind == UTF16_TEXT else "latin-1"
    text = stream[start:end].decode(charset, "replace").translate(LINES).strip()
    return "" if text == FIELD else text
