"""Turn the records of one file into rows, in batches of one transaction each.

How far the file was read, and what came of it, stands in the same transaction as the rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlite_utils import Database

from archive.captures import (
    CRAWL_URN,
    Row,
    alarm_rows,
    capture_row,
    capture_source,
    crawl_row,
    failure_row,
    is_capture,
    report_rows,
    reservation_row,
    skip_rows,
)
from archive.digests import stable_id
from archive.faults import damage_row, fault_row, note_row, unusable_row
from archive.members import Damage
from archive.pages import complete_revisits, refresh_pages
from archive.records import WarcRecord
from archive.registry import Registry
from archive.warc import warc_fields

SET_PROVENANCE = "UPDATE captures SET provenance = ? WHERE id = ? AND provenance IS NULL"


@dataclass(slots=True)
class FileState:
    """How far one file was read, and what came of it: a row of ``warc_files``."""

    name: str
    bytes_read: int = 0
    complete: int = 0
    source: str = "crawl"
    crawl: str | None = None
    software: str | None = None
    original: str | None = None
    digest: str | None = None
    packed: int = 0
    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    captures: int = 0
    known: int = 0
    outside: int = 0
    unusable: int = 0
    damaged: int = 0
    lost_bytes: int = 0

    @classmethod
    def load(cls, db: Database, name: str) -> FileState:
        """Return the state of a file, or a new one."""
        for row in db.query("SELECT * FROM warc_files WHERE name = ?", [name]):
            return cls(**row | {"kinds": Counter(json.loads(row["kinds"] or "{}"))})
        return cls(name)

    def row(self) -> Row:
        """Return the row of ``warc_files``."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"kinds": json.dumps(self.kinds, sort_keys=True)}

    @property
    def provenance(self) -> str | None:
        """Where the captures of an imported file come from: the file, and the program that wrote it."""
        named = (name for name in (self.original, self.software) if name)
        return "; ".join(named) if self.original else None


@dataclass(slots=True)
class Batch:
    """The rows of some records of a file, until they are written."""

    file: FileState
    registry: Registry
    rows: dict[str, list[Row]] = field(default_factory=dict)
    reports: list[Row] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """Ids of records copied byte for byte from another archive, and where each stood."""
    records: int = 0

    def add(self, table: str, *rows: Row | None) -> None:
        """Add rows; ``None`` is no row."""
        self.rows.setdefault(table, []).extend(row for row in rows if row is not None)

    def take(self, found: WarcRecord | Damage) -> None:
        """Add what follows from a record, or from a stretch that cannot be read."""
        self.records += 1
        self.file.bytes_read = max(self.file.bytes_read, found.offset + found.length)
        if isinstance(found, Damage):
            self.lose(found)
            return
        self.file.records += 1
        self.file.kinds[found.kind] += 1
        self.file.damaged += found.fault is not None
        self.add("issues", fault_row(found))
        if is_capture(found):
            self._take_capture(found)
        elif found.kind == "warcinfo":
            self._take_description(found)
        elif found.kind == "metadata":
            self._take_metadata(found)

    def lose(self, damage: Damage) -> None:
        """Count a stretch that cannot be read, and tell of it."""
        self.file.damaged += 1
        self.file.lost_bytes += damage.length
        self.add("issues", damage_row(self.file.name, damage))

    def _take_capture(self, record: WarcRecord) -> None:
        file = self.file
        row = capture_row(
            record, self.registry, crawl=file.crawl, source=file.source, provenance=file.provenance
        )
        if row is None:
            file.unusable += 1
            self.add("issues", unusable_row(record))
            return
        self.add("captures", row)
        self.add("issues", reservation_row(record, row))

    def _take_description(self, record: WarcRecord) -> None:
        crawl = crawl_row(record)
        self.file.crawl = crawl["id"] if crawl else None
        self.file.source = capture_source(record)
        software = warc_fields(record.payload).get("software")
        self.file.software = software or self.file.software
        self.add("crawls", crawl)

    def _take_metadata(self, record: WarcRecord) -> None:
        copied, source = record.header("WARC-Concurrent-To"), record.header("WARC-Source-URI")
        if copied and source:
            self.sources[copied] = source
        named = CRAWL_URN.match(record.url or "")
        try:
            if named is None:
                self.add("issues", failure_row(record, self.registry))
            elif named[2] == "skips":
                self.add("skips", *skip_rows(record, named[1]))
            else:
                crawl, sites = report_rows(record)
                alarms = alarm_rows(record)
                self.reports.append(crawl)
                self.add("crawl_sites", *sites)
                self.add("issues", *alarms)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self.add("issues", note_row(record, error))

    def store(self, db: Database) -> None:
        """Write the rows, what follows from them, and how far the file was read, in one transaction."""
        with db.atomic():
            arrived = self._new_captures(db)
            for table, rows in self.rows.items():
                replace = table == "crawl_sites"
                db.table(table).insert_all(rows, ignore=not replace, replace=replace)
            for record, source in self.sources.items():
                db.execute(SET_PROVENANCE, [source, stable_id(record)])
            for crawl in self.reports:
                db.table("crawls").upsert(crawl, pk="id")
            touched = {row["page"] for row in arrived if row["page"]}
            ids = [row["id"] for row in arrived]
            refresh_pages(db, touched | complete_revisits(db, self.registry, ids))
            db.table("warc_files").upsert(self.file.row(), pk="name")

    def _new_captures(self, db: Database) -> list[Row]:
        """Keep of the captures those that the archive does not hold, and count all."""
        held = _held(db, [row["id"] for row in self.rows.get("captures", ())])
        new: dict[str, Row] = {}
        for row in self.rows.get("captures", ()):
            said = (row["url"], row["timestamp"])
            if held.get(row["id"], said) != said:  # a program that gives an id twice
                row["id"] = stable_id(row["record_id"], *said)
                held |= _held(db, [row["id"]])
            if row["id"] in held:
                self.file.known += 1
            else:
                held[row["id"]] = said
                new[row["id"]] = row
        self.rows["captures"] = list(new.values())
        self.file.captures += len(new)
        self.file.outside += sum(row["site"] is None for row in new.values())
        return self.rows["captures"]


def _held(db: Database, ids: Iterable[Any]) -> dict[str, tuple[str, str]]:
    rows = db.query(
        "SELECT id, url, timestamp FROM captures WHERE id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    return {row["id"]: (row["url"], row["timestamp"]) for row in rows}
