"""Find the terms of the vocabulary and the regions of Finland that a text mentions.

Regions are found in their inflected Finnish forms, in Swedish and English, as adjectives, by "Kanta- ja Päijät-Häme",
and by the names of their own wellbeing services counties; names shared by several regions (Karjala, Savo, Häme) are none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from archive.records import Mention


class TermLike(Protocol):
    """What a term of the vocabulary must offer."""

    @property
    def id(self) -> str:
        """The id of the term."""

    @property
    def pattern(self) -> str:
        """A regex that finds the term in all its forms."""

    @property
    def case_sensitive(self) -> bool:
        """Whether capitals matter: YhES is not yhes."""


class RegionLike(Protocol):
    """What a region must offer."""

    @property
    def code(self) -> str:
        """The code of Statistics Finland, such as ``09``."""


END = r"(?!\w)"
START = r"(?<![\w-])"
_SUOMI = r"Suom(?:i|e[na]|essa|esta|elle|ella|elta|een|eksi|ea)"
_KARJALA = r"Karjala(?:a|an|n|ssa|sta|lla|lta|lle|ksi|kin)?"
_SAVO = r"Savo(?:a|on|n|ssa|sta|lla|lta|lle|ksi|kin)?"
_HAME = r"Häme(?:ttä|een|en|essä|estä|ellä|eltä|elle|eksi)?"
_POHJANMAA = r"Pohjanma(?:a|ata|an|alla|alta|alle|aksi|akin|assa|asta|ahan)"
_MAA = r"ma(?:a|ata|an|alla|alta|alle|aksi|akin|assa|asta|ahan)"

FORMS: dict[str, str] = {
    "01": rf"(?:(?:Itä|Länsi|Keski)-)?(?:Uusimaa|Uuttamaata|Uude(?:n|lla|lta|lle|ssa|sta|ksi){_MAA})"
    r"|Nylands?|uusmaalai\w+|Vake[a-z:]{0,4}|Keusote[a-z:]{0,4}|LUVN?",
    "02": rf"Varsinais-{_SUOMI}|varsinaissuomalai\w+|Egentliga Finlands?|Southwest Finland|Varha(?:n|ssa|lle|lla|an|:n)?",
    "04": r"Satakun(?:ta|taa|taan|nan|nassa|nasta|nalle|nalla|nalta|naksi)|satakuntalai\w+",
    "05": rf"Kanta-{_HAME}|kantahämäläi\w+|Egentliga Tavastlands?|Hämeen liit(?:to|on|ossa|olle|ossa|toon)"
    r"|Oma(?:n|ssa|lle|lla|an)? Häme(?:en|essä|elle|ellä)?",
    "06": rf"Pirkan{_MAA}|pirkanmaalai\w+|Birkalands?|Pirha(?:n|ssa|lle|lla|an|:n)?",
    "07": rf"Päijät-{_HAME}|päijäthämäläi\w+|Päijänne-Tavastlands?|Päijät-Sote\w*|Phhyky\w*",
    "08": r"Kymenlaakso(?:a|n|on|ssa|sta|lla|lta|lle|ksi|kin)?|kymenlaaksolai\w+|Kymmenedalens?|Kymsote\w*|Kymenhva\w*",
    "09": rf"Etelä-{_KARJALA}|eteläkarjalai\w+|Södra Karelens?|South Karelia|Eksote\w*|Ekhva\w*",
    "10": rf"Etelä-{_SAVO}|eteläsavolai\w+|Södra Savolax|South Savo|Essote\w*|Eloisa(?:n|ssa)? hyvinvointialue\w*",
    "11": rf"Pohjois-{_SAVO}|pohjoissavolai\w+|Norra Savolax|North Savo",
    "12": rf"Pohjois-{_KARJALA}|pohjoiskarjalai\w+|Norra Karelens?|North Karelia|Siun ?sote(?:n|ssa|lle|lla|en)?",
    "13": rf"Keski-{_SUOMI}|keskisuomalai\w+|Mellersta Finlands?|Central Finland|Hyvaks(?:in|issa|ille)?",
    "14": rf"Etelä-{_POHJANMAA}|eteläpohjalai\w+|Södra Österbottens?|South Ostrobothnia",
    "15": rf"{_POHJANMAA}|Österbottens?|Ostrobothnia",
    "16": rf"Keski-{_POHJANMAA}|keskipohjalai\w+|Mellersta Österbottens?|Central Ostrobothnia|(?-i:Soite(?:n|ssa|lle|lla|en)?)",
    "17": rf"Pohjois-{_POHJANMAA}|pohjoispohjalai\w+|Norra Österbottens?|North Ostrobothnia|Pohde(?:n|ssa|lle|lla|en)?|POPsote\w*",
    "18": r"Kainuu(?:ta|n|ssa|sta|seen|lla|lta|lle|ksi|kin|hun)?|kainuulai\w+|Kajanalands?",
    "19": r"Lap(?:pi|pia|piin|in|issa|ista|ille|illa|ilta|iksi)|lappilai\w+|Lapplands?|Lapland",
    "21": rf"Ahvenan{_MAA}|ahvenanmaalai\w+|Ålands?|åländsk\w*",
}
"""By region code: its Finnish name inflected, its adjective, its Swedish and English names, its county's own name."""
NOT_BEFORE: dict[str, str] = {
    "15": "(?<!Södra )(?<!Norra )(?<!Mellersta )(?<!South )(?<!North )(?<!Central )"
    "(?<!Etelä- )(?<!Keski- )(?<!Pohjois- )",
}
"""Pohjanmaa and Österbotten end the names of four other regions."""

