"""Describe a dataset: `datapackage.json` for programs (Frictionless Data Package), `README.md` for people.

Tables and columns are described by the comments of the edition's own tables, so nothing is said twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.exports.formats import CALENDAR, Column
from archive.schema import Table

TYPES = {
    "text": "string",
    "integer": "integer",
    "real": "number",
    "boolean": "boolean",
    "list": "array",
    "moment": "datetime",
}
MEDIA_TYPES = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
    "ics": "text/calendar",
}

RIGHTS = {
    "public": "Public edition. A text is included only where its site may be shown openly; of other pages there are "
    "metadata, derived data and an excerpt of at most 300 characters. Closed and removed pages are left out.",
    "research": "Research edition. It holds texts that may be mined for research but not shown to everyone "
    "(Finnish Copyright Act, section 13 b): do not pass it on. Removed pages are left out.",
}

NOTES = """\
## Reading the files

- CSV: UTF-8, comma, CRLF, first line names the columns (RFC 4180). Lists are JSON (`["08"]`), yes and no are `true` and `false`, what is not known is empty.
- **Spreadsheets:** texts come from the web as they stand, so a cell may begin with `=`, `+`, `-` or `@`, which a spreadsheet would run as a formula. Import the file with all columns as text; never open it by double-clicking.
- JSON Lines: one object a line, `null` where something is not known.
- iCalendar (`events.ics`, where asked for): the events for calendar programs, RFC 5545; `STATUS:TENTATIVE` where the year was inferred.
- Parquet: typed; lists are lists, moments are UTC time stamps.
- `published` is as long as it is precise: `2020-02-18`, `2020-02` or `2020`. `year` is the year of publication; `seen_year` is only when the page was seen.
- Check the files with `sha256sum -c SHA256SUMS`.
"""


@dataclass(frozen=True, slots=True)
class File:
    """One table in one format."""

    name: str
    format: str
    table: Table
    columns: tuple[Column, ...]
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a dataset was made from."""

    edition: Mapping[str, str]
    """The facts of the edition."""
    query: str | None
    filters: Mapping[str, Sequence[str]]
    made_at: datetime

    @property
    def rights(self) -> str:
        """What the dataset may hold."""
        return RIGHTS[self.edition["edition"]]

    @property
    def selection(self) -> str:
        """What was asked for."""
        parts = [f"query `{self.query}`"] if self.query else []
        parts += [f"{name} {' or '.join(values)}" for name, values in self.filters.items()]
        return "; ".join(parts) or "everything"


def datapackage(files: Sequence[File], origin: Origin) -> str:
    """Return the description for programs."""
    package = {
        "name": "jarjestoarkisto",
        "title": "Järjestöarkisto: what Finnish NGOs wrote on the web about working together",
        "description": f"{origin.rights} Selection: {origin.selection}.",
        "created": origin.made_at.isoformat(timespec="seconds"),
        "version": origin.edition["built_at"],
        "sources": [
            {"title": f"{origin.edition['software']}, registry {origin.edition['registry']}"}
        ],
        "resources": [_resource(file) for file in files],
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def _resource(file: File) -> dict[str, object]:
    resource: dict[str, object] = {
        "name": f"{file.table.name}-{file.format}".replace("_", "-"),
        "path": file.name,
        "description": file.table.meaning,
        "format": file.format,
        "mediatype": MEDIA_TYPES[file.format],
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "rows": file.rows,
    }
    if file.format != CALENDAR:
        resource["schema"] = _schema(file)
    return resource


def _schema(file: File) -> dict[str, object]:
    return {
        "fields": [
            {"name": column.name, "type": TYPES[column.kind], "description": column.meaning}
            for column in file.columns
        ],
        "missingValues": [""],
    }


def readme(files: Sequence[File], origin: Origin) -> str:
    """Return the description for people."""
    parts = [
        "# Järjestöarkisto: dataset\n",
        f"{origin.rights}\n",
        f"- Selection: {origin.selection}\n- Made: {origin.made_at.isoformat(timespec='seconds')}\n"
        f"- Edition: {origin.edition['edition']}, built {origin.edition['built_at']} by {origin.edition['software']}\n",
        NOTES,
        "## Tables\n",
    ]
    described: dict[str, list[File]] = {}
    for file in files:
        described.setdefault(file.table.name, []).append(file)
    return "\n".join([*parts, *(_section(table) for table in described.values())])


def _section(files: Sequence[File]) -> str:
    first = files[0]
    names = ", ".join(f"`{file.name}`" for file in files)
    lines = [
        f"### {first.table.name}\n",
        f"{first.table.meaning}. {first.rows} rows: {names}\n",
        "| column | type | meaning |",
        "|---|---|---|",
        *(f"| `{one.name}` | {TYPES[one.kind]} | {one.meaning} |" for one in first.columns),
        "",
    ]
    return "\n".join(lines)
