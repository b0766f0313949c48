"""Write rows as CSV, JSON Lines or Parquet, each value as what it is.

CSV follows RFC 4180 in UTF-8: lists are JSON, yes and no are ``true`` and ``false``, what is not known is empty.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

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
Item = TypeVar("Item")


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


class Encoder(Protocol):
    """Turns rows into the bytes of a file, piece by piece, so that a large one needs little memory."""

    def begin(self) -> bytes:
        """Return what stands before the rows."""

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Return some rows."""

    def end(self) -> bytes:
        """Return what stands after the rows."""


def write(path: Path, format_: str, columns: Sequence[Column], rows: Rows) -> int:
    """Write rows to a file and return how many there were."""
    encoder = ENCODERS[format_](columns)
    count = 0
    with path.open("wb") as file:
        file.write(encoder.begin())
        for batch in batches(rows, BATCH):
            file.write(encoder.encode(batch))
            count += len(batch)
        file.write(encoder.end())
    return count


def batches(rows: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Divide rows into lists of a size; the last may be shorter."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def values(columns: Sequence[Column], row: Sequence[Any]) -> list[Any]:
    """Turn what SQLite holds into what it means."""
    return [_value(column.kind, value) for column, value in zip(columns, row, strict=True)]


def _value(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind == "list":
        return json.loads(value)
    return bool(value) if kind == "boolean" else value


class _Csv:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        return _csv([[column.name for column in self._columns]])

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        return _csv([_cell(value) for value in values(self._columns, row)] for row in rows)

    def end(self) -> bytes:
        return b""


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else value


class _Jsonl:
    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._names = [column.name for column in columns]

    def begin(self) -> bytes:
        return b""

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        said = (dict(zip(self._names, values(self._columns, row), strict=True)) for row in rows)
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in said).encode()

    def end(self) -> bytes:
        return b""


class _Parquet:
    """Each piece is a row group."""

    def __init__(self, columns: Sequence[Column]) -> None:
        import pyarrow.parquet as pq

        self._columns = columns
        self._schema = _schema(columns)
        self._sink = _Sink()
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")

    def begin(self) -> bytes:
        return self._sink.drain()

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        import pyarrow as pa

        records = _records(self._columns, rows)
        self._writer.write_table(pa.Table.from_pylist(records, schema=self._schema))
        return self._sink.drain()

    def end(self) -> bytes:
        self._writer.close()
        return self._sink.drain()


class _Sink(io.RawIOBase):
    """A file that can only be written to, and gives what was written away."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held.append(piece)
        self._written += len(piece)
        return len(piece)

    def drain(self) -> bytes:
        held, self._held = self._held, []
        return b"".join(held)


def _schema(columns: Sequence[Column]) -> Any:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "real": pa.float64(),
        "boolean": pa.bool_(),
        "list": pa.list_(pa.string()),
        "moment": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema(
        [
            pa.field(one.name, types[one.kind], metadata={"description": one.meaning})
            for one in columns
        ]
    )


def _records(columns: Sequence[Column], batch: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    moments = [column.name for column in columns if column.kind == "moment"]
    names = [column.name for column in columns]
    records = [dict(zip(names, values(columns, row), strict=True)) for row in batch]
    for record in records:
        for name in moments:
            record[name] = datetime.fromisoformat(record[name]) if record[name] else None
    return records


ENCODERS: dict[str, Callable[[Sequence[Column]], Encoder]] = {
    "csv": _Csv,
    "jsonl": _Jsonl,
    "parquet": _Parquet,
}
