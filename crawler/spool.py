"""Hold the bytes of one response: in memory while they are few, in a nameless file when they are many.

The file has no name in any directory, so a killed crawl leaves nothing of it behind.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from archive.errors import WarcError

MEMORY_BYTES = 1_000_000
"""What is longer goes into a file: 64 hosts at a time then cost 64 MB of memory at most."""

PIECE = 1 << 16


class Spool:
    """Bytes that are appended to and read again.

    >>> spool = Spool()
    >>> spool.append(b"yhdessa")
    >>> spool.read(1, 3), len(spool), spool.in_file
    (b'hd', 7, False)
    """

    def __init__(self, folder: Path | None = None, *, memory: int = MEMORY_BYTES) -> None:
        """Begin empty.

        Args:
            folder: where the file is made if one is needed; the system's own place by default.
            memory: bytes that are kept in memory.
        """
        self._folder = folder
        self._most = memory
        self._memory = bytearray()
        self._file: int | None = None
        self._length = 0

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self._length

    @property
    def in_file(self) -> bool:
        """Tell whether the bytes are in a file."""
        return self._file is not None

    def append(self, data: bytes | memoryview) -> None:
        """Add bytes at the end.

        Raises:
            WarcError: the disk is full or cannot be written.
        """
        if self._file is None and self._length + len(data) > self._most:
            self._move_to_file()
        if self._file is None:
            self._memory += data
        else:
            self._write(data)
        self._length += len(data)

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes from ``start`` to ``stop``."""
        return b"".join(self.pieces(start, stop))

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to ``stop`` in pieces of 64 KiB."""
        end = self._length if stop is None else min(stop, self._length)
        for at in range(start, end, PIECE):
            upto = min(at + PIECE, end)
            if self._file is None:
                yield bytes(self._memory[at:upto])
            else:
                yield os.pread(self._file, upto - at, at)

    def _move_to_file(self) -> None:
        try:
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                self._file = os.dup(file.fileno())
        except OSError as error:
            raise self._full(error) from error
        weakref.finalize(self, os.close, self._file)
        self._write(self._memory)
        self._memory = bytearray()

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        assert self._file is not None  # noqa: S101 - the callers made it
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            raise self._full(error) from error

    def _full(self, error: OSError) -> WarcError:
        where = self._folder or tempfile.gettempdir()
        return WarcError(
            f"{where} cannot take a large response ({error.strerror});"
            " free some space and run the crawl again: nothing that is stored is lost"
        )
