"""Read from the edition what the record of a page shows: a version, its page, and all that is joined with them."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from archive.outline import lines_of
from archive.site.layout import laid_out
from archive.site.mementos import mementos_of, of_version
from archive.site.records import Record, many, one
from archive.site.timeline import timeline

MOST_LINKS = 200
MOST_OFFERING = 8
MOST_CAPTURES = 50
MOST_RELATIONS = 12
MOST_PASSAGES = 20

LINKS = """
SELECT links.url, links.text, there.id AS page, there.title FROM links
LEFT JOIN pages AS there ON there.id = (SELECT min(id) FROM pages WHERE pages.urlkey = links.urlkey)
WHERE version = ? ORDER BY position
"""
ATTACHMENTS = """
SELECT DISTINCT versions.page, versions.title, versions.language, links.text, versions.url, versions.words,
  (SELECT mime FROM captures WHERE captures.page = versions.page ORDER BY timestamp DESC LIMIT 1) AS mime
FROM links JOIN pages ON pages.urlkey = links.urlkey
JOIN versions ON versions.page = pages.id AND versions.current AND versions.page_type = 'attachment'
WHERE links.version = ? ORDER BY links.position
"""
LINKED_FROM = """
SELECT pages.id, pages.title, pages.url, max(versions.language) AS language, sites.name AS site_name FROM links
JOIN versions ON versions.id = links.version JOIN pages ON pages.id = versions.page JOIN sites ON sites.id = pages.site
WHERE links.urlkey = (SELECT urlkey FROM pages WHERE id = ?) AND pages.id != ?
GROUP BY pages.id ORDER BY pages.title
"""
SAME = """
SELECT DISTINCT versions.page, versions.title, versions.language, versions.site_name, versions.published FROM same_text AS mine
JOIN same_text AS theirs ON theirs.cluster = mine.cluster JOIN versions ON versions.id = theirs.version
WHERE mine.version = ? AND versions.page != ? ORDER BY versions.published
"""
PASSAGES = """
SELECT mine.line, versions.page, max(versions.docid) AS newest, versions.title, versions.language, versions.site_name, versions.published
FROM passages AS mine JOIN passages AS theirs ON theirs.passage = mine.passage
JOIN versions ON versions.id = theirs.version
WHERE mine.version = ? AND versions.page != ?
GROUP BY mine.line, versions.page ORDER BY mine.line, versions.published
"""
TWINS = """
SELECT twins.language, pages.id, pages.title, pages.url FROM twins JOIN pages ON pages.id = twins.page
WHERE version = ? ORDER BY twins.language
"""
MENTIONS = """
SELECT term, kind, count FROM mentions JOIN terms ON terms.id = term WHERE version = ? ORDER BY count DESC, term
"""
RELATIONS = "SELECT * FROM relations WHERE version = ? ORDER BY position"
VERSIONS = """
SELECT id, first_seen, last_seen, words, current, title,
  (SELECT source FROM captures WHERE captures.page = versions.page AND timestamp = first_seen ORDER BY id LIMIT 1) AS source
