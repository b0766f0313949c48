"""Tell which pages a browser should render: those that look empty without JavaScript.

The crawler asks here; it reads archive.db and changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import ArchiveError

SUSPECTS = """
SELECT url, site, sign, rendered FROM suspects
WHERE site IN (SELECT value FROM json_each(?)) AND (rendered IS NULL OR rendered <= ?)
ORDER BY rendered IS NOT NULL, rendered, site, url
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One page that looks empty without JavaScript."""

    url: str
    site: str
    sign: str
    """What makes it suspect, such as ``empty root: #root``."""
    rendered: str | None
    """When a browser last rendered it: UTC, ISO 8601."""


def suspects(archive: Path, sites: Iterable[str], *, before: datetime) -> list[Suspect]:
    """Return the suspect pages of these sites, never rendered ones first, then the longest waiting.

    Args:
        archive: the path of archive.db.
        sites: ids of sites.
        before: pages rendered after this moment are left out.

    Raises:
        ArchiveError: there is no archive, or it cannot be read.
    """
    moment = before.strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        connection = sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True, timeout=60)
        try:
            rows = connection.execute(SUSPECTS, [json.dumps(sorted(sites)), moment]).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ArchiveError(
            f"{archive}: {error}. Which pages need a browser is known after "
            "`arkisto ingest` and `arkisto extract`: run them first."
        ) from error
    return [Suspect(url=u, site=s, sign=sign, rendered=r) for u, s, sign, r in rows]
