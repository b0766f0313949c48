"""Define the URLs that the frontier holds: how they are queued, taken, and what a visit to them brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive.urls import host_of, registered_domain
from crawler.warcwriter import Payload, Pointer

Kind = Literal["robots", "seed", "sitemap", "feed", "page"]
"""Why a URL was queued; what it turns out to be is told by its answer."""

PRIORITY: dict[Kind, int] = {"robots": 0, "seed": 10, "sitemap": 20, "feed": 20, "page": 30}
"""Lower goes first; links of a page come after those of the page above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL to be queued."""

    url: str
    """Canonical."""
    site: str
    kind: Kind
    hops: str
    """How it was found, in Heritrix letters: L link, R redirect, M sitemap, F feed, P robots."""
    via: str | None
    pattern: str = ""
    hub: bool = False

    @property
    def depth(self) -> int:
        """Count the links followed from a seed; redirects, sitemaps and feeds cost nothing."""
        return self.hops.count("L")

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
    is_page: bool = False
    """A document that was served: what the expectations of a site count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A URL that was not fetched, and why."""

    url: str
    site: str
    reason: str
    detail: str | None = None
    via: str | None = None
