"""Decide which addresses belong to a site and are worth asking for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from archive.registry import Registry, Site
from archive.urls import canonical_url, host_of
from crawler.frontier import Frontier
from crawler.guard import is_literal, is_public
from crawler.sameness import Sameness
from crawler.targets import Kind, Skip, Target
from crawler.traps import (
    MAX_SITEMAPS_DEEP,
    QUERY_PATH_BUDGET,
    SITEMAP_BUDGET,
    budget_for,
    pattern_of,
    query_path_of,
    trap_in,
)
from crawler.wordpress import is_first_list

Hop = Literal["L", "R", "M", "F", "P"]
"""How an address was found: link, redirect, sitemap, feed, needed first (the letters of Heritrix)."""

_ASSET = re.compile(
    r"\.(?:css|js|mjs|map|json|jsonld|png|jpe?g|gif|svg|webp|avif|ico|bmp|tiff?|heic"
    r"|woff2?|ttf|otf|eot|mp3|m4a|ogg|oga|wav|flac|mp4|m4v|webm|avi|mov|wmv|mkv"
    r"|zip|gz|tgz|rar|7z|exe|dmg|apk|ics|vcf|swf)$",
    re.IGNORECASE,
)
"""Endings of files that hold no text for this archive; they are not fetched."""

TEXTLESS_TYPES = ("image/", "audio/", "video/", "font/", "text/css", "text/javascript")
"""Content types of which only the head is kept, where the address did not give them away."""

_MACHINERY = re.compile(
    r"/wp-json(?:/|$)|/xmlrpc\.php|/wp-(?:admin|login|cron)|/oembed(?:/|$|\?)|/cdn-cgi/",
    re.IGNORECASE,
)
"""Addresses that serve programs, not readers."""

_HUB = re.compile(
    r"/|(?:/[a-z]{2})?/(?:ajankohtaista|uutiset|tiedotteet|uutisia|blogi|tapahtumat|etusivu|aktuellt|nyheter"
    r"|evenemang|news|events|blog)(?:\.\w{3,4}|/(?:index\.\w{3,4})?)?",
    re.IGNORECASE,
)
"""Front pages and lists of news, in the words of the sites of the registry."""

CLOSED_FOR = timedelta(days=180)
"""A shape of addresses that was a trap is tried again after this: sites are mended."""

MACHINE_KINDS: frozenset[Kind] = frozenset({"sitemap", "rest"})
"""What is fetched for what it tells of the site; it is no page of it."""

_GZIPPED_SITEMAP = re.compile(r"\.xml\.gz$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lead:
    """An address found in a capture, before it is judged."""

    url: str
    """Absolute."""
    hop: Hop
    kind: Kind = "page"
    lastmod: str | None = None
    """The date of its last change, as a sitemap writes it."""
    changed_at: datetime | None = None
    """When it was last changed, as a feed or WordPress says."""


class Scope:
    """Judge addresses for the sites of one crawl."""

    def __init__(
        self,
        registry: Registry,
        frontier: Frontier,
        sites: list[Site],
        *,
        now: datetime | None = None,
    ) -> None:
        """Count the known addresses of these sites by their shape."""
        self._registry = registry
        self._frontier = frontier
        self._limits = registry.crawl.limits
        self._patterns = frontier.patterns(site.id for site in sites)
        self._totals: Counter[str] = Counter()
        for (site, pattern), count in list(self._patterns.items()):
            self._totals[site] += count
            if path := query_path_of(pattern):
                self._patterns[site, path] += count
        self._sitemaps = frontier.sitemaps()
        since = (now or datetime.now(UTC)) - CLOSED_FOR
        self.sameness = Sameness(frontier.closed_shapes(since), frontier.probes())

    def seeds(self, site: Site) -> list[Target]:
        """Return the seeds of a site as they are queued."""
        targets = []
        for seed in dict.fromkeys(self.canonical(site, url) for url in site.seeds):
            self._count(site.id, pattern_of(seed))
            targets.append(
                Target(
                    url=seed,
                    site=site.id,
                    kind="seed",
                    hops="",
                    via=None,
                    pattern=pattern_of(seed),
                    hub=True,
                )
            )
        return targets

    def canonical(self, site: Site, url: str) -> str:
        """Return the address under which a site's page is fetched and listed."""
        return canonical_url(url, keep=site.query.keep, drop=site.query.drop)

    def address(self, site: Site, lead: Lead) -> str:
        """Return the address under which a lead is fetched.

        Raises:
            ValueError: it is no http or https address.
        """
        if lead.kind == "rest":  # its parameters are its own, whatever the site's pages need
            return canonical_url(lead.url)
        return self.canonical(site, lead.url)

    def judge(self, lead: Lead, *, site: Site, hops: str, via: str) -> Target | Skip | None:
        """Turn a lead into a URL to queue, a skip to record, or nothing.

        Nothing: it belongs to no site or another one, is known already, or holds no text.
        """
        try:
            url = self.address(site, lead)
        except ValueError:
            return None
        if not self._belongs(url, lead, site):
            return self._outside(url, lead, site, via)
        if (lead.kind == "page" and no_text(url)) or self._frontier.knows(url):
            return None
        way = hops + lead.hop
        refusal = self._refusal(url, site, way, lead.kind)
        if refusal is not None:
            reason, detail = refusal
            return Skip(url=url, site=site.id, reason=reason, detail=detail, via=via)
        pattern = pattern_of(url)
        self._count(site.id, pattern)
        self._sitemaps[site.id] += lead.kind == "sitemap"
        return Target(
            url=url,
            site=site.id,
            kind=lead.kind,
            hops=way,
            via=via,
            pattern=pattern,
            hub=is_hub(url, lead.kind),
        )

    def _belongs(self, url: str, lead: Lead, site: Site) -> bool:
        if lead.kind == "evidence":
            return host_of(url) in site.scope.hosts
        if lead.kind in MACHINE_KINDS:  # what tells of a host may lie outside the paths of the site
            return site.scope.whole_site and host_of(url) in site.scope.hosts
        found = self._registry.site_for(url)
        return found is not None and found.id == site.id

    def _outside(self, url: str, lead: Lead, site: Site, via: str) -> Skip | None:
        """Tell of what the site file excludes, and of redirects that lead away: those pages are missing."""
        if lead.hop != "R" or host_of(url) in site.scope.hosts:
            return self._excluded(url, site, via)
        host = host_of(url)
        if is_literal(host) and not is_public(host.strip("[]")):
            detail = f"a redirect leads to {host}, which is not on the public internet"
            return Skip(url=url, site=site.id, reason="private-address", detail=detail, via=via)
        detail = f"a redirect leads to {host}, which is not of the site"
        return Skip(url=url, site=site.id, reason="scope", detail=detail, via=via)

    def _excluded(self, url: str, site: Site, via: str) -> Skip | None:
        if host_of(url) not in site.scope.hosts or no_text(url):
            return None
        expression = site.excluded_by(url)
        if expression is None:
            return None
        return Skip(url=url, site=site.id, reason="excluded", detail=expression, via=via)

    def _refusal(self, url: str, site: Site, hops: str, kind: Kind) -> tuple[str, str] | None:
        """Return the reason and the detail why an address of the site is not fetched."""
        limits = self._limits
        redirects = len(hops) - len(hops.rstrip("R"))
        if redirects > limits.max_redirects:
            return "redirect-limit", f"{redirects} redirects in a row"
        if hops.count("L") > limits.max_depth:
            return "depth", f"{hops.count('L')} links from a seed"
        if kind == "sitemap" and hops.count("M") > MAX_SITEMAPS_DEEP:
            return "depth", f"{hops.count('M')} sitemaps deep"
        if kind == "sitemap" and self._sitemaps[site.id] >= SITEMAP_BUDGET:
            return "budget", f"the site has {SITEMAP_BUDGET} sitemaps already"
        trap = trap_in(url, query_is_address=bool(site.query.keep))
        if trap is None and hops[-1:] in ("L", "R"):  # what a sitemap or feed announces is no trap
            trap = self.sameness.closed(site.id, url)
        if trap is not None:
            return "trap", trap
        return None if kind == "sitemap" else self._over_budget(url, site)

    def _over_budget(self, url: str, site: Site) -> tuple[str, str] | None:
        most = site.expect.max_pages or self._limits.max_pages_per_site
        if self._totals[site.id] >= most:
            return "budget", f"the site has {most} addresses already"
        pattern = pattern_of(url)
        budget = budget_for(url, query_is_address=bool(site.query.keep))
        if self._patterns[site.id, pattern] >= budget:
            return "budget", f"{budget} addresses look like {pattern}"
        path = query_path_of(pattern)
        if path and not site.query.keep and self._patterns[site.id, path] >= QUERY_PATH_BUDGET:
            return "budget", f"{QUERY_PATH_BUDGET} addresses begin with {path}"
        return None

    def _count(self, site: str, pattern: str) -> None:
        self._patterns[site, pattern] += 1
        if path := query_path_of(pattern):
            self._patterns[site, path] += 1
        self._totals[site] += 1


def is_hub(url: str, kind: Kind) -> bool:
    """Tell whether news stand at an address first: it is asked early, and every day.

    >>> is_hub("https://kyt.fi/fi/ajankohtaista/", "page"), is_hub("https://kyt.fi/uutiset/x", "page")
    (True, False)
    """
    if kind == "rest":
        return is_first_list(url)
    if kind in ("sitemap", "feed"):
        return True
    parts = urlsplit(url)
    return kind == "page" and not parts.query and bool(_HUB.fullmatch(parts.path))


def no_text(url: str) -> bool:
    """Tell whether an address serves an image, a program or another file without text.

    >>> no_text("https://kyt.fi/logo.svg"), no_text("https://kyt.fi/raportti.pdf")
    (True, False)
    """
    path = urlsplit(url).path
    if _GZIPPED_SITEMAP.search(path):
        return False
    return bool(_ASSET.search(path) or _MACHINERY.search(url))
