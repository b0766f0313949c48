"""Find the municipalities and wellbeing services counties that a text names, in every form of their Finnish and Swedish names.

A capital letter is needed, and where it says nothing (a common word at the beginning of a sentence, a surname) the words around
decide: a case that tells a place, "kaupunki" behind it, another municipality beside it, or the region of the site.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol

from archive.records import Mention

MUNICIPALITY, COUNTY = "municipality:", "county:"
"""Prefixes under which a municipality and a county are entries of the vocabulary."""

TOKEN = re.compile(
    r"Koski Tl\b|Kosk\w+ Tl\b|(?:S:t|Sankt) (?:Michels?|Karins)\b|[^\W\d_]+(?:[-–’'][^\W\d_]+)*(?::[^\W\d_]+)?"
)
SENTENCE_START = re.compile(r"(?:^|[.!?…:;\n\f|•–—*\"”»“(]|[-–]\s)\s*$")
LOCAL = re.compile(
    r"(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|sta|hun|hyn|hin|[aeiouyäö]{2}n|seen)$", re.IGNORECASE
)
"""Endings of the cases that tell where: a person is seldom inside anything."""
INNER = re.compile(r"(?:ss[aä]|st[aä])$")
OFFICE = re.compile(
    r"\s(?:kaupun\w+|kunta|kunnan\w*|kunnassa|seurakun\w+|stad\w*|kommun\w*|seutu\w*|seudu\w*|keskusta\w*)"
)
SWEDISH_BEFORE = re.compile(
    r"\b(?:i|till|från|vid|på|och|kring|utanför|nära|samt)\s$", re.IGNORECASE
)
LIST_GAP = re.compile(r"\s?(?:,|/|-|–|ja|sekä|tai|och|samt|and|&)\s?(?:myös\s)?", re.IGNORECASE)

SURNAMES = frozenset(
    {
        *("Salo", "Lahti", "Kolari", "Vaala", "Nousiainen", "Heinola", "Hartola", "Laitila", "Lehtimäki"),
        *("Ikaalinen", "Koski", "Luoto", "Lieto", "Juva", "Masku", "Soini", "Simo", "Kaarina", "Salla", "Pello"),
        *("Toivakka", "Rautavaara", "Uurainen", "Kaustinen", "Rusko", "Savukoski", "Kustavi"),
        *("Pirkkala", "Sulkava", "Multia", "Vesanto", "Liminka", "Aura"),
        *("Lemi", "Perho", "Kannus", "Karstula", "Jokioinen", "Marttila"),
        *("Urjala", "Hollola", "Vieremä", "Orimattila"),
        *("Vanda", "Gustavs", "Sund", "Lappo", "Siikainen", "Parkano"),
    }
)  # fmt: skip
"""Names that persons bear too, as their first or their last."""
GIVEN = frozenset(
    """
    Aino Aila Aimo Airi Aki Aleksi Anja Anita Anna Anne Anni Anniina Annika Antero Antti Anu Ari Arja Arto Arttu Asko Auli Auvo Eero Eeva Eija
    Eino Elina Elisa Ella Elli Emilia Emma Erja Erkki Essi Esa Eveliina Hanna Hannele Hannu Harri Heidi Heikki Heimo Heini Helena Heli Helmi
    Henna Henri Hilkka Ilkka Ilona Inka Irja Irma Jaakko Jaana Jani Janne Jari Jarkko Jarmo Jenni Jesse Johanna Joni Jonna Jorma Jouko Jouni
    Juha Juhani Juho Jukka Julia Jussi Juuso Jyrki Kaarlo Kai Kaija Kaisa Kalevi Kalle Kari Karoliina Katariina Kati Katja Katri Kerttu Kimmo
    Kirsi Kirsti Krista Lari Lasse Laura Lauri Lea Leena Leila Leo Liisa Lotta Maarit Maija Maj-Britt Mari Maria Marika Marja Marjatta Marjo
    Marjut Marko Markku Markus Martti Matias Matti Meri Mia Miia Mika Mikael Mikko Milla Minna Mira Mirja Mirva Nea Niina Niko Noora Oili Oona
    Olavi Olli Ossi Otto Outi Paavo Paula Pasi Pauli Pauliina Pekka Pentti Pertti Petra Petri Petteri Pia Piia Pirjo Pirkko Päivi Raija Raili
    Raimo Raisa Rauli Rauno Riikka Riitta Risto Ritva Saara Saija Sakari Sami Samu Sanna Santeri Sari Satu Seija Seppo Simo Sini Sinikka Sirkka
    Sirpa Soile Sofia Suvi Taina Tanja Tapani Tapio Tarja Taru Teemu Teija Tero Tiia Tiina Timo Toini Tommi Toni Topi Tuija Tuire Tuomas Tuomo
    Tuula Tuulikki Ulla Urpo Valtteri Veera Veijo Veikko Veli Vesa Vilho Ville Virpi Äänis Anders Anna-Liisa Ann-Mari Bengt Birgitta Bo Carina
    Christer Eva Göran Gun Hans Inger Jan Johan Karin Kjell Lars Lena Leif Magnus Margareta Maria Mats Monica Nils Ole Peter Ralf Stefan Sten Susanne
    """.split()  # noqa: SIM905 - a name a word
)
"""Common given names of Finland: what follows one is a surname."""


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality of Finland."""

    code: str
    """The code of Statistics Finland, such as ``405``."""
    region: str
    """The code of its region, such as ``09``."""
    fi: str
    sv: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One form that names a municipality."""

    place: Municipality
    common: bool
    """True where the same letters are a common word."""
    swedish: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    """A form met in a text."""

    form: _Form
    text: str
    start: int
    end: int
    sure: bool


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Return the 309 municipalities, by code."""
    return tuple(dict.fromkeys(form.place for form in _forms().values()))


