"""Look at each stored page for the signs of a trap: equal words on many addresses, soft 404s."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crawler.sameness import fingerprint, host_in
from crawler.targets import Row, Target
from crawler.visit import Answered

if TYPE_CHECKING:
    from crawler.crawl import Crawl

PROBE = "jarjestoarkisto-"
"""The beginning of an address that cannot exist; in a log it tells who asked. The rest is the same on each crawl."""


class TrapWatch:
    """Watch the pages of one crawl."""

    def __init__(self, crawl: Crawl) -> None:
        """Work for a crawl."""
        self._crawl = crawl
        self._sameness = crawl.scope.sameness

    def look(self, item: Answered) -> bool:
        """Count what a page says; return whether its links are worth following."""
        row = item.visit.row
        text = fingerprint(item.words, row.url) if item.capture.status in (200, 203) else None
        if row.kind == "probe":
            self._sameness.probed(host_in(row.url), text)
            self._crawl.frontier.note_probe(host_in(row.url), text)
            return False
        if row.kind not in ("seed", "page"):
            return True
        closing = self._sameness.look(row.site, row.url, text)
        if closing is not None:
            self._crawl.frontier.close_shape(row.site, *closing, at=self._crawl.now())
        if self._sameness.wants_probe(row.site, row.url, text):
            self._queue_probe(row)
        return not self._sameness.is_soft_404(host_in(row.url), text)

    def _queue_probe(self, row: Row) -> None:
        host = host_in(row.url)
        url = f"{row.url.partition('://')[0]}://{host}/{PROBE}{hashlib.sha256(host.encode()).hexdigest()[:16]}"
        target = Target(
            url=url, site=row.site, kind="probe", hops=row.hops + "X", via=row.url, pattern=PROBE
        )
        self._crawl.frontier.add(target)
        self._crawl.frontier.note_probe(host, None)

    def closed(self, row: Row) -> str | None:
        """Return why a queued URL is not asked for after all: its shape was closed meanwhile.

        What was fetched before is asked again, and what a sitemap or feed announces is no trap.
        """
        if row.kind != "page" or row.fetched_at is not None or row.hops[-1:] not in ("L", "R"):
            return None
        return self._sameness.closed(row.site, row.url)
