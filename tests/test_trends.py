"""Trends: counts by year that a search confirms, and the picture made of them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import pytest

from archive.exports.columns import trend_rows
from archive.search.concordance import concordance
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
    first = trend.points[0]
    assert (first.year, first.pages, first.of) == (2010, 1, 1)
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
    points = [_pages(2017, 1, 4), _pages(2018, 4, 4), _pages(2019, 0, 0), _pages(2020, 0, 3)]
    picture = chart([Trend("a", tuple(points), _pages(0, 0, 0))], "pages")
    (curve,) = picture.curves
    assert [mark.point.year for mark in curve.marks] == [2017, 2018, 2020]
    assert [len(piece.split()) for piece in curve.pieces] == [2, 1]
    assert all(LEFT <= mark.x <= WIDTH - RIGHT for mark in curve.marks)
    assert all(TOP <= mark.y <= HEIGHT - BOTTOM for mark in curve.marks)
    assert [level for _, level in picture.levels] == [0, 25, 50, 75, 100]


@pytest.mark.parametrize("years", [0, 1, 2, 40, 150])
def test_chart_of_any_span(years):
    """No years, one, or many: there is a picture, and its years do not lie on each other."""
    points = tuple(_pages(1900 + n, 1, 2) for n in range(years))
    picture = chart([Trend("a", points, _pages(0, 0, 0))], "pages")
    places = [x for x, _ in picture.years]
    assert all(b - a >= 44 for a, b in pairwise(places))
    assert picture.years or years == 0


def _pages(year, pages, of):
    """Return a point of which only the pages are told."""
    return Point(year, pages, of, occurrences=None, words=0)


def test_chart_by_words():
    """The scale of occurrences holds the highest rate; a year without words has no mark."""
    points = (Point(2019, 1, 2, 3, 6_000), Point(2020, 1, 1, 0, 500), Point(2021, 0, 1, 0, 0))
    picture = chart([Trend("a", points, _pages(0, 0, 0))], "words")
    assert [(mark.point.year, mark.value) for mark in picture.curves[0].marks] == [
        (2019, 500),
        (2020, 0),
    ]
    assert picture.levels[-1] == (TOP, 800)


@pytest.mark.parametrize(
    "text",
    ["yhdistys", "kumppanuus*", '"saman pöydän"', "avustus OR kunta", "avustus yhdistys"],
)
@pytest.mark.parametrize("compounds", [True, False], ids=["compounds", "words"])
def test_occurrences_are_the_lines_of_the_year(connection, facets, text, compounds):
    """The word stands as often in a year as it has lines in the texts that readers see, hidden parts aside."""
    request = Request(
        text=text, compounds=compounds, filters={"site": open_sites(connection)}, size=99
    )
    (trend,) = trends(connection, facets, [text], request)
    for point in (*trend.points, trend.undated):
        of_year = {**request.filters, "year": (str(point.year or "-"),)}
        found = search(connection, facets, replace(request, filters=of_year))
        assert point.occurrences == len(concordance(connection, found).lines), point.year
    assert any(point.occurrences for point in trend.points)


def open_sites(connection):
    """Return the sites whose texts are shown whole."""
    rows = connection.execute("SELECT id FROM sites WHERE access = 'open'")
    return tuple(site for (site,) in rows)


def test_words_of_a_year(connection, facets):
    """All words of a year are those of the last text of each of its pages."""
    (trend,) = trends(connection, facets, ["avustus"], Request())
    for point in trend.points:
        texts = connection.execute(
            "SELECT sum(words) FROM (SELECT words, max(docid) FROM versions WHERE year = ? GROUP BY page)",
            [point.year],
        ).fetchone()[0]
        assert point.words == (texts or 0)
    assert sum(point.words for point in trend.points) > 300


def test_no_words_no_occurrences(connection, facets):
    """A search for fields alone counts pages; it says of no word how often it stands."""
    (trend,) = trends(connection, facets, ["lang:sv"], Request())
    assert any(point.pages for point in trend.points)
    assert {point.occurrences for point in trend.points} == {None}
    assert {point.per_million for point in trend.points} == {None}


def test_parts_divided_by_commas():
    """Words are divided by commas, but not inside quotes; a quote left open is a problem with a name."""
    assert parts(' a1 , "b, c" OR d,,a1') == ["a1", '"b, c" OR d']
    assert parts("") == []
    with pytest.raises(QueryProblem):
        parts('a, "b')
