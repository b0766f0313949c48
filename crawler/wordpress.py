"""Ask WordPress for the exact dates of its posts and pages: its REST interface, where a page offers it.

The answers are captures for their dates and addresses, never pages of the archive.
Reference: https://developer.wordpress.org/rest-api/reference/posts/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

RELATION = "https://api.w.org/"
"""The link relation by which a page offers the interface."""
PER_PAGE = 100
"""The most that it gives at once."""
_FIELDS = "id,date,date_gmt,modified,modified_gmt,link,title"
_KINDS = ("posts", "pages")
_PAGE = re.compile(r"([?&]page=)(\d+)")


def first_lists(root: str) -> list[str]:
    """Return the addresses of the first lists of posts and of pages.

    >>> first_lists("https://kyt.fi/wp-json/")[1][:44]
    'https://kyt.fi/wp-json/wp/v2/pages?per_page='
    >>> "?rest_route=/wp/v2/posts&per_page=100" in first_lists("https://kyt.fi/?rest_route=/")[0]
    True
    """
    joint = "&" if "?" in root else "?"
    base = root if root.endswith("/") else root + "/"
    return [
        f"{base}wp/v2/{kind}{joint}per_page={PER_PAGE}&_fields={_FIELDS}&page=1" for kind in _KINDS
    ]


def is_first_list(url: str) -> bool:
    """Tell whether an address is the first list: what is new stands there."""
    page = _PAGE.search(url)
    return page is not None and page[2] == "1"


def is_list(url: str) -> bool:
    """Tell whether an address is a list that this module asks for.

    >>> is_list(first_lists("https://kyt.fi/wp-json/")[0]), is_list("https://kyt.fi/wp-json/")
    (True, False)
    """
    return "wp/v2/" in url and f"_fields={_FIELDS}" in url


def listed(body: bytes) -> list[tuple[str, datetime | None]]:
    """Return the addresses of one answer and when each was last changed; nothing if it is no list."""
    return [
        (entry["link"], _moment(entry.get("modified_gmt")))
        for entry in _list(body)
        if isinstance(entry, dict) and isinstance(entry.get("link"), str)
    ]


def next_list(url: str, body: bytes) -> Iterator[str]:
    """Yield the address of the next list, if this one is full."""
    page = _PAGE.search(url)
    if page is not None and len(_list(body)) >= PER_PAGE:
        yield url[: page.start(2)] + str(int(page[2]) + 1) + url[page.end(2) :]


def _list(body: bytes) -> list[Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None
