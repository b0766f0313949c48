"""Keep what crawls have written: when each ran, its files, the URLs it skipped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from crawler.frontier_hosts import HostNotes
from crawler.recovery import Found
from crawler.targets import Skip

_SKIP = ("at", "site", "url", "reason", "detail", "via")


class CrawlRecords(HostNotes):
    """The tables about crawls and what they wrote."""

    # --- crawls

    def crawl_began(self, crawl: str, at: datetime, sites: Iterable[str]) -> None:
        """Note that a crawl began."""
        self._change(
            "insert into crawls(id, sites, started) values (?, ?, ?)",
            crawl,
            json.dumps(list(sites)),
            at.isoformat(),
        )

    def crawl_ended(self, crawl: str, at: datetime, outcome: str, report: object) -> None:
        """Note how a crawl ended."""
        self._change(
            "update crawls set ended = ?, outcome = ?, report = ? where id = ?",
            at.isoformat(),
            outcome,
            json.dumps(report, ensure_ascii=False),
            crawl,
        )

    def last_activity(self) -> datetime | None:
        """Return when a URL was last asked for, as far as is known."""
        row = self._one("select max(fetched_at) as at from urls")
        return None if row is None or row["at"] is None else datetime.fromisoformat(row["at"])

    # --- WARC files

    def file_begun(self, name: str) -> None:
        """Note that a WARC file was begun; the numbers tell the order, for clocks and names may not."""
        self._change("insert or ignore into files(name) values (?)", name)

    def acknowledged(self, found: Found) -> bool:
        """Tell whether an exchange that stands in a WARC file was acknowledged before the kill.

        A file that the frontier does not know was begun after the last commit.
        """
        row = self._one("select warc_file, warc_offset from urls where url = ?", found.url)
        if row is None or row["warc_file"] is None:
            return False
        if row["warc_file"] == found.pointer.file:
            return bool(row["warc_offset"] >= found.pointer.offset)
        mine, theirs = self._file_number(found.pointer.file), self._file_number(row["warc_file"])
        return mine is not None and theirs is not None and theirs > mine

    def _file_number(self, name: str) -> int | None:
        row = self._one("select number from files where name = ?", name)
        return None if row is None else int(row["number"])

    # --- skips

    def skip(self, skip: Skip, *, crawl: str, at: datetime) -> bool:
        """Note a URL that is not fetched; return whether the note is new."""
        return (
            self._change(
                "insert or ignore into skips(crawl, at, site, url, reason, detail, via)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                crawl,
                at.isoformat(),
                skip.site,
                skip.url,
                skip.reason,
                skip.detail,
                skip.via,
            ).rowcount
            == 1
        )

    def unwritten_skips(self, most: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the skips that no WARC file holds yet, at most so many at a time."""
        last = 0
        while rows := self._all(
            "select * from skips where written = 0 and id > ? order by id limit ?", last, most
        ):
            last = rows[-1]["id"]
            yield [{name: row[name] for name in _SKIP} for row in rows]

    def skips_written(self) -> None:
        """Note that all skips stand in a WARC file."""
        self._change("update skips set written = 1 where written = 0")
