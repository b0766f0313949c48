"""Keep every URL of every site, what was last seen there and when it is due.

A row leaves the queue in the same transaction that stores where its capture stands in the WARC files
and that queues the links found in it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from crawler.frontier_notes import NOTES_SCHEMA
from crawler.frontier_records import CrawlRecords
from crawler.targets import Row, Seen, Target

_SCHEMA = f"""
{NOTES_SCHEMA}
create table urls(
  id integer primary key, url text not null unique, site text not null, slot text not null,
  kind text not null, hub integer not null, hops text not null, via text, depth integer not null,
  priority integer not null, pattern text not null,
  state text not null default 'queued' check (state in ('queued', 'done', 'failed', 'skipped')),
  attempts integer not null default 0,
  status integer, is_page integer not null default 0, etag text, last_modified text,
  payload_digest text, warc_file text, warc_offset integer, crawl text, fetched_at text,
  due_at text, interval_days real,
  text_digest text, first_at text, visits integer not null default 0, changes integer not null default 0,
  listed_by text, lastmod text, lastmod_fetched text);
create index urls_listed on urls(listed_by) where listed_by is not null;
create index urls_queue on urls(slot, priority, id) where state = 'queued';
create index urls_due on urls(site, due_at);
create table files(
  number integer primary key, name text not null unique);
create table probes(host text primary key, fingerprint text) without rowid;
create table closed_shapes(
  site text not null, shape text not null, rule text not null, at text not null,
  primary key (site, shape)) without rowid;
create table robots(
  url text primary key, outcome text not null, status integer, target text, body blob,
  fetched_at text not null, expires_at text not null, unreachable_since text) without rowid;
create table spent(
  site text not null, day text not null, requests integer not null, bytes integer not null,
  primary key (site, day)) without rowid;
create table trust(
  host text not null, claim text not null check (claim in ('same', 'new')),
  asked real not null, "right" real not null, primary key (host, claim)) without rowid;
create table signs(
  site text not null, sign text not null, detail text not null, url text, first_at text not null,
  last_at text not null, primary key (site, sign)) without rowid;
create table skips(
  id integer primary key, crawl text not null, at text not null, site text, url text not null,
  reason text not null, detail text, via text, written integer not null default 0,
  unique (crawl, url, reason));
create table crawls(
  number integer primary key, id text not null unique, sites text not null,
  started text not null, ended text, outcome text, report text);
