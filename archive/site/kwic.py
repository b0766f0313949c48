"""Show and send the lines of a concordance: /kwic and its downloads."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from archive.exports.columns import LINES, line_row
from archive.exports.formats import batches
from archive.search.concordance import MOST_TEXTS, WIDTH, Line, Sorting, concordance, read_lines
from archive.search.searching import Found, search
from archive.search.snippets import Markers
from archive.site.addresses import Asked, last_page
from archive.site.answers import Refusal, asked_of, at, attempt, searched
from archive.site.downloads import FORMAT, Batch, Download, file_name
from archive.site.hitfiles import ids_of
from archive.site.holding import Holding
from archive.site.narrowing import narrowings

PATH = "/kwic"
SORTINGS: dict[str, Sorting] = {"oikea": "right", "vasen": "left", "osuma": "hit", "teksti": "text"}
WIDTHS = {"40": WIDTH, "80": 80, "160": 160}
SIZE = 50
"""Lines on a page."""
TEXTS_AT_A_TIME = 200
"""Texts read at a time for a download."""


@dataclass(frozen=True, slots=True)
class View:
    """How the lines are shown."""

    sorting: str
    width: str

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Its parameters; what is usual is left out."""
        sorting = [("lajittelu", self.sorting)] if self.sorting != "oikea" else []
        return sorting + ([("leveys", self.width)] if self.width != str(WIDTH) else [])

    def address(self, asked: Asked, **changes: str) -> str:
        """Return the address of the lines of a search, shown so, or with something changed."""
        return asked.at(PATH, *replace(self, **changes).fields)


async def kwic(datasette: Any, request: Any) -> Any:
    """Show every hit in its line."""
    holding, say = at(datasette, request)
    asked, view = asked_of(datasette, request), view_of(request)

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        found, page = page_of_lines(connection, holding, asked, view)
        return {"found": found, "page": page}

    shown = {"view": view, "widths": WIDTHS}
    shown["narrowings"] = list(narrowings(asked, holding.names, say, PATH, *view.fields))
    return await searched(datasette, request, "kwic.html", asked, read, shown)


async def download(datasette: Any, request: Any) -> Any:
    """Send every line of every text that was found, in the order of the results."""
    holding, _ = at(datasette, request)
    asked, view = asked_of(datasette, request), view_of(request)

    def read(connection: sqlite3.Connection) -> tuple[list[str], Markers]:
        wanted = replace(asked.request, start=0, size=holding.facets.size)
        found = search(connection, holding.facets, wanted)
        return ids_of(connection, found.docids), found.markers

    result = await attempt(holding, read)
    if isinstance(result, Refusal):
        return result.response
    lines = _lines(holding, *result, WIDTHS[view.width])
    return Download(request, file_name("kwic", asked.text), LINES, lines)


def view_of(request: Any) -> View:
    """Return how the address of a request wants its lines."""
    sorting, width = request.args.get("lajittelu"), request.args.get("leveys")
    return View(
        sorting if sorting in SORTINGS else "oikea", width if width in WIDTHS else str(WIDTH)
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of lines."""

    lines: tuple[Line, ...]
    total: int
    """Lines of the texts that were read."""
    number: int
    last: int
    unseen: int
    cut: bool
    """True where not every text that was found was read."""


def page_of_lines(
    connection: sqlite3.Connection, holding: Holding, asked: Asked, view: View
) -> tuple[Found, Page]:
    """Return what a search finds, and a page of its lines.

    Raises:
        QueryProblem: the search cannot be understood.
    """
    wanted = replace(asked.request, start=0, size=MOST_TEXTS)
    found = search(connection, holding.facets, wanted)
    made = concordance(connection, found, sorting=SORTINGS[view.sorting], width=WIDTHS[view.width])
    last = last_page(len(made.lines), SIZE)
    number = min(asked.page, last)
    page = Page(
        lines=made.lines[(number - 1) * SIZE : number * SIZE],
        total=len(made.lines),
        number=number,
        last=last,
        unseen=made.unseen,
        cut=found.listed > made.texts,
    )
    return found, page


async def _lines(
    holding: Holding, ids: list[str], markers: Markers, width: int
) -> AsyncIterator[Batch]:
    for some in batches(ids, TEXTS_AT_A_TIME):

        def read(connection: sqlite3.Connection, some: list[str] = some) -> Batch:
            docids = [
                connection.execute("SELECT docid FROM versions WHERE id = ?", [id_]).fetchone()
                for id_ in some
            ]
            texts = read_lines(connection, [row[0] for row in docids if row], markers, width=width)
            return [line_row(line) for _, lines in texts for line in lines]

        yield await holding.run(read)


ROUTES = [(rf"^{PATH}$", kwic), (rf"^{PATH}\.{FORMAT}$", download)]
