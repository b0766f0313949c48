"""Turn one payload into its text and what it says about itself, whatever kind of file it is."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.metadata import version

from archive.errors import PayloadError
from archive.language import language_passages, languages_of, main_language
from archive.media import DOCX, HTML, PDF, PLAIN, PPTX, declared_charset, detect_media_type
from archive.records import Extraction, ExtractionRules

from .documents import Document, read_docx, read_pdf, read_plain, read_pptx
from .html import extract_html
from .published import attachment_dates

REVISION = "2"
"""Raised when our own rules change, so that a text can be told from one read by older rules."""
READERS = {HTML: "trafilatura", PDF: "pypdfium2", DOCX: "python-docx", PPTX: "python-pptx"}
NO_RULES = ExtractionRules()
EXTRACTOR = (
    ", ".join(f"{reader} {version(reader)}" for reader in READERS.values()) + f" + {REVISION}"
)
"""All readers with their versions: whatever was read under another signature is read again."""


def extract_payload(
    payload: bytes,
    *,
    url: str,
    content_type: str | None,
    captured: datetime,
    rules: ExtractionRules = NO_RULES,
) -> Extraction:
    """Return the text of a payload, its title, dates, language, tags and links.

    Args:
        payload: the entity body, transfer and content coding removed.
        url: the address of the capture.
        content_type: the Content-Type header; the bytes go before it.
        captured: when it was captured, aware; no date later than this is believed.
        rules: what the site file says about reading its pages.

    Raises:
        PayloadError: the file is of a kind without text, encrypted, or broken.
    """
    kind = detect_media_type(payload, content_type)
    if kind == HTML:
        return extract_html(
            payload,
            url=url,
            declared=declared_charset(content_type),
            captured=captured,
            rules=rules,
            extractor=_signature(kind),
        )
    return _attachment(_read(kind, payload, url, content_type), kind, captured, rules)


@cache
def _signature(kind: str | None) -> str:
    reader = READERS.get(kind or "")
    return f"{reader} {version(reader)} + {REVISION}" if reader else f"plain + {REVISION}"


def _read(kind: str | None, payload: bytes, url: str, content_type: str | None) -> Document:
    if kind == PDF:
        return read_pdf(payload, url)
    if kind == DOCX:
        return read_docx(payload, url)
    if kind == PPTX:
        return read_pptx(payload, url)
    if kind in (PLAIN, "text/markdown"):
        return read_plain(payload, declared_charset(content_type))
    raise PayloadError(
        f"{url}: no text is read from {kind or 'an empty body'} (first bytes {payload[:8]!r}); "
        "it stays in WARC"
    )


def _attachment(
    document: Document, kind: str | None, captured: datetime, rules: ExtractionRules
) -> Extraction:
    published, modified = attachment_dates(document.text, captured, rules.date_order)
    passages = language_passages(document.text)
    return Extraction(
        text=document.text,
        title=document.title,
        author=document.author,
        published=published,
        modified=modified,
        language=main_language(document.text, passages),
        languages=languages_of(passages),
        page_type="attachment",
        charset=document.charset,
        extractor=_signature(kind),
        warnings=document.warnings,
    )
