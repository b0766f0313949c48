"""Make the answer to a request: a page in the language that is asked for, with what every page shows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode

from datasette import Response

from archive.search.facets import UNKNOWN
from archive.search.querytree import QueryProblem
from archive.site import addresses, labels
from archive.site.addresses import Asked, asked
from archive.site.downloadlimit import RETRY_AFTER
from archive.site.histogram import share
from archive.site.holding import Holding
from archive.site.languages import LANGUAGES, NAMES, Translator, translator
from archive.site.regionmap import region_map

STATIC = "/-/static-plugins/jarjestoarkisto"
TOO_SLOW = "the search takes too long; use rarer words, or narrow it"
T = TypeVar("T")
Read = Callable[[sqlite3.Connection], T]
CACHED = {"Cache-Control": "public, max-age=60"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a search is not answered."""

    status: int
    problem: QueryProblem | None = None
    """``None`` where it took too long."""

    def context(self, say: Translator) -> dict[str, Any]:
        """Return what a page shows of it."""
        if self.problem is None:
            return {"slow": True}
        return {"problem": labels.problem_text(self.problem.problem, self.problem.said, say)}

    @property
    def response(self) -> Response:
        """What a program is told, as RFC 9457 has it."""
        said = {
            "title": str(self.problem or TOO_SLOW),
            "status": self.status,
            "problem": self.problem.problem if self.problem else "time",
        }
        body = json.dumps(said, ensure_ascii=False)
        return Response(body, self.status, content_type="application/problem+json")


async def not_found(datasette: Any, request: Any) -> Response:
    """Say that there is no such page, and offer the search."""
    return await rendered(datasette, request, "missing.html", {}, status=404)


async def busy(datasette: Any, request: Any) -> Response:
    """Say that as many files are being downloaded as may be, and when to come again."""
    _, say = at(datasette, request)
    again = {"again": _in_language(request, say.language), "seconds": RETRY_AFTER}
    answer = await rendered(datasette, request, "busy.html", again, status=503)
    answer.headers |= {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    return answer


async def page_or_none(
    datasette: Any, request: Any, template: str, context: dict[str, Any] | None
) -> Response:
    """Answer with a page, or say that there is none where nothing was read for it."""
    if not context:
        return await not_found(datasette, request)
    return await rendered(datasette, request, template, context)


def at(datasette: Any, request: Any) -> tuple[Holding, Translator]:
    """Return the edition, and the language that a request asks for."""
    holding = Holding.of(datasette)
    if holding is None:
        raise RuntimeError("our routes are registered only where there is an edition")
    return holding, translator(request.args.get("kieli"))


def id_of(request: Any) -> str:
    """Return the id in the path of a request."""
    return unquote(request.url_vars["id"])


def asked_of(datasette: Any, request: Any) -> Asked:
    """Return the search that the address of a request says, a site by the name that it has now."""
    holding, _ = at(datasette, request)
    arguments = {name: request.args.getlist(name) for name in request.args}
    now = holding.names.former_sites
    arguments["site"] = [now.get(site, site) for site in arguments.get("site", ())]
    return asked({**arguments, "kieli": [translator(request.args.get("kieli")).language]})


async def attempt(holding: Holding, read: Read[T]) -> T | Refusal:
    """Return what is read from the edition, or why the search cannot be answered."""
    try:
        return await holding.run(read)
    except QueryProblem as problem:
        return Refusal(400, problem)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return Refusal(503)


async def searched(
    datasette: Any,
    request: Any,
    template: str,
    asked: Asked,
    read: Read[dict[str, Any]],
    shown: dict[str, Any] | None = None,
) -> Response:
    """Answer with a page of what a search gives, or say in it what is wrong with the search.

    Args:
        datasette: that is asked.
        request: that is answered.
        template: of the page; it shows ``problem``, or that the search was ``slow``.
        asked: the search.
        read: reads from the edition what the template shows.
        shown: what it shows in any case.
    """
    holding, say = at(datasette, request)
    found = await attempt(holding, read)
    status = 200
    if isinstance(found, Refusal):
        status, found = found.status, found.context(say)
    context = {"asked": asked, **(shown or {}), **found}
    return await rendered(datasette, request, template, context, status=status)


async def rendered(
    datasette: Any, request: Any, template: str, context: dict[str, Any], *, status: int = 200
) -> Response:
    """Answer with a page made of a template and what every page shows."""
    holding, say = at(datasette, request)
    language = say.language
    shared = {
        "_": say,
        "names": holding.names,
        "labels": labels,
        "value_label": lambda facet, value: labels.value_label(facet, value, holding.names, say),
        "place": lambda kind, id_, after="", **fields: addresses.place(
            kind, id_, language, after, **fields
        ),
        "home": _spoken("/", language),
        "place_list": lambda kind: _spoken(f"/{kind}", language),
        "found_by": lambda text="", **filters: _found_by(language, text, filters),
        "region_map": lambda counts: region_map(
            counts,
            (),
            lambda code: holding.names.region(code, language),
            lambda code: addresses.place("maakunta", code, language),
        ),
        "ranked": lambda kind, counts: _ranked(holding, say, kind, counts),
        "languages": [(one, NAMES[one], _in_language(request, one)) for one in LANGUAGES],
        "static": STATIC,
        "tables": f"/{holding.name}",
        "common_words": holding.suggestions.common,
        "asked": context.get("asked") or Asked(language=language),
    }
    body = await datasette.render_template(
        f"arkisto/{template}", {**shared, **context}, request=request
    )
    headers = {"Content-Language": language, **(CACHED if status == 200 else {})}
    return Response.html(body, status=status, headers=headers)


def _spoken(path: str, language: str) -> str:
    """Return the address of a page that needs no id, in a language."""
    return path if language == "fi" else f"{path}?kieli={language}"


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
            share(count, max(known.values(), default=0)),
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
    pairs = [pair for pair in parse_qsl(request.query_string) if pair[0] != "kieli"]
    pairs += [("kieli", language)] if language != "fi" else []
    path: str = "/" + request.scope.get("asked_path", request.path).lstrip("/")
    return path + (f"?{urlencode(pairs)}" if pairs else "")
