"""Decide when a page was published and when it was last changed, from what the page itself says.

A cascade of rules, the surest first; the first that gives a possible day wins.
Dates in sidebars, footers and lists of other pages are never looked at, and no rule guesses:
on 127 pages without a date of their own the usual extractors gave one to 109.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from lxml.html import HtmlElement

from archive.dates import FoundDate, find_dates, first_date, helsinki_day, make_date, read_timestamp
from archive.records import ExtractionRules, PageType, StatedDate

from .markup import block_lines, drop, elements, first_text, parts, text_of, tokens
from .metadata import Metadata
from .titles import normal

CONFIDENCE = {
    "site-rule": 0.99,
    "url+meta": 0.97,
    "url": 0.97,
    "json-ld": 0.92,
    "meta": 0.87,
    "label": 0.95,
    "time": 0.92,
    "class": 0.90,
    "near-title": 0.95,
    "signature": 0.90,
}
UNDATED: frozenset[PageType] = frozenset({"listing", "front", "contact", "error", "parked"})
"""Pages that have no day of publication; only a site's own rule gives them one."""
EXPLICIT_ONLY: frozenset[PageType] = frozenset({"event", "other"})
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
AGREEMENT_DAYS = 2
"""The address bears the local day; the machine-readable one is often in UTC or that of a later save."""

SIDES = "|".join(
    f"//{name}"
    for name in ("aside", "nav", "footer[not(ancestor::article or ancestor::main)]", "form//select")
)
SIDE_BLOCKS = (
    f"//*[{parts('sidebar', 'widget-area', 'widget_', 'related', 'footer', 'cookie', 'breadcrumb', 'comment', 'calendar', 'upcoming', 'recent', 'latest', 'copyright')}]"
    "[not(descendant::h1)][not(self::body or self::html or self::article or self::main)]"
    f" | //*[{tokens('side', 'secondary', 'widget')}][not(descendant::h1)]"
)

_STARTS = r"(?:(?<![^\W\d_])|(?-i:(?<=[a-zåäö])(?=[A-ZÅÄÖ])))"
_SUBJECT = r"(?:(?:sivua?|sivun|uutinen|artikkeli|tiedote|teksti|kirjoitus|juttu|sidan|artikeln|page|article)\s+(?:on\s+)?)?"
PUBLISHED_WORDS = (
    r"julkaistu|julkaisupäivä|julkaisuaika|lähetetty|lähettänyt|lisätty|luotu|kirjoitettu|postattu|laadittu"
    r"|publicerad(?:es)?|publicerat|publiceringsdatum|skapad|inlagd|published|posted|created|date published"
)
MODIFIED_WORDS = (
    r"muokattu(?: viimeksi)?|päivitetty(?: viimeksi)?|viimeksi (?:päivitetty|muokattu)|viimeisin (?:muutos|päivitys)"
    r"|päivitys|senast (?:uppdaterad|ändrad)|uppdaterad|uppdaterat|ändrad|(?:last )?(?:updated|modified)"
)
LABEL = re.compile(
    rf"{_STARTS}{_SUBJECT}(?:(?P<published>{PUBLISHED_WORDS})|(?P<modified>{MODIFIED_WORDS}))(?!\w)",
    re.IGNORECASE,
)
BEFORE_LABEL = re.compile(r"(?:^|[|•·–—,;:.()\d]|\s-|[a-zåäö])\s*$")
AFTER_LABEL = re.compile(r"[^.!?]{0,45}$|[^!?\n]{0,12}$")
ELSEWHERE = re.compile(r"alun\s?perin|ursprungligen|originally|ensimmäisen kerran", re.IGNORECASE)
ON_NEXT_LINE = re.compile(r"\W*(?:\w+\s+)?\d")
LABEL_LINE = 250
"""Characters of the longest line in which a label may stand; longer ones are prose."""
LABEL_REACH = 60

