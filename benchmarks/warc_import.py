"""Measure how fast WARC files are read and imported, beside FastWARC's bare reading and warcio's.

``python -m benchmarks.warc_import [RECORDS]`` writes one file of generated pages, compressed by record, and times
FastWARC (records and their digests checked, nothing decoded), warcio (the same), our reading (codings undone, digests
computed) and a whole import (copied, read, written to archive.db). The best of three counts.
The last line printed is one JSON object; the figures are multiples of FastWARC's time.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.digests import payload_digest
from archive.importing import import_files
from archive.schema import open_archive
from archive.warc import read_warc
from benchmarks.crawlers import HOST, one_site

SEED = 20261122
RECORDS = 4000
ROUNDS = 3
CEILINGS = {"read_ratio": 3.0, "import_ratio": 7.0}
"""The most that each may be, as a multiple of the time of FastWARC in the same run."""


def write_file(path: Path, count: int) -> None:
    """Write pages of some 20 kB of words, as many associations' pages have, each a member."""
    dice = random.Random(SEED)
    words = [bytes(dice.choices(b"abcdefghijklmnopqrstuvwyaeiou", k=dice.randrange(3, 14))) for _ in range(4000)]  # fmt: skip
    with path.open("wb") as file:
        for number in range(count):
            text = b" ".join(dice.choices(words, k=dice.randrange(500, 4000)))
            body = b"<!doctype html><html><title>Sivu</title><body><p>" + text
            block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032x}>\r\n"
                f"WARC-Date: 2020-03-01T12:00:00Z\r\nWARC-Target-URI: http://{HOST}/{number}\r\n"
                f"WARC-Block-Digest: {payload_digest(block)}\r\nContent-Type: application/http\r\n"
                f"Content-Length: {len(block)}\r\n\r\n"
            )
            file.write(gzip.compress(head.encode() + block + b"\r\n\r\n", 6, mtime=0))


def fastwarc(path: Path) -> int:
    """Read with FastWARC and check each digest."""
    with path.open("rb") as file:
        return sum(record.verify_block_digest() for record in FastIterator(file, parse_http=False))


def warcio(path: Path) -> int:
    """Read with warcio and check each digest."""
    found = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            record.content_stream().read()
            found += bool(record.digest_checker.passed)
    return found


def ours(path: Path) -> int:
    """Read with ours: every body decoded, every digest computed."""
    return sum(1 for _ in read_warc(path))


def whole_import(path: Path) -> int:
    """Import into an empty archive."""
    with tempfile.TemporaryDirectory() as folder:
        db = open_archive(Path(folder) / "archive.db")
        report = import_files(db, one_site("127.0.0.1", 1, 0.0), Path(folder), [path])
        db.close()
    return int(report.files[0]["captures"])


def best(work: Callable[[Path], int], path: Path, count: int) -> float:
    """Return the seconds of the fastest round."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        if work(path) != count:
            raise SystemExit(f"{work.__name__} did not read all {count} records")
        times.append(time.process_time() - start)
    return min(times)


def main(count: int = RECORDS) -> int:
    """Print the figures and tell whether they hold."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages.warc.gz"
        write_file(path, count)
        megabytes = path.stat().st_size / 1e6
        seconds = {work.__name__: best(work, path, count) for work in (fastwarc, warcio, ours, whole_import)}  # fmt: skip
    for name, value in seconds.items():
        print(
            f"{name:<14}{value:>8.2f} s{megabytes / value:>8.0f} MB/s"
            f"{count / value:>9.0f} records/s{value / seconds['fastwarc']:>7.1f} x"
        )
    figures = {
        "read_ratio": round(seconds["ours"] / seconds["fastwarc"], 2),
        "import_ratio": round(seconds["whole_import"] / seconds["fastwarc"], 2),
        "records_per_second": round(count / seconds["whole_import"]),
    }
    peer = {"fastwarc": 1.0, "warcio_ratio": round(seconds["warcio"] / seconds["fastwarc"], 2)}
    ok = all(figures[name] <= most for name, most in CEILINGS.items())
    result = {"name": "warc_import", "ok": ok, "figures": figures, "peer": peer}
    print(json.dumps({**result, "ceilings": CEILINGS}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
