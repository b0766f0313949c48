"""Find where words, in any of their forms, stand near each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archive.search.positions import GAP, Places


def near(words: Sequence[Places], between: int) -> Places:
    """Return the places where a stretch begins that holds a place of each word.

    Args:
        words: the places of each word, in rising order.
        between: how many other words the stretch may hold.

    >>> near([np.array([5, 90]), np.array([7, 50])], 1).tolist()
    [5]
    """
    if not all(len(places) for places in words):
        return np.zeros(0, np.int64)
    longest = min(between + len(words) - 1, GAP - 1)
    found = [_starting(number, words, longest) for number in range(len(words))]
    return np.sort(np.concatenate(found))


def _starting(first: int, words: Sequence[Places], longest: int) -> Places:
    """Return the places of one of the words from which a stretch begins that holds all of them."""
    starts = words[first]
    for number, places in enumerate(words):
        if number != first:
            following = np.minimum(np.searchsorted(places, starts), len(places) - 1)
            distance = places[following] - starts
            starts = starts[(distance >= 0) & (distance <= longest)]
    return starts
