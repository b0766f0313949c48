"""Turn the answer of a miniature site into the bytes of an HTTP/1.1 response."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from crawler.miniature.sites import Answer, MiniatureSite

_CHUNK = 1400
"""Bytes of one chunk: about one packet, so that a reader meets many."""


def parsed_head(head: bytes) -> tuple[str, str, dict[str, str]]:
    r"""Return method, target and headers of a request, their names in lower case.

    >>> parsed_head(b"GET /a HTTP/1.1\r\nHost: kyt.fi\r\n")
    ('GET', '/a', {'host': 'kyt.fi'})
    """
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = (*first.split(" "), "", "")[:3]
    pairs = (line.partition(":") for line in lines)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


def reply(
    method: str, asked: dict[str, str], answer: Answer, site: MiniatureSite | None
) -> tuple[int, bytes]:
    """Return the status and all bytes of a response, with the manners of the site's server."""
    if method not in ("GET", "HEAD"):
        answer = Answer(405, "text/plain", b"only GET and HEAD\n")
    manners = site.facts.get("server", {}) if site else {}
    headers = [("Date", format_datetime(datetime.now(UTC), usegmt=True))]
    headers += list(manners.get("headers", {}).items())
    body, status = answer.body, answer.status
    if answer.location:
        headers.append(("Location", answer.location))
    if answer.type:
        headers.append(("Content-Type", answer.type))
    if status == HTTPStatus.OK:
        validators = _validators(manners.get("validators", []), answer)
        headers += validators
        if _unchanged(asked, dict(validators)):
            return 304, _head(304, [h for h in headers if h[0] != "Content-Type"])
    if manners.get("gzip") and "gzip" in asked.get("accept-encoding", "") and _is_text(answer):
        body = gzip.compress(body, mtime=0)
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    if manners.get("chunked") and status == HTTPStatus.OK:
        headers.append(("Transfer-Encoding", "chunked"))
        body = _chunked(body)
    else:
        headers.append(("Content-Length", str(len(body))))
    return status, _head(status, headers) + (body if method == "GET" else b"")


def _head(status: int, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _validators(kinds: list[str], answer: Answer) -> list[tuple[str, str]]:
    headers = []
    if "etag" in kinds:
        headers.append(("ETag", f'"{hashlib.sha1(answer.body).hexdigest()[:16]}"'))
    if "last-modified" in kinds and answer.changed:
        moment = answer.changed.astimezone(UTC)
        headers.append(("Last-Modified", format_datetime(moment, usegmt=True)))
    return headers


def _unchanged(asked: dict[str, str], validators: dict[str, str]) -> bool:
    """Say whether what the client holds still stands (RFC 9110 section 13.2.2)."""
    if "if-none-match" in asked:
        return "ETag" in validators and validators["ETag"] in asked["if-none-match"]
    since, changed = asked.get("if-modified-since"), validators.get("Last-Modified")
    if not since or not changed:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except ValueError:
        return False


def _is_text(answer: Answer) -> bool:
    return (answer.type or "").startswith(("text/", "application/xml", "application/rss"))


def _chunked(body: bytes) -> bytes:
    parts = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
