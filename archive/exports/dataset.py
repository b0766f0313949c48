"""Write one dataset: choose the versions, write each table in each format, describe it, sum it up.

Everything comes from an edition, so a dataset holds what that edition may show and nothing else.
The same edition and the same request give the same bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.edition import DATA_TABLES, described
from archive.errors import QueryError
from archive.exports.calendar import write_calendar
from archive.exports.dictionary import File, Origin, datapackage, readme
from archive.exports.formats import CALENDAR, FORMATS, Column, columns_of, write
from archive.exports.selection import choose, new_folder, opened, sha256, write_sums
from archive.schema import Table
from archive.search.facets import checked_filters

NARROWED = {
    "versions": "id IN (SELECT id FROM chosen)",
    "pages": "id IN (SELECT page FROM chosen)",
    "captures": "page IN (SELECT page FROM chosen)",
    "sites": "id IN (SELECT site FROM chosen)",
    "projects": "site IN (SELECT site FROM chosen)",
    "mentions": "version IN (SELECT id FROM chosen)",
    "events": "version IN (SELECT id FROM chosen)",
    "relations": "version IN (SELECT id FROM chosen)",
    "links": "version IN (SELECT id FROM chosen)",
    "same_text": "version IN (SELECT id FROM chosen)",
    "passages": "version IN (SELECT id FROM chosen)",
    "twins": "version IN (SELECT id FROM chosen)",
}
"""What belongs to the chosen versions; regions, counties and terms are always whole."""


@dataclass(slots=True)
class ExportReport:
    """What one dataset holds."""

    versions: int = 0
    pages: int = 0
    sites: int = 0
    mentions: int = 0
    events: int = 0
    links: int = 0
    files: int = 0
    """Tables times formats."""


def export(
    published: Path,
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    query: str | None = None,
    filters: Mapping[str, str | Sequence[str]] | None = None,
    now: datetime,
) -> ExportReport:
    """Write a dataset of everything in an edition, or of what a query and filters find.

    Args:
        published: the edition.
        folder: where to; it must not exist, or be empty.
        formats: of csv, jsonl and parquet, and ics for a calendar of the events.
        query: as in the search box.
        filters: values by facet: region, county, year, programme, structure, organisation, site, lang, type.
        now: stands in the description as the day of the dataset.

    Raises:
        PublishError: the edition or the folder cannot be used.
        QueryError: the query or a filter cannot be understood, or finds nothing.
    """
    _refuse_unknown(formats)
    with new_folder(folder) as building, opened(published) as connection:
        narrowed = choose(connection, query, filters)
        origin = _origin(connection, query, filters, now)
        return _write_all(connection, building, formats, narrowed, origin)


def _refuse_unknown(formats: Sequence[str]) -> None:
    known = (*FORMATS, CALENDAR)
    unknown = [name for name in formats if name not in known]
    if unknown or not formats:
        raise QueryError(
            f"no format {', '.join(unknown) or '(none)'}; there are: {', '.join(known)}"
        )


def _origin(
    connection: sqlite3.Connection,
    query: str | None,
    filters: Mapping[str, str | Sequence[str]] | None,
    now: datetime,
) -> Origin:
    facts = dict(connection.execute("SELECT key, value FROM edition").fetchall())
    return Origin(facts, query, checked_filters(filters), now)


def _write_all(
    connection: sqlite3.Connection,
    folder: Path,
    formats: Sequence[str],
    narrowed: bool,
    origin: Origin,
) -> ExportReport:
    report = ExportReport()
    files = []
    tables = described(connection)
    for name in DATA_TABLES:
        columns = columns_of(tables[name])
        for format_ in (name for name in formats if name != CALENDAR):
            path = folder / f"{name}.{format_}"
            rows = write(path, format_, columns, _rows(connection, name, columns, narrowed))
            files.append(
                File(
                    path.name,
                    format_,
                    tables[name],
                    columns,
                    rows,
                    path.stat().st_size,
                    sha256(path),
                )
            )
            if hasattr(report, name):
                setattr(report, name, rows)
    if CALENDAR in formats:
        files.append(_calendar(connection, folder, tables["events"], narrowed))
        report.events = files[-1].rows
    report.files = len(files)
    (folder / "datapackage.json").write_text(datapackage(files, origin), "utf-8")
    (folder / "README.md").write_text(readme(files, origin), "utf-8")
    write_sums(folder)
    return report


def _calendar(connection: sqlite3.Connection, folder: Path, table: Table, narrowed: bool) -> File:
    text, rows = write_calendar(connection, narrowed=narrowed)
    path = folder / "events.ics"
    path.write_bytes(text.encode())
    size, digest = path.stat().st_size, sha256(path)
    return File(path.name, CALENDAR, table, columns_of(table), rows, size, digest)


def _rows(
    connection: sqlite3.Connection, table: str, columns: Sequence[Column], narrowed: bool
) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(f'"{column.name}"' for column in columns)
    where = f"WHERE {NARROWED[table]}" if narrowed and table in NARROWED else ""
    query = f"SELECT {names} FROM main.{table} {where} ORDER BY rowid"  # noqa: S608 - the names stand in our DDL
    return iter(connection.execute(query))
