"""Keep one WARC file while it grows, and close it for good.

Its name ends in ``.open`` until everything in it is acknowledged by the frontier.
A record that cannot be written whole is cut off again; if even that fails, nothing more is written,
and what is torn is cut off by the next crawl.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.errors import WarcError
from archive.warc import OPEN
from crawler.warcrecords import CopiedRecord, Record

WRITE_BYTES = 1_000_000
"""An exchange shorter than this goes out in one write; a longer one in pieces of this size."""


class WarcFile:
    """A file that records are appended to."""

    def __init__(self, folder: Path, name: str) -> None:
        """Create the file; from now on a power cut leaves it there.

        Raises:
            WarcError: it cannot be created.
        """
        self.name = name
        self.size = 0
        self._path = folder / (name + OPEN)
        self.broken = False
        """Whether something torn may stand at its end: it must stay open, to be repaired."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o644)
            sync_folder(folder)
        except OSError as error:
            raise _failed(self._path, error) from error

    def append(self, records: Iterable[Record | CopiedRecord]) -> list[int]:
        """Write these records after one another, all or none; return the length of each.

        Raises:
            WarcError: the disk is full or the file cannot be written; nothing of them stays.
        """
        if self.broken:
            raise WarcError(f"{self._path} broke off; run the crawl again: it will be repaired")
        lengths: list[int] = []
        try:
            for data in _gathered(records, lengths):
                _write_all(self._file, data)
        except OSError as error:
            self._cut_back()
            raise _failed(self._path, error) from error
        except WarcError:  # a spooled body could not be read
            self._cut_back()
            raise
        self.size += sum(lengths)
        return lengths

    def sync(self) -> None:
        """Force what was written onto the disk.

        Raises:
            WarcError: the disk refuses; what was written since the last time may be lost.
        """
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self.broken = True
            raise _failed(self._path, error) from error

    def close(self) -> None:
        """Close the file; it keeps its ``.open``."""
        os.close(self._file)

    def remove(self) -> None:
        """Close and delete a file in which nothing could be written."""
        os.close(self._file)
        self._path.unlink(missing_ok=True)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._file, self.size)
        except OSError:
            self.broken = True  # the next crawl cuts the torn tail off


def sync_folder(folder: Path) -> None:
    """Make new names in a folder last: without this a power cut may take a synced file away."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def finish(folder: Path, name: str, index: Iterable[str]) -> None:
    """Write the index of a file and take ``.open`` off its name; the index never comes later.

    Raises:
        WarcError: the disk is full or cannot be written; the file stays open.
    """
    path = folder / (name + OPEN)
    draft = folder / f"{name}.cdxj{OPEN}"
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in sorted(index))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(folder / f"{name}.cdxj")
        path.rename(folder / name)
        sync_folder(folder)
    except OSError as error:
        raise _failed(draft, error) from error


def _gathered(records: Iterable[Record | CopiedRecord], lengths: list[int]) -> Iterator[bytearray]:
    """Yield the members in pieces large enough to be written at once; note how long each member is."""
    buffer = bytearray()
    for record in records:
        lengths.append(0)
        for piece in record.member():
            lengths[-1] += len(piece)
            buffer += piece
            if len(buffer) >= WRITE_BYTES:
                yield buffer
                buffer = bytearray()
    yield buffer


def _write_all(file: int, data: bytearray) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _failed(path: Path, error: OSError) -> WarcError:
    return WarcError(
        f"{path} cannot be written ({error.strerror}); free some space and run the crawl again:"
        " nothing that is stored is lost"
    )
