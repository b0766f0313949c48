"""Copy the files of others into the archive, unchanged, under a name that begins with their digest.

A copy appears whole or not at all: it is written beside its place, compared with its digest, and moved there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.containers import is_packed, walk_file
from archive.containers.heads import parse_head
from archive.errors import WarcError
from archive.members import Member
from archive.warc import IMPORTS, OPEN, PART

SUMS = "SHA256SUMS"
"""What ``sha256sum -c SHA256SUMS`` in the folder checks."""
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
CHUNK = 1 << 20
SPARE = 64 << 20
"""Bytes that must stay free on the disk: the database grows by less for a file that fits."""
UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the archive."""

    path: Path
    digest: str
    new: bool
    """False where the archive held it already."""


@contextmanager
def import_folder(data: Path) -> Iterator[Path]:
    """Give the folder of imported files to one process at a time, freed of what a killed one left.

    Raises:
        WarcError: another import is running, or the folder cannot be written.
    """
    folder = data / "warc" / IMPORTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise WarcError(f"{folder} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another import into {folder} is running: wait until it has ended"
            raise WarcError(message) from error
        for left in folder.glob("*" + PART):
            left.unlink()
        yield folder


def recordless(path: Path) -> str | None:
    """Return why a file is none that can be imported, or ``None`` where it holds a record.

    Raises:
        WarcError: the file cannot be read.
    """
    try:
        if is_packed(path):
            return None
        for found in walk_file(path):
            if isinstance(found, Member) and parse_head(found.data):
                return None
    except OSError as error:
        raise WarcError(f"{path} cannot be read: {error.strerror}") from error
    return "no record of WARC or ARC was found in it"


def store(path: Path, folder: Path) -> Stored:
    """Copy a file into the folder, unless it is there, or is itself one of the folder.

    Raises:
        WarcError: the file cannot be read, or the disk is full or fails; then nothing is left behind.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name = UNSAFE.sub("_", path.name.removesuffix(OPEN))
        inside = path.resolve().parent == folder.resolve()
        target = path if inside else folder / f"{digest[:12]}-{name}"
        new = not target.exists()
        if new:
            _copy(path, target, digest)
        _note(folder, target.name, digest)
    except OSError as error:
        message = (
            f"{path} could not be copied to {folder}: {error.strerror}."
            " Nothing of it was kept; make room and import it again."
        )
        raise WarcError(message) from error
    return Stored(target, digest, new)


def _copy(source: Path, target: Path, digest: str) -> None:
    size = source.stat().st_size
    free = shutil.disk_usage(target.parent).free
    if free < size + SPARE:
        raise WarcError(
            f"{source} has {size} bytes, and only {free} are free at {target.parent}: make room and import it again"
        )
    part = target.with_name(target.name + PART)
    try:
        with source.open("rb") as file, part.open("wb") as copy:
            copied = _copy_bytes(file, copy)
        if copied != digest:
            raise WarcError(f"{source} changed while it was copied: import it again")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync(target.parent)


def _copy_bytes(file: BinaryIO, copy: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        copy.write(chunk)
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest()


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {found[2]: found[1] for line in lines if (found := LINE.fullmatch(line))}


def _note(folder: Path, name: str, digest: str) -> None:
    """Write the digest of a file into the list, which is replaced as a whole."""
    sums = _sums(folder)
    if sums.get(name) == digest:
        return
    part = folder / (SUMS + PART)
    rows = sorted((sums | {name: digest}).items())
    with part.open("w", encoding="utf-8") as file:
        file.writelines(f"{one}  {of}\n" for of, one in rows)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / SUMS)
    sync(folder)


def stored_digest(path: Path) -> str:
    """Return the digest of a file in the folder, from the list or, where it lacks the file, from its bytes.

    Raises:
        OSError: the file cannot be read.
    """
    noted = _sums(path.parent).get(path.name)
    if noted:
        return noted
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
