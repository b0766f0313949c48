"""Keep the addresses that an earlier edition gave out: a version that was read anew, a site that was renamed, and its pages.

Somebody may have cited them, so a new edition remembers where each now leads; what it does not hold, it does not remember.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

SITE_OF_MOST = """
SELECT site FROM pages WHERE urlkey IN (SELECT value FROM json_each(:urlkeys))
GROUP BY site HAVING 2 * count(*) > json_array_length(:urlkeys) ORDER BY count(*) DESC, site LIMIT 1
"""
"""A site that holds only a few of the pages is another one: that of a site which was taken down must not be told."""
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
            renamed = _renamed(target, connection) if given_out else {}
        except sqlite3.DatabaseError:  # damaged: the new edition is what mends it
            return
    for id_, urlkey, first_seen in given_out:
        target.execute(REMEMBER, {"id": id_, "urlkey": urlkey, "first_seen": first_seen})
    target.executemany("INSERT INTO former_sites VALUES (?, ?)", sorted(renamed.items()))


def former_sites(edition: sqlite3.Connection) -> dict[str, str]:
    """Return the site of now by each name that a site had before; an edition without that table knows none."""
    known = edition.execute("SELECT 1 FROM sqlite_master WHERE name = 'former_sites'").fetchone()
    return dict(edition.execute("SELECT id, site FROM former_sites").fetchall()) if known else {}


def _renamed(target: sqlite3.Connection, earlier: sqlite3.Connection) -> dict[str, str]:
    """Return the site of now for each site of an earlier edition, and of those before it, that has another name now."""
    held = {id_ for (id_,) in target.execute("SELECT id FROM sites")}
    leads = {id_: id_ for id_ in held}
    for (id_,) in earlier.execute("SELECT id FROM sites").fetchall():
        if id_ not in held and (site := _site_of_most(target, earlier, id_)):
            leads[id_] = site
    for id_, site in former_sites(earlier).items():
        if site in leads:
            leads.setdefault(id_, leads[site])
    return {id_: site for id_, site in leads.items() if id_ not in held}


def _site_of_most(target: sqlite3.Connection, earlier: sqlite3.Connection, site: str) -> str | None:
    """Return the site that now holds most of the pages of a site of then."""
    query = "SELECT json_group_array(urlkey) FROM pages WHERE site = ?"
    (urlkeys,) = earlier.execute(query, [site]).fetchone()
    found = target.execute(SITE_OF_MOST, {"urlkeys": urlkeys}).fetchone()
    return found[0] if found else None


def _is_edition(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(TABLES).fetchone()[0] == 3)
