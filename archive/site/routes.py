"""Answer requests for our own pages."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response

from archive.querytree import LONGEST, QueryProblem
from archive.site import labels, records
from archive.site.answers import CACHED, asked_of, at, id_of, not_found, page_or_none, rendered
from archive.site.citation import citation, pwid
from archive.site.results import results
from archive.suggestions import completions


async def front(datasette: Any, request: Any) -> Response:
    """Say what this archive is, and offer ways in."""
    holding, say = at(datasette, request)
    facets = holding.facets

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        rows = facets.newest_of_each_page(facets.everything())
        return records.overview(connection, facets, rows, say.language)

    return await rendered(datasette, request, "front.html", {"overview": await holding.run(read)})


async def search(datasette: Any, request: Any) -> Response:
    """Show what a query finds, or say what is wrong with it."""
    holding, say = at(datasette, request)
    wanted = asked_of(request)
    try:
        found = await holding.run(lambda connection: results(connection, holding, wanted, say))
    except QueryProblem as problem:
        wrong: dict[str, Any] = {
            "asked": wanted,
            "problem": labels.problem_text(problem.problem, problem.said, say),
        }
        return await rendered(datasette, request, "search.html", wrong, status=400)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        slow = {"asked": wanted, "slow": True}
        return await rendered(datasette, request, "search.html", slow, status=503)
    return await rendered(datasette, request, "search.html", {"asked": wanted, "results": found})


async def suggest(datasette: Any, request: Any) -> Response:
    """Complete the word that is being typed, in the form that browsers know from OpenSearch."""
    holding, _ = at(datasette, request)
    typed = (request.args.get("q") or "")[:LONGEST]
    before, start = re.fullmatch(r"(?s)(.*?)([^\s\"():]*)", typed).groups()  # type: ignore[union-attr]  # any text matches
    words = await holding.run(lambda connection: completions(connection, start))
    said = json.dumps([typed, [before + word for word in words]], ensure_ascii=False)
    headers = {"content-type": "application/x-suggestions+json; charset=utf-8", **CACHED}
    return Response(said, headers=headers)


async def page(datasette: Any, request: Any) -> Response:
    """Show a page by its newest version."""
    holding, _ = at(datasette, request)
    newest = await holding.run(
        lambda connection: records.current_version(connection, id_of(request))
    )
    return await _version(datasette, request, newest)


async def version(datasette: Any, request: Any) -> Response:
    """Show one version of a page."""
    return await _version(datasette, request, id_of(request))


async def _version(datasette: Any, request: Any, id_: str | None) -> Response:
    holding, say = at(datasette, request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        return records.version_record(connection, id_) if id_ else None

    record = await holding.run(read)
    if record is None:
        return await not_found(datasette, request)
    shown = record["version"]
    record["citation"] = citation(shown, say)
    record["pwid"] = pwid(shown["url"], shown["first_seen"])
    return await rendered(datasette, request, "version.html", record)


async def site(datasette: Any, request: Any) -> Response:
    """Show a site: who, where, when, and its pages."""
    holding, say = at(datasette, request)
    id_ = id_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        found = records.one(connection, "SELECT * FROM sites WHERE id = ?", id_)
        rows = records.pages_of(holding.facets, "site", id_)
        projects = "SELECT * FROM projects WHERE site = ? ORDER BY position"
        return found and {
            "site": found,
            "projects": records.many(connection, projects, id_),
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await page_or_none(datasette, request, "site.html", await holding.run(read))


async def region(datasette: Any, request: Any) -> Response:
    """Show a region: its sites, structures and programmes over time."""
    holding, say = at(datasette, request)
    code = id_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        if code not in holding.names.regions:
            return None
        rows = records.pages_of(holding.facets, "region", code)
        return {
            "code": code,
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await page_or_none(datasette, request, "region.html", await holding.run(read))


async def term(datasette: Any, request: Any) -> Response:
    """Show a term: when and where it is mentioned."""
    holding, say = at(datasette, request)
    id_ = id_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        found = records.one(connection, "SELECT * FROM terms WHERE id = ?", id_)
        rows = records.mentioning(connection, holding.facets, id_)
        return found and {
            "term": found,
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await page_or_none(datasette, request, "term.html", await holding.run(read))


Route = Callable[[Any, Any], Awaitable[Response]]
ROUTES: list[tuple[str, Route]] = [
    (r"^/$", front),
    (r"^/haku$", search),
    (r"^/haku/ehdotukset$", suggest),
    (r"^/sivu/(?P<id>[^/]+)$", page),
    (r"^/versio/(?P<id>[^/]+)$", version),
    (r"^/sivusto/(?P<id>[^/]+)$", site),
    (r"^/maakunta/(?P<id>[^/]+)$", region),
    (r"^/termi/(?P<id>[^/]+)$", term),
    (r"^/-/suljettu$", not_found),
]
