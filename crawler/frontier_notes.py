"""Keep the notes that every file of fetched addresses needs: payloads that are stored, pauses that hosts asked for."""

from __future__ import annotations

from datetime import datetime

from crawler.exchangerecords import Payload, Pointer
from crawler.frontier_file import FrontierFile

NOTES_SCHEMA = """
create table payloads(
  digest text primary key, record_id text not null, url text not null, date text not null,
  warc_file text not null, warc_offset integer not null) without rowid;
create table slots(slot text primary key, paused_until text not null) without rowid;
"""


class Notes(FrontierFile):
    """The tables of payloads and pauses."""

    def payload(self, digest: str) -> Payload | None:
        """Return the first record that holds this payload."""
        row = self._one("select * from payloads where digest = ?", digest)
        if row is None:
            return None
        pointer = Pointer(row["warc_file"], row["warc_offset"])
        return Payload(
            digest=row["digest"],
            record_id=row["record_id"],
            url=row["url"],
            date=row["date"],
            pointer=pointer,
        )

    def keep_payload(self, payload: Payload) -> None:
        """Remember the first record that holds a payload."""
        self._change(
            "insert or ignore into payloads values (?, ?, ?, ?, ?, ?)",
            payload.digest,
            payload.record_id,
            payload.url,
            payload.date,
            *payload.pointer,
        )

    def pauses(self) -> dict[str, datetime]:
        """Return until when hosts asked to be left alone."""
        rows = self._all("select slot, paused_until from slots")
        return {row["slot"]: datetime.fromisoformat(row["paused_until"]) for row in rows}

    def pause(self, slot: str, until: datetime) -> None:
        """Remember until when a host asked to be left alone."""
        self._change(
            "insert into slots values (?, ?) on conflict do update set paused_until = excluded.paused_until",
            slot,
            until.isoformat(),
        )
