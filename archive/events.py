"""Find the dated happenings that a text tells: a day with a time, a weekday or a word for a gathering.

A bare date is no event, nor is a deadline, a day of publication, a statute number or a day that no calendar has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from archive.dates import MONTH, MONTHS, YEAR, century, make_date
from archive.records import Event

_LONG_DAYS = (
    r"(?:maanantai|tiistai|torstai|perjantai|lauantai|sunnuntai)(?:na|sta)?|keskiviikko(?:na|sta)?"
)
_SWEDISH_DAYS = r"(?:månda|tisda|onsda|torsda|freda|lörda|sönda)g(?:en)?"
_WEEKDAY = rf"(?:{_LONG_DAYS}|{_SWEDISH_DAYS}|(?:ma|ti|ke|to|pe|la|su)(?=[\s.]))"
_CLOCK = r"(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?"
WHEN = re.compile(
    rf"(?:(?<![^\W\d])(?P<weekday>{_WEEKDAY})\.?,?\s+(?:den\s+)?)?"
    rf"(?<![\d.,/+§-])(?:(?P<from>\d{{1,2}})\.(?:(?P<frommonth>\d{{1,2}})\.)?\s?[-–]\s?)?"
    rf"(?:(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})(?:\.|(?=,\s|\sklo\s))(?:\s?(?P<year>{YEAR})|(?P<yy>\d\d)(?![.:]\d))?(?!\d)"
    rf"|(?P<wordday>\d{{1,2}})\.?\s(?P<word>{MONTH})\b(?:,?\s(?P<wordyear>{YEAR}))?)"
    rf"(?:,?\s*(?:klo|kl|kello)\.?\s*(?P<begin>{_CLOCK})(?!\d)(?:\s*[-–]\s*(?P<finish>{_CLOCK})(?!\d))?)?",
    re.IGNORECASE,
)
GATHERING = re.compile(
    r"kokoontu|kokou[ks]|tapaami|tilaisuu|järjest(?:ää|etään|ettiin|ettävä|i\b|ivät)|pidetään|pidettiin|vietetään|seminaari|webinaari"
    r"|koulutus|koulutuks|iltapäiv|aamupäiv|\w*iltama|työpaja|\w*paj[aoi]|tapahtum|\w*päivät?\b|messu|kurssi|juhla|kävelee|retki"
    r"|\bpiti\b|\baika:|\bajankohta:|\bkävi\b|keskustelemme|\bordnas|\bmöte|\btid:|\bseminari|\butbildning|\bträff|evenemang"
    r"|\bmeeting|\bworkshop|\bconference",
    re.IGNORECASE,
)
NO_EVENT_BEFORE = re.compile(
    r"(?:julkaistu|päivitetty|muokattu|publicerad|uppdaterad|viimeistään|senast|©|§|asti|saakka|voimaan|alkaen|syntynyt"
    r"|avautui|avautuu|aukeaa|päättyy|päättyi|sulkeutuu|haku\w*|ilmoittaudu|ilmoittautumi\w+|anmäl\w*)[^.!?\n]{0,25}$",
    re.IGNORECASE,
)
NO_EVENT_AFTER = re.compile(
    r"\W{0,3}(?:mennessä|asti|saakka|alkaen|lähtien|avautui|avautuu|aukeaa|annettu|päivätty|asiakirja)",
    re.IGNORECASE,
)
PLACE_LABEL = re.compile(
    r"(?:^|\s)(?:paikka|missä|plats|var|place)\s*:\s*([^\n;]{3,100}?)(?=[.;]?\s*(?:\n|$)|\.\s)",
    re.IGNORECASE,
)
PLACE_ONLINE = re.compile(
    r"\b(?:Teams|Zoom)(?:-\w+|issa|illa|in kautta)?\b|\b(?:etänä|etäyhteydellä|verkossa|på distans|online|via nätet)\b"
)
PLACE_NAME = re.compile(
    r"(?:[A-ZÅÄÖ][\wäöå-]+n\s+)?[A-ZÅÄÖ][\wäöå-]*(?:talo|sali|keskus|keskuks|kirjasto|koulu|auditorio|lukio|opisto|teatteri"
    r"|huset|salen|biblioteket|skolan)\w*(?:\s+(?:auditorio|sali|aula|kokoustila|juhlasali)\w*)?"
)
LABEL_REACH = 250
"""Characters after the date in which a place with a label still belongs to it."""
SENTENCE_END = re.compile(r"(?<=[^\d\s][.!?])\s+(?=[A-ZÅÄÖ])|[\n\f]")
PERIOD_BEFORE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}\s?[-–—]\s?$")
PERIOD_AFTER = re.compile(r"\s?[-–—]\s?\d{1,2}\.\d{1,2}\.\d{4}")
TITLE_LENGTH = 200
PAST_WEIGHT = 2
"""A page tells more often what will be than what was: a day behind counts as two ahead."""
MONTHS_OF_A_YEAR = 12
"""Two figures after a day and a month are a year if they can be no third level of a numbered heading (1.4.10)."""


def find_events(text: str, reference: date | None) -> tuple[Event, ...]:
    """Return the events of a text in their order, each once.

    Args:
        text: the main text.
        reference: the day near which a date without a year lies: that of publication, else of the capture.
            Without it such dates are left out.

    >>> event, = find_events("Verkosto kokoontuu 26.1.21 klo 10-12 Teams-yhteydellä.", None)
    >>> event.start, event.end, event.place, event.year_inferred
    ('2021-01-26T10:00', '2021-01-26T12:00', 'Teams-yhteydellä', False)
    """
    found: dict[tuple[str, str | None], Event] = {}
    for event in _events(text, reference):
        found.setdefault((event.start, event.end), event)
    return tuple(found.values())


def _events(text: str, reference: date | None) -> Iterator[Event]:
    for match in WHEN.finditer(text):
        day, inferred = _day(match, reference)
        if day is None:
            continue
        start, end = _sentence(text, match)
        if _tells_event(text, match, text[start:end]) and not _is_period(text, match):
            yield _event(text, match, day, inferred, (start, end))


def _is_period(text: str, match: re.Match[str]) -> bool:
    """Tell whether the date is an end of a period such as 1.1.2021–31.12.2021: a year of work is no event."""
    if match["begin"] or not match["year"]:
        return False
    before = PERIOD_BEFORE.search(text, max(0, match.start() - 16), match.start())
    return before is not None or PERIOD_AFTER.match(text, match.end()) is not None


def _event(
    text: str, match: re.Match[str], day: date, inferred: bool, sentence: tuple[int, int]
) -> Event:
    begin, finish = _clock(match["begin"]), _clock(match["finish"])
    first = _range_start(match, day)
    last = f"{day.isoformat()}T{finish}" if finish and first == day else None
    title = " ".join(text[sentence[0] : sentence[1]].split())
    return Event(
        start=f"{first.isoformat()}T{begin}" if begin else first.isoformat(),
        end=last or (day.isoformat() if first != day else None),
        place=_place(text, match, sentence),
        title=title[:TITLE_LENGTH] or None,
        evidence=match[0].strip(),
        precision="minute" if begin else "day",
        year_inferred=inferred,
    )


def _day(match: re.Match[str], reference: date | None) -> tuple[date | None, bool]:
    word = match["word"]
    month = MONTHS[word.lower()] if word else int(match["month"])
    day = int(match["wordday"] if word else match["day"])
    stated = match["wordyear"] if word else match["year"]
    if stated:
        return make_date(int(stated), month, day), False
    if match["yy"] and (match["begin"] or match["weekday"] or int(match["yy"]) > MONTHS_OF_A_YEAR):
        return make_date(century(int(match["yy"])), month, day), False
    return (_nearest(month, day, match["weekday"], reference), True) if reference else (None, True)


def _nearest(month: int, day: int, weekday: str | None, reference: date) -> date | None:
    """Return the day nearest to the reference, rather after it; of two years the one where the weekday agrees."""
    years = range(reference.year - 1, reference.year + 2)
    days = [found for year in years if (found := make_date(year, month, day))]
    near = sorted(days, key=lambda found: _distance(found, reference))
    number = _weekday_number(weekday)
    agreeing = [found for found in near[:2] if found.weekday() == number]
    return next(iter(agreeing or near), None)


def _distance(day: date, reference: date) -> int:
    days = (day - reference).days
    return days if days >= 0 else -days * PAST_WEIGHT


def _weekday_number(name: str | None) -> int | None:
    if not name:
        return None
    starts = (
        ("ma", "ti", "ke", "to", "pe", "la", "su"),
        ("må", "tis", "on", "tor", "fr", "lö", "sö"),
    )
    lowered = name.lower()
    swedish = lowered.endswith(("dag", "dagen"))
    return next((i for i, start in enumerate(starts[swedish]) if lowered.startswith(start)), None)


def _range_start(match: re.Match[str], last: date) -> date:
    if not match["from"]:
        return last
    month = int(match["frommonth"] or last.month)
    first = make_date(last.year - (month > last.month), month, int(match["from"]))
    return first if first and first <= last else last


def _clock(text: str | None) -> str | None:
    if not text:
        return None
    hours, _, minutes = text.replace(":", ".").partition(".")
    return f"{int(hours) % 24:02}:{minutes or '00'}"


def _sentence(text: str, match: re.Match[str]) -> tuple[int, int]:
    before = [
        found.end()
        for found in SENTENCE_END.finditer(text, max(0, match.start() - 600), match.start())
    ]
    after = SENTENCE_END.search(text, match.end())
    return (before[-1] if before else max(0, match.start() - 600)), (
        after.start() if after else len(text)
    )


def _tells_event(text: str, match: re.Match[str], sentence: str) -> bool:
    if NO_EVENT_BEFORE.search(text[max(0, match.start() - 60) : match.start()]):
        return False
    if NO_EVENT_AFTER.match(text[match.end() : match.end() + 30]):
        return False
    return bool(match["begin"] or match["weekday"]) or GATHERING.search(sentence) is not None


def _place(text: str, match: re.Match[str], sentence: tuple[int, int]) -> str | None:
    told = text[sentence[0] : sentence[1]]
    labelled = PLACE_LABEL.search(text, match.end(), match.end() + LABEL_REACH)
    if labelled:
        return labelled[1].strip()
    named = PLACE_NAME.search(told) or PLACE_ONLINE.search(told)
    return named[0].strip() if named else None
