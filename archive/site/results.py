"""Prepare a page of search results: hits with snippets, facets with counts and addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archive.search.facets import NAMES
from archive.search.queries import parse
from archive.search.querytree import Beginning, Phrase, leaves, words_of
from archive.search.respelling import joined
from archive.search.searching import Found, search
from archive.search.snippets import Markers, Piece
from archive.site.addresses import SIZE, Asked, last_page, place
from archive.site.histogram import Histogram, histogram
from archive.site.holding import Holding, Names, rows_of
from archive.site.labels import FACETS, value_label
from archive.site.languages import Translator
from archive.site.narrowing import narrowings
from archive.site.regionmap import RegionMap, region_map

SHOWN = 8
"""Values of a facet that are seen at once; the rest fold out."""

MOST_MENDED = 4
"""Words mended in one query."""
JOINED_SHARE = 2
"""Two words are offered as one where that finds at least half as much; a choice, not measured."""

HITS = """
SELECT docid, id, page, site_name, region, title, published, page_type, language, current, also_at, access, url,
  first_seen, excerpt, coalesce(text, excerpt) AS body
FROM versions WHERE docid IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit in a list."""

    row: Mapping[str, Any]
    address: str
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]
    unseen: bool
    """True where the match lies in a part of the text that may not be shown."""
    same: tuple[Hit, ...] = ()
    """The other hits with the same text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet."""

    value: str
    label: str
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet with its values, those that count first."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    more: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that the page of results shows."""

    asked: Asked
    total: int
    listed: int
    """Texts: fewer than ``total`` where several pages hold the same."""
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    meant: str | None
    """The query as it was probably meant, where a word of it stands nowhere."""
    by_year: Histogram
    tiles: RegionMap
    chosen: tuple[tuple[str, str], ...]
    """Label of each value that narrows the search, and the address without it."""

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return last_page(self.listed, SIZE)


def results(
    connection: sqlite3.Connection, holding: Holding, asked: Asked, say: Translator
) -> Results:
    """Search and prepare.

    Raises:
        QueryProblem: the query cannot be understood.
    """
    found = search(connection, holding.facets, asked.request)
    last = last_page(found.listed, SIZE)
    if asked.page > last:  # an address of an earlier, larger edition, or one written by hand
        asked = asked.with_page(last)
        found = search(connection, holding.facets, asked.request)
    return Results(
        asked=asked,
        total=found.total,
        listed=found.listed,
        hits=_grouped(connection, found, asked.language),
        facets=tuple(_facets(found, holding.names, asked, say)),
        by_year=histogram(found.facets["year"], asked.filters.get("year", ())),
        tiles=region_map(
            found.facets["region"],
            asked.filters.get("region", ()),
            lambda code: holding.names.region(code, asked.language),
            lambda code: asked.toggled("region", code).address,
        ),
        chosen=tuple(narrowings(asked, holding.names, say, "/haku")),
        meant=_meant(connection, holding, asked, found),
    )


def _meant(
    connection: sqlite3.Connection, holding: Holding, asked: Asked, found: Found
) -> str | None:
    """Return the query as it was probably meant: with its slips mended, or with words in one that stand apart."""
    suggestions = holding.suggestions
    wanted = list(leaves(parse(asked.text)))
    unknown = list(found.unknown)
    if not found.total:
        phrases = (leaf for leaf in wanted if isinstance(leaf, Phrase))
        unknown += [word for one in phrases for word in one.words if not suggestions.knows(word)]
    words = [word for leaf in wanted if not isinstance(leaf, Beginning) for word in words_of(leaf)]
    mended = suggestions.mended_query(asked.text, words, unknown[:MOST_MENDED])
    if mended:
        return mended
    for word, query in joined(asked.text):
        if suggestions.holds(word):
            request = replace(asked.request, text=query, start=0, size=1)
            if JOINED_SHARE * search(connection, holding.facets, request).total >= found.total:
                return query
    return None


def _grouped(connection: sqlite3.Connection, found: Found, language: str) -> tuple[Hit, ...]:
    """Return the hits of a page of results, each with the others that hold its text."""
    others = [docid for docids in found.same.values() for docid in docids]
    listed = hits(connection, found.docids, found.markers, language)
    rest = dict(zip(others, hits(connection, others, found.markers, language), strict=True))
    return tuple(
        replace(hit, same=tuple(rest[one] for one in found.same.get(docid, ())))
        for docid, hit in zip(found.docids, listed, strict=True)
    )


def hits(
    connection: sqlite3.Connection, docids: Sequence[int], markers: Markers, language: str
) -> tuple[Hit, ...]:
    """Return versions as hits, in the order given."""
    rows = {row["docid"]: row for row in rows_of(connection.execute(HITS, [str(list(docids))]))}
    return tuple(_hit(rows[docid], markers, language) for docid in docids)


def _hit(row: Mapping[str, Any], markers: Markers, language: str) -> Hit:
    title = markers.title.mark(row["title"] or row["url"])
    snippet = markers.text.snippet(row["body"])
    matched = any(piece.marked for piece in (*title, *snippet))
    address = (
        place("sivu", row["page"], language)
        if row["current"]
        else place("versio", row["id"], language)
    )
    return Hit(
        row=row,
        address=address,
        title=tuple(title),
        snippet=tuple(snippet),
        unseen=bool(markers) and not matched and row["access"] == "snippet",
    )


def _facets(found: Found, names: Names, asked: Asked, say: Translator) -> list[Facet]:
    made = []
    for name in NAMES:
        counts = dict(found.facets[name])
        for value in asked.filters.get(name, ()):
            counts.setdefault(value, 0)
        choices = [
            Choice(
                value=value,
                label=value_label(name, value, names, say),
                count=count,
                address=asked.toggled(name, value).address,
                chosen=value in asked.filters.get(name, ()),
            )
            for value, count in counts.items()
        ]
        choices.sort(key=lambda one: _rank(name, one))
        if choices:
            made.append(
                Facet(name, say(FACETS[name]), tuple(choices[:SHOWN]), tuple(choices[SHOWN:]))
            )
    return made


def _rank(name: str, choice: Choice) -> tuple[Any, ...]:
    """Order years from the newest, all else by count; what is not known comes last."""
    unknown = choice.value == "-"
    if name == "year":
        return (not choice.chosen, unknown, -int(choice.value) if choice.value.isdecimal() else 0)
    return (not choice.chosen, unknown, -choice.count, choice.label)
