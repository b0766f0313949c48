"""Answer requests for our own pages."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response

from archive.search.querytree import LONGEST
from archive.search.suggestions import completions
from archive.site import (
    api,
    feeds,
    hitfiles,
    kwic,
    negotiation,
    pageroutes,
    placeroutes,
    records,
    replay,
    signposts,
    trendpage,
)
from archive.site.answers import CACHED, asked_of, at, busy, not_found, rendered, searched
from archive.site.downloadlimit import BUSY
from archive.site.results import results


async def front(datasette: Any, request: Any) -> Response:
    """Say what this archive is, and offer ways in."""
    holding, say = at(datasette, request)
    facets = holding.facets

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        return records.overview(connection, facets, facets.everything(), say.language)

    return await rendered(datasette, request, "front.html", {"overview": await holding.run(read)})


async def search(datasette: Any, request: Any) -> Response:
    """Show what a query finds, or say what is wrong with it."""
    holding, say = at(datasette, request)
    wanted = asked_of(datasette, request)

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        found = results(connection, holding, wanted, say)
        return {"results": found, "asked": found.asked}

    return await searched(datasette, request, "search.html", wanted, read)


LAST_WORD = re.compile(r'(?s)(.*?)((?<![^\s"():-])[^\s"():-][^\s"():]*|)')
"""A query and the word at its end, which a minus may exclude."""


async def suggest(datasette: Any, request: Any) -> Response:
    """Complete the word that is being typed, in the form that browsers know from OpenSearch."""
    holding, _ = at(datasette, request)
    typed = (request.args.get("q") or "")[:LONGEST]
    before, start = LAST_WORD.fullmatch(typed).groups()  # type: ignore[union-attr]  # any text matches
    words = await holding.run(lambda connection: completions(connection, start))
    said = json.dumps([typed, [before + word for word in words]], ensure_ascii=False)
    kind = "application/x-suggestions+json; charset=utf-8"
    return Response(said, headers=dict(CACHED), content_type=kind)


Route = Callable[[Any, Any], Awaitable[Response]]
ROUTES: list[tuple[str, Route]] = [
    (r"^/$", front),
    (r"^/haku$", search),
    (r"^/haku/ehdotukset$", suggest),
    *hitfiles.ROUTES,
    *feeds.ROUTES,
    *kwic.ROUTES,
    *trendpage.ROUTES,
    *signposts.ROUTES,
    *api.ROUTES,
    *pageroutes.ROUTES,
    *placeroutes.ROUTES,
    *replay.ROUTES,
    *negotiation.ROUTES,
    (r"^/-/suljettu$", not_found),
    (rf"^{BUSY}$", busy),
]
