"""Write one WARC/1.1 record as one gzip member, whatever its size (ISO 28500:2017)."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from archive.digests import payload_digest
from crawler.spool import Spool

Fields = Mapping[str, str | int | None]
"""Fields of an application/warc-fields block; ``None`` values are left out."""

WARC_FIELDS = "application/warc-fields"
GZIP_LEVEL = 6
"""zlib's default: level 2 saves 0.05 ms a record and costs 7 % more disk."""


class Block:
    """The block of a record: bytes, or a part of a spool."""

    def __init__(self, data: bytes | Spool, digest: str | None = None) -> None:
        """Take the bytes; a digest that is known already saves reading them."""
        self._data = data
        self.length = len(data)
        self.digest = digest or payload_digest(data if isinstance(data, bytes) else data.read())

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes."""
        if isinstance(self._data, bytes):
            yield self._data
        else:
            yield from self._data.pieces()


class Record:
    """One record before it is written."""

    def __init__(self, kind: str, uri: str | None, date: str, block: bytes | Block) -> None:
        """Give it an identity; ``fields`` and ``content_type`` may be changed until it is written."""
        self.kind = kind
        self.id = f"<urn:uuid:{uuid.uuid4()}>"
        self.content_type = WARC_FIELDS
        self.fields: dict[str, str] = {}
        self._uri = uri
        self._date = date
        self._block = Block(block) if isinstance(block, bytes) else block

    def member(self) -> Iterator[bytes]:
        """Yield the record as one gzip member, in pieces."""
        packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
        yield packer.compress(self._head())
        for piece in self._block.pieces():
            yield packer.compress(piece)
        yield packer.compress(b"\r\n\r\n") + packer.flush()

    def _head(self) -> bytes:
        fields = {
            "WARC-Type": self.kind,
            "WARC-Record-ID": self.id,
            "WARC-Date": self._date,
            **({"WARC-Target-URI": self._uri} if self._uri else {}),
            **self.fields,
            "WARC-Block-Digest": self._block.digest,
            "Content-Type": self.content_type,
            "Content-Length": str(self._block.length),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"WARC/1.1\r\n{lines}\r\n".encode()


class CopiedRecord:
    """A record of another web archive's WARC file: one gzip member, copied byte for byte."""

    def __init__(self, data: bytes) -> None:
        """Take the member."""
        self._data = data

    def member(self) -> Iterator[bytes]:
        """Yield the bytes."""
        yield self._data


def warc_date(at: datetime) -> str:
    """Write a time as WARC/1.1 does, to the microsecond.

    >>> warc_date(datetime(2020, 2, 18, 9, 30, tzinfo=UTC))
    '2020-02-18T09:30:00.000000Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fields_block(fields: Fields) -> bytes:
    r"""Write an application/warc-fields block; line ends inside a value become spaces.

    >>> fields_block({"via": "https://kyt.fi/", "note": None, "message": "a\nb"})
    b'via: https://kyt.fi/\r\nmessage: a b\r\n'
    """
    pairs = ((name, " ".join(str(v).split())) for name, v in fields.items() if v is not None)
    return "".join(f"{name}: {value}\r\n" for name, value in pairs).encode()
