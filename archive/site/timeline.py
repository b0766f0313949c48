"""Place the versions and captures of a page on a line of time, in per cent of its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

NARROWEST = 1.2
"""Per cent: a version that was seen once is still to be seen."""
FEWEST = 4
"""Versions and captures, together, that make a line worth looking at."""
MOST_YEARS = 12
"""Years that are named; of more, every second or third."""


@dataclass(frozen=True, slots=True)
class Span:
    """One version on the line."""

    id: str
    start: float
    width: float
    row: int
    """Neighbours lie in two rows, so that the end of one and the beginning of the next can be told apart."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The line: its versions from the oldest, the captures, and where years begin."""

    spans: tuple[Span, ...]
    captures: tuple[float, ...]
    years: tuple[tuple[int, float], ...]


def timeline(versions: Sequence[Mapping[str, Any]], captures: Sequence[str]) -> Timeline | None:
    """Return the line of time of a page; ``None`` where there is too little to see on it.

    Args:
        versions: rows with ``id``, ``first_seen`` and ``last_seen``, newest first.
        captures: moments of captures.
    """
    moments = [datetime.fromisoformat(one) for one in captures]
    if len(set(moments)) < 2 or len(versions) + len(set(moments)) < FEWEST:
        return None
    first, last = min(moments), max(moments)

    def place(moment: datetime) -> float:
        return round(100 * ((moment - first) / (last - first)), 2)

    spans = []
    for row, version in enumerate(reversed(versions)):
        start = min(place(datetime.fromisoformat(version["first_seen"])), 100 - NARROWEST)
        end = place(datetime.fromisoformat(version["last_seen"]))
        spans.append(Span(version["id"], start, round(max(end - start, NARROWEST), 2), row % 2))
    return Timeline(
        tuple(spans), tuple(sorted({place(one) for one in moments})), _years(first, last, place)
    )


def _years(first: datetime, last: datetime, place: Any) -> tuple[tuple[int, float], ...]:
    """Return where years begin, where more than one does and the line is long enough to name them."""
    years = range(first.year + 1, last.year + 1)
    if last - first < timedelta(days=60):
        return ()
    step = 1 + len(years) // MOST_YEARS
    return tuple(
        (year, place(first.replace(year=year, month=1, day=1, hour=0, minute=0, second=0)))
        for year in years[::step]
    )
