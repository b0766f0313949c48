"""Let programs find captures by date: TimeGate, TimeMap and the headers of Memento (RFC 7089)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from datasette import Response

from archive.site import addresses
from archive.site.answers import at, not_found
from archive.site.mementos import Record, mementos_of, moment, nearest

HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
LINKS = "application/link-format"
PATH = re.compile(r"^/(?:timegate|timemap/(?:link|json))/(?P<url>.+)$", re.DOTALL)
ONE_SLASH = re.compile(r"^(https?):/(?!/)", re.IGNORECASE)
"""Some web servers in front of ours make one slash of two."""


async def timegate(datasette: Any, request: Any) -> Response:
    """Lead to the capture nearest to the moment in Accept-Datetime, or to the newest."""
    wanted = request.headers.get("accept-datetime")
    try:
        when = datetime.strptime(wanted, HTTP_DATE).replace(tzinfo=UTC) if wanted else None
    except ValueError:
        message = f"Accept-Datetime must be a date such as {http_date(datetime(2020, 2, 18, 9, 30, tzinfo=UTC))}\n"
        return Response.text(message, status=400, headers={"Vary": "accept-datetime"})
    url, found = await _asked(datasette, request)
    if not found:
        return await not_found(datasette, request)
    chosen = nearest(found, when) if when else found[-1]
    links = [*_around(datasette, request, url), *_neighbours(datasette, request, chosen, found)]
    headers = {"Vary": "accept-datetime", "Link": ", ".join(links), "Cache-Control": "no-cache"}
    return Response.redirect(_uri(datasette, request, chosen), headers=headers)


async def timemap(datasette: Any, request: Any) -> Response:
    """List every capture of an address as links."""
    url, found = await _asked(datasette, request)
    if not found:
        return await not_found(datasette, request)
    span = f'from="{http_date(moment(found[0]))}"; until="{http_date(moment(found[-1]))}"'
    own = datasette.absolute_url(request, addresses.timemap(url))
    links = [
        f'<{addresses.web_address(url)}>; rel="original"',
        f'<{datasette.absolute_url(request, addresses.timegate(url))}>; rel="timegate"',
        f'<{own}>; rel="self"; type="{LINKS}"; {span}',
        *(_link(datasette, request, row, _relation(row, found)) for row in found),
    ]
    return Response(",\n".join(links) + "\n", content_type=LINKS)


async def timemap_json(datasette: Any, request: Any) -> Response:
    """List every capture of an address as JSON, in the form that MemGator and other aggregators write."""
    url, found = await _asked(datasette, request)
    if not found:
        return await not_found(datasette, request)
    told = [
        {"datetime": f"{moment(row):%Y-%m-%dT%H:%M:%SZ}", "uri": _uri(datasette, request, row)}
        for row in found
    ]
    uris = {
        form: datasette.absolute_url(request, addresses.timemap(url, form))
        for form in ("link", "json")
    }
    return Response.json(
        {
            "original_uri": url,
            "self": uris["json"],
            "timegate_uri": datasette.absolute_url(request, addresses.timegate(url)),
            "timemap_uri": {"link_format": uris["link"], "json_format": uris["json"]},
            "mementos": {"list": told, "first": told[0], "last": told[-1]},
        }
    )


def memento_headers(
    datasette: Any, request: Any, row: Record, found: list[Record]
) -> dict[str, str]:
    """Return the headers of a resource that shows a capture.

    Args:
        datasette: makes addresses absolute.
        request: what was asked.
        row: the capture.
        found: all captures of its address, oldest first.
    """
    links = [
        *_around(datasette, request, row["url"]),
        *_neighbours(datasette, request, row, found),
    ]
    return {"Memento-Datetime": http_date(moment(row)), "Link": ", ".join(links)}


def original_headers(datasette: Any, request: Any, url: str) -> dict[str, str]:
    """Return the header of a page about an address: where its captures are found by date."""
    return {"Link": ", ".join(_around(datasette, request, url))}


def http_date(at: datetime) -> str:
    """Write a moment as HTTP does.

    >>> http_date(datetime(2020, 2, 18, 9, 30, tzinfo=UTC))
    'Tue, 18 Feb 2020 09:30:00 GMT'
    """
    return format_datetime(at.astimezone(UTC), usegmt=True)


async def _asked(datasette: Any, request: Any) -> tuple[str, list[Record]]:
    """Return the address in the path of a request and its captures; the query belongs to the address."""
    holding, _ = at(datasette, request)
    matched = PATH.match(request.full_path)
    url = ONE_SLASH.sub(r"\1://", matched["url"] if matched else "")
    if "://" not in url:
        url = f"https://{url}"

    def read(connection: sqlite3.Connection) -> list[Record]:
        return mementos_of(connection, url)

    return url, await holding.run(read)


def _around(datasette: Any, request: Any, url: str) -> Iterator[str]:
    yield f'<{addresses.web_address(url)}>; rel="original"'
    yield f'<{datasette.absolute_url(request, addresses.timegate(url))}>; rel="timegate"'
    yield f'<{datasette.absolute_url(request, addresses.timemap(url))}>; rel="timemap"; type="{LINKS}"'


def _neighbours(datasette: Any, request: Any, row: Record, found: list[Record]) -> Iterator[str]:
    """Yield links to the first, the previous, this, the next and the last capture, each once."""
    place = next(number for number, one in enumerate(found) if one["id"] == row["id"])
    chosen = {0: "", place - 1: "prev ", place: "", place + 1: "next ", len(found) - 1: ""}
    for number in sorted(chosen):
        if 0 <= number < len(found):
            relation = chosen[number] + _relation(found[number], found)
            yield _link(datasette, request, found[number], relation)


def _relation(row: Record, found: list[Record]) -> str:
    first = "first " if row["id"] == found[0]["id"] else ""
    return first + ("last " if row["id"] == found[-1]["id"] else "") + "memento"


def _link(datasette: Any, request: Any, row: Record, relation: str) -> str:
    uri, when = _uri(datasette, request, row), http_date(moment(row))
    return f'<{uri}>; rel="{relation}"; datetime="{when}"'


def _uri(datasette: Any, request: Any, row: Record) -> str:
    """Return the address of the page of a capture, its URI-M."""
    uri: str = datasette.absolute_url(request, addresses.place("arkistointi", row["id"], "fi"))
    return uri


ROUTES = [
    (r"^/timegate/.+$", timegate),
    (r"^/timemap/link/.+$", timemap),
    (r"^/timemap/json/.+$", timemap_json),
]
