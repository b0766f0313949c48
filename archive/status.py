"""Tell what an archive holds and how its crawls went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.captures import ALARM

TABLES = (
    "sites",
    "captures",
    "pages",
    "versions",
    "duplicates",
    "passages",
    "mentions",
    "events",
    "skips",
    "issues",
)

SITES = """
SELECT site, count(*) AS pages, max(last_captured) AS newest,
  (SELECT count(*) FROM versions WHERE versions.site = pages.site) AS versions,
  (SELECT count(*) FROM issues WHERE issues.site = pages.site) AS issues
FROM pages GROUP BY site ORDER BY site
"""

ALARMS = """
SELECT site, substr(message, ?) AS alarm, url, at FROM issues
WHERE station = 'crawl' AND substr(message, 1, ?) = ? ORDER BY at DESC, site
"""

CRAWLS = (
    "SELECT id, started_at, ended_at, outcome, counts FROM crawls ORDER BY started_at DESC LIMIT 10"
)

BROKEN = """
SELECT site, pages, broken FROM crawl_sites
WHERE broken IS NOT NULL AND crawl = (SELECT id FROM crawls ORDER BY started_at DESC, id DESC LIMIT 1)
ORDER BY site
"""

IMPORTS = """
SELECT original AS file, min(software) AS software, sum(captures) AS captures, sum(known) AS known,
  sum(outside) AS outside, sum(damaged) AS damaged, sum(lost_bytes) AS lost_bytes
FROM warc_files WHERE original IS NOT NULL GROUP BY digest, original ORDER BY original, digest
"""


def archive_status(db: Database, data: Path) -> dict[str, Any]:
    """Return counts of the tables, a row per imported file and per site with pages, the alarms, and the ten newest crawls."""
    return {
        "data": str(data),
        "counts": {name: db.table(name).count for name in TABLES},
        "suspects": db.execute("SELECT count(*) FROM suspects").fetchone()[0],
        "outside": db.execute("SELECT count(*) FROM captures WHERE site IS NULL").fetchone()[0],
        "imports": list(db.query(IMPORTS)),
        "sites": list(db.query(SITES)),
        "broken": list(db.query(BROKEN)),
        "alarms": list(db.query(ALARMS, [len(ALARM) + 1, len(ALARM), ALARM])),
        "crawls": [_crawl(row) for row in db.query(CRAWLS)],
    }


def _crawl(row: dict[str, Any]) -> dict[str, Any]:
    counts = json.loads(row["counts"] or "{}")
    told = {name: counts.get(name) for name in ("fetched", "stored", "failed", "skipped")}
    moments = {"started": row["started_at"], "ended": row["ended_at"]}
    return {"crawl": row["id"], **moments, "outcome": row["outcome"], **told}
