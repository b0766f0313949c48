"""Tell what a body is by its first bytes, because servers often say something else."""

from __future__ import annotations

import re

HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
PLAIN = "text/plain"
FEED = "application/xml"
JSON = "application/json"
OLE = "application/x-ole-storage"
ZIP = "application/zip"

DOCUMENTS = frozenset({HTML, PDF, DOCX, PPTX, XLSX, ODT, PLAIN, OLE})
"""Bodies that can hold a text to read; a capture of any other kind is no page."""

HEAD = 4096
HTML_MARK = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|table|script|h1)\b", re.IGNORECASE
)
XML_MARK = re.compile(rb"^\s*<(?:\?xml|rss|feed|urlset|sitemapindex|rdf:rdf)", re.IGNORECASE)
XHTML_MARK = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
OFFICE_PARTS = ((b"word/", DOCX), (b"ppt/", PPTX), (b"xl/", XLSX), (b"opendocument.text", ODT))


def detect_media_type(payload: bytes, declared: str | None) -> str | None:
    """Return the media type of a body, or ``None`` for an empty one.

    The declared type counts only where the bytes say nothing.

    >>> detect_media_type(b"%PDF-1.7 ...", "text/html; charset=utf-8")
    'application/pdf'
    >>> detect_media_type(b"User-agent: *", "text/plain")
    'text/plain'
    """
    if not payload:
        return None
    head = payload[:HEAD].removeprefix(b"\xef\xbb\xbf")
    return (
        _binary(payload, head) or _markup(head) or essence(declared) or "application/octet-stream"
    )


def _binary(payload: bytes, head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return OLE
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in OFFICE_PARTS if mark in payload), ZIP)
    return None


def _markup(head: bytes) -> str | None:
    if XML_MARK.match(head) and not XHTML_MARK.search(head):
        return FEED
    if head.lstrip()[:1] in (b"{", b"["):
        return JSON
    return HTML if HTML_MARK.search(head) else None


def essence(declared: str | None) -> str | None:
    """Return a declared media type without parameters, lower case.

    >>> essence("Text/HTML; charset=ISO-8859-1")
    'text/html'
    """
    return (declared or "").partition(";")[0].strip().lower() or None
