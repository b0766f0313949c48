"""Hold the facets of an edition in memory, so that true counts cost no query.

Each facet is a column of small numbers in the order of `docid`; a facet with several values a version is
two columns: the value and the version that it is of. A hundred thousand versions take a few megabytes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.errors import QueryError

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.intp]
Keys = NDArray[np.floating[Any]] | Numbers
"""A number for every version, to order by."""

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
    """The values of one facet; without ``owners`` every version has exactly one."""

    values: tuple[str, ...]
    codes: Codes
    owners: Codes | None

    def marks(self, size: int, wanted: Iterable[str]) -> Marks:
        """Mark the versions that have one of the wanted values."""
        is_wanted = np.isin(self.values, list(wanted))
        if self.owners is None:
            return is_wanted[self.codes] if len(self.values) else np.zeros(size, np.bool_)
        marks = np.zeros(size, dtype=np.bool_)
        marks[self.owners[is_wanted[self.codes]]] = True
        return marks

    def held(self, rows: Numbers, marks: Marks) -> tuple[Codes, Codes]:
        """Return the codes of versions and, for each code, the version; they are given as rows and as marks."""
        if self.owners is None:
            return self.codes[rows], rows
        inside = marks[self.owners]
        return self.codes[inside], self.owners[inside]

    def counts(self, codes: Codes) -> dict[str, int]:
        """Return how often each value stands among codes."""
        found = np.bincount(codes, minlength=len(self.values))
        return {self.values[code]: int(found[code]) for code in np.flatnonzero(found)}


class Facets:
    """The columns of one edition; rows are numbered from 0, `docid` from 1."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read the columns."""
        columns = ", ".join([*SINGLE.values(), *MANY.values()])
        read = connection.execute(
            f"SELECT page, published, first_seen, last_seen, words, {columns} FROM versions ORDER BY docid"  # noqa: S608 - our names
        ).fetchall()
        self.size = len(read)
        pages = {page: number for number, page in enumerate(dict.fromkeys(row[0] for row in read))}
        self._pages = np.array([pages[row[0]] for row in read], dtype=np.int64)
        self._texts = _texts(connection, self.size)
        self._published = _numbers(first_day(row[1]) for row in read)
        self._published_until = _numbers(last_day(row[1]) for row in read)
        self._seen = _numbers(first_day(row[2]) for row in read)
        self._seen_until = _numbers(last_day(row[3]) for row in read)
        self.words = _numbers(row[4] for row in read)
        """The number of words of each version."""
        unknown = self._published == 0
        self.newest = _ranks(unknown, -self._published)
        """The place of each version in the order of publication dates, the newest first."""
        self.oldest = _ranks(unknown, self._published)
        moments = np.unique([row[2] for row in read], return_inverse=True)[1]
        self.latest = _ranks(-moments)
        """The same in the order in which the archive first saw them."""
        self._columns = {
            name: _column([_values(name, row[place]) for row in read], several=name in MANY)
            for place, name in enumerate([*SINGLE, *MANY], 5)
        }

    def everything(self) -> Numbers:
        """Return all rows."""
        return np.arange(self.size, dtype=np.int64)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a facet."""
        return self._columns[name].values

    def having(self, name: str, wanted: Iterable[str]) -> Marks:
        """Mark the versions that have one of some values of a facet."""
        return self._columns[name].marks(self.size, wanted)

    def published_within(self, first: int, last: int) -> Marks:
        """Mark the versions whose date of publication, as precise as it is known, lies in a range of days."""
        return (self._published >= max(first, 1)) & (self._published_until <= last)

    def seen_within(self, first: int, last: int) -> Marks:
        """Mark the versions that were on the web, as far as captures tell, on a day of a range."""
        return (self._seen <= last) & (self._seen_until >= first)

    def filtered(self, rows: Numbers, filters: Filters, *, but: str | None = None) -> Numbers:
        """Return the rows that pass every filter (of a facet's values, one), leaving out one facet's filter."""
        for name, wanted in filters.items():
            if name != but:
                rows = rows[self.having(name, wanted)[rows]]
        return rows

    def newest_of_each_page(self, rows: Numbers) -> Numbers:
        """Return one row a page, the last; rows of a page stand together, its oldest version first."""
        if not len(rows):
            return rows
        is_last = np.ones(len(rows), dtype=np.bool_)
        is_last[:-1] = np.diff(self._pages[rows]) != 0
        return rows[is_last]

    def newest_of_each_page_and_year(self, rows: Numbers) -> Numbers:
        """Return, of the rows of a page that were published in one year, the last; rows are in order."""
        years = self._columns["year"]
        pairs = self._pages[rows] * len(years.values) + years.codes[rows]
        _, last = np.unique(pairs[::-1], return_index=True)
        return np.sort(rows[::-1][last])

    def sums(self, name: str, rows: Numbers, numbers: Numbers) -> dict[str, int]:
        """Add up a number of each row by the values of a facet that has one a version."""
        column = self._columns[name]
        sums = np.bincount(column.codes[rows], numbers, len(column.values))
        return dict(zip(column.values, map(int, sums), strict=True))

    def counts(self, name: str, rows: Numbers) -> dict[str, int]:
        """Count the rows of each value of a facet."""
        return self.all_counts([name], rows)[name]

    def all_counts(self, names: Iterable[str], rows: Numbers) -> dict[str, dict[str, int]]:
        """Count the rows of each value of several facets."""
        marks = self._marks(rows)
        columns = {name: self._columns[name] for name in names}
        return {name: one.counts(one.held(rows, marks)[0]) for name, one in columns.items()}

    def page_counts(self, names: Iterable[str], rows: Numbers) -> dict[str, dict[str, int]]:
        """Count the pages of each value of several facets: a page with versions of two years is one of each year.

        Args:
            names: of the facets.
            rows: in order, so that those of a page stand together.
        """
        same = np.diff(self._pages[rows]) == 0
        several = np.zeros(len(rows), dtype=np.bool_)
        several[:-1] |= same
        several[1:] |= same
        alone, shared = rows[~several], rows[several]
        alone_marks, shared_marks = self._marks(alone), self._marks(shared)
        counted = {}
        for name in names:
            column = self._columns[name]
            codes, _ = column.held(alone, alone_marks)
            if len(shared):
                more, versions = column.held(shared, shared_marks)
                pairs = np.unique(self._pages[versions] * len(column.values) + more)
                codes = np.concatenate([codes, pairs % len(column.values)])
            counted[name] = column.counts(codes)
        return counted

    def _marks(self, rows: Numbers) -> Marks:
        marks = np.zeros(self.size, dtype=np.bool_)
        marks[rows] = True
        return marks

    def one_of_each_text(self, rows: Numbers, keys: Keys) -> Numbers:
        """Keep, of rows that hold the same text, the one with the lowest key; ``keys`` holds one for every version."""
        texts = self._texts[rows]
        shared = rows[texts != 0]
        in_order = shared[np.lexsort((shared, keys[shared], self._texts[shared]))]
        is_first = np.ones(len(in_order), dtype=np.bool_)
        is_first[1:] = np.diff(self._texts[in_order]) != 0
        return np.sort(np.concatenate([rows[texts == 0], in_order[is_first]]))

    def sharing_text(self, some: Numbers, rows: Numbers) -> Numbers:
        """Return those of the rows that hold a text which one of some others, or itself, holds too."""
        texts = self._texts[rows]
        shared: Numbers = rows[np.isin(texts, self._texts[some]) & (texts != 0)]
        return shared

    def texts_of(self, rows: Numbers) -> list[int]:
        """Return the number of the text of each row; 0 where no other row holds it."""
        numbers: list[int] = self._texts[rows].tolist()
        return numbers

    def by_date(self, rows: Numbers, *, newest_first: bool) -> Numbers:
        """Order rows by the date of publication, those without one last."""
        return first_of(rows, self.newest if newest_first else self.oldest)


def first_of(rows: Numbers, keys: Keys, until: int | None = None) -> Numbers:
    """Order rows by their keys, equal ones by number; of many, only as far as ``until``.

    >>> first_of(np.array([0, 2, 3]), np.array([.3, .2, .1, .1]), 2).tolist()
    [2, 3]
    """
    if until and len(rows) > until:
        rows = rows[keys[rows] <= np.partition(keys[rows], until - 1)[until - 1]]
    order: Numbers = rows[np.lexsort((rows, keys[rows]))][:until]
    return order


def _ranks(*keys: Numbers) -> Numbers:
    """Return the place of each row in the order of the keys, the first key first."""
    ranks = np.empty(len(keys[0]), dtype=np.int64)
    ranks[np.lexsort(keys[::-1])] = np.arange(len(keys[0]))
    return ranks


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


def first_day(date: str | None) -> int:
    """Return the first day of a year, month, day or moment as a number to compare; 0 where it is not known.

    >>> first_day("2019-03"), last_day("2019-03"), first_day(None)
    (20190300, 20190399, 0)
    """
    return _day(date, "0000")


def last_day(date: str | None) -> int:
    """Return the last day, in the same way; it need not stand in the calendar."""
    return _day(date, "9999")


def _day(date: str | None, rest: str) -> int:
    return int((date[:10].replace("-", "") + rest)[:8]) if date else 0


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, dtype=np.int64)


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


def _column(rows: Sequence[Sequence[str]], *, several: bool) -> _Column:
    values = sorted({value for row in rows for value in row})
    code = {value: number for number, value in enumerate(values)}
    codes = np.array([code[value] for row in rows for value in row], dtype=np.intp)
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows]) if several else None
    return _Column(tuple(values), codes, owners)
