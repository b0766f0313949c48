"""Events as iCalendar: lines, times and escapes as RFC 5545 writes them, and only what the edition may show."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from archive.exports import export
from archive.exports.calendar import escape, fold, write_calendar
from tests.sample_archive import NOW, publish_sample


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """Give a public edition."""
    return publish_sample(tmp_path_factory.mktemp("calendar"))


def unfolded(text):
    """Return the content lines of a calendar, folding undone as section 3.1 says."""
    return text.replace("\r\n ", "").split("\r\n")[:-1]


@pytest.mark.parametrize(
    "text", ["a" * 300, "ä" * 200, "järjestö 😀 " * 40, "x" * 75, "x" * 76, ""]
)
def test_folded_lines_are_short_and_whole(text):
    """No line is longer than 75 octets, no character is cut, and unfolding gives the line back."""
    lines = fold(text).split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    assert unfolded(fold(text)) == [text]


def test_escapes_can_be_undone():
    """Backslash, semicolon, comma and line break are escaped; control characters are dropped."""
    assert escape("a\\b;c,d\ne\x00f\r\ng") == r"a\\b\;c\,d\nef\ng"


def calendar(path):
    """Return the content lines of the calendar of an edition."""
    with closing(sqlite3.connect(path)) as connection:
        text, _ = write_calendar(connection)
    return unfolded(text)


def test_event_tells_when_where_and_from_which_page(public):
    """Helsinki time becomes UTC; the evidence and the page stand in the description."""
    lines = calendar(public.published)
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//jarjestoarkisto//events//FI"]
    start = lines.index("DTSTART:20200205T150000Z")
    assert lines[start + 1] == "DTEND:20200205T170000Z"
    described = next(line for line in lines[start:] if line.startswith("DESCRIPTION:"))
    assert "5.2.2020 klo 17-19" in described
    assert "Yhdistysilta Haminassa" in described
    assert lines[-1] == "END:VCALENDAR"


def test_events_are_balanced_and_unique(public):
    """Each event begins, ends and has a name of its own."""
    lines = calendar(public.published)
    names = [line for line in lines if line.startswith("UID:")]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == len(names) == len(set(names))
    assert len(names) > 0


def test_days_end_on_the_day_after(tmp_path):
    """An event of whole days ends before the next day, as the standard counts."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE versions (id, title, url, site_name, first_seen)")
        connection.execute(
            'CREATE TABLE events (version, position, start, "end", place, title, evidence, year_inferred)'
        )
        connection.execute(
            "INSERT INTO versions VALUES ('v', NULL, 'https://a.example/', 'A', ?)",
            [datetime(2020, 1, 1, tzinfo=UTC).isoformat()],
        )
        connection.execute(
            "INSERT INTO events VALUES ('v', 0, '2020-12-30', '2020-12-31', NULL, NULL, '30.–31.12.', 1)"
        )
        text, number = write_calendar(connection)
    lines = unfolded(text)
    assert number == 1
    assert "DTSTART;VALUE=DATE:20201230" in lines
    assert "DTEND;VALUE=DATE:20210101" in lines
    assert "STATUS:TENTATIVE" in lines


def test_export_writes_a_calendar_of_what_was_asked_for(public, tmp_path):
    """The dataset holds events.ics where it is asked for, with its digest and its description."""
    export(public.published, tmp_path / "out", formats=("csv", "ics"), now=NOW)
    text = (tmp_path / "out" / "events.ics").read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert "events.ics" in (tmp_path / "out" / "SHA256SUMS").read_text()
    assert "events.ics" in (tmp_path / "out" / "README.md").read_text()
