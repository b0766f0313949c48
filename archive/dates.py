"""Read the dates that Finnish, Swedish and English texts and machines write.

Day first, except where Drupal writes "ti, 03/17/2020 - 10:15" or a site file says ``mdy``.
Dates that no calendar has (31.11.2021), dates without a year, and statute numbers (410/2015) are not dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
FIRST_YEAR = 1994
"""The first pages of Finnish associations; older dates in a text tell history, not publication."""
DateOrder = Literal["dmy", "mdy"]

FINNISH = (
    *("tammi", "helmi", "maalis", "huhti", "touko", "kesä"),
    *("heinä", "elo", "syys", "loka", "marras", "joulu"),
)
SWEDISH = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)
ENGLISH = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def _month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    rows = zip(FINNISH, SWEDISH, ENGLISH, strict=True)
    for number, (finnish, swedish, english) in enumerate(rows, 1):
        for ending in ("", "kuu", "kuuta", "kuun", "kuussa"):
            names[finnish + ending] = number
        for name in (swedish, english, swedish[:3], english[:3]):
            names.setdefault(name, number)
    return names | {"sept": 9}


MONTHS = _month_names()
"""Month names in every form that stands in a date, lower case, to their numbers."""
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
WEEKDAYS = [
    *("ma", "ti", "ke", "to", "pe", "la", "su"),
    *("mån", "tis", "ons", "tor", "fre", "lör", "sön"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
]
"""Short weekdays, three languages of seven."""
YEAR = r"(?:19[89]\d|20[0-4]\d)"

DOTTED = re.compile(
    rf"(?<![\d.,/+-])(?P<d>\d{{1,2}})\.\s?(?P<m>\d{{1,2}})\.(?:\s?(?P<y>{YEAR})|(?P<yy>\d\d))(?!\d|\.\d)"
)
DAY_MONTH = re.compile(
    rf"(?<![\d.,/])(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th)?\s+(?:päivänä\s+|of\s+)?(?P<mw>{MONTH})\b[.,]{{0,2}}\s+(?P<y>{YEAR})(?!\d)",
    re.IGNORECASE,
)
MONTH_DAY = re.compile(
    rf"(?<!\w)(?P<mw>{MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,\s+(?P<y>{YEAR})(?!\d)",
    re.IGNORECASE,
)
ISO = re.compile(rf"(?<![\d-])(?P<y>{YEAR})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d|-\d)")
SLASHED = re.compile(rf"(?<![\d/])(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})/(?P<y>{YEAR})(?![\d/])")
DRUPAL = re.compile(
    rf"\b(?P<wd>{'|'.join(WEEKDAYS)}),\s"
    rf"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>{YEAR})(?=\s-\s\d)",
    re.IGNORECASE,
)
FORMS = (DOTTED, DAY_MONTH, MONTH_DAY, ISO, SLASHED)
TIMESTAMP = re.compile(
    rf"\s*(?P<y>{YEAR})-?(?P<m>\d\d)-?(?P<d>\d\d)"
    r"(?:[T ]\s?(?P<h>\d\d):?(?P<min>\d\d)(?::?(?P<s>\d\d)(?:[.,]\d+)?)?\s?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?)?(?!\d)"
)


MONTH_OF_YEAR = re.compile(
    rf"(?:(?P<mw>{MONTH})(?:ssa|ssä)?\s+|(?P<m>0?[1-9]|1[0-2])/)(?P<y>{YEAR})", re.IGNORECASE
)
YEAR_ALONE = re.compile(rf"(?:(?:vuonna|år|in)\s+)?(?P<y>{YEAR})", re.IGNORECASE)
ISO_PERIOD = re.compile(rf"(?P<y>{YEAR})(?:-(?P<m>0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A month or a year that a text gives."""

    first: date
    """Its first day."""
    precision: Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A full date in a text."""

    day: date
    start: int
    """Offset of its first character."""
    end: int


def find_dates(text: str, *, order: DateOrder = "dmy") -> Iterator[FoundDate]:
    """Yield the full dates of a text in their order, two-digit years included.

    >>> [found.day.isoformat() for found in find_dates("16 joulukuun, 2022, den 5 mars 2021 ja 25.9.18")]
    ['2022-12-16', '2021-03-05', '2018-09-25']
    >>> list(find_dates("31.11.2021, laki 410/2015, tiistaina 17.3. klo 17"))
    []
    """
    found = {}
    for form in FORMS:
        for match in form.finditer(text):
            if hit := _hit(match, order):
                found[hit.start] = hit
    for match in DRUPAL.finditer(text):
        found.pop(match.start("m"), None)
        if hit := _drupal_hit(match):
            found[hit.start] = hit
    yield from sorted(found.values(), key=lambda hit: hit.start)


def first_date(text: str, *, order: DateOrder = "dmy") -> FoundDate | None:
    """Return the first full date of a text."""
    return next(find_dates(text, order=order), None)


def read_period(text: str) -> FoundPeriod | None:
    """Return the month or the year that is all of a text.

    >>> read_period("toukokuussa 2019"), read_period("2019-05") == read_period("5/2019")
    (FoundPeriod(first=datetime.date(2019, 5, 1), precision='month'), True)
    >>> read_period("vuonna 2019").precision, read_period("2019 Kuopiossa"), read_period("2018-2019")
    ('year', None, None)
    """
    tidy = text.strip(" .:")
    match = next(filter(None, (form.fullmatch(tidy) for form in PERIODS)), None)
    if match is None:
        return None
    parts = match.groupdict()
    month = MONTHS[parts["mw"].lower()] if parts.get("mw") else int(parts.get("m") or 0)
    first = make_date(int(parts["y"]), month or 1, 1)
    return FoundPeriod(first, "month" if month else "year") if first else None


PERIODS = (ISO_PERIOD, MONTH_OF_YEAR, YEAR_ALONE)


def _hit(match: re.Match[str], order: DateOrder) -> FoundDate | None:
    parts = match.groupdict()
    year = int(parts["y"]) if parts.get("y") else century(int(parts["yy"]))
    month = MONTHS[parts["mw"].lower()] if "mw" in parts else int(parts["m"])
    day = int(parts["d"])
    if match.re is SLASHED and order == "mdy":
        day, month = month, day
    value = make_date(year, month, day)
    return FoundDate(value, match.start(), match.end()) if value else None


def _drupal_hit(match: re.Match[str]) -> FoundDate | None:
    """Read the order that agrees with the weekday; without one that does, month first, as Drupal 7 writes."""
    first, second, year = int(match["m"]), int(match["d"]), int(match["y"])
    month_first, day_first = make_date(year, first, second), make_date(year, second, first)
    weekday = WEEKDAYS.index(match["wd"].lower()) % 7
    agrees = [day for day in (month_first, day_first) if day and day.weekday() == weekday]
    value = next(iter(agrees), month_first)
    return FoundDate(value, match.start(), match.end()) if value else None


def century(year: int) -> int:
    """Return the full year of a two-digit one: 94 to 99 are before 2000.

    >>> century(98), century(21)
    (1998, 2021)
    """
    return year + (1900 if year >= FIRST_YEAR % 100 else 2000)


def make_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or ``None`` where the calendar has none or it is older than the web of associations."""
    try:
        value = date(year, month, day)
    except ValueError:
        return None
    return value if year >= FIRST_YEAR else None


