"""Decide whether a site may be asked now: its hours, and how much of it was asked for today.

Days and hours are those of Helsinki, where the people sit whose servers these are.
What is not asked for stays queued, and the next crawl goes on with it.
"""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from archive.registry import Registry
from crawler.frontier import Frontier

HELSINKI = ZoneInfo("Europe/Helsinki")


class Budgets:
    """The hours and the daily budgets of all sites."""

    def __init__(self, registry: Registry, frontier: Frontier) -> None:
        """Read the limits from the registry, and what was asked for today from the frontier."""
        self._registry = registry
        self._frontier = frontier
        self._general = registry.crawl.politeness

    def refusal(self, site: str, now: datetime) -> str | None:
        """Say why a site may not be asked now, or return ``None``."""
        found = self._registry.sites.get(site)
        own = found.politeness if found else None
        window = (own.window if own else None) or self._general.window
        if window is not None and not in_window(window, now):
            return f"it is asked at {window} only, and it is {_here(now):%H:%M}"
        requests, size = self._frontier.spent(site, today(now))
        most = (own.max_requests_per_day if own else None) or self._general.max_requests_per_day
        if most is not None and requests >= most:
            return f"{requests} requests were made today, {most} are allowed"
        largest = (own.max_bytes_per_day if own else None) or self._general.max_bytes_per_day
        if largest is not None and size >= largest:
            return f"{size} bytes came today, {largest} are allowed"
        return None

    def spend(self, site: str, size: int, at: datetime) -> None:
        """Count one request and the bytes of its answer."""
        self._frontier.spend(site, today(at), size)


def _here(now: datetime) -> datetime:
    return now.astimezone(HELSINKI)


def today(now: datetime) -> str:
    """Return the day in Helsinki.

    >>> from datetime import UTC
    >>> today(datetime(2026, 1, 31, 22, 30, tzinfo=UTC))
    '2026-02-01'
    """
    return _here(now).date().isoformat()


def in_window(window: str, now: datetime) -> bool:
    """Tell whether a moment lies in a window of the day such as ``22:00-06:00``.

    >>> from datetime import UTC
    >>> [in_window("22:00-06:00", datetime(2026, 1, 31, hour, tzinfo=UTC)) for hour in (12, 20, 3, 4)]
    [False, True, True, False]
    """
    begin, end = (time.fromisoformat(part) for part in window.split("-"))
    clock = _here(now).time()
    if begin < end:
        return begin <= clock < end
    return clock >= begin or clock < end
