"""Tell machines what is here and what they may do: robots.txt, sitemap.xml, opensearch.xml."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from datasette import Response
from lxml import etree
from lxml.builder import ElementMaker

from archive.site.addresses import place
from archive.site.answers import CACHED, STATIC, at, not_found
from archive.site.holding import Holding
from archive.site.languages import NAMES

MOST_URLS = 50_000
"""Addresses in one sitemap, as sitemaps.org allows."""
UNCRAWLED = ("/haku", "/kwic", "/trendit", "/api/")
"""Pages without end: each narrowing is one more."""

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
OPEN_PAGES = """
SELECT page, max(last_seen) FROM versions WHERE current AND access = 'open' AND page_type NOT IN ('error', 'parked')
GROUP BY page ORDER BY page
"""
"""A page shows its newest version, and asks not to be indexed where that may not be shown."""
MENTIONED = """
SELECT DISTINCT term FROM mentions JOIN terms ON terms.id = term WHERE kind != 'region' ORDER BY term
"""
"""Regions have a page of their own kind."""
S = ElementMaker(namespace=SITEMAPS, nsmap={None: SITEMAPS})
O = ElementMaker(namespace=OPENSEARCH, nsmap={None: OPENSEARCH})  # noqa: E741 - as short as S


async def robots(datasette: Any, request: Any) -> Any:
    """Let crawlers read the pages of a public edition, but not its searches; of a research edition, nothing."""
    holding, _ = at(datasette, request)
    lines = ["User-agent: *"]
    if _is_public(holding):
        lines += [f"Disallow: {path}" for path in (*UNCRAWLED, f"/{holding.name}")]
        lines += ["", f"Sitemap: {datasette.absolute_url(request, '/sitemap.xml')}"]
    else:
        lines += ["Disallow: /"]
    return Response.text("\n".join(lines) + "\n", headers=CACHED)


async def sitemap(datasette: Any, request: Any) -> Any:
    """List our pages of texts that may be shown; where they are too many for one list, the lists."""
    holding, _ = at(datasette, request)
    if not _is_public(holding):
        return await not_found(datasette, request)
    pages = await holding.run(lambda connection: list(_pages(connection, holding)))
    parts = range(-(-len(pages) // MOST_URLS))
    part = request.url_vars.get("part")
    if part is None and len(parts) > 1:
        names = (datasette.absolute_url(request, f"/sitemap-{n + 1}.xml") for n in parts)
        return _xml(S.sitemapindex(*(S.sitemap(S.loc(name)) for name in names)))
    number = int(part or 1) - 1
    if number not in parts:
        return await not_found(datasette, request)
    chosen = pages[number * MOST_URLS : (number + 1) * MOST_URLS]
    return _xml(_urlset((datasette.absolute_url(request, path), seen) for path, seen in chosen))


async def opensearch(datasette: Any, request: Any) -> Any:
    """Describe the search, so that browsers and catalogues can offer it."""
    _, say = at(datasette, request)

    def template(path: str) -> str:
        found: str = datasette.absolute_url(request, path)
        return f"{found}?q={{searchTerms}}&sivu={{startPage?}}&kieli={say.language}"

    atom = template("/haku.atom").replace("&sivu={startPage?}", "")
    words = datasette.absolute_url(request, "/haku/ehdotukset") + "?q={searchTerms}"
    return _xml(
        O.OpenSearchDescription(
            O.ShortName("Järjestöarkisto"),
            O.Description(say("Hae järjestöjen verkkosivujen arkistosta")),
            O.Url(type="text/html", template=template("/haku")),
            O.Url(type="application/json", template=template("/api/search")),
            O.Url(type="application/atom+xml", template=atom),
            O.Url(type="application/x-suggestions+json", rel="suggestions", template=words),
            O.Image(
                datasette.absolute_url(request, f"{STATIC}/icon.svg"),
                type="image/svg+xml", width="32", height="32",
            ),
            *(O.Language(language) for language in NAMES),
            O.InputEncoding("UTF-8"),
            O.OutputEncoding("UTF-8"),
        ),
        "application/opensearchdescription+xml",
    )  # fmt: skip


def _is_public(holding: Holding) -> bool:
    return holding.names.facts["edition"] == "public"


def _pages(connection: sqlite3.Connection, holding: Holding) -> Iterator[tuple[str, str | None]]:
    """Yield the address of each of our pages, and the day when its text was last seen."""
    yield from ((path, None) for path in ("/", "/sivustot", "/maakunnat", "/sanasto"))
    for page, seen in connection.execute(OPEN_PAGES):
        yield place("sivu", page, "fi"), seen[:10]
    for (site,) in connection.execute("SELECT id FROM sites WHERE access = 'open' ORDER BY id"):
        yield place("sivusto", site, "fi"), None
    for code in holding.names.regions:
        yield place("maakunta", code, "fi"), None
    for (term,) in connection.execute(MENTIONED):
        yield place("termi", term, "fi"), None


def _urlset(pages: Iterable[tuple[str, str | None]]) -> Any:
    return S.urlset(*(S.url(S.loc(url), *([S.lastmod(seen)] if seen else [])) for url, seen in pages))  # fmt: skip


def _xml(root: Any, media_type: str = "application/xml") -> Response:
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8").decode()
    return Response(body, headers=CACHED, content_type=f"{media_type}; charset=utf-8")


ROUTES = [
    (r"^/robots\.txt$", robots),
    (r"^/sitemap(?:-(?P<part>[1-9]\d{0,4}))?\.xml$", sitemap),
    (r"^/opensearch\.xml$", opensearch),
]
