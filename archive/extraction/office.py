"""Read the text of office files: Word, PowerPoint and Excel since 2007, and OpenDocument."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime

import docx
import docx.opc.exceptions
import openpyxl
import openpyxl.utils.exceptions
import pptx
import pptx.exc
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree
from pptx.slide import Slide

from archive.errors import PayloadError

from .documents import FAULTS, Document, as_document, broken, refuse_bomb
from .officelines import OfficeLines

MOST_ROWS = 20_000
"""Rows read of one workbook; longer ones are registers, not texts."""
MOST_COLUMNS = 60
WORD_FAULTS: tuple[type[Exception], ...] = (*FAULTS, docx.opc.exceptions.OpcError)
SLIDE_FAULTS: tuple[type[Exception], ...] = (*FAULTS, pptx.exc.PythonPptxError)
SHEET_FAULTS: tuple[type[Exception], ...] = (
    *FAULTS,
    openpyxl.utils.exceptions.InvalidFileException,
)
WORD_HEADING = re.compile(r"(?:Title|Heading (\d))", re.IGNORECASE)
OFFICE, TEXT, TABLE, DRAW, PRESENTATION, DC, META = (
    f"{{{name}}}"
    for name in (
        *(f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0" for part in ("office", "text", "table", "drawing", "presentation")),
        "http://purl.org/dc/elements/1.1/",
        "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    )
)  # fmt: skip
PARAGRAPHS = frozenset({f"{TEXT}p", f"{TEXT}h"})
SKIPPED = frozenset({f"{TEXT}tracked-changes", f"{OFFICE}annotation", f"{TEXT}note-citation"})


def read_docx(payload: bytes, url: str) -> Document:
    """Return the text of a Word file, tables in their place.

    Raises:
        PayloadError: the file is broken.
    """
    try:
        refuse_bomb(payload)
        document = docx.Document(io.BytesIO(payload))
        met = OfficeLines()
        blocks = document.iter_inner_content()
        lines = [line for block in blocks for line in _word_lines(block, met)]
        said = document.core_properties
        return as_document(
            ["\n".join(lines)], said.title, said.author, changed=said.modified, met=met
        )
    except WORD_FAULTS as error:
        raise PayloadError(broken("Word file", url, error)) from error


def _word_lines(block: Paragraph | Table, met: OfficeLines) -> Iterator[str]:
    if isinstance(block, Table):
        for row in block.rows:
            # a merged cell is given once for each column that it spans, each time the same element
            cells = {cell._tc: " ".join(cell.text.split()) for cell in row.cells}
            yield met.row(cells.values())
        return
    style = (block.style.name or "") if block.style is not None else ""
    properties = block._p.pPr
    if heading := WORD_HEADING.match(style):
        yield met.heading(block.text, int(heading[1] or 0))
    elif style.startswith("List") or (properties is not None and properties.numPr is not None):
        yield met.item(block.text, numbered=style.startswith("List Number"))
    else:
        yield block.text


def read_pptx(payload: bytes, url: str) -> Document:
    """Return the text of a PowerPoint file, a form feed between slides; the speaker's notes stay out.

    Raises:
        PayloadError: the file is broken.
    """
    try:
        refuse_bomb(payload)
        deck = pptx.Presentation(io.BytesIO(payload))
        met = OfficeLines()
        slides = ["\n".join(_slide_lines(slide, met)) for slide in deck.slides]
        said = deck.core_properties
        return as_document(slides, said.title, said.author, changed=said.modified, met=met)
    except SLIDE_FAULTS as error:
        raise PayloadError(broken("PowerPoint file", url, error)) from error


def _slide_lines(slide: Slide, met: OfficeLines) -> Iterator[str]:
    if slide.shapes.title is not None:
        met.heading(slide.shapes.title.text_frame.text, 1)
    yield from _shape_lines(slide.shapes, met)


def _shape_lines(shapes: object, met: OfficeLines) -> Iterator[str]:
    for shape in shapes:  # type: ignore[attr-defined]  # python-pptx has no types
        if shape.has_text_frame:
            yield from (paragraph.text for paragraph in shape.text_frame.paragraphs)
        elif getattr(shape, "has_table", False) and shape.has_table:
            for row in shape.table.rows:
                yield met.row(" ".join(cell.text.split()) for cell in row.cells)
        elif hasattr(shape, "shapes"):
            yield from _shape_lines(shape.shapes, met)


def read_xlsx(payload: bytes, url: str) -> Document:
    """Return the cells of a workbook, a line a row, a form feed between sheets, each headed by its name.

    Raises:
        PayloadError: the file is broken.
    """
    try:
        refuse_bomb(payload)
        book = openpyxl.load_workbook(io.BytesIO(payload), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        met = OfficeLines()
        pages = [
            "\n".join([met.heading(sheet.title, 1), *_sheet_lines(sheet, met)]) for sheet in sheets
        ]
        said = book.properties
        book.close()
        return as_document(pages, said.title, said.creator, changed=said.modified, met=met)
    except SHEET_FAULTS as error:
        raise PayloadError(broken("Excel file", url, error)) from error


def _sheet_lines(sheet: object, met: OfficeLines) -> Iterator[str]:
    rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)  # type: ignore[attr-defined]  # openpyxl has no types
    for row in rows:
        cells = [_cell(value) for value in row if value is not None]
        if any(cells):
            yield met.row(cells)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.day}.{value.month}.{value.year}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def read_open_document(payload: bytes, url: str) -> Document:
    """Return the text of an OpenDocument file: text, slides or sheets.

    Raises:
        PayloadError: the file is broken or encrypted.
    """
    try:
        refuse_bomb(payload)
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            body = _parsed(archive.read("content.xml")).find(f"{OFFICE}body")
            said = _parsed(archive.read("meta.xml")) if "meta.xml" in archive.namelist() else None
        parts = [] if body is None else _parts(body)
        met = OfficeLines()
        return as_document(
            ["\n".join(_open_part(part, met)) for part in parts],
            _said(said, f"{DC}title"),
            _said(said, f"{META}initial-creator") or _said(said, f"{DC}creator"),
            changed=_stamp(_said(said, f"{DC}date")),
            met=met,
        )
    except FAULTS as error:
        raise PayloadError(broken("OpenDocument file", url, error)) from error


def _parsed(source: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(source, parser)


def _parts(body: etree._Element) -> list[etree._Element]:
    """Return the slides or sheets of a body, or the body itself."""
    found = [*body.iter(f"{DRAW}page")] or [*body.iterfind(f"{OFFICE}spreadsheet/{TABLE}table")]
    return found or [body]


def _open_part(part: etree._Element, met: OfficeLines) -> Iterator[str]:
    """Yield the lines of a part; a sheet is headed by its name."""
    name = part.get(f"{TABLE}name")
    if part.tag == f"{TABLE}table" and name:
        yield met.heading(name, 1)
    yield from _open_lines(part, met)


def _open_lines(root: etree._Element, met: OfficeLines) -> Iterator[str]:
    for child in root:
        if child.tag in SKIPPED or not isinstance(child.tag, str):
            continue
        if child.tag == f"{TABLE}table-row":
            cells = (_open_text(cell) for cell in child.iterfind(f"{TABLE}table-cell"))
            yield met.row(cells)
        elif child.tag in PARAGRAPHS:
            yield _open_paragraph(child, met)
        else:
            yield from _open_lines(child, met)


def _open_paragraph(paragraph: etree._Element, met: OfficeLines) -> str:
    text = _open_text(paragraph)
    frame = next(paragraph.iterancestors(f"{DRAW}frame"), None)
    if frame is not None and frame.get(f"{PRESENTATION}class") == "title":
        return met.heading(text, 1)
    if paragraph.tag == f"{TEXT}h":
        level = paragraph.get(f"{TEXT}outline-level") or ""
        return met.heading(text, int(level) if level.isdigit() else 1)
    listed = frame is None and next(paragraph.iterancestors(f"{TEXT}list-item"), None) is not None
    return met.item(text) if listed else text


def _open_text(element: etree._Element) -> str:
    """Return the inline text of a paragraph or a cell; tabs and line breaks are elements of their own."""
    pieces: list[str] = []
    for part in element.iter():
        if part.tag in (f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break", *PARAGRAPHS):
            pieces.append(" ")
        if part.text and not any(up.tag in SKIPPED for up in part.iterancestors()):
            pieces.append(part.text)
        if part.tail and part is not element:
            pieces.append(part.tail)
    return " ".join("".join(pieces).split())


def _said(meta: etree._Element | None, tag: str) -> str | None:
    return next((found.text for found in meta.iter(tag)), None) if meta is not None else None


def _stamp(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:19]) if text else None
    except ValueError:
        return None
