"""Trends: counts by year that a search confirms, and the picture made of them."""

import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest

from archive.exports.columns import trend_rows
from archive.search.facets import Facets
from archive.search.querytree import QueryProblem
from archive.search.searching import Request, search
from archive.search.trends import Point, Trend, trends
from archive.site.trendchart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, chart
from archive.site.trendpage import parts
from tests.sample_archive import HIDDEN_WORDS, publish_sample


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Open a public edition."""
    sample = publish_sample(tmp_path_factory.mktemp("trends"))
    with closing(sqlite3.connect(sample.published)) as connection:
        yield connection


@pytest.fixture(scope="module")
def facets(connection):
    """Load its facets."""
    return Facets(connection)


@pytest.mark.parametrize("filters", [{}, {"region": ("08", "09")}, {"lang": ("fi",)}])
def test_a_point_is_what_a_search_finds(connection, facets, filters):
    """Pages with the word and pages in all are the totals of the searches narrowed to the year."""
    for trend in trends(connection, facets, ["yhdistys", "avustus"], Request(filters=filters)):
        for point in trend.points:
            year = {**filters, "year": (str(point.year),)}
            for text, count in ((trend.text, point.pages), ("", point.of)):
                assert search(connection, facets, Request(text=text, filters=year)).total == count
            assert point.pages <= point.of
    assert [point.year for point in trend.points] == list(range(2017, 2024))


def test_a_page_counts_in_each_year_of_its_versions(tmp_path):
    """A page whose older version of 2010 holds the word counts in 2010, even if its newest does not."""
    sample = publish_sample(tmp_path)
    with closing(sqlite3.connect(sample.published)) as connection:
        connection.execute("UPDATE versions SET year = 2010 WHERE current = 0")
        (trend,) = trends(connection, Facets(connection), ["ilmoittautua"], Request())
    assert trend.points[0] == Point(2010, 1, 1)
    assert sum(point.pages for point in trend.points) == 1


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_hidden_words_count_nothing(connection, facets, word):
    """No year tells that a hidden page exists, neither with the word nor in all."""
    (trend,) = trends(connection, facets, [word], Request())
    assert not any(point.pages for point in (*trend.points, trend.undated))
    assert sum(point.of for point in (*trend.points, trend.undated)) == 25


def test_rows_of_a_download(connection, facets):
    """Each point is a row; pages without a date are a row without a year."""
    rows = list(trend_rows(trends(connection, facets, ["avustus"], Request())))
    assert [row[1] for row in rows] == [*range(2017, 2024), None]
    assert rows[0][:4] == ("avustus", 2017, 1, 2)
    assert rows[0][4] == 50.0


def test_chart_breaks_where_a_year_has_no_pages():
    """A year without pages has no mark, and no line crosses it; all marks lie within the picture."""
    points = [Point(2017, 1, 4), Point(2018, 4, 4), Point(2019, 0, 0), Point(2020, 0, 3)]
    picture = chart([Trend("a", tuple(points), Point(0, 0, 0))])
    (curve,) = picture.curves
    assert [mark.year for mark in curve.marks] == [2017, 2018, 2020]
    assert [len(piece.split()) for piece in curve.pieces] == [2, 1]
    assert all(LEFT <= mark.x <= WIDTH - RIGHT for mark in curve.marks)
    assert all(TOP <= mark.y <= HEIGHT - BOTTOM for mark in curve.marks)
    assert [level for _, level in picture.levels] == [0, 25, 50, 75, 100]


@pytest.mark.parametrize("years", [0, 1, 2, 40, 150])
def test_chart_of_any_span(years):
    """No years, one, or many: there is a picture, and its years do not lie on each other."""
    points = tuple(Point(1900 + n, 1, 2) for n in range(years))
    picture = chart([Trend("a", points, Point(0, 0, 0))])
    places = [x for x, _ in picture.years]
    assert all(b - a >= 44 for a, b in pairwise(places))
    assert picture.years or years == 0


def test_parts_divided_by_commas():
    """Words are divided by commas, but not inside quotes; a quote left open is a problem with a name."""
    assert parts(' a1 , "b, c" OR d,,a1') == ["a1", '"b, c" OR d']
    assert parts("") == []
    with pytest.raises(QueryProblem):
        parts('a, "b')