"""

_ROW = ", ".join(Row.__dataclass_fields__)


class Frontier(CrawlRecords):
    """The frontier of one archive."""

    SCHEMA = _SCHEMA
    VERSION = 2

    def __init__(self, path: Path) -> None:
        """Open the file, making it where there is none.

        Raises:
            ArchiveError: the file cannot be opened or is of another version.
        """
        super().__init__(path)
        self.queue: Counter[str] = Counter()
        """Queued URLs of the selected sites, by slot."""
        self._selected: frozenset[str] = frozenset()

    # --- the queue

    def select(self, sites: Iterable[str]) -> None:
        """Work on these sites only; the URLs of others stay as they are."""
        self._selected = frozenset(sites)
        self.recount()

    def leave(self, site: str) -> None:
        """Work on a site no longer in this crawl; its URLs stay queued."""
        self._selected -= {site}
        self.recount()

    def waiting(self, site: str) -> int:
        """Count the queued URLs of a site."""
        row = self._one("select count(*) as n from urls where site = ? and state = 'queued'", site)
        return 0 if row is None else int(row["n"])

    def recount(self) -> None:
        """Count the queue anew."""
        rows = self._all(
            "select slot, count(*) as n from urls where state = 'queued'"
            " and site in (select value from json_each(?)) group by slot",
            self._selection,
        )
        self.queue = Counter({row["slot"]: row["n"] for row in rows})

    @property
    def _selection(self) -> str:
        return json.dumps(sorted(self._selected))

    def add(self, target: Target) -> bool:
        """Queue a URL that has no row yet; return whether it is new."""
        new = (
            self._change(
                "insert or ignore into urls"
                "(url, site, slot, kind, hub, hops, via, depth, priority, pattern)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                target.url,
                target.site,
                target.slot,
                target.kind,
                target.hub,
                target.hops,
                target.via,
                target.depth,
                target.priority,
                target.pattern,
            ).rowcount
            == 1
        )
        if new:
            self._count(target.site, target.slot, 1)
        return new

    def ensure_queued(self, target: Target) -> None:
        """Queue a URL, also one that was fetched before."""
        if self.add(target):
            return
        again = self._change(
            "update urls set state = 'queued', attempts = 0, site = ?"
            " where url = ? and state != 'queued'",
            target.site,
            target.url,
        )
        if again.rowcount:
            self._count(target.site, target.slot, 1)

    def knows(self, url: str) -> bool:
        """Tell whether a URL has a row."""
        return self._one("select 1 from urls where url = ?", url) is not None

    def queue_again(self, site: str, now: datetime, *, due: bool) -> int:
        """Queue the URLs of a site that are due, or all; return how many. Call ``select`` after it."""
        return self._change(
            "update urls set state = 'queued', attempts = 0"
            " where site = ? and state != 'queued' and kind not in ('robots', 'probe')"
            # a visit in the future: the clock was wrong then, so its due time is too
            " and (due_at <= ? or fetched_at > ? or not ?)",
            site,
            now.isoformat(),
            now.isoformat(),
            due,
        ).rowcount

    def unfinished(self, site: str) -> bool:
        """Tell whether an earlier crawl of a site left URLs in the queue, or broke off before its end."""
        found = self._one("select 1 from urls where site = ? and state = 'queued' limit 1", site)
        last = self._one(
            "select ended from crawls where ? in (select value from json_each(sites))"
            " order by number desc limit 1",
            site,
        )
        return found is not None or (last is not None and last["ended"] is None)

    def take(self, slot: str) -> Row | None:
        """Return the next URL of a slot; it stays queued until acknowledged, so a kill loses nothing."""
        found = self._one(
            f"select {_ROW} from urls where slot = ? and state = 'queued'"  # noqa: S608 - the columns are ours
            " and site in (select value from json_each(?)) order by priority, id limit 1",
            slot,
            self._selection,
        )
        if found is None:
            del self.queue[slot]
            return None
        return _row(found)

    def _count(self, site: str, slot: str, change: int) -> None:
        if site in self._selected:
            self.queue[slot] += change

    def row(self, url: str) -> Row | None:
        """Return the row of a URL."""
        found = self._one(f"select {_ROW} from urls where url = ?", url)  # noqa: S608 - the columns are ours
        return None if found is None else _row(found)

    # --- acknowledging

    def done(
        self,
        row: Row,
        seen: Seen,
        *,
        crawl: str,
        due: datetime,
        interval: float,
        changed: bool | None = None,
    ) -> None:
        """Take a URL from the queue: its capture is stored and its links are queued.

        ``changed`` is ``None`` on a first visit.
        """
        self._acknowledge(row, seen, crawl, "done")
        self._change(
            "update urls set due_at = ?, interval_days = ?, attempts = 0, lastmod_fetched = ?,"
            " first_at = coalesce(first_at, ?), visits = visits + ?, changes = changes + ?,"
            " text_digest = coalesce(?, text_digest) where id = ?",
            due.isoformat(),
            interval,
            row.lastmod,
            seen.at.isoformat(),
            changed is not None,
            bool(changed),
            seen.text_digest,
            row.id,
        )

    def unchanged(self, row: Row, *, due: datetime) -> None:
        """Take a URL from the queue without asking: a trusted sitemap says that it has not changed."""
        self._change(
            "update urls set state = 'done', due_at = ? where id = ?", due.isoformat(), row.id
        )
        self._count(row.site, row.slot, -1)

    # --- what sitemaps say

    def relist(self, sitemap: str, dates: Mapping[str, str | None]) -> None:
        """Note what a sitemap says of each address that it lists; addresses without a row are passed over."""
        self._change(
            "update urls set listed_by = null, lastmod = null where listed_by = ?", sitemap
        )
        for url, lastmod in dates.items():
            # of two sitemaps the first to be read keeps an address: they may write its date differently
            self._change(
                "update urls set listed_by = ?, lastmod = ? where url = ? and listed_by is null",
                sitemap,
                lastmod,
                url,
            )

    def told_unchanged(self, listed_by: str) -> list[str]:
        """Return the queued addresses of which a sitemap says that they have not changed."""
        rows = self._all(
            "select url from urls where listed_by = ? and state = 'queued' and lastmod = lastmod_fetched"
            " order by id",
            listed_by,
        )
        return [row["url"] for row in rows]

    def told_changed(self, listed_by: str) -> list[str]:
        """Return the fetched addresses of which a sitemap now gives another date than when they were fetched."""
        rows = self._all(
            "select url from urls where listed_by = ? and state = 'done' and lastmod is not null"
            " and lastmod_fetched is not null and lastmod != lastmod_fetched order by id",
            listed_by,
        )
        return [row["url"] for row in rows]

    def ask_again(self, url: str) -> bool:
        """Queue a URL that was fetched before, though it is not due; return whether it was not queued."""
        found = self._one("select site, slot from urls where url = ? and state = 'done'", url)
        if found is None:
            return False
        self._change("update urls set state = 'queued', attempts = 0 where url = ?", url)
        self._count(found["site"], found["slot"], 1)
        return True

    def queued(self, url: str) -> Row | None:
        """Return the row of a URL if it is in the queue."""
        found = self._one(f"select {_ROW} from urls where url = ? and state = 'queued'", url)  # noqa: S608 - the columns are ours
        return None if found is None else _row(found)

    def failed(self, row: Row, seen: Seen, *, crawl: str, due: datetime) -> None:
        """Give a URL up for this crawl."""
        self._acknowledge(row, seen, crawl, "failed")
        self._change("update urls set due_at = ? where id = ?", due.isoformat(), row.id)

    def retry(self, row: Row, seen: Seen, *, crawl: str) -> None:
        """Leave a URL in the queue for another try."""
        self._acknowledge(row, seen, crawl, "queued")
        self._change("update urls set attempts = attempts + 1 where id = ?", row.id)

    def _acknowledge(self, row: Row, seen: Seen, crawl: str, state: str) -> None:
        if seen.payload is not None:
            self.keep_payload(seen.payload)
        file, offset = seen.pointer or (None, None)
        self._change(
            "update urls set state = ?, crawl = ?, status = coalesce(?, status), fetched_at = ?,"
            " warc_file = coalesce(?, warc_file), warc_offset = coalesce(?, warc_offset),"
            " etag = coalesce(?, etag), last_modified = coalesce(?, last_modified),"
            " payload_digest = coalesce(?, payload_digest), is_page = ? where id = ?",
            state,
            crawl,
            seen.status,
            seen.at.isoformat(),
            file,
            offset,
            seen.etag,
            seen.last_modified,
            seen.payload.digest if seen.payload else None,
            seen.is_page,
            row.id,
        )
        if seen.pointer is not None:
            self.uncommitted.append(seen.pointer)
        if state != "queued":
            self._count(row.site, row.slot, -1)

    def skipped(self, row: Row, *, due: datetime) -> None:
        """Take a URL from the queue without a capture."""
        self._change(
            "update urls set state = 'skipped', due_at = ? where id = ?", due.isoformat(), row.id
        )
        self._count(row.site, row.slot, -1)

    # --- counts

    def sitemaps(self) -> Counter[str]:
        """Count the sitemaps of each site."""
        rows = self._all(
            "select site, count(*) as n from urls where kind = 'sitemap' group by site"
        )
        return Counter({row["site"]: row["n"] for row in rows})

    def patterns(self, sites: Iterable[str]) -> Counter[tuple[str, str]]:
        """Count the URLs of these sites by their pattern."""
        rows = self._all(
            "select site, pattern, count(*) as n from urls"
            " where site in (select value from json_each(?)) group by site, pattern",
            json.dumps(list(sites)),
        )
        return Counter({(row["site"], row["pattern"]): row["n"] for row in rows})

    def pages(self, site: str) -> int:
        """Count the pages of a site that were ever stored."""
        row = self._one("select count(*) as n from urls where site = ? and is_page", site)
        return 0 if row is None else int(row["n"])


def _row(found: sqlite3.Row) -> Row:
    return Row(**{**dict(found), "hub": bool(found["hub"])})
