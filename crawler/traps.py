"""Recognise addresses that a site makes without end: calendars, facets, paths that repeat themselves.

Each rule judges the address alone, or how many addresses of its shape are known already.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

MAX_URL_LENGTH = 2000
MAX_SEGMENT_REPEATS = 3
"""A path segment seen this often is a loop of relative links."""

MAX_SEGMENTS = 20
"""A path with more parts than this is made of relative links; no site of the registry has more than 9."""
MAX_SITEMAPS_DEEP = 4
"""A list of sitemaps names sitemaps, not lists (sitemaps.org); some sites have one list more."""
SITEMAP_BUDGET = 500
"""Sitemaps of one site; at 50,000 addresses each the protocol needs fewer."""

QUERY_PATTERN_BUDGET = 200
"""Addresses of one shape that differ in the query; a list of news has fewer pages."""
QUERY_PATH_BUDGET = 500
"""Addresses of one path with any queries: facets that can be combined have a shape for each choice."""
CALENDAR_BUDGET = 60
"""Addresses of one calendar: five years of months."""
PATH_PATTERN_BUDGET = 2000
"""Addresses that differ only in the digits of their path: a site may number its news so."""

_CALENDAR = re.compile(
    r"kalenteri|calendar|kalender|tribe-bar-date|ical|[?&](?:year|month|vuosi|kuukausi|kk|vko)=",
    re.IGNORECASE,
)
_SEARCH = re.compile(r"[?&](?:s|q|haku|hakusana|search|sok)=", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_IDENTIFIER = re.compile(
    r"(?<=/)(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[^/]*\d)(?=[^/]*[a-z])[0-9a-z]{16,}"
    r"|\([a-z]\([0-9a-z]{24}\)\))(?=/|$)",
    re.IGNORECASE,
)
"""A part of a path that names a visit or a record: a UUID, or 16 letters and digits in a row."""


def pattern_of(url: str) -> str:
    """Return the shape of an address: digits and identifiers folded, the query reduced to its sorted keys.

    >>> pattern_of("https://kyt.fi/tapahtumat/2020/02?sivu=3&alue=5")
    'kyt.fi/tapahtumat/#/#?alue&sivu'
    >>> pattern_of("https://kyt.fi/istunto/8f3a9c0d11e24b57a6/uutiset")
    'kyt.fi/istunto/*/uutiset'
    """
    parts = urlsplit(url)
    keys = sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)})
    path = _DIGITS.sub("#", _IDENTIFIER.sub("*", parts.path))
    return f"{parts.netloc}{path}{'?' + '&'.join(keys) if keys else ''}"


def trap_in(url: str, *, query_is_address: bool = False) -> str | None:
    """Say why an address looks like a trap, or return ``None``.

    Args:
        url: the address.
        query_is_address: the site file names parameters that choose the page.

    >>> trap_in("https://kyt.fi/a/b/a/b/a/b/")
    'the path segment "a" stands 3 times'
    """
    if _SEARCH.search(url) and not query_is_address:
        return "it asks the site's own search"
    if len(url) > MAX_URL_LENGTH:
        return f"the address has {len(url)} characters"
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return f"its path has {len(segments)} parts"
    for segment in dict.fromkeys(segments):
        if segments.count(segment) >= MAX_SEGMENT_REPEATS:
            return f'the path segment "{segment}" stands {segments.count(segment)} times'
    return None


def budget_for(url: str, *, query_is_address: bool) -> int:
    """Return how many addresses of this one's shape are fetched.

    Args:
        url: the address.
        query_is_address: the site file names parameters that choose the page.
    """
    if _CALENDAR.search(url):
        return CALENDAR_BUDGET
    if urlsplit(url).query and not query_is_address:
        return QUERY_PATTERN_BUDGET
    return PATH_PATTERN_BUDGET


def query_path_of(pattern: str) -> str | None:
    """Return what all patterns of one path with a query share; ``None`` for one without a query.

    >>> query_path_of("kyt.fi/tapahtumat?alue&sivu"), query_path_of("kyt.fi/tapahtumat")
    ('kyt.fi/tapahtumat?', None)
    """
    path, mark, _ = pattern.partition("?")
    return path + mark if mark else None
