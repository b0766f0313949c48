"""Tell what kind of file holds records: by its first bytes, and where they are damaged, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from archive.containers.zstandard import MAGIC, SKIPPABLE
from archive.members import GZIP

Kind = Literal["gzip", "zstd", "zip", "plain"]
SUFFIXES: tuple[tuple[str, Kind], ...] = (
    (".gz", "gzip"),
    (".zst", "zstd"),
    (".wacz", "zip"),
    (".zip", "zip"),
)


def kind_of(path: Path) -> Kind:
    """Return how a file is packed.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        told = kind_at(file.read(8))
    if told is not None:
        return told
    named = path.name.removesuffix(".open").lower()
    return next((kind for suffix, kind in SUFFIXES if named.endswith(suffix)), "plain")


def kind_at(beginning: bytes) -> Kind | None:
    r"""Return what these bytes begin, or ``None`` where they say nothing.

    >>> kind_at(b"\x1f\x8b\x08\x00"), kind_at(b"WARC/1.1\r\n"), kind_at(b"\x00\x00")
    ('gzip', 'plain', None)
    """
    if beginning.startswith(GZIP.magic):
        return "gzip"
    if beginning.startswith(MAGIC) or (beginning[1:4] == SKIPPABLE and beginning[0] >> 4 == 5):
        return "zstd"
    if beginning.startswith(b"PK\x03\x04"):
        return "zip"
    return "plain" if beginning[:5].lower() in (b"warc/", b"filed") else None
