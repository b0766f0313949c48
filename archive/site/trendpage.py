"""Show and send how often words stand on the pages of each year: /trendit and its downloads."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from archive.exports.columns import TRENDS, trend_rows
from archive.search.queries import SIGNS
from archive.search.querytree import QueryProblem
from archive.search.trends import Trend, trends
from archive.site.addresses import Asked
from archive.site.answers import Refusal, asked_of, at, attempt, searched
from archive.site.downloads import FORMAT, Batch, Download, file_name
from archive.site.holding import Holding
from archive.site.narrowing import narrowings
from archive.site.trendchart import Measure, chart, value_of

PATH = "/trendit"
MOST = 6
"""Words in one picture: as many lines as can be told apart."""
MEASURES: dict[str, Measure] = {"sanat": "words", "sivut": "pages"}
"""What is drawn, by its name in addresses; the first is usual."""
PARTS = re.compile(r'((?:"[^"]*"|[^,"])+)')


async def trend_page(datasette: Any, request: Any) -> Any:
    """Show a line for each word, and the counts behind it."""
    holding, say = at(datasette, request)
    asked, name = asked_of(datasette, request), measure_of(request)
    measure = MEASURES[name]

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        made = trends_of(connection, holding, asked)
        left_out = len(parts(asked.text)) - len(made)
        return {"trends": made, "chart": chart(made, measure), "left_out": left_out}

    shown = {
        "narrowings": list(narrowings(asked, holding.names, say, PATH, *fields_of(name))),
        "measure": measure,
        "fields": fields_of(name),
        "measured": [
            (one, MEASURES[one], asked.changed().at(PATH, *fields_of(one))) for one in MEASURES
        ],
        "value_of": lambda point: value_of(point, measure),
        "most": MOST,
        "of_word": lambda text, **filters: replace(
            asked.changed(text=text), filters={**asked.filters, **_strings(filters)}
        ),
    }
    return await searched(datasette, request, "trends.html", asked, read, shown)


def measure_of(request: Any) -> str:
    """Return the name of the measure that the address of a request asks for."""
    name = request.args.get("mitta")
    return name if name in MEASURES else next(iter(MEASURES))


def fields_of(name: str) -> list[tuple[str, str]]:
    """Return the parameters of a measure; what is usual is left out."""
    return [] if name == next(iter(MEASURES)) else [("mitta", name)]


async def download(datasette: Any, request: Any) -> Any:
    """Send the counts behind the lines."""
    holding, _ = at(datasette, request)
    asked = asked_of(datasette, request)

    made = await attempt(holding, lambda connection: trends_of(connection, holding, asked))
    if isinstance(made, Refusal):
        return made.response
    return Download(request, file_name("trendit", asked.text), TRENDS, _rows(made))


def trends_of(connection: sqlite3.Connection, holding: Holding, asked: Asked) -> list[Trend]:
    """Return the trends of the words of a search, six at most.

    Raises:
        QueryProblem: one of them cannot be understood.
    """
    return trends(connection, holding.facets, parts(asked.text)[:MOST], asked.request)


async def _rows(made: list[Trend]) -> AsyncIterator[Batch]:
    yield list(trend_rows(made))


def parts(text: str) -> list[str]:
    """Return the parts of a text that commas divide, each once; commas inside quotes divide nothing.

    Raises:
        QueryProblem: a quote is not closed.

    >>> parts('kumppanuuspöytä, ”pöytä, tuoli” ,, sote')
    ['kumppanuuspöytä', '"pöytä, tuoli"', 'sote']
    """
    text = text.translate(SIGNS)
    if text.count('"') % 2:
        raise QueryProblem("quote")
    found = (part.strip() for part in PARTS.findall(text))
    return list(dict.fromkeys(part for part in found if part))


def _strings(filters: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: (str(value),) for name, value in filters.items()}


ROUTES = [(rf"^{PATH}$", trend_page), (rf"^{PATH}\.{FORMAT}$", download)]
