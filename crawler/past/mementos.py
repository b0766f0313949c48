"""Judge what a web archive gave for one capture, and rebuild the response that the site once sent.

Archives answer with something else without a word: a capture of another time, the same page under another
form of its address, a page of their own. What is not the capture that was asked for is refused, with the reason.

The response is rebuilt from the ``X-Archive-Orig-*`` headers (Wayback Machine, pywb) and the headers of the body.
Its transfer coding is gone, because the archive unpacked it; its bytes and its content coding are the original ones.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urljoin

from archive.digests import payload_digest
from archive.urls import urlkey
from crawler.bodies import readable_body
from crawler.http1 import Answer, Head, answer_of
from crawler.past.lists import STAMP, http_date, original_of
from crawler.spool import Spool

Reason = Literal[
    "neighbour", "other-address", "other-status", "not-held", "excluded", "archive-page", "redirect-loop"
]  # fmt: skip
"""neighbour: a capture of another time; other-address, other-status: not what the index says;
not-held: 404 of the archive itself; excluded: blocked there; archive-page: a page of its own."""

ORIGINAL = b"x-archive-orig-"
KEPT = frozenset(
    {
        b"content-type", b"content-encoding", b"content-language", b"content-disposition",
        b"content-range", b"location", b"x-powered-by", b"www-authenticate", b"allow",
    }
)  # fmt: skip
"""Headers that archives pass on under their own names beside the X-Archive-Orig ones: those of the body (pywb's rules)."""
ARCHIVE_S_OWN = frozenset(
    {b"memento-datetime", b"link", b"content-location", b"date", b"preference-applied", b"vary"}
)
"""Headers that an archive adds where it passes on all others as they were."""
FRAMING = frozenset({b"transfer-encoding", b"connection", b"keep-alive", b"trailer", b"upgrade"})
"""Headers of a connection that is long closed (RFC 9110, section 7.6.1)."""
URL_SAFE = "%/:?&=;,+@!$'()*~[]|"

_REPLAY = re.compile(r"/(\d{4,14})(?:[a-z]{2,4}_)?/(https?:/{1,2}[^\s]*)$", re.IGNORECASE)
_EXCLUDED = re.compile(r"AccessControl|excluded|robots", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One capture as it is asked for."""

    url: str
    at: datetime
    status: int | None
    digest: str | None
    address: str
    """The address of its replay."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer is not the capture that was asked for."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the archive says that the same capture is."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memento:
    """A response as the site sent it."""

    url: str
    answer: Answer
    digest_check: str | None
    """How its digest compares with that of the index: ``equal`` or ``differs``; ``None`` where the index has none.

    An index may hold the digest of a chunked body, chunks and all (webrecorder/warcio issue 74),
    so a digest that differs is told, and no reason to refuse a capture of the right time and address.
    """
    cut: bool = False
    """Whether the site declared more bytes than the archive has."""


def replay_address(template: str, url: str, at: datetime) -> str:
    """Return where a capture is replayed.

    >>> from datetime import UTC
    >>> replay_address("https://web.archive.org/web/{timestamp}id_/{url}", "http://kyt.fi/ä b", datetime(2020, 2, 18, tzinfo=UTC))
    'https://web.archive.org/web/20200218000000id_/http://kyt.fi/%C3%A4%20b'
    """
    return template.format(timestamp=at.strftime(STAMP), url=quote(url, safe=URL_SAFE))


def judge(asked: Asked, answer: Answer, folder: Path, most: int) -> Memento | Elsewhere | Refusal:
    """Return the capture, where else it is, or why the answer is not it.

    Args:
        asked: the capture.
        answer: what the archive gave, whole.
        folder: where a large body is held.
        most: bytes to which a body may unpack when its digest is compared.
    """
    head = answer.head
    at = http_date(head.first(b"memento-datetime"))
    strange_status = asked.status is not None and head.status != asked.status
    if 300 <= head.status < 400 and (at is None or strange_status):
        return _elsewhere(asked, head)
    if at is None:
        return _no_memento(head)
    if at != asked.at:
        return Refusal("neighbour", f"the capture of {at:%Y-%m-%d %H:%M:%S} came instead")
    if strange_status:
        return Refusal("other-status", f"{head.status}, where the index says {asked.status}")
    original = original_of(head.values(b"link"))
    if original is not None and _key(original) != _key(asked.url):
        return Refusal("other-address", f"a capture of {original} came instead")
    return _rebuilt(asked, answer, folder, most)


def _elsewhere(asked: Asked, head: Head) -> Elsewhere | Refusal:
    """Follow a redirect of the archive to another form of the same address at the same time only."""
    address = urljoin(asked.address, head.first(b"location") or "")
    place = _REPLAY.search(address)
    if place is None:
        return Refusal("archive-page", f"{head.status} leads to {address}")
    stamp, url = place[1], place[2]
    if stamp != asked.at.strftime(STAMP):
        return Refusal("neighbour", f"a redirect leads to the capture of {stamp}")
    if _key(url) != _key(asked.url):
        return Refusal("other-address", f"a redirect leads to {url}")
    if address == asked.address:
        return Refusal("redirect-loop", "a redirect leads to itself")
    return Elsewhere(address)


def _no_memento(head: Head) -> Refusal:
    error = head.first(b"x-archive-wayback-runtime-error") or ""
    if head.status in (403, 451) or _EXCLUDED.search(error):
        return Refusal("excluded", error or f"the archive answered with {head.status}")
    if head.status == 404:
        return Refusal("not-held", "the archive has no such capture")
    return Refusal("archive-page", error or f"{head.status} without Memento-Datetime")


def _key(url: str) -> str | None:
    try:
        return urlkey(url)
    except ValueError:
        return None


def _rebuilt(asked: Asked, answer: Answer, folder: Path, most: int) -> Memento:
    """Put the original head before the body.

    An archive may have packed the body for its own sending: then the digest of the index is that of the unpacked one.
    """
    unpacked = _unpacked(asked, answer, most)
    head = _head(answer, None if unpacked is None else len(unpacked))
    body = answer.entity() if unpacked is None else iter([unpacked])
    rebuilt = answer_of(itertools.chain([head], body), Spool(folder))
    check = None
    if asked.digest is not None:
        check = "equal" if rebuilt.payload_digest == asked.digest else "differs"
    cut = unpacked is None and answer.payload_bytes < _declared(answer.head)
    return Memento(url=asked.url, answer=rebuilt, digest_check=check, cut=cut)


def _declared(head: Head) -> int:
    """Return the length that the site declared, if the archive passes it on."""
    value = head.first(ORIGINAL + b"content-length") or ""
    return int(value) if value.isascii() and value.isdigit() else 0


def _unpacked(asked: Asked, answer: Answer, most: int) -> bytes | None:
    """Return the body without its content coding, if the index has the digest of that."""
    coded = answer.head.values(b"content-encoding")
    if not coded or asked.digest in (None, answer.payload_digest):
        return None
    try:
        body = readable_body(answer, most)
    except ValueError:
        return None
    return body if payload_digest(body) == asked.digest else None


def _head(answer: Answer, unpacked: int | None) -> bytes:
    """Write the head of the original response; ``unpacked`` is the length of a body whose coding was undone."""
    head = answer.head
    coded = unpacked is None and bool(head.values(b"content-encoding"))
    length = answer.payload_bytes if unpacked is None else unpacked
    lines = [b"HTTP/1.1 %d %s" % (head.status, head.reason)]
    for name, value in _original_headers(head):
        if name.lower() == b"content-encoding" and not coded:
            continue
        told = b"%d" % length if name.lower() == b"content-length" else value
        lines.append(name + b": " + told)
    return b"\r\n".join([*lines, b"", b""])


def _original_headers(head: Head) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that the site sent, in the order in which the archive gives them."""
    marked = {name.lower() for name, _ in head.headers if name.lower().startswith(ORIGINAL)}
    for name, value in head.headers:
        low = name.lower()
        if low.removeprefix(ORIGINAL) in FRAMING:
            continue
        if low in marked:
            yield name[len(ORIGINAL) :], value
        elif ORIGINAL + low in marked or low in ARCHIVE_S_OWN:
            continue
        elif not marked or low in KEPT:
            yield name, (_unwrapped(value) if low == b"location" else value)


def _unwrapped(location: bytes) -> bytes:
    """Take the address of the archive off a captured redirect."""
    place = _REPLAY.search(location.decode("latin-1"))
    return place[2].encode("latin-1") if place else location
