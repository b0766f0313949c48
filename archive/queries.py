"""Understand what a person types into the search box.

Words, ``"phrases in quotes"``, beginnings (``järjest*``), ``AND``, ``OR``, ``NOT`` or ``-word``, and brackets.
Words side by side must all be there. The operators are read in Finnish too: ``JA``, ``TAI``, ``EI``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archive.errors import QueryError
from archive.lemmas import tokens

LONGEST = 500
"""Characters; a longer query is a pasted text."""
MOST_WORDS = 40

Problem = Literal["too-long", "quote", "bracket", "operator", "short-beginning"]

MESSAGES: dict[Problem, str] = {
    "too-long": f"the query is longer than {LONGEST} characters or {MOST_WORDS} words; shorten it",
    "quote": 'a quotation mark is not closed; write "two words" with a mark on both sides',
    "bracket": "brackets do not match; every ( needs a )",
    "operator": "AND, OR and NOT need a word beside them; write them in small letters to search for them",
    "short-beginning": "a beginning needs at least two letters before the *",
}


class QueryProblem(QueryError):
    """A query that cannot be understood; ``problem`` says why, so that the site can say it in its language."""

    def __init__(self, problem: Problem) -> None:
        """Take the message of the problem."""
        self.problem: Problem = problem
        super().__init__(MESSAGES[problem])


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms."""

    form: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words as they stand, one after another; one word alone as it stands."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Words that begin so."""

    start: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part must be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One part must be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not be there."""

    part: Node


Node = Word | Phrase | Beginning | All | Any | Without
Leaf = Word | Phrase | Beginning

SYMBOL = re.compile(r'\s*(?:(-?)"([^"]*)"|([()])|([^\s()"]+))')
OPERATORS = {"AND": "and", "JA": "and", "OR": "or", "TAI": "or", "NOT": "not", "EI": "not"}
INNER_WORD = re.compile(r"[^\W_]+")


def parse(text: str) -> Node | None:
    """Return what a query asks for, or ``None`` where it holds no word.

    Raises:
        QueryProblem: it cannot be understood.

    >>> parse('kunta OR "saman pöydän"')
    Any(parts=(Word(form='kunta'), Phrase(words=('saman', 'pöydän'))))
    >>> parse(" !? ") is None
    True
    """
    if len(text) > LONGEST:
        raise QueryProblem("too-long")
    if text.count('"') % 2:
        raise QueryProblem("quote")
    symbols = list(_symbols(text))
    if len(symbols) > MOST_WORDS:
        raise QueryProblem("too-long")
    reader = _Reader(symbols)
    node = reader.either()
    if reader.here is not None:
        raise QueryProblem("bracket")
    return node


def leaves(node: Node | None, *, wanted: bool = True) -> Iterator[Leaf]:
    """Yield the words, phrases and beginnings that a query wants; not those it excludes."""
    if isinstance(node, All | Any):
        for part in node.parts:
            yield from leaves(part, wanted=wanted)
    elif isinstance(node, Without):
        yield from leaves(node.part, wanted=not wanted)
    elif node is not None and wanted:
        yield node


def _symbols(text: str) -> Iterator[str | Node]:
    """Yield operators and brackets as text, everything else as what it asks for."""
    for match in SYMBOL.finditer(text):
        minus, phrase, bracket, word = match.groups()
        if bracket:
            yield bracket
        elif phrase is not None:
            words = tuple(INNER_WORD.findall(phrase))
            if words:
                yield Without(Phrase(words)) if minus else Phrase(words)
        elif word in OPERATORS:
            yield OPERATORS[word]
        else:
            yield from _words(word)


def _words(text: str) -> Iterator[Node]:
    if text.endswith("*"):
        start = "".join(INNER_WORD.findall(text)[-1:])
        if len(start) < 2:
            raise QueryProblem("short-beginning")
        found: tuple[Node, ...] = (Beginning(start),)
    else:
        found = tuple(Word(word.group()) for word in tokens(text))
    if found:
        together = found[0] if len(found) == 1 else All(found)
        yield Without(together) if text.startswith("-") else together


class _Reader:
    """Read symbols from left to right; OR binds weakest, then AND, then NOT."""

    def __init__(self, symbols: list[str | Node]) -> None:
        self._symbols = symbols
        self._at = 0

    @property
    def here(self) -> str | Node | None:
        return self._symbols[self._at] if self._at < len(self._symbols) else None

    def either(self) -> Node | None:
        parts = [self._every()]
        while self.here == "or":
            self._at += 1
            parts.append(self._every())
        if len(parts) == 1:
            return parts[0]
        if None in parts:
            raise QueryProblem("operator")
        return Any(tuple(part for part in parts if part is not None))

    def _every(self) -> Node | None:
        parts: list[Node] = []
        while self.here is not None and self.here not in ("or", ")"):
            if self.here == "and":
                self._at += 1
                if not parts or self.here in (None, "and", "or", ")"):
                    raise QueryProblem("operator")
            parts.append(self._one())
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        symbol = self.here
        self._at += 1
        if symbol == "not":
            if self.here is None or self.here in ("and", "or", ")"):
                raise QueryProblem("operator")
            return Without(self._one())
        if symbol == "(":
            return self._bracketed()
        if symbol is None or isinstance(symbol, str):
            raise QueryProblem("operator")
        return symbol

    def _bracketed(self) -> Node:
        inside = self.either()
        if self.here != ")" or inside is None:
            raise QueryProblem("bracket")
        self._at += 1
        return inside
