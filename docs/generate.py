"""Write the generated pages of the documentation: the command line and the tables.

Run ``python docs/generate.py`` to write them, ``python docs/generate.py --check`` to be told which are out of date.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from archive.schema import Table, described_tables, open_archive
from crawler.cli import cli

DOCS = Path(__file__).parent
NOTICE = "<!-- Written by `python docs/generate.py`; change the source instead. -->\n\n"


def command_line() -> str:
    """Return the page of all verbs, from their own help."""
    parts = [
        "# The command line\n",
        "Results go to standard output, progress and complaints to standard error.",
        "Exit codes: 0 done, 1 failed or an expectation not met, 2 wrong use.\n",
        _help("arkisto", cli),
    ]
    for name in cli.list_commands(click.Context(cli)):
        parts.append(f"## arkisto {name}\n")
        parts.append(_help(f"arkisto {name}", cli.commands[name]))
    return "\n".join(parts)


def _help(name: str, command: click.Command) -> str:
    # a command keeps the help option of its first use, so the names must be those that the verbs give it
    names = cli.context_settings["help_option_names"]
    context = click.Context(
        command, info_name=name, max_content_width=100, terminal_width=100, help_option_names=names
    )
    return f"```\n{command.get_help(context)}\n```\n"


def schema() -> str:
    """Return the page of all tables, from the comments in their DDL."""
    with tempfile.TemporaryDirectory() as folder:
        db = open_archive(Path(folder) / "archive.db")
        tables = described_tables(_connection(db.conn))
        db.close()
    head = [
        "# The tables of archive.db\n",
        "Identifiers are 16 hex characters that follow from content; times are UTC, ISO 8601.",
        "The same words stand in the file itself: `sqlite3 archive.db .schema`.\n",
    ]
    return "\n".join(head + [line for table in tables for line in _table(table)]) + "\n"


def _connection(connection: sqlite3.Connection | None) -> sqlite3.Connection:
    if connection is None:
        raise RuntimeError("the archive is closed")
    return connection


def _table(table: Table) -> Iterator[str]:
    meaning, _, writer = (table.meaning or "").rpartition("; written by: ")
    yield f"## {table.name}\n"
    yield f"One row is {meaning}. Written by: `{writer}`.\n"
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in table.columns:
        yield f"| `{column.name}` | {column.type} | {column.meaning} |"
    yield ""


PAGES: dict[str, Callable[[], str]] = {"cli.md": command_line, "schema.md": schema}


def stale() -> list[str]:
    """Return the names of the pages that differ from what their source says."""
    return [name for name, page in PAGES.items() if _current(name) != NOTICE + page()]


def _current(name: str) -> str | None:
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """Write the pages, or check them."""
    if "--check" in sys.argv[1:]:
        found = stale()
        for name in found:
            click.echo(f"docs/{name} is out of date: run `python docs/generate.py`")
        return int(bool(found))
    for name, page in PAGES.items():
        (DOCS / name).write_text(NOTICE + page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
