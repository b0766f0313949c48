"""Dates are read in three languages, day first, and nothing else is taken for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dates import find_dates, helsinki_day, read_period, read_timestamp
from archive.extraction import extract_payload


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3. maaliskuuta 2020", "2020-03-03"),
        ("16 joulukuun, 2022", "2022-12-16"),
        ("joulu 16, 2022", "2022-12-16"),
        ("26 maaliskuu 2019", "2019-03-26"),
        ("18 helmikuun, 2020", "2020-02-18"),
        ("tiistaina 9.4.2019 klo 12", "2019-04-09"),
        ("18.02.2020", "2020-02-18"),
        ("3. 2. 2020", "2020-02-03"),
        ("26.1.21", "2021-01-26"),
        ("25.9.98", "1998-09-25"),
        ("den 5 mars 2021", "2021-03-05"),
        ("tisdag, 12 mars, 2024 - 17:36", "2024-03-12"),
        ("28 april 2021", "2021-04-28"),
        ("5th of March 2021", "2021-03-05"),
        ("March 5, 2021", "2021-03-05"),
        ("Tue, 03 Mar 2020 10:02:11 GMT", "2020-03-03"),
        ("8/12/2023", "2023-12-08"),
        ("2023-12-08", "2023-12-08"),
        ("ti, 03/17/2020 - 10:15", "2020-03-17"),
        ("ke, 04/03/2020 - 10:15", "2020-03-04"),
    ],
)
def test_date_is_read(text, wanted):
    """One date is found, and it is the right one; Drupal's order is settled by the weekday."""
    assert [found.day.isoformat() for found in find_dates(text)] == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("31.11.2021", id="no-such-day"),
        pytest.param("29.2.2021", id="no-leap-year"),
        pytest.param("kuntalaki (410/2015)", id="statute"),
        pytest.param("HE 2020:12 ja 246 §", id="bill"),
        pytest.param("tiistaina 17.3. klo 17", id="no-year"),
        pytest.param("huhtikuussa 2019", id="month-only"),
        pytest.param("523/2022", id="record-number"),
        pytest.param("Viikko 4/2026", id="week"),
        pytest.param("luku 2.2.10.2020", id="numbering"),
        pytest.param("syntynyt 5.3.1961", id="before-the-web"),
        pytest.param("10.0.0.2021", id="address"),
    ],
)
def test_no_date_is_invented(text):
    """What only looks like a date gives none."""
    assert list(find_dates(text)) == []


def test_slashes_follow_the_site():
    """A site file may say that its slashed dates put the month first."""
    (found,) = find_dates("03/04/2020", order="mdy")
    assert found.day.isoformat() == "2020-03-04"


def test_offsets_give_the_exact_characters():
    """The offsets cut the date out of its text."""
    text = "Kokous oli 3. maaliskuuta 2020 Oulussa"
    (found,) = find_dates(text)
    assert text[found.start : found.end] == "3. maaliskuuta 2020"


@pytest.mark.parametrize(
    ("stamp", "wanted"),
    [
        ("2022-12-15T22:30:00+00:00", "2022-12-16"),
        ("2022-12-15T22:30:00Z", "2022-12-16"),
        ("2022-06-15T20:59:00Z", "2022-06-15"),
        ("2022-06-15T21:00:00Z", "2022-06-16"),
        ("2022-12-16T00:30:00+02:00", "2022-12-16"),
        ("2022-12-16T09:12:00", "2022-12-16"),
        ("20221216", "2022-12-16"),
        ("2020-03-03T10:02:11+0200", "2020-03-03"),
    ],
)
def test_time_stamps_are_told_in_helsinki_time(stamp, wanted):
    """A moment with a zone is the day that it was in Finland, summer and winter."""
    assert read_timestamp(stamp).isoformat() == wanted


def test_day_of_a_capture_is_local():
    """A capture late on New Year's Eve in UTC was made on New Year's Day."""
    assert helsinki_day(datetime(2022, 12, 31, 22, 30, tzinfo=UTC)).isoformat() == "2023-01-01"


@given(st.text(alphabet="0123456789./-:, klotihemaskun", max_size=60))
def test_no_text_raises(text):
    """Any run of figures and signs is read without an error, and offsets stay in order."""
    found = list(find_dates(text))
    assert found == sorted(found, key=lambda hit: hit.start)
    read_timestamp(text)


@pytest.mark.parametrize(
    ("text", "first", "precision"),
    [
        ("2019", "2019-01-01", "year"),
        ("vuonna 2019.", "2019-01-01", "year"),
        ("år 2019", "2019-01-01", "year"),
        ("2019-05", "2019-05-01", "month"),
        ("toukokuussa 2019", "2019-05-01", "month"),
        ("maj 2019", "2019-05-01", "month"),
        ("05/2019", "2019-05-01", "month"),
    ],
)
def test_month_or_year_is_read(text, first, precision):
    """What is all of a text and no day is a period."""
    found = read_period(text)
    assert (found.first.isoformat(), found.precision) == (first, precision)


@pytest.mark.parametrize(
    "text", ["410/2015", "13/2019", "2018–2019", "2019 Kuopiossa", "1. painos 2019", "1987", "", "3.3.2020"]
)  # fmt: skip
def test_no_month_and_no_year(text):
    """Statutes, periods of years, places and old years are none."""
    assert read_period(text) is None


def _published(body, head="", url="https://kyt.fi/opas", captured=datetime(2024, 6, 1, tzinfo=UTC)):
    prose = "<p>Järjestöjen ja kuntien yhteinen opas kertoo, miten pöytä kootaan ja mitä siellä sovitaan.</p>"
    page = f"<html><head><title>Opas</title>{head}</head><body class='single-post'><main><h1>Opas</h1>{body}{prose * 6}</main></body></html>"
    found = extract_payload(page.encode(), url=url, content_type="text/html; charset=utf-8", captured=captured)  # fmt: skip
    stated = found.published
    return (stated.value, stated.precision, stated.source, stated.evidence) if stated else None


@pytest.mark.parametrize(
    ("body", "head", "wanted"),
    [
        ("<p>Julkaistu 2019</p>", "", ("2019", "year", "label", "Julkaistu 2019")),
        ("<p>Julkaisuvuosi: 2019</p>", "", ("2019", "year", "label", "Julkaisuvuosi: 2019")),
        ("<p>Publicerad i maj 2019</p>", "", None),
        ("<p>Publicerad maj 2019</p>", "", ("2019-05", "month", "label", "Publicerad maj 2019")),
        ("<p>Julkaistu</p><p>2019</p>", "", ("2019", "year", "label", "Julkaistu 2019")),
        ("", "<meta name='dcterms.issued' content='2019-05'>", ("2019-05", "month", "meta", "2019-05")),
        ("<p>Julkaistu 2019</p><p>3.3.2020 Aino Aalto</p>", "<meta name='dcterms.issued' content='2020-02-01'>", ("2020-02-01", "day", "meta", "2020-02-01")),
        ("<p>Julkaistu 2019 Kuopiossa</p>", "", None),
        ("<p>Opas on julkaistu 2019</p>", "", None),
        ("<p>Julkaistu 2031</p>", "", None),
        ("<p>© 2019</p>", "<meta name='date' content='2019'>", None),
    ],
    ids=["year", "year-of-publication", "in-prose-sv", "month", "two-lines", "meta", "a-day-goes-before", "place", "prose", "future", "copyright"],
)  # fmt: skip
def test_pages_that_tell_a_month_or_a_year(body, head, wanted):
    """A labelled year is a date of precision year; prose, copyright and what lies ahead are none."""
    assert _published(body, head) == wanted
