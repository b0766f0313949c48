"""Read the dates that a site's own lists tell of its pages: answers of WordPress's REST interface, and feeds.

Such a date is exact where the page itself may say nothing; it is a fact about another address, so it names its list.
Reference: https://developer.wordpress.org/rest-api/reference/posts/, RSS 2.0 and RFC 4287.
"""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import feedparser

from archive.dates import helsinki_day, make_date
from archive.media import JSON
from archive.records import ListedDates, ListSource
from archive.urls import REST_LIST, resolve

STANDING = "pages"
"""What WordPress calls pages stand; the day when one was set up is no day of publication."""
FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
FEED_WITHIN = 2_000
"""Bytes in which a feed says that it is one; style sheets and comments may stand before."""
MOST = 5_000
"""Entries that are read of one list; WordPress gives 100 at once, feeds some tens."""


def listed_dates(
    payload: bytes, *, url: str, kind: str | None, listed: datetime
) -> Iterator[ListedDates]:
    """Yield what a list says of its pages; nothing where the body is no list.

    Args:
        payload: the entity body.
        url: the address of the capture.
        kind: its media type by the first bytes.
        listed: when it was captured, aware.
    """
    if kind == JSON and (rest := REST_LIST.search(url)):
        yield from _rest(payload, url, listed, standing=rest["kind"].lower() == STANDING)
    elif FEED.search(payload[:FEED_WITHIN]):
        yield from _feed(payload, url, listed)


def _rest(payload: bytes, url: str, listed: datetime, *, standing: bool) -> Iterator[ListedDates]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return
    for entry in (found if isinstance(found, list) else [found])[:MOST]:
        link = entry.get("link") if isinstance(entry, dict) else None
        target = resolve(url, link) if isinstance(link, str) else None
        if target:
            published = None if standing else _rest_day(entry, "date")
            yield from _told("wordpress-rest", target, listed, published, _rest_day(entry, "modified"))  # fmt: skip


def _rest_day(entry: dict[str, Any], name: str) -> tuple[date, str] | None:
    """Return the Helsinki day and the exact characters; the plain field is the site's own clock."""
    for field, utc in ((f"{name}_gmt", True), (name, False)):
        stamp = str(entry.get(field))
        try:
            moment = datetime.fromisoformat(stamp)
        except ValueError:
            continue
        moment = moment.replace(tzinfo=UTC) if utc and moment.tzinfo is None else moment
        day = helsinki_day(moment) if moment.tzinfo else moment.date()
        if make_date(day.year, day.month, day.day):
            return day, f'"{field}":"{stamp}"'
    return None


def _feed(payload: bytes, url: str, listed: datetime) -> Iterator[ListedDates]:
    # as a stream: what looks like a name of a file would be opened
    feed = feedparser.parse(io.BytesIO(payload), sanitize_html=False, resolve_relative_uris=False)
    changes = str(feed.get("version", "")).startswith("atom")  # RSS tells no changes
    for entry in feed.entries[:MOST]:
        target = resolve(url, str(entry.get("link") or ""))
        if target:
            modified = _feed_day(entry, "updated") if changes else None
            yield from _told("feed", target, listed, _feed_day(entry, "published"), modified)


def _feed_day(entry: dict[str, Any], name: str) -> tuple[date, str] | None:
    # feedparser gives one for the other where it is missing, unless it is asked as a plain dict
    stamp, moment = dict.get(entry, name), dict.get(entry, f"{name}_parsed") or ()
    try:
        day = helsinki_day(datetime.fromtimestamp(calendar.timegm(moment), UTC))
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return (day, str(stamp).strip()) if make_date(day.year, day.month, day.day) else None


def _told(
    source: ListSource,
    url: str,
    listed: datetime,
    published: tuple[date, str] | None,
    modified: tuple[date, str] | None,
) -> Iterator[ListedDates]:
    if published or modified:
        yield ListedDates(
            url=url,
            source=source,
            listed=listed,
            published=published[0] if published else None,
            published_evidence=published[1] if published else None,
            modified=modified[0] if modified else None,
            modified_evidence=modified[1] if modified else None,
        )


def told_by(listed: Sequence[ListedDates], source: ListSource, at: datetime) -> ListedDates | None:
    """Return what the lists of one kind said when a page was captured: the last before, else the first after."""
    rows = sorted((row for row in listed if row.source == source), key=lambda row: row.listed)
    before = [row for row in rows if row.listed <= at]
    return before[-1] if before else next(iter(rows), None)
