"""Find the sentences that tell which structure worked in which region and year, and by whom.

A relation is what stands together in one sentence; what the sentence leaves out may come from the term, the site or the page's
date, and then says so. It is a finding aid: whether a sentence founds, praises or denies a structure is for its reader to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol

from archive.mentions import region_spans, term_spans
from archive.places import municipalities, place_spans
from archive.records import Relation

KINDS = frozenset({"structure", "role", "model"})
"""Terms that relations are about."""
BY_WHOM = "organisation"
LOCAL = "role"
"""Terms that somebody fills somewhere: without regions of their own they are those of the site, while a structure is the country's."""
SENTENCE_END = re.compile(
    r"(?<=[^\d\s][.!?])\s+(?=[A-ZÅÄÖ–\"”])|(?<=\d\.)\s+(?=[A-ZÅÄÖ][a-zåäö]+\s)|[\n\f]"
)
YEAR = re.compile(r"(?<![\d./-])(?:(?:\d{1,2}\.){1,2}\s?)?((?:19[89]|20[0-4])\d)(?![\d/]|-\d\d\b)")
MOST_REGIONS = 4
"""Regions of one sentence that become relations; more is a list of the country."""

Spans = list[tuple[str, int, int]]
Basis = Literal["sentence", "municipality", "term", "site"]


class TermLike(Protocol):
    """What a term of the vocabulary must offer."""

    @property
    def id(self) -> str:
        """The id of the term."""

    @property
    def kind(self) -> str:
        """The kind of the term."""

    @property
    def pattern(self) -> str:
        """A regex that finds it."""

    @property
    def case_sensitive(self) -> bool:
        """Whether capitals matter."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions where it is used."""


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of a text begins and ends.

    >>> text = "Pöytä kokoontui 5.2.2020 Kotkassa. Se jatkaa."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Pöytä kokoontui 5.2.2020 Kotkassa.', 'Se jatkaa.']
    """
    start = 0
    for stop in SENTENCE_END.finditer(text):
        if text[start : stop.start()].strip():
            yield start, stop.start()
        start = stop.end()
    if text[start:].strip():
        yield start, len(text)


def find_relations(
    text: str,
    terms: Iterable[TermLike],
    regions: Iterable[str],
    *,
    site_regions: Sequence[str] = (),
    year: int | None = None,
) -> tuple[Relation, ...]:
    """Return the relations of a text in their order, each once a sentence.

    Args:
        text: the text.
        terms: the vocabulary.
        regions: the codes of all regions.
        site_regions: regions that the site writes about.
        year: the year of publication.
    """
    vocabulary = list(terms)
    about = _spans(text, (term for term in vocabulary if term.kind in KINDS))
    if not about:
        return ()
    reader = _Reader(text, vocabulary, list(regions), site_regions, year)
    found = (
        relation
        for start, end in sentences(text)
        for name in dict.fromkeys(name for name, *_ in _inside(about, start, end))
        for relation in reader.read(name, start, end)
    )
    return tuple(dict.fromkeys(found))


def _spans(text: str, terms: Iterable[TermLike]) -> Spans:
    return [(term.id, *span) for term in terms for span in term_spans(text, term)]


def _inside(spans: Spans, start: int, end: int) -> Spans:
    return [span for span in spans if start <= span[1] < end]


class _Reader:
    """A text with everything in it that a relation may name."""

    def __init__(
        self,
        text: str,
        terms: Sequence[TermLike],
        regions: Sequence[str],
        site_regions: Sequence[str],
        year: int | None,
    ) -> None:
        self._text = text
        self._organisations = _spans(text, (term for term in terms if term.kind == BY_WHOM))
        self._regions = [(code, *span) for code in regions for span in region_spans(text, code)]
        self._places = list(place_spans(text, site_regions))
        self._own = {term.id: term.regions for term in terms}
        self._nationwide = {t.id for t in terms if not t.regions and t.kind != LOCAL}
        self._site = tuple(site_regions)
        self._year = year

    def read(self, name: str, start: int, end: int) -> Iterator[Relation]:
        """Yield the relations of one structure in one sentence: one for each region or municipality."""
        year = self._told_year(start, end)
        places = list(dict.fromkeys(code for code, *_ in _inside(self._places, start, end)))
        whom = [row for row, *_ in _inside(self._organisations, start, end)]
        for region, basis, municipality in self._where(name, places, start, end):
            yield Relation(
                structure=name,
                region=region,
                region_basis=basis,
                municipality=municipality,
                year=year or self._year,
                year_basis="sentence" if year else "page" if self._year else None,
                organisation=whom[0] if whom else None,
                start=start,
                end=end,
            )

    def _told_year(self, start: int, end: int) -> int | None:
        match = YEAR.search(self._text, start, end)
        return int(match[1]) if match else None

    def _where(
        self, name: str, places: Sequence[str], start: int, end: int
    ) -> Iterator[tuple[str | None, Basis | None, str | None]]:
        """Yield region, what says it, and municipality; the sentence goes before everything else."""
        told = list(dict.fromkeys(code for code, *_ in _inside(self._regions, start, end)))
        inside = {code: REGION_OF[code] for code in places}
        if told:
            for region in told[:MOST_REGIONS]:
                own: list[str | None] = [code for code in places if inside[code] == region]
                yield from ((region, "sentence", code) for code in own or [None])
        elif places:
            yield from ((inside[code], "municipality", code) for code in places)
        elif len(self._own[name]) == 1:
            yield self._own[name][0], "term", None
        elif len(self._site) == 1 and name not in self._nationwide:
            yield self._site[0], "site", None
        else:
            yield None, None, None


REGION_OF = {place.code: place.region for place in municipalities()}