@cache
def _forms() -> dict[str, _Form]:
    """Return the forms of all names; a form of two names belongs to the one whose own name it is."""
    lines = files("archive").joinpath("data/municipalities.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    forms: dict[str, _Form] = {}
    for code, region, fi, sv, inflected in rows:
        place = Municipality(code, region, fi, sv)
        for entry in inflected.split(" "):
            name = entry.lstrip("~").replace("_", " ")
            forms.setdefault(name, _Form(place, entry.startswith("~"), swedish=False))
        if sv != fi:
            for name in (sv, sv if sv.endswith("s") else sv + "s", sv.replace("S:t", "Sankt")):
                forms.setdefault(name, _Form(place, common=False, swedish=True))
    return forms


def find_places(text: str, regions: Collection[str] = ()) -> tuple[Mention, ...]:
    """Return the municipalities that a text names, under ``municipality:<code>``, in the order of their first mention.

    Args:
        text: the text.
        regions: codes of the regions that its site writes about; they decide where the words do not.

    >>> [(found.term, found.form) for found in find_places("Iissä ja Kouvolassa puhui Pekka Salo. Salo kiitti.")]
    [('municipality:139', 'Iissä'), ('municipality:286', 'Kouvolassa')]
    """
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for code, start, end in place_spans(text, regions):
        found[code].append((start, end))
    return tuple(
        Mention(
            term=MUNICIPALITY + code,
            count=len(spans),
            first_offset=spans[0][0],
            form=text[slice(*spans[0])],
        )
        for code, spans in found.items()
    )


def place_spans(text: str, regions: Collection[str] = ()) -> Iterator[tuple[str, int, int]]:
    """Yield the code of each municipality that a text names, and where; arguments as in `find_places`."""
    for hit in _settled(text, list(_hits(text)), regions):
        yield hit.form.place.code, hit.start, hit.end


class CountyLike(Protocol):
    """What a wellbeing services county must offer."""

    @property
    def id(self) -> str:
        """Its short name."""

    @property
    def fi(self) -> str:
        """Its Finnish name, such as "Etelä-Karjalan hyvinvointialue"."""

    @property
    def sv(self) -> str:
        """Its Swedish name."""


def find_counties(text: str, counties: Iterable[CountyLike]) -> tuple[Mention, ...]:
    """Return the wellbeing services counties that a text names in full, under ``county:<id>``.

    >>> from types import SimpleNamespace
    >>> ekhva = SimpleNamespace(id="ekhva", fi="Etelä-Karjalan hyvinvointialue", sv="Södra Karelens välfärdsområde")
    >>> [found.form for found in find_counties("Etelä-Karjalan hyvinvointialueella toimii", [ekhva])]
    ['Etelä-Karjalan hyvinvointialueella']
    """
    found = []
    for county in counties:
        hits = list(_county_pattern(county.fi, county.sv).finditer(text))
        if hits:
            term, form = COUNTY + county.id, hits[0][0]
            found.append(
                Mention(term=term, count=len(hits), first_offset=hits[0].start(), form=form)
            )
    return tuple(found)


@lru_cache(maxsize=64)
def _county_pattern(*names: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, names)) + r")\w*", re.IGNORECASE)


