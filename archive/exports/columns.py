"""Name the columns of what a search makes: lines of a concordance, points of trends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archive.edition import Kind
from archive.exports.formats import Column
from archive.search.concordance import Line
from archive.search.trends import Trend


def _columns(*described: tuple[str, Kind, str]) -> tuple[Column, ...]:
    return tuple(Column(*one) for one in described)


LINES = _columns(
    ("version", "text", "id of the version that holds the hit"),
    ("page", "text", "id of its page"),
    ("site", "text", "id of its site"),
    ("site_name", "text", "name of the site"),
    ("region", "text", "code of the region that the version is about"),
    ("published", "text", "publication date, as long as it is precise"),
    ("language", "text", "ISO 639-1 code of the main language of the version"),
    ("url", "text", "address of the page"),
    ("part", "text", "title or text; for a text that may not be shown, its excerpt"),
    ("position", "integer", "characters before the hit in that part"),
    ("left", "text", "what stands before the hit"),
    ("hit", "text", "what was found, as written"),
    ("right", "text", "what stands after the hit"),
)
TRENDS = _columns(
    ("query", "text", "what was searched for"),
    ("year", "integer", "year of publication; empty for pages without a date"),
    ("pages", "integer", "pages of the year that hold it"),
    ("of", "integer", "all pages of the year, within the same filters"),
    ("share", "real", "pages that hold it in a hundred pages; empty where the year has none"),
    (
        "occurrences",
        "integer",
        "how often it stands on pages of the year; empty where no words are looked for",
    ),
    ("words", "integer", "all words of the year, within the same filters"),
    (
        "per_million",
        "real",
        "occurrences in a million words; empty where there are none to count among",
    ),
)


def line_row(line: Line) -> tuple[Any, ...]:
    """Return a line as a row of `LINES`."""
    return tuple(getattr(line, column.name) for column in LINES)


def trend_rows(trends: Sequence[Trend]) -> Iterator[tuple[Any, ...]]:
    """Yield the points of trends as rows of `TRENDS`."""
    for trend in trends:
        for point in (*trend.points, trend.undated):
            yield (
                *(trend.text, point.year or None),
                *(point.pages, point.of, _rounded(point.share)),
                *(point.occurrences, point.words, _rounded(point.per_million)),
            )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
