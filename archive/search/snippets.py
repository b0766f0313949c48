"""Choose the part of a text that shows why it was found, and mark the words that were."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from archive.lemmas import TOKEN

WIDTH = 280
"""Characters of a snippet."""
LOOKED_AT = 60
"""Matches among which the best place is chosen; long documents hold thousands."""

MOST_NEEDLES = 60
"""Strings looked for one by one; with more, reading every word is quicker (2,000 texts of 2,900 characters)."""

SPACES = re.compile(r"\s+")
SIGN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, marked where it is what was searched for."""

    text: str
    marked: bool


class Marker:
    """Find in texts the word forms, phrases and beginnings of a query."""

    def __init__(
        self,
        forms: Iterable[str] = (),
        phrases: Iterable[Sequence[str]] = (),
        beginnings: Iterable[str] = (),
    ) -> None:
        """Take word forms in lower case, phrases as words, beginnings as letters."""
        self._forms = frozenset(forms)
        self._beginnings = tuple(start.lower() for start in beginnings)
        joined = (r"[\W_]+".join(map(re.escape, words)) for words in phrases)
        self._needles = _needles([*self._forms, *(start.split()[-1] for start in self._beginnings)])
        self._phrases = [re.compile(rf"(?<!\w){one}(?!\w)", re.IGNORECASE) for one in joined]

    def __bool__(self) -> bool:
        """Tell whether there is anything to mark."""
        return bool(self._forms or self._phrases or self._beginnings)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the text matches; phrases first."""
        for phrase in self._phrases:
            yield from (match.span() for match in phrase.finditer(text))
        for start, end in self._stretches(text):
            for word in TOKEN.finditer(text, start, end):
                form = word.group().lower()
                if form in self._forms or (self._beginnings and self._begins(form)):
                    yield word.span()

    def _begins(self, form: str) -> bool:
        """Tell whether a form, or a word that a sign divides off in it, begins as is looked for."""
        divided = f" {SIGN.sub(' ', form)}"
        return any(f" {start}" in divided for start in self._beginnings)

    def _stretches(self, text: str) -> Iterable[tuple[int, int]]:
        """Return, in order, the stretches from space to space that may hold a form; no word holds a space.

        To look for few strings costs a tenth of reading every word.
        """
        lowered = text.lower()
        if len(lowered) != len(text) or len(self._needles) > MOST_NEEDLES:
            return [(0, len(text))]
        found: dict[int, int] = {}
        for needle in self._needles:
            at = lowered.find(needle)
            while at >= 0:
                start, end = _between_spaces(text, at)
                found[start] = end
                at = lowered.find(needle, max(end, at + 1))
        return sorted(found.items())

    def found(self, text: str) -> list[tuple[int, int]]:
        """Return where the text matches, in order, none inside another."""
        return _joined(self.spans(text))

    def mark(self, text: str) -> list[Piece]:
        """Divide a text into pieces, marked and unmarked."""
        return _pieces(text, self.found(text))

    def snippet(self, text: str, width: int = WIDTH) -> list[Piece]:
        """Return the stretch of a text that holds the most matches, in pieces, on one line."""
        found = _joined(islice(self.spans(text), LOOKED_AT))
        start, end = _stretch(text, found, width)
        inside = [(a - start, b - start) for a, b in found if start <= a and b <= end]
        pieces = _pieces(text[start:end], inside)
        before = [Piece("… ", marked=False)] if start else []
        after = [Piece(" …", marked=False)] if end < len(text.rstrip()) else []
        return before + [Piece(SPACES.sub(" ", one.text), one.marked) for one in pieces] + after


@dataclass(frozen=True, slots=True)
class Markers:
    """What marks the words of a query in titles, and in texts: words that are wanted in titles are marked in titles only."""

    title: Marker = field(default_factory=Marker)
    text: Marker = field(default_factory=Marker)

    def __bool__(self) -> bool:
        """Tell whether there is anything to mark."""
        return bool(self.title)

    def found_in_text(self, text: str, title: str) -> list[tuple[int, int]]:
        """Return where a text matches, in order; what is wanted in the title, where the text begins with it."""
        at_start = self.title.spans(title) if title and text.startswith(title) else ()
        return _joined([*self.text.spans(text), *at_start])


def _needles(forms: Iterable[str]) -> list[str]:
    """Return the fewest strings of which each form holds one: ``järjestö`` for all its compounds.

    >>> _needles(["järjestö", "sotejärjestö", "yhdistys", "järjestöt"])
    ['järjestö', 'yhdistys']
    """
    needles: list[str] = []
    for form in sorted(filter(None, forms), key=lambda one: (len(one), one)):
        if len(needles) > MOST_NEEDLES:
            break
        if not any(needle in form for needle in needles):
            needles.append(form)
    return needles


def _between_spaces(text: str, at: int) -> tuple[int, int]:
    start = text.rfind(" ", 0, at) + 1
    start = max(start, text.rfind("\n", start, at) + 1)
    end = text.find(" ", at)
    line_end = text.find("\n", at, end if end >= 0 else len(text))
    return start, min((place for place in (end, line_end) if place >= 0), default=len(text))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _stretch(text: str, found: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """Return the beginning and the end of the part to show, at word boundaries."""
    if len(text) <= width:
        return 0, len(text)
    firsts = [start for start, _ in found]
    held = [bisect_left(firsts, start + width // 2) - n for n, start in enumerate(firsts)]
    best = firsts[held.index(max(held))] if held else 0
    start = max(0, min(best - width // 4, len(text) - width))
    end = min(len(text), start + width)
    if start:
        space = text.find(" ", start, best + 1)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", best, end)
        end = space if space > best else end
    return start, end


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> list[Piece]:
    pieces = []
    at = 0
    for start, end in spans:
        pieces += [Piece(text[at:start], marked=False), Piece(text[start:end], marked=True)]
        at = end
    pieces.append(Piece(text[at:], marked=False))
    return [piece for piece in pieces if piece.text]
