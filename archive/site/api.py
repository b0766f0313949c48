"""Answer programs in JSON with what the pages show: /api/search, /api/kwic, /api/trends, /api/versions/ID.

Each takes the parameters of its page, so that the address of a page becomes that of its data. `openapi` describes them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from datasette import Response

from archive.edition import described
from archive.exports.formats import columns_of, values
from archive.search.searching import Found, search
from archive.search.snippets import Piece
from archive.site import kwic, trendpage
from archive.site.addresses import SIZE, place
from archive.site.answers import CACHED, Read, Refusal, asked_of, at, attempt, id_of
from archive.site.holding import Holding
from archive.site.labels import value_label
from archive.site.languages import Translator
from archive.site.openapi import description
from archive.site.results import Hit, hits


async def search_answer(datasette: Any, request: Any) -> Response:
    """Answer with a page of results and the counts of all facets."""
    holding, say = at(datasette, request)
    asked = asked_of(datasette, request)

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        found = search(connection, holding.facets, asked.request)
        listed = hits(connection, found.docids, found.markers, asked.language)
        return {
            "query": asked.text,
            "total": found.total,
            "texts": found.listed,
            "page": asked.page,
            "pages": max(1, -(-found.listed // SIZE)),
            "hits": [_hit(hit) for hit in listed],
            "facets": _facets(found, holding, say),
            "html": asked.address,
        }

    return await _answer(datasette, request, read)


async def kwic_answer(datasette: Any, request: Any) -> Response:
    """Answer with a page of lines."""
    holding, _ = at(datasette, request)
    asked, view = asked_of(datasette, request), kwic.view_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        found, page = kwic.page_of_lines(connection, holding, asked, view)
        return {
            "query": asked.text,
            "lines": [asdict(line) for line in page.lines],
            "total": page.total,
            "page": page.number,
            "pages": page.last,
            "texts": found.listed,
            "texts_read": len(found.docids),
            "texts_unseen": page.unseen,
            "html": view.address(asked),
        }

    return await _answer(datasette, request, read)


async def trends_answer(datasette: Any, request: Any) -> Response:
    """Answer with the counts by year of each word."""
    holding, _ = at(datasette, request)
    asked = asked_of(datasette, request)

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        made = trendpage.trends_of(connection, holding, asked)
        return {"trends": [asdict(trend) for trend in made], "html": asked.at(trendpage.PATH)}

    return await _answer(datasette, request, read)


async def version_answer(datasette: Any, request: Any) -> Response:
    """Answer with everything that the edition holds about a version."""
    id_ = id_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        columns = columns_of(described(connection)["versions"])
        names = ", ".join(f'"{column.name}"' for column in columns)
        query = f"SELECT {names} FROM versions WHERE id = ?"  # noqa: S608 - the names stand in our DDL
        row = connection.execute(query, [id_]).fetchone()
        if row is None:
            return None
        said = zip((column.name for column in columns), values(columns, tuple(row)), strict=True)
        mentions = connection.execute(
            "SELECT term, count FROM mentions WHERE version = ? ORDER BY term", [id_]
        )
        found = [{"term": term, "count": count} for term, count in mentions]
        return {**dict(said), "mentions": found, "html": place("versio", id_, "fi")}

    return await _answer(datasette, request, read)


async def openapi(datasette: Any, request: Any) -> Response:
    """Describe these answers, as OpenAPI 3.1 has it."""
    holding, _ = at(datasette, request)
    tables = await holding.run(described)
    root = datasette.absolute_url(request, "/").rstrip("/")
    return _json(description(root, columns_of(tables["versions"])))


async def _answer(
    datasette: Any, request: Any, read: Read[dict[str, Any]] | Read[dict[str, Any] | None]
) -> Response:
    holding, _ = at(datasette, request)
    found = await attempt(holding, read)
    if isinstance(found, Refusal):
        return found.response
    if found is None:
        return _json({"title": "not here", "status": 404, "problem": "missing"}, 404)
    return _json(found)


def _json(said: Mapping[str, Any], status: int = 200) -> Response:
    body = json.dumps(said, ensure_ascii=False)
    media_type = "application/json" if status == 200 else "application/problem+json"
    headers = CACHED if status == 200 else {}
    return Response(body, status, headers=headers, content_type=media_type)


TAKEN = ("id", "page", "site_name", "region", "published", "page_type", "language", "url", "access", "first_seen")  # fmt: skip


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        **{name: hit.row[name] for name in TAKEN},
        "current": bool(hit.row["current"]),
        "also_at": hit.row["also_at"],
        "title": "".join(piece.text for piece in hit.title),
        "snippet": [_piece(piece) for piece in hit.snippet],
        "match_hidden": hit.unseen,
        "html": hit.address,
    }


def _piece(piece: Piece) -> dict[str, Any]:
    return {"text": piece.text, "match": piece.marked}


def _facets(found: Found, holding: Holding, say: Translator) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {"value": value, "label": value_label(name, value, holding.names, say), "pages": count}
            for value, count in _most_first(counts.items())
        ]
        for name, counts in found.facets.items()
    }


def _most_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda one: (-one[1], one[0]))


ROUTES = [
    (r"^/api/search$", search_answer),
    (r"^/api/kwic$", kwic_answer),
    (r"^/api/trends$", trends_answer),
    (r"^/api/versions/(?P<id>[^/]+)$", version_answer),
    (r"^/openapi\.json$", openapi),
]
