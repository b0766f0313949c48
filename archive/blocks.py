"""Find the blocks that a site repeats from page to page, and the part of each text that is its own.

Only what stands at the edges of a text is left out: menus, contact boxes and footers stand there,
while a label inside a text ("Päätös:") belongs to it however often it comes.
A pure function of the set of texts: their order, and which came first, make no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from math import ceil

from archive.digests import text_digest

FEWEST_PAGES = 5
"""Pages of a site from which on it can be said to repeat itself."""
FEWEST = 3
SHARE = 0.1
"""A block is the site's where it stands on this many pages, and on this share of them.

Without the share a release that a large site published three times would be taken for a menu."""
LEAST_OWN = 0.2
"""Share of a text that must remain; a page made of repeated blocks is a page about them."""
LINE = re.compile(r"[^\n\f]+")


def repeated_blocks(pages: Iterable[Collection[str]]) -> frozenset[str]:
    r"""Return the digests of the lines that a site repeats.

    Args:
        pages: the texts of each page of one site, in all its versions.

    >>> pages = [[f"Valikko\nSivu {number} kertoo omasta asiastaan."] for number in range(6)]
    >>> repeated_blocks(pages) == {text_digest("valikko")}
    True
    """
    counts: Counter[str] = Counter()
    number = 0
    for texts in pages:
        number += 1
        counts.update({digest for text in texts for digest, *_ in _lines(text)})
    if number < FEWEST_PAGES:
        return frozenset()
    least = max(FEWEST, ceil(SHARE * number))
    return frozenset(digest for digest, count in counts.items() if count >= least)


def own_part(text: str, repeated: Collection[str]) -> tuple[int, int]:
    r"""Return where the part of a text that is its own begins and ends.

    >>> text = "Valikko\nOma asia.\nAlatunniste"
    >>> own_part(text, {text_digest("Valikko"), text_digest("Alatunniste")})
    (8, 17)
    """
    if not repeated:
        return 0, len(text)
    own = [(start, end) for digest, start, end in _lines(text) if digest not in repeated]
    if not own:
        return 0, len(text)
    first, last = own[0][0], own[-1][1]
    return (first, last) if last - first >= LEAST_OWN * len(text) else (0, len(text))


def _lines(text: str) -> Iterator[tuple[str, int, int]]:
    for line in LINE.finditer(text):
        if line[0].strip():
            yield text_digest(line[0]), line.start(), line.end()
