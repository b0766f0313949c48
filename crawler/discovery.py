"""Find the addresses that a capture leads to: links, redirects, feeds, sitemaps, lists of WordPress."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import feedparser

from archive.urls import resolve
from crawler.pagelinks import header_leads, page_leads, parsed
from crawler.pagewords import MAX_WORDS, words_digest, words_of
from crawler.scope import Lead
from crawler.sitemaps import entries, unpacked
from crawler.targets import Kind
from crawler.wordpress import listed, next_list

Form = Literal["page", "sitemap", "feed", "rest"]
"""What a document turns out to be."""

MAX_PAGE_BYTES = 3_000_000
"""A page is read to here: 3 MB of short elements were 105 MB of tree. What is stored is not cut."""
MAX_LINKS = 20_000
"""Links of one page; further ones are left."""
HEAD = 2000
"""Bytes at the beginning in which a document shows what it is."""
_SITEMAP_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_FEED_ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_HTML_ROOT = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a document tells the crawler."""

    leads: list[Lead]
    words: str = ""
    """The words of a page, cut."""
    text_digest: str | None = None
    """Digest of all its words."""
    problem: str | None = None
    """Why not everything was read."""


def contents_of(
    url: str,
    body: bytes,
    *,
    content_type: str | None,
    kind: Kind,
    link_headers: tuple[str, ...] = (),
) -> Contents:
    """Read a stored document: each address that it leads to once, and the words of a page.

    Args:
        url: the address of the document.
        body: its bytes, content coding removed.
        content_type: the Content-Type header.
        kind: why it was fetched; a sitemap or feed found by an ordinary link is recognised too.
        link_headers: its Link headers.
    """
    form = form_of(body, content_type, kind)
    found, words = _read(form, url, body, content_type)
    once: dict[str, Lead] = {}
    for lead in [*found, *header_leads(url, link_headers)]:
        if lead.url != url:
            once.setdefault(lead.url, lead)
    problem = None
    if form == "page" and len(body) > MAX_PAGE_BYTES:
        problem = f"it has {len(body)} bytes and was read to byte {MAX_PAGE_BYTES}"
    return Contents(
        leads=list(once.values()),
        words=words[:MAX_WORDS],
        text_digest=words_digest(words),
        problem=problem,
    )


def form_of(body: bytes, content_type: str | None, kind: Kind) -> Form | None:
    """Tell what a document is: by its first bytes, then by what it was asked for; ``None`` leads nowhere."""
    if kind in ("robots", "evidence"):
        return None
    if kind == "rest":
        return "rest"
    start = unpacked(body[: 2 * HEAD])[:HEAD]
    is_page, is_feed = _HTML_ROOT.search(start), _FEED_ROOT.search(start)
    if _SITEMAP_ROOT.search(start) or (kind == "sitemap" and not is_page and not is_feed):
        return "sitemap"
    if not is_page and (is_feed or kind == "feed"):
        return "feed"
    mime = (content_type or "").partition(";")[0].strip().lower()
    if is_page or "html" in mime or (not mime and b"<" in start):
        return "page"
    return None


def _read(
    form: Form | None, url: str, body: bytes, content_type: str | None
) -> tuple[list[Lead], str]:
    """Return the leads of a document and the words of a page."""
    if form == "page":
        charset = (content_type or "").lower().partition("charset=")[2] or None
        tree = parsed(body[:MAX_PAGE_BYTES], charset)
        if tree is None:
            return [], ""
        return list(islice(page_leads(url, tree), MAX_LINKS)), words_of(tree)
    readers = {"sitemap": _sitemap_leads, "feed": _feed_leads, "rest": _rest_leads}
    return (list(readers[form](url, body)) if form else []), ""


def redirect_lead(url: str, location: str | None, kind: Kind) -> Lead | None:
    """Return where a redirect leads; what it was asked for stays the same."""
    target = resolve(url, location) if location else None
    return None if target is None else Lead(target, "R", "page" if kind == "seed" else kind)


def _sitemap_leads(url: str, body: bytes) -> Iterator[Lead]:
    for entry in entries(unpacked(body)):
        target = resolve(url, entry.location)
        if target is not None:
            yield Lead(target, "M", "sitemap" if entry.is_sitemap else "page", entry.lastmod)


def _feed_leads(url: str, body: bytes) -> Iterator[Lead]:
    feed = feedparser.parse(unpacked(body), sanitize_html=False, resolve_relative_uris=False)
    for entry in feed.entries:
        changed_at = _moment(entry)
        for link in entry.get("links", ()):
            target = resolve(url, link.get("href") or "")
            if target is not None and link.get("rel") in ("alternate", "enclosure"):
                yield Lead(target, "F", "page", changed_at=changed_at)
    for link in feed.feed.get("links", ()):  # the next part of a long feed (RFC 5005)
        target = resolve(url, link.get("href") or "")
        if target is not None and link.get("rel") in ("next", "prev-archive"):
            yield Lead(target, "F", "feed")


def _moment(entry: Any) -> datetime | None:
    """Return when an entry of a feed says that it was changed, or else published."""
    told = next(
        (entry[name] for name in ("updated_parsed", "published_parsed") if name in entry), None
    )
    try:
        return None if told is None else datetime.fromtimestamp(calendar.timegm(told), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _rest_leads(url: str, body: bytes) -> Iterator[Lead]:
    for address, changed_at in listed(body):
        target = resolve(url, address)
        if target is not None:
            yield Lead(target, "F", "page", changed_at=changed_at)
    for address in next_list(url, body):
        yield Lead(address, "F", "rest")
