"""Find the day of publication in what a reader sees: time elements, dated classes, the line by the title, a signature."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from archive.dates import DateOrder, FoundDate, find_dates, first_date
from archive.records import StatedDate

from .datedpage import DatedPage
from .labels import LABEL
from .markup import elements, parts, text_of
from .titles import normal

DATE_CLASSES = (
    f"{parts('date', 'publish', 'posted', 'postmeta', 'post-meta', 'entry-meta', 'byline', 'submitted', 'pvm')}"
    f" or {parts('paivays', 'timestamp', 'post-info', 'article-info', 'node__meta', 'julkaisu')}"
)
DATED = (
    "//*[self::span or self::div or self::p or self::dd or self::li or self::small or self::em or self::td"
    f" or self::time][{DATE_CLASSES}]"
)
NOT_OWN = parts("event", "modified", "updated", "last-edited", "tribe", "tapahtum")
PUBLICATION_TIMES = (
    "//time[@pubdate or @itemprop='datePublished' or contains(@class, 'published') or contains(@class, 'entry-date')]"
    " | //*[@itemprop='datePublished'] | //abbr[contains(@class, 'published')]"
)
EVENT_WORDS = re.compile(
    r"\bklo\b|\bkl\.|\bkello\b|\baika\b|mennessä|viimeistään|senast|tapahtum|ilmoittaut|anmäl|kokous|©|voimassa"
    r"|\d\s?[-–]\s?\d|[-–]\s*$",
    re.IGNORECASE,
)
SIGNED_PLACE = re.compile(r"^[A-ZÅÄÖ][\w-]+(?:ssa|ssä|lla|llä|,)\s+(?:den\s+)?$")
FILE_NAME = re.compile(r"\b(?:pdf|docx?|pptx?|xlsx?|word)\b", re.IGNORECASE)
BESIDE_DATE = frozenset(
    ["tiedote", "mediatiedote", "lehdistötiedote", "uutinen", "blogi", "pressmeddelande", "nyhet"]
)
"""Words that may stand on a line with the day of publication, besides names."""
SHORT_LINE, SIGNATURE_LINE, SIGNATURE_LINES = 60, 90, 4
WORD = re.compile(r"[^\W\d_]+")


def by_time_element(page: DatedPage) -> StatedDate | None:
    """Return the day of a time element that marks publication, or of the only day that time elements give."""
    for element in elements(page.body.xpath(PUBLICATION_TIMES)):
        if found := _machine_date(page, element):
            return found
    times = [row for row in elements(page.body.xpath("//time")) if not _is_of_something_else(row)]
    dates = [found for row in times if (found := _machine_date(page, row))]
    return dates[0] if len({found.value for found in dates}) == 1 else None


def _machine_date(page: DatedPage, element: HtmlElement) -> StatedDate | None:
    stamps = (element.get(name) for name in ("datetime", "content", "title"))
    stamp = next((value for value in stamps if value), None) or text_of(element)
    return page.read(stamp.strip(), "time")


def _is_of_something_else(element: HtmlElement) -> bool:
    return bool(element.xpath(f"boolean(ancestor-or-self::*[{NOT_OWN}])"))


def by_class(page: DatedPage) -> StatedDate | None:
    """Return the day in a short element whose class says that it holds a date."""
    for element in elements(page.body.xpath(DATED)):
        text = text_of(element)
        label = LABEL.search(text)
        if len(text) > 140 or (label and label["modified"]) or _is_of_something_else(element):
            continue
        if found := first_date(text, order=page.rules.date_order):
            return page.stated(found.day, "class", text[found.start : found.end])
    return None


def by_line_near_title(page: DatedPage) -> StatedDate | None:
    """Return the day of a line beside the title that holds a date, names and nothing else."""
    title = normal(page.title)
    at = [index for index, line in enumerate(page.lines) if title and normal(line) == title]
    near = (
        [*page.lines[at[-1] + 1 : at[-1] + 4], *reversed(page.lines[max(0, at[0] - 2) : at[0]])]
        if at
        else []
    )
    for line in near:
        if found := _byline_date(line, page.rules.date_order):
            return page.stated(found.day, "near-title", line)
    return None


def is_byline(line: str) -> bool:
    """Tell whether a line holds one date, names and nothing else.

    >>> is_byline("Sanna Suvanto 11.12.2019"), is_byline("Kokous 11.12.2019 klo 12")
    (True, False)
    """
    return _byline_date(line, "dmy") is not None


def _byline_date(line: str, order: DateOrder) -> FoundDate | None:
    dates = list(find_dates(line, order=order)) if len(line) <= SHORT_LINE else []
    if len(dates) != 1 or EVENT_WORDS.search(line) or LABEL.search(line):
        return None
    around = line[: dates[0].start] + " " + line[dates[0].end :]
    names = all(word[0].isupper() or word in BESIDE_DATE for word in WORD.findall(around))
    return dates[0] if names else None


def by_signature(page: DatedPage, text: str) -> StatedDate | None:
    """Return the day that begins one of the last lines, as in "26.3.2019 Järjestöagentti …"."""
    for line in [line for line in text.split("\n") if line.strip()][-SIGNATURE_LINES:]:
        dates = list(find_dates(line, order=page.rules.date_order))
        if (
            len(line) > SIGNATURE_LINE
            or len(dates) != 1
            or EVENT_WORDS.search(line)
            or LABEL.search(line)
            or FILE_NAME.search(line)
        ):
            continue
        before = line[: dates[0].start]
        if not before.strip(" (") or SIGNED_PLACE.match(before):
            return page.stated(dates[0].day, "signature", line.strip())
    return None
