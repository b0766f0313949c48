"""Tell what a body is by its first bytes; what a server declares decides only where they are silent."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
OLE = "application/x-ole-storage"
RTF = "application/rtf"
PLAIN = "text/plain"
XML = "application/xml"
RSS = "application/rss+xml"
ATOM = "application/atom+xml"
JSON = "application/json"
ZIP = "application/zip"
UNKNOWN = "application/octet-stream"

DOCUMENTS = frozenset(
    {HTML, PDF, DOCX, PPTX, XLSX, ODT, ODS, ODP, OLE, RTF, PLAIN, "text/markdown"}
)
"""Bodies that can hold a text to read; a capture of any other kind is no page."""

HEAD = 4096
BOM_AND_SPACE = b"\xef\xbb\xbf \t\r\n"
HTML_START = re.compile(rb"<(?:head|title|meta|div|p|table|h1|center|font)\b", re.IGNORECASE)
HTML_ANYWHERE = re.compile(rb"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
XML_START = re.compile(rb"<(?:\?xml|rss|feed|urlset|sitemapindex|rdf:rdf)\b", re.IGNORECASE)
OFFICE_PARTS = (
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", PPTX),
    ("xl/workbook.xml", XLSX),
)
SIGNATURES = (
    (b"\xd0\xcf\x11\xe0", OLE),
    (b"{\\rtf", RTF),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", UNKNOWN),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"\x00\x00\x00", UNKNOWN),
)


def detect_media_type(payload: bytes, declared: str | None) -> str | None:
    """Return the media type of a body, or ``None`` for an empty one.

    >>> detect_media_type(b"%PDF-1.7 ...", "text/html; charset=utf-8")
    'application/pdf'
    >>> detect_media_type(b"User-agent: *", "text/plain")
    'text/plain'
    """
    if not payload:
        return None
    head = payload[:HEAD].lstrip(BOM_AND_SPACE)
    return _binary(payload, head) or _markup(head) or essence(declared) or UNKNOWN


def _binary(payload: bytes, head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _office(payload)
    return next((kind for mark, kind in SIGNATURES if head.startswith(mark)), None)


def _office(payload: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            names = frozenset(archive.namelist())
            stated = archive.read("mimetype") if "mimetype" in names else b""
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        struct.error,
        zlib.error,
        EOFError,
    ):
        return None  # broken: what was declared tells at least what it should have been
    for kind in (ODT, ODS, ODP):
        if stated.strip() == kind.encode():
            return kind
    return next((kind for part, kind in OFFICE_PARTS if part in names), ZIP)


def _markup(head: bytes) -> str | None:
    if HTML_START.match(head) or HTML_ANYWHERE.search(head):
        return HTML
    if XML_START.match(head):
        return XML
    return JSON if re.match(rb"[\[{]\s*[\"\[{\]}]", head) else None


def essence(declared: str | None) -> str | None:
    """Return a declared media type without its parameters, lower case; XHTML counts as HTML.

    >>> essence("Text/HTML; charset=ISO-8859-1")
    'text/html'
    """
    kind = (declared or "").partition(";")[0].strip().lower()
    return HTML if kind == "application/xhtml+xml" else kind or None


def declared_charset(declared: str | None) -> str | None:
    """Return the charset parameter of a Content-Type header.

    >>> declared_charset('text/html; Charset="ISO-8859-1"')
    'ISO-8859-1'
    """
    for part in (declared or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None
