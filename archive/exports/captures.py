"""Write captures for other programs: WARC with an index, or WACZ, of a whole edition, of sites, a query or a time.

Records are copied byte for byte from the files beside the edition, so an export holds what the edition may show and nothing else.
A revisit comes with the capture whose body it repeats, also where that lies outside the selection.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.errors import PublishError, QueryError
from archive.exports.selection import NOTHING, choose, new_folder, opened, write_sums
from archive.replay.mementos import FOLDER, packed_from
from archive.replay.waczwriter import Entry, Packed, Title, index_of_record, write_wacz
from archive.replay.warccopy import WarcCopy
from archive.search.facets import checked_filters

CAPTURE_FORMATS = ("warc", "wacz")
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")

PICKED = """
CREATE TEMP TABLE picked AS SELECT id, body FROM main.mementos
WHERE {where} AND timestamp >= :since AND substr(timestamp, 1, length(:until)) <= :until
"""
RECORDS = """
SELECT * FROM main.mementos WHERE id IN (SELECT id FROM picked UNION SELECT body FROM picked)
ORDER BY site, "offset"
"""
PAGES = """
SELECT pages.id, mementos.url, max(mementos.timestamp) AS timestamp, pages.title FROM main.mementos
JOIN picked USING (id) JOIN main.pages ON pages.id = mementos.page
WHERE status = 200 GROUP BY pages.id ORDER BY pages.urlkey
"""


@dataclass(slots=True)
class CapturesReport:
    """What one export holds."""

    captures: int = 0
    pages: int = 0
    bytes: int = 0
    """Of its records."""


def export_captures(
    published: Path,
    folder: Path,
    *,
    formats: Sequence[str],
    query: str | None = None,
    filters: Mapping[str, str | Sequence[str]] | None = None,
    since: str | None = None,
    until: str | None = None,
) -> CapturesReport:
    """Write the captures of a selection to a new folder.

    With a query, or filters other than the site, these are the captures of the pages that are found;
    otherwise everything of the sites, pictures and style sheets too.

    Args:
        published: the edition, with its folder of files beside it.
        folder: where to; it must not exist, or be empty.
        formats: warc, wacz or both.
        query: as in the search box.
        filters: values by facet.
        since: a year, month or day: captures from its beginning on.
        until: the same: captures until its end.

    Raises:
        PublishError: the edition, its files or the folder cannot be used.
        QueryError: the query, a filter or a date cannot be understood, or nothing is found.
    """
    times = {"since": _date(since) or "", "until": _date(until) or "9999"}
    with new_folder(folder) as building, opened(published) as connection:
        connection.execute(PICKED.format(where=_where(connection, query, filters)), times)
        connection.row_factory = sqlite3.Row
        rows = connection.execute(RECORDS).fetchall()
        if not rows:
            raise QueryError(f"{NOTHING}: this edition can show no such capture as it was")
        records = [packed_from(row, published.parent / FOLDER) for row in rows]
        pages = [Entry(row["id"], row["url"], datetime.fromisoformat(row["timestamp"]), row["title"]) for row in connection.execute(PAGES)]  # fmt: skip
        about = _about(connection, query, filters, times)
        if "warc" in formats:
            _write_warc(building, about, records)
        if "wacz" in formats:
            problems = write_wacz(building / "captures.wacz", about, records, pages).problems
            if problems:
                raise PublishError(f"{problems[0]}. Build the edition again with `arkisto publish`")
        write_sums(building)
        return CapturesReport(len(rows), len(pages), sum(one.source.length for one in records))


def _date(text: str | None) -> str | None:
    if text and not DATE.fullmatch(text):
        raise QueryError(f"{text!r} is no date: write 2020, 2020-03 or 2020-03-15")
    return text


def _where(
    connection: sqlite3.Connection,
    query: str | None,
    filters: Mapping[str, str | Sequence[str]] | None,
) -> str:
    """Return the condition of the captures that are asked for."""
    narrowed = choose(connection, query, filters)
    if not narrowed:
        return "true"
    sites_alone = not query and set(checked_filters(filters)) == {"site"}
    column = "site" if sites_alone else "page"
    return f"{column} IN (SELECT {column} FROM chosen)"  # noqa: S608 - our columns


def _about(
    connection: sqlite3.Connection,
    query: str | None,
    filters: Mapping[str, str | Sequence[str]] | None,
    times: Mapping[str, str],
) -> Title:
    facts = dict(connection.execute("SELECT key, value FROM edition").fetchall())
    told: dict[str, Any] = {"query": query, **checked_filters(filters), "from": times["since"]}
    told |= {"until": times["until"] if times["until"] != "9999" else None}
    said = "; ".join(
        f"{name}: {value if isinstance(value, str) else ', '.join(value)}"
        for name, value in told.items()
        if value
    )
    edition = f"From the {facts['edition']} edition of {facts['built_at'][:10]}."
    return Title("Järjestöarkisto", f"{said or 'Everything'}. {edition}", facts["software"])


def _write_warc(folder: Path, about: Title, records: Sequence[Packed]) -> None:
    """Write the WARC file, and beside it the index that pywb reads."""
    name = "captures.warc.gz"
    with (folder / name).open("wb") as file:
        copy = WarcCopy(file)
        copy.describe(
            max(record.at for record in records),
            {"software": about.software, "description": about.description, "format": "WARC File Format 1.1"},
        )  # fmt: skip
        lines = [index_of_record(one, copy.add(one.source), name) for one in records]
    index = "".join(f"{line}\n" for line in sorted(lines))
    (folder / f"{name}.cdxj").write_text(index, "utf-8")
