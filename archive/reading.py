"""Read bodies in worker processes: one hostile page can cost its own reading, nothing else.

Extraction is all CPU, and threads make it slower, so it runs in processes.
A body that kills its worker is found out by reading it alone, and becomes an error that names it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import FrameType

from archive.errors import PayloadError, WarcError
from archive.extraction import NO_RULES, extract_payload
from archive.records import Extraction, ExtractionRules, ListedDates, WarcRecord
from archive.scripted import script_sign
from archive.warc import read_record

CHUNK = 200
"""Bodies handed out at once: enough to keep the workers busy, few enough to write often."""

SECONDS = 60
"""Time for one body; the slowest of 2,000 public pages took 12 s of CPU."""

OCR_SECONDS = 900
"""Time for one body of a site whose scanned files are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Where one body lies and what must be known to read it."""

    page: str
    payload_digest: str
    capture: str
    """Earliest capture of the body on the page."""
    url: str
    timestamp: str
    """Moment of that capture, UTC, ISO 8601."""
    site: str
    mime: str | None
    """Media type by the first bytes."""
    path: Path
    """The WARC file that holds the body."""
    offset: int
    rules: ExtractionRules = NO_RULES
    listed: tuple[ListedDates, ...] = ()
    """What lists of its site tell of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of one body: a text, or the reason why there is none."""

    body: Body
    extraction: Extraction | None = None
    error: str | None = None
    suspect: str | None = None
    """The sign that a page is empty without JavaScript."""


def read_bodies(bodies: Iterable[Body], *, processes: int | None = None) -> Iterator[Reading]:
    """Yield a reading for every body, in their order."""
    remaining = iter(bodies)
    workers = processes or max(1, len(os.sched_getaffinity(0)))
    while chunk := list(islice(remaining, CHUNK)):
        yield from _read_chunk(chunk, workers)


def _read_chunk(chunk: Sequence[Body], workers: int) -> list[Reading]:
    try:
        with _pool(min(workers, len(chunk))) as pool:
            return list(pool.map(read_body, chunk, chunksize=10))
    except BrokenProcessPool:
        return [_read_alone(body) for body in chunk]


def _read_alone(body: Body) -> Reading:
    try:
        with _pool(1) as pool:
            return pool.submit(read_body, body).result()
    except BrokenProcessPool:
        return Reading(body=body, error="the body ended the process that read it")


def _pool(workers: int) -> ProcessPoolExecutor:
    # forked from a server that imported the extractor once: no copy of our threads, no import per worker
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["archive.extraction"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupt)


def _ignore_interrupt() -> None:
    """Leave Ctrl-C to the parent, which ends the pool in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def read_body(body: Body) -> Reading:
    """Read one body; called in a worker."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(OCR_SECONDS if body.rules.ocr else SECONDS)
    try:
        record = read_record(body.path, body.offset)
        declared = _declared(record) or body.mime
        extraction = extract_payload(
            record.payload,
            url=body.url,
            content_type=declared,
            captured=datetime.fromisoformat(body.timestamp),
            rules=body.rules,
            listed=body.listed,
        )
    except (PayloadError, WarcError, MemoryError, RecursionError) as error:
        return Reading(body=body, error=str(error) or type(error).__name__)
    finally:
        signal.alarm(0)
    rendered = record.kind == "conversion"  # a browser has run it: nothing more is to be had
    suspect = None if rendered else script_sign(record.payload, declared, extraction.text)
    return Reading(body=body, extraction=extraction, suspect=suspect)


def _declared(record: WarcRecord) -> str | None:
    """Return the Content-Type as the server declared it; for a record without HTTP, its own."""
    name = "Content-Type"
    return record.http_header(name) if record.http_headers else record.header(name)


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise PayloadError(f"reading took longer than {SECONDS} seconds ({OCR_SECONDS} with ocr)")
