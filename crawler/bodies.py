"""Undo the content coding of a response that is held in a file, up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from crawler.http1 import Answer, Head

HTML_TYPES = (
    "text/",
    "application/xhtml",
    "application/xml",
    "application/rss",
    "application/atom",
)
"""Content types in which addresses may stand."""


def readable_body(answer: Answer, most: int) -> bytes:
    """Return the body of a response with transfer and content coding removed.

    A coded body that was cut gives what there is.

    Args:
        answer: the response.
        most: bytes that the body may have.

    Raises:
        ValueError: the body is longer, or its coding is unknown or broken.
    """
    pieces: Iterable[bytes] = answer.entity()
    for coding in reversed(_codings(answer.head)):
        if coding in ("gzip", "x-gzip", "deflate"):
            pieces = _inflated(pieces, most)
        elif coding != "identity":
            raise ValueError(f"its content coding {coding!r} is unknown")
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most:
            raise ValueError(f"it is longer than {most} bytes when unpacked")
    return bytes(body)


def _codings(head: Head) -> list[str]:
    values = b",".join(head.values(b"content-encoding")).decode("latin-1").lower()
    return [coding for part in values.split(",") if (coding := part.strip())]


def _inflated(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield what gzip or zlib data unpack to, at most a little more than ``most``."""
    inflater = None
    total = 0
    for piece in pieces:
        if inflater is None:
            inflater = zlib.decompressobj(_window(piece))
        try:
            unpacked = inflater.decompress(piece, most + 1)
        except zlib.error as error:
            raise ValueError(f"its content coding is broken: {error}") from error
        yield unpacked
        total += len(unpacked)
        if total > most:
            return


def _window(first: bytes) -> int:
    """Tell gzip, zlib and raw deflate apart by their first bytes; servers mean all three by deflate."""
    if first[:2] == b"\x1f\x8b":
        return 31
    zlib_header = len(first) > 1 and first[0] & 15 == 8 and (first[0] * 256 + first[1]) % 31 == 0
    return 15 if zlib_header else -15
