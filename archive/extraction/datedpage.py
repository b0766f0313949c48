"""Hold a page as the rules for dates see it: without its sides, as lines, with its labelled dates."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from lxml.html import HtmlElement

from archive.dates import DateOrder, helsinki_day, read_period, read_timestamp
from archive.records import CmsRules, ExtractionRules, ListedDates, Precision, StatedDate

from .labels import labelled_dates
from .markup import block_lines, drop, elements, parts, tokens
from .metadata import Metadata

CONFIDENCE = {
    "site-rule": 0.99,  # a person looked at the site's pages and wrote the rule
    "url+meta": 0.97,
    "json-ld": 0.92,
    "meta": 0.87,
    "time": 0.92,
    "class": 0.90,
    "url": 0.97,
    "near-title": 0.96,
    "wordpress-rest": 0.97,  # the same field of the same database as the JSON-LD of WordPress, without its time zones
    "feed": 0.95,
    "cms-rule": 0.95,
    "label": 0.93,
    "signature": 0.67,
    "properties": 0.5,  # what the file says of itself; a file that is only converted or moved gets a new day
}
"""The share of right days by rule, from the first form of these rules, November 2026.

``url+meta`` (100 pages), ``json-ld`` (291), ``meta``, ``time`` and ``class``: the gold set of htmldate, 800 pages.
The others had no error, so theirs is (n + 1) / (n + 2): ``url`` 29 and ``near-title`` 23 pages of the same set,
``label`` 13 and ``signature`` 1 page of 48 Finnish and Swedish pages made after real templates."""

SIDES = (
    "//aside | //nav | //footer[not(ancestor::article or ancestor::main)]"
    f" | //*[{parts('sidebar', 'widget-area', 'widget_', 'related', 'footer', 'cookie', 'breadcrumb', 'comment')}"
    f" or {parts('calendar', 'upcoming', 'recent', 'latest', 'copyright')}"
    f" or {parts('event-date', 'event-time', 'event-schedule', 'events-schedule', 'tapahtuma-aika')}]"
    "[not(descendant::h1)][not(self::body or self::html or self::article or self::main)]"
    f" | //*[{tokens('side', 'secondary', 'widget')}][not(descendant::h1)]"
)
"""Menus, footers, comments and boxes of other pages: dates in them are not the page's."""


LENGTHS: dict[Precision, int] = {"day": 10, "month": 7, "year": 4}
"""Characters of an ISO 8601 date by its precision."""


@dataclass(frozen=True)
class DatedPage:
    """A page and everything about it that a rule may ask."""

    tree: HtmlElement
    url: str
    title: str | None
    metadata: Metadata
    captured: datetime
    rules: ExtractionRules
    cms: CmsRules | None = None
    listed: tuple[ListedDates, ...] = ()
    """What lists of its site tell of it."""

    @cached_property
    def body(self) -> HtmlElement:
        """The page without its sides: menus, footers, lists of other pages, boxes of other dates."""
        body = deepcopy(self.tree)
        for element in elements(body.xpath(SIDES)):
            drop(element)
        return body

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the body without its sides."""
        return block_lines(self.body)

    @cached_property
    def labels(self) -> dict[str, StatedDate]:
        """The first labelled dates, under ``published`` and ``modified``."""
        return stated_labels(self.lines, self.captured, self.rules.date_order)

    def stated(self, day: date | None, source: str, evidence: str) -> StatedDate | None:
        """Return the day as a stated date, or ``None`` where it is later than the capture."""
        return stated_date(day, source, evidence, self.captured)

    def read_period(self, text: str, source: str) -> StatedDate | None:
        """Return the month or the year that is all of a text."""
        found = read_period(text)
        return (
            stated_date(found.first, source, text, self.captured, found.precision)
            if found
            else None
        )

    def read(self, text: str, source: str) -> StatedDate | None:
        """Return the date of a time stamp or a phrase."""
        return self.stated(read_timestamp(text, order=self.rules.date_order), source, text)


def stated_date(
    day: date | None, source: str, evidence: str, captured: datetime, precision: Precision = "day"
) -> StatedDate | None:
    """Return a day, or the month or year that begins with it, or ``None`` where it is later than the capture."""
    if day is None or day > helsinki_day(captured):
        return None
    return StatedDate(
        value=day.isoformat()[: LENGTHS[precision]],
        precision=precision,
        source=source,
        confidence=CONFIDENCE[source],
        evidence=evidence,
    )


def stated_labels(
    lines: Sequence[str], captured: datetime, order: DateOrder
) -> dict[str, StatedDate]:
    """Return the first possible labelled date of each kind; a day goes before a month or a year."""
    found: dict[str, StatedDate] = {}
    for label in labelled_dates(lines, order):
        stated = stated_date(label.day, "label", label.evidence, captured, label.precision)
        known = found.get(label.kind)
        if stated and (known is None or len(stated.value) > len(known.value)):
            found[label.kind] = stated
    return found
