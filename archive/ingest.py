"""Read WARC files into captures, pages, crawls, skips and issues.

Each file is read once, from where the last reading stopped, also while a crawl still writes to it.
How far it was read stands in the same transaction as the rows, so a killed run goes on without loss or repetition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.access import sync_rights
from archive.captures import (
    CRAWL_URN,
    RENDERED_BY,
    alarm_rows,
    capture_row,
    crawl_row,
    failure_row,
    report_rows,
    reservation_row,
    skip_rows,
)
from archive.digests import stable_id
from archive.members import Damage
from archive.pages import complete_revisits, reassign, refresh_pages
from archive.progress import Progress
from archive.records import WarcRecord
from archive.registering import register
from archive.registry import Registry
from archive.warc import OPEN, closed_name, read_warc, warc_files

BATCH = 500
"""Records in a transaction: a second of work to repeat after a kill, and few enough commits."""


@dataclass(slots=True)
class IngestReport:
    """What one run read."""

    files: int = 0
    records: int = 0
    captures: int = 0
    outside: int = 0
    """Captures outside the scope of every site: kept and counted, not published."""
    damaged: int = 0
    pages: int = 0


@dataclass(slots=True)
class _File:
    """How far one file was read."""

    name: str
    bytes_read: int = 0
    complete: int = 0
    source: str = "crawl"
    records: int = 0
    damaged: int = 0
    crawl: str | None = None

    def row(self) -> dict[str, Any]:
        fields = ("name", "bytes_read", "complete", "source", "records", "damaged")
        return {name: getattr(self, name) for name in fields}


@dataclass(slots=True)
class _Batch:
    """Rows gathered until the next transaction."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    reports: list[dict[str, Any]] = field(default_factory=list)
    records: int = 0

    def add(self, table: str, *rows: dict[str, Any] | None) -> None:
        self.rows.setdefault(table, []).extend(row for row in rows if row is not None)


def ingest(
    db: Database, registry: Registry, data: Path, *, progress: Progress | None = None
) -> IngestReport:
    """Read what is new in ``data/warc`` and bring pages up to date; running it again changes nothing.

    Raises:
        WarcError: a file cannot be opened.
    """
    register(db, registry)
    sync_rights(db, data)
    reassign(db, registry)
    report = IngestReport()
    files = warc_files(data / "warc")
    for number, path in enumerate(files):
        _read_file(db, registry, path, report)
        if progress:
            progress("warc", number + 1, len(files))
    report.pages = db.table("pages").count
    return report


def _read_file(db: Database, registry: Registry, path: Path, report: IngestReport) -> None:
    file = _known(db, path)
    if file.complete:
        return
    report.files += 1
    batch = _Batch()
    for found in read_warc(path, file.bytes_read):
        if isinstance(found, Damage) and found.at_end and path.name.endswith(OPEN):
            break  # the writer has not finished this record
        _take(found, file, registry, batch, report)
        file.bytes_read = found.offset + found.length
        if batch.records >= BATCH:
            _store(db, registry, file, batch)
            batch = _Batch()
    file.complete = int(not path.name.endswith(OPEN))
    _store(db, registry, file, batch)


def _known(db: Database, path: Path) -> _File:
    name = closed_name(path)
    rows = list(db.query("SELECT * FROM warc_files WHERE name = ?", [name]))
    file = _File(**rows[0]) if rows else _File(name)
    if file.bytes_read > 0 and not file.complete:
        first = next(iter(read_warc(path)), None)
        row = crawl_row(first) if isinstance(first, WarcRecord) else None
        file.crawl = row["id"] if row else None
    return file


def _take(
    found: WarcRecord | Damage, file: _File, registry: Registry, batch: _Batch, report: IngestReport
) -> None:
    batch.records += 1
    if isinstance(found, Damage):
        file.damaged += 1
        report.damaged += 1
        batch.add("issues", _damage_row(file, found))
        return
    file.records += 1
    report.records += 1
    if found.kind in ("response", "revisit", "resource") or found.header(RENDERED_BY):
        row = capture_row(found, registry, crawl=file.crawl, source=file.source)
        batch.add("captures", row)
        batch.add("issues", reservation_row(found, row) if row else None)
        report.captures += row is not None
        report.outside += row is not None and row["site"] is None
    elif found.kind == "warcinfo":
        crawl = crawl_row(found)
        file.crawl = crawl["id"] if crawl else None
        file.source = "crawl" if crawl else "import"
        batch.add("crawls", crawl)
    elif found.kind == "metadata":
        _take_metadata(found, file, registry, batch)


def _take_metadata(found: WarcRecord, file: _File, registry: Registry, batch: _Batch) -> None:
    named = CRAWL_URN.match(found.url or "")
    if named is None:
        batch.add("issues", failure_row(found, registry))
    elif named[2] == "skips":
        batch.add("skips", *skip_rows(found, named[1]))
    else:
        crawl, sites = report_rows(found)
        batch.reports.append(crawl)
        batch.add("crawl_sites", *sites)
        batch.add("issues", *alarm_rows(found))


def _damage_row(file: _File, damage: Damage) -> dict[str, Any]:
    message = (
        f"{file.name}: {damage.length} bytes from byte {damage.offset} cannot be read: {damage.reason}. "
        "What stands before and after was read."
    )
    return {
        "id": stable_id("issue", file.name, str(damage.offset)),
        "at": None,
        "level": "error",
        "station": "ingest",
        "site": None,
        "url": None,
        "capture": None,
        "message": message,
    }


def _store(db: Database, registry: Registry, file: _File, batch: _Batch) -> None:
    """Write the rows, what follows from them, and how far the file was read, in one transaction."""
    with db.atomic():
        for table, rows in batch.rows.items():
            replace = table == "crawl_sites"
            db.table(table).insert_all(rows, ignore=not replace, replace=replace)
        for crawl in batch.reports:
            db.table("crawls").upsert(crawl, pk="id")
        touched = {row["page"] for row in batch.rows.get("captures", ()) if row["page"]}
        refresh_pages(db, touched | complete_revisits(db, registry))
        db.table("warc_files").upsert(file.row(), pk="name")
