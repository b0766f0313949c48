"""Read the text of PDF files: columns, divided words and broken lines as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pypdfium2

from archive.decode import clean_text
from archive.errors import PayloadError

from .documents import BLANK_LINES, Document, as_document
from .ocr import read_pictures

DIVIDED = re.compile(r"(?<=[^\W\d_])(?:[\ufffe\x02]\n?|[-\u2010\u00ad]\n)(?=[^\W\d_])")
"""A hyphen at the end of a line between two letters; pdfium writes U+FFFE for it.

4-gram F1 on five Finnish two-column files with divided words joined .977, without .699."""
AFTER_HANGING = re.compile(r"(?:ja|sekä|tai|eli|och|eller|and|or)\b", re.IGNORECASE)
"""Words before which a hyphen is the writer's own: "sosiaali- ja terveys"."""
LINE_BREAK = re.compile(r"(?<![.!?:;\n])\n(?=[a-zåäö0-9(])")
"""A line that ends without an end and goes on with a small letter: one paragraph."""
LETTER = re.compile(r"[^\W\d_]")
FEWEST_LETTERS = 5
"""Letters a page on average that make a text layer; scanners add page numbers and stamps."""
MOST_PAGES = 3_000
STAMP = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?")
NO_TEXT_LAYER = "no-text-layer"


def read_pdf(payload: bytes, url: str, *, ocr: bool = False) -> Document:
    """Return the text of a PDF file, a form feed between pages, divided words joined.

    Args:
        payload: the file.
        url: its address, for messages.
        ocr: read the pictures of pages where there is no text, with tesseract.

    Raises:
        PayloadError: the file is encrypted or broken, or ocr is wanted and tesseract missing.
    """
    try:
        pdf = pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        what = "it is encrypted with a password" if locked else f"it is broken ({error})"
        raise PayloadError(f"PDF {url}: {what}; it stays in WARC without a text") from error
    with pdf:
        pages = [clean_page(text) for text in _pages(pdf)]
        if len(LETTER.findall("".join(pages))) < FEWEST_LETTERS * len(pages):
            pages = [clean_page(text) for text in read_pictures(pdf, url)] if ocr else []
        properties = pdf.get_metadata_dict(skip_empty=True)
    return as_document(
        pages,
        properties.get("Title"),
        properties.get("Author"),
        changed=_moment(properties.get("ModDate") or properties.get("CreationDate")),
        empty=NO_TEXT_LAYER,
    )


def _pages(pdf: pypdfium2.PdfDocument) -> Iterator[str]:
    for index in range(min(len(pdf), MOST_PAGES)):
        try:
            page = pdf[index]
        except pypdfium2.PdfiumError:
            yield ""
            continue
        textpage = page.get_textpage()
        yield textpage.get_text_range()
        textpage.close()
        page.close()


def _moment(stamp: str | None) -> datetime | None:
    """Return the local moment of a PDF date such as ``D:20200218101500+02'00'``."""
    match = STAMP.match(stamp or "")
    try:
        return datetime(*(int(part or 0) for part in match.groups())) if match else None  # type: ignore[arg-type]  # noqa: DTZ001 - year to minute; the clock of whoever wrote it
    except ValueError:
        return None


def clean_page(text: str) -> str:
    r"""Return the text of one page: divided words joined, broken lines made paragraphs again.

    >>> clean_page("Järjes-\r\ntöjen sosiaali-\r\nja terveystyö Etelä-\r\nKarjalassa.\r\nToinen kappale.")
    'Järjestöjen sosiaali- ja terveystyö Etelä-Karjalassa.\nToinen kappale.'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = re.sub(r"[ \t]+\n", "\n", lines)
    joined = LINE_BREAK.sub(" ", DIVIDED.sub(_join, lines))
    return BLANK_LINES.sub("\n", clean_text(joined)).strip()


def _join(hyphen: re.Match[str]) -> str:
    rest = hyphen.string[hyphen.end() : hyphen.end() + 8]
    if AFTER_HANGING.match(rest):
        return "- "
    return "" if rest[:1].islower() else "-"
