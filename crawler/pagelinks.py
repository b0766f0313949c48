"""Find the addresses in a page: everything that a reader can click or a browser would follow.

Old publishing systems open documents by scripts, galleries keep theirs in data attributes,
and newer ones tell machines about them: all of these are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.etree
import lxml.html

from archive.decode import decode_html
from archive.urls import resolve
from crawler.scope import Lead
from crawler.targets import Kind
from crawler.wordpress import RELATION, first_lists

_ADDRESSES = (
    "//a/@href | //area/@href | //iframe/@src | //iframe/@data-src | //frame/@src | //embed/@src"
    " | //object/@data | //object/param[@name='movie' or @name='src' or @name='filename']/@value"
    " | //img/@longdesc"
)
_GALLERY = (
    "//@data-href | //@data-mfp-src | //@data-fancybox-href | //@data-featherlight | //@data-src-pdf"
    " | //@data-pdf | //@data-pdf-url | //@data-file | //@data-download-url | //@data-link"
)
"""Attributes of lightboxes and document viewers; their values may be words instead of addresses."""
_LISTS = "//@srcset | //@imagesrcset"
_MENUS = "//select[@onchange]//option/@value"
"""Menus that jump to what is chosen."""
_SCRIPTS = "//@onclick | //a/@href[starts-with(translate(normalize-space(.), 'JAVSCRIPT', 'javscript'), 'javascript:')]"

_LOOKS_LIKE_ADDRESS = re.compile(
    r"/|^\?|\.(?:pdf|html?|php|aspx?|docx?|pptx?|odt)\b", re.IGNORECASE
)
_JUMP = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|window\.open\s*\(|\bopen\w*\s*\("
    r"|popup\w*\s*\()\s*['\"]([^'\"]+)['\"]",
    re.IGNORECASE,
)
_SRCSET = re.compile(r"[\s,]*(\S*[^\s,])(?:\s[^,(]*(?:\([^)]*\))?[^,]*)?")
"""One candidate of a srcset (WHATWG HTML, section 4.8.4.2.2): its address may hold commas inside."""
_REFRESH = re.compile(r"^[\s\d.;,]*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_LINK_HEADER = re.compile(r"<([^>]*)>((?:[^,\"<]|\"[^\"]*\")*)")
_HEADER_RELATION = re.compile(r"\brel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))", re.IGNORECASE)
_HEADER_TYPE = re.compile(r"\btype\s*=\s*\"?([^\";,\s]+)", re.IGNORECASE)

_FOLLOWED = {
    "canonical", "alternate", "next", "prev", "previous", "first", "last", "up", "start", "contents",
    "index", "archives", "section", "chapter", "amphtml",
}  # fmt: skip
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_DATA_KEYS = {"url", "@id", "mainEntityOfPage", "item", "contentUrl", "embedUrl", "significantLink"}
MAX_DATA_DEPTH = 30


def parsed(body: bytes, charset: str | None) -> Any:
    """Return the tree of a page, or ``None`` for a document of white space or comments only."""
    text = decode_html(body, charset).text
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    return lxml.etree.fromstring(text.encode("utf-8", "replace") or b"<html/>", parser)


def page_leads(url: str, tree: Any) -> Iterator[Lead]:
    """Yield the addresses in a page, resolved as browsers do."""
    base = next((resolve(url, href) for href in _values(tree, "//base/@href")), None) or url
    for href, kind in _hrefs(tree):
        yield from lead(base, href, kind)
    for root in _rest_roots(tree):
        yield from rest_leads(base, root)


def lead(base: str, href: str, kind: Kind = "page") -> Iterator[Lead]:
    """Yield the lead of an address, unless it leads nowhere."""
    target = resolve(base, href)
    if target is not None:
        yield Lead(target, "F" if kind == "feed" else "L", kind)


def rest_leads(base: str, root: str) -> Iterator[Lead]:
    """Yield the first lists of a WordPress interface."""
    target = resolve(base, root)
    if target is not None:
        for address in first_lists(target):
            yield Lead(address, "F", "rest")


def header_leads(url: str, values: tuple[str, ...]) -> Iterator[Lead]:
    """Yield the addresses in Link headers (RFC 8288); documents that are no pages name theirs there.

    >>> [found.url for found in header_leads("https://kyt.fi/a.pdf", ('</a>; rel="canonical"',))]
    ['https://kyt.fi/a']
    """
    for match in _LINK_HEADER.finditer(", ".join(values)):
        relation, mime = _HEADER_RELATION.search(match[2]), _HEADER_TYPE.search(match[2])
        names = (relation[1] or relation[2] or "").lower() if relation else ""
        if names == RELATION:
            yield from rest_leads(url, match[1])
        elif kind := _kind(names, mime[1].lower() if mime else ""):
            yield from lead(url, match[1], kind)


def _hrefs(tree: Any) -> Iterator[tuple[str, Kind]]:
    """Yield every address as it stands, with what it leads to, in no particular order."""
    for href in _values(tree, _ADDRESSES):
        yield href, "page"
    for value in _values(tree, _LISTS):
        for match in _SRCSET.finditer(value):
            yield match[1], "page"
    for value in [*_values(tree, _GALLERY), *_values(tree, _MENUS)]:
        if _LOOKS_LIKE_ADDRESS.search(value):
            yield value, "page"
    for script in _values(tree, _SCRIPTS):
        for match in _JUMP.finditer(script):
            yield match[1], "page"
    yield from _head_hrefs(tree)
    for block in tree.xpath("//script[@type='application/ld+json']/text()"):
        for href in _data_addresses(str(block)):
            yield href, "page"


def _values(tree: Any, path: str) -> list[str]:
    return [str(value) for value in tree.xpath(path)]


def _head_hrefs(tree: Any) -> Iterator[tuple[str, Kind]]:
    for link in tree.xpath("//link[@href]"):
        kind = _kind((link.get("rel") or "").lower(), (link.get("type") or "").strip().lower())
        if kind is not None:
            yield link.get("href"), kind
    for meta in tree.xpath("//meta[@http-equiv and @content]"):
        target = _REFRESH.match(meta.get("content"))
        if meta.get("http-equiv").strip().lower() == "refresh" and target:
            yield target[1].strip(), "page"


def _kind(relations: str, mime: str) -> Kind | None:
    """Return what a link relation leads to, or ``None`` where it is not followed."""
    if not set(relations.split()) & _FOLLOWED:
        return None
    if mime in _FEED_TYPES:
        return "feed"
    return "page" if not mime or mime in ("text/html", "application/xhtml+xml") else None


def _rest_roots(tree: Any) -> list[str]:
    return [
        link.get("href")
        for link in tree.xpath("//link[@href]")
        if (link.get("rel") or "").strip().lower() == RELATION
    ]


def _data_addresses(block: str) -> Iterator[str]:
    """Yield the addresses in a block of JSON-LD; what is no JSON has none."""
    try:
        yield from _addresses_in(json.loads(block), 0)
    except (ValueError, RecursionError):
        return


def _addresses_in(data: Any, depth: int) -> Iterator[str]:
    if depth > MAX_DATA_DEPTH:
        return
    if isinstance(data, list):
        for part in data:
            yield from _addresses_in(part, depth + 1)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in _DATA_KEYS and isinstance(value, str) and value.startswith(("http", "/")):
                yield value
            else:
                yield from _addresses_in(value, depth + 1)
