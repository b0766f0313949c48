"""Define the URLs that the frontier holds: how they are queued, taken, and what a visit to them brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive.urls import host_of, registered_domain
from crawler.exchangerecords import Payload, Pointer

Kind = Literal["robots", "evidence", "seed", "sitemap", "feed", "rest", "probe", "page"]
"""Why a URL was queued; what it turns out to be is told by its answer."""

PRIORITY: dict[Kind, int] = {
    "robots": 0, "evidence": 5, "seed": 10, "sitemap": 20, "feed": 20, "rest": 22, "probe": 25,
    "page": 30,
}  # fmt: skip
"""Lower goes first; links of a page come after those of the page above it."""
HUB_PRIORITY = 15
"""Front pages and lists of news go right after the seeds: what is new stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL to be queued."""

    url: str
    """Canonical."""
    site: str
    kind: Kind
    hops: str
    """How it was found, in Heritrix letters: L link, R redirect, M sitemap, F feed, P robots, X probe."""
    via: str | None
    pattern: str = ""
    hub: bool = False

    @property
    def depth(self) -> int:
        """Count the links followed from a seed; redirects, sitemaps and feeds cost nothing."""
        return self.hops.count("L")

    @property
    def priority(self) -> int:
        """Return its place in the queue; lower goes first."""
        hub = self.hub and self.kind == "page"
        return (HUB_PRIORITY if hub else PRIORITY[self.kind]) + self.depth

    @property
    def slot(self) -> str:
        """Name what is asked for one request at a time: the registered domain."""
        return registered_domain(host_of(self.url))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A URL taken from the queue."""

    id: int
    url: str
    site: str
    slot: str
    kind: Kind
    hub: bool
    hops: str
    via: str | None
    depth: int
    attempts: int
    etag: str | None
    last_modified: str | None
    payload_digest: str | None
    interval_days: float | None
    status: int | None = None
    """The HTTP status of the last answer."""
    text_digest: str | None = None
    """Digest of the words that a reader sees, where it is a page."""
    fetched_at: str | None = None
    first_at: str | None = None
    """When it was first fetched; with the counts below, how often it changes."""
    visits: int = 0
    """Visits after the first."""
    changes: int = 0
    """Those at which it had changed."""
    listed_by: str | None = None
    """The sitemap that lists it."""
    lastmod: str | None = None
    """The date of its last change, as that sitemap writes it now."""
    lastmod_fetched: str | None = None
    """The same, as it was when the page was last fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a visit to a URL brought."""

    at: datetime
    status: int | None
    """The HTTP status; ``None`` where there was no answer."""
    pointer: Pointer | None
    etag: str | None = None
    last_modified: str | None = None
    payload: Payload | None = None
    text_digest: str | None = None
    is_page: bool = False
    """A document that was served: what the expectations of a site count."""


SignName = Literal["said", "project", "certificate", "vanishing", "unresolved", "parked"]
"""What tells that a site is ending; see ``crawler.endings``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something that tells that a site is ending, or has ended."""

    site: str
    name: SignName
    detail: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A URL that was not fetched, and why."""

    url: str
    site: str
    reason: str
    detail: str | None = None
    via: str | None = None
