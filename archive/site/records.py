"""Read from the edition what one page of the site shows: a page, a version, a site, a region, a term."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from typing import Any

import numpy as np

from archive.facets import Facets, Numbers
from archive.site.holding import rows_of
from archive.site.results import Hit, hits
from archive.snippets import Marker

Record = dict[str, Any]

NEWEST = 8
"""Pages in a list of the newest."""
MOST_LINKS = 200
PARAGRAPH = re.compile(r"\n+")


def one(connection: sqlite3.Connection, query: str, *values: str) -> Record | None:
    """Return the only row of a query."""
    return next(iter(rows_of(connection.execute(query, values))), None)


def many(connection: sqlite3.Connection, query: str, *values: object) -> list[Record]:
    """Return the rows of a query."""
    return rows_of(connection.execute(query, values))


def version_record(connection: sqlite3.Connection, id_: str) -> Record | None:
    """Return a version with its page, its other versions, mentions, events, links and equals."""
    version = one(connection, "SELECT * FROM versions WHERE id = ?", id_)
    if version is None:
        return None
    page = version["page"]
    return {
        "version": version,
        "paragraphs": [
            [line for line in PARAGRAPH.split(part) if line.strip()]
            for part in (version["text"] or "").split("\f")
        ],
        "page": one(connection, "SELECT * FROM pages WHERE id = ?", page),
        "site": one(connection, "SELECT * FROM sites WHERE id = ?", version["site"]),
        "projects": many(connection, "SELECT * FROM projects WHERE site = ? ORDER BY position", version["site"]),
        "versions": many(connection, "SELECT id, first_seen, last_seen, words, current FROM versions WHERE page = ? ORDER BY docid DESC", page),
        "mentions": _mentions(connection, id_),
        "events": many(connection, "SELECT * FROM events WHERE version = ? ORDER BY start, position", id_),
        "links": many(connection, LINKS, id_, MOST_LINKS),
        "linked_from": many(connection, LINKED_FROM, page, page),
        "same": many(connection, SAME, id_, page),
        "captures": many(connection, "SELECT timestamp, status, url FROM captures WHERE page = ? ORDER BY timestamp DESC LIMIT 50", page),
    }  # fmt: skip


LINKS = """
SELECT links.url, links.text, (SELECT id FROM pages WHERE pages.urlkey = links.urlkey LIMIT 1) AS page
FROM links WHERE version = ? ORDER BY position LIMIT ?
"""
LINKED_FROM = """
SELECT DISTINCT pages.id, pages.title, pages.url FROM links
JOIN versions ON versions.id = links.version JOIN pages ON pages.id = versions.page
WHERE links.urlkey = (SELECT urlkey FROM pages WHERE id = ?) AND pages.id != ? ORDER BY pages.title LIMIT 20
"""
SAME = """
SELECT DISTINCT versions.page, versions.title, versions.site_name, versions.published FROM same_text AS mine
JOIN same_text AS theirs ON theirs.cluster = mine.cluster JOIN versions ON versions.id = theirs.version
WHERE mine.version = ? AND versions.page != ? ORDER BY versions.published
"""


def current_version(connection: sqlite3.Connection, page: str) -> str | None:
    """Return the id of the newest version of a page."""
    row = connection.execute(
        "SELECT id FROM versions WHERE page = ? ORDER BY docid DESC LIMIT 1", [page]
    ).fetchone()
    return row[0] if row else None


def _mentions(connection: sqlite3.Connection, version: str) -> dict[str, list[Record]]:
    """Return the terms that a version mentions, by kind."""
    found: dict[str, list[Record]] = defaultdict(list)
    for row in many(
        connection,
        "SELECT term, kind, count FROM mentions JOIN terms ON terms.id = term WHERE version = ? ORDER BY count DESC, term",
        version,
    ):
        found[row["kind"]].append(row)
    return dict(found)


def pages_of(facets: Facets, name: str, value: str) -> Numbers:
    """Return the newest version of each page that has a value of a facet."""
    return facets.newest_of_each_page(facets.filtered(facets.everything(), {name: (value,)}))


def mentioning(connection: sqlite3.Connection, facets: Facets, term: str) -> Numbers:
    """Return the newest version of each page that mentions a term."""
    found = connection.execute(
        "SELECT docid FROM mentions JOIN versions ON versions.id = version WHERE term = ? ORDER BY docid",
        [term],
    ).fetchall()
    return facets.newest_of_each_page(np.array([row[0] - 1 for row in found], dtype=np.int64))


def overview(
    connection: sqlite3.Connection, facets: Facets, rows: Numbers, language: str
) -> Record:
    """Return counts by year and region, the newest pages and the number of pages of a part of the edition."""
    newest = facets.by_date(rows, newest_first=True)[:NEWEST]
    return {
        "pages": len(rows),
        "years": year_counts(facets.counts("year", rows)),
        "undated": facets.counts("year", rows).get("-", 0),
        "regions": facets.counts("region", rows),
        "sites": facets.counts("site", rows),
        "structures": facets.counts("structure", rows),
        "programmes": facets.counts("programme", rows),
        "newest": newest_hits(connection, newest, language),
    }


def newest_hits(connection: sqlite3.Connection, rows: Numbers, language: str) -> tuple[Hit, ...]:
    """Return rows as hits without marks."""
    return hits(connection, [int(row) + 1 for row in rows], Marker(), language)


def year_counts(counts: dict[str, int]) -> list[tuple[int, int, float]]:
    """Return every year from the first to the last, with its count and that as a share of the highest in per cent.

    >>> year_counts({"2018": 2, "2020": 1, "-": 5})
    [(2018, 2, 100.0), (2019, 0, 0.0), (2020, 1, 50.0)]
    """
    years = {int(year): count for year, count in counts.items() if year.isdecimal()}
    if not years:
        return []
    span = range(min(years), max(years) + 1)
    return [
        (year, years.get(year, 0), share(years.get(year, 0), max(years.values()))) for year in span
    ]


def share(count: int, most: int) -> float:
    """Return a count as a share of the highest, in per cent; what is there at all can be seen."""
    return max(2.0, round(100 * count / most, 1)) if count else 0.0
