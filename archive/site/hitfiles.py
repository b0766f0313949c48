"""Send everything that a search finds as a file: /haku.csv, /haku.jsonl and /haku.parquet."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from archive.edition import described
from archive.exports.formats import Column, batches, columns_of
from archive.search.searching import search
from archive.site.addresses import Asked
from archive.site.answers import Refusal, asked_of, at, attempt
from archive.site.downloads import FORMAT, Batch, Download, file_name
from archive.site.holding import Holding

ROWS_AT_A_TIME = 500


async def download(datasette: Any, request: Any) -> Any:
    """Send the versions that the pages of results list, in their order; each page of the same text by itself."""
    holding, _ = at(datasette, request)
    asked = asked_of(datasette, request)

    def read(connection: sqlite3.Connection) -> tuple[list[str], tuple[Column, ...]]:
        return found_ids(connection, holding, asked), columns_of(described(connection)["versions"])

    result = await attempt(holding, read)
    if isinstance(result, Refusal):
        return result.response
    ids, columns = result
    name = file_name("haku", asked.text)
    return Download(request, name, columns, _rows(holding, ids, columns))


def found_ids(connection: sqlite3.Connection, holding: Holding, asked: Asked) -> list[str]:
    """Return the lasting ids of all that a search finds: a new edition may come while a download runs."""
    wanted = replace(asked.request, start=0, size=holding.facets.size, by_text=False)
    docids = search(connection, holding.facets, wanted).docids
    return ids_of(connection, docids)


def ids_of(connection: sqlite3.Connection, docids: Sequence[int]) -> list[str]:
    """Return the ids of versions, in the order given."""
    query = "SELECT docid, id FROM versions WHERE docid IN (SELECT value FROM json_each(?))"
    ids = dict(connection.execute(query, [str(list(docids))]).fetchall())
    return [ids[docid] for docid in docids]


async def _rows(
    holding: Holding, ids: Sequence[str], columns: Sequence[Column]
) -> AsyncIterator[Batch]:
    names = ", ".join(f'"{column.name}"' for column in columns)
    query = f"SELECT {names} FROM versions WHERE id = ?"  # noqa: S608 - the names stand in our DDL
    for some in batches(ids, ROWS_AT_A_TIME):

        def read(connection: sqlite3.Connection, some: Sequence[str] = some) -> Batch:
            rows = (connection.execute(query, [id_]).fetchone() for id_ in some)
            return [tuple(row) for row in rows if row]

        yield await holding.run(read)


ROUTES = [(rf"^/haku\.{FORMAT}$", download)]
