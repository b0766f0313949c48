"""Count what one crawl did, in all and site by site."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Literal

Thing = Literal[
    "fetched", "stored", "revisits", "new", "changed", "unchanged", "believed", "failed", "skipped",
    "robots_denied", "bytes",
]  # fmt: skip
"""fetched: URLs asked for, every try; stored: response and revisit records;
new, changed, unchanged: what was answered, against the last visit;
believed: unchanged by the word of a trusted sitemap, not asked for;
bytes: of the answers as they came over the wire, heads included; the others by name."""

THINGS: tuple[Thing, ...] = (
    "fetched", "stored", "revisits", "new", "changed", "unchanged", "believed", "failed", "skipped",
    "robots_denied", "bytes",
)  # fmt: skip
"""The counts of the crawl report."""


class Tally:
    """The counts of one crawl."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._sites: defaultdict[str, Counter[Thing]] = defaultdict(Counter)
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, site: str, thing: Thing, count: int = 1) -> None:
        """Count something that happened at a site."""
        self._sites[site][thing] += count

    def skip(self, site: str, reason: str) -> None:
        """Count a URL that was not asked for."""
        self.add(site, "robots_denied" if reason == "robots" else "skipped")
        self._reasons[site][reason] += 1

    def of(self, site: str, thing: Thing) -> int:
        """Return a count of one site."""
        return self._sites[site][thing]

    def reasons(self, site: str) -> dict[str, int]:
        """Return how many URLs of a site were not asked for, by reason, most frequent first."""
        return dict(self._reasons[site].most_common())

    def total(self, thing: Thing) -> int:
        """Return a count of all sites."""
        return sum(counts[thing] for counts in self._sites.values())

    def totals(self) -> dict[str, int]:
        """Return the counts of the crawl report."""
        return {thing: self.total(thing) for thing in THINGS}
