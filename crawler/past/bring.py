"""Bring in what one other archive holds of one site, from beginning to end in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from archive.registry import Registry
from crawler.past.plan import PASSED, Choice, Plan
from crawler.past.run import PastRun
from crawler.past.sources import Source
from crawler.past.spiders import PAST_LOCK, CommonCrawlSpider, PastSpider, WaybackSpider
from crawler.run import quiet_logging, run_spider
from crawler.runlock import run_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOutcome:
    """How a run ended."""

    run_id: str
    outcome: Literal["finished", "stopped", "failed"]
    counts: dict[str, int]
    """What happened, by name; refusals by their reason too."""
    plan: Plan | None
    """``None`` where the index was not read to its end."""
    problems: list[str] = field(default_factory=list)
    """What a person should look at; a run with problems exits with 1."""
    interrupted: bool = False
    """Ctrl-C ended it."""


def bring_in(
    registry: Registry,
    data: Path,
    source: Source,
    choice: Choice,
    *,
    planning: bool = False,
    log: bool = True,
    told: Callable[[Plan], None] = lambda _: None,
) -> PastOutcome:
    """Fetch the captures of a site that another archive holds into the WARC files of a data directory.

    What an earlier run fetched, or the archive holds already, is not asked for again;
    a run that was stopped or killed is continued.

    Args:
        registry: the configuration.
        data: the data directory.
        source: the other archive.
        choice: what is asked of it.
        planning: fetch nothing, only find out what would be.
        log: write progress to stderr.
        told: is given the plan before the first capture is fetched.

    Raises:
        CrawlError: another run reads an archive into the same data directory.
        ArchiveError, WarcError: past.db, archive.db or a WARC file cannot be used.
    """
    with run_lock(data, PAST_LOCK):
        run = PastRun(registry, data, source, choice, planning=planning, told=told)
        spider: type[PastSpider] = (
            WaybackSpider if source.id != CommonCrawlSpider.name else CommonCrawlSpider
        )
        try:
            with quiet_logging():
                asyncio.run(run_spider(spider, run, log=log))
        finally:
            run.finish("failed")
    return PastOutcome(
        run_id=run.id,
        outcome=run.outcome or "failed",
        counts=dict(run.counts),
        plan=run.plan,
        problems=run.problems,
        interrupted=run.interrupted,
    )


def plan_lines(plan: Plan, source: Source) -> list[str]:
    """Tell a plan in words."""
    lines = [f"{source.name} lists {plan.listed} captures"]
    lines += [
        f"  {plan.passed[reason]:>7}  {PASSED[reason]}" for reason in PASSED if plan.passed[reason]
    ]
    if plan.fetched:
        lines.append(f"  {plan.fetched:>7}  fetched before")
    if plan.refused:
        lines.append(f"  {plan.refused:>7}  asked for before, and not what the index says")
    least = timedelta(seconds=round(plan.wanted * source.delay))
    lines.append(f"  {plan.wanted:>7}  to fetch, one each {source.delay:g} s: at least {least}")
    return lines
