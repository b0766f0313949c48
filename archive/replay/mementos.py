"""Pack what an edition may show as it was: a WACZ file a site, beside the edition, and where each capture stands in it.

A file holds the captures of one site that `access` lets the edition show whole, and the bodies that its revisits repeat; nothing else.
Its name follows from its contents, so a site without news is not packed again and a player never mixes two states.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.access import WHOLE, Edition
from archive.digests import stable_id
from archive.errors import WarcError
from archive.replay.waczwriter import Entry, Packed, Title, write_wacz
from archive.replay.warccopy import Source
from archive.warc import find_warc

Row = dict[str, Any]
Place = tuple[int, int]

FOLDER = "replay"
"""Where the files lie, beside the edition."""
FORM = "1"
"""Raise it when the same captures shall give another file."""

WHOLE_CAPTURES = """
CREATE TEMP TABLE whole_captures AS
  SELECT capture AS id FROM visible_captures
  WHERE level IN (SELECT value FROM json_each(?));
"""
RESPONSES = """
SELECT captures.*, shown.version FROM captures JOIN whole_captures USING (id)
LEFT JOIN readings ON readings.page = captures.page AND readings.payload_digest = captures.payload_digest
LEFT JOIN shown ON shown.version = readings.version
WHERE captures.site IN (SELECT site FROM shown_sites) AND record_type IN ('response', 'resource', 'revisit')
  AND (record_type != 'revisit' OR revisit_of IN (SELECT id FROM whole_captures))
