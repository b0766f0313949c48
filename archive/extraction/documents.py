"""Hold what an attachment says, whatever kind of file it was, and name what goes wrong with such files."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lxml import etree

from archive.decode import clean_text, decode_html

from .markdown import as_markdown
from .officelines import OfficeLines

BLANK_LINES = re.compile(r"\n{2,}")
FIRST_LINE = re.compile(r"[^\W_][^\n\f]*|\S[^\n\f]*")
MOST_UNPACKED = 500_000_000
"""Bytes that an office file may unpack to; a bomb claims more."""
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The text of an attachment and what its properties say."""

    text: str
    """Pages, slides or sheets divided by a form feed, so that a hit can name its page."""
    title: str | None
    author: str | None
    changed: datetime | None = None
    """When the file says that it was last written; without a zone it is the writer's clock."""
    charset: str | None = None
    markdown: str | None = None
    """The text with its headings, lists and tables; ``None`` where it has none."""
    warnings: tuple[str, ...] = ()


FAULTS: tuple[type[Exception], ...] = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, TypeError, KeyError, ValueError),
    *(OSError, AttributeError, IndexError, RuntimeError, NotImplementedError, OverflowError),
    etree.XMLSyntaxError,
)
"""What zipfile, lxml and the readers of office files raise on files that are not what they claim."""


def broken(kind: str, url: str, error: Exception) -> str:
    """Return the message about a file that cannot be read."""
    return f"{kind} {url}: it is broken ({type(error).__name__}: {error}); it stays in WARC without a text"


def refuse_bomb(payload: bytes) -> None:
    """Raise ValueError for a zip file that would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise ValueError(f"it would unpack to {unpacked:,} bytes")


def as_document(
    pages: Sequence[str],
    title: str | None = None,
    author: str | None = None,
    *,
    changed: datetime | None = None,
    met: OfficeLines | None = None,
    empty: str = "no-text",
) -> Document:
    """Return a document of its pages, cleaned; ``empty`` is the warning where none holds a text.

    Without a meaningful title among the properties the first line is the title.
    """
    tidy = [BLANK_LINES.sub("\n", clean_text(page)).strip() for page in pages]
    text = "\f".join(tidy) if any(tidy) else ""
    first = FIRST_LINE.search(text)
    return Document(
        text=text,
        title=_meaningful(title) or (first[0][:LONGEST_TITLE].strip() if first else None),
        author=_meaningful(author),
        changed=changed,
        markdown=as_markdown(text, met.structure()) if met else None,
        warnings=() if text else (empty,),
    )


FILE_NAMES = re.compile(
    r"(?:microsoft word|powerpoint|untitled|nimet[öo]n|dia \d|slide \d|.*\.(?:docx?|pptx?|xlsx?|od[tps]|pdf|indd|rtf)$)",
    re.IGNORECASE,
)
MACHINES = re.compile(
    r"python-docx|python-pptx|openpyxl|microsoft|anonymous|user|käyttäjä|admin", re.IGNORECASE
)


def _meaningful(value: str | None) -> str | None:
    tidy = clean_text(value or "").strip()
    return None if not tidy or FILE_NAMES.match(tidy) or MACHINES.fullmatch(tidy) else tidy


def read_plain(payload: bytes, declared: str | None) -> Document:
    """Return a plain text, decoded."""
    decoded = decode_html(payload, declared)
    document = as_document([decoded.text.replace("\r\n", "\n")])
    return replace(document, charset=decoded.charset)
