"""Find where an HTTP/1.x response ends and what its head says, without changing a byte of it (RFC 9112).

Bytes are looked at once, as they come: memory and time do not depend on how they are cut into packets.
Old servers break the rules in known ways; whatever browsers forgive is forgiven here too:
bare line feeds, header lines without a colon, an empty reason, a wrong Content-Length.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archive.digests import sha1_name
from crawler.spool import Spool

MAX_HEAD_BYTES = 262_144
"""A head longer than this is an attack or not HTTP; browsers stop at the same size."""

MAX_INTERIM_BYTES = 65_536
"""Interim responses together; a server that sends 100 Continue without end is given up."""

MAX_LINE_BYTES = 4096
"""The line before or after a chunk; sizes need 16 bytes, the rest is extensions."""

MAX_TRAILER_BYTES = MAX_HEAD_BYTES
"""Trailer fields are header fields and may be as long; an endless trailer is cut here."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/(\d\.\d)[ \t]+(\d{3})[ \t]*([^\r\n]*)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[^\n]*\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")


class NotHttpError(ValueError):
    """The bytes are not an HTTP/1.x response."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status line and the headers of one response."""

    status: int
    version: str
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    end: int
    """Offset of the first byte of the body."""

    def values(self, name: bytes) -> list[bytes]:
        """Return every value of this header, in order."""
        return [value for key, value in self.headers if key.lower() == name]

    def first(self, name: bytes) -> str | None:
        """Return the first value of this header as text (latin-1), or ``None``."""
        return next((value.decode("latin-1") for value in self.values(name)), None)


def parse_head(raw: bytes | bytearray) -> Head | None:
    r"""Read the head of a response; ``None`` while it is incomplete.

    Raises:
        NotHttpError: the bytes cannot be the beginning of an HTTP/1.x response.

    >>> head = parse_head(b"HTTP/1.1 200 \r\nX-a: 1\r\nbroken\r\n\r\nbody")
    >>> head.status, head.headers, head.end
    (200, ((b'X-a', b'1'),), 33)
    """
    end = _END_OF_HEAD.search(raw)
    if end is None:
        return None
    line, _, rest = bytes(raw[: end.start()]).partition(b"\n")
    status = _STATUS_LINE.match(line)
    if status is None:
        raise NotHttpError(f"not a status line: {line[:80]!r}")
    return Head(
        status=int(status[2]),
        version=status[1].decode("ascii"),
        reason=status[3].strip(),
        headers=_headers(rest),
        end=end.end(),
    )


def _headers(block: bytes) -> tuple[tuple[bytes, bytes], ...]:
    lines = _FOLD.sub(b" ", block).split(b"\n")
    pairs = (line.partition(b":") for line in lines if b":" in line)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _is_chunked(head: Head) -> bool:
    codings = b",".join(head.values(b"transfer-encoding")).lower().split(b",")
    return codings[-1].strip() == b"chunked"


def _declared_length(head: Head) -> int | None:
    """Return the Content-Length; ``None`` where there is none, or several that disagree."""
    values = {part.strip() for v in head.values(b"content-length") for part in v.split(b",")}
    only = values.pop() if len(values) == 1 else b""
    return int(only) if only.isdigit() and len(only) < 19 else None


