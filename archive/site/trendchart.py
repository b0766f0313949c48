"""Draw trends as lines over the years: where each line, mark and scale of the picture stands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.search.trends import MILLION, Point, Trend

Measure = Literal["words", "pages"]
"""Occurrences in a million words, or pages in a hundred pages."""
WHOLE: dict[Measure, float] = {"words": MILLION, "pages": 100}

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 16, 34
"""Room for the scales around the lines."""
STEPS = 4
"""Lines of the scale above nothing."""
LABEL_ROOM = 44
"""Units that the label of a year needs."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of a line."""

    x: float
    y: float
    point: Point
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One word: its line, in pieces where years have no pages, and its points."""

    text: str
    number: int
    pieces: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture."""

    curves: tuple[Curve, ...]
    levels: tuple[tuple[float, float], ...]
    """Height of each line of the scale, and the value that it stands for."""
    years: tuple[tuple[float, int], ...]
    """Place of each year that is named."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def value_of(point: Point, measure: Measure) -> float | None:
    """Return what is drawn of a point; ``None`` where there is nothing to measure by."""
    return point.per_million if measure == "words" else point.share


def chart(trends: Sequence[Trend], measure: Measure) -> Chart:
    """Return the picture of some trends over the same years."""
    years = [point.year for point in trends[0].points] if trends else []
    values = (value_of(point, measure) for trend in trends for point in trend.points)
    top = scale_top(max((value or 0 for value in values), default=0), WHOLE[measure])
    curves = (_curve(trend, number, years, top, measure) for number, trend in enumerate(trends, 1))
    levels = (top * step / STEPS for step in range(STEPS + 1))
    return Chart(
        curves=tuple(curves),
        levels=tuple((_y(level, top), level) for level in levels),
        years=tuple(_named(years)),
    )


def scale_top(highest: float, whole: float) -> float:
    """Return the end of a scale that holds a value and divides into round steps; the whole at most.

    >>> [scale_top(share, 100.0) for share in (0, 0.03, 3.2, 17, 61, 100)]
    [4.0, 0.04, 4.0, 20.0, 80.0, 100.0]
    """
    if highest <= 0:
        return float(STEPS)
    unit = 10.0 ** math.floor(math.log10(highest))
    tops = (unit * factor for factor in (1, 2, 4, 8, 10, 20))
    return min(whole, next(round(top, 6) for top in tops if top >= highest))


def _curve(trend: Trend, number: int, years: Sequence[int], top: float, measure: Measure) -> Curve:
    valued = ((point, value_of(point, measure)) for point in trend.points)
    marks = [
        Mark(_x(point.year, years), _y(value, top), point, value)
        for point, value in valued
        if value is not None
    ]
    return Curve(trend.text, number, tuple(_pieces(marks)), tuple(marks))


def _pieces(marks: Sequence[Mark]) -> Iterator[str]:
    """Yield the points of each unbroken run of years, as a polyline takes them."""
    piece: list[Mark] = []
    for mark in marks:
        if piece and mark.point.year != piece[-1].point.year + 1:
            yield _points(piece)
            piece = []
        piece.append(mark)
    if piece:
        yield _points(piece)


def _points(marks: Sequence[Mark]) -> str:
    return " ".join(f"{mark.x},{mark.y}" for mark in marks)


def _x(year: int, years: Sequence[int]) -> float:
    if len(years) == 1:
        return (LEFT + WIDTH - RIGHT) / 2
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (year - years[0]) / (years[-1] - years[0]), 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)


def _named(years: Sequence[int]) -> Iterator[tuple[float, int]]:
    """Yield the years to name: all, or every second, fifth or tenth where there is less room."""
    room = (WIDTH - LEFT - RIGHT) / max(1, len(years) - 1)
    every = next(step for step in (1, 2, 5, 10, 100) if step * room >= LABEL_ROOM or step == 100)
    for year in years:
        if year % every == 0:
            yield _x(year, years), year
