"""Write a main text as Markdown: the same lines, with the headings, lists and tables that the page gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from .markup import block_lines, elements, text_of
from .titles import normal

SPECIAL = re.compile(r"([\\`*_\[\]<])")
ESCAPED = r"\\\1"
AT_START = re.compile(r"^(\d{0,9})(?=(?:#{1,6}|[-+>]|(?<=\d)[.)])\s)")
"""A heading, a quotation or an item of a list; of a number it is the point that is escaped (CommonMark 0.31, section 2.4)."""
BULLET = re.compile(r"^[-•–*]\s+")
"""Marks of a list item in the text itself."""
CELL = " | "
LISTS = "//li[not(ancestor::nav or ancestor::header or ancestor::footer or ancestor::aside)]"
HEADINGS = "//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
ROWS = "//table[not(.//table)]//tr[count(td | th) > 1]"
HIGHEST = 2
"""Level of the highest heading inside a text; the first level is the title's."""


@dataclass(frozen=True, slots=True)
class Structure:
    """What the lines of a page are, by their words."""

    headings: dict[str, int]
    items: dict[str, str]
    """List items with their marker."""
    rows: frozenset[str]


def structure_of(tree: HtmlElement) -> Structure:
    """Return the headings, list items and table rows of a page; to be asked before the page is pruned."""
    headings = {normal(text_of(row)): int(row.tag[1]) for row in elements(tree.xpath(HEADINGS))}
    items: dict[str, str] = {}
    for item in elements(tree.xpath(LISTS)):
        parent = item.getparent()
        lines = block_lines(item)
        if lines:
            items.setdefault(
                normal(lines[0]), "1." if parent is not None and parent.tag == "ol" else "-"
            )
    rows = frozenset(normal(_row_text(row)) for row in elements(tree.xpath(ROWS)))
    headings.pop("", None)
    items.pop("", None)
    return Structure(headings, items, rows)


def _row_text(row: HtmlElement) -> str:
    return " ".join(text_of(cell) for cell in elements(row.xpath("td | th")))


def as_markdown(text: str, structure: Structure) -> str | None:
    r"""Return the text as Markdown, or ``None`` where no line of it is more than a paragraph.

    >>> as_markdown("Ohjelma\nKahvit\nKeskustelu", Structure({"ohjelma": 3}, {"kahvit": "-"}, frozenset()))
    '## Ohjelma\n\n- Kahvit\n\nKeskustelu'
    """
    pages = [[line for line in page.split("\n") if line] for page in text.split("\f")]
    kinds = {line: _kind(line, structure) for page in pages for line in page}
    if set(kinds.values()) <= {"p"}:
        return None
    levels = sorted(
        {structure.headings[normal(line)] for line, kind in kinds.items() if kind == "h"}
    )
    return "\f".join(_page(page, structure, levels) for page in pages)


def _page(lines: list[str], structure: Structure, levels: list[int]) -> str:
    kinds = [_kind(line, structure) for line in lines]
    out: list[str] = []
    for at, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        before = kinds[at - 1] if at else ""
        if out and not (kind == before and kind in ("li", "tr")):
            out.append("")
        out.extend(_written(line, kind, structure, levels, first=kind != before))
    return "\n".join(out)


def _kind(line: str, structure: Structure) -> str:
    words = normal(line)
    if CELL in line and words in structure.rows:
        return "tr"
    if words in structure.headings:
        return "h"
    return "li" if words in structure.items else "p"


def _written(
    line: str, kind: str, structure: Structure, levels: list[int], *, first: bool
) -> Iterator[str]:
    if kind == "tr":
        yield _row(line)
        if first:
            yield "|" + "---|" * len(line.split(CELL))
    elif kind == "h":
        level = HIGHEST + levels.index(structure.headings[normal(line)])
        yield f"{'#' * min(level, 6)} {_plain(line)}"
    elif kind == "li":
        yield f"{structure.items[normal(line)]} {_plain(BULLET.sub('', line))}"
    else:
        yield _plain(line)


def _row(line: str) -> str:
    return f"| {CELL.join(SPECIAL.sub(ESCAPED, cell) for cell in line.split(CELL))} |"


def _plain(line: str) -> str:
    """Return a line whose signs mean nothing in Markdown."""
    return AT_START.sub(r"\1\\", SPECIAL.sub(ESCAPED, line))
