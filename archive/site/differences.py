"""Compare two texts, line by line and inside a changed line word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from archive.outline import lines_of

Kind = Literal["same", "removed", "added"]

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.4
"""Share of words that two lines must share to be one line that changed: below it, reading two whole lines is easier."""
MOST_CHARACTERS = 200_000
"""Length of two texts that are compared by words; longer ones are compared by lines, so that no page takes more than a second."""
MOST_WORDS = 4_000
"""Words of a changed line, and changed lines of a place, that are compared; more are shown as removed and added."""
MOST_LINES = 400
FEW_WORDS = 400
"""Up to so many words, frequent ones (a space, "ja") count as much as rare ones: it reads better and costs little."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of words that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the comparison."""

    kind: Kind | Literal["changed"]
    parts: tuple[Part, ...]


def compare(old: str, new: str) -> list[Change]:
    r"""Return the lines of both texts in their order, each with what became of it.

    >>> [(change.kind, [(part.kind, part.text) for part in change.parts]) for change in compare("Pöytä kokoontuu maanantaina.", "Pöytä kokoontuu tiistaina.")]
    [('changed', [('same', 'Pöytä kokoontuu '), ('removed', 'maanantaina'), ('added', 'tiistaina'), ('same', '.')])]
    """
    before, after = lines_of(old), lines_of(new)
    by_words = len(old) + len(new) <= MOST_CHARACTERS
    changes: list[Change] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            changes += [_whole("same", line) for line in before[a:b]]
        elif by_words:
            changes += _replaced(before[a:b], after[c:d])
        else:
            changes += [_whole("removed", line) for line in before[a:b]]
            changes += [_whole("added", line) for line in after[c:d]]
    return changes


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Pair the lines of a changed place in their order where they are alike; the others went or came."""
    waiting = list(new)
    for line in old:
        at = _most_alike(line, waiting) if len(old) + len(new) <= MOST_LINES else None
        if at is None:
            yield _whole("removed", line)
            continue
        yield from (_whole("added", one) for one in waiting[:at])
        yield Change("changed", tuple(_words(line, waiting[at])))
        del waiting[: at + 1]
    yield from (_whole("added", one) for one in waiting)


def _most_alike(line: str, others: Sequence[str]) -> int | None:
    words = set(WORDS.findall(line.lower()))
    shares = [
        len(words & found) / max(len(words | found), 1)
        for found in (set(WORDS.findall(other.lower())) for other in others)
    ]
    best = max(shares, default=0.0)
    return shares.index(best) if best >= ALIKE else None


def _words(old: str, new: str) -> Iterator[Part]:
    before, after = WORDS.findall(old), WORDS.findall(new)
    if len(before) + len(after) > MOST_WORDS:
        yield from (Part("removed", old), Part("added", new))
        return
    for same, a, b, c, d in _runs(before, after):
        if same:
            yield Part("same", "".join(before[a:b]))
            continue
        if b > a:
            yield Part("removed", "".join(before[a:b]))
        if d > c:
            yield Part("added", "".join(after[c:d]))


def _runs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Yield what stayed and what changed in turn; a space alone between two changes belongs to them."""
    runs: list[tuple[bool, int, int, int, int]] = []
    codes = SequenceMatcher(None, before, after, autojunk=len(before) > FEW_WORDS).get_opcodes()
    for at, (tag, a, b, c, d) in enumerate(codes):
        inside = 0 < at < len(codes) - 1
        same = tag == "equal" and not (inside and "".join(before[a:b]).isspace())
        if runs and not same and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1], b, runs[-1][3], d)
        else:
            runs.append((same, a, b, c, d))
    yield from runs


def _whole(kind: Kind, line: str) -> Change:
    return Change(kind, (Part(kind, line),))