class Body:
    """Walk the body of one message: where it ends, and which of its bytes are the entity's."""

    def __init__(self, head: Head) -> None:
        """Choose the framing that the head declares (RFC 9112, section 6.3)."""
        self.complete = False
        self.until_close = False
        self.broken = False
        """Whether the framing makes no sense from some byte on."""
        self._left = 0
        self._line = bytearray()
        self._trailer = 0
        self._step: Callable[[bytes, int, list[bytes]], int] = self._entity
        if head.status in (204, 304):
            self.complete = True
        elif _is_chunked(head):
            self._step = self._size_line
        else:
            length = None if head.values(b"transfer-encoding") else _declared_length(head)
            self.until_close = length is None
            self._left = length or 0
            self.complete = length == 0

    def take(self, data: bytes) -> tuple[int, list[bytes]]:
        """Look at the next bytes; return how many belong to the message, and the entity's among them."""
        if self.until_close:
            return len(data), [data]
        at, entity = 0, list[bytes]()
        while at < len(data) and not self.complete and not self.broken:
            at = self._step(data, at, entity)
        return (len(data) if self.broken else at), entity

    def _entity(self, data: bytes, at: int, entity: list[bytes]) -> int:
        """Take the bytes of a body of declared length."""
        end = min(at + self._left, len(data))
        entity.append(data[at:end])
        self._left -= end - at
        self.complete = self._left == 0
        return end

    def _chunk(self, data: bytes, at: int, entity: list[bytes]) -> int:
        end = min(at + self._left, len(data))
        entity.append(data[at:end])
        self._left -= end - at
        if self._left == 0:
            self._step = self._chunk_end
        return end

    def _size_line(self, data: bytes, at: int, _: list[bytes]) -> int:
        line, after = self._whole_line(data, at)
        if line is None:
            return after
        size = _CHUNK_SIZE.match(line)
        if size is None:
            self.broken = True
            return after
        self._left = int(size[1], 16)
        self._step = self._chunk if self._left else self._trailer_line
        return after

    def _chunk_end(self, data: bytes, at: int, _: list[bytes]) -> int:
        line, after = self._whole_line(data, at)
        if line is not None:
            self._step = self._size_line
        return after

    def _trailer_line(self, data: bytes, at: int, _: list[bytes]) -> int:
        line, after = self._whole_line(data, at)
        self._trailer += after - at
        self.complete = line is not None and not line.strip()
        self.broken = self.broken or self._trailer > MAX_TRAILER_BYTES
        return after

    def _whole_line(self, data: bytes, at: int) -> tuple[bytes | None, int]:
        """Return the line that ends next, or ``None`` while it has no end, and where reading goes on."""
        end = data.find(b"\n", at)
        after = end + 1 if end >= 0 else len(data)
        self._line += data[at:after]
        if len(self._line) > MAX_LINE_BYTES:
            self.broken = True
        if end < 0 or self.broken:
            return None, after
        line = bytes(self._line)
        self._line.clear()
        return line, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response as it was on the wire, with what was found out while it came in."""

    spool: Spool
    """Status line, headers and body with its transfer coding; interim responses are not in it."""
    head: Head
    payload_bytes: int
    """Length of the entity body, transfer coding removed, content coding kept."""
    payload_digest: str
    block_digest: str
    interim: bytes = b""
    """The 1xx responses that came before, byte for byte."""
    excess_bytes: int = 0
    """Bytes that came after the end: the server declared too small a length."""

    def entity(self) -> Iterator[bytes]:
        """Yield the entity body in pieces: transfer coding removed, content coding kept."""
        body = Body(self.head)
        for piece in self.spool.pieces(self.head.end):
            yield from body.take(piece)[1]


class ResponseReader:
    r"""Take the bytes of one response as they come and tell when it is complete.

    >>> reader = ResponseReader()
    >>> reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmo")
    False
    >>> reader.feed(b"i!")
    True
    """

    def __init__(self, spool: Spool | None = None) -> None:
        """Begin before the first byte; what comes is kept in the spool."""
        self.spool = Spool() if spool is None else spool
        self.head: Head | None = None
        self.complete = False
        self.received = 0
        """Bytes that came, interim responses included."""
        self._head_bytes = bytearray()
        self._body: Body | None = None
        self._interim = bytearray()
        self._excess = 0
        self._payload_bytes = 0
        self._payload, self._block = hashlib.sha1(), hashlib.sha1()

    def feed(self, data: bytes) -> bool:
        """Add bytes; return whether the response is complete.

        Raises:
            NotHttpError: what came is not HTTP/1.x, or its chunks make no sense;
                in the second case what came is kept.
            WarcError: the disk is full.
        """
        self.received += len(data)
        if self._body is None:
            data = self._begin(data)
        if self._body is not None and not self.complete:
            self._take(self._body, data)
        return self.complete

    def end_of_stream(self) -> bool:
        """Tell whether the response is complete now that the server has closed."""
        if self._body is not None and self._body.until_close:
            self.complete = True
        return self.complete

    @property
    def body_bytes(self) -> int:
        """Count the bytes after the head so far, transfer coding included."""
        return len(self.spool) - self.head.end if self.head else 0

    def answer(self) -> Answer:
        """Return the response, whole or as far as it came.

        Raises:
            NotHttpError: there is no head yet.
        """
        if self.head is None:
            raise NotHttpError("there is no whole head")
        return Answer(
            spool=self.spool,
            head=self.head,
            payload_bytes=self._payload_bytes,
            payload_digest=sha1_name(self._payload.digest()),
            block_digest=sha1_name(self._block.digest()),
            interim=bytes(self._interim),
            excess_bytes=self._excess,
        )

    def _begin(self, data: bytes) -> bytes:
        """Read heads until that of the answer; return what follows it."""
        searched = max(0, len(self._head_bytes) - 3)
        self._head_bytes += data
        while self._head_bytes:
            if _END_OF_HEAD.search(self._head_bytes, searched) is None:
                _refuse_other_beginning(self._head_bytes)
                return b""
            head = parse_head(self._head_bytes)
            assert head is not None  # noqa: S101 - its end was found
            raw = bytes(self._head_bytes[: head.end])
            del self._head_bytes[: head.end]
            searched = 0
            if 100 <= head.status < 200:
                self._keep_interim(raw)
                continue
            rest = bytes(self._head_bytes)
            self._head_bytes.clear()
            self.head, self._body = head, Body(head)
            self._keep(raw)
            self.complete = self._body.complete
            self._excess = len(rest) if self.complete else 0
            return rest
        return b""

    def _keep_interim(self, raw: bytes) -> None:
        self._interim += raw
        if len(self._interim) > MAX_INTERIM_BYTES:
            raise NotHttpError("interim responses (1xx) without an answer")

    def _take(self, body: Body, data: bytes) -> None:
        used, entity = body.take(data)
        self._keep(data[:used])
        for part in entity:
            self._payload.update(part)
            self._payload_bytes += len(part)
        self.complete = body.complete
        self._excess += len(data) - used
        if body.broken:
            raise NotHttpError(f"the chunks make no sense at byte {len(self.spool)} of the answer")

    def _keep(self, data: bytes) -> None:
        self._block.update(data)
        self.spool.append(data)


def _refuse_other_beginning(raw: bytearray) -> None:
    begin = bytes(raw[:5])
    if not b"HTTP/".startswith(begin.upper()):
        raise NotHttpError(f"the answer begins with {bytes(raw[:40])!r}, not with HTTP/")
    if len(raw) > MAX_HEAD_BYTES:
        raise NotHttpError(f"the head is longer than {MAX_HEAD_BYTES} bytes")


def answer_of(pieces: Iterable[bytes], spool: Spool | None = None) -> Answer:
    r"""Return the response that these bytes are, whole or cut.

    Raises:
        NotHttpError: they hold no whole head.

    >>> raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=1\r\nmo\r\n1\r\ni\r\n0\r\n\r\n"
    >>> b"".join(answer_of([raw]).entity())
    b'moi'
    """
    reader = ResponseReader(spool)
    for piece in pieces:
        try:
            if reader.feed(piece):
                break
        except NotHttpError:
            if reader.head is None:
                raise
            break
    return reader.answer()
