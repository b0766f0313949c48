"""Measure how fast each host was asked, beside the fastest that politeness allows.

The bound of a host is the sum of the delays that its requests had to keep, the first one aside.
What a crawl needs beyond it went into slow answers, pauses that the host asked for, and our own work.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Stretch:
    """The requests to one host, or to the slowest host of a site."""

    first: float
    last: float
    bound: float = 0.0
    """Seconds that the delays between the requests take."""

    @property
    def seconds(self) -> float:
        """Return the seconds from the first request to the last."""
        return self.last - self.first


class Pace:
    """The stretches of one crawl."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without requests."""
        self._clock = clock
        self._slots: dict[str, Stretch] = {}
        self._of_site: defaultdict[str, set[str]] = defaultdict(set)

    def asked(self, site: str, slot: str, gap: float) -> None:
        """Note a request that is sent now, ``gap`` seconds or more after the one before it."""
        now = self._clock()
        self._of_site[site].add(slot)
        stretch = self._slots.get(slot)
        if stretch is None:
            self._slots[slot] = Stretch(now, now)
            return
        stretch.bound += gap
        stretch.last = now

    def of(self, site: str) -> Stretch | None:
        """Return the stretch of a site's slowest host; other sites on that host count in it."""
        found = [self._slots[slot] for slot in self._of_site.get(site, ())]
        return max(found, key=lambda stretch: stretch.bound, default=None)

    def bound(self) -> float:
        """Return the seconds that a crawl of all hosts at once must take."""
        return max((stretch.bound for stretch in self._slots.values()), default=0.0)
