"""Answer requests for our own pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from datasette import Response

from archive.facets import UNKNOWN
from archive.queries import QueryProblem
from archive.site import addresses, labels, records
from archive.site.addresses import Asked, asked
from archive.site.citation import citation, pwid
from archive.site.holding import Holding
from archive.site.languages import LANGUAGES, NAMES, Translator, translator
from archive.site.results import results

STATIC = "/-/static-plugins/jarjestoarkisto"
CACHED = {"Cache-Control": "public, max-age=60"}


async def front(datasette: Any, request: Any) -> Response:
    """Say what this archive is, and offer ways in."""
    holding, say = _at(datasette, request)
    facets = holding.facets

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        rows = facets.newest_of_each_page(facets.everything())
        return records.overview(connection, facets, rows, say.language)

    return await _page(datasette, request, "front.html", {"overview": await holding.run(read)})


async def search(datasette: Any, request: Any) -> Response:
    """Show what a query finds, or say what is wrong with it."""
    holding, say = _at(datasette, request)
    wanted = _asked(request)
    try:
        found = await holding.run(
            lambda connection: results(connection, holding.facets, holding.names, wanted, say)
        )
    except QueryProblem as problem:
        wrong: dict[str, Any] = {"asked": wanted, "problem": problem.problem}
        return await _page(datasette, request, "search.html", wrong, status=400)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        slow = {"asked": wanted, "problem": "time"}
        return await _page(datasette, request, "search.html", slow, status=503)
    return await _page(datasette, request, "search.html", {"asked": wanted, "results": found})


async def page(datasette: Any, request: Any) -> Response:
    """Show a page by its newest version."""
    holding, _ = _at(datasette, request)
    newest = await holding.run(lambda connection: records.current_version(connection, _id(request)))
    return await _version(datasette, request, newest)


async def version(datasette: Any, request: Any) -> Response:
    """Show one version of a page."""
    return await _version(datasette, request, _id(request))


async def _version(datasette: Any, request: Any, id_: str | None) -> Response:
    holding, say = _at(datasette, request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        return records.version_record(connection, id_) if id_ else None

    record = await holding.run(read)
    if record is None:
        return await not_found(datasette, request)
    shown = record["version"]
    record["citation"] = citation(shown, say)
    record["pwid"] = pwid(shown["url"], shown["first_seen"])
    return await _page(datasette, request, "version.html", record)


async def site(datasette: Any, request: Any) -> Response:
    """Show a site: who, where, when, and its pages."""
    holding, say = _at(datasette, request)
    id_ = _id(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        found = records.one(connection, "SELECT * FROM sites WHERE id = ?", id_)
        rows = records.pages_of(holding.facets, "site", id_)
        projects = "SELECT * FROM projects WHERE site = ? ORDER BY position"
        return found and {
            "site": found,
            "projects": records.many(connection, projects, id_),
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await _page_or_none(datasette, request, "site.html", await holding.run(read))


async def region(datasette: Any, request: Any) -> Response:
    """Show a region: its sites, structures and programmes over time."""
    holding, say = _at(datasette, request)
    code = _id(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        if code not in holding.names.regions:
            return None
        rows = records.pages_of(holding.facets, "region", code)
        return {
            "code": code,
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await _page_or_none(datasette, request, "region.html", await holding.run(read))


async def term(datasette: Any, request: Any) -> Response:
    """Show a term: when and where it is mentioned."""
    holding, say = _at(datasette, request)
    id_ = _id(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any] | None:
        found = records.one(connection, "SELECT * FROM terms WHERE id = ?", id_)
        rows = records.mentioning(connection, holding.facets, id_)
        return found and {
            "term": found,
            "overview": records.overview(connection, holding.facets, rows, say.language),
        }

    return await _page_or_none(datasette, request, "term.html", await holding.run(read))


async def not_found(datasette: Any, request: Any) -> Response:
    """Say that there is no such page, and offer the search."""
    return await _page(datasette, request, "missing.html", {}, status=404)


async def _page_or_none(
    datasette: Any, request: Any, template: str, context: dict[str, Any] | None
) -> Response:
    if not context:
        return await not_found(datasette, request)
    return await _page(datasette, request, template, context)


def _at(datasette: Any, request: Any) -> tuple[Holding, Translator]:
    holding = Holding.of(datasette)
    if holding is None:
        raise RuntimeError("our routes are registered only where there is an edition")
    return holding, translator(request.args.get("kieli"))


def _id(request: Any) -> str:
    return unquote(request.url_vars["id"])


def _asked(request: Any) -> Asked:
    arguments = {name: request.args.getlist(name) for name in request.args}
    return asked({**arguments, "kieli": [translator(request.args.get("kieli")).language]})


async def _page(
    datasette: Any, request: Any, template: str, context: dict[str, Any], *, status: int = 200
) -> Response:
    holding, say = _at(datasette, request)
    language = say.language
    shared = {
        "_": say,
        "names": holding.names,
        "labels": labels,
        "value_label": lambda facet, value: labels.value_label(facet, value, holding.names, say),
        "place": lambda kind, id_: addresses.place(kind, id_, language),
        "home": "/" if language == "fi" else f"/?kieli={language}",
        "found_by": lambda text="", **filters: _found_by(language, text, filters),
        "ranked": lambda kind, counts: _ranked(holding, say, kind, counts),
        "languages": [(one, NAMES[one], _in_language(request, one)) for one in LANGUAGES],
        "static": STATIC,
        "tables": f"/{holding.name}",
        "asked": context.get("asked") or Asked(language=language),
    }
    body = await datasette.render_template(
        f"arkisto/{template}", {**shared, **context}, request=request
    )
    headers = {"Content-Language": language, **(CACHED if status == 200 else {})}
    return Response.html(body, status=status, headers=headers)


FACET_OF = {"maakunta": "region", "sivusto": "site", "termi": "programme"}


def _ranked(
    holding: Holding, say: Translator, kind: str, counts: dict[str, int]
) -> list[tuple[str, str, int, float]]:
    """Return label, address, count and share of what is counted, most first; what is not known stays out."""
    known = {id_: count for id_, count in counts.items() if id_ != UNKNOWN}
    rows = [
        (labels.value_label(FACET_OF[kind], id_, holding.names, say), id_, count)
        for id_, count in known.items()
    ]
    return [
        (
            label,
            addresses.place(kind, id_, say.language),
            count,
            records.share(count, max(known.values())),
        )
        for label, id_, count in sorted(rows, key=lambda row: (-row[2], row[0]))
    ]


def _found_by(language: str, text: str, filters: dict[str, Any]) -> str:
    chosen = {name: (str(value),) for name, value in filters.items()}
    return Asked(text=text, filters=chosen, language=language).address


def _in_language(request: Any, language: str) -> str:
    """Return the address of this page in another language."""
    if request.path == "/haku":
        arguments = {name: request.args.getlist(name) for name in request.args}
        return asked({**arguments, "kieli": [language]}).address
    path = "/" + request.path.lstrip("/")
    return path if language == "fi" else f"{path}?kieli={language}"


Route = Callable[[Any, Any], Awaitable[Response]]
ROUTES: list[tuple[str, Route]] = [
    (r"^/$", front),
    (r"^/haku$", search),
    (r"^/sivu/(?P<id>[^/]+)$", page),
    (r"^/versio/(?P<id>[^/]+)$", version),
    (r"^/sivusto/(?P<id>[^/]+)$", site),
    (r"^/maakunta/(?P<id>[^/]+)$", region),
    (r"^/termi/(?P<id>[^/]+)$", term),
    (r"^/-/suljettu$", not_found),
]
