"""Keep the addresses that an earlier edition gave out: a version that was read anew, a page whose site was renamed.

Somebody may have cited them, so a new edition remembers where each now leads; what it does not hold, it does not remember.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = "SELECT count(*) FROM sqlite_master WHERE name IN ('pages', 'versions', 'former')"
GIVEN_OUT = """
SELECT pages.id, pages.urlkey, NULL FROM pages
UNION ALL SELECT versions.id, pages.urlkey, versions.first_seen FROM versions JOIN pages ON pages.id = versions.page
UNION ALL SELECT former.id, pages.urlkey, former.first_seen FROM former JOIN pages ON pages.id = former.page
"""
REMEMBER = """
INSERT OR IGNORE INTO former
SELECT :id, id, :first_seen FROM pages WHERE urlkey = :urlkey
  AND NOT EXISTS (SELECT 1 FROM pages AS held WHERE held.id = :id)
  AND NOT EXISTS (SELECT 1 FROM versions WHERE versions.id = :id)
ORDER BY id LIMIT 1
"""


def remember_former(target: sqlite3.Connection, earlier: Path) -> None:
    """Write into a new edition which of an earlier one's addresses it has under another name.

    An earlier file that is missing or no edition gave out no address.
    """
    if not earlier.exists():
        return
    with closing(sqlite3.connect(f"{earlier.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            given_out = connection.execute(GIVEN_OUT).fetchall() if _is_edition(connection) else []
        except sqlite3.DatabaseError:  # damaged: the new edition is what mends it
            return
    for id_, urlkey, first_seen in given_out:
        target.execute(REMEMBER, {"id": id_, "urlkey": urlkey, "first_seen": first_seen})


def _is_edition(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(TABLES).fetchone()[0] == 3)
