"""Count pages year by year, for a chart whose bars lead to what they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.search.facets import UNKNOWN

LEAST = 2.0
"""Height of the lowest bar in per cent: what is there at all can be seen."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Pages by year of publication."""

    years: tuple[tuple[int, int, float], ...]
    """Each year from the first to the last with its count, and that as a share of the highest in per cent."""
    undated: int
    chosen: tuple[str, ...] = ()
    """Years that a search is narrowed to."""


def histogram(counts: Mapping[str, int], chosen: tuple[str, ...] = ()) -> Histogram:
    """Return the counts of a facet of years as a histogram.

    >>> histogram({"2018": 2, "2020": 1, "-": 5}).years
    ((2018, 2, 100.0), (2019, 0, 0.0), (2020, 1, 50.0))
    """
    years = {int(year): count for year, count in counts.items() if year.isdecimal()}
    most = max(years.values(), default=0)
    span = range(min(years), max(years) + 1) if years else range(0)
    bars = ((year, years.get(year, 0), share(years.get(year, 0), most)) for year in span)
    return Histogram(tuple(bars), counts.get(UNKNOWN, 0), chosen)


def share(count: int, most: int) -> float:
    """Return a count as a share of the highest, in per cent."""
    return max(LEAST, round(100 * count / most, 1)) if count else 0.0
