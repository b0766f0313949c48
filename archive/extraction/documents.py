"""Read the text of attachments: PDF, Word, PowerPoint and plain text."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import docx
import docx.opc.exceptions
import pptx
import pptx.exc
import pypdfium2
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from archive.decode import clean_text, decode_html
from archive.errors import PayloadError

DIVIDED = re.compile(r"(?<=[^\W\d_])(?:[\ufffe\x02]\n?|[-\u2010\u00ad]\n)(?=[^\W\d_])")
"""A hyphen at the end of a line between two letters; pdfium writes U+FFFE for it.

4-gram F1 on five Finnish two-column files with divided words joined .977, without .699."""
AFTER_HANGING = re.compile(r"(?:ja|sekä|tai|eli|och|eller|and|or)\b", re.IGNORECASE)
"""Words before which a hyphen is the writer's own: "sosiaali- ja terveys"."""
LINE_BREAK = re.compile(r"(?<![.!?:;\n])\n(?=[a-zåäö0-9(])")
"""A line that ends without an end and goes on with a small letter: one paragraph."""
BLANK_LINES = re.compile(r"\n{2,}")
FIRST_LINE = re.compile(r"\S.*")
MOST_PAGES = 3_000
MOST_UNPACKED = 500_000_000
"""Bytes that an office file may unpack to; a bomb claims more."""
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The text of an attachment and what its properties say."""

    text: str
    """Pages or slides divided by a form feed, so that a hit can name its page."""
    title: str | None
    author: str | None
    charset: str | None = None
    warnings: tuple[str, ...] = ()


def read_pdf(payload: bytes, url: str) -> Document:
    """Return the text of a PDF file, a form feed between pages, divided words joined.

    Raises:
        PayloadError: the file is encrypted or broken.
    """
    try:
        pdf = pypdfium2.PdfDocument(payload)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        what = "it is encrypted with a password" if locked else f"it is broken ({error})"
        raise PayloadError(f"PDF {url}: {what}; it stays in WARC without a text") from error
    with pdf:
        pages = [clean_page(text) for text in _pdf_pages(pdf)]
        properties = pdf.get_metadata_dict(skip_empty=True)
    return _document(
        pages, properties.get("Title"), properties.get("Author"), empty="no-text-layer"
    )


def _pdf_pages(pdf: pypdfium2.PdfDocument) -> Iterator[str]:
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


def read_docx(payload: bytes, url: str) -> Document:
    """Return the text of a Word file, tables in their place.

    Raises:
        PayloadError: the file is broken.
    """
    try:
        _refuse_bomb(payload)
        document = docx.Document(io.BytesIO(payload))
        lines = [line for block in document.iter_inner_content() for line in _docx_lines(block)]
        properties = document.core_properties
        return _document(["\n".join(lines)], properties.title, properties.author, empty="no-text")
    except OFFICE_FAULTS as error:
        raise PayloadError(_broken("Word file", url, error)) from error


def _docx_lines(block: Paragraph | Table) -> Iterator[str]:
    if isinstance(block, Table):
        for row in block.rows:
            cells = dict.fromkeys(cell.text.strip() for cell in row.cells)
            yield " | ".join(cell for cell in cells if cell)
    else:
        yield block.text


def read_pptx(payload: bytes, url: str) -> Document:
    """Return the text of a PowerPoint file, a form feed between slides; the speaker's notes stay out.

    Raises:
        PayloadError: the file is broken.
    """
    try:
        _refuse_bomb(payload)
        deck = pptx.Presentation(io.BytesIO(payload))
        slides = ["\n".join(_shape_lines(slide.shapes)) for slide in deck.slides]
        properties = deck.core_properties
        return _document(slides, properties.title, properties.author, empty="no-text")
    except OFFICE_FAULTS as error:
        raise PayloadError(_broken("PowerPoint file", url, error)) from error


def _shape_lines(shapes: object) -> Iterator[str]:
    for shape in shapes:  # type: ignore[attr-defined]  # python-pptx has no types
        if shape.has_text_frame:
            yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield from (" | ".join(cell.text for cell in row.cells) for row in shape.table.rows)
        elif hasattr(shape, "shapes"):
            yield from _shape_lines(shape.shapes)


def read_plain(payload: bytes, declared: str | None) -> Document:
    """Return a plain text, decoded."""
    decoded = decode_html(payload, declared)
    document = _document([decoded.text.replace("\r\n", "\n")], None, None, empty="no-text")
    return Document(
        text=document.text,
        title=document.title,
        author=None,
        charset=decoded.charset,
        warnings=document.warnings,
    )


OFFICE_FAULTS = (
    *(
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        TypeError,
        KeyError,
        ValueError,
        OSError,
        AttributeError,
        IndexError,
        RuntimeError,
    ),
    *(
        etree.XMLSyntaxError,
        docx.opc.exceptions.OpcError,
        pptx.exc.PythonPptxError,
        NotImplementedError,
    ),
)
"""What python-docx, python-pptx and zipfile raise on files that are not what they claim."""


def _broken(kind: str, url: str, error: Exception) -> str:
    return f"{kind} {url}: it is broken ({type(error).__name__}: {error}); it stays in WARC without a text"


def _refuse_bomb(payload: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise ValueError(f"it would unpack to {unpacked:,} bytes")


def _document(pages: list[str], title: str | None, author: str | None, *, empty: str) -> Document:
    tidy = [BLANK_LINES.sub("\n", clean_text(page)).strip() for page in pages]
    text = "\f".join(tidy) if any(tidy) else ""
    first = FIRST_LINE.search(text)
    return Document(
        text=text,
        title=_meaningful(title) or (first[0][:LONGEST_TITLE].strip() if first else None),
        author=_meaningful(author),
        warnings=() if text else (empty,),
    )


FILE_NAMES = re.compile(
    r"(?:microsoft word|powerpoint|untitled|nimet[öo]n|dia \d|slide \d|.*\.(?:docx?|pptx?|pdf|indd)$)",
    re.IGNORECASE,
)
MACHINES = re.compile(r"python-docx|python-pptx|microsoft|user|käyttäjä|admin", re.IGNORECASE)


def _meaningful(value: str | None) -> str | None:
    tidy = clean_text(value or "").strip()
    return None if not tidy or FILE_NAMES.match(tidy) or MACHINES.fullmatch(tidy) else tidy
