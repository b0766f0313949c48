"""Read the HTTP message in a record, and undo the codings of its body without ever passing on a part as the whole.

Tolerant of what other programs store: bodies whose coding was removed while its header stayed, bare line feeds,
no status line. What could not be undone, or is not whole, is named.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import brotli

from archive.containers.heads import Fields, named_fields
from archive.containers.zstandard import MAGIC as ZSTD_MAGIC
from archive.containers.zstandard import Frame, ZstdError
from archive.digests import payload_digest
from archive.members import LARGEST

STATUS_LINE = re.compile(rb"\s*(?:HTTP/\d(?:\.\d)?|ICY) +(\d{3})(?: [^\n]*|\r?)\n")
REQUEST_LINE = re.compile(rb"[A-Z]{3,10} \S+ HTTP/\d")
BLANK_LINE = re.compile(rb"\n\r?\n")
HEAD_LONGEST = 1 << 20
CHUNK_SIZE = re.compile(rb"\s{0,4}([0-9a-fA-F]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[<{\[]")
"""How a body begins that is plainly not packed."""
STEP = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What an HTTP message, or a block without one, holds."""

    status: int | None
    headers: Fields
    payload: bytes
    """The body, transfer and content coding removed."""
    digest: str | None
    """Payload digest of the body with its content coding, as WARC wants it; ``None`` for an empty one."""
    fault: str | None
    """Why the body is not whole: ``chunked``, ``content-encoding``, ``oversize`` or ``disconnect``."""


def plain_entity(block: bytes, *, whole: bool = True) -> Entity:
    """Return the entity of a record that holds no HTTP message: all of its block."""
    digest = payload_digest(block) if block and whole else None
    return Entity(status=None, headers=(), payload=block, digest=digest, fault=None)


def read_entity(block: bytes, *, whole: bool = True) -> Entity:
    r"""Return the entity of an HTTP message.

    Args:
        block: the block of a response, request or revisit record.
        whole: False where more follows than is at hand; then no digest is given.

    >>> read_entity(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhei\r\n0\r\n\r\n").payload
    b'hei'
    >>> read_entity(b"HTTP/1.0 200 OK\nContent-Length: 9\n\nhei").fault
    'disconnect'
    """
    status_line = STATUS_LINE.match(block)
    if status_line is None and not REQUEST_LINE.match(block):
        return plain_entity(block, whole=whole)
    blank = BLANK_LINE.search(block, 0, HEAD_LONGEST)
    head, body = (block[: blank.end()], block[blank.end() :]) if blank else (block, b"")
    headers = named_fields(head.partition(b"\n")[2])
    body, transfer_fault = _dechunked(body, _values(headers, "transfer-encoding"))
    payload, coding_fault = _decoded(body, _values(headers, "content-encoding"))
    status = int(status_line[1]) if status_line else None
    return Entity(
        status=status,
        headers=headers,
        payload=payload,
        digest=payload_digest(body) if body and whole else None,
        fault=transfer_fault or coding_fault or (_short(headers, body) if whole else None),
    )


def _values(headers: Fields, name: str) -> list[str]:
    joined = ",".join(value for key, value in headers if key.lower() == name)
    return [part for one in joined.lower().split(",") if (part := one.strip())]


def _short(headers: Fields, body: bytes) -> str | None:
    """Tell a body that is shorter than its server said; longer ones were unpacked by who stored them."""
    stated = _values(headers, "content-length")
    if body and stated and stated[0].isdigit() and not _values(headers, "transfer-encoding"):
        return "disconnect" if len(body) < int(stated[0]) else None
    return None


def _dechunked(body: bytes, codings: list[str]) -> tuple[bytes, str | None]:
    """Return a body without its chunks; one that has none was freed of them by who stored it."""
    if "chunked" not in codings or not CHUNK_SIZE.match(body):
        return body, None
    parts: list[bytes] = []
    at = 0
    while size := CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        if length == 0:
            return b"".join(parts), None
        part = body[size.end() : size.end() + length]
        parts.append(part)
        at = size.end() + length
        if len(part) < length:
            break
        at += len(body[at : at + 2]) - len(body[at : at + 2].lstrip(b"\r\n"))
    return b"".join(parts), "chunked"


def _decoded(body: bytes, codings: list[str]) -> tuple[bytes, str | None]:
    for coding in reversed(codings):
        inflate = CODINGS.get(coding)
        if inflate is None or not body:
            continue
        found = bytearray()
        try:
            for piece in inflate(body):
                found += piece
                if len(found) > LARGEST:
                    return bytes(found[:LARGEST]), "oversize"
        except (zlib.error, ZstdError, brotli.error, EOFError):
            if not found and MARKUP.match(body):
                continue  # unpacked already by who stored it
            return bytes(found), "content-encoding"
        body = bytes(found)
    return body, None


def _inflate(body: bytes) -> Iterator[bytes]:
    """Unpack gzip, zlib or raw deflate: servers mean all three by deflate, and some by gzip."""
    left = body
    while left:
        inflater = zlib.decompressobj(_window(left))
        data = left
        while not inflater.eof:
            piece = inflater.decompress(data, STEP)
            yield piece
            data = inflater.unconsumed_tail
            if not data and len(piece) < STEP:
                break
        if not inflater.eof:
            raise EOFError("the packed body has no end")
        left = inflater.unused_data if inflater.unused_data.startswith(b"\x1f\x8b") else b""


def _window(first: bytes) -> int:
    if first[:2] == b"\x1f\x8b":
        return 31
    zlib_header = len(first) > 1 and first[0] & 15 == 8 and (first[0] * 256 + first[1]) % 31 == 0
    return 15 if zlib_header else -15


def _brotli(body: bytes) -> Iterator[bytes]:
    inflater = brotli.Decompressor()
    for at in range(0, len(body), STEP):
        yield inflater.process(body[at : at + STEP])
    if not inflater.is_finished():
        raise EOFError("the packed body has no end")


def _zstd(body: bytes) -> Iterator[bytes]:
    left = body
    while left.startswith(ZSTD_MAGIC):
        frame = Frame(None)
        yield from frame.feed(left)
        if not frame.eof:
            raise EOFError("the packed body has no end")
        left = frame.unused_data
    if left is body:
        raise EOFError("no frame begins here")


CODINGS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _inflate,
    "x-gzip": _inflate,
    "deflate": _inflate,
    "br": _brotli,
    "zstd": _zstd,
}
