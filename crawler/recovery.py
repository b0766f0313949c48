"""Find what a killed crawl left in its WARC files: cut the torn tail, list the whole exchanges.

The WARC files are the truth: an exchange that stands there in full is never fetched again,
whether or not the frontier had time to acknowledge it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from archive.errors import WarcError
from archive.members import Damage
from archive.warc import OPEN, closed_name, parse_warc_date, warc_fields
from crawler.cdxj import stated_digest
from crawler.exchange import Truncation
from crawler.warcfile import sync_folder
from crawler.warcwalk import Walked, walk_records
from crawler.warcwriter import Payload, Pointer, source_in

_TRUNCATIONS: dict[str, Truncation] = {word: word for word in get_args(Truncation)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One whole exchange, or one URL without an answer, in a WARC file."""

    pointer: Pointer
    url: str
    at: datetime | None
    kind: str
    """``response``, ``revisit`` or ``metadata`` (no answer)."""
    status: int | None
    digest: str | None
    record_id: str | None
    date: str | None
    """The WARC-Date as it stands."""
    truncated: Truncation | None
    facts: dict[str, str]
    """The fields of its metadata record, names in lower case."""

    @property
    def payload(self) -> Payload | None:
        """The payload that its response record holds."""
        if self.kind != "response" or not (self.digest and self.record_id and self.date):
            return None
        return Payload(
            digest=self.digest,
            record_id=self.record_id,
            url=self.url,
            date=self.date,
            pointer=self.pointer,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """One file that a killed crawl left open."""

    file: str
    """Its name once closed."""
    cut_bytes: int
    """Bytes of the torn tail that were cut off."""
    found: tuple[Found, ...]


def recover(folder: Path, source: str | None = None) -> list[Recovered]:
    """Cut the torn tail of every ``.open`` file and list what stands in it, oldest file first.

    A file without one whole record is removed, and so is a half-written index.

    Args:
        folder: where the WARC files stand.
        source: whose files: those fetched from this web archive, or those of crawls.
            The others may be growing at this moment.

    Raises:
        WarcError: a file cannot be read or repaired.
    """
    if not folder.is_dir():
        return []
    try:
        for draft in _files_of(source, folder.glob("*.cdxj" + OPEN)):
            draft.unlink()
        left = _files_of(source, folder.glob("*.warc.gz" + OPEN))
        return [_recover_file(path) for path in left]
    except OSError as error:
        raise WarcError(
            f"{folder} cannot be repaired ({error.strerror}); mend the disk and run the crawl again"
        ) from error


def _files_of(source: str | None, paths: Iterable[Path]) -> list[Path]:
    """Return the files of one source in the order of their names."""
    return sorted(path for path in paths if source_in(path.name) == source)


def _recover_file(path: Path) -> Recovered:
    found: list[Found] = []
    end = 0
    for exchange, exchange_end in _whole_exchanges(path):
        end = exchange_end
        if exchange is not None:
            found.append(exchange)
    cut = path.stat().st_size - end
    if end == 0:
        path.unlink()
    else:
        _cut(path, end)
    return Recovered(file=closed_name(path), cut_bytes=cut, found=tuple(found))


def _cut(path: Path, end: int) -> None:
    """Cut a file and force it onto the disk: what the killed crawl wrote may still be on its way there."""
    with path.open("r+b") as file:
        file.truncate(end)
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _whole_exchanges(path: Path) -> Iterator[tuple[Found | None, int]]:
    """Yield each whole exchange and where it ends; its metadata record is always the last."""
    answer: Walked | None = None
    for record in walk_records(path):
        if isinstance(record, Damage):
            answer = None  # at the end it is the torn tail; in the middle, one record is lost
        elif record.kind in ("response", "revisit"):
            answer = record
        elif record.kind == "metadata":
            yield _found(path, answer, record), record.offset + record.length
            answer = None
        elif record.kind == "warcinfo":
            yield None, record.offset + record.length


def _found(path: Path, answer: Walked | None, about: Walked) -> Found | None:
    first = answer or about
    url, date = first.fields.get("warc-target-uri"), first.fields.get("warc-date")
    if url is None or url.startswith("urn:"):
        return None
    head = answer.http_head if answer else None
    return Found(
        pointer=Pointer(closed_name(path), first.offset),
        url=url,
        at=parse_warc_date(date),
        kind=first.kind,
        status=head.status if head else None,
        digest=stated_digest(first.fields),
        record_id=first.fields.get("warc-record-id"),
        date=date,
        truncated=_TRUNCATIONS.get(first.fields.get("warc-truncated", "")),
        facts=warc_fields(about.block),
    )
