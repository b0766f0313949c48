"""Keep ``past.db``: what other archives list of our sites, and what became of each capture.

A capture is done in the same transaction that stores where its record stands in the WARC files,
so a killed run asks for nothing twice.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from crawler.exchangerecords import Payload, Pointer
from crawler.frontier_notes import NOTES_SCHEMA, Notes
from crawler.past.lists import Listed

Kind = Literal["cdx", "timemap", "collections", "pages"]
"""What a question asks for: captures, captures of one address, the crawls of Common Crawl, the pages of an index."""

State = Literal["passed", "queued", "done", "refused", "failed"]

FRESH = timedelta(days=1)
"""A list younger than this is not asked for again: a plan and the run after it share one."""

_SCHEMA = f"""
{NOTES_SCHEMA}
create table questions(
  id integer primary key, archive text not null, site text not null, url text not null, kind text not null,
  state text not null default 'queued' check (state in ('queued', 'done', 'failed')),
  attempts integer not null default 0, asked_at text, unique (archive, site, url));
create table listed(
  id integer primary key, archive text not null, site text not null, url text not null, urlkey text not null,
  at text not null, mime text, status integer, digest text, length integer, file text, "offset" integer,
  state text not null default 'passed' check (state in ('passed', 'queued', 'done', 'refused', 'failed')),
  reason text, detail text, address text, hops integer not null default 0,
  attempts integer not null default 0, fetched_at text, warc_file text, warc_offset integer,
  unique (archive, site, url, at));
