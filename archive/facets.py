"""Hold the facets of an edition in memory, so that true counts cost no query.

Each facet is a column of small numbers, one entry a version, in the order of `docid`;
a facet with several values a version is two columns: where its values begin, and the values.
A hundred thousand versions take a few megabytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.errors import QueryError

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]

SINGLE = {
    "region": "region",
    "county": "county",
    "year": "year",
    "site": "site",
    "lang": "language",
    "type": "page_type",
}
MANY = {"programme": "programmes", "structure": "structures", "organisation": "organisations"}
"""Facets by the name they have in addresses, and their columns."""
NAMES = (
    "region",
    "county",
    "year",
    "programme",
    "structure",
    "organisation",
    "site",
    "lang",
    "type",
)
ALIASES = {"language": "lang", "page_type": "type", "programmes": "programme"}
UNKNOWN = "-"
"""The value of a version that has none: ``year=-`` finds pages without a date."""

Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Column:
    """The values of one facet; ``starts`` is where each version's values begin."""

    values: tuple[str, ...]
    starts: Numbers
    codes: Numbers

    def codes_of(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return the codes of some versions and, for each code, which of the versions it is of."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        owners = np.repeat(np.arange(len(rows)), lengths)
        firsts = np.repeat(self.starts[rows] - np.cumsum(lengths) + lengths, lengths)
        return self.codes[firsts + np.arange(len(owners))], owners

    def marks(self, rows: Numbers, wanted: Iterable[str]) -> Marks:
        """Mark the versions that have one of the wanted values."""
        known = {value: code for code, value in enumerate(self.values)}
        codes, owners = self.codes_of(rows)
        marks = np.zeros(len(rows), dtype=np.bool_)
        marks[owners[np.isin(codes, [known[value] for value in wanted if value in known])]] = True
        return marks

    def counts(
        self, rows: Numbers, shared: Numbers | None = None, owner: Numbers | None = None
    ) -> dict[str, int]:
        """Count the versions of each value; of ``shared`` rows, each value once for each owner."""
        codes = self.codes_of(rows)[0]
        if shared is not None and owner is not None and len(shared):
            more, versions = self.codes_of(shared)
            pairs = np.unique(owner[shared][versions] * len(self.values) + more)
            codes = np.concatenate([codes, pairs % len(self.values)])
        found = np.bincount(codes, minlength=len(self.values))
        return {self.values[code]: int(found[code]) for code in np.flatnonzero(found)}


class Facets:
    """The columns of one edition; rows are numbered from 0, `docid` from 1."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the columns."""
        columns = ", ".join([*SINGLE.values(), *MANY.values()])
        read = connection.execute(
            f"SELECT page, coalesce(published, ''), {columns} FROM versions ORDER BY docid"  # noqa: S608 - our names
        ).fetchall()
        self.size = len(read)
        pages = {page: number for number, page in enumerate(dict.fromkeys(row[0] for row in read))}
        self._pages = np.array([pages[row[0]] for row in read], dtype=np.int64)
        self._texts = _texts(connection, self.size)
        self._dates = np.array([_day(row[1]) for row in read], dtype=np.int64)
        self._columns = {
            name: _column([_values(name, row[place]) for row in read])
            for place, name in enumerate([*SINGLE, *MANY], 2)
        }

    def everything(self) -> Numbers:
        """Return all rows."""
        return np.arange(self.size, dtype=np.int64)

    def filtered(self, rows: Numbers, filters: Filters, *, but: str | None = None) -> Numbers:
        """Return the rows that pass every filter (of a facet's values, one), leaving out one facet's filter."""
        kept = np.ones(len(rows), dtype=np.bool_)
        for name, wanted in filters.items():
            if name != but:
                kept &= self._columns[name].marks(rows, wanted)
        return rows[kept]

    def newest_of_each_page(self, rows: Numbers) -> Numbers:
        """Return one row a page, the last; rows of a page stand together, its oldest version first."""
        if not len(rows):
            return rows
        is_last = np.ones(len(rows), dtype=np.bool_)
        is_last[:-1] = np.diff(self._pages[rows]) != 0
        return rows[is_last]

    def counts(self, name: str, rows: Numbers) -> dict[str, int]:
        """Count the rows of each value of a facet."""
        return self._columns[name].counts(rows)

    def page_counts(self, name: str, rows: Numbers) -> dict[str, int]:
        """Count the pages of each value of a facet: a page with versions of two years is one of each year.

        Args:
            name: of the facet.
            rows: in order, so that those of a page stand together.
        """
        same = np.diff(self._pages[rows]) == 0
        several = np.zeros(len(rows), dtype=np.bool_)
        several[:-1] |= same
        several[1:] |= same
        return self._columns[name].counts(rows[~several], rows[several], self._pages)

    def one_of_each_text(self, rows: Numbers) -> Numbers:
        """Keep, of rows that hold the same text, the first; the order stays."""
        texts = self._texts[rows]
        kept = texts == 0
        kept[np.unique(texts, return_index=True)[1]] = True
        firsts: Numbers = rows[kept]
        return firsts

    def with_same_text(self, row: int, rows: Numbers) -> Numbers:
        """Return those of some rows, other than one, that hold the same text as it."""
        text = self._texts[row]
        others: Numbers = rows[(self._texts[rows] == text) & (rows != row) & (text != 0)]
        return others

    def by_date(self, rows: Numbers, *, newest_first: bool) -> Numbers:
        """Order rows by the date of publication; those without one come last."""
        dates = self._dates[rows]
        unknown = dates == 0
        order: Numbers = np.lexsort((rows, -dates if newest_first else dates, unknown))
        return rows[order]


def checked_filters(
    filters: Mapping[str, str | Sequence[str]] | None,
) -> dict[str, tuple[str, ...]]:
    """Return filters under the names of the facets, each with its values.

    Raises:
        QueryError: there is no such facet.

    >>> checked_filters({"language": "sv", "year": ["2019", "2020"]})
    {'lang': ('sv',), 'year': ('2019', '2020')}
    """
    checked = {}
    for given, values in (filters or {}).items():
        name = ALIASES.get(given, given)
        if name not in NAMES:
            raise QueryError(f"no filter {given!r}; there are: {', '.join(NAMES)}")
        checked[name] = (values,) if isinstance(values, str) else tuple(values)
    return checked


def _day(published: str) -> int:
    """Return a date as a number to sort by; 0 where it is not known."""
    return int((published.replace("-", "") + "0000")[:8]) if published else 0


def _texts(connection: sqlite3.Connection, size: int) -> Numbers:
    """Return a number for each text that several versions hold, 0 where one alone holds it."""
    numbers: dict[str, int] = {}
    texts = np.zeros(size, dtype=np.int64)
    for docid, cluster in connection.execute(
        "SELECT docid, cluster FROM same_text JOIN versions ON versions.id = version"
    ):
        texts[docid - 1] = numbers.setdefault(cluster, len(numbers) + 1)
    return texts


def _values(name: str, value: str | int | None) -> list[str]:
    if name in MANY:
        return [str(one) for one in json.loads(str(value))]
    return [UNKNOWN if value is None else str(value)]


def _column(rows: Sequence[Sequence[str]]) -> _Column:
    values = sorted({value for row in rows for value in row})
    code = {value: number for number, value in enumerate(values)}
    starts = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64)
    codes = np.array([code[value] for row in rows for value in row], dtype=np.int64)
    return _Column(tuple(values), starts, codes)