_HALF = "(?:Etelä|Pohjois|Keski|Kanta|Päijät|Varsinais)"
_AND = r",?\s(?:(?:ja|sekä|tai|että)\s)?"
ELLIPSIS = re.compile(
    rf"(?<![\w-])(?P<first>{_HALF})-(?=(?:{_AND}{_HALF}-(?!\w))*"
    rf"{_AND}{_HALF}-(?P<base>Karjala|Savo|Häme|Pohjanma|Suom))"
)
HALVES = {
    ("Etelä", "Karjala"): "09",
    ("Pohjois", "Karjala"): "12",
    ("Etelä", "Savo"): "10",
    ("Pohjois", "Savo"): "11",
    ("Kanta", "Häme"): "05",
    ("Päijät", "Häme"): "07",
    ("Etelä", "Pohjanma"): "14",
    ("Keski", "Pohjanma"): "16",
    ("Pohjois", "Pohjanma"): "17",
    ("Keski", "Suom"): "13",
    ("Varsinais", "Suom"): "02",
}
"""The half of a name that stands before "ja" in "Kanta- ja Päijät-Häme"."""
REGION = "region:"
REST_OF_WORD = re.compile(r"[\w:-]*\w|")


@lru_cache(maxsize=4_096)
def _compiled(pattern: str, case_sensitive: bool) -> re.Pattern[str]:
    return re.compile(pattern, 0 if case_sensitive else re.IGNORECASE)


def find_mentions(text: str, terms: Iterable[TermLike]) -> tuple[Mention, ...]:
    r"""Return the terms that a text mentions, in the order of their first mention.

    >>> from types import SimpleNamespace
    >>> stea = SimpleNamespace(id="stea", pattern=r"\bSTEA", case_sensitive=True)
    >>> find_mentions("STEA rahoittaa, STEA:n avustus", [stea])
    (Mention(term='stea', count=2, first_offset=0, form='STEA'),)
    """
    found = (_mention(term, text) for term in terms)
    return tuple(
        sorted((row for row in found if row), key=lambda row: (row.first_offset, row.term))
    )


def _mention(term: TermLike, text: str) -> Mention | None:
    hits = [hit for hit in _compiled(term.pattern, term.case_sensitive).finditer(text) if hit[0]]
    if not hits:
        return None
    return Mention(
        term=term.id, count=len(hits), first_offset=hits[0].start(), form=_word(text, hits[0])
    )


def _word(text: str, hit: re.Match[str]) -> str:
    """Return the hit to the end of its word: patterns stop at the stem."""
    rest = REST_OF_WORD.match(text, hit.end())
    return hit[0] + rest[0] if rest and hit[0][-1].isalnum() else hit[0]


def term_spans(text: str, term: TermLike) -> list[tuple[int, int]]:
    """Return where a term stands, each to the end of the pattern."""
    pattern = _compiled(term.pattern, term.case_sensitive)
    return [hit.span() for hit in pattern.finditer(text) if hit[0]]


def region_spans(text: str, code: str) -> list[tuple[int, int]]:
    """Return where a region stands, halves such as "Kanta- ja" included."""
    whole = [hit.span() for hit in _region_pattern(code).finditer(text)]
    halves = [(start, start + len(form)) for start, form in _halves(text).get(code, [])]
    return sorted(whole + halves)


@lru_cache(maxsize=64)
def _region_pattern(code: str) -> re.Pattern[str]:
    return re.compile(f"{START}{NOT_BEFORE.get(code, '')}(?:{FORMS[code]}){END}", re.IGNORECASE)


def find_regions(text: str, regions: Iterable[RegionLike]) -> tuple[Mention, ...]:
    """Return the regions that a text mentions, under ``region:<code>``, in the order of their first mention.

    >>> from types import SimpleNamespace
    >>> regions = [SimpleNamespace(code=code) for code in ("05", "07", "14", "15")]
    >>> found = find_regions("Kanta- ja Päijät-Hämeessä sekä Etelä-Pohjanmaalla", regions)
    >>> [(mention.term, mention.form) for mention in found]
    [('region:05', 'Kanta-'), ('region:07', 'Päijät-Hämeessä'), ('region:14', 'Etelä-Pohjanmaalla')]
    """
    halves = _halves(text)
    found = []
    for code in (region.code for region in regions):
        spans = [(hit.start(), hit[0]) for hit in _region_pattern(code).finditer(text)]
        spans = sorted(spans + halves.get(code, []))
        if spans:
            start, form = spans[0]
            found.append(
                Mention(term=REGION + code, count=len(spans), first_offset=start, form=form)
            )
    return tuple(sorted(found, key=lambda row: (row.first_offset, row.term)))


def _halves(text: str) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for hit in ELLIPSIS.finditer(text):
        code = HALVES.get((hit["first"], hit["base"]))
        if code:
            found[code].append((hit.start(), hit["first"] + "-"))
    return found


def rank_regions(mentions: Sequence[Mention]) -> list[str]:
    """Return the region codes of the mentions, the most important first: by count, then by who comes first."""
    rows = [row for row in mentions if row.term.startswith(REGION)]
    ordered = sorted(rows, key=lambda row: (-row.count, row.first_offset))
    return [row.term.removeprefix(REGION) for row in ordered]
