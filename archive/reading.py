"""Read bodies in worker processes: one hostile page can cost its own reading, nothing else.

Extraction is all CPU, and threads make it slower, so it runs in processes.
A body that kills its worker is found out by reading it alone, and becomes an error that names it.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import FrameType

from archive.errors import PayloadError, WarcError
from archive.extraction import NO_RULES, extract_payload
from archive.records import Extraction, ExtractionRules, ListedDates, WarcRecord
from archive.scripted import script_sign
from archive.warc import read_record
from archive.workers import mapper

CHUNK = 200
"""Bodies handed out at once: enough to keep the workers busy, few enough to write often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one body may cost; a body that costs more becomes an issue."""

    seconds: int = 60
    """Ten megabytes of prose take 33 s of CPU, the slowest of 2,000 public pages 12 s (November 2026)."""
    ocr_seconds: int = 900
    """The same for a site whose scanned files are read."""
    grace: int = 10
    """Seconds after which a reading that does not heed the clock loses its process: a loop inside a C library."""
    memory: int = 2_000_000_000
    """Bytes of address space of a worker, its programs included: 0.2 GB before the first page."""


LIMITS = Limits()


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


def read_bodies(
    bodies: Iterable[Body], *, processes: int | None = None, limits: Limits = LIMITS
) -> Iterator[Reading]:
    """Yield a reading for every body, in their order."""
    remaining = iter(bodies)
    workers = processes or max(1, len(os.sched_getaffinity(0)))
    while chunk := list(islice(remaining, CHUNK)):
        yield from _read_chunk(chunk, workers, limits)


def _read_chunk(chunk: Sequence[Body], workers: int, limits: Limits) -> list[Reading]:
    try:
        with mapper(_pool(min(workers, len(chunk)), limits)) as mapped:
            return list(mapped(partial(read_body, limits=limits), chunk, chunksize=10))
    except BrokenProcessPool:
        return [_read_alone(body, limits) for body in chunk]


def _read_alone(body: Body, limits: Limits) -> Reading:
    try:
        with mapper(_pool(1, limits)) as mapped:
            [reading] = mapped(partial(read_body, limits=limits), [body])
            return reading
    except BrokenProcessPool:
        return Reading(
            body=body,
            error="the body ended the process that read it: it is hostile, or needs more time or memory than one body may take",
        )


def _pool(workers: int, limits: Limits) -> ProcessPoolExecutor:
    # forked from a server that imported the extractor once: no copy of our threads, no import per worker
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["archive.extraction"])
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_prepare, initargs=(limits.memory,)
    )


def _prepare(memory: int) -> None:
    """Bound the memory of this worker."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def read_body(body: Body, limits: Limits = LIMITS) -> Reading:
    """Read one body; called in a worker."""
    seconds = limits.ocr_seconds if body.rules.ocr else limits.seconds
    try:
        with _within(seconds, limits.grace):
            return _read(body)
    except MemoryError:
        error = f"reading needed more than the {limits.memory // 1_000_000:,} megabytes that one body may take"
        return Reading(body=body, error=error)
    except (PayloadError, WarcError, RecursionError) as error:
        return Reading(body=body, error=str(error) or type(error).__name__)


def _read(body: Body) -> Reading:
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
    rendered = record.kind == "conversion"  # a browser has run it: nothing more is to be had
    suspect = None if rendered else script_sign(record.payload, declared, extraction.text)
    return Reading(body=body, extraction=extraction, suspect=suspect)


@contextmanager
def _within(seconds: int, grace: int) -> Iterator[None]:
    """Interrupt what takes longer; again every second, for a library may swallow the first, and end the process at last."""

    def out_of_time(_signal: int, _frame: FrameType | None) -> None:
        raise PayloadError(f"reading took longer than {seconds} seconds")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(seconds + grace, exit=True, file=nowhere)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()


def _declared(record: WarcRecord) -> str | None:
    """Return the Content-Type as the server declared it; for a record without HTTP, its own."""
    name = "Content-Type"
    return record.http_header(name) if record.http_headers else record.header(name)