DATE_CLASSES = parts(
    *(
        "date",
        "publish",
        "posted",
        "postmeta",
        "post-meta",
        "entry-meta",
        "byline",
        "submitted",
        "pvm",
        "paivays",
    ),
    *("timestamp", "post-info", "article-info", "node__meta", "julkaisu"),
)
DATED = f"//*[self::span or self::div or self::p or self::dd or self::li or self::small or self::em or self::td or self::time][{DATE_CLASSES}]"
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
SIGNED_PLACE = re.compile(r"^[A-ZÅÄÖ][\wåäöÅÄÖ-]+(?:ssa|ssä|lla|llä)?,?\s+(?:den\s+)?$")
BESIDE_DATE = re.compile(
    r"[\W\d]*(?:(?:tiedote|mediatiedote|lehdistötiedote|uutinen|blogi|pressmeddelande|nyhet|e?e[st]t|[A-ZÅÄÖ][\w.-]*)[\W\d]*)*"
)
"""What may stand on a line with the day of publication: names, a kind of text, a time."""
SHORT_LINE, SIGNATURE_LINE, SIGNATURE_LINES = 60, 90, 4


@dataclass(frozen=True)
class DatedPage:
    """A page and everything about it that a rule may ask."""

    tree: HtmlElement
    url: str
    title: str | None
    metadata: Metadata
    captured: datetime
    rules: ExtractionRules

    @cached_property
    def body(self) -> HtmlElement:
        """The page without its sides: menus, footers, lists of other pages, boxes of other dates."""
        body = deepcopy(self.tree)
        for element in elements(body.xpath(SIDES)) + elements(body.xpath(SIDE_BLOCKS)):
            drop(element)
        return body

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the body without its sides."""
        return block_lines(self.body)

    @cached_property
    def labels(self) -> dict[str, StatedDate]:
        """The labelled dates, under ``published`` and ``modified``."""
        return dict(reversed(list(self._labelled())))

    def _labelled(self) -> Iterator[tuple[str, StatedDate]]:
        for index, line in enumerate(self.lines):
            if len(line) <= LABEL_LINE:
                following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
                yield from _labels_of(self, line, following)

    def stated(self, day: date | None, source: str, evidence: str) -> StatedDate | None:
        """Return the day as a stated date, or ``None`` where it is later than the capture."""
        if day is None or day > helsinki_day(self.captured):
            return None
        return StatedDate(
            value=day.isoformat(),
            precision="day",
            source=source,
            confidence=CONFIDENCE[source],
            evidence=evidence,
        )

    def read(self, text: str, source: str) -> StatedDate | None:
        """Return the date of a time stamp or a phrase."""
        return self.stated(read_timestamp(text, order=self.rules.date_order), source, text)


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
    if ruled := _by_site_rule(page, page.rules.date_xpath):
        return ruled
    if page_type in UNDATED:
        return None
    steps = EXPLICIT_STEPS if page_type in EXPLICIT_ONLY else (*EXPLICIT_STEPS, *VISIBLE_STEPS)
    found = next((found for step in steps if (found := step(page))), None)
    if found is None and page_type not in EXPLICIT_ONLY:
        found = _by_signature(page, text)
    return found or _url_month(page)


def _modified(page: DatedPage, page_type: PageType) -> StatedDate | None:
    if ruled := _by_site_rule(page, page.rules.modified_xpath):
        return ruled
    if page_type in UNDATED - {"contact"}:
        return None
    stated = page.metadata.modified
    if stated and (found := page.read(stated, "json-ld")):
        return found
    return _by_meta(page, MODIFIED_METAS) or page.labels.get("modified")


def _by_site_rule(page: DatedPage, xpath: str | None) -> StatedDate | None:
    text = first_text(page.tree.xpath(xpath)) if xpath else None
    return page.read(text, "site-rule") if text else None


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


def _by_url(page: DatedPage) -> StatedDate | None:
    found = _url_day(page)
    return page.stated(found.day, "url", page.url[found.start : found.end]) if found else None


def _by_label(page: DatedPage) -> StatedDate | None:
    return page.labels.get("published")


def _labels_of(page: DatedPage, line: str, following: str) -> Iterator[tuple[str, StatedDate]]:
    found = [label for label in LABEL.finditer(line) if BEFORE_LABEL.search(line[: label.start()])]
    ends = [*(label.start() for label in found[1:]), len(line)]
    for label, end in zip(found, ends, strict=False):
        rest, evidence = line[label.end() : end], line[label.start() : end]
        kind = "published" if label["published"] else "modified"
        if not rest.strip(" :") and end == len(line) and ON_NEXT_LINE.match(following):
            rest = following[:LABEL_REACH]
            evidence = f"{evidence} {rest}"
        if dated := _label_date(page, rest, evidence):
            yield kind, dated


def _label_date(page: DatedPage, rest: str, evidence: str) -> StatedDate | None:
    found = first_date(rest[: LABEL_REACH + 12], order=page.rules.date_order)
    if found is None or ELSEWHERE.search(rest[: found.start]):
        return None
    if found.start > LABEL_REACH or not AFTER_LABEL.match(rest[: found.start]):
        return None
    cut = len(evidence) - len(rest) + found.end if evidence.endswith(rest) else len(evidence)
    return page.stated(found.day, "label", evidence[:cut].strip())


def _by_time_element(page: DatedPage) -> StatedDate | None:
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


def _by_class(page: DatedPage) -> StatedDate | None:
    for element in elements(page.body.xpath(DATED)):
        text = text_of(element)
        label = LABEL.search(text)
        if len(text) > 140 or (label and label["modified"]) or _is_of_something_else(element):
            continue
        if found := first_date(text, order=page.rules.date_order):
            return page.stated(found.day, "class", text[found.start : found.end])
    return None


def _by_line_near_title(page: DatedPage) -> StatedDate | None:
    title = normal(page.title)
    at = [index for index, line in enumerate(page.lines) if title and normal(line) == title]
    near = (
        [*page.lines[at[-1] + 1 : at[-1] + 4], *reversed(page.lines[max(0, at[0] - 2) : at[0]])]
        if at
        else []
    )
    for line in near:
        dates = (
            list(find_dates(line, order=page.rules.date_order)) if len(line) <= SHORT_LINE else []
        )
        if len(dates) == 1 and not EVENT_WORDS.search(line) and not LABEL.search(line):
            around = line[: dates[0].start] + " " + line[dates[0].end :]
            if BESIDE_DATE.fullmatch(around):
                return page.stated(dates[0].day, "near-title", line)
    return None


def _by_signature(page: DatedPage, text: str) -> StatedDate | None:
    for line in [line for line in text.split("\n") if line.strip()][-SIGNATURE_LINES:]:
        dates = list(find_dates(line, order=page.rules.date_order))
        if (
            len(line) > SIGNATURE_LINE
            or len(dates) != 1
            or EVENT_WORDS.search(line)
            or LABEL.search(line)
        ):
            continue
        before = line[: dates[0].start]
        if not before.strip(" (") or SIGNED_PLACE.match(before):
            return page.stated(dates[0].day, "signature", line.strip())
    return None


def _url_month(page: DatedPage) -> StatedDate | None:
    match = URL_MONTH.search(page.url)
    today = helsinki_day(page.captured)
    if match is None or (int(match[1]), int(match[2])) > (today.year, today.month):
        return None
    return StatedDate(
        value=f"{match[1]}-{match[2]}",
        precision="month",
        source="url",
        confidence=CONFIDENCE["url"],
        evidence=f"/{match[1]}/{match[2]}/",
    )


Step = Callable[[DatedPage], StatedDate | None]
EXPLICIT_STEPS: tuple[Step, ...] = (
    *(_by_url_and_metadata, _by_json_ld, _by_published_meta, _by_url, _by_label),
)
VISIBLE_STEPS: tuple[Step, ...] = (*(_by_time_element, _by_class, _by_line_near_title),)
