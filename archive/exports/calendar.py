"""Write the events of an edition as iCalendar (RFC 5545), for calendar programs and timelines.

An event is what a text tells, so each says where it was read, and whether its year was inferred.
The same edition and the same request give the same bytes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

HELSINKI, UTC = ZoneInfo("Europe/Helsinki"), ZoneInfo("UTC")
OCTETS = 75
"""Longest line of a file, without its end (RFC 5545, section 3.1)."""
UNTOLD = "Tapahtuma (teksti vain alkuperäisellä sivulla)"
"""The name of an event whose text may not be shown."""
ESCAPED = re.compile(r"([\\;,])")

EVENTS = """
SELECT events.version, events.position, start, "end" AS finish, place, events.title, evidence, year_inferred,
  versions.title AS page, versions.url, versions.site_name, versions.first_seen
FROM events JOIN main.versions AS versions ON versions.id = events.version
{where} ORDER BY start, events.version, events.position
"""


def write_calendar(connection: sqlite3.Connection, *, narrowed: bool = False) -> tuple[str, int]:
    """Return the calendar of an edition, or of its chosen versions, and how many events it holds.

    Args:
        connection: the edition; with ``narrowed`` a table ``chosen`` names the versions.
        narrowed: leave out the events of other versions.
    """
    where = "WHERE events.version IN (SELECT id FROM chosen)" if narrowed else ""
    cursor = connection.execute(EVENTS.format(where=where))
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return "".join(map(fold, _lines(rows))), len(rows)


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//jarjestoarkisto//events//FI")
    yield "CALSCALE:GREGORIAN"
    for row in rows:
        yield "BEGIN:VEVENT"
        yield f"UID:{row['version']}-{row['position']}@jarjestoarkisto"
        yield f"DTSTAMP:{_utc(row['first_seen'])}"
        yield from _times(row["start"], row["finish"])
        yield f"SUMMARY:{escape(row['title'] or row['page'] or UNTOLD)}"
        if row["place"]:
            yield f"LOCATION:{escape(row['place'])}"
        yield f"DESCRIPTION:{escape(_description(row))}"
        yield f"URL:{row['url']}"
        yield "STATUS:" + ("TENTATIVE" if row["year_inferred"] else "CONFIRMED")
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _description(row: dict[str, Any]) -> str:
    parts = [f"{row['site_name']}: {row['page'] or row['url']}", f"“{row['evidence']}”"]
    if row["year_inferred"]:
        parts.append(
            "Vuosi on päätelty sivun päiväyksestä. / Året är härlett. / The year is inferred."
        )
    return "\n".join(parts)


def _times(start: str, finish: str | None) -> Iterator[str]:
    """Yield the lines of beginning and end; the end of whole days is the day after (section 3.6.1)."""
    if "T" in start:
        yield f"DTSTART:{_utc(start)}"
        if finish and "T" in finish and finish > start:
            yield f"DTEND:{_utc(finish)}"
        return
    last = date.fromisoformat((finish or start)[:10])
    yield f"DTSTART;VALUE=DATE:{start.replace('-', '')}"
    yield f"DTEND;VALUE=DATE:{(last + timedelta(days=1)).strftime('%Y%m%d')}"


def _utc(moment: str) -> str:
    """Return a moment in UTC, as iCalendar writes it; one without a zone is Helsinki time.

    >>> _utc("2020-02-05T17:00"), _utc("2020-07-05T17:00")
    ('20200205T150000Z', '20200705T140000Z')
    """
    when = datetime.fromisoformat(moment)
    aware = when if when.tzinfo else when.replace(tzinfo=HELSINKI)
    return aware.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escape(text: str) -> str:
    r"""Return a text as iCalendar writes it (section 3.3.11).

    >>> print(escape("Kahvit, puheet; loppu\nKotona"))
    Kahvit\, puheet\; loppu\nKotona
    """
    one = ESCAPED.sub(r"\\\1", text).replace("\r\n", "\n").replace("\n", r"\n")
    return "".join(char for char in one if char >= " ")


def fold(line: str) -> str:
    r"""Return a line with its end, folded at 75 octets and never inside a character (section 3.1).

    >>> fold("SUMMARY:lyhyt")
    'SUMMARY:lyhyt\r\n'
    """
    folded: list[str] = []
    held: list[str] = []
    size = 0
    for char in line:
        width = len(char.encode())
        if size + width > OCTETS:
            folded.append("".join(held))
            held, size = [" "], 1
        held.append(char)
        size += width
    return "\r\n".join([*folded, "".join(held)]) + "\r\n"
