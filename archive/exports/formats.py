"""Write rows as CSV, JSON Lines or Parquet, each value as what it is.

CSV follows RFC 4180 in UTF-8: lists are JSON, yes and no are ``true`` and ``false``, what is not known is empty.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from archive.edition import Kind, kind_of
from archive.schema import Table

FORMATS = ("csv", "jsonl", "parquet")
CALENDAR = "ics"
"""The format of events alone, for calendar programs."""
LEFT_OUT = frozenset({"docid"})
"""Columns that mean something only inside one edition."""
BATCH = 5_000
"""Rows of a Parquet row group: small, because texts are long."""

Rows = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a dataset."""

    name: str
    kind: Kind
    meaning: str


def columns_of(table: Table) -> tuple[Column, ...]:
    """Return the columns of a table that a dataset holds."""
    return tuple(
        Column(column.name, kind_of(column.type, column.meaning), column.meaning or "")
        for column in table.columns
        if column.name not in LEFT_OUT
    )


def write(path: Path, format_: str, columns: Sequence[Column], rows: Rows) -> int:
    """Write rows to a file and return how many there were."""
    return WRITERS[format_](path, columns, rows)


def _values(columns: Sequence[Column], row: Sequence[Any]) -> list[Any]:
    """Turn what SQLite holds into what it means."""
    return [_value(column.kind, value) for column, value in zip(columns, row, strict=True)]


def _value(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "list":
        return json.loads(value)
    return bool(value) if kind == "boolean" else value


def _write_csv(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            writer.writerow([_cell(value) for value in _values(columns, row)])
    return count


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else value


def _write_jsonl(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    names = [column.name for column in columns]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            said = dict(zip(names, _values(columns, row), strict=True))
            file.write(json.dumps(said, ensure_ascii=False) + "\n")
    return count


def _write_parquet(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "real": pa.float64(),
        "boolean": pa.bool_(),
        "list": pa.list_(pa.string()),
        "moment": pa.timestamp("us", tz="UTC"),
    }
    schema = pa.schema(
        [
            pa.field(one.name, types[one.kind], metadata={"description": one.meaning})
            for one in columns
        ]
    )
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            count += len(batch)
            writer.write_table(pa.Table.from_pylist(_records(columns, batch), schema=schema))
    return count


def _batches(rows: Rows) -> Iterator[list[Sequence[Any]]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _records(columns: Sequence[Column], batch: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    moments = [column.name for column in columns if column.kind == "moment"]
    names = [column.name for column in columns]
    records = [dict(zip(names, _values(columns, row), strict=True)) for row in batch]
    for record in records:
        for name in moments:
            record[name] = datetime.fromisoformat(record[name]) if record[name] else None
    return records


WRITERS: dict[str, Callable[[Path, Sequence[Column], Rows], int]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
