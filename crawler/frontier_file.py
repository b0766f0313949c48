"""Keep ``frontier.db``: its tables, its version and its transaction.

Before each commit the crawl forces the WARC file onto the disk,
so the frontier never knows more than the WARC files do.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archive.errors import ArchiveError
from crawler.warcwriter import Pointer

SCHEMA_VERSION = 2
_SCHEMA = """
create table urls(
  id integer primary key, url text not null unique, site text not null, slot text not null,
  kind text not null, hub integer not null, hops text not null, via text, depth integer not null,
  priority integer not null, pattern text not null,
  state text not null default 'queued' check (state in ('queued', 'done', 'failed', 'skipped')),
  attempts integer not null default 0,
  status integer, is_page integer not null default 0, etag text, last_modified text,
  payload_digest text, warc_file text, warc_offset integer, crawl text, fetched_at text,
  due_at text, interval_days real,
  text_digest text, first_at text, visits integer not null default 0, changes integer not null default 0,
  listed_by text, lastmod text, lastmod_fetched text);
create index urls_listed on urls(listed_by) where listed_by is not null;
create index urls_queue on urls(slot, priority, id) where state = 'queued';
create index urls_due on urls(site, due_at);
create table payloads(
  digest text primary key, record_id text not null, url text not null, date text not null,
  warc_file text not null, warc_offset integer not null) without rowid;
create table files(
  number integer primary key, name text not null unique);
create table probes(host text primary key, fingerprint text) without rowid;
create table closed_shapes(
  site text not null, shape text not null, rule text not null, at text not null,
  primary key (site, shape)) without rowid;
create table robots(
  url text primary key, outcome text not null, status integer, target text, body blob,
  fetched_at text not null, expires_at text not null, unreachable_since text) without rowid;
create table spent(
  site text not null, day text not null, requests integer not null, bytes integer not null,
  primary key (site, day)) without rowid;
create table trust(
  host text not null, claim text not null check (claim in ('same', 'new')),
  asked real not null, "right" real not null, primary key (host, claim)) without rowid;
create table signs(
  site text not null, sign text not null, detail text not null, url text, first_at text not null,
  last_at text not null, primary key (site, sign)) without rowid;
create table slots(slot text primary key, paused_until text not null) without rowid;
create table skips(
  id integer primary key, crawl text not null, at text not null, site text, url text not null,
  reason text not null, detail text, via text, written integer not null default 0,
  unique (crawl, url, reason));
create table crawls(
  number integer primary key, id text not null unique, sites text not null,
  started text not null, ended text, outcome text, report text);
"""


class FrontierFile:
    """The open file; one process at a time."""

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
                f"begin; {_SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;"
            )
        elif version != SCHEMA_VERSION:
            raise ArchiveError(
                f"{self.path} is of version {version}, this program reads {SCHEMA_VERSION}: "
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
