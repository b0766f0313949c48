"""Write as rows what one reading of a body tells: the reading, its version with links and translations, its issue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from archive.digests import stable_id
from archive.personal import IDENTITY_CODE
from archive.reading import Body, Reading
from archive.records import Extraction, StatedDate
from archive.urls import urlkey

WORD = re.compile(r"\w+")
NO_TEXT_LAYER = (
    "the PDF has no text layer: it was scanned; to read it, install tesseract-ocr with its languages fin and swe"
    " and set ocr = true under [extraction] in the site file"
)
CODES_REMOVED = "the page holds Finnish personal identity codes; they were taken out of its text, and stay in WARC"


def reading_row(
    body: Body,
    version: str | None,
    error: str | None,
    suspect: str | None,
    readers: Mapping[str, str],
) -> dict[str, Any]:
    """Return the row of a reading."""
    return {
        "page": body.page,
        "payload_digest": body.payload_digest,
        "capture": body.capture,
        "version": version,
        "extractor": readers[body.site],
        "error": error,
        "suspect": suspect,
    }


def issue_of(reading: Reading, error: str | None) -> tuple[str, str | None]:
    """Return the level and the message of the issue that a reading leaves, if any."""
    if reading.error is not None:
        return "warning", reading.error
    if reading.extraction is not None and IDENTITY_CODE in reading.extraction.warnings:
        return "note", CODES_REMOVED
    return "note", NO_TEXT_LAYER if error == NO_TEXT_LAYER else None


def why_empty(extraction: Extraction | None) -> str:
    """Say why a reading gave no text."""
    scanned = extraction is not None and "no-text-layer" in extraction.warnings
    return NO_TEXT_LAYER if scanned else "no text was found"


def issue_row(body: Body, error: str, level: str) -> dict[str, Any]:
    """Return the row of an issue about a body."""
    return {
        "id": stable_id("issue", "extract", body.page, body.payload_digest),
        "at": body.timestamp,
        "level": level,
        "station": "extract",
        "site": body.site,
        "url": body.url,
        "capture": body.capture,
        "message": error,
    }


def version_row(version: str, digest: str, body: Body, extraction: Extraction) -> dict[str, Any]:
    """Return the row of a version that one capture has shown so far."""
    return {
        "id": version,
        "page": body.page,
        "site": body.site,
        "capture": body.capture,
        "url": body.url,
        "first_seen": body.timestamp,
        "last_seen": body.timestamp,
        "captures": 1,
        "current": 0,
        "text_digest": digest,
        "title": extraction.title,
        "author": extraction.author,
        **_stated(
            "published", extraction.published, ("precision", "source", "confidence", "evidence")
        ),
        **_stated(
            "modified", extraction.modified, ("precision", "source", "confidence", "evidence")
        ),
        "language": extraction.language,
        "languages": json.dumps(extraction.languages),
        "page_type": extraction.page_type,
        "mime": body.mime,
        "tags": json.dumps(extraction.tags, ensure_ascii=False),
        "rules": json.dumps(extraction.rules),
        "charset": extraction.charset,
        "words": len(WORD.findall(extraction.text)),
        "extractor": extraction.extractor,
    }


def _stated(name: str, date: StatedDate | None, facts: Sequence[str]) -> dict[str, Any]:
    value = {name: date.value if date else None}
    return value | {f"{name}_{fact}": getattr(date, fact) if date else None for fact in facts}


def translation_rows(version: str, extraction: Extraction) -> Iterator[dict[str, Any]]:
    """Yield the rows of the translations that a page names."""
    for one in extraction.translations:
        yield {"version": version, "urlkey": urlkey(one.url), **asdict(one)}


def link_rows(version: str, extraction: Extraction) -> Iterator[dict[str, Any]]:
    """Yield the rows of the links of a version."""
    for position, link in enumerate(extraction.links):
        yield {
            "version": version,
            "position": position,
            "url": link.url,
            "urlkey": urlkey(link.url),
            "text": link.text,
        }
