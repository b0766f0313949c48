"""Keep a file like ``frontier.db``: its version and its transaction.

Before each commit the crawl forces the WARC file onto the disk,
so the file never knows more than the WARC files do.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import ClassVar

from archive.errors import ArchiveError
from crawler.exchangerecords import Pointer


class FrontierFile:
    """The open file; one process at a time. A subclass says which tables it has."""

    SCHEMA: ClassVar[str] = ""
    VERSION: ClassVar[int] = 0

    def __init__(self, path: Path) -> None:
        """Open the file, making it where there is none.

        Raises:
            ArchiveError: the file cannot be opened or is of another version.
        """
        self.path = path
        self.uncommitted: list[Pointer] = []
        """WARC pointers acknowledged since the last commit."""
        self.dirty = 0
        """Changes since the last commit."""
        self._broken = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise ArchiveError(f"{path} cannot be opened: {error}") from error
        try:
            self._db.row_factory = sqlite3.Row
            self._db.execute("pragma journal_mode = wal")
            # a WARC file is closed after the commit that settles it; with less than full,
            # a power cut could take that commit back and the next crawl would fetch its pages again
            self._db.execute("pragma synchronous = full")
            self._migrate()
        except (ArchiveError, sqlite3.Error) as error:
            self._db.close()
            raise ArchiveError(
                f"{path} cannot be opened: {error}; if its disk is full, free some space"
                " and run the crawl again"
            ) from error
        self._execute("begin")

    def _migrate(self) -> None:
        version = self._db.execute("pragma user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(
                f"begin; {self.SCHEMA} pragma user_version = {self.VERSION}; commit;"
            )
        elif version != self.VERSION:
            raise ArchiveError(
                f"{self.path} is of version {version}, this program reads {self.VERSION}: "
                "use the program that wrote it, or move the file away to crawl anew"
            )

    def commit(self) -> list[Pointer]:
        """Make everything durable; return the WARC pointers that are now acknowledged.

        Raises:
            ArchiveError: the disk is full or cannot be written; nothing of it is acknowledged.
        """
        self._execute("commit")
        self._execute("begin")
        acknowledged, self.uncommitted, self.dirty = self.uncommitted, [], 0
        return acknowledged

    def close(self) -> None:
        """Commit and close; after a failure, take back what is not committed.

        Raises:
            ArchiveError: the last commit failed.
        """
        try:
            if not self._broken:
                self._execute("commit")
        finally:
            self._db.close()

    def abandon(self) -> None:
        """Close and take back what is not committed."""
        self._db.close()

    def _change(self, sql: str, *values: object) -> sqlite3.Cursor:
        self.dirty += 1
        return self._execute(sql, values)

    def _one(self, sql: str, *values: object) -> sqlite3.Row | None:
        found = self._all(sql, *values)
        return found[0] if found else None

    def _all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _execute(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Carry out one statement; after a failure none, for SQLite may have left the transaction.

        Raises:
            ArchiveError: the disk is full, cannot be written, or the file is damaged.
        """
        if self._broken:
            raise ArchiveError(f"{self.path} broke off; run the crawl again")
        try:
            return self._db.execute(sql, values)
        except sqlite3.DatabaseError as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> ArchiveError:
        self._broken = True
        return ArchiveError(
            f"{self.path} cannot be written ({error}); free some space on its disk"
            " and run the crawl again: nothing that is stored is lost"
        )
