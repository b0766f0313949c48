"""Keep pages: one row per address of a site over time, as the captures tell it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from archive.captures import placed
from archive.registry import Registry

REFRESH = """
INSERT OR REPLACE INTO pages (id, site, urlkey, url, first_captured, last_captured, captures, state)
WITH chosen AS (SELECT value AS page FROM json_each(?)),
ordered AS (
  SELECT captures.*,
    row_number() OVER (PARTITION BY page ORDER BY timestamp DESC, id) AS newest,
    row_number() OVER (
      PARTITION BY page ORDER BY coalesce(status = 200, 0) DESC, timestamp DESC, id
    ) AS best
  FROM captures JOIN chosen USING (page)
)
SELECT page, max(site), max(urlkey), max(CASE WHEN best = 1 THEN url END),
  min(timestamp), max(timestamp), count(*),
  max(CASE WHEN newest = 1 THEN
    CASE WHEN status IS NULL OR status BETWEEN 200 AND 299 OR status = 304 THEN 'live'
         WHEN status BETWEEN 300 AND 399 THEN 'moved'
         WHEN status IN (404, 410) THEN 'gone'
         ELSE 'failing' END END)
FROM ordered GROUP BY page
"""

ORIGINAL = """
WITH arrived AS (
  SELECT captures.* FROM captures JOIN json_each(?) ON captures.id = value),
revisit AS (
  SELECT * FROM captures WHERE record_type = 'revisit' AND (
    id IN (SELECT id FROM arrived)
    OR stated_digest IN (
      SELECT payload_digest FROM arrived UNION SELECT stated_digest FROM arrived)
    OR refers_to IN (SELECT id FROM arrived)
    OR urlkey IN (SELECT urlkey FROM arrived WHERE status = 200))),
found AS (
  SELECT id, url, urlkey, page, revisit_of, coalesce((
    SELECT same.id FROM captures AS same
    WHERE same.urlkey = revisit.urlkey AND same.record_type IN ('response', 'resource')
      AND same.status = 200
      AND same.timestamp <= revisit.timestamp
      AND (revisit.status = 304 OR same.payload_digest = revisit.stated_digest
        OR (same.stated_digest = revisit.stated_digest AND same.truncated IS NULL))
    ORDER BY same.timestamp DESC, same.id LIMIT 1
  ), (
    SELECT named.id FROM captures AS named
    WHERE named.id = revisit.refers_to AND named.record_type IN ('response', 'resource')
      AND named.truncated IS NULL AND named.payload_digest IS NOT NULL
  ), (
    SELECT before.id FROM captures AS before
    WHERE before.record_type IN ('response', 'resource') AND before.timestamp <= revisit.timestamp
      AND (before.payload_digest = revisit.stated_digest
        OR (before.stated_digest = revisit.stated_digest AND before.truncated IS NULL))
    ORDER BY before.timestamp DESC, before.id LIMIT 1
  ), (
    SELECT later.id FROM captures AS later
    WHERE later.record_type IN ('response', 'resource') AND later.timestamp > revisit.timestamp
      AND (later.payload_digest = revisit.stated_digest
        OR (later.stated_digest = revisit.stated_digest AND later.truncated IS NULL))
    ORDER BY later.timestamp, later.id LIMIT 1
  )) AS original
  FROM revisit)
SELECT found.*, captures.mime_detected, captures.payload_digest
FROM found JOIN captures ON captures.id = found.original
WHERE found.revisit_of IS NOT found.original
"""
"""The revisits that captures that have just come in may complete, each with its original: the newest before it on its own page,
else the one that it names, else the nearest with its digest, so that the order of coming in makes no difference."""


def refresh_pages(db: Database, pages: Iterable[str]) -> None:
    """Write the rows of these pages anew from their captures."""
    db.execute(REFRESH, [json.dumps(sorted(pages))])


def complete_revisits(db: Database, registry: Registry, arrived: Iterable[str]) -> set[str]:
    """Join revisits with the capture whose body they repeat, where it has come in; return pages to refresh.

    A revisit carries no body, so what kind of body it is follows from its original.

    Args:
        db: the archive.
        registry: says what is a page of which site.
        arrived: the captures that have just come in: revisits, or originals of earlier ones.
    """
    touched: set[str] = set()
    for row in list(db.query(ORIGINAL, [json.dumps(sorted(arrived))])):
        place = placed(row["url"], row["urlkey"], row["mime_detected"], registry)
        facts = {name: row[name] for name in ("mime_detected", "payload_digest")}
        db.table("captures").update(row["id"], {"revisit_of": row["original"], **facts, **place})
        touched |= {page for page in (row["page"], place["page"]) if page}
    _drop_empty(db, touched)
    return touched


def reassign(db: Database, registry: Registry) -> None:
    """Assign every capture to its site anew, if the registry has changed since the last time."""
    rules = {"name": "ingest", "rules": registry.digest}
    if list(db.query("SELECT 1 FROM stations WHERE name = :name AND rules = :rules", rules)):
        return
    with db.atomic():
        touched: set[str] = set()
        for row in list(
            db.query("SELECT id, url, urlkey, site, page, mime_detected FROM captures")
        ):
            place = placed(row["url"], row["urlkey"], row["mime_detected"], registry)
            if place != {"site": row["site"], "page": row["page"]}:
                db.table("captures").update(row["id"], place)
                touched |= {page for page in (row["page"], place["page"]) if page}
        refresh_pages(db, touched)
        _drop_empty(db, touched)
        db.table("stations").upsert(rules, pk="name")


def _drop_empty(db: Database, pages: Iterable[str]) -> None:
    """Remove those of these pages that no capture belongs to any more."""
    db.execute(
        "DELETE FROM pages WHERE id IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM captures WHERE captures.page = pages.id)",
        [json.dumps(sorted(pages))],
    )
