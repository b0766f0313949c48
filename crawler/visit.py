"""Define what travels with a request through Scrapy, and what comes out at the other end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from crawler.exchange import FailureKind, FetchFailure, Truncation
from crawler.exchangerecords import Payload, Pointer
from crawler.http1 import Head
from crawler.recovery import Found
from crawler.scope import Lead
from crawler.targets import Row

VISIT = "visit"
CAPTURE = "capture"
LARGE = "large"
"""The keys of ``Request.meta``; under ``LARGE`` is the answer whose body is held in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One URL to be asked for, or to be read again from the WARC file that already holds it."""

    row: Row
    gap: float
    """Seconds to the previous request to the same slot."""
    replay: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the headers of an answer tell the crawler."""

    etag: str | None
    last_modified: str | None
    location: str | None
    retry_after: str | None
    content_type: str | None
    links: tuple[str, ...] = ()
    """The Link headers."""

    @classmethod
    def from_head(cls, head: Head) -> Self:
        """Read them; a missing header is ``None``."""
        return cls(
            etag=head.first(b"etag"),
            last_modified=head.first(b"last-modified"),
            location=head.first(b"location"),
            retry_after=head.first(b"retry-after"),
            content_type=head.first(b"content-type"),
            links=tuple(value.decode("latin-1") for value in head.values(b"link")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What was stored for one visit."""

    at: datetime
    status: int
    pointer: Pointer
    kind: str
    """``response`` or ``revisit``."""
    payload: Payload | None
    told: Told
    truncated: Truncation | None
    size: int = 0
    """Bytes of the answer as they came over the wire, its head included; of a revisit read again, its head only."""
    certificate_from: datetime | None = None
    certificate_until: datetime | None = None
    """When the certificate of the server begins and ends."""
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A visit that ended with a capture; the spider's item."""

    visit: Visit
    capture: Capture
    body: bytes = b""
    """Only for robots.txt, whose rules are kept."""
    leads: list[Lead] = field(default_factory=list)
    words: str = ""
    """What a page says, cut."""
    text_digest: str | None = None
    problem: str | None = None
    """Why its links could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A visit that ended without a capture; the spider's item."""

    visit: Visit
    kind: FailureKind
    message: str


def is_last_try(visit: Visit, failure: FetchFailure, retries: int) -> bool:
    """Tell whether a URL is given up; an address that is refused stays refused."""
    return failure.kind == "private-address" or visit.row.attempts >= retries