FROM versions WHERE page = ? ORDER BY first_seen DESC, docid DESC
"""
VERSION_AT = """
SELECT id FROM versions WHERE page = ?1
ORDER BY first_seen > ?2, iif(first_seen > ?2, docid, -docid) LIMIT 1
"""
CAPTURES = """
SELECT timestamp, status, url, source, provenance, (SELECT id FROM mementos WHERE mementos.id = captures.id) AS memento
FROM captures WHERE page = ? ORDER BY timestamp DESC, id
"""


def page_record(connection: sqlite3.Connection, id_: str) -> Record | None:
    """Return a page without a version: what is known of its address."""
    page = one(connection, "SELECT * FROM pages WHERE id = ?", id_)
    if page is None:
        return None
    captures = many(connection, CAPTURES, id_)
    linked_from = many(connection, LINKED_FROM, id_, id_)
    return {
        "page": page,
        "site": one(connection, "SELECT * FROM sites WHERE id = ?", page["site"]),
        "moved_to": one(connection, "SELECT * FROM pages WHERE id = ?", page["moved_to"]),
        "captures": captures[:MOST_CAPTURES],
        "linked_from": linked_from[:MOST_LINKS],
        "totals": {"linked_from": len(linked_from)},
    }


def version_record(connection: sqlite3.Connection, id_: str) -> Record | None:
    """Return a version with its page and everything that is joined with it."""
    version = one(connection, "SELECT * FROM versions WHERE id = ?", id_)
    if version is None:
        return None
    page = version["page"]
    versions, captures = many(connection, VERSIONS, page), many(connection, CAPTURES, page)
    around = page_record(connection, page) or {}
    linked_from, same = around["linked_from"], many(connection, SAME, id_, page)
    capture = of_version(connection, id_)
    links, passages = many(connection, LINKS, id_), _passages(connection, version, same)
    relations = many(connection, RELATIONS, id_)
    found = {"links": len(links), "passages": len(passages), "relations": len(relations)}
    return {
        **around,
        "totals": {**around["totals"], **found},
        "capture": capture,
        "mementos": mementos_of(connection, capture["url"]) if capture else [],
        "version": version,
        "sheets": laid_out(version["text"] or "", version["outline"]),
        "projects": many(connection, "SELECT * FROM projects WHERE site = ? ORDER BY position", version["site"]),
        "versions": versions,
        "timeline": timeline(versions, [row["timestamp"] for row in captures]),
        "mentions": _mentions(connection, id_),
        "events": many(connection, "SELECT * FROM events WHERE version = ? ORDER BY start, position", id_),
        "relations": relations[:MOST_RELATIONS],
        "offered_by": linked_from[:MOST_OFFERING] if version["page_type"] == "attachment" else [],
        "links": links[:MOST_LINKS],
        "attachments": many(connection, ATTACHMENTS, id_),
        "same": same,
        "passages": passages[:MOST_PASSAGES],
        "twins": many(connection, TWINS, id_),
    }  # fmt: skip


def current_version(connection: sqlite3.Connection, page: str) -> str | None:
    """Return the id of the newest version of a page."""
    found = one(
        connection, "SELECT id FROM versions WHERE page = ? ORDER BY docid DESC LIMIT 1", page
    )
    return found["id"] if found else None


def version_at(connection: sqlite3.Connection, page: str, moment: str) -> str | None:
    """Return the id of the version of a page that stood at a moment (UTC, ISO 8601); before the first one, the first."""
    found = one(connection, VERSION_AT, page, f"{moment[:19]}~")
    return found["id"] if found else None


def former_place(connection: sqlite3.Connection, id_: str) -> Record | None:
    """Return where an address leads that an earlier edition gave out: a page, and a moment where it was a version's."""
    return one(connection, "SELECT page, first_seen FROM former WHERE id = ?", id_)


def _mentions(connection: sqlite3.Connection, version: str) -> dict[str, list[Record]]:
    """Return the terms that a version mentions, by kind."""
    found: dict[str, list[Record]] = defaultdict(list)
    for row in many(connection, MENTIONS, version):
        found[row["kind"]].append(row)
    return dict(found)


def _passages(connection: sqlite3.Connection, version: Record, same: list[Record]) -> list[Record]:
    """Return the runs of paragraphs that the same other pages hold too; pages whose whole text is the same stay out."""
    whole = {row["page"] for row in same}
    places: dict[int, dict[str, Record]] = defaultdict(dict)
    for row in many(connection, PASSAGES, version["id"], version["page"]):
        if row["page"] not in whole:
            places[row["line"]][row["page"]] = row
    lines = lines_of(version["text"] or "")
    runs: list[Record] = []
    for line, found in places.items():
        if runs and runs[-1]["places"].keys() == found.keys():
            runs[-1]["lines"].append(line)
            continue
        text = lines[line] if line < len(lines) else None
        runs.append({"lines": [line], "text": text, "places": found})
    return runs