def _settled(text: str, hits: list[_Hit], regions: Collection[str]) -> Iterator[_Hit]:
    """Yield the hits that are municipalities: the sure ones, and those that something else speaks for."""
    persons = {hit.form.place.code for hit in hits if _is_person(text, hit)}
    sure = {hit.form.place.code for hit in hits if hit.sure and not _is_person(text, hit)}
    for at, hit in enumerate(hits):
        if _is_person(text, hit):
            continue
        code = hit.form.place.code
        if code in persons and not (INNER.search(hit.text) or OFFICE.match(text, hit.end)):
            continue
        beside = _beside(text, hits, at)
        if hit.sure or code in sure or beside or hit.form.place.region in regions:
            yield hit


def _beside(text: str, hits: list[_Hit], at: int) -> bool:
    """Tell whether a sure municipality stands beside this one in a list."""
    pairs = [(hits[at - 1], hits[at])] if at else []
    pairs += [(hits[at], hits[at + 1])] if at + 1 < len(hits) else []
    return any(
        LIST_GAP.fullmatch(text[left.end : right.start])
        and (right if left is hits[at] else left).sure
        for left, right in pairs
    )


def _hits(text: str) -> Iterator[_Hit]:
    for token in TOKEN.finditer(text):
        word = token[0]
        if not word[0].isupper() or (word.isupper() and len(word) < 4):
            continue
        for form, start, end in _readings(word, token.start()):
            yield _Hit(form, text[start:end], start, end, _is_sure(text, form, start, end))


def _readings(word: str, start: int) -> Iterator[tuple[_Form, int, int]]:
    """Yield the forms in a token: the whole, or the halves of "Kotkan-Haminan"."""
    forms = _forms()
    bare = word.partition(":")[0]
    plain = bare.title() if bare.isupper() else bare
    if form := forms.get(word) or forms.get(plain):
        yield form, start, start + len(word)
        return
    at = start
    for part in re.split(r"[-–]", bare):
        if part[:1].isupper() and (form := forms.get(part)):
            yield form, at, at + len(part)
        at += len(part) + 1


def _is_sure(text: str, form: _Form, start: int, end: int) -> bool:
    """Tell whether the form by itself names a place."""
    word = text[start:end]
    if form.swedish and form.place.sv in SURNAMES:
        return SWEDISH_BEFORE.search(text, max(0, start - 12), start) is not None
    if OFFICE.match(text, end):
        return True
    if form.place.fi in SURNAMES:
        return LOCAL.search(word) is not None and len(word) > len(form.place.fi) + 1
    first = SENTENCE_START.search(text[max(0, start - 4) : start]) is not None
    return not (form.common and first) or (LOCAL.search(word) is not None)


def _is_person(text: str, hit: _Hit) -> bool:
    """Tell whether a given name stands before the form, or a surname behind a form that is a given name."""
    before = text[max(0, hit.start - 25) : hit.start].split(" ")
    if len(before) > 1 and not before[-1] and before[-2].strip("(\"”'") in GIVEN:
        return True
    if hit.text in GIVEN or hit.form.place.fi in ("Kaarina", "Salla", "Simo", "Kustavi", "Soini"):
        following = TOKEN.match(text, hit.end + 1)
        return bool(
            text[hit.end : hit.end + 1] == " " and following and following[0][0].isupper()
            and hit.text == hit.form.place.fi and following[0] not in _forms()
        )  # fmt: skip
    return False
