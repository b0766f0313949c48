"""Keep, for each word form, every place where it stands, so that near words, phrases and frequencies cost no reading of texts.

All places of an edition are numbers in one row: the words of a title, a gap, the words of the text, a gap, the next version.
So a distance is a difference of two numbers and never reaches from one text into another. The words of a text that may not be
shown come in alphabetical order with a gap after each: they can be counted, but nothing says how they stood.
The places of a form are written block by block, as differences, which take two bytes for common forms.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from archive.lemmas import INNER_WORD
from archive.search.postings import BLOCK_BITS

Places = NDArray[np.int64]
"""Places in rising order."""

BEFORE = ""
"""The form that stands before each version."""
PART = "-"
"""Before a form: it is part of a longer one (``kanta`` of ``kanta-häme``), which phrases and beginnings see and words do not."""
GAP = 1 << 10
"""Places between what does not belong together: more than any query lets lie between two words."""
PLACE_BITS = 40
"""Bits for a place in its block: sixteen million for each version."""
WIDTHS = (2, 4, 8)
LAST = "\U0010ffff"

OF_FORMS = "SELECT block, width, places FROM positions WHERE form IN (SELECT value FROM json_each(?)) ORDER BY block"
OF_BEGINNING = "SELECT block, width, places FROM positions WHERE form >= ? AND form < ?"


class PositionsWriter:
    """Gather where words stand and write it block by block; versions come in the order of `docid`."""

    def __init__(self, target: sqlite3.Connection) -> None:
        """Write to the table `positions` of an edition."""
        self._target = target
        self._block = 0
        self._at = 0
        self._held: defaultdict[str, array[int]] = defaultdict(lambda: array("Q"))

    def add(
        self, docid: int, title: Sequence[str], text: Sequence[str], hidden: Iterable[str]
    ) -> None:
        """Note the words of a version: of its title, of its text as far as it is shown, and the others in any order."""
        block = (docid - 1) >> BLOCK_BITS
        if block != self._block:
            self.flush()
            self._block = block
        self._held[BEFORE].append(self._at)
        for words in (title, text, *([word] for word in sorted(hidden))):
            self._add(words)

    def _add(self, words: Sequence[str]) -> None:
        """Note words that follow one another; a word with hyphens takes as many places as it has parts."""
        held, at = self._held, self._at
        for word in words:
            at += 1
            held[word.lower()].append(at)
            if not word.isalnum():
                parts = INNER_WORD.findall(word)
                for place, part in enumerate(parts, at):
                    held[PART + part.lower()].append(place)
                at += len(parts) - 1
        self._at = at + GAP

    def flush(self) -> None:
        """Write the block that is being gathered."""
        self._target.executemany(
            "INSERT INTO positions VALUES (?, ?, ?, ?)",
            ((form, self._block, *_packed(places)) for form, places in sorted(self._held.items())),
        )
        self._held.clear()
        self._at = 0


def _packed(places: array[int]) -> tuple[int, bytes]:
    """Return places as differences, and the bytes that each takes."""
    steps = np.diff(np.asarray(places, np.uint64), prepend=np.uint64(0))
    width = next(width for width in WIDTHS if int(steps.max()) >> (8 * width) == 0)
    return width, steps.astype(f"<u{width}").tobytes()


class Positions:
    """Where words stand in one edition."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read from an edition, open for reading."""
        self._connection = connection

    def of(self, forms: Iterable[str]) -> Places:
        """Return where words of these forms, in lower case, stand by themselves."""
        return self._read(OF_FORMS, [json.dumps(list(forms))])

    def beginning(self, start: str) -> Places:
        """Return where a word, or a part of one, begins with these letters, in lower case; a space stands for a hyphen."""
        *words, last = start.split()
        whole = self._read(OF_BEGINNING, [last, last + LAST])
        parts = self._read(OF_BEGINNING, [PART + last, PART + last + LAST])
        return _in_a_row([*map(self._word, words), joined([whole, parts])])

    def phrase(self, words: Sequence[str]) -> Places:
        """Return where words, in lower case, stand one after another as they are; each is one without hyphens."""
        return _in_a_row([self._word(word) for word in words])

    def _word(self, word: str) -> Places:
        return self.of([word, PART + word])

    def rows(self, places: Places) -> Places:
        """Return the row of the version, numbered from 0, for each of some places."""
        return np.searchsorted(self._starts, places, side="right") - 1

    def counts(self, places: Places) -> Places:
        """Return, for every version of the edition, how many of some places lie in it."""
        if len(places) < len(self._starts):
            return np.bincount(self.rows(places), minlength=len(self._starts))
        return np.diff(np.searchsorted(places, self._starts), append=len(places))

    @cached_property
    def _starts(self) -> Places:
        return self.of([BEFORE])

    def _read(self, query: str, given: Sequence[str]) -> Places:
        """Return the places of several forms together, in order."""
        return _merged(
            [
                np.cumsum(np.frombuffer(places, f"<u{width}"), dtype=np.int64)
                + (block << PLACE_BITS)
                for block, width, places in self._connection.execute(query, given)
            ]
        )


def _in_a_row(words: Sequence[Places]) -> Places:
    """Return where words begin that stand one after another; of each, all its places are given."""
    fewest = min(range(len(words)), key=lambda number: len(words[number]))
    starts = words[fewest] - fewest
    for number, places in enumerate(words):
        if number != fewest:
            starts = _among(starts + number, places) - number
    return starts


def joined(several: Sequence[Places]) -> Places:
    """Return the places of several, each once.

    >>> joined([np.array([3, 8]), np.array([1, 8])]).tolist()
    [1, 3, 8]
    """
    places = _merged(several)
    distinct: Places = places[np.diff(places, prepend=-1) != 0]
    return distinct


def _merged(several: Sequence[Places]) -> Places:
    """Return the places of several in one order."""
    if len(several) == 1:
        return several[0]
    places: Places = np.concatenate([np.zeros(0, np.int64), *several])
    if (places[1:] < places[:-1]).any():
        places.sort()
    return places


def _among(some: Places, places: Places) -> Places:
    """Return those of some places that are among others."""
    if not len(places):
        return places
    following = np.minimum(np.searchsorted(places, some), len(places) - 1)
    found: Places = some[places[following] == some]
    return found
