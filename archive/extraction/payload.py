"""Turn one payload into its text and what it says about itself, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import version

from archive.errors import PayloadError
from archive.language import language_passages, languages_of, main_language
from archive.media import (
    DOCX,
    HTML,
    ODP,
    ODS,
    ODT,
    OLE,
    PDF,
    PLAIN,
    PPTX,
    RTF,
    XLSX,
    declared_charset,
    detect_media_type,
)
from archive.personal import redact
from archive.records import Extraction, ExtractionRules, ListedDates

from .documents import Document, read_plain
from .html import Origin, extract_html
from .legacy import read_old_office, tools
from .office import read_docx, read_open_document, read_pptx, read_xlsx
from .pdf import read_pdf
from .published import attachment_dates

REVISION = "4"
"""Raised when our own rules change, so that a text can be told from one read by older rules."""
READERS = {
    HTML: "trafilatura",
    PDF: "pypdfium2",
    DOCX: "python-docx",
    PPTX: "python-pptx",
    XLSX: "openpyxl",
    OLE: "olefile",
}
OFFICE: dict[str, Callable[[bytes, str], Document]] = {
    DOCX: read_docx,
    PPTX: read_pptx,
    XLSX: read_xlsx,
    ODT: read_open_document,
    ODS: read_open_document,
    ODP: read_open_document,
    OLE: read_old_office,
    RTF: read_old_office,
}
NAMES = {
    ODT: "opendocument",
    ODS: "opendocument",
    ODP: "opendocument",
    RTF: "catdoc",
}
"""What reads the kinds for which no package does."""
NO_RULES = ExtractionRules()
EXTRACTOR = ", ".join(
    [*(f"{reader} {version(reader)}" for reader in READERS.values()), *tools(), f"rules {REVISION}"]
)
"""All readers with their versions, and the programs found: whatever was read under another signature is read again."""


def extract_payload(
    payload: bytes,
    *,
    url: str,
    content_type: str | None,
    captured: datetime,
    rules: ExtractionRules = NO_RULES,
    listed: tuple[ListedDates, ...] = (),
) -> Extraction:
    """Return the text of a payload, its title, dates, language, tags and links; never a personal identity code.

    Args:
        payload: the entity body, transfer and content coding removed.
        url: the address of the capture.
        content_type: the Content-Type header; the bytes go before it.
        captured: when it was captured, aware; no date later than this is believed.
        rules: what the site file says about reading its pages.
        listed: what lists of its site (REST interface, feeds) tell of the page.

    Raises:
        PayloadError: the file is of a kind without text, encrypted, or broken.
    """
    kind = detect_media_type(payload, content_type)
    if kind == HTML:
        declared = declared_charset(content_type)
        origin = Origin(url=url, declared=declared, captured=captured, rules=rules, listed=listed)
        found = extract_html(payload, origin)
    else:
        document = _read(kind, payload, url, content_type, rules)
        found = _attachment(document, captured, rules)
    return redact(replace(found, extractor=_signature(kind)))


@cache
def _signature(kind: str | None) -> str:
    reader = READERS.get(kind or "")
    if reader:
        return f"{reader} {version(reader)} + {REVISION}"
    return f"{NAMES.get(kind or '', 'plain')} + {REVISION}"


def _read(
    kind: str | None, payload: bytes, url: str, content_type: str | None, rules: ExtractionRules
) -> Document:
    if kind == PDF:
        return read_pdf(payload, url, ocr=rules.ocr)
    if kind in OFFICE:
        return OFFICE[kind](payload, url)
    if kind in (PLAIN, "text/markdown"):
        return read_plain(payload, declared_charset(content_type))
    raise PayloadError(
        f"{url}: no text is read from {kind or 'an empty body'} (first bytes {payload[:8]!r}); "
        "it stays in WARC"
    )


def _attachment(document: Document, captured: datetime, rules: ExtractionRules) -> Extraction:
    published, modified = attachment_dates(
        document.text, document.changed, captured, rules.date_order
    )
    passages = language_passages(document.text)
    return Extraction(
        text=document.text,
        markdown=document.markdown,
        title=document.title,
        author=document.author,
        published=published,
        modified=modified,
        language=main_language(document.text, passages),
        languages=languages_of(passages),
        page_type="attachment",
        charset=document.charset,
        warnings=document.warnings,
    )
