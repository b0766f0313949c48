"""Read from the edition what one page of the site shows: a site, a region, a term."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np

from archive.search.facets import Facets, Numbers
from archive.search.snippets import Markers
from archive.site.histogram import histogram
from archive.site.holding import rows_of
from archive.site.results import Hit, hits

Record = dict[str, Any]

NEWEST = 8
"""Pages in a list of the newest."""
COUNTED = ("year", "region", "site", "structure", "organisation", "programme")
"""What pages are counted by."""


def one(connection: sqlite3.Connection, query: str, *values: str | None) -> Record | None:
    """Return the only row of a query."""
    return next(iter(rows_of(connection.execute(query, values))), None)


def many(connection: sqlite3.Connection, query: str, *values: object) -> list[Record]:
    """Return the rows of a query."""
    return rows_of(connection.execute(query, values))


def having(facets: Facets, name: str, value: str) -> Numbers:
    """Return the versions that have a value of a facet."""
    return facets.filtered(facets.everything(), {name: (value,)})


def mentioning(connection: sqlite3.Connection, term: str) -> Numbers:
    """Return the versions that mention a term."""
    found = connection.execute(
        "SELECT docid FROM mentions JOIN versions ON versions.id = version WHERE term = ? ORDER BY docid",
        [term],
    ).fetchall()
    return np.array([row[0] - 1 for row in found], dtype=np.int64)


def overview(
    connection: sqlite3.Connection, facets: Facets, rows: Numbers, language: str
) -> Record:
    """Return the pages of some versions: how many, by what, and the newest; a count is what following it finds.

    Args:
        connection: the edition.
        facets: of the same edition.
        rows: the versions, in order.
        language: of the addresses.
    """
    pages = facets.newest_of_each_page(rows)
    counted = facets.page_counts(COUNTED, rows)
    texts = facets.one_of_each_text(pages, facets.newest)
    newest = facets.by_date(texts, newest_first=True)[:NEWEST]
    return {
        "pages": len(pages),
        "by_year": histogram(counted["year"]),
        **{f"{name}s": counted[name] for name in COUNTED if name != "year"},
        "newest": newest_hits(connection, newest, language),
    }


def newest_hits(connection: sqlite3.Connection, rows: Numbers, language: str) -> tuple[Hit, ...]:
    """Return rows as hits without marks."""
    return hits(connection, [int(row) + 1 for row in rows], Markers(), language)
