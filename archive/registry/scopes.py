"""Find the site whose scope holds an address.

The index is by host, so that the question costs the same with ten sites as with ten thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import ada_url

from archive.registry.models import Site
from archive.urls import canonical_url, urlkey

ATTACHMENTS = (
    ".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".odp", ".xls", ".xlsx", ".ods",
)  # fmt: skip
"""Endings of the files that a seed list may link to, besides its pages."""


class ScopeIndex:
    """Answer which site holds an address."""

    def __init__(self, sites: Iterable[Site]) -> None:
        """Sort every path prefix, seed and host of the sites; ties go to the first id."""
        self._prefixes: dict[str, list[tuple[str, Site]]] = defaultdict(list)
        self._seed_lists: dict[str, list[tuple[frozenset[str], Site]]] = defaultdict(list)
        for site in sorted(sites, key=lambda site: site.id):
            self._add(site)
        for prefixes in self._prefixes.values():
            prefixes.sort(key=lambda entry: -len(entry[0]))

    def _add(self, site: Site) -> None:
        seeds = frozenset(seed_key(site, seed) for seed in site.seeds)
        for host in site.scope.hosts:
            self._prefixes[host] += [(path, site) for path in site.scope.paths]
            if not site.scope.whole_site:
                self._seed_lists[host].append((seeds, site))

    def site_for(self, url: str) -> Site | None:
        """Return the site whose scope holds this address, or ``None``.

        A seed of a seed list wins, then the longest path prefix,
        then, for attachments only, the first seed list of the host.
        A port other than 80 and 443 is another server, outside every scope.
        """
        try:
            parsed = ada_url.URL(url)
        except ValueError:
            return None
        host, path = parsed.hostname.rstrip("."), parsed.pathname
        if parsed.port or parsed.protocol not in ("http:", "https:") or not host:
            return None
        found = self._seed_list_with(host, url) or self._longest_prefix(host, path, url)
        if found or not path.lower().endswith(ATTACHMENTS):
            return found
        return next(
            (site for _, site in self._seed_lists.get(host, ()) if not site.excluded_by(url)), None
        )

    def _seed_list_with(self, host: str, url: str) -> Site | None:
        lists = self._seed_lists.get(host, ())
        return next((site for seeds, site in lists if seed_key(site, url) in seeds), None)

    def _longest_prefix(self, host: str, path: str, url: str) -> Site | None:
        for prefix, site in self._prefixes.get(host, ()):
            if under(path, prefix) and not site.excluded_by(url):
                return site
        return None


def seed_key(site: Site, url: str) -> str:
    """Return the urlkey of an address by the query rules of a site."""
    return urlkey(canonical_url(url, keep=site.query.keep, drop=site.query.drop))


def under(path: str, prefix: str) -> bool:
    """Tell whether a path begins with a prefix; a folder holds its own name without the slash too.

    >>> under("/hanke/113/uutiset", "/hanke/"), under("/hanke", "/hanke/"), under("/hankkeet", "/hanke/")
    (True, True, False)
    """
    return path.startswith(prefix) or path == prefix.removesuffix("/")
