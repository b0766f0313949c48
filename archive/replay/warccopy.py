"""Copy records from WARC files into a new one, byte for byte.

A record is copied as the gzip member that it is; one of another packing, or of ARC, becomes a member of its own.
Before that its identity is compared with the one that the archive knows, so that a file which was exchanged
on disk can bring nothing into a copy that was not chosen for it.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from archive.errors import WarcError
from archive.members import GZIP
from archive.warc import warc_member

CHUNK = 1 << 20
HEAD = 1 << 14
"""Bytes of a member in which the head of a record must show its identity."""


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record stands."""

    path: Path
    offset: int
    length: int
    record_id: str


class WarcCopy:
    """A WARC file that grows by copied records."""

    def __init__(self, sink: Sink) -> None:
        """Write to a sink; ``size`` and ``sha256`` tell what came to be."""
        self._sink = sink
        self.size = 0
        self.sha256 = hashlib.sha256()

    def describe(self, at: datetime, fields: dict[str, str]) -> None:
        """Write the warcinfo record that tells what the file is; the same fields give the same bytes."""
        block = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
        identity = UUID(bytes=hashlib.sha256(block).digest()[:16])
        head = (
            "WARC/1.1\r\nWARC-Type: warcinfo\r\n"
            f"WARC-Record-ID: <urn:uuid:{identity}>\r\nWARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}\r\n"
            f"Content-Type: application/warc-fields\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        self._write(gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0))

    def add(self, source: Source) -> tuple[int, int]:
        """Copy a record and return its offset and length in this file.

        Raises:
            WarcError: the file is missing, or another record stands there.
        """
        start = self.size
        try:
            with source.path.open("rb") as file:
                file.seek(source.offset)
                left = source.length
                first = file.read(min(left, CHUNK))
                if not first.startswith(GZIP.magic) or not _shows(first, source.record_id):
                    self._write(warc_member(source.path, source.offset, source.record_id))
                    return start, self.size - start
                while first:
                    self._write(first)
                    left -= len(first)
                    first = file.read(min(left, CHUNK))
        except OSError as error:
            raise WarcError(f"{source.path} cannot be read: {error.strerror}") from error
        return start, self.size - start

    def _write(self, data: bytes) -> None:
        self._sink.write(data)
        self.sha256.update(data)
        self.size += len(data)


def _shows(first: bytes, record_id: str) -> bool:
    """Tell whether the beginning of a gzip member is the head of the WARC record of this id."""
    try:
        head = zlib.decompressobj(wbits=31).decompress(first, HEAD)
    except zlib.error:
        return False
    fields = head.partition(b"\r\n\r\n")[0]
    return head.startswith(b"WARC/") and record_id.encode() in fields
