"""Count, year by year of publication, how often words stand, and on how many pages, beside all words and pages of the year.

A page with versions of several years counts once in each; so a point's pages are what a search narrowed to its year finds.
Of a page that changed within a year its last text counts, so that an often mended page does not weigh more than others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.search.facets import UNKNOWN, Facets, Numbers
from archive.search.matching import Matcher
from archive.search.queries import parse
from archive.search.searching import Request

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Point:
    """One year of one word."""

    year: int
    pages: int
    """Pages of the year that hold the word."""
    of: int
    """All pages of the year, within the same filters."""
    occurrences: int | None
    """How often the word stands on them; ``None`` where no words are looked for."""
    words: int
    """All words of the year, within the same filters."""

    @property
    def share(self) -> float | None:
        """Pages with the word in a hundred; ``None`` where the year has no pages."""
        return 100 * self.pages / self.of if self.of else None

    @property
    def per_million(self) -> float | None:
        """Occurrences in a million words; ``None`` where there are none to count among."""
        if self.occurrences is None or not self.words:
            return None
        return MILLION * self.occurrences / self.words


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
    within = facets.filtered(facets.everything(), request.filters)
    last = facets.newest_of_each_page_and_year(within)
    everything = _ByYear(
        facets.page_counts(["year"], within)["year"],
        words=facets.sums("year", last, facets.words[last]),
    )
    known = sorted(int(year) for year in everything.pages if year != UNKNOWN)
    span = range(known[0], known[-1] + 1) if known else range(0)
    made = []
    for text in texts:
        matcher = Matcher(connection, facets, compounds=request.compounds)
        counted = _counted(matcher, facets, text, within, last)
        points = tuple(_point(year, str(year), counted, everything) for year in span)
        made.append(Trend(text, points, _point(0, UNKNOWN, counted, everything)))
    return made


@dataclass(frozen=True, slots=True)
class _ByYear:
    """What was counted, by year."""

    pages: Mapping[str, int]
    words: Mapping[str, int] | None
    """Words in all, or of these the ones looked for."""


def _counted(
    matcher: Matcher, facets: Facets, text: str, within: Numbers, last: Numbers
) -> _ByYear:
    """Count pages and occurrences of what is looked for."""
    node = parse(text)
    marks = matcher.marks(node)
    pages = facets.page_counts(["year"], within[marks[within]])["year"]
    occurrences = matcher.occurrences(node)
    if occurrences is None:
        return _ByYear(pages, words=None)
    rows = last[marks[last]]
    return _ByYear(pages, words=facets.sums("year", rows, occurrences[rows]))


def _point(year: int, value: str, counted: _ByYear, everything: _ByYear) -> Point:
    return Point(
        year,
        pages=counted.pages.get(value, 0),
        of=everything.pages.get(value, 0),
        occurrences=None if counted.words is None else counted.words.get(value, 0),
        words=(everything.words or {}).get(value, 0),
    )
