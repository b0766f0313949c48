"""Decide when a URL is asked for again, and with which validators.

The interval is the mean time between changes, estimated as for a Poisson process from few and irregular visits
(Cho and Garcia-Molina, Estimating frequency of change, 2003), beginning with half a change in one visit.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from archive.registry.settings import Recrawl
from crawler.targets import Row

PRIOR_CHANGES = 0.5
PRIOR_VISITS = 1
"""What is believed before the first visit; it keeps two quick visits from deciding anything."""


def validators(row: Row) -> dict[str, str]:
    """Return the headers of a conditional request (RFC 9110, section 13.1), none on the first visit."""
    if row.payload_digest is None:
        return {}
    headers = {"If-None-Match": row.etag, "If-Modified-Since": row.last_modified}
    return {name: value for name, value in headers.items() if value}


def next_interval(rules: Recrawl, row: Row, *, changed: bool | None, at: datetime) -> float:
    """Return the days until the next visit.

    Args:
        rules: the intervals of crawl.toml.
        row: the URL as it was before this visit; hubs keep their fixed interval.
        changed: whether it differs from the last visit; ``None`` on the first visit.
        at: when this visit was made.
    """
    if row.hub:
        return rules.hub_days
    if changed is None or row.first_at is None:
        days = rules.page_days
    else:
        observed = (at - datetime.fromisoformat(row.first_at)) / timedelta(days=1)
        days = days_between_changes(
            row.visits + 1, row.changes + changed, max(0.0, observed), prior_days=rules.page_days
        )
    return min(max(days, rules.min_days), rules.max_days)


def days_between_changes(
    visits: int, changes: int, observed_days: float, *, prior_days: float
) -> float:
    """Estimate the mean time between two changes of a page.

    Args:
        visits: visits after the first.
        changes: those of them that found a change.
        observed_days: days from the first visit to the last.
        prior_days: the length of the one visit that is imagined before any was made.

    >>> [round(days_between_changes(4, changes, 120, prior_days=30)) for changes in (0, 1, 2, 4)]
    [285, 84, 43, 13]
    """
    share = (changes + PRIOR_CHANGES) / (visits + PRIOR_VISITS)
    between_visits = (observed_days + prior_days * PRIOR_VISITS) / (visits + PRIOR_VISITS)
    return between_visits / -math.log(1 - share)


def due_after(at: datetime, days: float) -> datetime:
    """Return when the next visit is due."""
    return at + timedelta(days=days)
