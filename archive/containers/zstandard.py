"""Read the frames of a file compressed with Zstandard, with its own dictionary where it has one.

Source: "WARC compression with Zstandard" of the IIPC (2021): a record is a frame; a dictionary stands before the first,
in a skippable frame, itself compressed or not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

from archive.members import SEARCH, Codec

__all__ = ["MAGIC", "SKIPPABLE", "Frame", "ZstdError", "open_frames"]

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdDict, ZstdError, decompress
else:
    from backports.zstd import ZstdDecompressor, ZstdDict, ZstdError, decompress

MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"
"""Bytes 1 to 3 of a skippable frame; the first is 0x50 to 0x5f."""
DICTIONARY = b"\x5d" + SKIPPABLE
DICTIONARY_LARGEST = 16 << 20
CHECKSUM = 0b100
"""The bit of a frame's descriptor, its byte 4, that says that a checksum follows its data."""


class Frame:
    """Decompress one frame."""

    def __init__(self, dictionary: ZstdDict | None) -> None:
        """Begin, with the dictionary of the file."""
        self._inflater = ZstdDecompressor(dictionary)

    @property
    def eof(self) -> bool:
        """True behind the end of the frame."""
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        """What was fed behind the end."""
        return self._inflater.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes of the file give, in pieces of bounded size."""
        yield self._inflater.decompress(data, SEARCH)
        while not self._inflater.eof and not self._inflater.needs_input:
            yield self._inflater.decompress(b"", SEARCH)


def open_frames(file: BinaryIO, start: int, end: int) -> tuple[Codec, int]:
    """Return how the frames of a stretch of a file are read, and where the first of them begins."""
    file.seek(start)
    head = file.read(8)
    dictionary, first = None, start
    if head[1:4] == SKIPPABLE and 0x50 <= head[0] <= 0x5F:
        size = int.from_bytes(head[4:8], "little")
        first = min(start + 8 + size, end)
        if head[:4] == DICTIONARY and size <= DICTIONARY_LARGEST:
            dictionary = _dictionary(file.read(size))
    codec = Codec(MAGIC, ZstdError, lambda: Frame(dictionary), _has_checksum)
    return codec, first


def _dictionary(content: bytes) -> ZstdDict | None:
    try:
        raw = decompress(content) if content.startswith(MAGIC) else content
        return ZstdDict(raw, is_raw=True)
    except (ZstdError, ValueError):
        return None  # without it no frame can be read, and each is told as damage


def _has_checksum(beginning: bytes) -> bool:
    return len(beginning) > 4 and bool(beginning[4] & CHECKSUM)
