"""Write the crawl report and the list of skipped URLs into the WARC file when a crawl ends."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from scrapy import signals

from archive.errors import ArchiveError, WarcError
from crawler.breaker import FAILURES_IN_A_ROW
from crawler.crawl import SOFTWARE, Crawl
from crawler.tally import THINGS
from crawler.targets import Sign

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.spiders.site import SiteSpider

Outcome = Literal["finished", "stopped", "failed"]
_OUTCOMES: dict[str, Outcome] = {"finished": "finished", "shutdown": "stopped"}
"""Scrapy's reasons; every other reason is a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOutcome:
    """How a crawl ended."""

    crawl_id: str
    outcome: Outcome
    counts: dict[str, int]
    alarms: list[str] = field(default_factory=list)
    """Sites that show signs of ending; no failure of the run."""
    problems: list[str] = field(default_factory=list)
    """What a person should look at; a run with problems exits with 1."""
    report: dict[str, Any] = field(default_factory=dict)
    """The crawl report, as it stands in the WARC file; empty where it could not be written."""
    interrupted: bool = False
    """Ctrl-C ended it."""


MAX_LISTED_PROBLEMS = 200
SKIPS_IN_A_RECORD = 5_000
"""Of more than so many, each further 5,000 stand in a record of their own: none needs much memory."""


class CrawlReport:
    """The extension that ends a crawl."""

    def __init__(self, crawl: Crawl) -> None:
        """Work for one crawl."""
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the end of the spider."""
        spider = cast("SiteSpider", crawler.spider)
        extension = cls(spider.crawl)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        return extension

    def spider_closed(self, reason: str) -> None:
        """Close the crawl with the outcome that Scrapy's reason means."""
        outcome = _OUTCOMES.get(reason, "failed")
        if outcome == "finished" and self._crawl.stopping:
            outcome = "stopped"
        close_crawl(self._crawl, outcome)


def close_crawl(crawl: Crawl, outcome: Outcome) -> None:
    """Write skips and report, commit, and close the files; doing it twice is harmless."""
    if crawl.outcome is not None:
        return
    crawl.outcome = outcome = "failed" if crawl.fatal else outcome
    try:
        _write_ending(crawl, outcome)
        crawl.alarms = [alarm_line(sign) for sign in alarms_of(crawl)]
        crawl.final_problems = problems_of(crawl, outcome)
        crawl.close()
    except (ArchiveError, WarcError) as error:
        crawl.fatal = crawl.fatal or error
        crawl.outcome = "failed"
        crawl.final_problems = problems_of(crawl, "failed")
        with contextlib.suppress(ArchiveError, WarcError):  # the first error tells what to do
            crawl.close()


def _write_ending(crawl: Crawl, outcome: Outcome) -> None:
    uri = f"urn:x-jarjestoarkisto:crawl:{crawl.id}"
    pointers = []
    for skips in crawl.frontier.unwritten_skips(SKIPS_IN_A_RECORD):
        lines = "".join(json.dumps(skip, ensure_ascii=False) + "\n" for skip in skips)
        pointers.append(
            crawl.writer.metadata(
                f"{uri}:skips", lines.encode(), content_type="application/x-ndjson"
            )
        )
    crawl.endings.close(crawl.sites, crawl.now())
    report = _report(crawl, outcome)
    block = json.dumps(report, ensure_ascii=False, indent=1).encode()
    pointers.append(crawl.writer.metadata(f"{uri}:report", block, content_type="application/json"))
    crawl.frontier.skips_written()
    crawl.frontier.crawl_ended(crawl.id, crawl.now(), outcome, report)
    crawl.report = report
    crawl.frontier.uncommitted += pointers


def _report(crawl: Crawl, outcome: Outcome) -> dict[str, Any]:
    return {
        "crawl": crawl.id,
        "started": crawl.started.isoformat(),
        "ended": crawl.now().isoformat(),
        "outcome": outcome,
        "software": SOFTWARE,
        "config_digest": crawl.registry.digest,
        "resumed": crawl.resumed,
        "counts": crawl.tally.totals(),
        "seconds": round((crawl.now() - crawl.started).total_seconds(), 2),
        "bound_seconds": round(crawl.pace.bound(), 2),
        "sites": {site.id: _site_report(crawl, site.id, outcome) for site in crawl.sites},
        "recovered": [
            {"file": file.file, "cut_bytes": file.cut_bytes, "exchanges": len(file.found)}
            for file in crawl.recovered
        ],
        "alarms": [
            {"site": sign.site, "sign": sign.name, "detail": sign.detail, "url": sign.url}
            for sign in alarms_of(crawl)
        ],
        "unlisted_skips": dict(crawl.unlisted_skips),
        "problems": problems_of(crawl, outcome),
    }


