"""Tell what the archive holds of a site already, so that nothing is brought in twice.

The crawler asks here; it reads archive.db and changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archive.errors import ArchiveError


def held_captures(archive: Path, site: str) -> set[tuple[str, str]]:
    """Return urlkey and time (UTC, ISO 8601) of every capture of a site; nothing where there is no archive yet.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    rows = _rows(archive, "SELECT urlkey, timestamp FROM captures WHERE site = ?", site)
    return {(key, at) for key, at in rows}


def held_addresses(archive: Path, site: str) -> list[str]:
    """Return the addresses of a site's pages, one for each page.

    Raises:
        ArchiveError: the archive cannot be read.
    """
    query = "SELECT max(url) FROM captures WHERE site = ? AND page IS NOT NULL GROUP BY urlkey ORDER BY 1"
    return [url for (url,) in _rows(archive, query, site)]


def _rows(archive: Path, query: str, site: str) -> Iterator[tuple[str, ...]]:
    if not archive.exists():
        return
    try:
        connection = sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
        try:
            yield from connection.execute(query, [site])
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ArchiveError(
            f"{archive}: {error}. What it holds already must be known; run `arkisto ingest`."
        ) from error
