"""Offer the archive's verbs on the command line: thin, one function call each.

Results go to standard output, progress and complaints to standard error.
Exit codes: 0 done, 1 failed or an expectation not met, 2 wrong use, 130 stopped by Ctrl-C.
What is heavy to import (trafilatura, datasette) is imported inside the verb that needs it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.console import (
    Context,
    as_json,
    cli,
    echo_json,
    echo_report,
    echo_table,
    pass_context,
    published,
)
from archive.errors import ArkistoError
from archive.exportverbs import export, pywb
from archive.progress import ProgressLine

if TYPE_CHECKING:
    from archive.access import Edition


@cli.command()
@pass_context
def check(context: Context) -> None:
    """Check the configuration and report every problem of every file.

    Example: arkisto --config config check
    """
    registry = context.registry()
    for warning in registry.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"{registry.config}: {len(registry.sites)} sites, {len(registry.terms)} terms, no problems"
    )


@cli.command()
@click.option("--region", metavar="CODE", help="Only sites of this region, such as 09.")
@as_json
@pass_context
def sites(context: Context, region: str | None, as_json: bool) -> None:
    """List the sites of the registry.

    Example: arkisto sites --region 09
    """
    chosen = context.registry().select([], region)
    names = (
        "id",
        "name",
        "organisation",
        "regions",
        "status",
        "status_basis",
        "priority",
        "access",
    )
    rows = [{name: getattr(site, name) for name in names} for site in chosen]
    if as_json:
        echo_json(rows)
        return
    shown = ("id", "regions", "status", "priority", "access", "name")
    echo_table(([_joined(row[name]) for name in shown] for row in rows), shown)


def _joined(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value


@cli.command()
@pass_context
def ingest(context: Context) -> None:
    """Read new WARC records into archive.db; also while a crawl runs.

    Example: arkisto --data data ingest
    """
    from archive.ingest import ingest as run

    if not (context.data / "warc").is_dir():
        message = (
            f"{context.data / 'warc'} does not exist: run `arkisto crawl` or `arkisto import` first,"
            " or name another --data"
        )
        raise ArkistoError(message)
    report = run(context.archive(), context.registry(), context.data, progress=ProgressLine())
    echo_report("ingest", report)


@cli.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@as_json
@pass_context
def import_(context: Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Bring in WARC, ARC and WACZ files that others made; folders are searched for them.

    Each file is kept unchanged in DATA/warc/imports and read; importing it again adds nothing.
    Damage costs the records that it hit; what was lost is told with file and offset.

    Example: arkisto import vanha.warc.gz talletukset/
    """
    from archive.importing import import_files

    report = import_files(
        context.archive(), context.registry(), context.data, files, progress=ProgressLine()
    )
    if as_json:
        echo_json(asdict(report))
    else:
        heads = (
            "file",
            "state",
            "records",
            "captures",
            "known",
            "outside",
            "damaged",
            "lost_bytes",
        )
        echo_table(([row[head] for head in heads] for row in report.files), heads)
        for problem in report.problems:
            click.echo(problem, err=True)
    if report.refused:
        raise ArkistoError(f"{report.refused} of the files hold nothing that can be imported")


@cli.command()
@click.option("--all", "everything", is_flag=True, help="Read every body again.")
@click.option(
    "--processes", type=click.IntRange(1), help="Worker processes; one per core if not given."
)
@pass_context
def extract(context: Context, everything: bool, processes: int | None) -> None:
    """Read texts, titles, dates and languages out of the captures that are new.

    Example: arkisto extract --all
    """
    from archive.versions import extract as run

    report = run(
        context.existing_archive(),
        context.registry(),
        context.data,
        everything=everything,
        processes=processes,
        progress=ProgressLine(),
    )
    echo_report("extract", report)


@cli.command()
@pass_context
def dedupe(context: Context) -> None:
    """Link equal texts and shared paragraphs.

    Example: arkisto dedupe
    """
    from archive.duplicates import dedupe as run

    echo_report("dedupe", run(context.existing_archive(), progress=ProgressLine()))


