"""Tell what a payload is from its first bytes; what a server declares decides only where they are silent."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Literal

Kind = Literal["html", "pdf", "docx", "pptx", "text", "unknown"]

OFFICE_PARTS: tuple[tuple[str, Kind], ...] = (
    ("word/document.xml", "docx"),
    ("ppt/presentation.xml", "pptx"),
)
HTML_MARKS = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<title",
    b"<meta",
    b"<div",
    b"<p",
    b"<table",
    b"<h1",
)
HEAD = 2_048
BINARY = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"\x1f\x8b",
    b"Rar!",
    b"\xd0\xcf\x11\xe0",
    b"ID3",
    b"\x00\x00\x00",
)


def sniff_kind(payload: bytes, content_type: str | None) -> Kind:
    """Return the kind of a payload.

    >>> sniff_kind(b"%PDF-1.7", "text/html"), sniff_kind(b"Hei", "text/plain; charset=utf-8")
    ('pdf', 'text')
    """
    head = payload[:HEAD]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(payload)
    declared = mime_type(content_type)
    if head.startswith(BINARY):
        return "unknown"
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith(HTML_MARKS) or any(
        mark in lowered for mark in (b"<html", b"<!doctype html", b"<body")
    ):
        return "html"
    if declared in ("text/html", "application/xhtml+xml"):
        return "html"
    if declared and declared.startswith("text/"):
        return "text" if declared in ("text/plain", "text/markdown") else "unknown"
    return "html" if declared is None and lowered.startswith(b"<") else "unknown"


def mime_type(content_type: str | None) -> str | None:
    """Return the type of a Content-Type header without its parameters, lower case."""
    return (content_type or "").partition(";")[0].strip().lower() or None


def declared_charset(content_type: str | None) -> str | None:
    """Return the charset parameter of a Content-Type header.

    >>> declared_charset('text/html; Charset="ISO-8859-1"')
    'ISO-8859-1'
    """
    for part in (content_type or "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or None
    return None


def _office_kind(payload: bytes) -> Kind:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(payload)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return "unknown"
    return next((kind for part, kind in OFFICE_PARTS if part in names), "unknown")
