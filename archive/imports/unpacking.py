"""Unpack files that were compressed as a whole, so that each record can be read at its place.

What a broken stream gave before it broke is kept: the walk over the plain records tells which of them is not whole.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.containers.kinds import kind_at, kind_of
from archive.containers.wacz import BROKEN, record_entries
from archive.containers.zstandard import open_frames
from archive.errors import WarcError
from archive.imports.storing import sync
from archive.members import CHUNK, GZIP, Codec, Damage, beginning, member_places
from archive.warc import IMPORTS, PART, UNPACKED


def unpacked_path(path: Path) -> Path:
    """Return where the records of a file lie once it is unpacked."""
    folder = path.parent.parent if path.parent.name == IMPORTS else path.parent
    return folder / UNPACKED / f"{path.name}.warc"


def unpack(path: Path) -> list[Damage]:
    """Write the records of a file, not compressed, to its place in ``warc/unpacked``; return what could not be read.

    Raises:
        WarcError: the file cannot be read, or the disk is full; then nothing is left behind.
    """
    target = unpacked_path(path)
    part = target.with_name(target.name + PART)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            lost = list(_expand(path, out))
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
        sync(target.parent)
    except OSError as error:
        raise WarcError(
            f"{path} could not be unpacked to {target}: {error.strerror}; make room and run `arkisto ingest`"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return lost


def _expand(path: Path, out: BinaryIO) -> Iterator[Damage]:
    if kind_of(path) != "zip":
        with path.open("rb") as file:
            yield from _expand_stream(file, path.stat().st_size, out)
        return
    with zipfile.ZipFile(path) as package:
        for entry in record_entries(package):
            try:
                with package.open(entry) as file:
                    yield from _expand_stream(file, entry.file_size, out)  # type: ignore[arg-type]  # reads and seeks as a file does
            except BROKEN as error:
                reason = f"{entry.filename} is damaged: {error}"
                yield Damage(entry.header_offset, entry.compress_size, reason, at_end=False)
            out.write(b"\r\n")


def _expand_stream(file: BinaryIO, size: int, out: BinaryIO) -> Iterator[Damage]:
    file.seek(0)
    kind = kind_at(file.read(8))
    if kind not in ("gzip", "zstd"):
        file.seek(0)
        while chunk := file.read(CHUNK):
            out.write(chunk)
        return
    codec, at = (GZIP, 0) if kind == "gzip" else open_frames(file, 0, size)
    while at < size:
        length, reason = _expand_member(file, at, codec, out)
        if reason is not None:
            length = _next_member(file, at + 1, size, codec) - at
            yield Damage(at, length, reason, at_end=at + length == size)
        at += length


def _expand_member(file: BinaryIO, at: int, codec: Codec, out: BinaryIO) -> tuple[int, str | None]:
    """Write what the member at an offset gives; return its length, and why it could not be read to its end."""
    file.seek(at)
    decompressor = codec.decompressor()
    taken = 0
    try:
        while not decompressor.eof:
            chunk = file.read(CHUNK)
            if not chunk:
                return taken, "the file is cut off"
            taken += len(chunk)
            out.writelines(decompressor.feed(chunk))
    except codec.error as error:
        return taken, f"no readable member: {error}"
    return taken - len(decompressor.unused_data), None


def _next_member(file: BinaryIO, at: int, size: int, codec: Codec) -> int:
    """Return where the next member begins that gives anything, or the size of the file."""
    places = member_places(file, at, size, codec)
    return next((place for place in places if beginning(file, place, codec)), size)
