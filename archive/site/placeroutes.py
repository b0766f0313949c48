"""Answer requests for sites, regions and terms, and for the lists of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import Response

from archive.site.addresses import place
from archive.site.answers import at, id_of, page_or_none, rendered
from archive.site.holding import Holding
from archive.site.languages import Translator
from archive.site.placerecords import (
    all_sites,
    all_terms,
    region_record,
    site_record,
    term_record,
)
from archive.site.records import Record

Read = Callable[[sqlite3.Connection, Holding, str, Translator], Record | None]
REGION = "region:"
"""What the terms that stand for regions begin with; the page of such a term is the region's."""


async def site(datasette: Any, request: Any) -> Response:
    """Show a site; lead on, for good, where an earlier edition knew it by another name."""
    answer = await _record(datasette, request, "site.html", site_record)
    if answer.status != 404:
        return answer
    holding, say = at(datasette, request)
    now = holding.names.former_sites.get(id_of(request))
    return Response.redirect(place("sivusto", now, say.language), status=301) if now else answer


async def region(datasette: Any, request: Any) -> Response:
    """Show a region."""
    return await _record(datasette, request, "region.html", region_record)


async def term(datasette: Any, request: Any) -> Response:
    """Show a term."""
    id_ = id_of(request)
    if id_.startswith(REGION):
        _, say = at(datasette, request)
        there = place("maakunta", id_.removeprefix(REGION), say.language)
        return Response.redirect(there, status=301)
    return await _record(datasette, request, "term.html", term_record)


async def sites(datasette: Any, request: Any) -> Response:
    """List the sites."""
    holding, _ = at(datasette, request)
    return await rendered(datasette, request, "sites.html", await holding.run(all_sites))


async def regions(datasette: Any, request: Any) -> Response:
    """List the regions, those without a page too: that they have none is worth knowing."""
    holding, _ = at(datasette, request)
    facets = holding.facets
    counts = facets.page_counts(["region"], facets.everything())["region"]
    codes = {code: counts.get(code, 0) for code in holding.names.regions}
    return await rendered(datasette, request, "regions.html", {"counts": codes})


async def terms(datasette: Any, request: Any) -> Response:
    """List the terms of the vocabulary that are mentioned."""
    holding, _ = at(datasette, request)
    return await rendered(datasette, request, "terms.html", await holding.run(all_terms))


async def _record(datasette: Any, request: Any, template: str, read: Read) -> Response:
    holding, say = at(datasette, request)
    record = await holding.run(lambda connection: read(connection, holding, id_of(request), say))
    return await page_or_none(datasette, request, template, record)


ROUTES = [
    (r"^/sivusto/(?P<id>[^/]+)$", site),
    (r"^/maakunta/(?P<id>[^/]+)$", region),
    (r"^/termi/(?P<id>[^/]+)$", term),
    (r"^/sivustot$", sites),
    (r"^/maakunnat$", regions),
    (r"^/sanasto$", terms),
]