def read_timestamp(text: str, *, order: DateOrder = "dmy") -> date | None:
    """Return the Helsinki date of a machine's time stamp, or the first date of a human's.

    >>> read_timestamp("2022-12-15T23:30:00+00:00").isoformat()
    '2022-12-16'
    >>> read_timestamp("3. maaliskuuta 2020 klo 10").isoformat()
    '2020-03-03'
    """
    stamp = TIMESTAMP.match(text)
    if stamp is None:
        found = first_date(text, order=order)
        return found.day if found else None
    day = make_date(int(stamp["y"]), int(stamp["m"]), int(stamp["d"]))
    return _in_helsinki(stamp, day) if day and stamp["zone"] else day


def _in_helsinki(stamp: re.Match[str], day: date) -> date:
    zone = stamp["zone"].replace("Z", "+00:00").replace("UTC", "+00:00")
    clock = f"{stamp['h']}:{stamp['min']}:{stamp['s'] or '00'}"
    try:
        moment = datetime.fromisoformat(f"{day.isoformat()}T{clock}{zone}")
    except ValueError:
        return day
    return moment.astimezone(HELSINKI).date()


def helsinki_day(moment: datetime) -> date:
    """Return the day that it was in Helsinki at an aware moment.

    >>> helsinki_day(datetime.fromisoformat("2022-12-31T23:00:00+00:00")).isoformat()
    '2023-01-01'
    """
    return moment.astimezone(HELSINKI).date()
