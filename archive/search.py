"""Search an edition: which versions hold what is asked, in which order, with counts by facet.

Words are looked for in `versions_lemmas` in all their forms, phrases and beginnings in `versions_words` as they stand.
Each leaf of the query gives a set of versions; sets are joined, met and taken apart as numbers, and facets counted on the result.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from archive.facets import NAMES, Facets, Numbers
from archive.lemmas import as_term, query_terms
from archive.queries import All, Any, Beginning, Leaf, Node, Phrase, Without, Word, leaves, parse
from archive.snippets import Marker

Order = Literal["best", "newest", "oldest"]

TITLE_WEIGHT = 4.0
"""How much a word in the title counts against one in the text; a choice, not measured."""
MOST_FORMS = 5_000
"""Word forms marked at once; a short beginning has more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked."""

    text: str = ""
    compounds: bool = True
    """Find words inside compounds too."""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Values by facet; a version must have one of each facet's."""
    order: Order = "best"
    every_version: bool = False
    """List all versions that match; otherwise the newest of each page that does."""
    by_text: bool = False
    """List the same text once, however many pages hold it."""
    start: int = 0
    size: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found."""

    total: int
    """Pages, or versions where every version is listed."""
    listed: int
    """Hits to list: fewer than ``total`` where the same text is listed once."""
    docids: tuple[int, ...]
    """The versions of the page of results that was asked for, in order."""
    facets: Mapping[str, Mapping[str, int]]
    """Counts by value of each facet; a facet's own filter does not narrow its counts."""
    marker: Marker
    same: Mapping[int, Sequence[int]]
    """The other versions that a listed one stands for, where the same text is listed once."""


def search(connection: sqlite3.Connection, facets: Facets, request: Request) -> Found:
    """Answer a request.

    Args:
        connection: an edition, open for reading.
        facets: of the same edition.
        request: what is asked.

    Raises:
        QueryProblem: the text cannot be understood.
    """
    engine = _Engine(connection, facets, compounds=request.compounds)
    node = parse(request.text)
    rows = facets.everything() if node is None else engine.rows(node)
    hits = _one_a_page(facets, facets.filtered(rows, request.filters), request)
    ordered = engine.ordered(node, hits, request.order)
    listed = facets.one_of_each_text(ordered) if request.by_text else ordered
    page = listed[request.start : request.start + request.size]
    return Found(
        total=len(hits),
        listed=len(listed),
        docids=tuple(int(row) + 1 for row in page),
        facets=_counted(facets, rows, request),
        marker=engine.marker(node),
        same=_same(facets, page, ordered) if request.by_text else {},
    )


def matching(connection: sqlite3.Connection, facets: Facets, request: Request) -> list[int]:
    """Return the docid of every version that matches, in the order of docid."""
    node = parse(request.text)
    engine = _Engine(connection, facets, compounds=request.compounds)
    rows = facets.everything() if node is None else engine.rows(node)
    return [int(row) + 1 for row in facets.filtered(rows, request.filters)]


def _one_a_page(facets: Facets, rows: Numbers, request: Request) -> Numbers:
    return rows if request.every_version else facets.newest_of_each_page(rows)


def _same(facets: Facets, page: Numbers, ordered: Numbers) -> dict[int, tuple[int, ...]]:
    """Return, by listed version, the other hits with its text."""
    others = {int(row) + 1: facets.with_same_text(int(row), ordered) for row in page}
    return {docid: tuple(int(row) + 1 for row in rows) for docid, rows in others.items()}


def _counted(facets: Facets, rows: Numbers, request: Request) -> dict[str, dict[str, int]]:
    """Count what following each value would find; a facet's own filter does not narrow its counts."""
    count = facets.counts if request.every_version else facets.page_counts
    narrowed = facets.filtered(rows, request.filters)
    counted = {}
    for name in NAMES:
        others = narrowed
        if name in request.filters:
            others = facets.filtered(rows, request.filters, but=name)
        counted[name] = count(name, others)
    return counted


class _Wording:
    """The search terms of the words of one query."""

    def __init__(self, connection: sqlite3.Connection, *, compounds: bool) -> None:
        self._connection = connection
        self._compounds = compounds
        self._terms: dict[str, tuple[str, ...]] = {}

    def terms_of(self, form: str) -> tuple[str, ...]:
        if form not in self._terms:
            known = _known_terms(self._connection, form)
            self._terms[form] = query_terms(form, compounds=self._compounds, known=known)
        return self._terms[form]

    def expression(self, form: str) -> str:
        """Return what finds a word in `versions_lemmas`."""
        return "(" + " OR ".join(f'"{term}"' for term in self.terms_of(form)) + ")"


