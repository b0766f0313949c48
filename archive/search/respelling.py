"""Write words in the other ways in which people write them: with the dots that a keyboard lacks, in two words or in one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

DOTTED = {"a": "aäå", "o": "oö"}
"""What a letter may stand for where the keyboard has no dots."""
MOST_SPELLINGS = 4_000
"""Ways of writing one word that are tried; the longest words of our vocabulary have some 500."""
SHORTEST = 3
SHORTEST_BOTH = 8
"""Letters of a word in a compound, and of two of them."""

PLAIN = re.compile(r"[^\W\d_]{2,}")


def dotted(word: str) -> Iterator[str]:
    """Yield a word in lower case with dots and rings on its letters, in every way; not as it stands.

    A word with too many letters that may have them is tried with all its ``a`` and ``o`` alike only.

    >>> list(dotted("sato"))
    ['satö', 'säto', 'sätö', 'såto', 'såtö']
    """
    choices = [DOTTED.get(letter, letter) for letter in word]
    spellings = 1
    for letters in choices:
        spellings *= len(letters)
    if spellings <= MOST_SPELLINGS:
        made = ("".join(letters) for letters in product(*choices))
        yield from (spelling for spelling in made if spelling != word)
    else:
        yield from (word.translate(signs) for signs in (FRONT, FRONT_A, FRONT_O))


FRONT_A = str.maketrans("a", "ä")
FRONT_O = str.maketrans("o", "ö")
FRONT = FRONT_A | FRONT_O


def divided(word: str) -> Iterator[tuple[str, str]]:
    """Yield the two words that a word may be joined of.

    >>> list(divided("kuntatyö"))
    [('kun', 'tatyö'), ('kunt', 'atyö'), ('kunta', 'työ')]
    """
    if len(word) < SHORTEST_BOTH:
        return
    for at in range(SHORTEST, len(word) - SHORTEST + 1):
        yield word[:at], word[at:]


def joined(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word that two neighbours in a query make together, and the query with it.

    Words in quotes, fields, operators and what they take away stay as they are.

    >>> list(joined("kumppanuus pöytä year:2019"))
    [('kumppanuuspöytä', 'kumppanuuspöytä year:2019')]
    """
    chunks = text.split()
    for at in range(len(chunks) - 1):
        left, right = chunks[at : at + 2]
        if all(PLAIN.fullmatch(one) and not one.isupper() for one in (left, right)):
            word = left + right.lower()
            yield word, " ".join([*chunks[:at], word, *chunks[at + 2 :]])
