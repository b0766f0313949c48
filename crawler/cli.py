"""Add the verbs that reach the network to the command line, and hold its entry point.

Scrapy is imported inside the verbs: it costs 26 bare starts of Python.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.cli import dedupe, extract, index, ingest, publish
from archive.console import Context, cli, conclude, pass_context
from archive.errors import CrawlError
from crawler.past.verbs import commoncrawl, wayback

if TYPE_CHECKING:
    from crawler.report import CrawlOutcome
    from crawler.shards import Selection


__all__ = ["cli", "commoncrawl", "main", "wayback"]


def main() -> None:
    """Run the command line."""
    cli()


class Shard(click.ParamType[tuple[int, int]]):
    """A part of the sites, written i/n."""

    name = "i/n"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return part and number of parts."""
        part, _, parts = value.partition("/")
        if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
            self.fail(f"{value!r} is not i/n with 1 <= i <= n, such as 1/3", param, ctx)
        return int(part), int(parts)


@cli.command()
@click.argument("sites", nargs=-1)
@click.option("--region", metavar="CODE", help="Only sites of this region, such as 09.")
@click.option("--due", is_flag=True, help="Only what is due: new, or not seen for its interval.")
@click.option("--shard", type=Shard(), help="Only one part of the sites, by registered domain.")
@click.option(
    "--render",
    is_flag=True,
    help="Instead, let Chromium render the pages that are empty without JavaScript.",
)
@click.option(
    "--list", "listing", is_flag=True, help="Print the ids of these sites; fetch nothing."
)
@pass_context
def crawl(
    context: Context,
    sites: tuple[str, ...],
    region: str | None,
    due: bool,
    shard: tuple[int, int] | None,
    render: bool,
    listing: bool,
) -> None:
    """Fetch SITES (all, if none is named) into DATA/warc.

    Ctrl-C or SIGTERM stops cleanly; the next crawl goes on where this one stopped, also after a power cut.
    Ends with 1 where a site gave fewer pages than its file expects.
    With --render it asks only for pages that the archive suspects; with --due, not for those rendered lately.

    Example: arkisto crawl ekyhdistykset --due
    """
    from crawler.shards import Selection, choose_sites

    selection = Selection(sites=sites, region=region, due=due, shard=shard)
    if listing:
        for site in choose_sites(context.registry(), selection):
            click.echo(site.id)
    else:
        outcome = _render(context, selection) if render else _crawl(context, selection)
        if outcome:
            conclude(outcome.problems, interrupted=outcome.interrupted)


def _crawl(context: Context, selection: Selection) -> CrawlOutcome | None:
    from crawler.run import run_crawl

    outcome = run_crawl(context.registry(), context.data, selection, now=datetime.now(UTC))
    _echo_outcome("crawl", outcome)
    return outcome


def _render(context: Context, selection: Selection) -> CrawlOutcome | None:
    """Render pages; return ``None`` where none waits for it."""
    from crawler.rendering import run_rendering

    outcome = run_rendering(context.registry(), context.data, selection)
    if outcome is None:
        click.echo("rendering: no page waits for a browser")
    else:
        _echo_outcome("rendering", outcome)
    return outcome


def _echo_outcome(what: str, outcome: CrawlOutcome) -> None:
    from crawler.summary import summary_lines

    for line in summary_lines(outcome.report):
        click.echo(line)
    counts = ", ".join(f"{number} {name}" for name, number in outcome.counts.items())
    click.echo(f"{what} {outcome.crawl_id}: {outcome.outcome}: {counts}")
    for alarm in outcome.alarms:
        click.echo(f"alarm: {alarm}")


@cli.command()
@click.option(
    "--edition",
    type=click.Choice(["public", "research"]),
    default="public",
    show_default=True,
    help="What may be shown.",
)
@click.pass_context
def update(ctx: click.Context, edition: str) -> None:
    """Crawl what is due and carry it all the way to the published edition: the verb for timers.

    A second update on the same DATA refuses to start.
    What was fetched is published also where the crawl had problems; the exit code is then 1.
    Pages that are empty without JavaScript are rendered where crawl.toml says so.
    SIGTERM while it fetches ends it; what was fetched is published by the next update.

    Example: arkisto --data /srv/arkisto update
    """
    from crawler.runlock import run_lock
    from crawler.shards import Selection

    context: Context = ctx.obj
    problems: list[str] = []
    fetching = [_crawl, _render] if context.registry().crawl.render.enabled else [_crawl]
    with run_lock(context.data, "update"):
        for fetch in fetching:
            outcome = None
            try:
                outcome = fetch(context, Selection(due=True))
            except CrawlError as error:
                problems.append(str(error))
            if outcome and outcome.outcome == "stopped":
                conclude(outcome.problems, interrupted=outcome.interrupted)
                click.echo("stopped: what was fetched is safe; the next update goes on from here")
                return
            problems += outcome.problems if outcome else ()
            ctx.invoke(ingest)
            ctx.invoke(extract)
        for verb in (dedupe, index):
            ctx.invoke(verb)
        ctx.invoke(publish, edition=edition)
    if problems:
        raise CrawlError("\n".join(problems))


@cli.command()
@click.option(
    "--serve/--no-serve", "serving", default=True, help="Leave the research site running, or end."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address of the research site."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Its port; 0 takes a free one.",
)
@click.pass_context
def demo(ctx: click.Context, serving: bool, host: str, port: int) -> None:
    """Show the whole line without the internet: crawl bundled miniature sites, build and serve the archive.

    The sites are our own imitations of eleven real ones, served on loopback under their real names.
    They are crawled twice, because one of their pages changes in between.
    Works in ./data-demo, or in --data; what an earlier demonstration left there is removed first.

    Example: arkisto demo --no-serve
    """
    from crawler.demonstration import demonstrate

    chosen = ctx.find_root().get_parameter_source("data")
    default = chosen is None or chosen.name == "DEFAULT"
    data = Path("data-demo") if default else ctx.obj.data
    summary = demonstrate(data)
    click.echo(summary)
    if serving:
        from archive.site import serve

        serve(data / "published.db", host=host, port=port)
