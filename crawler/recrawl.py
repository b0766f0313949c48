"""Decide when a URL is asked for again, and with which validators."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.registry.settings import Recrawl
from crawler.targets import Row

SHORTER = 0.5
"""A page that changed is visited after half the interval: Nutch shortens by a fifth, but we visit rarely."""
LONGER = 1.5
"""A page that did not change waits half as long again (Nutch: 1.4)."""


def validators(row: Row) -> dict[str, str]:
    """Return the headers of a conditional request (RFC 9110, section 13.1), none on the first visit."""
    if row.payload_digest is None:
        return {}
    headers = {"If-None-Match": row.etag, "If-Modified-Since": row.last_modified}
    return {name: value for name, value in headers.items() if value}


def next_interval(rules: Recrawl, row: Row, *, changed: bool | None) -> float:
    """Return the days until the next visit.

    Args:
        rules: the intervals of crawl.toml.
        row: the URL; hubs (front page, feeds, sitemaps, seeds) keep their fixed interval.
        changed: whether the payload differs from the last visit; ``None`` on the first visit.
    """
    if row.hub:
        return rules.hub_days
    last = row.interval_days or rules.page_days
    if changed is None or row.interval_days is None:
        days = rules.page_days
    else:
        days = last * (SHORTER if changed else LONGER)
    return min(max(days, rules.min_days), rules.max_days)


def due_after(at: datetime, days: float) -> datetime:
    """Return when the next visit is due."""
    return at + timedelta(days=days)
