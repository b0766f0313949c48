"""Answer the hooks by which Datasette lets a plug-in take part."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from datasette import hookimpl

from archive.search.expression import NOTHING, lemma_expression
from archive.search.querytree import QueryProblem
from archive.site.addresses import web_address
from archive.site.downloadlimit import DOWNLOADS, with_download_limit
from archive.site.headers import with_security_headers
from archive.site.holding import Holding
from archive.site.metadata import metadata_of

PLUGIN = "jarjestoarkisto"
"""Under which name Datasette's configuration speaks of us."""
Answer = TypeVar("Answer", bound=Callable[..., Any])


def _hook(function: Answer) -> Answer:
    """Mark an answer to a hook, keeping its type."""
    marked: Answer = hookimpl(function)
    return marked


def _last_hook(function: Answer) -> Answer:
    """Mark an answer that is asked for after all others."""
    marked: Answer = hookimpl(trylast=True)(function)
    return marked


@_hook
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Put our pages before Datasette's own."""
    from archive.site.routes import ROUTES

    return ROUTES if Holding.of(datasette) else []


@_hook
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    """Give the templates a filter for archived addresses."""
    env.filters["web"] = web_address


@_hook
def startup(datasette: Any) -> Callable[[], Awaitable[None]] | None:
    """Read the facets before the first request."""
    holding = Holding.of(datasette)
    return holding.load if holding else None


@_hook
def get_metadata(datasette: Any, database: str | None) -> dict[str, Any]:
    """Give tables and columns their Finnish titles and meanings."""
    holding = Holding.of(datasette)
    return metadata_of(holding.path, holding.name) if holding else {}


@_last_hook
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Any) -> None:
    """Let the search box of the table of versions find inflected forms.

    Datasette passes what is typed through ``escape_fts``; on our edition that becomes an expression of lemmas.
    """
    holding = Holding.of(datasette)
    if not holding or database != holding.name:
        return

    def escape_fts(text: str) -> str:
        try:
            return lemma_expression(conn, text)
        except QueryProblem:
            return NOTHING

    conn.create_function("escape_fts", 1, escape_fts)


@_hook
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Send security headers with everything, notice a new edition, and bound the downloads at a time."""
    holding = Holding.of(datasette)
    said = datasette.plugin_config(PLUGIN) or {}

    def wrap(app: Any) -> Any:
        if holding is None:
            return app
        limited = with_download_limit(app, said.get("downloads", DOWNLOADS))
        return with_security_headers(limited, holding)

    return wrap


@_hook
def extra_css_urls(datasette: Any) -> list[str]:
    """Give Datasette's own pages our colours."""
    from archive.site.answers import STATIC

    return [f"{STATIC}/tables.css"] if Holding.of(datasette) else []


@_hook
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    """Say kindly that a page does not exist; other errors stay Datasette's."""
    from datasette import NotFound

    if not isinstance(exception, NotFound) or not Holding.of(datasette):
        return None
    if request.path.endswith(".json"):
        return None
    from archive.site.answers import not_found

    return not_found(datasette, request)
