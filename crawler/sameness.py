"""Notice that a site answers many addresses with the same words, and stop asking for more of their kind.

Calendars, facets, session ids and soft 404s have in common that new addresses bring no new text.
The words of a page are folded until only what tells pages apart is left; equal words on enough addresses
of one shape close the shape: its further addresses are skipped, with the reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from crawler.traps import pattern_of, query_path_of

SAME_TEXT_PAGES = 20
"""Pages of one shape with the same words after which the shape is closed."""
SOFT_404_PAGES = 5
"""The same, where the words are those of an address that cannot exist."""
SUSPICIOUS_PAGES = 3
"""Pages with the same words after which a host is asked for an address that cannot exist."""
COUNTED_TEXTS = 8
"""Different words counted for one shape; the rarest make room (Misra and Gries, 1982)."""
FOLDED_CHARACTERS = 6_000
"""Characters of a page that are folded: 1 ms at most; pages that differ, differ before."""
SHAPES = 50_000
"""Shapes watched at a time, the newest; each costs about 300 bytes."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_DATE_WORD = re.compile(
    r"(?:tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu)kuu\w*"
    r"|(?:maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai)\w*|ma|ti|ke|to|pe|la|su|klo|vko|viikko"
    r"|januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
    r"|(?:mån|tis|ons|tors|fre|lör|sön)dag\w*|january|february|march|may|june|july|august|october"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
)


def fingerprint(words: str, url: str) -> str | None:
    """Return the fingerprint of what a page says; ``None`` where it says nothing.

    Numbers, names of months and days and the order of words make no difference,
    nor do the words of the page's own address: soft 404s like to repeat what was asked for.

    >>> page = "Tapahtumat kesäkuu 2024: ei tapahtumia."
    >>> fingerprint(page, "https://kyt.fi/a") == fingerprint("Ei tapahtumia. Tapahtumat 1/2031", "https://kyt.fi/b")
    True
    """
    own = set(_WORD.findall(url.casefold()))
    found = _WORD.findall(words[:FOLDED_CHARACTERS].casefold())
    telling = sorted(word for word in found if word not in own and not _DATE_WORD.fullmatch(word))
    if not telling:
        return None
    return hashlib.sha1(" ".join(telling).encode()).hexdigest()[:16]


class Sameness:
    """Count equal texts by shape; know what is closed and what soft 404s say."""

    def __init__(
        self, closed: Iterable[tuple[str, str, str]], probes: dict[str, str | None]
    ) -> None:
        """Begin with what earlier crawls found out.

        Args:
            closed: site, shape and rule of each closed shape.
            probes: by host the fingerprint of an address that cannot exist; ``None`` for an honest 404.
        """
        self._closed = {(site, shape): rule for site, shape, rule in closed}
        self._probes = probes
        self._asked = set(probes)
        self._texts: dict[tuple[str, str], dict[str, int]] = {}

    def closed(self, site: str, url: str) -> str | None:
        """Return the rule that closes an address, or ``None``."""
        return next(
            (rule for shape in shapes_of(url) if (rule := self._closed.get((site, shape)))), None
        )

    def look(self, site: str, url: str, text: str | None) -> tuple[str, str] | None:
        """Count a page; return the shape that it closes and the rule, if it does."""
        if text is None:
            return None
        for shape in shapes_of(url):
            count = self._count((site, shape), text)
            if (site, shape) in self._closed:
                continue
            soft = self.is_soft_404(host_in(url), text)
            most = SOFT_404_PAGES if soft else SAME_TEXT_PAGES
            if count >= most * (1 if shape == shapes_of(url)[0] else 2):
                kind = "the text of an address that cannot exist" if soft else "the same text"
                rule = f"{count} addresses like {shape} have {kind}"
                self._closed[site, shape] = rule
                return shape, rule
        return None

    def wants_probe(self, site: str, url: str, text: str | None) -> bool:
        """Tell, once for each host, whether to ask it for an address that cannot exist."""
        host = host_in(url)
        if text is None or host in self._asked:
            return False
        counts = (self._texts.get((site, shape), {}).get(text, 0) for shape in shapes_of(url))
        if max(counts) < SUSPICIOUS_PAGES:
            return False
        self._asked.add(host)
        return True

    def probed(self, host: str, text: str | None) -> None:
        """Note what a host says of an address that cannot exist; ``None`` for an honest answer."""
        self._probes[host] = text
        self._asked.add(host)

    def is_soft_404(self, host: str, text: str | None) -> bool:
        """Tell whether a page says what the host says of an address that cannot exist."""
        return text is not None and self._probes.get(host) == text

    def _count(self, shape: tuple[str, str], text: str) -> int:
        counts = self._texts.pop(shape, {})
        self._texts[shape] = counts  # the newest last
        if len(self._texts) > SHAPES:
            del self._texts[next(iter(self._texts))]
        if text in counts or len(counts) < COUNTED_TEXTS:
            counts[text] = counts.get(text, 0) + 1
        else:
            for other in list(counts):
                counts[other] -= 1
                if not counts[other]:
                    del counts[other]
        return counts.get(text, 0)


def shapes_of(url: str) -> tuple[str, str]:
    """Return the narrow and the wide shape of an address.

    The narrow one folds digits. The wide one keeps of a query only that there is one, and of a path only
    where it begins and how deep it is: some traps make their addresses of words.

    >>> shapes_of("https://kyt.fi/haku/alue/kymi"), shapes_of("https://kyt.fi/lista?sivu=3")
    (('kyt.fi/haku/alue/kymi', 'kyt.fi/haku/*/*'), ('kyt.fi/lista?sivu', 'kyt.fi/lista?'))
    """
    narrow = pattern_of(url)
    wide = query_path_of(narrow)
    if wide is None:
        host, *segments = narrow.split("/")
        kept = segments[:1] if len(segments) > 1 else []
        wide = "/".join([host, *kept, *("*" * (len(segments) - len(kept)))])
    return narrow, wide


def host_in(url: str) -> str:
    """Return the host and port of a canonical address."""
    return url.partition("://")[2].partition("/")[0]
