"""Define what one exchange with a server is, answered or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from crawler.http1 import Answer

Truncation = Literal["length", "time", "disconnect", "unspecified"]
"""Why a response ends early; the words of WARC-Truncated (WARC/1.1, section 5.13)."""

FailureKind = Literal[
    "dns",
    "refused",
    "timeout",
    "tls",
    "reset",
    "too-large",
    "redirect-limit",
    "private-address",
    "robots-unreachable",
    "other",
]
"""Why a URL that was asked for has no response at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What the TLS handshake told; a bad certificate is recorded, never refused."""

    version: str | None
    cipher: str | None
    sha256: str | None
    """Hex digest of the leaf certificate (DER)."""
    subject: str | None = None
    issuer: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and the bytes that came back, exactly as they were on the wire.

    Of an exchange that another web archive holds: what it gave of the answer, and no request.
    """

    url: str
    request: bytes
    response: Answer
    started: datetime
    """When the request was written, UTC."""
    elapsed_ms: int
    """Milliseconds from connecting to the last byte."""
    address: str | None
    """The IP address that answered; ``None`` where it is not known."""
    truncated: Truncation | None = None
    tls: TlsFacts | None = None
    source: str | None = None
    """Where another web archive gave it, from whose answer it was rebuilt; ``None`` where the server itself answered."""


class FetchFailure(Exception):
    """No usable response came; ``kind`` is the word written into the WARC file."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        """Keep the kind beside the message."""
        self.kind: FailureKind = kind
        super().__init__(message)