def alarms_of(crawl: Crawl) -> list[Sign]:
    """Return the signs of an ending that the sites of a crawl show now."""
    chosen = {site.id for site in crawl.sites}
    return [sign for sign in crawl.frontier.signs() if sign.site in chosen]


def _site_report(crawl: Crawl, site: str, outcome: Outcome) -> dict[str, Any]:
    pages = crawl.frontier.pages(site)
    least = crawl.registry.sites[site].expect.min_pages
    counts: dict[str, int] = {thing: crawl.tally.of(site, thing) for thing in THINGS}
    counts["skipped"] += counts.pop("robots_denied")
    return {
        **counts,
        "skips": crawl.tally.reasons(site),
        "pages": pages,
        "expect_min": least,
        "met": pages >= least,
        "broken": _shortfall(crawl, site) if outcome == "finished" else None,
        **_speed(crawl, site),
        **_rest(crawl, site),
    }


def _speed(crawl: Crawl, site: str) -> dict[str, float]:
    """Tell the seconds from first to last request, and how many of them politeness asked for."""
    stretch = crawl.pace.of(site)
    if stretch is None:
        return {}
    return {"seconds": round(stretch.seconds, 2), "bound_seconds": round(stretch.bound, 2)}


def _rest(crawl: Crawl, site: str) -> dict[str, Any]:
    """Tell of a site that is left for a later crawl: why, and how many URLs wait."""
    if site not in crawl.resting:
        return {}
    return {"resting": crawl.resting[site], "waiting": crawl.frontier.waiting(site)}


def alarm_line(sign: Sign) -> str:
    """Say in one line what a site shows.

    >>> alarm_line(Sign(site="kyt", name="certificate", detail="the certificate ended on 2026-01-31"))
    'kyt may be ending (certificate): the certificate ended on 2026-01-31'
    """
    where = f" ({sign.url})" if sign.url else ""
    return f"{sign.site} may be ending ({sign.name}): {sign.detail}{where}"


def problems_of(crawl: Crawl, outcome: Outcome) -> list[str]:
    """Return what a person should look at after a crawl."""
    problems = crawl.problems[:MAX_LISTED_PROBLEMS]
    if more := crawl.problems[MAX_LISTED_PROBLEMS:]:
        problems.append(f"{len(more)} more pages could not be read")
    if crawl.fatal is not None:
        problems.append(str(crawl.fatal))
    if outcome == "failed" and crawl.fatal is None:
        problems.append(f"crawl {crawl.id} broke off; run it again, nothing is lost")
    if outcome == "finished":
        broken = {site.id: _shortfall(crawl, site.id) for site in crawl.sites}
        problems += [
            f"{site}: {what}; {REMEDY}" for site, what in broken.items() if what is not None
        ]
    for slot in sorted(crawl.frontier.queue):
        if crawl.frontier.queue[slot] > 0 and crawl.breaker.tripped(slot):
            problems.append(
                f"{slot} failed {FAILURES_IN_A_ROW} times in a row and was left alone;"
                f" {crawl.frontier.queue[slot]} URLs wait for the next crawl"
            )
        elif crawl.frontier.queue[slot] > 0 and crawl.postponed(slot):
            problems.append(
                f"{slot} asks to be left alone for {crawl.politeness.paused(slot):.0f} s;"
                f" {crawl.frontier.queue[slot]} URLs wait for the next crawl"
            )
    return problems


REMEDY = "look at the site, then correct expect.min_pages or status in its site file"


def _shortfall(crawl: Crawl, site: str) -> str | None:
    """Say which expectation of a site file was broken, or return ``None``."""
    pages = crawl.frontier.pages(site)
    least = crawl.registry.sites[site].expect.min_pages
    if pages >= max(least, 1) or site in crawl.resting:
        return None
    failed, denied = crawl.tally.of(site, "failed"), crawl.tally.of(site, "robots_denied")
    return (
        f"{pages} pages are stored, at least {max(least, 1)} are expected"
        f" ({failed} URLs failed, {denied} denied by robots.txt)"
    )
