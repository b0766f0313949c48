"""Show captures: what is known of one and its source, and its replay in the browser.

The page of a capture (its URI-M) runs nothing: headers and source are text.
Replay is ReplayWeb.page, unmodified, under ``/toisto/-/`` alone: its service worker reaches no other path.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from datasette import Response

from archive.errors import WarcError
from archive.mementos import FOLDER
from archive.site import addresses
from archive.site.answers import at, id_of, not_found, rendered
from archive.site.mementos import Record, is_served, memento, mementos_of, source_of
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
INDEX = (
    "<!doctype html><html><head><meta charset=utf-8><script src=./ui.js></script></head>"
    "<body><replay-app-main></replay-app-main></body></html>"
)
"""What the service worker answers too, once it is there."""


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
    context = {"capture": row, "stamp": "".join(filter(str.isdigit, row["timestamp"]))[:14]}
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
    if name not in PLAYER_FILES:
        return await not_found(datasette, request)
    return FileAnswer(
        PLAYER / name,
        f"{PLAYER_VERSION}-{name}",
        request.headers,
        method=request.method,
        content_type=PLAYER_FILES[name],
        headers={"Cache-Control": "public, max-age=86400"},
    )


async def player_frame(datasette: Any, request: Any) -> Response:
    """Send the frame in which the player runs; usually its service worker answers before."""
    return Response.html(INDEX)


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
    (r"^/toisto/-/(?P<id>[^/]+)$", player),
]
