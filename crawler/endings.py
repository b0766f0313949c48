"""Recognise sites that are ending or have ended, so that they are crawled first and somebody is told.

What counts: the site says so, its project is over, its certificate runs out, its pages vanish,
its name leads nowhere, or somebody else holds the domain. Signs are kept from crawl to crawl.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from archive.parking import parked_mark
from archive.registry import Registry, Site
from crawler.frontier import Frontier
from crawler.targets import Row, Sign, SignName
from crawler.visit import Answered, Unanswered

_SAID = re.compile(
    r"\b(?:(?:hanke|hankkeemme|projekti|projektimme|toiminta|toimintamme)\s+(?:on\s+)?(?:nyt\s+)?"
    r"(?:päättynyt|päättyi|päättyy|päätetään|loppuu|loppui|lakkaa|lakkautetaan)"
    r"|(?:sivusto(?:mme)?|sivut|verkkosivu(?:t|sto)(?:mme)?|verkkopalvelu)\s+(?:\w+\s+){0,3}"
    r"(?:suljetaan|sulkeutuu|poistuu|poistuvat|poistetaan|lakkautetaan|ei(?:vät)? (?:enää )?päivity|ei(?:vät)? enää päivitetä)"
    r"|sivustoa ei (?:enää )?(?:päivitetä|ylläpidetä)"
    r"|projektet\s+(?:har\s+)?(?:avslutats|avslutas|upphört|upphör|är avslutat)|verksamheten\s+(?:har\s+)?upphör\w*"
    r"|webbplatsen\s+(?:\w+\s+){0,2}(?:stängs|läggs ned|uppdateras inte)"
    r"|(?:the\s+)?project\s+(?:has\s+)?(?:ended|come to an end)|this\s+(?:web)?site\s+(?:\w+\s+){0,2}"
    r"(?:will be (?:closed|shut down)|is closing|is no longer (?:updated|maintained))"
    r")",
    re.IGNORECASE,
)
"""What sites write when their project ends, in the three languages."""

_STOP = re.compile(r"[.!?](?=\s|$)")
AROUND = 80
"""Characters of the sentence told on either side of the phrase."""

_ENDS_WITH_ITS_PROJECT = ("project_site", "predecessor")
"""Kinds of sites that are about one project; an association outlives its projects."""

SOON = timedelta(days=14)
LAST_PART = 5
"""A certificate is renewed before the last fifth of its time, or nobody cares any more."""
VANISHED = 5
VANISHED_SHARE = 0.1
"""Pages gone since the last visit, at least and as a part of those visited: every site drops a page now and then."""
MEMORY = timedelta(days=60)
"""How long vanished pages keep a site in mind."""

_LETTERS = re.compile(r"[^\W\d_]+")
_COMMON: dict[str, frozenset[str]] = {
    "fi": frozenset(
        [
            "ja",
            "on",
            "ei",
            "että",
            "tai",
            "sekä",
            "ovat",
            "myös",
            "mukaan",
            "voi",
            "tämä",
            "kun",
            "jos",
        ]
    ),
    "sv": frozenset(
        ["och", "att", "är", "för", "på", "som", "med", "av", "det", "en", "till", "inte", "om"]
    ),
}
"""Words that every text of some length has in these languages."""
ENOUGH_WORDS = 120
LEAST_COMMON = 0.01


class Endings:
    """The signs of the sites of one crawl."""

    def __init__(self, registry: Registry, frontier: Frontier, now: datetime) -> None:
        """Begin with the signs of earlier crawls."""
        self._registry = registry
        self._frontier = frontier
        self._visited: Counter[str] = Counter()
        self._vanished: Counter[str] = Counter()
        self._certificates: set[tuple[str, datetime]] = set()
        for site in registry.sites.values():
            self._say(site.id, "project", project_over(site, now.date()), None, now)

    def look(self, item: Answered) -> bool:
        """Look at an answer; return whether it shows that somebody else holds the domain."""
        row, capture = item.visit.row, item.capture
        self._certificate(item)
        if row.kind == "robots":
            self._say(row.site, "unresolved", None, row.url, capture.at)
        elif row.status in (200, 203):
            self._visited[row.site] += 1
            self._vanished[row.site] += capture.status in (404, 410)
        mark = parked_mark(item.words)
        if is_front(row) and item.words:
            other = mark or self._other_language(item)
            self._say(row.site, "parked", other, row.url, capture.at)
            said = None if other else said_ended(item.words)
            self._say(row.site, "said", said, row.url, capture.at)
        return mark is not None

    def miss(self, item: Unanswered, at: datetime) -> None:
        """Look at a URL without an answer."""
        row = item.visit.row
        if item.kind == "dns" and (row.kind in ("robots", "seed") or row.hub):
            self._say(row.site, "unresolved", item.message, row.url, at)

    def close(self, sites: Iterable[Site], at: datetime) -> None:
        """Draw up what only the whole crawl shows."""
        self._frontier.forget_signs("vanishing", at - MEMORY)
        for site in sites:
            gone, visited = self._vanished[site.id], self._visited[site.id]
            if gone >= VANISHED and gone >= VANISHED_SHARE * visited:
                detail = f"{gone} of {visited} pages that were there are gone"
                self._say(site.id, "vanishing", detail, None, at)

    def _certificate(self, item: Answered) -> None:
        site, capture = item.visit.row.site, item.capture
        begin, end = capture.certificate_from, capture.certificate_until
        if end is None or (site, end) in self._certificates:
            return
        self._certificates.add((site, end))
        left = end - capture.at
        detail = None
        if left < timedelta():
            detail = f"the certificate ended on {end:%Y-%m-%d}"
        elif left < SOON and (begin is None or left < (end - begin) / LAST_PART):
            detail = f"the certificate ends on {end:%Y-%m-%d} and has not been renewed"
        self._say(site, "certificate", detail, item.visit.row.url, capture.at)

    def _other_language(self, item: Answered) -> str | None:
        """Say that a front page that has changed is in none of the site's languages any more."""
        row = item.visit.row
        site = self._registry.sites.get(row.site)
        if site is None or row.text_digest in (None, item.text_digest):
            return None
        if lost_languages(item.words, site.languages):
            return f"it is no longer in {', '.join(site.languages)}: does somebody else hold the domain?"
        return None

    def _say(
        self, site: str, name: SignName, detail: str | None, url: str | None, at: datetime
    ) -> None:
        if detail is None:
            self._frontier.clear_sign(site, name, url)
        else:
            self._frontier.note_sign(Sign(site=site, name=name, detail=detail, url=url), at)


