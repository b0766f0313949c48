"""Find where an HTTP/1.x response ends and what its head says, without changing a byte of it.

No input or output happens here: bytes in, facts out (RFC 9112).
Old servers break the rules in known ways; whatever browsers forgive is forgiven here too:
bare line feeds, header lines without a colon, an empty reason, a wrong Content-Length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_HEAD_BYTES = 262_144
"""A head longer than this is an attack or not HTTP; browsers stop at the same size."""

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


def parse_head(raw: bytes | bytearray, start: int = 0) -> Head | None:
    r"""Read the head that begins at ``start``; ``None`` while it is incomplete.

    Raises:
        NotHttpError: the bytes cannot be the beginning of an HTTP/1.x response.

    >>> head = parse_head(b"HTTP/1.1 200 \r\nX-a: 1\r\nbroken\r\n\r\nbody")
    >>> head.status, head.headers, head.end
    (200, ((b'X-a', b'1'),), 33)
    """
    begin = bytes(raw[start : start + 5])
    if not b"HTTP/".startswith(begin.upper()):
        raise NotHttpError(f"the answer begins with {begin!r}, not with HTTP/")
    end = _END_OF_HEAD.search(raw, start)
    if end is None:
        if len(raw) - start > MAX_HEAD_BYTES:
            raise NotHttpError(f"the head is longer than {MAX_HEAD_BYTES} bytes")
        return None
    line, _, rest = bytes(raw[start : end.start()]).partition(b"\n")
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
    return int(only) if only.isdigit() else None


class ResponseReader:
    r"""Take the bytes of one response as they come and tell when it is complete.

    >>> reader = ResponseReader()
    >>> reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmo")
    False
    >>> reader.feed(b"i!")
    True
    """

    def __init__(self) -> None:
        """Begin before the first byte."""
        self.buffer = bytearray()
        self.head: Head | None = None
        self.complete = False
        self._position = 0
        self._body_end: int | None = None
        self._chunked = False
        self._in_trailer = False

    def feed(self, data: bytes) -> bool:
        """Add bytes; return whether the response is complete.

        Raises:
            NotHttpError: what came is not HTTP/1.x, or a chunk has no size.
        """
        self.buffer += data
        if self.head is None and not self._begin():
            return False
        if self._chunked:
            self._walk_chunks()
        if self._body_end is not None and len(self.buffer) >= self._body_end:
            del self.buffer[self._body_end :]
            self.complete = True
        return self.complete

    def end_of_stream(self) -> bool:
        """Tell whether the response is complete now that the server has closed."""
        if self.head is not None and self._body_end is None and not self._chunked:
            self.complete = True
        return self.complete

    @property
    def body_bytes(self) -> int:
        """Count the bytes after the head so far, transfer coding included."""
        return len(self.buffer) - self.head.end if self.head else 0

    def _begin(self) -> bool:
        head = parse_head(self.buffer)
        while head is not None and 100 <= head.status < 200:
            del self.buffer[: head.end]  # an interim response is not the answer
            head = parse_head(self.buffer) if self.buffer else None
        if head is None:
            return False
        self.head = head
        self._position = head.end
        if head.status in (204, 304):
            self._body_end = head.end
        elif _is_chunked(head):
            self._chunked = True
        elif not head.values(b"transfer-encoding"):
            length = _declared_length(head)
            self._body_end = None if length is None else head.end + length
        return True

    def _walk_chunks(self) -> None:
        while self._body_end is None:
            if self._in_trailer:
                if not self._walk_trailer():
                    return
                continue
            size = _CHUNK_SIZE.match(self.buffer, self._position)
            if size is None:
                self._refuse_endless_size_line()
                return
            length = int(size[1], 16)
            if length == 0:
                self._position, self._in_trailer = size.end(), True
                continue
            after = size.end() + length
            line_end = self.buffer.find(b"\n", after)
            if line_end < 0:
                return
            self._position = line_end + 1

    def _walk_trailer(self) -> bool:
        """Step over one trailer line; an empty line ends the body."""
        line_end = self.buffer.find(b"\n", self._position)
        if line_end < 0:
            return False
        line = bytes(self.buffer[self._position : line_end]).strip()
        self._position = line_end + 1
        if not line:
            self._body_end = self._position
        return True

    def _refuse_endless_size_line(self) -> None:
        if b"\n" in self.buffer[self._position :] or len(self.buffer) - self._position > 4096:
            raise NotHttpError(f"no chunk size at byte {self._position} of the answer")


def entity_body(raw: bytes) -> bytes:
    r"""Return the body with its transfer coding removed; the content coding stays.

    A body that was cut short gives what there is.

    >>> entity_body(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=1\r\nmo\r\n1\r\ni\r\n0\r\n\r\n")
    b'moi'
    """
    head = parse_head(raw)
    if head is None:
        return b""
    return _join_chunks(raw, head.end) if _is_chunked(head) else raw[head.end :]


def _join_chunks(raw: bytes, position: int) -> bytes:
    parts: list[bytes] = []
    while (size := _CHUNK_SIZE.match(raw, position)) and (length := int(size[1], 16)):
        parts.append(raw[size.end() : size.end() + length])
        line_end = raw.find(b"\n", size.end() + length)
        if line_end < 0:
            break
        position = line_end + 1
    return b"".join(parts)
