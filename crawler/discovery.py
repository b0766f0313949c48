"""Find the addresses that a capture leads to: links, redirects, feeds and sitemaps."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any

import feedparser
import lxml.etree
import lxml.html

from archive.decode import decode_html
from archive.urls import resolve
from crawler.scope import Lead
from crawler.targets import Kind

MAX_SITEMAP_BYTES = 50_000_000
"""The sitemap protocol's own limit for one uncompressed file."""

_LINKS = (
    ("//a/@href", False),
    ("//area/@href", False),
    ("//iframe/@src", False),
    ("//frame/@src", False),
    ("//embed/@src", False),
    ("//object/@data", False),
    ("//*/@srcset", True),
)
"""Where addresses stand, and whether the value is a list as in ``srcset``."""

_FOLLOWED_RELATIONS = {"canonical", "alternate", "next", "prev", "amphtml"}
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
_REFRESH = re.compile(r"^[\s\d.;,]*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")


def leads_of(url: str, body: bytes, *, content_type: str | None, kind: Kind) -> list[Lead]:
    """Return the addresses that a stored document leads to, each once, in document order.

    Args:
        url: the address of the document.
        body: its bytes, content coding removed.
        content_type: the Content-Type header.
        kind: why it was fetched; a sitemap or feed found by an ordinary link is recognised too.
    """
    mime = (content_type or "").partition(";")[0].strip().lower()
    if kind == "sitemap" or _SITEMAP_ROOT.search(body[:2000]):
        found = _sitemap_leads(url, body)
    elif kind == "feed" or (_FEED_ROOT.search(body[:2000]) and "html" not in mime):
        found = _feed_leads(url, body)
    elif "html" in mime or (not mime and b"<" in body[:500]):
        found = _html_leads(url, body, content_type)
    else:
        found = iter(())
    return list(dict.fromkeys(lead for lead in found if lead.url != url))


def redirect_lead(url: str, location: str | None, kind: Kind) -> Lead | None:
    """Return where a redirect leads; what it was asked for stays the same."""
    target = resolve(url, location) if location else None
    return None if target is None else Lead(target, "R", "page" if kind == "seed" else kind)


def _lead(base: str, href: str, kind: Kind = "page") -> Iterator[Lead]:
    target = resolve(base, href)
    if target is not None:
        yield Lead(target, "F" if kind == "feed" else "L", kind)


def _html_leads(url: str, body: bytes, content_type: str | None) -> Iterator[Lead]:
    charset = (content_type or "").lower().partition("charset=")[2] or None
    text = decode_html(body, charset).text
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    tree = lxml.etree.fromstring(text.encode("utf-8", "replace") or b"<html/>", parser)
    if tree is None:  # a document of white space or comments only
        return
    base = next((resolve(url, href) for href in _values(tree, "//base/@href")), None) or url
    for path, is_list in _LINKS:
        for value in _values(tree, path):
            parts = [part.split()[0] for part in value.split(",") if part.split()]
            for href in parts if is_list else [value]:
                yield from _lead(base, href)
    yield from _head_leads(tree, base)


def _values(tree: Any, path: str) -> list[str]:
    return [str(value) for value in tree.xpath(path)]


def _head_leads(tree: Any, base: str) -> Iterator[Lead]:
    for link in tree.xpath("//link[@href]"):
        relations = set((link.get("rel") or "").lower().split())
        if not relations & _FOLLOWED_RELATIONS:
            continue
        mime = (link.get("type") or "").lower()
        if mime in _FEED_TYPES:
            yield from _lead(base, link.get("href"), "feed")
        elif not mime or mime == "text/html":
            yield from _lead(base, link.get("href"))
    for meta in tree.xpath("//meta[@http-equiv and @content]"):
        target = _REFRESH.match(meta.get("content"))
        if meta.get("http-equiv").strip().lower() == "refresh" and target:
            yield from _lead(base, target[1].strip())


def _sitemap_leads(url: str, body: bytes) -> Iterator[Lead]:
    xml = _unpacked(body)
    parser = lxml.etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=True
    )
    root = lxml.etree.fromstring(xml, parser) if xml.strip() else None
    if root is None:
        return
    for element in root.iter("{*}sitemap", "{*}url"):
        kind: Kind = "sitemap" if lxml.etree.QName(element).localname == "sitemap" else "page"
        for location in element.findall("{*}loc"):
            target = resolve(url, location.text or "")
            if target is not None:
                yield Lead(target, "M", kind)


def _unpacked(body: bytes) -> bytes:
    """Return a sitemap uncompressed, at most as large as the protocol allows."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(31).decompress(body, MAX_SITEMAP_BYTES)
    except zlib.error:
        return b""


def _feed_leads(url: str, body: bytes) -> Iterator[Lead]:
    feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    for entry in feed.entries:
        for link in entry.get("links", ()):
            target = resolve(url, link.get("href") or "")
            if target is not None and link.get("rel") in ("alternate", "enclosure"):
                yield Lead(target, "F", "page")
