"""Find the captures of an address that can be seen as they were, and what one of them holds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.decode import decode_html
from archive.media import declared_charset, essence
from archive.personal import masked, without_codes
from archive.replay.mementos import FOLDER
from archive.site.holding import rows_of
from archive.urls import urlkey
from archive.warc import read_beginning

Record = dict[str, Any]

LONGEST_SOURCE = 400_000
"""Bytes of a source that are shown: more than 99 in 100 pages have, and what a browser lays out at once."""
TEXTS = ("text/", "application/json", "application/xml", "application/javascript", "application/x-javascript", "application/ld+json", "application/rss+xml", "application/atom+xml", "application/xhtml+xml", "image/svg+xml")  # fmt: skip

COLUMNS = "id, site, page, version, url, timestamp, status, mime, payload_digest, record_id, record_type, source, file"


def mementos_of(connection: sqlite3.Connection, url: str) -> list[Record]:
    """Return the captures of an address, oldest first; none for what is no address."""
    try:
        key = urlkey(url)
    except ValueError:
        return []
    query = f"SELECT {COLUMNS} FROM mementos WHERE urlkey = ? ORDER BY timestamp, id"  # noqa: S608 - our columns
    return rows_of(connection.execute(query, [key]))


def memento(connection: sqlite3.Connection, id_: str) -> Record | None:
    """Return one capture, with where its record and its body stand."""
    query = """
      SELECT mementos.*, bodies.file AS body_file, bodies."offset" AS body_offset, sites.name AS site_name
      FROM mementos JOIN mementos AS bodies ON bodies.id = mementos.body JOIN sites ON sites.id = mementos.site
      WHERE mementos.id = ?"""
    return next(iter(rows_of(connection.execute(query, [id_]))), None)


def of_version(connection: sqlite3.Connection, version: str) -> Record | None:
    """Return the first capture that showed a version, where it can be seen as it was."""
    query = f"SELECT {COLUMNS} FROM mementos WHERE version = ? ORDER BY timestamp, id LIMIT 1"  # noqa: S608 - our columns
    return next(iter(rows_of(connection.execute(query, [version]))), None)


def is_served(connection: sqlite3.Connection, file: str) -> bool:
    """Tell whether a WACZ file belongs to this edition."""
    found = connection.execute("SELECT 1 FROM mementos WHERE file = ? LIMIT 1", [file])
    return found.fetchone() is not None


def nearest(found: list[Record], wanted: datetime) -> Record:
    """Return the capture nearest to a moment; of two as near, the earlier."""
    return min(found, key=lambda one: abs(moment(one) - wanted))


def moment(row: Record) -> datetime:
    """Return when a capture was made."""
    return datetime.fromisoformat(row["timestamp"]).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """What a server sent, as text."""

    headers: tuple[tuple[str, str], ...]
    status: int | None
    text: str | None
    """``None`` where the body is no text."""
    cut: bool
    """True where the body is longer than what is shown."""


def source_of(row: Record, edition: Path, *, public: bool) -> Source:
    """Read the headers and the body of a capture from the files beside the edition.

    Args:
        row: from `memento`.
        edition: the file of the edition.
        public: whether ways to reach persons are masked.

    Raises:
        WarcError: the file is not there or cannot be read.
    """
    folder = edition.parent / FOLDER
    record = read_beginning(folder / row["file"], row["offset"], LONGEST_SOURCE)
    body = record
    if row["body"] != row["id"]:
        body = read_beginning(folder / row["body_file"], row["body_offset"], LONGEST_SOURCE)
    declared = body.http_header("Content-Type") or body.header("Content-Type")
    text = None
    if (essence(declared) or "").startswith(TEXTS):
        text = without_codes(decode_html(body.payload, declared_charset(declared)).text)
    shown = masked(text) if text and public else text
    return Source(record.http_headers, record.http_status, shown, body.truncated == "length")
