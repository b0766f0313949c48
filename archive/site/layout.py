"""Lay out a text as read: its pages, and in them headings, paragraphs, lists and tables, by its outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from archive.outline import PARAGRAPH, lines_of

CELL = " | "
JOINED = ("ul", "ol", "tr")
"""Kinds of lines of which neighbours make one thing: a list, a table."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text and its place among all of them."""

    number: int
    kind: str
    text: str

    @property
    def cells(self) -> list[str]:
        """Its cells, where it is a row of a table."""
        return self.text.split(CELL)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph, alone; or all items of a list, all rows of a table."""

    kind: str
    lines: tuple[Line, ...]

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, as many in each row."""
        width = max(len(line.cells) for line in self.lines)
        return [line.cells + [""] * (width - len(line.cells)) for line in self.lines]


def laid_out(text: str, outline: str | None) -> list[tuple[Block, ...]]:
    r"""Return the pages of a text, each with its blocks; what is no PDF is one page.

    >>> [block.kind for block in laid_out("Ohjelma\nKahvit\nKeskustelu", "h2 ul ul")[0]]
    ['h2', 'ul']
    """
    kinds = outline.split() if outline else []
    pages = []
    number = 0
    for page in text.split("\f"):
        texts = lines_of(page)
        known = kinds[number : number + len(texts)] or [PARAGRAPH] * len(texts)
        lines = [
            Line(number + at, kind, one)
            for at, (kind, one) in enumerate(zip(known, texts, strict=True))
        ]
        pages.append(tuple(_blocks(line for line in lines if line.text.strip())))
        number += len(texts)
    return pages


def _blocks(lines: Iterator[Line]) -> Iterator[Block]:
    for _, found in groupby(lines, lambda line: (line.kind, line.kind in JOINED or line.number)):
        together = tuple(found)
        yield Block(together[0].kind, together)
