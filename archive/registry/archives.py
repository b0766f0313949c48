"""Define the settings of other web archives: where their indexes are and how gently they are asked.

As in ``registry.models``, the fields are the keys and their docstrings the meaning.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from archive.registry.models import Table
from archive.registry.values import Text, web_address

COMMON_CRAWL = "commoncrawl"
TAKEN = frozenset({COMMON_CRAWL, "crawl", "import", "rendered"})
"""Names of other origins of captures."""


def _endpoint(value: str) -> str:
    web_address(value)
    return value


def _replay(value: str) -> str:
    if value.count("{timestamp}") != 1 or value.count("{url}") != 1:
        raise ValueError(f'"{value}" must hold {{timestamp}} and {{url}} once each')
    _endpoint(value.replace("{timestamp}", "0").replace("{url}", "x"))
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*", value) or value in TAKEN:
        taken = ", ".join(sorted(TAKEN))
        raise ValueError(f'"{value}" must hold only a-z and 0-9, and be none of {taken}')
    return value


Endpoint = Annotated[str, AfterValidator(_endpoint)]
Replay = Annotated[str, AfterValidator(_replay)]
ArchiveId = Annotated[str, AfterValidator(_name)]


class WebArchive(Table):
    """A web archive that lists its captures and gives them as they were: a Wayback Machine of any make."""

    name: Text
    """What people call it."""
    protocol: Literal["cdx", "timemap"] = "cdx"
    """How it lists: ``cdx``, by host, or ``timemap`` (RFC 7089), by single addresses that are known already."""
    index: Endpoint
    """The address that lists: of a CDX server without its parameters, of TimeMaps what stands before the URL."""
    replay: Replay
    """The address of one capture with its bytes unchanged, with {timestamp} and {url}; mostly with ``id_``."""
    parameters: dict[str, Text] = Field(default_factory=dict)
    """Parameters sent with each question to a CDX server besides url, matchType, from and to."""
    filters: tuple[Text, ...] = ()
    """Its ``filter`` parameters; they save it work, for what is not wanted is left out here anyway."""
    index_delay_seconds: Annotated[float, Field(ge=0)] = 5.0
    """Seconds between two questions to its index."""
    delay_seconds: Annotated[float, Field(ge=0)] = 1.0
    """Seconds between two captures."""


class CommonCrawl(Table):
    """Where Common Crawl lists its crawls and keeps its WARC files."""

    collections: Endpoint = "https://index.commoncrawl.org/collinfo.json"
    """The list of its crawls, each with the address of its index."""
    data: Endpoint = "https://data.commoncrawl.org/"
    """What stands before the names of WARC files."""
    index_delay_seconds: Annotated[float, Field(ge=0)] = 5.0
    """Seconds between two questions to its index."""
    delay_seconds: Annotated[float, Field(ge=0)] = 1.0
    """Seconds between two records."""


KNOWN: dict[str, dict[str, Any]] = {
    "wayback": {
        "name": "Wayback Machine",
        "index": "https://web.archive.org/cdx/search/cdx",
        "replay": "https://web.archive.org/web/{timestamp}id_/{url}",
        "parameters": {"output": "json", "limit": "10000", "showResumeKey": "true"},
        "filters": ("!mimetype:(image|audio|video|font)/.*",),
        "index_delay_seconds": 5.0,
        "delay_seconds": 0.25,
    },
    "arquivo": {
        "name": "Arquivo.pt",
        "index": "https://arquivo.pt/wayback/cdx",
        "replay": "https://arquivo.pt/wayback/{timestamp}id_/{url}",
        "parameters": {"output": "json"},
    },
}
"""The archives that need no configuration.

The Wayback Machine is asked half as often as its own client library allows itself: version 0.5.1 of ``wayback`` (2026-06)
makes 0.4 questions to the index and 8 captures a second, 80 % of the hard limits that it was told.
"""


def with_known(given: Any) -> Any:
    """Add what is known of an archive to what crawl.toml says of it; what is not judged yet may be anything."""
    if not isinstance(given, dict):
        return given
    merged: dict[str, Any] = {name: dict(fields) for name, fields in KNOWN.items()}
    for name, fields in given.items():
        known = merged.get(name, {})
        merged[name] = {**known, **fields} if isinstance(fields, dict) else fields
    return merged