class _Engine:
    """One search in one edition."""

    def __init__(self, connection: sqlite3.Connection, facets: Facets, *, compounds: bool) -> None:
        self._connection = connection
        self._facets = facets
        self._wording = _Wording(connection, compounds=compounds)

    def rows(self, node: Node) -> Numbers:
        """Return the rows of the versions that a query asks for, in order."""
        if isinstance(node, Word):
            return self._match("versions_lemmas", self._wording.expression(node.form))
        if isinstance(node, Phrase):
            return self._match("versions_words", _phrase(node))
        if isinstance(node, Beginning):
            return self._match("versions_words", f'"{node.start}" *')
        if isinstance(node, All):
            return self._all(node.parts)
        if isinstance(node, Any):
            found = [self.rows(part) for part in node.parts]
            return np.unique(np.concatenate(found))
        return np.setdiff1d(self._facets.everything(), self.rows(node.part), assume_unique=True)

    def _all(self, parts: Sequence[Node]) -> Numbers:
        rows = self.rows(parts[0])
        for part in parts[1:]:
            rows = np.intersect1d(rows, self.rows(part), assume_unique=True)
        return rows

    def _match(self, index: str, expression: str) -> Numbers:
        found = self._connection.execute(
            f"SELECT group_concat(rowid) FROM {index} WHERE {index} MATCH ?",  # noqa: S608 - our names
            [expression],
        ).fetchone()[0]
        return np.fromstring(found, dtype=np.int64, sep=",") - 1 if found else np.zeros(0, np.int64)

    def ordered(self, node: Node | None, hits: Numbers, order: Order) -> Numbers:
        """Return the hits in the order asked for; without words to weigh, the newest first."""
        wanted = list(leaves(node))
        if order != "best" or not wanted:
            return self._facets.by_date(hits, newest_first=order != "oldest")
        weights = np.zeros(self._facets.size)
        expression = " OR ".join(self._wording.expression(form) for form in _forms(wanted))
        for docid, weight in self._connection.execute(
            "SELECT rowid, bm25(versions_lemmas, ?, 1.0) FROM versions_lemmas WHERE versions_lemmas MATCH ?",
            [TITLE_WEIGHT, expression],
        ):
            weights[docid - 1] = weight
        return hits[np.argsort(weights[hits], kind="stable")]

    def marker(self, node: Node | None) -> Marker:
        """Return what marks the words of a query in a text."""
        wanted = list(leaves(node))
        return Marker(
            forms=self._found_forms(one.form for one in wanted if isinstance(one, Word)),
            phrases=[one.words for one in wanted if isinstance(one, Phrase)],
            beginnings=[one.start for one in wanted if isinstance(one, Beginning)],
        )

    def _found_forms(self, forms: Iterable[str]) -> set[str]:
        terms = sorted({term for form in forms for term in self._wording.terms_of(form)})
        marks = ",".join("?" * len(terms))
        found = self._connection.execute(
            f"SELECT form FROM term_forms WHERE term IN ({marks}) LIMIT {MOST_FORMS}",  # noqa: S608 - marks only
            terms,
        )
        return {form for (form,) in found}


def _forms(wanted: Iterable[Leaf]) -> list[str]:
    """Return the words to weigh by; what stands in a phrase weighs as a word."""
    forms: list[str] = []
    for leaf in wanted:
        if isinstance(leaf, Phrase):
            forms += leaf.words
        else:
            forms.append(leaf.form if isinstance(leaf, Word) else leaf.start)
    return list(dict.fromkeys(forms))


def _phrase(phrase: Phrase) -> str:
    """Return a phrase for FTS5; only title and text keep the order of words, a single word may be anywhere."""
    quoted = '"' + " ".join(phrase.words) + '"'
    return quoted if len(phrase.words) == 1 else "{title text} : " + quoted


def _known_terms(connection: sqlite3.Connection, form: str) -> tuple[str, ...]:
    """Return the search terms of a form that stands in this edition, or is a lemma in it; capitals aside.

    That saves the analysis, and loading the analyser, for most of what people type.
    """
    spellings = dict.fromkeys((form, form.lower(), form.capitalize(), form.upper()))
    for spelling in spellings:
        row = connection.execute(
            "SELECT terms FROM forms WHERE form = ? AND language = 'fi'", [spelling]
        ).fetchone()
        if row:
            return tuple(row[0].split())
    term = as_term(form)
    is_lemma = connection.execute(
        "SELECT 1 FROM term_forms WHERE term IN (?, ?) LIMIT 1", [term, f"p_{term}"]
    ).fetchone()
    return (term,) if is_lemma else ()


NOTHING = '""'
"""An expression that matches no version."""


def lemma_expression(connection: sqlite3.Connection, text: str) -> str:
    """Return an FTS5 expression over `versions_lemmas` for a query, for Datasette's own search box.

    Phrases and beginnings are read as words, since that index knows no order.

    Raises:
        QueryProblem: the text cannot be understood.
    """
    node = parse(text)
    return NOTHING if node is None else _expression(_Wording(connection, compounds=True), node)


def _expression(wording: _Wording, node: Node) -> str:
    if isinstance(node, Any):
        return "(" + " OR ".join(_expression(wording, part) for part in node.parts) + ")"
    if isinstance(node, All):
        wanted = [_expression(wording, one) for one in node.parts if not isinstance(one, Without)]
        unwanted = [
            _expression(wording, one.part) for one in node.parts if isinstance(one, Without)
        ]
        return "(" + " NOT ".join([" AND ".join(wanted) or NOTHING, *unwanted]) + ")"
    if isinstance(node, Without):
        return NOTHING  # FTS5 can take away only from something
    return " AND ".join(wording.expression(form) for form in _forms([node]))
