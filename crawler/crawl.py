"""Hold together what one crawl works with: frontier, WARC writer, robots, politeness, scope, counts.

Opening a crawl first repairs what a killed one left behind; closing it writes the crawl report.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import scrapy

from archive.registry import Registry, Site
from archive.urls import host_of, registered_domain
from crawler.breaker import Breaker
from crawler.budgets import Budgets
from crawler.durable import DurableRun
from crawler.endings import Endings
from crawler.fetching import Fetcher
from crawler.frontier import Frontier
from crawler.guard import AddressGuard
from crawler.pace import Pace
from crawler.politeness import MAX_PAUSE, Politeness
from crawler.recovery import Found, Recovered, recover
from crawler.recrawl import due_after
from crawler.robots import robots_url
from crawler.robots_cache import RobotsCache
from crawler.scope import Scope
from crawler.sitemaptrust import SitemapTrust
from crawler.tally import Tally
from crawler.targets import Kind, Row, Seen, Skip, Target
from crawler.traps import pattern_of
from crawler.warcwriter import WARC_FORMAT, Fields, Payload, Pointer, WarcWriter, fields_block
from crawler.wordpress import is_list

SOFTWARE = f"jarjestoarkisto/{version('jarjestoarkisto')} Scrapy/{scrapy.__version__}"


class Crawl(DurableRun):
    """One run of the crawler over some sites."""

    def __init__(
        self,
        registry: Registry,
        data: Path,
        sites: list[Site],
        *,
        due: bool = False,
        now: datetime | None = None,
    ) -> None:
        """Open the frontier, repair the WARC files and fill the queue.

        Args:
            registry: the configuration.
            data: the data directory; its lock must be held.
            sites: the sites to crawl.
            due: ask only for what is due, instead of for everything.
            now: the time at which the crawl begins, for tests; the clock goes on from there.

        Raises:
            ArchiveError: frontier.db cannot be used.
            WarcError: a WARC file cannot be read.
        """
        super().__init__()
        self.registry = registry
        self.config = registry.crawl
        self.data = data
        self.sites = sites
        self.now = _clock(now)
        self.started = self.now()
        self.id = f"{self.started:%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        self.tally = Tally()
        self.pace = Pace()
        self.problems: list[str] = []
        self.alarms: list[str] = []
        """Sites that show signs of ending, told once the crawl is closed."""
        self.final_problems: list[str] = []
        """What a person should look at, once the crawl is closed."""
        self.report: dict[str, Any] = {}
        """The crawl report, once it is written."""
        self.breaker = Breaker()
        self.noted_skips: Counter[tuple[str, str]] = Counter()
        self.unlisted_skips: Counter[str] = Counter()
        """Skips of each site beyond those that are recorded by name."""
        self.outcome: Literal["finished", "stopped", "failed"] | None = None
        """``None`` until the crawl is closed."""
        self.failure_pointers: dict[str, Pointer] = {}
        """Where the records of URLs without an answer stand, until they are acknowledged."""
        self.warc_folder = data / "warc"
        self.frontier: Frontier = Frontier(data / "frontier.db")
        self.user_agent = self.config.agent(version("jarjestoarkisto"))
        self.writer = self._writer()
        self.robots = RobotsCache(self.frontier)
        self.guard = AddressGuard(self.config.resolver.hosts, self.config.resolver.ports)
        self.payloads: dict[str, Payload] = {}
        """Payloads written but not yet acknowledged."""
        self.replays: deque[tuple[Row, Found]] = deque()
        """Exchanges of a killed crawl that stand in WARC files and still have to be read."""
        self.replaying = 0
        """Those of them that are being read."""
        self.resting: dict[str, str] = {}
        """Sites that this run leaves alone from now on, and why."""
        with contextlib.ExitStack() as opening:
            opening.callback(self.frontier.abandon)
            self.recovered = recover(self.warc_folder)
            unclean = bool(self.recovered)
            self.politeness = self._politeness(unclean=unclean)
            self.fetcher = Fetcher(
                politeness=self.politeness,
                guard=self.guard,
                limits=self.config.limits,
                spool_folder=data,
                now=self.now,
            )
            self.resumed = self._fill_queue(due=due) or unclean
            self.scope = Scope(registry, self.frontier, sites, now=self.started)
            self.sitemaps = SitemapTrust(
                self.frontier,
                days=self.config.recrawl.trust_days,
                seed=self.id,
                everything=not due,
            )
            self.budgets = Budgets(registry, self.frontier)
            self.endings = Endings(registry, self.frontier, self.started)
            self._ranks = self._rank_slots()
            self.frontier.crawl_began(self.id, self.started, (site.id for site in sites))
            self.commit()
            opening.pop_all()

    def _writer(self) -> WarcWriter:
        return WarcWriter(
            self.warc_folder,
            prefix=self.config.warc.prefix,
            crawl_id=self.id,
            max_bytes=self.config.warc.max_bytes,
            info={
                "software": SOFTWARE,
                **WARC_FORMAT,
                "operator": self.config.operator.signature,
                "http-header-user-agent": self.user_agent,
                "robots": "RFC 9309",
                "config-digest": self.registry.digest,
            },
            now=self.now,
            begun=self.frontier.file_begun,
        )

    def _politeness(self, *, unclean: bool) -> Politeness:
        last = self.frontier.last_activity()
        idle = 0.0 if unclean or last is None else (self.now() - last).total_seconds()
        politeness = Politeness(
            delay=self.config.politeness.delay_seconds,
            max_crawl_delay=self.config.politeness.max_crawl_delay_seconds,
            factor=self.config.politeness.delay_factor,
            max_delay=self.config.politeness.max_delay_seconds,
            idle=max(0.0, idle) if last or unclean else 86_400.0,
        )
        for slot, until in self.frontier.pauses().items():
            left = until - self.now()
            if left <= MAX_PAUSE:  # a longer one was noted by a wrong clock
                politeness.pause(slot, left.total_seconds())
        return politeness

    # --- repair and queue

    def _fill_queue(self, *, due: bool) -> bool:
        """Queue what is to be asked for; return whether an earlier crawl is resumed."""
        unfinished = {site.id for site in self.sites if self.frontier.unfinished(site.id)}
        for site in self.sites:
            if due or site.id not in unfinished:
                self.frontier.queue_again(site.id, self.now(), due=due)
        self.frontier.select(site.id for site in self.sites)
        for recovered in self.recovered:
            self._take_over(recovered)
        return bool(unfinished)

    def _take_over(self, recovered: Recovered) -> None:
        """Put the unacknowledged exchanges of a killed crawl before everything else."""
        left: set[int] = set()
        for found in recovered.found:
            if found.payload is not None:
                self.frontier.keep_payload(found.payload)
            if self.frontier.acknowledged(found) or _asked_by_browser(found):
                continue
            target = _target_of(found)
            self.frontier.ensure_queued(target)
            row = self.frontier.row(target.url)
            assert row is not None  # noqa: S101 - it was queued one line above
            left.add(found.pointer.offset)
            self._replay(row, found)
        if (self.warc_folder / (recovered.file + ".open")).exists():
            self.writer.adopt(recovered.file, left)

    def _replay(self, row: Row, found: Found) -> None:
        if found.kind != "metadata":
            self.replays.append((row, found))
            return
        at = found.at or self.now()
        if row.kind == "robots":
            self.robots.store(row.url, status=None, body=b"", target=None, now=at)
        self.give_up(row, Seen(at=at, status=None, pointer=found.pointer))

    # --- while it runs

    def give_up(self, row: Row, seen: Seen) -> None:
        """Leave a URL for a later crawl."""
        due = due_after(seen.at, self.config.recrawl.hub_days)
        self.frontier.failed(row, seen, crawl=self.id, due=due)
        self.tally.add(row.site, "failed")

    def rank(self, slot: str) -> int:
        """Return how early a host is asked: 0 where a site may be ending, else the priority of its file."""
        return self._ranks.get(slot, DEFAULT_RANK)

    def _rank_slots(self) -> dict[str, int]:
        ending = {sign.site for sign in self.frontier.signs()}
        ranks: dict[str, int] = {}
        for site in self.sites:
            rank = 0 if site.id in ending else site.priority
            for slot in {registered_domain(host_of(seed)) for seed in site.seeds}:
                ranks[slot] = min(rank, ranks.get(slot, rank))
        return ranks

    def rests(self, row: Row) -> bool:
        """Tell whether the site of a URL may not be asked now; then it is left for a later crawl."""
        why = self.budgets.refusal(row.site, self.now())
        if why is None:
            return False
        if row.site not in self.resting:
            self.resting[row.site] = why
            detail = f"{why}; {self.frontier.waiting(row.site)} URLs wait for a later crawl"
            self.skip(Skip(url=row.url, site=row.site, reason="budget", detail=detail, via=row.via))
        self.frontier.leave(row.site)
        return True

    def believe(self, row: Row) -> None:
        """Take a URL from the queue that a trusted sitemap says is as it was."""
        # as late as after a visit that found no change, so that the trust in the sitemap has to hold for it
        days = row.interval_days or self.config.recrawl.page_days
        self.frontier.unchanged(row, due=due_after(self.now(), days))
        self.tally.add(row.site, "believed")

    def skip(self, skip: Skip) -> None:
        """Record a URL that is not fetched; of a trap without end only the first ones by name."""
        if self.noted_skips[skip.site, skip.reason] >= MAX_NOTED_SKIPS:
            self.unlisted_skips[skip.site] += 1
            return
        if self.frontier.skip(skip, crawl=self.id, at=self.now()):
            self.noted_skips[skip.site, skip.reason] += 1
            self.tally.skip(skip.site, skip.reason)

    def store_failure(self, url: str, fields: Fields) -> None:
        """Write a URL without an answer into the WARC file."""
        self.failure_pointers[url] = self.writer.metadata(url, fields_block(fields))

    def payload(self, digest: str) -> Payload | None:
        """Return the first record that holds a payload, written in this crawl or before."""
        return self.payloads.get(digest) or self.frontier.payload(digest)

    def progress(self) -> str:
        """Return one line about how the crawl is getting on."""
        queue, tally = +self.frontier.queue, self.tally
        replays = f", {len(self.replays)} to read again" if self.replays else ""
        return (
            f"crawl {self.id}: {tally.total('stored')} stored, {tally.total('failed')} failed,"
            f" {tally.total('skipped') + tally.total('robots_denied')} skipped,"
            f" {queue.total()} waiting on {len(queue)} hosts{replays}"
        )

    def work_left(self) -> bool:
        """Tell whether anything can still be asked for in this run."""
        if self.replays or self.replaying or self._queue_left():
            return True
        self.frontier.recount()  # before ending, ask the file itself
        return self._queue_left()

    def _queue_left(self) -> bool:
        queue = self.frontier.queue
        return any(count > 0 and not self.postponed(slot) for slot, count in queue.items())


DEFAULT_RANK = 2
"""The priority of a host that no seed names, as of a site file that gives none."""
MAX_NOTED_SKIPS = 10_000
"""Skipped addresses of one site for one reason that are recorded by name; the rest is counted."""


def _clock(start: datetime | None) -> Callable[[], datetime]:
    """Return a clock that reads ``start`` (the time of day, if none is given) now and goes on from there."""
    begin = (start or datetime.now(UTC)).timestamp()
    began = _steady_seconds()
    return lambda: datetime.fromtimestamp(begin + _steady_seconds() - began, UTC)


def _steady_seconds() -> float:
    """Return seconds that run evenly, also while the machine sleeps, whatever is done to its clock."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def _asked_by_browser(found: Found) -> bool:
    """Tell whether an exchange fed a page that was being rendered: it is stored, and leads nowhere."""
    return found.facts.get("hopsfromseed", "").endswith("E")


def _target_of(found: Found) -> Target:
    """Rebuild the queue entry of an exchange from its metadata record."""
    hops = found.facts.get("hopsfromseed", "")
    last = hops.rstrip("R")[-1:]
    kinds: dict[str, Kind] = {
        "P": "evidence",
        "": "seed",
        "F": "rest" if is_list(found.url) else "page",
    }
    kind: Kind = "robots" if found.url == robots_url(found.url) else kinds.get(last, "page")
    return Target(
        url=found.url,
        site=found.facts.get("siteid", ""),
        kind=kind,
        hops=hops,
        via=found.facts.get("via"),
        pattern=pattern_of(found.url),
    )
