"""Show captures: what is known of one and its source, and its replay in the browser.

The page of a capture (its URI-M) runs nothing: headers and source are text.
Replay is ReplayWeb.page, unmodified, under ``/toisto/-/`` alone: its service worker reaches no other path.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from datasette import Response

from archive.errors import WarcError
from archive.replay.mementos import FOLDER
from archive.site import addresses
from archive.site.answers import at, id_of, not_found, rendered
from archive.site.headers import PLAYER_PATH
from archive.site.mementos import Record, is_served, memento, mementos_of, moment, source_of
from archive.site.negotiation import memento_headers
from archive.site.ranges import FileAnswer

PLAYER = Path(__file__).parent / "replaywebpage"
PLAYER_VERSION = "2.4.6"
PLAYER_FILES = {
    "ui.js": "text/javascript; charset=utf-8",
    "sw.js": "text/javascript; charset=utf-8",
    "LICENSE": "text/plain; charset=utf-8",
    "README.md": "text/plain; charset=utf-8",
}
KEPT = {"Cache-Control": "public, max-age=86400"}
INDEX = (
    "<!doctype html><html><head><meta charset=utf-8><script src=./begin.js></script><script src=./ui.js></script></head>"
    "<body><replay-app-main></replay-app-main></body></html>"
)
"""What the service worker answers too, once it is there; only the first time it is asked of us."""
BEGIN = 'navigator.serviceWorker && navigator.serviceWorker.register("sw.js?serveIndex=1");\n'
"""Installs the service worker while the player is being read, as the player does when it has been read."""


async def capture(datasette: Any, request: Any) -> Response:
    """Show what is known of a capture, the headers of the server, and its source as text."""
    holding, _ = at(datasette, request)
    row, around = await _read(datasette, request)
    if row is None:
        return await not_found(datasette, request)
    public = holding.names.facts["edition"] == "public"
    try:
        source = await asyncio.to_thread(source_of, row, holding.path, public=public)
    except WarcError:
        source = None
    place = next(number for number, one in enumerate(around) if one["id"] == row["id"])
    context = {
        "capture": row,
        "source": source,
        "earlier": around[place - 1] if place else None,
        "later": around[place + 1] if place + 1 < len(around) else None,
        "number": place + 1,
        "of": len(around),
        "timemap": addresses.timemap(row["url"]),
        "masked": public,
    }
    answer = await rendered(datasette, request, "capture.html", context)
    answer.headers |= memento_headers(datasette, request, row, around)
    return answer


async def replay(datasette: Any, request: Any) -> Response:
    """Play a capture in the browser."""
    row, around = await _read(datasette, request)
    if row is None:
        return await not_found(datasette, request)
    context = {"capture": row, "player": _player_address(datasette, request, row)}
    answer = await rendered(datasette, request, "replay.html", context)
    answer.headers |= memento_headers(datasette, request, row, around)
    return answer


async def wacz(datasette: Any, request: Any) -> Any:
    """Send a WACZ file of this edition, or a part of it."""
    holding, _ = at(datasette, request)
    name = id_of(request)
    path = holding.path.parent / FOLDER / name
    if not await holding.run(lambda connection: is_served(connection, name)) or not path.exists():
        return await not_found(datasette, request)
    return FileAnswer(
        path,
        name.removesuffix(".wacz"),
        request.headers,
        method=request.method,
        content_type="application/wacz",
        headers={"Cache-Control": "public, max-age=3600"},
    )


async def player(datasette: Any, request: Any) -> Any:
    """Send a file of the player."""
    name = id_of(request)
    if name == "begin.js":
        return Response(BEGIN, content_type=PLAYER_FILES["ui.js"], headers=KEPT)
    if name not in PLAYER_FILES:
        return Response.text("", status=404)
    return FileAnswer(
        PLAYER / name,
        f"{PLAYER_VERSION}-{name}",
        request.headers,
        method=request.method,
        content_type=PLAYER_FILES[name],
        headers=dict(KEPT),
    )


async def player_frame(datasette: Any, request: Any) -> Response:
    """Send the frame in which the player runs; usually its service worker answers before."""
    return Response.html(INDEX)


def _player_address(datasette: Any, request: Any, row: Record) -> str:
    """Return the address of the player's frame, with which file to open and what to show of it.

    The parameters are those of ReplayWeb.page's own embedding element; without it, half as much script is loaded.
    """
    source = {
        "source": datasette.absolute_url(request, f"/toisto/wacz/{row['file']}"),
        "embed": "replayonly",
        "baseUrlSourcePrefix": "/toisto/",
        "noWebWorker": "1",
    }
    shown = {"url": row["url"], "ts": f"{moment(row):%Y%m%d%H%M%S}"}
    return f"{PLAYER_PATH}?{urlencode(source)}#{urlencode(shown)}"


async def _read(datasette: Any, request: Any) -> tuple[Record | None, list[Record]]:
    holding, _ = at(datasette, request)
    id_ = id_of(request)

    def read(connection: sqlite3.Connection) -> tuple[Record | None, list[Record]]:
        row = memento(connection, id_)
        return row, mementos_of(connection, row["url"]) if row else []

    return await holding.run(read)


ROUTES = [
    (r"^/arkistointi/(?P<id>[^/]+)$", capture),
    (r"^/toisto/(?P<id>[^/]+)$", replay),
    (r"^/toisto/wacz/(?P<id>[^/]+\.wacz)$", wacz),
    (r"^/toisto/-/$", player_frame),
    (r"^/toisto/-/(?P<id>.+)$", player),
]
