"""Fill the tables that the index is made of: mentions, events, personal data and the search terms of every word form.

A version is done once for each set of rules; what changed since is done again, what is gone is removed.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlite_utils import Database

from archive.events import find_events
from archive.lemmas import analyse, tokens
from archive.mentions import find_mentions, find_regions
from archive.personal import find_personal, masked
from archive.places import find_counties, find_places
from archive.records import Event, Mention, PersonalSpan, Relation
from archive.registry import County, Region, Registry, Term
from archive.relations import find_relations
from archive.workers import mapper

RULES = 4
"""Raise it when mentions, events, personal data or lemmas are found in another way: every version is then done again."""
LEMMA_RULES = 4
"""Raise it when word forms are analysed in another way: every form is then analysed again."""

BATCH = 200
"""Versions in a transaction: what a killed run has to do again."""
POOL_FROM = 1_000
"""Versions that make other processes worth while: each takes a gigabyte for the Finnish analyser."""
MOST_WORKERS = 4

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how much is done, and how much there is."""
Given = TypeVar("Given")
Made = TypeVar("Made")
Mapper = Callable[[Callable[[Given], Made], Sequence[Given]], Iterable[Made]]


@dataclass(slots=True)
class IndexReport:
    """What one run did."""

    versions: int = 0
    mentions: int = 0
    events: int = 0
    forms: int = 0
    """Word forms that were analysed for the first time."""
    removed: int = 0
    """Versions that are gone and left the index."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One version to read."""

    version: str
    title: str
    text: str
    language: str
    published: str | None
    dated: str | None
    """Publication date; else the date of the last change, which events without a year lie near as well."""
    regions: str
    """Codes of the regions of its site, divided by spaces."""
    start: int
    """Where the part begins that the site does not repeat; repeated blocks mention nothing."""
    end: int
    rules: str

    @property
    def own(self) -> str:
        """The part of the text that is its own."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one version holds."""

    job: _Job
    mentions: tuple[tuple[Mention, int | None], ...]
    """Each with the offset of the first in the text."""
    events: tuple[Event, ...]
    personal: tuple[PersonalSpan, ...]
    relations: tuple[Relation, ...]
    forms: frozenset[str]


def build_index(
    db: Database, registry: Registry, *, everything: bool = False, progress: Progress | None = None
) -> IndexReport:
    """Index the versions that the present rules have not seen; with ``everything``, all of them.

    Each batch is one transaction, so a killed run goes on where it was.
    """
    report = IndexReport(removed=_remove_gone(db))
    _forget_old_forms(db)
    if everything:
        with db.conn:
            db.execute("DELETE FROM indexed")
    rules = _rules(registry)
    pending = _pending(db, rules)
    with _mapper(registry, len(pending)) as mapper:
        for start in range(0, len(pending), BATCH):
            _index_batch(db, _jobs(db, pending[start : start + BATCH], rules), mapper, report)
            if progress:
                progress("index", min(start + BATCH, len(pending)), len(pending))
    return report


FILLED = ("mentions", "events", "personal_data", "relations")
"""The tables whose rows belong to a version."""
GONE = "version NOT IN (SELECT version FROM version_text)"


def _remove_gone(db: Database) -> int:
    """Take out what belongs to versions that extraction no longer gives."""
    with db.conn:
        gone = db.conn.execute(f"DELETE FROM indexed WHERE {GONE}").rowcount  # noqa: S608 - the names stand in this file
        for table in FILLED:
            db.execute(f"DELETE FROM {table} WHERE {GONE}")  # noqa: S608 - the names stand in this file
    return int(gone)


def _forget_old_forms(db: Database) -> None:
    """Empty the cache of forms where older rules filled it; ``user_version`` says which did."""
    with db.conn:
        if db.conn.execute("PRAGMA user_version").fetchone()[0] != LEMMA_RULES:
            db.execute("DELETE FROM forms")
            db.execute("DELETE FROM indexed")
            db.execute(f"PRAGMA user_version = {LEMMA_RULES}")


