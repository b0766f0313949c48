"""Keep versions: one row per distinct text of a page, and the interval in which it was seen.

Bodies that the present extractor has not read are read; what they say becomes a version, or adds to one.
The facts of a version (title, dates, links …) come from its earliest reading, so the order of work does not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from archive.digests import stable_id, text_digest
from archive.extraction import EXTRACTOR
from archive.listings import dates_by_page, read_lists
from archive.media import DOCUMENTS
from archive.progress import Progress
from archive.reading import Body, Reading, read_bodies
from archive.records import Extraction, ExtractionRules
from archive.registry import Registry
from archive.versionrows import (
    issue_of,
    issue_row,
    link_rows,
    reading_row,
    translation_rows,
    version_row,
    why_empty,
)
from archive.warc import find_warc

BATCH = 100
"""Readings in a transaction."""

PENDING = """
SELECT body.page, body.payload_digest, body.id AS capture, body.url, body.urlkey, body.timestamp, body.site,
  body.mime_detected, coalesce(original.warc_file, body.warc_file) AS warc_file,
  coalesce(original.warc_offset, body.warc_offset) AS warc_offset
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY page, payload_digest ORDER BY timestamp, id) AS earliest
  FROM captures
  WHERE page IS NOT NULL AND payload_digest IS NOT NULL AND status IN (200, 304)
    AND mime_detected IN (SELECT value FROM json_each(?))
    AND (record_type != 'revisit' OR revisit_of IS NOT NULL)
) AS body LEFT JOIN captures AS original ON original.id = body.revisit_of
WHERE earliest = 1 AND NOT EXISTS (
  SELECT 1 FROM readings
  WHERE readings.page = body.page AND readings.payload_digest = body.payload_digest)
ORDER BY body.timestamp, body.id
"""

OUTDATED = """
WITH outdated AS (
  SELECT readings.page, readings.payload_digest, readings.version
  FROM readings JOIN captures AS taken ON taken.id = readings.capture
  WHERE EXISTS (
    SELECT 1 FROM captures AS older
    WHERE older.page = readings.page AND older.payload_digest = readings.payload_digest
      AND (older.timestamp, older.id) < (taken.timestamp, taken.id)
      AND older.status IN (200, 304) AND older.mime_detected IN (SELECT value FROM json_each(?))
      AND (older.record_type != 'revisit' OR older.revisit_of IS NOT NULL)))
DELETE FROM readings
WHERE version IN (SELECT version FROM outdated)
  OR (page, payload_digest) IN (SELECT page, payload_digest FROM outdated)
"""
"""Bodies of which an older capture has come in, and all others of the same versions: their facts come from the oldest."""

ORPHANS = (
    "DELETE FROM readings WHERE NOT EXISTS (SELECT 1 FROM captures"
    " WHERE captures.page = readings.page AND captures.payload_digest = readings.payload_digest)",
    "DELETE FROM versions WHERE id NOT IN (SELECT version FROM readings WHERE version IS NOT NULL)",
    "DELETE FROM version_text WHERE version NOT IN (SELECT id FROM versions)",
    "DELETE FROM links WHERE version NOT IN (SELECT id FROM versions)",
)

INTERVALS = """
WITH seen AS (
  SELECT version, min(captures.timestamp) AS first, max(captures.timestamp) AS last, count(*) AS number
  FROM readings JOIN captures USING (page, payload_digest)
  WHERE version IS NOT NULL GROUP BY version)
UPDATE versions SET first_seen = seen.first, last_seen = seen.last, captures = seen.number
FROM seen WHERE seen.version = versions.id
  AND (first_seen, last_seen, captures) IS NOT (seen.first, seen.last, seen.number)
"""

CURRENT = """
WITH ranked AS (
  SELECT id, row_number() OVER (
    PARTITION BY page ORDER BY
      page_type IN ('error', 'parked'),
      EXISTS (SELECT 1 FROM readings WHERE version = versions.id AND suspect IS NULL) DESC,
      last_seen DESC, first_seen DESC, id) = 1 AS newest
  FROM versions)
UPDATE versions SET current = ranked.newest
FROM ranked WHERE ranked.id = versions.id AND versions.current != ranked.newest
"""
"""What another holder of the domain, or a broken server, says in place of a page never hides what stood there."""

PARKED_PAGES = """
UPDATE pages SET state = 'parked' WHERE state = 'live' AND (
  SELECT page_type FROM versions WHERE versions.page = pages.id
  ORDER BY last_seen DESC, first_seen DESC, id LIMIT 1) = 'parked'
