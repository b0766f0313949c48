"""Keep versions: one row per distinct text of a page, and the interval in which it was seen.

Bodies that the present extractor has not read are read; what they say becomes a version, or adds to one.
The facts of a version (title, dates, links …) come from its earliest reading, so the order of work does not matter.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.digests import stable_id, text_digest
from archive.extraction import EXTRACTOR
from archive.listings import dates_by_page, read_lists
from archive.media import DOCUMENTS
from archive.personal import IDENTITY_CODE
from archive.progress import Progress
from archive.reading import Body, Reading, read_bodies
from archive.records import Extraction, ExtractionRules, StatedDate
from archive.registry import Registry
from archive.urls import urlkey
from archive.warc import find_warc

BATCH = 100
"""Readings in a transaction."""

WORD = re.compile(r"\w+")

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
            error = reading.error or (None if version else _why_empty(reading.extraction))
            db.table("readings").insert(
                _reading_row(reading.body, version, error, reading.suspect, readers), replace=True
            )
            level, message = _issue(reading, error)
            if message:
                db.table("issues").insert(_issue_row(reading.body, message, level), replace=True)


def _reading_row(
    body: Body,
    version: str | None,
    error: str | None,
    suspect: str | None,
    readers: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "page": body.page,
        "payload_digest": body.payload_digest,
        "capture": body.capture,
        "version": version,
        "extractor": readers[body.site],
        "error": error,
        "suspect": suspect,
    }


NO_TEXT_LAYER = (
    "the PDF has no text layer: it was scanned; to read it, install tesseract-ocr with its languages fin and swe"
    " and set ocr = true under [extraction] in the site file"
)


CODES_REMOVED = "the page holds Finnish personal identity codes; they were taken out of its text, and stay in WARC"


def _issue(reading: Reading, error: str | None) -> tuple[str, str | None]:
    """Return the level and the message of the issue that a reading leaves, if any."""
    if reading.error is not None:
        return "warning", reading.error
    if reading.extraction is not None and IDENTITY_CODE in reading.extraction.warnings:
        return "note", CODES_REMOVED
    return "note", NO_TEXT_LAYER if error == NO_TEXT_LAYER else None


def _why_empty(extraction: Extraction | None) -> str:
    scanned = extraction is not None and "no-text-layer" in extraction.warnings
    return NO_TEXT_LAYER if scanned else "no text was found"


def _issue_row(body: Body, error: str, level: str) -> dict[str, Any]:
    return {
        "id": stable_id("issue", "extract", body.page, body.payload_digest),
        "at": body.timestamp,
        "level": level,
        "station": "extract",
        "site": body.site,
        "url": body.url,
        "capture": body.capture,
        "message": error,
    }


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
    row = _version_row(version, digest, body, extraction)
    db.table("versions").insert(row, replace=True)
    texts = {"version": version, "text": extraction.text, "markdown": extraction.markdown}
    db.table("version_text").insert(texts, replace=True)
    for table in ("links", "translations"):
        db.execute(f"DELETE FROM {table} WHERE version = ?", [version])  # noqa: S608 - the names stand here
    db.table("links").insert_all(_link_rows(version, extraction))
    db.table("translations").insert_all(_translation_rows(version, extraction))
    return version


def _version_row(version: str, digest: str, body: Body, extraction: Extraction) -> dict[str, Any]:
    return {
        "id": version,
        "page": body.page,
        "site": body.site,
        "capture": body.capture,
        "url": body.url,
        "first_seen": body.timestamp,
        "last_seen": body.timestamp,
        "captures": 1,
        "current": 0,
        "text_digest": digest,
        "title": extraction.title,
        "author": extraction.author,
        **_stated(
            "published", extraction.published, ("precision", "source", "confidence", "evidence")
        ),
        **_stated(
            "modified", extraction.modified, ("precision", "source", "confidence", "evidence")
        ),
        "language": extraction.language,
        "languages": json.dumps(extraction.languages),
        "page_type": extraction.page_type,
        "mime": body.mime,
        "tags": json.dumps(extraction.tags, ensure_ascii=False),
        "rules": json.dumps(extraction.rules),
        "charset": extraction.charset,
        "words": len(WORD.findall(extraction.text)),
        "extractor": extraction.extractor,
    }


def _stated(name: str, date: StatedDate | None, facts: Sequence[str]) -> dict[str, Any]:
    value = {name: date.value if date else None}
    return value | {f"{name}_{fact}": getattr(date, fact) if date else None for fact in facts}


def _translation_rows(version: str, extraction: Extraction) -> Iterator[dict[str, Any]]:
    for one in extraction.translations:
        yield {"version": version, "urlkey": urlkey(one.url), **asdict(one)}


def _link_rows(version: str, extraction: Extraction) -> Iterator[dict[str, Any]]:
    for position, link in enumerate(extraction.links):
        yield {
            "version": version,
            "position": position,
            "url": link.url,
            "urlkey": urlkey(link.url),
            "text": link.text,
        }
