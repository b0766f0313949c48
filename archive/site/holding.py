"""Hold the edition that is being served: its file, its facets and its names, and notice when a new one takes its place."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from archive.former import former_sites
from archive.search.facets import Facets
from archive.search.suggestions import Suggestions

T = TypeVar("T")
TIME_LIMIT = 10_000
"""Milliseconds for all queries of one page."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that codes and ids stand for, by language."""

    regions: dict[str, dict[str, str]]
    counties: dict[str, dict[str, str]]
    terms: dict[str, dict[str, str]]
    sites: dict[str, str]
    former_sites: dict[str, str]
    """The site of now by each name that a site had before."""
    facts: dict[str, str]
    """The table `edition`."""

    def region(self, code: str, language: str) -> str:
        """Return the name of a region."""
        return _in(self.regions.get(code), language) or code

    def county(self, id_: str, language: str) -> str:
        """Return the name of a wellbeing services county."""
        return _in(self.counties.get(id_), language) or id_

    def term(self, id_: str, language: str) -> str:
        """Return the label of a term."""
        return _in(self.terms.get(id_), language) or id_


class Holding:
    """The edition of one Datasette."""

    _known: ClassVar[WeakKeyDictionary[Any, Holding | None]] = WeakKeyDictionary()

    def __init__(self, datasette: Any, name: str, path: Path) -> None:
        """Remember where the edition is; `load` reads it."""
        self._datasette = datasette
        self.name = name
        self.path = path
        self._stamp = _stamp(path)
        self._loading = asyncio.Lock()
        self._loaded: tuple[Facets, Names, Suggestions] | None = None

    @classmethod
    def of(cls, datasette: Any) -> Holding | None:
        """Return the edition among the databases of a Datasette, or ``None``."""
        if datasette not in cls._known:
            cls._known[datasette] = cls._found(datasette)
        return cls._known[datasette]

    @classmethod
    def _found(cls, datasette: Any) -> Holding | None:
        for name, database in datasette.databases.items():
            if database.path and _is_edition(Path(database.path)):
                return cls(datasette, name, Path(database.path).resolve())
        return None

    @property
    def facets(self) -> Facets:
        """The facet columns."""
        return self._parts[0]

    @property
    def names(self) -> Names:
        """The names."""
        return self._parts[1]

    @property
    def suggestions(self) -> Suggestions:
        """The words that slips are mended with."""
        return self._parts[2]

    @property
    def _parts(self) -> tuple[Facets, Names, Suggestions]:
        if self._loaded is None:
            raise RuntimeError("the edition was not loaded: Datasette has not been started")
        return self._loaded

    async def load(self) -> None:
        """Read facets, names and words; however long it takes, for without them nothing is answered."""
        database = self._datasette.get_database(self.name)
        self._loaded = await database.execute_fn(
            lambda connection: (Facets(connection), _names(connection), Suggestions(connection))
        )

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with a connection in a thread of Datasette, within the time limit."""
        from datasette.utils import sqlite_timelimit

        def limited(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, TIME_LIMIT):
                return work(connection)

        database = self._datasette.get_database(self.name)
        result: T = await database.execute_fn(limited)
        return result

    async def refresh(self) -> None:
        """Take over a new edition that was swapped in; requests that are under way end with the old one."""
        try:
            stamp = _stamp(self.path)
        except FileNotFoundError:
            return
        if stamp == self._stamp:
            return
        async with self._loading:
            if stamp != self._stamp:
                self._stamp = stamp
                self._reopen()
                await self.load()

    def _reopen(self) -> None:
        """Give Datasette the new file; its connections belong to threads, so the threads are new too."""
        from datasette.database import Database

        threads, old = self._datasette.executor, self._datasette.get_database(self.name)
        self._datasette.executor = ThreadPoolExecutor(self._datasette.setting("num_sql_threads"))
        self._datasette.remove_database(self.name)
        new = Database(self._datasette, str(self.path), is_mutable=False)
        self._datasette.add_database(new, name=self.name)
        Thread(target=_retire, args=(threads, old), daemon=True).start()


def _retire(threads: ThreadPoolExecutor | None, database: Any) -> None:
    """Let requests that are under way end, then close the old file."""
    if threads is not None:
        threads.shutdown()
    database.close()


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def _is_edition(path: Path) -> bool:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT 1 FROM edition WHERE key = 'edition'").fetchone()
        except sqlite3.Error:
            return False
    return row is not None


def _names(connection: sqlite3.Connection) -> Names:
    def labels(table: str, key: str) -> dict[str, dict[str, str]]:
        rows = connection.execute(f"SELECT {key}, fi, sv, en FROM {table}")  # noqa: S608 - our names
        return {row[0]: {"fi": row[1], "sv": row[2], "en": row[3]} for row in rows}

    sites = {row[0]: row[1] for row in connection.execute("SELECT id, name FROM sites")}
    facts = {row[0]: row[1] for row in connection.execute("SELECT key, value FROM edition")}
    regions, counties = labels("regions", "code"), labels("counties", "id")
    former = former_sites(connection)
    return Names(regions, counties, labels("terms", "id"), sites, former, facts)


def _in(labels: dict[str, str] | None, language: str) -> str | None:
    return (labels.get(language) or labels["fi"]) if labels else None


def rows_of(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries, lists read from JSON."""
    names = [column[0] for column in cursor.description]
    lists = {
        "regions",
        "programmes",
        "structures",
        "organisations",
        "languages",
        "predecessor",
        "successor",
        "base_urls",
    }
    return [
        {
            name: json.loads(value) if name in lists and value else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor
    ]
