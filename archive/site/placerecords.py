"""Read from the edition what the record of a site, a region or a term shows: when, where, and what is told."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass

from archive.search.facets import Facets, Numbers
from archive.site.holding import Holding
from archive.site.languages import Translator
from archive.site.records import Record, having, many, mentioning, newest_hits, one, overview

MOST_TOLD = 400
"""Sentences that are read for one page."""
TOLD_EACH = 4
"""Sentences that are shown of one region or structure."""

TOLD = """
SELECT relations.structure, relations.region, relations.year, relations.year_basis, relations.sentence,
  versions.page, versions.title, versions.site_name, versions.published, versions.language
FROM relations JOIN versions ON versions.id = relations.version
WHERE relations.{column} = ? AND versions.current ORDER BY relations.year IS NULL, relations.year, versions.docid LIMIT ?
"""
SITES = "SELECT * FROM sites ORDER BY name COLLATE NOCASE"
TERMS = """
SELECT terms.*, (SELECT count(*) FROM mentions WHERE mentions.term = terms.id) AS mentions FROM terms
WHERE kind != 'region' ORDER BY kind, fi COLLATE NOCASE
"""
SEEN = "SELECT min(first_captured) AS first, max(last_captured) AS last FROM pages WHERE site = ?"
PROJECTS_OF_TERM = """
SELECT sites.id, sites.name, projects.project, projects.started, projects.ended, projects.years_text
FROM projects JOIN sites ON sites.id = projects.site WHERE programme = ? ORDER BY sites.name
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that is known to have been at some time."""

    date: str
    """As long as it is precise."""
    what: str
    page: str | None = None
    title: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What sentences tell about one region or one structure."""

    value: str
    years: tuple[int, ...]
    number: int
    sentences: tuple[Record, ...]
    """The first of them, each once: lists repeat what articles say."""


def site_record(
    connection: sqlite3.Connection, holding: Holding, id_: str, say: Translator
) -> Record | None:
    """Return a site: who, where, when, and its pages."""
    found = one(connection, "SELECT * FROM sites WHERE id = ?", id_)
    if found is None:
        return None
    rows = having(holding.facets, "site", id_)
    projects = many(connection, "SELECT * FROM projects WHERE site = ? ORDER BY position", id_)
    moments = _ends(connection, holding.facets, rows, say)
    for project in projects:
        moments += _span(project, project["project"], say)
    seen = one(connection, SEEN, id_) or {}
    if seen.get("first"):
        ends = {seen["first"][:10]: say("ensimmäinen arkistointi")}
        ends.setdefault(seen["last"][:10], say("viimeisin arkistointi"))
        moments += [Moment(day, what) for day, what in ends.items()]
    return {
        "site": found,
        "projects": projects,
        "moments": _in_order(moments),
        "overview": overview(connection, holding.facets, rows, say.language),
    }


def region_record(
    connection: sqlite3.Connection, holding: Holding, code: str, say: Translator
) -> Record | None:
    """Return a region: its sites, structures and programmes over time."""
    if code not in holding.names.regions:
        return None
    rows = having(holding.facets, "region", code)
    return {
        "code": code,
        "moments": _in_order(_ends(connection, holding.facets, rows, say)),
        "told": _told(connection, "region", code, "structure"),
        "overview": overview(connection, holding.facets, rows, say.language),
    }


def term_record(
    connection: sqlite3.Connection, holding: Holding, id_: str, say: Translator
) -> Record | None:
    """Return a term: when and where it is mentioned, and what is told of it."""
    found = one(connection, "SELECT * FROM terms WHERE id = ?", id_)
    if found is None:
        return None
    rows = mentioning(connection, id_)
    moments = _ends(connection, holding.facets, rows, say) + _span(found, None, say)
    return {
        "term": found,
        "projects": many(connection, PROJECTS_OF_TERM, id_),
        "moments": _in_order(moments),
        "told": _told(connection, "structure", id_, "region"),
        "overview": overview(connection, holding.facets, rows, say.language),
    }


def all_sites(connection: sqlite3.Connection) -> Record:
    """Return the sites by name."""
    return {"sites": many(connection, SITES)}


def all_terms(connection: sqlite3.Connection) -> Record:
    """Return the terms that are mentioned, by kind."""
    kinds: dict[str, list[Record]] = defaultdict(list)
    for row in many(connection, TERMS):
        if row["mentions"]:
            kinds[row["kind"]].append(row)
    return {"kinds": dict(kinds)}


def _told(connection: sqlite3.Connection, column: str, value: str, by: str) -> list[Told]:
    """Return what sentences tell, grouped by region or structure, those with most sentences first."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in many(connection, TOLD.format(column=column), value, MOST_TOLD):
        if row[by]:
            groups[row[by]].append(row)
    made = [
        Told(
            value=name,
            years=tuple(sorted({row["year"] for row in found if row["year"]})),
            number=len(found),
            sentences=tuple({row["sentence"]: row for row in found if row["sentence"]}.values())[
                :TOLD_EACH
            ],
        )
        for name, found in groups.items()
    ]
    return sorted(made, key=lambda told: (-told.number, told.value))


def _ends(
    connection: sqlite3.Connection, facets: Facets, rows: Numbers, say: Translator
) -> list[Moment]:
    """Return the earliest and the latest page that has a date."""
    moments = []
    for newest_first, what in ((False, say("varhaisin sivu")), (True, say("uusin sivu"))):
        found = newest_hits(
            connection, facets.by_date(rows, newest_first=newest_first)[:1], say.language
        )
        moments += [
            Moment(
                hit.row["published"],
                what,
                hit.row["page"],
                hit.row["title"] or hit.row["url"],
                hit.row["language"],
            )
            for hit in found
            if hit.row["published"]
        ]
    return moments if len({moment.page for moment in moments}) > 1 else moments[:1]


def _span(row: Record, name: str | None, say: Translator) -> list[Moment]:
    """Return the beginning and the end of a project or a programme."""
    said = {
        "started": say("{name} alkoi", name=name) if name else say("alkoi"),
        "ended": say("{name} päättyi", name=name) if name else say("päättyi"),
    }
    return [Moment(row[field], what) for field, what in said.items() if row[field]]


def _in_order(moments: list[Moment]) -> list[Moment]:
    return sorted(moments, key=lambda moment: moment.date)
