"""Bring the registry's sites, regions and terms into their tables.

The tables follow the files: what a file no longer holds goes.
Captures of a site that goes stay, outside every site, until a scope holds them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlite_utils import Database

from archive.places import COUNTY, MUNICIPALITY, Municipality, municipalities
from archive.registry import County, Region, Registry, Site, Term

Row = dict[str, Any]

REGION_TERM = "region:"
"""Prefix under which a region is an entry of the vocabulary."""


def register(db: Database, registry: Registry) -> None:
    """Make the registry's tables equal to the registry."""
    counties = registry.counties.values()
    sites = registry.sites.values()
    terms = registry.terms.values()
    regions = registry.regions.values()
    rows: dict[str, Iterable[Row]] = {
        "regions": map(_region, regions),
        "counties": map(_county, counties),
        "county_region": (
            {"county": county.id, "region": code} for county in counties for code in county.regions
        ),
        "terms": [
            *map(_term, terms),
            *map(_region_term, regions),
            *map(_county_term, counties),
            *map(_municipality_term, municipalities()),
        ],
        "term_region": _term_regions(registry),
        "sites": map(_site, sites),
        "site_region": (
            {"site": site.id, "region": code, "position": position}
            for site in sites
            for position, code in enumerate(site.regions)
        ),
        "site_programme": (row for site in sites for row in _projects(site)),
    }
    with db.atomic():
        for table, new in rows.items():
            _replace(db, table, new)


def _replace(db: Database, table: str, rows: Iterable[Row]) -> None:
    db.execute(f"DELETE FROM {table}")  # noqa: S608 - the name stands in this file
    db.table(table).insert_all(rows)


def _region(region: Region) -> Row:
    return {"code": region.code, "fi": region.fi, "sv": region.sv, "en": region.en}


def _region_term(region: Region) -> Row:
    names = {"fi": region.fi, "sv": region.sv, "en": region.en}
    return {"id": REGION_TERM + region.code, "kind": "region", **names}


def _county_term(county: County) -> Row:
    names = {"fi": county.fi, "sv": county.sv, "en": county.en}
    return {"id": COUNTY + county.id, "kind": "county", **names}


def _municipality_term(place: Municipality) -> Row:
    return {"id": MUNICIPALITY + place.code, "kind": "municipality", "fi": place.fi, "sv": place.sv}


def _term_regions(registry: Registry) -> Iterator[Row]:
    for term in registry.terms.values():
        yield from ({"term": term.id, "region": code} for code in term.regions)
    for county in registry.counties.values():
        yield from ({"term": COUNTY + county.id, "region": code} for code in county.regions)
    for place in municipalities():
        if place.region in registry.regions:
            yield {"term": MUNICIPALITY + place.code, "region": place.region}


def _county(county: County) -> Row:
    return {"id": county.id, "fi": county.fi, "sv": county.sv, "en": county.en}


def _term(term: Term) -> Row:
    labels = {"fi": term.fi, "sv": term.sv, "en": term.en}
    years = {"started": term.started, "ended": term.ended, "years_text": term.years_text}
    return {"id": term.id, "kind": term.kind, **labels, **years}


def _site(site: Site) -> Row:
    plain = ("id", "name", "organisation", "kind", "status", "status_basis", "cms", "cms_basis")
    lists = ("languages", "base_urls", "predecessor", "successor")
    return {
        **{name: getattr(site, name) for name in plain},
        **{name: json.dumps(getattr(site, name), ensure_ascii=False) for name in lists},
        "national": int(site.national),
        "priority": site.priority,
        "access": site.access,
        "hosts": json.dumps(site.scope.hosts),
        "note": site.note,
    }


def _projects(site: Site) -> Iterable[Row]:
    for position, project in enumerate(site.projects):
        yield {
            "site": site.id,
            "position": position,
            "project": project.name,
            "programme": project.programme,
            "funder": project.funder,
            "started": project.started,
            "ended": project.ended,
            "years_text": project.years_text,
        }
