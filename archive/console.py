"""Hold what every verb of the command line shares: the group, its context, and how results are printed."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import ArkistoError, CrawlError

if TYPE_CHECKING:
    from sqlite_utils import Database

    from archive.registry import Registry

VERBS = (
    *(
        "crawl",
        "import",
        "wayback",
        "commoncrawl",
        "ingest",
        "extract",
        "dedupe",
        "index",
        "publish",
        "serve",
        "export",
        "pywb",
        "update",
    ),
    *("demo", "check", "sites", "status", "takedown"),
)


INTERRUPTED = 128 + signal.SIGINT
"""The exit code of a verb that Ctrl-C ended, as shells give it."""
STOPPED = (
    "Stopped. What was stored is whole: give the same command again, and it finishes the work."
)


@dataclass
class Context:
    """What every verb needs: where the data and the configuration lie."""

    data: Path
    config: Path | None
    debug: bool

    def registry(self) -> Registry:
        """Load the configuration, or fail with all of its problems."""
        from archive.registry import find_config, load_registry

        return load_registry(find_config(self.config))

    def archive(self) -> Database:
        """Open archive.db, made if it is missing."""
        from archive.schema import open_archive

        return open_archive(self.data / "archive.db")

    def existing_archive(self) -> Database:
        """Open archive.db, or say what to run first."""
        path = self.data / "archive.db"
        if not path.exists():
            message = f"{path} does not exist: run `arkisto crawl` and `arkisto ingest` first, or name another --data"
            raise ArkistoError(message)
        return self.archive()


class Group(click.Group):
    """A group of verbs in the order of the data, which turns our errors, and Ctrl-C, into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which data flows."""
        return sorted(
            self.commands, key=lambda name: VERBS.index(name) if name in VERBS else len(VERBS)
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except ArkistoError as error:
            if ctx.params.get("debug"):
                raise
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            if ctx.params.get("debug"):
                raise
            click.echo(("\n" if sys.stderr.isatty() else "") + STOPPED, err=True)
            ctx.exit(INTERRUPTED)


pass_context = click.make_pass_decorator(Context)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


@click.group(
    cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="jarjestoarkisto")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="ARKISTO_DATA",
    default=Path("data"),
    show_default=True,
    help="The archive's directory: warc/, archive.db, published.db … [env: ARKISTO_DATA]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="ARKISTO_CONFIG",
    help="The configuration directory; ./config or the packaged one if not given. [env: ARKISTO_CONFIG]",
)
@click.option("--debug", is_flag=True, help="Show the whole trace of an error.")
@click.pass_context
def cli(ctx: click.Context, data: Path, config: Path | None, debug: bool) -> None:
    """Järjestöarkisto: a web archive of Finnish NGO co-operation.

    The verbs follow the data: crawl, ingest, extract, dedupe, index, publish, serve, export.
    `arkisto update` runs them in order; `arkisto demo` shows the whole line without the internet.
    """
    ctx.obj = Context(data, config, debug)


def echo_json(value: object) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def echo_table(rows: Iterable[Iterable[object]], heads: Iterable[str]) -> None:
    """Print rows under heads, columns aligned."""
    table = [[str(head) for head in heads], *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        click.echo(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def echo_report(verb: str, report: Any) -> None:
    """Print what a verb did as one line: the numbers of its report."""
    counts = ", ".join(
        f"{value} {name}" for name, value in asdict(report).items() if isinstance(value, int)
    )
    click.echo(f"{verb}: {counts}")


def conclude(problems: Sequence[str], *, interrupted: bool) -> None:
    """End a run that asked the network: well, with what a person should look at, or because of Ctrl-C.

    Raises:
        CrawlError: there are problems.
        KeyboardInterrupt: it was interrupted, which tells a shell not to go on; problems are told before.
    """
    if interrupted:
        for problem in problems:
            click.echo(problem, err=True)
        raise KeyboardInterrupt
    if problems:
        raise CrawlError("\n".join(problems))


def published(context: Context) -> Path:
    """Return the path of published.db, or say what to run first."""
    path = context.data / "published.db"
    if not path.exists():
        raise ArkistoError(
            f"{path} does not exist: run `arkisto publish` first, or name another --data"
        )
    return path
