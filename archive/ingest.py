"""Read WARC files into captures, pages, crawls, skips and issues: our own, and those of others that were imported.

Each file is read once, from where the last reading stopped, also while a crawl still writes to it.
A killed run goes on without loss or repetition.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from archive.access import sync_rights
from archive.containers import is_packed, package_problems
from archive.errors import ArchiveError, PackedError, WarcError
from archive.faults import package_row
from archive.imports import stored_digest, unpack, unpacked_path
from archive.intake import Batch, FileState
from archive.members import Damage
from archive.pages import reassign
from archive.progress import Progress
from archive.registering import register
from archive.registry import Registry
from archive.warc import IMPORTS, OPEN, closed_name, imported_files, read_warc, warc_files

BATCH = 500
"""Records in a transaction: a second of work to repeat after a kill, and few enough commits."""

UNWRITABLE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_READONLY")
"""How the errors of SQLite begin that an operator can mend."""


@dataclass(slots=True)
class IngestReport:
    """What one run read."""

    files: int = 0
    records: int = 0
    captures: int = 0
    known: int = 0
    """Captures that the archive held already."""
    outside: int = 0
    """Captures outside the scope of every site: kept and counted, not published."""
    damaged: int = 0
    pages: int = 0


def ingest(
    db: Database, registry: Registry, data: Path, *, progress: Progress | None = None
) -> IngestReport:
    """Read what is new in ``data/warc`` and bring pages up to date; running it again changes nothing.

    Raises:
        WarcError: a file cannot be read.
        ArchiveError: archive.db cannot be written, as when the disk is full.
    """
    reader = _Reader(db, registry, IngestReport(), progress)
    files = [*warc_files(data / "warc"), *imported_files(data / "warc")]
    try:
        register(db, registry)
        sync_rights(db, data)
        reassign(db, registry)
        for number, path in enumerate(files, start=1):
            reader.read(path)
            if progress:
                progress("warc", number, len(files))
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(UNWRITABLE):
            raise
        raise ArchiveError(
            f"archive.db in {data} cannot be written: {error}."
            " Make room, or wait for the other program, and run `arkisto ingest`: it goes on where it stopped"
        ) from error
    reader.report.pages = db.table("pages").count
    return reader.report


@dataclass(slots=True)
class _Reader:
    """Reads files into an archive, one after the other."""

    db: Database
    registry: Registry
    report: IngestReport
    progress: Progress | None

    def read(self, path: Path) -> None:
        """Read what is new in a file; unpack it first where its records were compressed together."""
        file = FileState.load(self.db, closed_name(path))
        if not file.complete and not file.packed:
            try:
                if path.parent.name == IMPORTS:
                    self._describe(file, path)
                if not file.packed:
                    self._read(path, file)
            except PackedError:
                file.packed = 1  # seen only behind the first record
            except OSError as error:
                raise WarcError(f"{path} cannot be read: {error.strerror}") from error
        if file.packed:
            self._read_packed(path, file)

    def _describe(self, file: FileState, path: Path) -> None:
        """Note what a file of others is before any of its records is read."""
        file.original = path.name.partition("-")[2]
        file.digest = stored_digest(path)
        file.packed = int(is_packed(path))
        if file.bytes_read == 0:
            file.source = "import"
            batch = Batch(file, self.registry)
            for problem in package_problems(path):
                batch.add("issues", package_row(file.name, problem))
            batch.store(self.db)

    def _read_packed(self, path: Path, file: FileState) -> None:
        """Read the records of a file that was compressed as a whole, from where they lie unpacked."""
        if not file.complete or not unpacked_path(path).exists():
            lost = unpack(path)
            if not file.complete:
                batch = Batch(file, self.registry)
                for damage in lost:
                    batch.lose(damage)
                file.bytes_read, file.complete = path.stat().st_size, 1
                batch.store(self.db)
        part = FileState.load(self.db, closed_name(unpacked_path(path)))
        if part.bytes_read == 0:
            part.source, part.original, part.digest = file.source, file.original, file.digest
        self._read(unpacked_path(path), part)

    def _read(self, path: Path, file: FileState) -> None:
        if file.complete:
            return
        self.report.files += 1
        before = replace(file)
        batch = Batch(file, self.registry)
        for found in read_warc(path, file.bytes_read):
            if isinstance(found, Damage) and found.at_end and path.name.endswith(OPEN):
                break  # the writer has not finished this record
            batch.take(found)
            if batch.records >= BATCH:
                batch.store(self.db)
                batch = Batch(file, self.registry)
                if self.progress:
                    self.progress(path.name, file.bytes_read, path.stat().st_size)
        file.complete = int(not path.name.endswith(OPEN))
        batch.store(self.db)
        for name in ("records", "captures", "known", "outside", "damaged"):
            read = getattr(file, name) - getattr(before, name)
            setattr(self.report, name, getattr(self.report, name) + read)
