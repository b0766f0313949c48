"""Find versions in which words, in any of their forms, stand near each other.

Places come from the index of words as they stand; every place in the edition is one number, version first,
so that distances are differences of numbers and never reach from one text into another.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

INNER_WORD = re.compile(r"[^\W_]+")
PLACE_BITS = 25
"""Bits for the place in a text, and one for the column."""

PLACES = f"""
SELECT group_concat((doc << {PLACE_BITS}) + ((col = 'title') << {PLACE_BITS - 1}) + "offset")
FROM words_places WHERE term IN (SELECT value FROM json_each(?)) AND col != 'words'
"""  # noqa: S608 - our numbers


def versions_near(
    connection: sqlite3.Connection, words: Sequence[Iterable[str]], between: int
) -> Places:
    """Return the docids of the versions where a form of each word stands within one stretch.

    Args:
        connection: an edition, open for reading.
        words: the forms of each word, in lower case.
        between: how many other words the stretch may hold.
    """
    places = [_places(connection, forms) for forms in words]
    if not all(len(one) for one in places):
        return np.zeros(0, np.int64)
    longest = between + len(places) - 1
    found = [_starting(first, places, longest) for first in places]
    return np.unique(np.concatenate(found) >> PLACE_BITS)


def _starting(first: Places, places: Sequence[Places], longest: int) -> Places:
    """Return the places of a word from which a stretch begins that holds all the words."""
    ends = first
    for others in places:
        following = np.minimum(np.searchsorted(others, first), len(others) - 1)
        next_ones = others[following]
        ends = np.maximum(ends, np.where(next_ones >= first, next_ones, first + longest + 1))
    return first[ends - first <= longest]


def _places(connection: sqlite3.Connection, forms: Iterable[str]) -> Places:
    """Return where the forms stand, in order; a form with hyphens is several words of the index."""
    divided = [INNER_WORD.findall(form) for form in forms]
    single = [words[0] for words in divided if len(words) == 1]
    known: dict[str, Places] = {}
    found = [_read(connection, single)]
    for words in divided:
        if len(words) > 1:
            for word in words:
                if word not in known:
                    known[word] = _read(connection, [word])
            together = known[words[0]]
            for distance, word in enumerate(words[1:], 1):
                together = np.intersect1d(together, known[word] - distance, assume_unique=True)
            found.append(together)
    return np.unique(np.concatenate(found))


def _read(connection: sqlite3.Connection, words: Sequence[str]) -> Places:
    (found,) = connection.execute(PLACES, [json.dumps(words)]).fetchone()
    return np.sort(np.fromstring(found, np.int64, sep=",")) if found else np.zeros(0, np.int64)
