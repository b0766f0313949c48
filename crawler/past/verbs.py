"""Add the verbs that read other web archives to the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from archive.console import Context, cli, conclude, pass_context

if TYPE_CHECKING:
    from crawler.past.sources import Source


def first_and_last(text: str) -> tuple[datetime, datetime]:
    """Return the first and the last second of a year, a month or a day, UTC.

    Raises:
        ValueError: it is none.

    >>> [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in first_and_last("2020-02")]
    ['2020-02-01 00:00:00', '2020-02-29 23:59:59']
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if found is None:
        raise ValueError(f"{text!r} is no year, month or day, such as 2017 or 2017-08-31")
    year, month, day = found.groups()
    first = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    after = first + timedelta(days=1 if day else 31 if month else 366)
    if not day:
        after = after.replace(day=1)
    if not month:
        after = after.replace(month=1)
    return first, after - timedelta(seconds=1)


class Moment(click.ParamType[datetime]):
    """A year, a month or a day: its first second or its last."""

    name = "YYYY[-MM[-DD]]"

    def __init__(self, *, last: bool) -> None:
        """Mean the first moment of it, or the last."""
        self._last = last

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment, UTC."""
        try:
            return first_and_last(value)[self._last]
        except (ValueError, OverflowError) as error:
            raise click.BadParameter(str(error), ctx, param) from error


def _choices(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments that both verbs have."""
    for decorate in (
        click.option(
            "--every",
            is_flag=True,
            help="Also redirects, error pages, and captures with the same bytes as the one before.",
        ),
        click.option(
            "--plan",
            "planning",
            is_flag=True,
            help="Ask its index only, and say what would be fetched.",
        ),
        click.option("--to", "ended", type=Moment(last=True), help="The last day of the captures."),
        click.option(
            "--from", "began", type=Moment(last=False), help="The first day of the captures."
        ),
        click.argument("site"),
    ):
        command = decorate(command)
    return command


@cli.command()
@_choices
@click.option(
    "--archive",
    default="wayback",
    show_default=True,
    metavar="NAME",
    help="Another web archive by its name in crawl.toml, such as arquivo.",
)
@pass_context
def wayback(context: Context, /, archive: str, **choice: Any) -> None:
    """Fetch what the Wayback Machine holds of SITE into DATA/warc, with the original bytes and dates.

    Nothing is asked of the site itself. What was fetched before or is held already is not fetched again;
    a run that was stopped goes on. `arkisto ingest` then reads it as any WARC file. See docs/past.md.

    Example: arkisto wayback soteagentit --from 2017 --to 2021 --plan
    """
    from crawler.past.spiders import WaybackSpider

    _bring_in(context, WaybackSpider.source(context.registry(), archive), **choice)


@cli.command()
@_choices
@pass_context
def commoncrawl(context: Context, /, **choice: Any) -> None:
    """Copy the records that Common Crawl holds of SITE into DATA/warc, byte for byte.

    Its crawls since 2008 are asked one by one; --from and --to spare most of them.
    What was copied before or is held already is not copied again. `arkisto ingest` then reads it.

    Example: arkisto commoncrawl yhdistystori --from 2019 --to 2020
    """
    from crawler.past.spiders import CommonCrawlSpider

    _bring_in(context, CommonCrawlSpider.source(context.registry()), **choice)


def _bring_in(
    context: Context,
    source: Source,
    *,
    site: str,
    began: datetime | None,
    ended: datetime | None,
    planning: bool,
    every: bool,
) -> None:
    from crawler.past.bring import bring_in, plan_lines
    from crawler.past.plan import BEGINNING, END, Choice

    registry = context.registry()
    [chosen] = registry.select([site], None)
    choice = Choice(site=chosen, began=began or BEGINNING, ended=ended or END, every=every)
    outcome = bring_in(
        registry,
        context.data,
        source,
        choice,
        planning=planning,
        told=lambda plan: click.echo("\n".join(plan_lines(plan, source))),
    )
    if not planning:
        counts = ", ".join(f"{number} {name}" for name, number in outcome.counts.items() if number)
        click.echo(f"{source.id} {outcome.run_id}: {outcome.outcome}: {counts or 'nothing new'}")
    conclude(outcome.problems, interrupted=outcome.interrupted)
