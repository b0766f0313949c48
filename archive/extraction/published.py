"""Decide when a page was published and when it was last changed, from what the page itself says.

A cascade of rules, the surest first; the first that gives a possible day wins.
Dates in sidebars, footers and lists of other pages are never looked at, and no rule guesses:
on 127 pages without a date of their own the usual extractors gave one to 109.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from archive.dates import DateOrder, FoundDate, helsinki_day, make_date, read_timestamp
from archive.records import ListSource, PageType, StatedDate

from .datedpage import DatedPage, stated_date, stated_labels
from .listed import told_by
from .markup import first_text
from .visible import by_class, by_line_near_title, by_signature, by_time_element

UNDATED: frozenset[PageType] = frozenset(
    {"listing", "front", "contact", "error", "parked", "other"}
)
"""Pages that have no day of publication; only a site's own rule gives them one."""
UNCHANGED: frozenset[PageType] = frozenset({"listing", "error", "parked"})
"""Pages that do not say themselves when they were last changed."""
EXPLICIT_ONLY: frozenset[PageType] = frozenset({"event"})
"""Pages whose visible dates tell other things; they are believed where they say "published"."""

PUBLISHED_METAS = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dcterms.date"),
    *("pubdate", "publish-date", "publish_date", "publication_date", "article:published"),
    *("citation_publication_date", "dc.date", "date", "created"),
)
MODIFIED_METAS = (
    *("article:modified_time", "og:updated_time", "dcterms.modified", "dc.date.modified"),
    *("last-modified", "datemodified", "revised", "lastmod"),
)
OF_THE_REQUEST = frozenset({"dc.date", "date", "created", "dcterms.date", "dc.date.created"})
"""Metas that some systems fill with the day of the request."""

URL_DAY = re.compile(r"/((?:19|20)\d\d)(?:/(\d\d)/(\d\d)|-(\d\d)-(\d\d)|(\d\d)(\d\d))(?=[/_-]|$)")
URL_MONTH = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/[^/?]{3,}")
UNSET_DAYS = frozenset({date(2013, 12, 23), date(2013, 12, 24), date(2000, 1, 1), date(1980, 1, 1)})
"""Days of a template (python-docx), of a file made to be the same each time (reportlab), of a clock that was never set."""
EDGE_LINES = 15
"""Lines at the top and at the bottom of an attachment where a label is its own."""
LISTS: tuple[ListSource, ...] = ("wordpress-rest", "feed")
"""Lists of a site, the surer first: feeds are also made by hand."""
AGREEMENT_DAYS = 2
"""The address bears the local day; the machine-readable one is often in UTC or that of a later save."""


def publication_dates(
    page: DatedPage, page_type: PageType, text: str
) -> tuple[StatedDate | None, StatedDate | None]:
    """Return when the page was published and when it was last changed; ``None`` where it does not say.

    Args:
        page: the page and its facts.
        page_type: what kind of page it is.
        text: its main text.
    """
    return _published(page, page_type, text), _modified(page, page_type)


def _published(page: DatedPage, page_type: PageType, text: str) -> StatedDate | None:
    if ruled := _at(page, page.rules.date_xpath, "site-rule"):
        return ruled
    if page_type in UNDATED:
        return None
    steps = EXPLICIT_STEPS if page_type in EXPLICIT_ONLY else (*EXPLICIT_STEPS, *VISIBLE_STEPS)
    found = next((found for step in steps if (found := step(page))), None)
    if found is None and page_type not in EXPLICIT_ONLY:
        found = by_signature(page, text)
    return found or next((found for step in PERIOD_STEPS if (found := step(page))), None)


def _modified(page: DatedPage, page_type: PageType) -> StatedDate | None:
    if ruled := _at(page, page.rules.modified_xpath, "site-rule"):
        return ruled
    if page_type in UNCHANGED:
        return None
    stated = page.metadata.modified
    if stated and (found := page.read(stated, "json-ld")):
        return found
    system = page.cms.modified_xpath if page.cms else None
    return (
        _by_meta(page, MODIFIED_METAS)
        or _listed_change(page)
        or _at(page, system, "cms-rule")
        or page.labels.get("modified")
    )


def _listed_change(page: DatedPage) -> StatedDate | None:
    """Return the last change that a list told; one after the capture is of a later text."""
    for source in LISTS:
        told = told_by(page.listed, source, page.captured)
        if told and (found := page.stated(told.modified, source, told.modified_evidence or "")):
            return found
    return None


def _at(page: DatedPage, xpath: str | None, source: str) -> StatedDate | None:
    text = first_text(page.tree.xpath(xpath)) if xpath else None
    return page.read(text, source) if text else None