def _rules(registry: Registry) -> str:
    """Return the digest of all that decides what is found: the vocabulary and our own rules."""
    terms = sorted((t.id, t.pattern, t.case_sensitive) for t in registry.terms.values())
    regions = sorted((r.code, r.fi, r.sv, r.en) for r in registry.regions.values())
    counties = sorted((c.id, c.fi, c.sv, c.en) for c in registry.counties.values())
    sites = sorted((site.id, site.regions) for site in registry.sites.values())
    said = json.dumps([RULES, terms, regions, counties, sites], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


STAMP = (
    "? || ' ' || ifnull(language, '-') || ' ' || coalesce(published, modified, '-')"
    " || ifnull(' ' || own_parts.start || '-' || own_parts.\"end\", '')"
)
"""The rules of one version: another language, date or own part gives other forms and other events."""


def _pending(db: Database, rules: str) -> list[str]:
    rows = db.execute(
        f"""SELECT versions.id FROM versions JOIN version_text ON version_text.version = versions.id
            LEFT JOIN indexed ON indexed.version = versions.id
            LEFT JOIN own_parts ON own_parts.version = versions.id
            WHERE indexed.rules IS NOT {STAMP} ORDER BY versions.id""",  # noqa: S608 - the names stand in this file
        [rules],
    )
    return [version for (version,) in rows.fetchall()]


def _jobs(db: Database, versions: Sequence[str], rules: str) -> list[_Job]:
    marks = ",".join("?" * len(versions))
    rows = db.execute(
        f"""SELECT versions.id, ifnull(title, ''), text, ifnull(language, 'fi'), published,
              coalesce(published, modified),
              (SELECT ifnull(group_concat(region, ' '), '') FROM site_region
               WHERE site_region.site = versions.site),
              ifnull(own_parts.start, 0), ifnull(own_parts."end", length(text)), {STAMP}
            FROM versions JOIN version_text ON version_text.version = versions.id
            LEFT JOIN own_parts ON own_parts.version = versions.id
            WHERE versions.id IN ({marks}) ORDER BY versions.id""",  # noqa: S608 - the names stand in this file
        [rules, *versions],
    )
    return [_Job(*row) for row in rows.fetchall()]


def _index_batch(
    db: Database, jobs: Sequence[_Job], mapper: Mapper[Any, Any], report: IndexReport
) -> None:
    found: list[_Found] = list(mapper(_read, jobs))
    forms = _new_forms(db, found)
    analysed = list(mapper(_analyse, forms))
    with db.conn:
        _store(db, found)
        db.conn.executemany("INSERT OR REPLACE INTO forms VALUES (?, ?, ?)", analysed)
    report.versions += len(found)
    report.mentions += sum(len(one.mentions) for one in found)
    report.events += sum(len(one.events) for one in found)
    report.forms += len(analysed)


def _new_forms(db: Database, found: Iterable[_Found]) -> list[tuple[str, str]]:
    """Return language and form of what the archive meets for the first time, neighbours together.

    Compounds that begin alike share their parts, so one process should get them.
    """
    met = sorted({(one.job.language, form) for one in found for form in one.forms})
    known = "SELECT 1 FROM forms WHERE language = ? AND form = ?"
    return [pair for pair in met if db.execute(known, pair).fetchone() is None]


def _store(db: Database, found: Sequence[_Found]) -> None:
    versions = [(one.job.version,) for one in found]
    for table in (*FILLED, "indexed"):
        db.conn.executemany(f"DELETE FROM {table} WHERE version = ?", versions)  # noqa: S608 - the names stand in this file
    db.conn.executemany("INSERT INTO mentions VALUES (?, ?, ?, ?, ?)", _mention_rows(found))
    db.conn.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _event_rows(found))
    db.conn.executemany("INSERT INTO personal_data VALUES (?, ?, ?, ?)", _personal_rows(found))
    marks = ", ".join("?" * 11)
    db.conn.executemany(f"INSERT INTO relations VALUES ({marks})", _relation_rows(found))  # noqa: S608 - marks only
    stamps = [(one.job.version, one.job.rules) for one in found]
    db.conn.executemany("INSERT INTO indexed VALUES (?, ?)", stamps)


def _mention_rows(found: Iterable[_Found]) -> Iterator[tuple[object, ...]]:
    for one in found:
        for mention, offset in one.mentions:
            yield one.job.version, mention.term, mention.count, offset, mention.form


def _event_rows(found: Iterable[_Found]) -> Iterator[tuple[object, ...]]:
    for one in found:
        for position, event in enumerate(one.events):
            yield (
                one.job.version,
                position,
                event.start,
                event.end,
                event.place,
                event.title,
                event.evidence,
                event.precision,
                int(event.year_inferred),
            )


