"""Judge what needs two keys or two files: references, scopes, years, folders.

Every check yields a key and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import ada_url

from archive.registry.models import County, Site, Term
from archive.registry.problems import Problem, suggestion
from archive.registry.scopes import under
from archive.registry.settings import CrawlConfig

NATIONAL_FOLDER = "kansallinen"
"""The folder of sites that belong to no region."""

Found = Iterator[tuple[str, str]]


class Known(NamedTuple):
    """What a site may refer to; ``None`` where the file that says so cannot be read."""

    sites: Collection[str]
    regions: Collection[str] | None
    terms: Mapping[str, str] | None
    """Kinds of the terms by id."""


def check_site(site: Site, folder: str | None, known: Known, broken: Collection[str]) -> Found:
    """Yield what is wrong inside one site file.

    ``folder`` is the region's folder that holds the file, ``None`` where it lies in none.
    A check is left out where a key that it needs is broken already: one mistake, one message.
    """
    checks: list[tuple[set[str], Found]] = [
        ({"regions", "national"}, _folder(site, folder, known.regions)),
        ({"regions", "national"}, _regions(site.regions, site.national, known.regions)),
        (set(), _neighbours(site, known.sites)),
        (set(), _projects(site, known.terms)),
        ({"scope", "scope.hosts", "seeds", "base_urls", "note"}, _addresses(site)),
        ({"scope", "scope.paths", "scope.whole_site"}, _paths(site)),
        ({"expect", "expect.min_pages", "status"}, _expectations(site)),
    ]
    for needed, found in checks:
        if not needed & set(broken):
            yield from found


def _folder(site: Site, folder: str | None, known: Collection[str] | None) -> Found:
    if folder is None:
        return
    wanted = NATIONAL_FOLDER if site.national else next(iter(site.regions), folder)
    is_known = site.national or known is None or wanted in known
    if wanted != folder and is_known:
        key = "national" if site.national else "regions"
        yield key, f"the file lies in sites/{folder}/; move it to sites/{wanted}/ or change the key"


def _regions(codes: tuple[str, ...], national: bool, known: Collection[str] | None) -> Found:
    if not codes and not national:
        yield "regions", 'empty; name a region such as ["09"], or set national = true'
    for code in codes:
        if known is not None and code not in known:
            yield "regions", f'"{code}" is no region of regions.toml{suggestion(code, known)}'
    if len(set(codes)) < len(codes):
        yield "regions", "a code stands there twice"


def _neighbours(site: Site, known: Collection[str]) -> Found:
    for key, ids in (("predecessor", site.predecessor), ("successor", site.successor)):
        for name in ids:
            if name == site.id:
                yield key, "a site cannot follow itself; remove it"
            elif name not in known:
                yield key, f'"{name}" is no site{suggestion(name, known)}'


def _projects(site: Site, terms: Mapping[str, str] | None) -> Found:
    for number, project in enumerate(site.projects, start=1):
        key = f"projects[{number}]"
        if project.programme is not None and terms is not None:
            for text in _no_programme(project.programme, terms):
                yield f"{key}.programme", text
        if _backwards(project.started, project.ended):
            yield f"{key}.ended", f"{project.ended} comes before started, {project.started}"


def _no_programme(name: str, terms: Mapping[str, str]) -> Iterator[str]:
    programmes = [term for term, kind in terms.items() if kind == "programme"]
    if name not in programmes:
        what = f"is of kind {terms[name]}, no programme" if name in terms else "is no programme"
        yield f'"{name}" {what} of vocabulary.toml{suggestion(name, programmes)}'


def _backwards(started: str | None, ended: str | None) -> bool:
    """Compare as far as both are known: 2017 does not end before 2017-08."""
    if started is None or ended is None:
        return False
    known = min(len(started), len(ended))
    return ended[:known] < started[:known]


def _addresses(site: Site) -> Found:
    if not site.seeds and not site.note:
        yield "seeds", "empty; give an address, or a note that says why none is known"
    for key, urls in (("base_urls", site.base_urls), ("seeds", site.seeds)):
        for url in urls:
            if problem := _outside(site, url, with_path=key == "seeds"):
                yield key, f"{url} {problem}"
        if len(set(urls)) < len(urls):
            yield key, "an address stands there twice"


def _outside(site: Site, url: str, *, with_path: bool) -> str | None:
    parsed, scope = ada_url.URL(url), site.scope
    if parsed.host not in scope.hosts:
        return f'is outside the scope; add "{parsed.host}" to scope.hosts or remove it'
    if not with_path:
        return None
    if scope.whole_site and not any(under(parsed.pathname, path) for path in scope.paths):
        return "is outside the scope; widen scope.paths or remove it"
    if pattern := site.excluded_by(url):
        return f"is excluded by scope.exclude {pattern!r}; change one of them"
    return None


def _paths(site: Site) -> Found:
    if not site.scope.whole_site and "/" in site.scope.paths:
        yield "scope.paths", '"/" would take the whole host; name paths, or set whole_site = true'
    if site.scope.whole_site and not site.scope.paths:
        yield "scope.paths", 'empty, so nothing is inside; write ["/"] or set whole_site = false'


def _expectations(site: Site) -> Found:
    least, most = site.expect.min_pages, site.expect.max_pages
    if most is not None and most < least:
        yield "expect.max_pages", f"{most} is less than min_pages, {least}"
    if site.status == "gone" and least:
        yield "expect.min_pages", f"a site that is gone cannot give {least} pages; write 0"


def check_overlaps(sites: Mapping[str, Site], files: Mapping[str, str]) -> Iterator[Problem]:
    """Yield every host and path that two sites claim, at the second one."""
    owners: dict[tuple[str, str], str] = {}
    for site in (sites[name] for name in sorted(sites)):
        for place in ((host, path) for host in site.scope.hosts for path in site.scope.paths):
            owner = owners.setdefault(place, site.id)
            if owner != site.id:
                text = (
                    f"{''.join(place)} belongs to {owner} already; give one of them narrower paths"
                )
                yield Problem(files[site.id], "scope", text)


def check_terms(terms: Mapping[str, Term], regions: Collection[str] | None) -> Iterator[Problem]:
    """Yield what is wrong with regions and years of the vocabulary."""
    for term in terms.values():
        for key, text in _regions(term.regions, term.national, regions):
            yield Problem("vocabulary.toml", f"term.{term.id}.{key}", text)
        if _backwards(term.started, term.ended):
            text = f"{term.ended} comes before started, {term.started}"
            yield Problem("vocabulary.toml", f"term.{term.id}.ended", text)


def check_counties(
    counties: Mapping[str, County], regions: Collection[str] | None
) -> Iterator[Problem]:
    """Yield counties of unknown regions."""
    for county in counties.values():
        for key, text in _regions(county.regions, False, regions):
            yield Problem("regions.toml", f"county.{county.id}.{key}", text)


def check_crawl(crawl: CrawlConfig) -> Iterator[Problem]:
    """Yield settings that contradict each other."""
    if crawl.recrawl.max_days < crawl.recrawl.min_days:
        text = f"{crawl.recrawl.max_days:g} is less than min_days, {crawl.recrawl.min_days:g}"
        yield Problem("crawl.toml", "recrawl.max_days", text)
    if crawl.resolver.ports and not crawl.resolver.hosts:
        yield Problem("crawl.toml", "resolver.ports", "no hosts are named; add them or remove it")


def warnings_for(
    sites: Mapping[str, Site], files: Mapping[str, str], crawl: CrawlConfig
) -> Iterator[Problem]:
    """Yield what can be run as it is, but should not stay so."""
    yield from _placeholders(crawl)
    for site in (sites[name] for name in sorted(sites)):
        delay = site.politeness.delay_seconds
        if delay is not None and delay < crawl.politeness.delay_seconds:
            text = f"{delay:g} s is quicker than crawl.toml allows; ask the site first"
            yield Problem(files[site.id], "politeness.delay_seconds", text)
        yield from _one_sided(site, sites, files)


def _placeholders(crawl: CrawlConfig) -> Iterator[Problem]:
    for key in ("name", "email", "homepage"):
        value = getattr(crawl.operator, key)
        if "REPLACE" in value or "example." in value:
            text = f'"{value}" is a placeholder; servers should learn who crawls them'
            yield Problem("crawl.toml", f"operator.{key}", text)


def _one_sided(
    site: Site, sites: Mapping[str, Site], files: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield the neighbours that do not name this site in return."""
    for name in site.successor:
        if name in sites and site.id not in sites[name].predecessor:
            text = f'"{site.id}" names this site as its successor; add it here'
            yield Problem(files[name], "predecessor", text)
    for name in site.predecessor:
        if name in sites and site.id not in sites[name].successor:
            text = f'"{site.id}" names this site as its predecessor; add it here'
            yield Problem(files[name], "successor", text)
