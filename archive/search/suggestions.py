"""Suggest words of the edition: how a word goes on, and what was meant by one that stands nowhere.

Everything comes from the table `words`, which holds words of texts and excerpts that may be read, so nothing hidden can be suggested.

Measured on 400 slips of one letter in words of UD Finnish-TDT among 150,000 words, November 2026: the word meant comes first
96 % of the time (symspellpy: 96 %), in 18 ms on a busy machine and 16 MB (symspellpy: 0.1 ms, 54 MB and 1.4 s to start);
slips are rare and every process of the site holds the words, so memory decides.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST_WORDS = 200_000
"""Words held for mending slips, the most frequent ones: some 100 bytes each."""
FARTHEST = 2
"""Letters that may be wrong; in words of five letters and less, one."""
SHORTEST = 3
LONG = 8
"""Letters of a word that says something by itself; shorter ones are mostly such as stand everywhere."""
MOST_COMMON = 60
MOST_COMPLETIONS = 8

COMPLETIONS = """
SELECT spelling FROM words WHERE word >= ? AND word < ? || char(1114111)
ORDER BY basic DESC, versions DESC, word LIMIT ?
"""
LETTERS = str.maketrans("åäöéü", "aaoeu")


class Suggestions:
    """The words of one edition, ready for mending."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the words."""
        read = connection.execute(
            "SELECT word, spelling, basic FROM words ORDER BY versions DESC, word LIMIT ?",
            [MOST_WORDS],
        )
        self._spellings: dict[str, str] = {}
        self._ranks: dict[str, int] = {}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self.common: list[str] = []
        """Long basic forms that many versions hold, to offer before anything is typed."""
        for rank, (word, spelling, basic) in enumerate(read):
            if basic and len(word) >= LONG and len(self.common) < MOST_COMMON:
                self.common.append(spelling)
            if spelling != word:
                self._spellings[word] = spelling
            self._ranks[word] = rank
            self._by_length[len(word)].append(word)

    def mended(self, word: str) -> str | None:
        """Return the word of this edition that was probably meant; ``None`` where none is near."""
        typed = word.lower()
        farthest = FARTHEST if len(typed) > 5 else 1
        if len(typed) < SHORTEST or typed in self._ranks:
            return None
        lengths = range(len(typed) - farthest, len(typed) + farthest + 1)
        near = process.extract_iter(
            typed,
            chain.from_iterable(self._by_length.get(length, ()) for length in lengths),
            scorer=OSA.distance,
            score_cutoff=farthest,
        )
        best = min(
            near, key=lambda found: (_slips(typed, found[0]), self._ranks[found[0]]), default=None
        )
        return self._spellings.get(best[0], best[0]) if best else None

    def mended_query(self, text: str, unknown: Iterable[str]) -> str | None:
        """Return a query with those of its words mended that stand nowhere; ``None`` where nothing can be mended."""
        mended = text
        for word in unknown:
            meant = self.mended(word)
            if meant:
                mended = mended.replace(word, meant)
        return mended if mended != text else None


def _slips(typed: str, word: str) -> float:
    """Return how many letters differ; letters without their dots count less.

    >>> _slips("jarjesto", "järjestö") < _slips("järjestb", "järjestö")
    True
    """
    bare = OSA.distance(typed.translate(LETTERS), word.translate(LETTERS))
    return bare + OSA.distance(typed, word) / 10


def completions(connection: sqlite3.Connection, start: str) -> list[str]:
    """Return words of the edition that begin so, basic forms and frequent ones first; none for one letter."""
    typed = start.lower()
    if len(typed) < 2:
        return []
    found = connection.execute(COMPLETIONS, [typed, typed, MOST_COMPLETIONS])
    return [spelling for (spelling,) in found]