def _relation_rows(found: Iterable[_Found]) -> Iterator[tuple[object, ...]]:
    for one in found:
        for position, relation in enumerate(one.relations):
            yield one.job.version, position, *astuple(relation)


def _personal_rows(found: Iterable[_Found]) -> Iterator[tuple[object, ...]]:
    for one in found:
        for span in one.personal:
            yield one.job.version, span.start, span.end, span.kind


_vocabulary: tuple[list[Term], list[Region], list[County]] = ([], [], [])
"""Terms, regions and counties of this process; set once where it begins, for sending them with each text costs more."""


def _set_vocabulary(terms: list[Term], regions: list[Region], counties: list[County]) -> None:
    global _vocabulary
    _vocabulary = (terms, regions, counties)


@contextmanager
def _mapper(registry: Registry, versions: int) -> Iterator[Mapper[Any, Any]]:
    """Give a ``map`` over this process, or over several where there is much to do."""
    vocabulary = (
        list(registry.terms.values()),
        list(registry.regions.values()),
        list(registry.counties.values()),
    )
    _set_vocabulary(*vocabulary)
    workers = min(MOST_WORKERS, os.cpu_count() or 1)
    if versions < POOL_FROM or workers == 1:
        yield lambda function, items: map(function, items)
        return
    context = multiprocessing.get_context("spawn")
    with mapper(ProcessPoolExecutor(workers, context, _set_vocabulary, vocabulary)) as mapped:
        yield lambda function, items: mapped(
            function, items, chunksize=max(1, len(items) // (4 * workers))
        )


def _read(job: _Job) -> _Found:
    """Read one version; a title that its text does not begin with is read too."""
    text = job.own
    title = "" if text.startswith(job.title) else job.title
    regions = job.regions.split()
    in_text = {term: _moved(row, job.start) for term, row in _mentions(text, regions).items()}
    personal = find_personal(job.text)
    read = (job.title, job.text, masked(job.title), masked(job.text, personal), masked(text))
    relations = find_relations(
        text,
        _vocabulary[0],
        [region.code for region in _vocabulary[1]],
        site_regions=regions,
        year=int(job.published[:4]) if job.published else None,
    )
    return _Found(
        job,
        _merge(in_text, _mentions(title, regions)),
        tuple(find_events(f"{title}\n{text}", _reference(job.dated))),
        personal,
        tuple(
            replace(row, start=row.start + job.start, end=row.end + job.start) for row in relations
        ),
        frozenset(word.group() for part in read for word in tokens(part)),
    )


def _moved(mention: Mention, start: int) -> Mention:
    return replace(mention, first_offset=mention.first_offset + start)


def _mentions(text: str, near: Sequence[str]) -> dict[str, Mention]:
    """Find what a text mentions; ``near`` are the regions that its site writes about."""
    terms, regions, counties = _vocabulary
    if not text:
        return {}
    vocabulary = (*find_mentions(text, terms), *find_regions(text, regions))
    places = (*find_counties(text, counties), *find_places(text, near))
    return {mention.term: mention for mention in (*vocabulary, *places)}


def _merge(
    in_text: dict[str, Mention], in_title: dict[str, Mention]
) -> tuple[tuple[Mention, int | None], ...]:
    """Count what text and title mention; the offset is that of the text, unknown where only the title has it."""
    merged = []
    for term in sorted(in_text.keys() | in_title.keys()):
        first = in_text.get(term) or in_title[term]
        count = sum(side[term].count for side in (in_text, in_title) if term in side)
        merged.append(
            (replace(first, count=count), first.first_offset if term in in_text else None)
        )
    return tuple(merged)


def _reference(dated: str | None) -> date | None:
    """Return the day that a date without a year is told from; the middle of what is known.

    >>> _reference("2020-02")
    datetime.date(2020, 2, 15)
    """
    if dated is None:
        return None
    middle = {4: "-07-01", 7: "-15"}.get(len(dated), "")
    return date.fromisoformat((dated + middle)[:10])


def _analyse(pair: tuple[str, str]) -> tuple[str, str, str]:
    language, form = pair
    return language, form, " ".join(analyse(form, language))
