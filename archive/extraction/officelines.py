"""Gather what the lines of an office file are while it is read, as a page's elements tell it for HTML."""

from __future__ import annotations

from collections.abc import Iterable

from .markdown import CELL, Structure
from .titles import normal


class OfficeLines:
    """The headings, list items and table rows met so far; each method returns the line of the text."""

    def __init__(self) -> None:
        """Begin with none."""
        self._headings: dict[str, int] = {}
        self._items: dict[str, str] = {}
        self._rows: set[str] = set()

    def heading(self, text: str, level: int) -> str:
        """Note a heading; the first level is the highest."""
        self._headings.setdefault(normal(text), level)
        return text

    def item(self, text: str, *, numbered: bool = False) -> str:
        """Note an item of a list."""
        self._items.setdefault(normal(text), "1." if numbered else "-")
        return text

    def row(self, cells: Iterable[str]) -> str:
        """Note a row of a table; empty cells are left out, as in the text of a page."""
        line = CELL.join(cell for cell in cells if cell)
        if CELL in line:
            self._rows.add(normal(line))
        return line

    def structure(self) -> Structure:
        """Return all of it."""
        headings = {words: level for words, level in self._headings.items() if words}
        items = {words: mark for words, mark in self._items.items() if words}
        return Structure(headings, items, frozenset(self._rows))
