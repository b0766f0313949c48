"""Count, year by year of publication, the pages that hold a word, beside all pages of the year.

A page with versions of several years counts once in each; so a point is what a search narrowed to its year finds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from archive.search.facets import UNKNOWN, Facets
from archive.search.searching import Request, matching


@dataclass(frozen=True, slots=True)
class Point:
    """One year of one word."""

    year: int
    pages: int
    """Pages of the year that hold the word."""
    of: int
    """All pages of the year, within the same filters."""

    @property
    def share(self) -> float | None:
        """Pages with the word in a hundred; ``None`` where the year has no pages."""
        return 100 * self.pages / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Trend:
    """One word over the years."""

    text: str
    points: tuple[Point, ...]
    undated: Point
    """Pages without a date; its year is 0."""


def trends(
    connection: sqlite3.Connection, facets: Facets, texts: Sequence[str], request: Request
) -> list[Trend]:
    """Return a trend for each of several searches, all over the same years.

    Args:
        connection: an edition, open for reading.
        facets: of the same edition.
        texts: what is looked for, each as in the search box.
        request: filters, and whether words are found inside compounds; its own text is not used.

    Raises:
        QueryProblem: one of the texts cannot be understood.
    """
    everything = _by_year(connection, facets, replace(request, text=""))
    known = sorted(int(year) for year in everything if year != UNKNOWN)
    span = range(known[0], known[-1] + 1) if known else range(0)
    made = []
    for text in texts:
        counts = _by_year(connection, facets, replace(request, text=text))
        points = (
            Point(year, counts.get(str(year), 0), everything.get(str(year), 0)) for year in span
        )
        undated = Point(0, counts.get(UNKNOWN, 0), everything.get(UNKNOWN, 0))
        made.append(Trend(text, tuple(points), undated))
    return made


def _by_year(connection: sqlite3.Connection, facets: Facets, request: Request) -> dict[str, int]:
    rows = np.array(matching(connection, facets, request), dtype=np.int64) - 1
    return facets.page_counts(["year"], rows)["year"]
