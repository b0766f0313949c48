"""Choose the sites of a run, and part them among machines so that no two ever ask the same registered domain.

Sites that share a domain belong together, and so do the domains of one site: together they form a group,
and a group goes to one part as a whole. The groups follow from the registry alone,
so every machine with the same site files parts them in the same way, at any time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from archive.errors import CrawlError
from archive.registry import Registry, Site
from archive.urls import host_of, registered_domain


def domains_of(site: Site) -> set[str]:
    """Return the registered domains that a site's crawl asks."""
    urls = (*site.base_urls, *site.seeds)
    return {registered_domain(host) for host in (*map(host_of, urls), *site.scope.hosts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a run is about: which sites, and whether all of them or what is due."""

    sites: tuple[str, ...] = ()
    """Ids; all sites, if none is given."""
    region: str | None = None
    """Only sites of this region code."""
    shard: tuple[int, int] | None = None
    """``(i, n)``: only the i-th of n parts of the sites, parted by registered domain."""
    due: bool = False
    """Ask only for what is due."""


EVERYTHING = Selection()


def choose_sites(registry: Registry, selection: Selection) -> list[Site]:
    """Return the sites that a run of this selection asks.

    Raises:
        ConfigError: a site id or the region is unknown.
        CrawlError: there is none.
    """
    chosen = registry.select(selection.sites, selection.region)
    if not selection.sites:
        chosen = [site for site in chosen if site.recrawled and site.seeds]
    if selection.shard is not None:
        index, count = selection.shard
        part = parts(registry.sites.values(), count)
        chosen = [site for site in chosen if part[site.id] == index]
    if not chosen:
        raise CrawlError(
            "no site to crawl: the selection holds none that is not gone and has seeds"
        )
    return chosen


def parts(sites: Iterable[Site], count: int) -> dict[str, int]:
    """Return the part, from 1 to ``count``, of every site.

    Args:
        sites: all sites of the registry, not only those to be crawled: a site that is left out
            could be the one that joins two others.
        count: the number of parts.

    A group falls into the part of its alphabetically first domain (CRC-32, the same on every machine).
    A new site moves others only where it joins two groups that were apart.
    """
    known = list(sites)
    first = _first_domains(known)
    return {site.id: zlib.crc32(_key(site, first).encode()) % count + 1 for site in known}


def _key(site: Site, first: dict[str, str]) -> str:
    """Return what decides about a site; one without an address is never asked and stands for itself."""
    domains = domains_of(site)
    return first[min(domains)] if domains else site.id


def _first_domains(sites: Iterable[Site]) -> dict[str, str]:
    """Return for every domain the alphabetically first of its group."""
    parent: dict[str, str] = {}

    def root(domain: str) -> str:
        while parent.setdefault(domain, domain) != domain:
            domain = parent[domain]
        return domain

    for site in sites:
        roots = sorted(root(domain) for domain in domains_of(site))
        parent.update((other, roots[0]) for other in roots)
    return {domain: root(domain) for domain in parent}
