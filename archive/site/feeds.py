"""Tell what is new in a search, as an Atom feed (RFC 4287): /haku.atom."""

from __future__ import annotations

import re
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from datasette import Response
from lxml import etree
from lxml.builder import ElementMaker

from archive.search.searching import search
from archive.site.addresses import Asked, place
from archive.site.answers import CACHED, Refusal, asked_of, at, attempt
from archive.site.holding import Holding, Names, rows_of
from archive.site.languages import Translator
from archive.site.narrowing import narrowings

ENTRIES = 50
"""Entries of a feed: who reads it once a week misses nothing at seven a day."""
ATOM = "http://www.w3.org/2005/Atom"
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 forbids even where they are escaped."""

NEWEST = """
SELECT docid, id, page, site_name, organisation, region, title, url, published, first_seen, language, excerpt
FROM versions WHERE docid IN (SELECT value FROM json_each(?))
"""
E = ElementMaker(namespace=ATOM, nsmap={None: ATOM})


async def feed(datasette: Any, request: Any) -> Any:
    """Answer with the versions of a search that the archive saw last, the newest first."""
    holding, say = at(datasette, request)
    asked = replace(asked_of(datasette, request), page=1)

    def read(connection: sqlite3.Connection) -> list[dict[str, Any]]:
        wanted = replace(asked.request, order="latest", start=0, size=ENTRIES)
        found = search(connection, holding.facets, wanted)
        rows = rows_of(connection.execute(NEWEST, [str(list(found.docids))]))
        return sorted(rows, key=lambda row: found.docids.index(row["docid"]))

    rows = await attempt(holding, read)
    if isinstance(rows, Refusal):
        return rows.response
    body = written(rows, asked, holding, say, lambda path: datasette.absolute_url(request, path))
    return Response(body, headers=CACHED, content_type="application/atom+xml; charset=utf-8")


def written(
    rows: Iterable[Mapping[str, Any]],
    asked: Asked,
    holding: Holding,
    say: Translator,
    absolute: Any,
) -> str:
    """Return a feed; ``absolute`` makes an address whole."""
    entries = [_entry(row, say.language, absolute) for row in rows]
    here = absolute(asked.at("/haku.atom"))
    built = _moment(holding.names.facts["built_at"])
    root = E.feed(
        {"{http://www.w3.org/XML/1998/namespace}lang": say.language},
        E.id(_urn(asked.at("/haku.atom"))),
        E.title(text(_title(asked, holding.names, say))),
        E.updated(built),
        E.author(E.name("Järjestöarkisto")),
        E.generator("jarjestoarkisto"),
        E.link(rel="self", type="application/atom+xml", href=here),
        E.link(rel="alternate", type="text/html", href=absolute(asked.address)),
        *entries,
    )
    return etree.tostring(root, xml_declaration=True, encoding="utf-8").decode()


def _entry(row: Mapping[str, Any], language: str, absolute: Any) -> Any:
    seen = _moment(row["first_seen"])
    entry = E.entry(
        E.id(_urn(row["id"])),
        E.title(text(row["title"] or row["url"])),
        E.updated(seen),
        E.author(E.name(text(row["organisation"] or row["site_name"]))),
        E.link(rel="alternate", type="text/html", href=absolute(place("versio", row["id"], language))),
        E.link(rel="via", href=text(row["url"])),
        E.summary(text(row["excerpt"]) or "–"),
    )  # fmt: skip
    if row["published"] and len(row["published"]) == 10:
        entry.insert(3, E.published(f"{row['published']}T00:00:00Z"))
    if row["region"]:
        entry.append(E.category(term=row["region"], scheme=absolute("/maakunta/")))
    return entry


def _title(asked: Asked, names: Names, say: Translator) -> str:
    parts = [asked.text, *(label for label, _ in narrowings(asked, names, say, "/haku"))]
    said = ", ".join(part for part in parts if part)
    return f"{said} – Järjestöarkisto" if said else "Järjestöarkisto"


def _urn(name: str) -> str:
    """Return an identifier that stays when the site moves to another address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"jarjestoarkisto:{name}").urn


def _moment(stated: str) -> str:
    """Return a moment as RFC 3339 has it."""
    return stated.replace("+00:00", "Z")


def text(value: str) -> str:
    r"""Return a text without what XML cannot hold.

    >>> text("yh\x00teys\x1b")
    'yhteys'
    """
    return NOT_IN_XML.sub("", value)


ROUTES = [(r"^/haku\.atom$", feed)]