ORDER BY captures.site, warc_file, warc_offset
"""
"""What a server sent; a rendered page is our own work, and its text is shown with its version."""
COLUMNS = (
    "id", "site", "page", "version", "urlkey", "url", "timestamp", "status", "mime",
    "payload_digest", "record_id", "record_type", "source",
)  # fmt: skip


@dataclass(slots=True)
class PackReport:
    """What was packed."""

    files: int = 0
    """Of which some may have been there before."""
    mementos: int = 0
    problems: list[str] = field(default_factory=list)
    """Records that could not be read, one line each."""


class Packer:
    """Pack the captures of one edition."""

    def __init__(
        self,
        archive: sqlite3.Connection,
        target: sqlite3.Connection,
        edition: Edition,
        *,
        warc: Path,
        beside: Path,
        software: str,
    ) -> None:
        """Take the archive with the tables that `Contents` made, the edition that is being built, and where files lie.

        Args:
            archive: with the views of `access`.
            target: the new edition; its pages and sites stand in it already.
            edition: public or research.
            warc: the folder of the WARC files.
            beside: the edition that is served now, or its place.
            software: name and version, for the files.
        """
        self._archive = archive
        self._target = target
        self._warc = warc
        self._folder = beside.parent / FOLDER
        self._software = software
        self._edition = edition
        self._earlier = _places(beside)
        self.report = PackReport()

    def pack(self) -> PackReport:
        """Write the files that are missing, and the table `mementos`."""
        self._archive.execute(WHOLE_CAPTURES, [json.dumps(WHOLE[self._edition])])
        chosen: dict[str, list[Row]] = defaultdict(list)
        originals: dict[str, Row] = {}
        for row in self._rows(RESPONSES):
            chosen[row["site"]].append(row)
            originals[row["id"]] = row
        for site, rows in sorted(chosen.items()):
            self._pack_site(site, rows, originals)
        self._drop_bodiless()
        self.report.mementos = self._target.execute("SELECT count(*) FROM mementos").fetchone()[0]
        return self.report

    def _rows(self, query: str) -> Iterator[Row]:
        cursor = self._archive.execute(query)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def _pack_site(self, site: str, rows: list[Row], originals: dict[str, Row]) -> None:
        """Pack one site, with the captures of other sites whose bodies it repeats."""
        own = {row["id"] for row in rows}
        borrowed = {row["revisit_of"] for row in rows if row["revisit_of"]} - own
        records = [*rows, *(originals[id_] for id_ in sorted(borrowed) if id_ in originals)]
        pages = list(self._pages(site, rows))
        told = [repr(page) for page in pages]
        name = f"{site}-{stable_id(FORM, self._edition, *(row['record_id'] for row in records), *told)}.wacz"
        places = self._earlier.get(name, {})
        if not (self._folder / name).exists() or not places:
            places = self._write(name, site, records, pages)
        self._insert((row for row in rows if row["id"] in places), name, places)
        self.report.files += bool(places)

    def _pages(self, site: str, rows: Iterable[Row]) -> Iterator[Entry]:
        """Yield the pages of a site by their newest capture that shows one."""
        titles = dict(self._target.execute("SELECT id, title FROM pages WHERE site = ?", [site]))
        newest: dict[str, Row] = {}
        for row in rows:
            if row["page"] and row["status"] == 200:
                newest[row["page"]] = max(row, newest.get(row["page"], row), key=_by_time)
        for page, row in sorted(newest.items(), key=lambda item: item[1]["urlkey"]):
            yield Entry(page, row["url"], _at(row), titles.get(page))

    def _write(
        self, name: str, site: str, records: Sequence[Row], pages: Iterable[Entry]
    ) -> dict[str, Place]:
        packed, kept = [], []
        for row in records:
            try:
                packed.append(self._packed(row))
                kept.append(row["id"])
            except WarcError as error:
                self.report.problems.append(str(error))
        if not packed:
            return {}
        self._folder.mkdir(exist_ok=True)
        building = self._folder / f"{name}.building"
        about = Title(
            f"Järjestöarkisto: {site}",
            f"The captures of {site} that the {self._edition} edition may show.",
            self._software,
        )
        try:
            written = write_wacz(building, about, packed, pages)
            building.replace(self._folder / name)
        finally:
            building.unlink(missing_ok=True)
        self.report.problems += written.problems
        return {id_: place for id_, place in zip(kept, written.places, strict=True) if place}

    def _packed(self, row: Row) -> Packed:
        path = find_warc(self._warc, row["warc_file"])
        return _packed(row, Source(path, row["warc_offset"], row["warc_length"], row["record_id"]))

    def _insert(self, rows: Iterable[Row], file: str, places: dict[str, Place]) -> None:
        marks = ",".join("?" * (len(COLUMNS) + 4))
        self._target.executemany(
            f"INSERT INTO mementos VALUES ({marks})",  # noqa: S608 - only marks
            (
                [*(row[name] for name in COLUMNS), row["revisit_of"] or row["id"], file, *places[row["id"]]]
                for row in rows
            ),
        )  # fmt: skip

    def _drop_bodiless(self) -> None:
        """Leave out revisits whose body could not be packed."""
        self._target.execute("DELETE FROM mementos WHERE body NOT IN (SELECT id FROM mementos)")


def remove_unnamed(published: Path) -> None:
    """Remove the files that an edition does not name: those of the one before, and what a killed run left."""
    named = set(_places(published))
    for path in (published.parent / FOLDER).glob("*.wacz*"):
        if path.name not in named:
            path.unlink(missing_ok=True)


def packed_from(row: Row | sqlite3.Row, folder: Path) -> Packed:
    """Return the record of a row of `mementos`, as it stands in the folder of the files."""
    source = Source(folder / row["file"], row["offset"], row["length"], row["record_id"])
    return _packed(row, source)


def _packed(row: Row | sqlite3.Row, source: Source) -> Packed:
    return Packed(
        source=source,
        key=row["urlkey"],
        url=row["url"],
        at=_at(row),
        revisit=row["record_type"] == "revisit",
        mime=row["mime"],
        status=row["status"],
        digest=row["payload_digest"],
    )


def _places(published: Path) -> dict[str, dict[str, Place]]:
    """Return where the captures stand in each file that an edition names; nothing where there is no such edition."""
    found: dict[str, dict[str, Place]] = defaultdict(dict)
    if not published.exists():
        return found
    with closing(sqlite3.connect(f"{published.resolve().as_uri()}?mode=ro", uri=True)) as edition:
        try:
            rows = edition.execute('SELECT file, id, "offset", length FROM mementos')
            for file, id_, offset, length in rows:
                found[file][id_] = (offset, length)
        except sqlite3.Error:  # an edition of an earlier program, without this table
            return {}
    return found


def _at(row: Row | sqlite3.Row) -> datetime:
    return datetime.fromisoformat(row["timestamp"])


def _by_time(row: Row) -> tuple[str, str]:
    return row["timestamp"], row["id"]