def _url_day(page: DatedPage) -> FoundDate | None:
    match = URL_DAY.search(page.url)
    if match is None:
        return None
    year, *rest = (int(group) for group in match.groups() if group)
    day = make_date(year, *rest)
    return FoundDate(day, match.start(), match.end()) if day else None


def _by_url_and_metadata(page: DatedPage) -> StatedDate | None:
    found = _url_day(page)
    if found is None:
        return None
    stated = [page.metadata.published, *(page.metadata.first(name) for name in PUBLISHED_METAS)]
    days = [read_timestamp(text) for text in stated if text]
    agrees = any(day and abs((day - found.day).days) <= AGREEMENT_DAYS for day in days)
    return page.stated(found.day, "url+meta", page.url[found.start : found.end]) if agrees else None


def _by_json_ld(page: DatedPage) -> StatedDate | None:
    return page.read(page.metadata.published, "json-ld") if page.metadata.published else None


def _by_published_meta(page: DatedPage) -> StatedDate | None:
    return _by_meta(page, PUBLISHED_METAS)


def _by_meta(page: DatedPage, names: Sequence[str]) -> StatedDate | None:
    for name in names:
        text = page.metadata.first(name)
        found = page.read(text, "meta") if text else None
        asked_for = (
            found
            and name in OF_THE_REQUEST
            and found.value == helsinki_day(page.captured).isoformat()
        )
        if found and not asked_for:
            return found
    return None


def _by_list(page: DatedPage) -> StatedDate | None:
    for source in LISTS:
        told = told_by(page.listed, source, page.captured)
        if told and (found := page.stated(told.published, source, told.published_evidence or "")):
            return found
    return None


def _by_url(page: DatedPage) -> StatedDate | None:
    found = _url_day(page)
    return page.stated(found.day, "url", page.url[found.start : found.end]) if found else None


def _by_cms(page: DatedPage) -> StatedDate | None:
    return _at(page, page.cms.date_xpath if page.cms else None, "cms-rule")


def _by_label(page: DatedPage) -> StatedDate | None:
    stated = page.labels.get("published")
    return stated if stated and stated.precision == "day" else None


def _url_month(page: DatedPage) -> StatedDate | None:
    match = URL_MONTH.search(page.url)
    if match is None:
        return None
    first, evidence = make_date(int(match[1]), int(match[2]), 1), f"/{match[1]}/{match[2]}/"
    return stated_date(first, "url", evidence, page.captured, "month")


def _told_period(page: DatedPage) -> StatedDate | None:
    """Return the month or year that the page tells machines."""
    if page.metadata.published and (found := page.read_period(page.metadata.published, "json-ld")):
        return found
    names = (name for name in PUBLISHED_METAS if name not in OF_THE_REQUEST)
    told = (page.metadata.first(name) for name in names)
    return next(
        (found for text in told if text and (found := page.read_period(text, "meta"))), None
    )


def _label_period(page: DatedPage) -> StatedDate | None:
    return page.labels.get("published")


def attachment_dates(
    text: str, changed: datetime | None, captured: datetime, order: DateOrder
) -> tuple[StatedDate | None, StatedDate | None]:
    """Return the labelled dates at the edges of an attachment, and when the file says it was last written.

    Dates without a label are those of the meetings that minutes and invitations tell,
    and the month in an address tells when a file was put there, not when it was published.
    """
    lines = re.split(r"[\n\f]", text)
    edges = lines if len(lines) <= 2 * EDGE_LINES else [*lines[:EDGE_LINES], *lines[-EDGE_LINES:]]
    labels = stated_labels(edges, captured, order)
    return labels.get("published"), labels.get("modified") or _written(changed, captured)


def _written(changed: datetime | None, captured: datetime) -> StatedDate | None:
    if changed is None:
        return None
    day = helsinki_day(changed) if changed.tzinfo else changed.date()
    real = None if day in UNSET_DAYS else make_date(day.year, day.month, day.day)
    return stated_date(real, "properties", changed.isoformat(), captured)


Step = Callable[[DatedPage], StatedDate | None]
EXPLICIT_STEPS: tuple[Step, ...] = (
    *(_by_url_and_metadata, _by_json_ld, _by_published_meta, _by_list, _by_url, _by_cms, _by_label),
)
PERIOD_STEPS: tuple[Step, ...] = (_told_period, _url_month, _label_period)
"""What tells a month or a year only; asked where nothing tells a day."""
VISIBLE_STEPS: tuple[Step, ...] = (*(by_time_element, by_class, by_line_near_title),)