"""


@dataclass(slots=True)
class ExtractReport:
    """What one run read."""

    bodies: int = 0
    texts: int = 0
    errors: int = 0
    versions: int = 0


def extract(
    db: Database,
    registry: Registry,
    data: Path,
    *,
    everything: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> ExtractReport:
    """Read every body that is new, or all of them; running it again changes nothing.

    Raises:
        WarcError: a WARC file that holds a body is missing.
    """
    read_lists(db, registry, data / "warc")
    readers = {site: _reader(registry.rules_for(site)) for site in registry.sites}
    _forget(db, readers, everything=everything)
    bodies = list(_pending(db, registry, data / "warc"))
    report = ExtractReport(bodies=len(bodies))
    batch: list[Reading] = []
    for number, reading in enumerate(read_bodies(bodies, processes=processes), start=1):
        batch.append(reading)
        report.texts += reading.extraction is not None
        report.errors += reading.error is not None
        if len(batch) == BATCH or number == len(bodies):
            _store(db, batch, readers)
            batch = []
            if progress:
                progress("extract", number, len(bodies))
    with db.atomic():
        db.execute(INTERVALS)
        db.execute(CURRENT)
        db.execute(PARKED_PAGES)
    report.versions = db.table("versions").count
    return report


def _reader(rules: ExtractionRules) -> str:
    """Name what reads a site's pages: the extractor, and the digest of the rules of the configuration."""
    return f"{EXTRACTOR}, rules {hashlib.sha256(repr(rules).encode()).hexdigest()[:8]}"


def _forget(db: Database, readers: Mapping[str, str], *, everything: bool) -> None:
    """Drop what another extractor read, what nothing holds any more, or everything."""
    with db.atomic():
        if everything:
            db.execute("DELETE FROM readings")
        db.execute(
            "DELETE FROM readings WHERE extractor IS NOT (SELECT reader.value FROM json_each(?) AS reader"
            " WHERE reader.key = (SELECT site FROM pages WHERE pages.id = readings.page))",
            [json.dumps(readers)],
        )
        db.execute(OUTDATED, [json.dumps(sorted(DOCUMENTS))])
        for statement in ORPHANS:
            db.execute(statement)
        db.execute(
            "DELETE FROM issues WHERE station = 'extract'"
            " AND capture NOT IN (SELECT capture FROM readings)"
        )


def _pending(db: Database, registry: Registry, folder: Path) -> Iterator[Body]:
    files: dict[str, Path] = {}
    listed = dates_by_page(db)
    rules = {site: registry.rules_for(site) for site in registry.sites}
    for row in db.query(PENDING, [json.dumps(sorted(DOCUMENTS))]):
        name = row["warc_file"]
        files.setdefault(name, find_warc(folder, name))
        yield Body(
            page=row["page"],
            payload_digest=row["payload_digest"],
            capture=row["capture"],
            url=row["url"],
            timestamp=row["timestamp"],
            site=row["site"],
            mime=row["mime_detected"],
            path=files[name],
            offset=row["warc_offset"],
            rules=rules[row["site"]],
            listed=listed.get((row["site"], row["urlkey"]), ()),
        )


def _store(db: Database, batch: Sequence[Reading], readers: Mapping[str, str]) -> None:
    with db.atomic():
        for reading in batch:
            version = None
            if reading.extraction is not None and reading.extraction.text:
                version = _store_version(db, reading.body, reading.extraction)
            error = reading.error or (None if version else why_empty(reading.extraction))
            db.table("readings").insert(
                reading_row(reading.body, version, error, reading.suspect, readers), replace=True
            )
            level, message = issue_of(reading, error)
            if message:
                db.table("issues").insert(issue_row(reading.body, message, level), replace=True)


def _store_version(db: Database, body: Body, extraction: Extraction) -> str:
    """Write a version and its links, unless an earlier reading of the same text stands there."""
    digest = text_digest(extraction.text)
    version = stable_id("version", body.page, digest)
    earlier = db.execute(
        "SELECT 1 FROM versions JOIN captures ON captures.id = versions.capture"
        " WHERE versions.id = ? AND captures.timestamp <= ?",
        [version, body.timestamp],
    ).fetchone()
    if earlier:
        return version
    row = version_row(version, digest, body, extraction)
    db.table("versions").insert(row, replace=True)
    texts = {"version": version, "text": extraction.text, "markdown": extraction.markdown}
    db.table("version_text").insert(texts, replace=True)
    for table in ("links", "translations"):
        db.execute(f"DELETE FROM {table} WHERE version = ?", [version])  # noqa: S608 - the names stand here
    db.table("links").insert_all(link_rows(version, extraction))
    db.table("translations").insert_all(translation_rows(version, extraction))
    return version