def said_ended(words: str) -> str | None:
    """Return the sentence by which a site says that it ends, cut, or ``None``.

    >>> said_ended("Kiitos! Hanke on päättynyt vuoden 2020 lopussa. Tervetuloa.")
    'Hanke on päättynyt vuoden 2020 lopussa'
    """
    found = _SAID.search(words)
    if found is None:
        return None
    begin, end = max(0, found.start() - AROUND), found.end() + AROUND
    before, after = words[begin : found.start()], words[found.end() : end]
    if begin:
        before = before.partition(" ")[2]  # the first word may be cut
    if end < len(words):
        after = after.rpartition(" ")[0]
    before, after = _STOP.split(before)[-1], _STOP.split(after)[0]
    return f"{before}{found[0]}{after}".strip()


def is_front(row: Row) -> bool:
    """Tell whether a page speaks for its site: a seed, or the front page of a host."""
    return row.kind == "seed" or (row.kind == "page" and urlsplit(row.url).path == "/")


def lost_languages(words: str, languages: Iterable[str]) -> bool:
    """Tell whether a text of some length is in none of these languages, as far as they are known.

    >>> lost_languages("best online bonus and the top games for you " * 20, ["fi", "sv"])
    True
    >>> lost_languages("järjestöt ja kunnat ovat mukana " * 30, ["fi"])
    False
    """
    known = [_COMMON[language] for language in languages if language in _COMMON]
    if len(known) < len(list(languages)) or not known:
        return False
    found = [word.lower() for word in _LETTERS.findall(words)]
    if len(found) < ENOUGH_WORDS:
        return False
    common = frozenset().union(*known)
    return sum(word in common for word in found) < LEAST_COMMON * len(found)


def project_over(site: Site, today: date) -> str | None:
    """Say that the projects of a project's site are over, by their dates in the registry."""
    if site.kind not in _ENDS_WITH_ITS_PROJECT or not site.projects or not site.recrawled:
        return None
    ends = [_last_day(project.ended) for project in site.projects if project.ended]
    if len(ends) < len(site.projects) or max(ends) >= today:
        return None
    return f"its project ended in {max(project.ended or '' for project in site.projects)}"


def _last_day(text: str) -> date:
    """Return the last day of a year or a month.

    >>> _last_day("2020"), _last_day("2020-02")
    (datetime.date(2020, 12, 31), datetime.date(2020, 2, 29))
    """
    year, _, month = text.partition("-")
    last = int(month or 12)
    return date(int(year), last, calendar.monthrange(int(year), last)[1])
