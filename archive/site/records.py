"""Read from the edition what one page of the site shows: a site, a region, a term."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np

from archive.facets import Facets, Numbers
from archive.site.histogram import histogram
from archive.site.holding import rows_of
from archive.site.results import Hit, hits
from archive.snippets import Marker

Record = dict[str, Any]

NEWEST = 8
"""Pages in a list of the newest."""


def one(connection: sqlite3.Connection, query: str, *values: str | None) -> Record | None:
    """Return the only row of a query."""
    return next(iter(rows_of(connection.execute(query, values))), None)


def many(connection: sqlite3.Connection, query: str, *values: object) -> list[Record]:
    """Return the rows of a query."""
    return rows_of(connection.execute(query, values))


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
        "by_year": histogram(facets.counts("year", rows)),
        "regions": facets.counts("region", rows),
        "sites": facets.counts("site", rows),
        "structures": facets.counts("structure", rows),
        "organisations": facets.counts("organisation", rows),
        "programmes": facets.counts("programme", rows),
        "newest": newest_hits(connection, newest, language),
    }


def newest_hits(connection: sqlite3.Connection, rows: Numbers, language: str) -> tuple[Hit, ...]:
    """Return rows as hits without marks."""
    return hits(connection, [int(row) + 1 for row in rows], Marker(), language)
