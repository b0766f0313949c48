"""Fingerprint payloads, texts and identities.

The payload digest is the one that WARC, Common Crawl and the Wayback Machine use, so that our captures compare with theirs.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

SPACES = re.compile(r"\s+")


def payload_digest(payload: bytes) -> str:
    """Return the WARC payload digest: ``sha1:`` and 32 characters of base32.

    Source: WARC 1.1, section 5.9, and the practice of Heritrix.

    >>> payload_digest(b"")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return sha1_name(hashlib.sha1(payload).digest())


def sha1_name(digest: bytes) -> str:
    """Write the 20 bytes of a SHA-1 as WARC does.

    >>> sha1_name(hashlib.sha1().digest()) == payload_digest(b"")
    True
    """
    return "sha1:" + base64.b32encode(digest).decode("ascii")


def text_digest(text: str) -> str:
    r"""Return the digest under which two texts are the same text: 32 hex characters.

    White space, upper and lower case and Unicode compatibility forms make no difference.

    >>> text_digest("Järjestöt  mukana\n") == text_digest("JÄRJESTÖT mukana")
    True
    """
    folded = SPACES.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def stable_id(*parts: str) -> str:
    """Return a name of 16 hex characters that follows from what a thing is, never from when it came in.

    The parts are joined by a character that no address, digest or time stamp holds.
    At a million rows, two share a name with a chance of 3 in 100 million.

    >>> stable_id("ekyhdistykset", "fi,ekyhdistykset)/") == stable_id("ekyhdistykset", "fi,ekyhdistykset)/")
    True
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
