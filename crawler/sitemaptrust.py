"""Decide how far the dates in a site's sitemaps are believed.

A date that has not changed says that the page has not; one that has, that the page was edited.
Neither is believed of a host until visits have shown it right: every visit to a page with a date tests a claim.
Once a host is trusted, its unchanged pages are not asked for, but for a sample that goes on testing it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from archive.urls import host_of
from crawler.frontier import Frontier
from crawler.frontier_hosts import Claim
from crawler.targets import Row

SAMPLE = 20
"""Unchanged pages of a trusted host that a crawl asks for all the same."""
FADING = 0.98
"""Each test counts so much less than the next one: about the last fifty decide."""
ENOUGH = 15.0
"""Tests, faded, before a host can be trusted: reached by the 18th."""
HONEST = 0.985
"""One wrong answer among the last fifty is too many; 14 right ones mend it, for the next crawl."""
USEFUL = 0.2
"""A claim of change is worth a request if every fifth is right."""
FEW_CLAIMS = 5.0
"""Before so many tests, a host may have ``SAMPLE`` pages asked for because of what it claims."""


class SitemapTrust:
    """What the sitemaps and feeds of one crawl say, and whether it holds."""

    def __init__(self, frontier: Frontier, *, days: float, seed: str, everything: bool) -> None:
        """Begin without having read a sitemap.

        Args:
            frontier: where the tests are kept.
            days: how long a page is believed to be unchanged since it was last fetched.
            seed: chooses the samples.
            everything: ask for every page, whatever sitemaps say.
        """
        self._frontier = frontier
        self._days = timedelta(days=days)
        self._seed = seed
        self._everything = everything
        self._read: set[str] = set()
        self._before: dict[str, bool] = {}
        self._samples: dict[str, list[str]] = {}
        self._claimed: set[str] = set()
        self._unproven: defaultdict[str, int] = defaultdict(int)

    def read(self, sitemap: str, dates: Mapping[str, str | None] | None) -> None:
        """Take note of a sitemap that was fetched; ``None`` for one that is as it was.

        Pages whose date is another than when they were fetched are queued, as far as the host is believed.
        """
        self._read.add(sitemap)
        if dates is not None:
            self._frontier.relist(sitemap, dates)
        changed = self._frontier.told_changed(sitemap)
        random.Random(f"{self._seed} {sitemap}").shuffle(changed)  # noqa: S311 - a sample, no secret
        for url in changed:
            self.told_changed(url)

    def told_changed(self, url: str) -> None:
        """Queue a known page of which a sitemap or feed says that it changed, if that is believed."""
        host = host_of(url)
        asked, right = self._frontier.trust(host, "new")
        if asked < FEW_CLAIMS:
            if self._unproven[host] >= SAMPLE:
                return
            self._unproven[host] += 1
        elif right < USEFUL * asked:
            return
        if self._frontier.ask_again(url):
            self._claimed.add(url)

    def trusted(self, host: str) -> bool:
        """Tell whether the sitemaps of a host are believed when they say that a page has not changed.

        They must have earned it in an earlier crawl, so that one whole visit has tested them, and not lost it since.
        """
        return self._trusted_before(host)

    def _trusted_before(self, host: str) -> bool:
        if host not in self._before:
            self._before[host] = self._honest(host)
        return self._before[host]

    def _honest(self, host: str) -> bool:
        asked, right = self._frontier.trust(host, "same")
        return asked >= ENOUGH and right >= HONEST * asked

    def instead(self, row: Row, now: datetime) -> Row | None:
        """Return what to ask for when a row's turn has come: the row, a sample before it, or nothing.

        Nothing: the row is believed to be as it was. The sample goes first, so that a host that lies
        is found out before its other pages are passed over.
        """
        host = host_of(row.url)
        if self._everything or not self._told_unchanged(row, now) or not self.trusted(host):
            return row
        sample = self._sample(host)
        while sample:
            drawn = self._frontier.queued(sample.pop())
            if drawn is not None:
                return drawn
        return None

    def test(self, row: Row, *, changed: bool | None) -> None:
        """Compare what was said of a page with what a visit found."""
        claim = None if row.hub else self._claim(row)  # front pages change without being edited
        if claim is not None and changed is not None:
            host, right = host_of(row.url), changed == (claim == "new")
            before = self._trusted_before(host)
            self._frontier.audited(host, claim, right=right, fading=FADING)
            # trust that is lost is not won back in the same crawl: that would end the search half-way
            self._before[host] = before and self._honest(host)

    def _claim(self, row: Row) -> Claim | None:
        if row.url in self._claimed:
            return "new"
        if row.listed_by not in self._read or row.lastmod is None or row.lastmod_fetched is None:
            return None
        return "same" if row.lastmod == row.lastmod_fetched else "new"

    def _told_unchanged(self, row: Row, now: datetime) -> bool:
        if row.hub or row.kind != "page" or row.fetched_at is None:
            return False
        fresh = now - datetime.fromisoformat(row.fetched_at) < self._days
        return fresh and self._claim(row) == "same"

    def _sample(self, host: str) -> list[str]:
        if host not in self._samples:
            told = [
                url
                for sitemap in sorted(self._read)
                for url in self._frontier.told_unchanged(sitemap)
                if host_of(url) == host
            ]
            chance = random.Random(f"{self._seed} {host}")  # noqa: S311 - a sample, no secret
            self._samples[host] = chance.sample(told, min(SAMPLE, len(told)))
        return self._samples[host]