@cli.command()
@click.option("--all", "everything", is_flag=True, help="Index every version again.")
@pass_context
def index(context: Context, everything: bool) -> None:
    """Find terms, regions and events in texts, and analyse their words for search.

    Example: arkisto index
    """
    from archive.indexing import build_index

    report = build_index(
        context.existing_archive(),
        context.registry(),
        everything=everything,
        progress=ProgressLine(),
    )
    echo_report("index", report)


MOST_TOLD = 10
"""Records that are told one by one; the number of all stands in the report."""
EDITION = click.Choice(["public", "research"])


@cli.command()
@click.option(
    "--edition", type=EDITION, default="public", show_default=True, help="What may be shown."
)
@pass_context
def publish(context: Context, edition: Edition) -> None:
    """Build published.db and swap it in.

    The public edition holds what the sites' access allows; the research edition all that was not taken down.

    Example: arkisto publish --edition research
    """
    from archive.publish import publish as run

    context.existing_archive().close()
    report = run(
        context.data / "archive.db",
        context.data / "published.db",
        edition=edition,
        registry=context.registry(),
        now=datetime.now(UTC),
        progress=ProgressLine(),
    )
    for problem in report.problems[:MOST_TOLD]:
        click.echo(f"warning: cannot be replayed: {problem}", err=True)
    echo_report("publish", report)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--downloads",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Files that may be downloaded at a time; others are told to come again.",
)
@pass_context
def serve(context: Context, host: str, port: int, downloads: int) -> None:
    """Serve the research site on published.db until Ctrl-C.

    Example: arkisto serve --port 8001
    """
    from archive.site import serve as run

    run(published(context), host=host, port=port, downloads=downloads)


@cli.command()
@as_json
@pass_context
def status(context: Context, as_json: bool) -> None:
    """Tell what the archive holds and how its crawls went.

    Example: arkisto status --json
    """
    from archive.status import archive_status

    found = archive_status(context.existing_archive(), context.data)
    if as_json:
        echo_json(found)
        return
    echo_table(found["counts"].items(), ("table", "rows"))
    click.echo()
    heads = ("site", "pages", "versions", "newest", "issues")
    echo_table(([row[head] for head in heads] for row in found["sites"]), heads)
    click.echo()
    if found["imports"]:
        heads_import = ("file", "captures", "known", "outside", "damaged", "lost_bytes")
        echo_table(([row[head] for head in heads_import] for row in found["imports"]), heads_import)
        click.echo()
    for alarm in found["alarms"]:
        click.echo(f"{alarm['site']} may be ending since {alarm['at'][:10]}: {alarm['alarm']}")
    heads_crawl = ("crawl", "started", "outcome", "fetched", "stored", "failed")
    echo_table(([row[head] for head in heads_crawl] for row in found["crawls"]), heads_crawl)
    if found["broken"]:
        click.echo("\nexpectations that the newest crawl broke:")
        heads_broken = ("site", "pages", "broken")
        echo_table(([row[head] for head in heads_broken] for row in found["broken"]), heads_broken)


@cli.command()
@click.argument("target")
@click.option("--reason", required=True, help="Why; kept in the log.")
@click.option("--by", help="Who decided.")
@pass_context
def takedown(context: Context, target: str, reason: str, by: str | None) -> None:
    """Hide a site (by id) or a page (by address) from every edition.

    The decision is logged in DATA/rights.jsonl and holds from the next `arkisto publish` on.
    The bytes in warc/ stay.

    Example: arkisto takedown https://kyt.fi/sivu --reason "Pyyntö 3.2.2026" --by "ylläpito"
    """
    from archive.access import record_takedown

    record_takedown(context.existing_archive(), context.data, target, reason, by, datetime.now(UTC))
    click.echo(f"taken down: {target}. Run `arkisto publish` to make it so on the site.")


cli.add_command(export)
cli.add_command(pywb)
