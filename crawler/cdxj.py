"""Index the captures of a WARC file, one CDXJ line each, as Wayback machines read them.

Lines are those of pywb's indexer, with one difference: of a chunked body the digest is that of the entity, not of the chunks,
so that equal payloads have equal digests here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive.members import Damage
from archive.replay.cdxj import index_line
from archive.urls import urlkey
from archive.warc import closed_name, parse_warc_date
from crawler.http1 import Head
from crawler.warcwalk import Walked, walk_records

CAPTURES = frozenset({"response", "revisit"})


def cdxj_line(
    *,
    url: str,
    at: datetime,
    head: Head | None,
    revisit: bool,
    digest: str | None,
    offset: int,
    length: int,
    file: str,
) -> str | None:
    """Return the line of one capture, without its line end; ``None`` for an address without a key.

    Args:
        url: the WARC-Target-URI.
        at: the WARC-Date.
        head: the head of the response.
        revisit: whether it is a revisit record.
        digest: the payload digest, with its ``sha1:``.
        offset: where the record begins in the file.
        length: its bytes in the file.
        file: the name of the file once closed.
    """
    try:
        key = urlkey(url)
    except ValueError:
        return None
    return index_line(
        key=key,
        url=url,
        at=at,
        revisit=revisit,
        mime=_mime(head),
        status=head.status if head else None,
        digest=digest,
        offset=offset,
        length=length,
        file=file,
    )


def index_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file that was written before, in the order of its records.

    Raises:
        WarcError: the file cannot be read.
    """
    for record in walk_records(path):
        line = None if isinstance(record, Damage) else _line(record, closed_name(path))
        if line is not None:
            yield line


def stated_digest(fields: dict[str, str]) -> str | None:
    """Return the payload digest that a record states; ``fields`` have names in lower case."""
    return fields.get("warc-payload-digest") or fields.get("x-payload-digest")


def _line(record: Walked, file: str) -> str | None:
    at = parse_warc_date(record.fields.get("warc-date"))
    url = record.fields.get("warc-target-uri")
    if record.kind not in CAPTURES or url is None or at is None:
        return None
    return cdxj_line(
        url=url,
        at=at,
        head=record.http_head,
        revisit=record.kind == "revisit",
        digest=stated_digest(record.fields),
        offset=record.offset,
        length=record.length,
        file=file,
    )


def _mime(head: Head | None) -> str | None:
    """Return the media type as pywb does: up to a semicolon or a space."""
    value = (head.first(b"content-type") if head else None) or ""
    return value.partition(";")[0].partition(" ")[0] or None
