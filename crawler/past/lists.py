"""Read what other web archives say that they hold: answers of CDX servers, and TimeMaps.

One reader takes every form that CDX servers answer with: the array of arrays with a head and a resume key of the
Wayback Machine, one JSON object a line (pywb, Arquivo.pt, Common Crawl), CDXJ, and plain columns (OutbackCDX).
Fields: the README of wayback-cdx-server, pywb's cdxserver_api.rst, OutbackCDX's CdxLine, checked in 2026-11.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from archive.urls import urlkey

STAMP = "%Y%m%d%H%M%S"
"""How Wayback Machines write a time, to the second."""

SEVEN = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
"""The columns of a CDX server that names none."""
ELEVEN = (*SEVEN[:6], "redirect", "robotflags", "length", "offset", "filename")
"""The columns of CDX11, as OutbackCDX writes them."""

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^\s;,"]+))*)')
_ATTRIBUTE = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))')
_DIGEST = re.compile(r"(?:sha1:)?([A-Z2-7]{32})")
_OLD_PORT = re.compile(r"^(http://[^/:]+):80(?=/|$)")
"""The indexes of old ARC files name the port, the pages never did."""


class NoListError(ValueError):
    """An answer that is no list of captures: an error page, a log-in, a complaint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One capture that another archive holds."""

    url: str
    urlkey: str
    at: datetime
    """To the second."""
    mime: str | None = None
    status: int | None = None
    """``None`` where the index does not tell: of revisits, and in TimeMaps."""
    digest: str | None = None
    """``sha1:`` and 32 characters."""
    length: int | None = None
    file: str | None = None
    offset: int | None = None
    """Where its record stands, if the index tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One answer of an index."""

    captures: list[Listed]
    resume: str | None = None
    """The key with which a CDX server goes on behind this answer."""
    following: tuple[str, ...] = ()
    """The addresses of further TimeMaps."""
    unreadable: int = 0
    """Lines without a usable address or time."""


def read_cdx(body: bytes) -> ListPage:
    r"""Read the answer of a CDX server.

    Raises:
        NoListError: it is no list.

    >>> page = read_cdx(b"fi,kyt)/ 20200218093000 http://kyt.fi:80/ text/html 200 - 812\n")
    >>> [(c.url, c.at.isoformat(), c.status) for c in page.captures]
    [('http://kyt.fi/', '2020-02-18T09:30:00+00:00', 200)]
    """
    text = body.decode("utf-8", "replace").strip()
    resume = None
    if text.startswith("["):
        rows, resume = _array(text)
    elif text.startswith("{"):
        rows = _objects(text)
    elif text.startswith("<"):
        raise NoListError(f"the index answered with a page: {_beginning(text)}")
    else:
        rows, resume = _lines(text)
    found = [_listed(row) for row in rows]
    captures = [capture for capture in found if capture is not None]
    return ListPage(captures=captures, resume=resume, unreadable=len(found) - len(captures))


def read_timemap(body: bytes, base: str) -> ListPage:
    """Read a TimeMap in link format (RFC 7089, section 5).

    Args:
        body: the answer.
        base: its address, to which links may be relative.

    Raises:
        NoListError: it is no TimeMap.
    """
    links = list(_links(body.decode("utf-8", "replace")))
    original = next((target for target, rel, _ in links if "original" in rel), None)
    if original is None:
        raise NoListError("the answer is no TimeMap: no link of it is rel=original")
    mementos = [when for _, rel, when in links if "memento" in rel]
    found = [_made(original, moment=http_date(when)) for when in mementos]
    captures = [capture for capture in found if capture is not None]
    further = (urljoin(base, target) for target, rel, _ in links if rel == {"timemap"})
    return ListPage(
        captures=captures, following=tuple(further), unreadable=len(found) - len(captures)
    )


def _array(text: str) -> tuple[Iterator[dict[str, Any]], str | None]:
    """Read an array of rows; the first may name the columns, an empty one stands before the resume key."""
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise NoListError(f"the index answered with broken JSON: {error}") from error
    if not all(isinstance(row, list) for row in rows):
        raise NoListError(f"the index answered with {_beginning(text)}")
    resume = str(rows[-1][0]) if len(rows) > 1 and not rows[-2] and rows[-1] else None
    columns, rows = _columns(rows[:-2] if resume else rows)
    return (dict(zip(columns, row, strict=False)) for row in rows), resume


def _objects(text: str) -> Iterator[dict[str, Any]]:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        rows = [json.loads(line) for line in lines]
    except ValueError as error:
        raise NoListError(f"the index answered with broken JSON: {error}") from error
    complaint = rows[0].get("message") or rows[0].get("error")
    if complaint and "No Captures found" not in str(complaint):
        raise NoListError(f"the index answered: {complaint}")
    return iter([] if complaint else rows)


def _lines(text: str) -> tuple[Iterator[dict[str, Any]], str | None]:
    """Read CDXJ or columns; a resume key stands behind an empty line."""
    listed, blank, key = text.replace("\r", "").partition("\n\n")
    resume = key.strip() if blank and key.strip() and " " not in key.strip() else None
    rows = [line.split(" ") for line in listed.splitlines() if not line.startswith(("CDX ", "!"))]
    if rows and not any(len(row) > 2 and row[1].isdigit() for row in rows):
        raise NoListError(f"the index answered with {_beginning(text)}")
    return (_row(row) for row in rows), resume


def _row(row: list[str]) -> dict[str, Any]:
    if len(row) > 2 and row[2].startswith("{"):
        try:
            return {"timestamp": row[1], **json.loads(" ".join(row[2:]))}
        except ValueError:
            return {}
    return dict(zip(ELEVEN if len(row) >= len(ELEVEN) else SEVEN, row, strict=False))


def _columns(rows: list[list[Any]]) -> tuple[Iterable[str], list[list[Any]]]:
    if rows and "timestamp" in rows[0]:
        return [str(name) for name in rows[0]], rows[1:]
    wide = bool(rows) and len(rows[0]) >= len(ELEVEN)
    return (ELEVEN if wide else SEVEN), [row for row in rows if row]


def _listed(row: dict[str, Any]) -> Listed | None:
    digest = _DIGEST.fullmatch(str(row.get("digest") or "").strip())
    return _made(
        str(row.get("original") or row.get("url") or ""),
        moment=_stamped(row.get("timestamp")),
        mime=_told(row.get("mimetype") or row.get("mime")),
        status=_number(row.get("statuscode") or row.get("status")),
        digest=f"sha1:{digest[1]}" if digest else None,
        length=_number(row.get("length")),
        file=_told(row.get("filename")),
        offset=_number(row.get("offset")),
    )


def _made(url: str, *, moment: datetime | None, **told: Any) -> Listed | None:
    """Return a capture; ``None`` without a web address (old indexes hold mailto: and worse) or without a time."""
    try:
        key = urlkey(url)
    except ValueError:
        return None
    address = _OLD_PORT.sub(r"\1", url)
    return None if moment is None else Listed(url=address, urlkey=key, at=moment, **told)


def _stamped(value: Any) -> datetime | None:
    try:
        return datetime.strptime(str(value), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def http_date(value: str | None) -> datetime | None:
    """Read a date as HTTP headers write it; ``None`` where it is none.

    >>> http_date("Tue, 18 Feb 2020 09:30:00 GMT").isoformat()
    '2020-02-18T09:30:00+00:00'
    """
    try:
        found = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _told(value: Any) -> str | None:
    return None if value in (None, "", "-") else str(value)


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _links(text: str) -> Iterator[tuple[str, set[str], str | None]]:
    """Yield target, relations and datetime of each link of a link-format document."""
    for link in _LINK.finditer(text):
        told = {name.lower(): quoted or bare for name, quoted, bare in _ATTRIBUTE.findall(link[2])}
        yield link[1], set(told.get("rel", "").lower().split()), told.get("datetime")


def original_of(links: Iterable[bytes]) -> str | None:
    """Return the address that the Link headers of a memento call its original."""
    text = ", ".join(value.decode("latin-1") for value in links)
    return next((target for target, rel, _ in _links(text) if "original" in rel), None)


def _beginning(text: str) -> str:
    return repr(" ".join(text[:200].split())[:80])
