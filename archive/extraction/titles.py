"""Find the title of a page: a heading that another source confirms goes before any source alone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from .markup import first_text, fold, parts, text_of
from .metadata import Metadata

CHROME = parts(
    "portlet-topper",
    "portlet-title",
    "site-header",
    "site-title",
    "site-name",
    "logo",
    "cookie",
    "widget-title",
)
HEADINGS = {
    level: f"//{level}[not(ancestor-or-self::*[self::header or self::nav or self::aside or self::div or self::section"
    f" or self::{level} or self::span or self::td][{CHROME}])]"
    for level in ("h1", "h2", "h3")
}
SEPARATOR = re.compile(r"\s+[|–—»«·•:-]+\s+|\s*[|»]\s*|\s+::\s+")
LAST_PART = re.compile(r"\s+[|–—»·-]\s+([^|–—»·]+)$")
NOT_WORD = re.compile(r"\W+")
LONGEST = 300
"""Characters of a heading; what is longer is a paragraph set large."""


def find_title(
    tree: HtmlElement, metadata: Metadata, xpath: str | None = None
) -> tuple[str | None, str]:
    """Return the title of a page, without the name of its site, and the rule that found it.

    Order: the site's own rule; a heading that begins ``<title>`` or is ``og:title``;
    a heading found inside ``<title>``; a lower heading that ends it; an only ``<h1>``; ``og:title``; ``<title>`` without the site's name.
    """
    if xpath and (ruled := first_text(tree.xpath(xpath))):
        return ruled, "xpath"
    stated = fold(tree.findtext(".//title") or "")
    og = metadata.first("og:title", "twitter:title", "dc.title", "dcterms.title")
    h1, h2 = _headings(tree, "h1"), _headings(tree, "h2")
    site = metadata.first("og:site_name")
    confirmed = _confirmed(h1 + h2, stated, og) or _inside(h1, stated)
    if not confirmed and len(h1) != 1:
        confirmed = _ending(h2 + _headings(tree, "h3"), stated, site)
    if confirmed or len(h1) == 1:
        return _without_site(confirmed or h1[0], site), "confirmed" if confirmed else "only-h1"
    single = ((_bare(og, site), "og"), (_bare(stated, site), "title"), (next(iter(h1 + h2), None), "heading"))  # fmt: skip
    return next(((title, rule) for title, rule in single if title), (None, "none"))


def _headings(tree: HtmlElement, level: str) -> list[str]:
    found = tree.xpath(HEADINGS[level])
    rows = [text_of(row) for row in found if isinstance(row, HtmlElement) and not _leads_home(row)]
    return [row for row in rows if row and len(row) <= LONGEST]


def _leads_home(heading: HtmlElement) -> bool:
    """Tell whether a heading is a link to the front page: the name of the site set as a heading."""
    links = [link.get("href") or "" for link in heading.iter("a")]
    return bool(links) and all(urlsplit_path(link) == "/" for link in links)


def urlsplit_path(link: str) -> str | None:
    """Return the path of a link, or ``None`` where it is no address or has a query."""
    try:
        split = urlsplit(link.strip())
    except ValueError:
        return None
    return None if split.query or split.fragment else split.path


def normal(text: str | None) -> str:
    """Return the words of a title, for comparing: lower case, no punctuation."""
    return NOT_WORD.sub(" ", (text or "").lower()).strip()


def _confirmed(headings: list[str], stated: str, og: str | None) -> str | None:
    title, graph = normal(stated), normal(og)
    for heading in headings:
        words = normal(heading)
        if words and (words == graph or f"{title} ".startswith(f"{words} ")):
            return heading
    return None


def _inside(headings: list[str], stated: str) -> str | None:
    title = f" {normal(stated)} "
    return next((row for row in headings if normal(row) and f" {normal(row)} " in title), None)


def _ending(headings: list[str], stated: str, site: str | None) -> str | None:
    """Return the heading that ends ``<title>`` and is most of it: "Verkkotupa - Pyöreä pöytä kokoontuu"."""
    title = f" {normal(stated)}"
    rows = [row for row in headings if normal(row) and normal(row) != normal(site)]
    ends = (row for row in rows if title.endswith(f" {normal(row)}"))
    return next((row for row in ends if 2 * len(normal(row)) >= len(title)), None)


def _without_site(heading: str, site: str | None) -> str:
    """Return a heading that was set from ``<title>``, without the site's name at its end."""
    match = LAST_PART.search(heading)
    return heading[: match.start()] if match and normal(match[1]) == normal(site) else heading


def _bare(stated: str | None, site: str | None) -> str | None:
    if not stated:
        return None
    segments = [part for part in SEPARATOR.split(stated) if part and normal(part)]
    own = [part for part in segments if normal(part) != normal(site)]
    return (own or segments or [stated])[0].strip()
