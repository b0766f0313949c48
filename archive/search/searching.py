"""Search an edition: which versions hold what is asked, in which order, with counts by facet."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from archive.search.facets import NAMES, Facets, Keys, Numbers, first_of
from archive.search.matching import Matcher
from archive.search.queries import parse
from archive.search.querytree import Node
from archive.search.snippets import Markers

Order = Literal["best", "newest", "oldest", "latest"]
"""By fit, by date of publication, or by when the archive first saw it, newest first."""


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
    markers: Markers
    same: Mapping[int, Sequence[int]]
    """The other versions that a listed one stands for, where the same text is listed once."""
    unknown: tuple[str, ...]
    """Words of the query that stand nowhere in the edition, in any form."""


def search(connection: sqlite3.Connection, facets: Facets, request: Request) -> Found:
    """Answer a request.

    Args:
        connection: an edition, open for reading.
        facets: of the same edition.
        request: what is asked.

    Raises:
        QueryProblem: the text cannot be understood.
    """
    node = parse(request.text)
    matcher = Matcher(connection, facets, compounds=request.compounds)
    rows = np.flatnonzero(matcher.marks(node))
    hits = _one_a_page(facets, facets.filtered(rows, request.filters), request)
    keys = _keys(matcher, facets, node, request.order)
    listed = facets.one_of_each_text(hits, keys) if request.by_text else hits
    page = first_of(listed, keys, request.start + request.size)[request.start :]
    return Found(
        total=len(hits),
        listed=len(listed),
        docids=_docids(page),
        facets=_counted(facets, rows, request),
        markers=matcher.markers(node),
        same=_same(facets, page, hits, keys) if request.by_text else {},
        unknown=matcher.unknown(node),
    )


def matching(connection: sqlite3.Connection, facets: Facets, request: Request) -> list[int]:
    """Return the docid of every version that matches, in the order of docid."""
    matcher = Matcher(connection, facets, compounds=request.compounds)
    rows = np.flatnonzero(matcher.marks(parse(request.text)))
    return list(_docids(facets.filtered(rows, request.filters)))


def _docids(rows: Numbers) -> tuple[int, ...]:
    return tuple((rows + 1).tolist())


def _one_a_page(facets: Facets, rows: Numbers, request: Request) -> Numbers:
    return rows if request.every_version else facets.newest_of_each_page(rows)


def _keys(matcher: Matcher, facets: Facets, node: Node | None, order: Order) -> Keys:
    """Return what versions are ordered by, the lowest first; without words to weigh, the newest."""
    weights = matcher.weights(node) if order == "best" else None
    if weights is not None:
        return -weights
    return {"oldest": facets.oldest, "latest": facets.latest}.get(order, facets.newest)


def _same(facets: Facets, page: Numbers, hits: Numbers, keys: Keys) -> dict[int, tuple[int, ...]]:
    """Return, by listed version, the other hits with its text."""
    same: dict[int, list[int]] = defaultdict(list)
    shared = first_of(facets.sharing_text(page, hits), keys)
    for docid, text in zip(_docids(shared), facets.texts_of(shared), strict=True):
        same[text].append(docid)
    listed = zip(_docids(page), facets.texts_of(page), strict=True)
    return {docid: tuple(one for one in same[text] if one != docid) for docid, text in listed}


def _counted(facets: Facets, rows: Numbers, request: Request) -> dict[str, dict[str, int]]:
    """Count what following each value would find; a facet's own filter does not narrow its counts."""
    count = facets.all_counts if request.every_version else facets.page_counts
    counted = count(NAMES, facets.filtered(rows, request.filters))
    for name in request.filters:
        counted |= count([name], facets.filtered(rows, request.filters, but=name))
    return counted
