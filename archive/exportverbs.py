"""Offer the verbs for re-use on the command line: datasets, captures, and a Wayback Machine of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.console import Context, echo_report, pass_context, published

if TYPE_CHECKING:
    from archive.exports import CapturesReport, ExportReport


@click.command()
@click.argument("query", required=False)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; DATA/exports/<moment> if not given.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["csv", "jsonl", "parquet", "ics", "warc", "wacz"]),
    help="Format, repeatable; csv, jsonl and parquet if not given. ics: the events for a calendar. "
    "warc, wacz: the captures themselves.",
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="NAME=VALUE",
    help="region=09, year=2020, site=…, language=sv …; repeatable.",
)
@click.option(
    "--from", "since", metavar="DATE", help="With warc, wacz: captures from 2019, 2019-03 …"
)
@click.option("--until", metavar="DATE", help="With warc, wacz: captures until the end of 2020 …")
@pass_context
def export(
    context: Context,
    query: str | None,
    folder: Path | None,
    formats: tuple[str, ...],
    filters: tuple[str, ...],
    since: str | None,
    until: str | None,
) -> None:
    r"""Write a dataset: everything in the published edition, or what a QUERY finds.

    With --format warc or wacz it writes the captures, byte for byte, that the edition may show as they were:
    of the pages found, or of whole sites where nothing but the site or the time is chosen.

    \b
    Example: arkisto export kumppanuuspöytä --filter region=09 --format csv
             arkisto export --filter site=ekyhdistykset --from 2019 --until 2020 --format wacz
    """
    from archive.exports import CAPTURE_FORMATS, export_captures
    from archive.exports import export as run

    chosen = _pairs(filters)
    now = datetime.now(UTC)
    target = folder or context.data / "exports" / now.strftime("%Y%m%dT%H%M%SZ")
    wanted = formats or ("csv", "jsonl", "parquet")
    captures = set(wanted) & set(CAPTURE_FORMATS)
    if captures and captures != set(wanted):
        raise click.BadParameter(
            "warc and wacz go into an export of their own", param_hint="--format"
        )
    if (since or until) and not captures:
        raise click.BadParameter("goes with --format warc or wacz", param_hint="--from, --until")
    edition = published(context)
    report: ExportReport | CapturesReport
    if captures:
        report = export_captures(
            edition, target, formats=wanted, query=query, filters=chosen, since=since, until=until
        )
    else:
        report = run(edition, target, formats=wanted, query=query, filters=chosen, now=now)
    echo_report("export", report)
    click.echo(str(target))


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder; DATA/pywb if not given. What an earlier run wrote there is replaced.",
)
@pass_context
def pywb(context: Context, folder: Path | None) -> None:
    """Write the configuration with which pywb serves the edition as a Wayback Machine.

    It copies nothing: the index leads into the files in DATA/replay. Run it again after each publish.

    Example: arkisto pywb --to /srv/pywb
    """
    from archive.exports import write_pywb

    target = folder or context.data / "pywb"
    count = write_pywb(published(context), target)
    click.echo(f"pywb: {count} captures")
    click.echo(str(target))


def _pairs(filters: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for text in filters:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--filter")
        pairs[name] = value
    return pairs
