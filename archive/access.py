"""Decide what of the archive may be shown, and keep the decisions.

One view says it: ``visible_versions(version, level)``, on top of ``visible_pages(page, level)``;
``visible_captures(capture, level)`` says the same of the bytes, and that a page which asks not to be archived is not replayed.
Level ``open`` may show the text, ``snippet`` a short excerpt, ``closed`` nothing to the public;
what was taken down is in neither view, so no edition can hold it.

Decisions live in ``DATA/rights.jsonl``, one a line, and survive the deletion of archive.db.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from archive.digests import stable_id
from archive.errors import ArchiveError
from archive.urls import urlkey

Edition = Literal["public", "research"]
Decision = Literal["takedown", "restore", "permission"]

LEVELS: dict[Edition, tuple[str, ...]] = {
    "public": ("open", "snippet"),
    "research": ("open", "snippet", "closed"),
}
"""The levels that each edition holds."""
WHOLE: dict[Edition, tuple[str, ...]] = {"public": ("open",), "research": LEVELS["research"]}
"""The levels of which it shows texts and captures whole."""

LEDGER = "rights.jsonl"
EXCERPT_LENGTH = 300
"""Characters of a text that may be shown where the text may not."""

VIEWS = """
CREATE TEMP VIEW decisions AS          -- the latest decision about each target
  SELECT target_type, target, decision FROM (
    SELECT target_type, target, decision,
           row_number() OVER (PARTITION BY target_type, target ORDER BY decided_at DESC, rowid DESC) AS age
    FROM rights_events
  ) WHERE age = 1;
CREATE TEMP VIEW visible_pages AS      -- what a reader may see of each page; taken down: no row
  SELECT pages.id AS page,
         CASE WHEN 'permission' IN (about_page.decision, about_site.decision) THEN 'open'
              ELSE sites.access END AS level
  FROM pages
  JOIN sites ON sites.id = pages.site
  LEFT JOIN decisions about_page ON about_page.target_type = 'page' AND about_page.target = pages.urlkey
  LEFT JOIN decisions about_site ON about_site.target_type = 'site' AND about_site.target = pages.site
  WHERE about_page.decision IS NOT 'takedown' AND about_site.decision IS NOT 'takedown';
CREATE TEMP VIEW visible_versions AS   -- what a reader may see of each version
  SELECT versions.id AS version, visible_pages.level
  FROM versions JOIN visible_pages ON visible_pages.page = versions.page;
CREATE TEMP VIEW visible_sites AS      -- a site shows itself by its own access, or by a page that shows
  SELECT sites.id AS site,
         CASE WHEN about_site.decision = 'permission' THEN 'open' ELSE sites.access END AS level
  FROM sites
  LEFT JOIN decisions about_site ON about_site.target_type = 'site' AND about_site.target = sites.id
  WHERE about_site.decision IS NOT 'takedown';
CREATE TEMP VIEW visible_captures AS   -- what a reader may see of each capture: of a page as of the page, of anything else as of its site
  SELECT captures.id AS capture,
         CASE WHEN captures.noarchive = 1 AND ifnull(visible_pages.level, visible_sites.level) = 'open' THEN 'snippet'
              ELSE ifnull(visible_pages.level, visible_sites.level) END AS level
  FROM captures
  LEFT JOIN visible_pages ON visible_pages.page = captures.page
  LEFT JOIN visible_sites ON visible_sites.site = captures.site AND captures.page IS NULL
  LEFT JOIN decisions AS about_address ON about_address.target_type = 'page' AND about_address.target = captures.urlkey
  WHERE ifnull(visible_pages.level, visible_sites.level) IS NOT NULL AND about_address.decision IS NOT 'takedown';
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsEvent:
    """One decision about what may be shown."""

    id: str
    decided_at: str
    """UTC, ISO 8601."""
    decision: Decision
    target_type: Literal["site", "page"]
    target: str
    """The id of the site, or the urlkey of the page."""
    reason: str
    decided_by: str | None


def create_views(connection: sqlite3.Connection) -> None:
    """Define the views on a connection to archive.db; they are temporary, the file stays as it is."""
    for statement in VIEWS.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def record_takedown(
    db: Database, data: Path, target: str, reason: str, by: str | None, now: datetime
) -> RightsEvent:
    """Take a site or a page out of every edition that is published from now on.

    Args:
        db: the archive.
        data: the data directory, where the ledger lies.
        target: the id of a site, or the address of a page.
        reason: why; it is kept.
        by: who decided.
        now: the moment of the decision, aware.

    Raises:
        ArchiveError: the archive holds no such site or page.
    """
    return record_decision(db, data, "takedown", target, reason, by, now)


def record_decision(
    db: Database,
    data: Path,
    decision: Decision,
    target: str,
    reason: str,
    by: str | None,
    now: datetime,
) -> RightsEvent:
    """Write a decision to the ledger, then to the archive; arguments as in `record_takedown`."""
    target_type, name = _target(db, target)
    decided_at = now.isoformat()
    event = RightsEvent(
        id=stable_id(decided_at, decision, target_type, name, reason, by or ""),
        decided_at=decided_at,
        decision=decision,
        target_type=target_type,
        target=name,
        reason=reason,
        decided_by=by,
    )
    _append(data / LEDGER, event)
    sync_rights(db, data)
    return event


def _target(db: Database, target: str) -> tuple[Literal["site", "page"], str]:
    if next(db.query("SELECT 1 FROM sites WHERE id = ?", [target]), None):
        return "site", target
    try:
        key = urlkey(target)
    except ValueError as error:
        raise ArchiveError(
            f"{target!r} is neither the id of a site nor an address; `arkisto sites` lists the ids"
        ) from error
    if not next(db.query("SELECT 1 FROM captures WHERE urlkey = ?", [key]), None):
        raise ArchiveError(
            f"{target}: the archive holds no capture of this address (urlkey {key}). "
            "Copy the address from the page's own record, or run `arkisto ingest` first."
        )
    return "page", key


def _append(ledger: Path, event: RightsEvent) -> None:
    """Add a line and wait until the disk holds it."""
    line = json.dumps(asdict(event), ensure_ascii=False) + "\n"
    with ledger.open("ab+") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() and _last_byte(file.fileno(), file.tell()) != b"\n":
            line = "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _last_byte(descriptor: int, length: int) -> bytes:
    return os.pread(descriptor, 1, length - 1)


def sync_rights(db: Database, data: Path) -> int:
    """Bring the decisions of the ledger into the archive and return how many were new.

    Raises:
        ArchiveError: a line cannot be read; it may be a takedown, so nothing goes on without it.
    """
    rows = [asdict(event) for event in _events(data / LEDGER)]
    before = db["rights_events"].count
    with db.conn:
        db.conn.executemany(
            "INSERT OR IGNORE INTO rights_events VALUES"
            " (:id, :decided_at, :decision, :target_type, :target, :reason, :decided_by)",
            rows,
        )
    return int(db["rights_events"].count - before)


def _events(ledger: Path) -> Iterator[RightsEvent]:
    if not ledger.exists():
        return
    for number, line in enumerate(ledger.read_text("utf-8").splitlines(), 1):
        if line.strip():
            try:
                yield RightsEvent(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise ArchiveError(
                    f"{ledger}, line {number}: {error}. It may be a takedown: mend the line by hand, "
                    "or put back a copy of the file, then run again."
                ) from error
