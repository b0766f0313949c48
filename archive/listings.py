"""Keep the dates that the lists of a site tell of its pages, whichever came first, the list or the page.

Answers of WordPress's REST interface and feeds are captures without a page of their own.
Each is read once; where it tells something new of a page, that page is read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.digests import stable_id
from archive.errors import WarcError
from archive.extraction import EXTRACTOR, listed_dates
from archive.media import ATOM, JSON, RSS, XML
from archive.records import ListedDates
from archive.registry import Registry
from archive.urls import canonical_url, host_of, urlkey
from archive.warc import find_warc, read_record

LIST_TYPES = (JSON, XML, RSS, ATOM)
PENDING = """
SELECT id, url, timestamp, mime_detected, warc_file, warc_offset FROM captures
WHERE page IS NULL AND status = 200 AND record_type IN ('response', 'resource')
  AND mime_detected IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT capture FROM lists)
ORDER BY timestamp, id
"""
"""The site is not asked for: the interface lies outside the scope of every site, only its pages lie inside."""
KEEP = """
INSERT INTO listed_dates (id, site, urlkey, source, published, published_evidence, modified, modified_evidence, capture, listed)
VALUES (:id, :site, :urlkey, :source, :published, :published_evidence, :modified, :modified_evidence, :capture, :listed)
ON CONFLICT (id) DO UPDATE SET capture = excluded.capture, listed = excluded.listed
WHERE (excluded.listed, excluded.capture) < (listed_dates.listed, listed_dates.capture)
"""
"""The same told again keeps the capture that told it first."""
READ_AGAIN = """
DELETE FROM readings WHERE page IN (
  SELECT pages.id FROM json_each(?) AS told JOIN pages
  ON pages.site = json_extract(told.value, '$[0]') AND pages.urlkey = json_extract(told.value, '$[1]'))
"""


def read_lists(db: Database, registry: Registry, folder: Path) -> None:
    """Read the lists that are new, and forget the readings of the pages of which something else is told now.

    After a change of the configuration or of the extractor every list is read again.
    """
    rules = {"name": "lists", "rules": f"{registry.digest} {EXTRACTOR}"}
    with db.atomic():
        before = _told(db)
        if not list(
            db.query("SELECT 1 FROM stations WHERE name = :name AND rules = :rules", rules)
        ):
            db.execute("DELETE FROM lists")
            db.execute("DELETE FROM listed_dates")
            db.table("stations").upsert(rules, pk="name")
        for capture in list(db.query(PENDING, [json.dumps(LIST_TYPES)])):
            rows = list(_rows(capture, registry, folder))
            for row in rows:
                db.execute(KEEP, row)
            db.table("lists").insert({"capture": capture["id"], "entries": len(rows)})
        changed = sorted({fact[:2] for fact in before ^ _told(db)})
        db.execute(READ_AGAIN, [json.dumps(changed)])


def _told(db: Database) -> set[tuple[str, ...]]:
    return set(db.execute("SELECT site, urlkey, id, listed FROM listed_dates").fetchall())


def _rows(capture: dict[str, Any], registry: Registry, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what one list tells of pages on its own site's hosts; of others it only repeats."""
    try:
        body = read_record(find_warc(folder, capture["warc_file"]), capture["warc_offset"]).payload
    except WarcError:
        return
    listed = datetime.fromisoformat(capture["timestamp"])
    host = host_of(capture["url"])
    found = listed_dates(body, url=capture["url"], kind=capture["mime_detected"], listed=listed)
    for told in found:
        site = registry.site_for(told.url)
        if site is None or host not in site.scope.hosts:
            continue
        url = canonical_url(told.url, keep=site.query.keep, drop=site.query.drop)
        facts = {
            "site": site.id,
            "urlkey": urlkey(url),
            "source": told.source,
            "published": told.published.isoformat() if told.published else None,
            "published_evidence": told.published_evidence,
            "modified": told.modified.isoformat() if told.modified else None,
            "modified_evidence": told.modified_evidence,
        }
        name = stable_id("listed", *(value or "" for value in facts.values()))
        yield {"id": name, **facts, "capture": capture["id"], "listed": capture["timestamp"]}


def dates_by_page(db: Database) -> dict[tuple[str, str], tuple[ListedDates, ...]]:
    """Return what lists tell, by site and urlkey."""
    found: dict[tuple[str, str], tuple[ListedDates, ...]] = {}
    for row in db.query("SELECT * FROM listed_dates ORDER BY listed, id"):
        told = ListedDates(
            url=row["urlkey"],
            source=row["source"],
            listed=datetime.fromisoformat(row["listed"]),
            published=date.fromisoformat(row["published"]) if row["published"] else None,
            published_evidence=row["published_evidence"],
            modified=date.fromisoformat(row["modified"]) if row["modified"] else None,
            modified_evidence=row["modified_evidence"],
        )
        key = (row["site"], row["urlkey"])
        found[key] = (*found.get(key, ()), told)
    return found
