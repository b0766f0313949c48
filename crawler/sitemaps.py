"""Read sitemaps in every form seen in the wild: XML with or without faults, gzip, plain text.

Protocol: https://www.sitemaps.org/protocol.html. A file is read as a stream and let go of entry by entry,
because fifty megabytes of XML would become half a gigabyte of tree.
"""

from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.etree

MAX_BYTES = 50_000_000
"""The protocol's own limit for one uncompressed file."""
MAX_ENTRIES = 50_000
"""The protocol's own limit for the addresses of one file."""
MAX_LASTMOD = 40
"""Characters of a date; longer ones are no dates."""

_STRAY_AMPERSAND = re.compile(rb"&(?!#?\w{1,10};)")
_BLOCK = re.compile(
    r"<(?:\w+:)?(url|sitemap)\b[^>]*>(.*?)(?=<(?:\w+:)?(?:url|sitemap)\b|\Z)", re.DOTALL
)
_LOC = re.compile(r"<(?:\w+:)?loc\s*>\s*(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?\s*<", re.DOTALL)
_LASTMOD = re.compile(r"<(?:\w+:)?lastmod\s*>\s*([^<]*?)\s*<")
_ADDRESS_LINE = re.compile(r"^\s*(https?://\S+)\s*$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One address of a sitemap."""

    location: str
    """As it stands: it may be relative."""
    is_sitemap: bool = False
    lastmod: str | None = None
    """The date of the last change, as it stands."""


def unpacked(body: bytes) -> bytes:
    """Return a sitemap uncompressed, at most as large as the protocol allows."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_BYTES]
    try:
        return zlib.decompressobj(31).decompress(body, MAX_BYTES)
    except zlib.error:
        return b""


def entries(body: bytes) -> Iterator[Entry]:
    """Yield the addresses of an unpacked sitemap, in order, at most as many as the protocol allows.

    What cannot be parsed as XML, even leniently, is searched for its marks; what has none, for lines of addresses.
    """
    for number, entry in enumerate(_any_form(body)):
        if number >= MAX_ENTRIES:
            return
        yield entry


def _any_form(body: bytes) -> Iterator[Entry]:
    if b"<" in body[:1000] or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = False
        for entry in _xml_entries(body):
            found = True
            yield entry
        if not found:
            yield from _marked_entries(_text(body))
    else:
        for match in _ADDRESS_LINE.finditer(_text(body)):
            yield Entry(match[1])


def _text(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    return body.decode("utf-8-sig", "replace")


def _xml_entries(body: bytes) -> Iterator[Entry]:
    if not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        # what stands before the first mark makes the whole file unreadable, and so does a bare &
        body = _STRAY_AMPERSAND.sub(b"&amp;", body[max(0, body.find(b"<")) :])
    try:
        walk = lxml.etree.iterparse(
            io.BytesIO(body),
            events=("end",),
            tag=("{*}url", "{*}sitemap"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            huge_tree=True,
        )
        for _, element in walk:
            yield from _element_entries(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except lxml.etree.XMLSyntaxError:
        return  # no root at all


def _element_entries(element: lxml.etree._Element) -> Iterator[Entry]:
    """Yield what one ``url`` or ``sitemap`` says; images and videos stand deeper and are no pages."""
    told: dict[str, str] = {}
    for child in element.iterchildren("{*}loc", "{*}lastmod"):
        told.setdefault(lxml.etree.QName(child).localname, (child.text or "").strip())
    is_sitemap = lxml.etree.QName(element).localname == "sitemap"
    if told.get("loc"):
        yield Entry(told["loc"], is_sitemap, _date(told.get("lastmod")))
    for link in element.iterchildren("{http://www.w3.org/1999/xhtml}link"):
        if link.get("rel") == "alternate" and link.get("href"):  # the page in other languages
            yield Entry(str(link.get("href")))


def _marked_entries(text: str) -> Iterator[Entry]:
    for block in _BLOCK.finditer(text):
        location = _LOC.search(block[2])
        lastmod = _LASTMOD.search(block[2])
        if location and location[1].strip():
            yield Entry(
                html.unescape(location[1].strip()),
                block[1] == "sitemap",
                _date(lastmod[1] if lastmod else None),
            )


def _date(text: str | None) -> str | None:
    return text if text and len(text) <= MAX_LASTMOD and text[0].isdigit() else None
