"""Leave a host alone for this run when it has failed too often in a row.

A host that is down, or that holds every connection open, would otherwise cost a timeout for each of its URLs:
a thousand of them, at three tries of a minute, are two days.
"""

from __future__ import annotations

from collections import Counter

FAILURES_IN_A_ROW = 10
"""Tries; with two retries of a URL, the fourth URL that fails ends it."""


class Breaker:
    """Count the failures of each host since its last answer."""

    def __init__(self) -> None:
        """Begin with every host sound."""
        self._failures: Counter[str] = Counter()

    def answered(self, slot: str) -> None:
        """Note that a host has given an answer."""
        self._failures.pop(slot, None)

    def failed(self, slot: str) -> bool:
        """Note that a host has given none, or never came to its end; return whether that was once too often."""
        self._failures[slot] += 1
        return self.tripped(slot)

    def tripped(self, slot: str) -> bool:
        """Tell whether a host is left alone."""
        return self._failures[slot] >= FAILURES_IN_A_ROW
