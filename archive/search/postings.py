"""Keep, for each search term, the versions that hold it and how much it weighs there.

FTS5 reads every place of a word to rank by it, so common words are slow. Here the weight of a term in a version is worked out
once, when the edition is built, and kept as one byte; a search adds up arrays. Versions stand in blocks of 65,536,
so that two bytes number one: a common term takes three bytes a version.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
"""Rows are numbered from 0; `docid` is one more."""
Weights = NDArray[np.float32]

BLOCK_BITS = 16
BLOCK = 1 << BLOCK_BITS
SATURATION = 1.2
LENGTH_SHARE = 0.75
"""The usual constants k1 and b of BM25, those of FTS5 and Lucene."""
TITLE_WEIGHT = 4
"""How many times in the text a word in the title counts; a choice, not measured."""
FULL = 255
"""The byte of a weight of one."""

LENGTH_WORDS = 250
"""Words of a usual text: a fixed one, so that a version weighs the same in every edition."""


class PostingsWriter:
    """Gather what versions hold and write it block by block; versions come in the order of `docid`."""

    def __init__(self, target: sqlite3.Connection) -> None:
        """Write to the table `postings` of an edition."""
        self._target = target
        self._block = 0
        self._held: dict[str, tuple[array[int], bytearray]] = {}

    def add(
        self, docid: int, title: Mapping[str, int], text: Mapping[str, int], *, words: int
    ) -> None:
        """Note how often each term stands in the title and in the text of a version of so many words."""
        row = docid - 1
        if row >> BLOCK_BITS != self._block:
            self.flush()
            self._block = row >> BLOCK_BITS
        damping = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * words / LENGTH_WORDS)
        counts = {
            **text,
            **{term: text.get(term, 0) + TITLE_WEIGHT * n for term, n in title.items()},
        }
        for term, count in counts.items():
            rows, weights = self._held.setdefault(term, (array("H"), bytearray()))
            rows.append(row & (BLOCK - 1))
            weights.append(max(1, round(FULL * count / (count + damping))))

    def flush(self) -> None:
        """Write the block that is being gathered."""
        self._target.executemany(
            "INSERT INTO postings VALUES (?, ?, ?, ?, ?)",
            (
                (term, self._block, len(weights), np.asarray(rows, "<u2").tobytes(), bytes(weights))
                for term, (rows, weights) in sorted(self._held.items())
            ),
        )
        self._held.clear()


def posting(connection: sqlite3.Connection, term: str) -> tuple[Rows, Weights]:
    """Return the rows that hold a term, in order, and its weight in each, above 0 and at most 1."""
    found = connection.execute(
        "SELECT block, rows, weights FROM postings WHERE term = ? ORDER BY block", [term]
    ).fetchall()
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    rows = [
        np.frombuffer(rows, "<u2").astype(np.int64) + (block << BLOCK_BITS)
        for block, rows, _ in found
    ]
    weights = [np.frombuffer(weights, np.uint8) for _, _, weights in found]
    return np.concatenate(rows), np.concatenate(weights).astype(np.float32) / np.float32(FULL)


def rarity(versions: int, holding: int) -> float:
    """Return how much a word tells that so many of the versions hold: never less than nothing.

    >>> rarity(1000, 10) > rarity(1000, 900) > 0
    True
    """
    return float(np.log1p((versions - holding + 0.5) / (holding + 0.5)))