create index listed_state on listed(archive, site, state);
create index listed_order on listed(archive, site, urlkey, at, id);
"""

_COLUMNS = "id, url, urlkey, at, mime, status, digest, length, file, offset, state, address, hops, attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to an index."""

    id: int
    url: str
    kind: Kind
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One capture that an archive lists, and how far we are with it."""

    id: int
    capture: Listed
    state: State
    address: str | None
    """Where the archive said that it is, if it is not where replays are."""
    hops: int
    """Redirects of the archive followed so far."""
    attempts: int


class Holdings(Notes):
    """The open file; every method is about one archive and one site of ours."""

    SCHEMA = _SCHEMA
    VERSION = 1

    # --- questions

    def ask(self, archive: str, site: str, roots: dict[str, Kind], now: datetime) -> None:
        """Queue the questions that list a site, unless a list of them is under way or fresh.

        Args:
            archive: the archive.
            site: the site.
            roots: the first questions.
            now: the time.
        """
        rows = self._all(
            "select url, state, asked_at from questions where archive = ? and site = ?",
            archive,
            site,
        )
        known = {row["url"] for row in rows}
        under_way = any(row["state"] != "done" for row in rows)
        oldest = min((row["asked_at"] for row in rows if row["asked_at"]), default="")
        if roots.keys() <= known and (under_way or oldest > (now - FRESH).isoformat()):
            self._change(
                "update questions set state = 'queued', attempts = 0"
                " where archive = ? and site = ? and state = 'failed'",
                archive,
                site,
            )
            return
        self._change("delete from questions where archive = ? and site = ?", archive, site)
        self.ask_further(archive, site, roots)

    def ask_further(self, archive: str, site: str, questions: dict[str, Kind]) -> None:
        """Queue questions to which an answer led."""
        for url, kind in questions.items():
            self._change(
                "insert or ignore into questions(archive, site, url, kind) values (?, ?, ?, ?)",
                archive,
                site,
                url,
                kind,
            )

    def question(self, archive: str, site: str) -> Question | None:
        """Return the next question; it stays queued until it is answered."""
        row = self._one(
            "select id, url, kind, attempts from questions"
            " where archive = ? and site = ? and state = 'queued' order by id limit 1",
            archive,
            site,
        )
        return None if row is None else Question(**dict(row))

    def answered(self, question: Question, now: datetime, *, failed: bool = False) -> None:
        """Take a question from the queue."""
        self._change(
            "update questions set state = ?, asked_at = ? where id = ?",
            "failed" if failed else "done",
            now.isoformat(),
            question.id,
        )

    def add(self, archive: str, site: str, captures: Iterable[Listed]) -> None:
        """Keep what an index lists; what is known already stays as it is."""
        for c in captures:
            self._change(
                "insert or ignore into listed(archive, site, url, urlkey, at, mime, status, digest, length,"
                " file, offset) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(archive, site, c.url, c.urlkey, c.at.isoformat(), c.mime, c.status, c.digest),
                *(c.length, c.file, c.offset),
            )

    # --- captures

    def listed(self, archive: str, site: str, began: datetime, ended: datetime) -> Iterator[Wanted]:
        """Yield the captures of a stretch of time, by address and time; their state may be changed meanwhile."""
        last = ("", "", 0)
        while rows := self._all(
            f"select {_COLUMNS} from listed where archive = ? and site = ? and at between ? and ?"  # noqa: S608 - the columns are ours
            " and (urlkey, at, id) > (?, ?, ?) order by urlkey, at, id limit 5000",
            *(archive, site, began.isoformat(), ended.isoformat(), *last),
        ):
            yield from map(_wanted, rows)
            last = (rows[-1]["urlkey"], rows[-1]["at"], rows[-1]["id"])

    def decide(self, capture: int, reason: str | None) -> None:
        """Queue a capture, or pass it over for a reason."""
        state = "queued" if reason is None else "passed"
        self._change(
            "update listed set state = ?, reason = ?, detail = null, attempts = 0 where id = ?",
            *(state, reason, capture),
        )

    def rest(self, archive: str, site: str) -> None:
        """Take everything from the queue; what is wanted is decided anew."""
        self._change(
            "update listed set state = 'passed', reason = null"
            " where archive = ? and site = ? and state = 'queued'",
            *(archive, site),
        )

    def wanted(self, archive: str, site: str) -> Wanted | None:
        """Return the next capture, oldest first, a revisit after what it repeats; it stays queued until it is settled."""
        row = self._one(
            f"select {_COLUMNS} from listed where archive = ? and site = ? and state = 'queued'"  # noqa: S608 - the columns are ours
            " order by attempts, at, mime is 'warc/revisit', id limit 1",
            *(archive, site),
        )
        return None if row is None else _wanted(row)

    def count(self, archive: str, site: str) -> Counter[str]:
        """Count the captures of a site by state, and those that are passed over, refused or failed by reason too."""
        rows = self._all(
            "select state, reason, count(*) as n from listed where archive = ? and site = ?"
            " group by state, reason",
            *(archive, site),
        )
        counts: Counter[str] = Counter()
        for row in rows:
            counts[row["state"]] += row["n"]
            if row["reason"] is not None:
                counts[row["reason"]] += row["n"]
        return counts

    # --- acknowledging

    def done(self, capture: int, pointer: Pointer, payload: Payload | None, now: datetime) -> None:
        """Note that the record of a capture stands in a WARC file."""
        if payload is not None:
            self.keep_payload(payload)
        self._change(
            "update listed set state = 'done', reason = null, fetched_at = ?, warc_file = ?,"
            " warc_offset = ? where id = ?",
            *(now.isoformat(), *pointer, capture),
        )
        self.uncommitted.append(pointer)

    def stored(self, archive: str, url: str, at: datetime, pointer: Pointer) -> None:
        """Note the same of a record that a killed run had written but not acknowledged."""
        self._change(
            "update listed set state = 'done', reason = null, warc_file = ?, warc_offset = ?"
            " where archive = ? and url = ? and at = ? and state != 'done'",
            *(*pointer, archive, url, at.isoformat()),
        )

    def refuse(self, capture: int, reason: str, detail: str, now: datetime) -> None:
        """Note that an archive does not give what its index lists; it is not asked again."""
        self._end(capture, "refused", reason, detail, now)

    def fail(self, capture: int, detail: str, now: datetime) -> None:
        """Give a capture up for this run."""
        self._end(capture, "failed", "failed", detail, now)

    def _end(self, capture: int, state: str, reason: str, detail: str, now: datetime) -> None:
        self._change(
            "update listed set state = ?, reason = ?, detail = ?, fetched_at = ? where id = ?",
            *(state, reason, detail, now.isoformat(), capture),
        )

    def follow(self, capture: int, address: str) -> None:
        """Leave a capture in the queue, to be asked for where the archive says that it is."""
        self._change(
            "update listed set address = ?, hops = hops + 1 where id = ?", *(address, capture)
        )

    def retry(self, table: Literal["listed", "questions"], row: int) -> None:
        """Leave a capture or a question in the queue for another try."""
        self._change(f"update {table} set attempts = attempts + 1 where id = ?", row)  # noqa: S608 - the names are ours

    def last_activity(self) -> datetime | None:
        """Return when an archive was last asked, as far as is known."""
        row = self._one(
            "select max(at) as at from (select max(fetched_at) as at from listed"
            " union all select max(asked_at) from questions)"
        )
        return None if row is None or row["at"] is None else datetime.fromisoformat(row["at"])


def _wanted(row: sqlite3.Row) -> Wanted:
    told = {name: row[name] for name in ("mime", "status", "digest", "length", "file", "offset")}
    capture = Listed(
        url=row["url"], urlkey=row["urlkey"], at=datetime.fromisoformat(row["at"]), **told
    )
    return Wanted(
        id=row["id"],
        capture=capture,
        state=row["state"],
        address=row["address"],
        hops=row["hops"],
        attempts=row["attempts"],
    )
