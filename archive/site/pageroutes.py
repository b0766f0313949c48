"""Answer requests for pages and versions: their records, what changed between two of them, how to cite them."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from datasette import Response

from archive.site.addresses import place
from archive.site.answers import CACHED, at, id_of, not_found, rendered
from archive.site.citation import FORMATS, Source, citation, robust_link, source_of, stamp
from archive.site.differences import compare
from archive.site.languages import LANGUAGES, translator
from archive.site.negotiation import memento_headers, original_headers
from archive.site.pagerecords import (
    current_version,
    former_place,
    page_record,
    version_at,
    version_record,
)
from archive.site.records import Record, many

LATEST = "00001231235959"
"""What is not said of a moment counts as its end: 2020 means the end of that year."""


async def page(datasette: Any, request: Any) -> Response:
    """Show a page by its newest version, or what is known of its address where no text was ever read."""
    holding, _ = at(datasette, request)

    def read(connection: sqlite3.Connection) -> tuple[Record | None, Record | None]:
        newest = current_version(connection, id_of(request))
        if newest:
            return version_record(connection, newest), None
        return None, page_record(connection, id_of(request))

    record, bare = await holding.run(read)
    if record:
        return await _shown(datasette, request, record, lasting=False)
    if bare:
        return await rendered(datasette, request, "page.html", bare)
    return await _former(datasette, request)


async def version(datasette: Any, request: Any) -> Response:
    """Show one version of a page."""
    holding, _ = at(datasette, request)
    record = await holding.run(lambda connection: version_record(connection, id_of(request)))
    return await (_shown(datasette, request, record) if record else _former(datasette, request))


async def moment(datasette: Any, request: Any) -> Response:
    """Lead to the version of a page that stood at a moment: the address that references give."""
    holding, say = at(datasette, request)
    digits = request.url_vars["moment"]
    digits += LATEST[len(digits) :]
    wanted = re.sub(r"(....)(..)(..)(..)(..)(..)", r"\1-\2-\3T\4:\5:\6", digits)
    found = await holding.run(lambda connection: version_at(connection, id_of(request), wanted))
    if found:
        return Response.redirect(place("versio", found, say.language))
    return await _former(datasette, request, f"/{request.url_vars['moment']}")


async def reference(datasette: Any, request: Any) -> Response:
    """Give the reference of a version as a file for programs that manage references."""
    holding, _ = at(datasette, request)
    record = await holding.run(lambda connection: version_record(connection, id_of(request)))
    if record is None:
        return await not_found(datasette, request)
    form = request.url_vars["form"]
    write, mime = FORMATS[form]
    source = _source(datasette, request, record)
    name = f"jarjestoarkisto-{source.id}.{form}"
    return Response(
        write(source),
        headers={**CACHED, "Content-Disposition": f'attachment; filename="{name}"'},
        content_type=mime,
    )


async def comparison(datasette: Any, request: Any) -> Response:
    """Show what changed between two versions of a page: those that are asked for, or the newest two."""
    holding, _ = at(datasette, request)

    def read(connection: sqlite3.Connection) -> Record | None:
        query = "SELECT id, page, site, site_name, title, first_seen, words, text, language, url, access FROM versions WHERE page = ? ORDER BY first_seen, docid"
        versions = many(connection, query, id_of(request))
        return _compared(versions, request.args.get("vanha"), request.args.get("uusi"))

    record = await holding.run(read)
    if record is None:
        return await not_found(datasette, request)
    return await rendered(datasette, request, "comparison.html", record)


def _compared(versions: list[Record], old: str | None, new: str | None) -> Record | None:
    """Return two versions of a page side by side; ``changes`` is ``None`` where the texts may not be shown."""
    by_id = {version["id"]: version for version in versions}
    if not versions or not {old, new} <= {None, "", *by_id}:
        return None
    later = by_id[new] if new else versions[-1]
    at_later = versions.index(later)
    earlier = by_id[old] if old else versions[max(at_later - 1, 0)]
    shown = earlier["text"] is not None and later["text"] is not None
    changes = compare(earlier["text"], later["text"]) if shown else None
    return {
        "versions": versions,
        "old": earlier,
        "new": later,
        "changes": changes,
        "changed": [change for change in changes or () if change.kind != "same"],
    }


async def _shown(datasette: Any, request: Any, record: Record, *, lasting: bool = True) -> Response:
    """Show a version; only where the address stays with it may programs take it for a memento."""
    source = _source(datasette, request, record)
    more = {
        "source": source,
        "citations": [(one, citation(source, translator(one))) for one in LANGUAGES],
        "formats": {form: write(source) for form, (write, _) in FORMATS.items()},
        "robust_link": robust_link(source),
        "permanent": _permanent(record["version"]),
    }
    answer = await rendered(datasette, request, "version.html", {**record, **more})
    capture = record["capture"]
    if capture and lasting:
        answer.headers |= memento_headers(datasette, request, capture, record["mementos"])
    elif capture:
        answer.headers |= original_headers(datasette, request, capture["url"])
    return answer


async def _former(datasette: Any, request: Any, after: str = "") -> Response:
    """Lead from an address of an earlier edition to where it leads now, or say that there is no such page."""
    holding, _ = at(datasette, request)
    found = await holding.run(lambda connection: former_place(connection, id_of(request)))
    if found is None:
        return await not_found(datasette, request)
    when = f"/{stamp(found['first_seen'])}" if found["first_seen"] else after
    asked = f"?{request.query_string}" if request.query_string else ""
    return Response.redirect(f"/sivu/{found['page']}{when}{asked}", status=301)


def _permanent(version: Record) -> str:
    """Return the address of a page at the moment of a version: it stays when the text is read anew."""
    return f"/sivu/{version['page']}/{stamp(version['first_seen'])}"


def _source(datasette: Any, request: Any, record: Record) -> Source:
    shown = record["version"]
    return source_of(shown, datasette.absolute_url(request, _permanent(shown)))


ROUTES = [
    (r"^/sivu/(?P<id>[^/]+)$", page),
    (r"^/sivu/(?P<id>[^/]+)/(?P<moment>\d{4}(?:\d\d){0,5})$", moment),
    (r"^/sivu/(?P<id>[^/]+)/vertailu$", comparison),
    (r"^/versio/(?P<id>[^/]+)$", version),
    (r"^/versio/(?P<id>[^/]+)/viite\.(?P<form>bib|ris|json)$", reference),
]
