"""The verb for timers, as a process: run, run again, killed, refused, and everything made anew from WARC."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager

import pytest

from archive.records import WarcRecord
from archive.warc import read_warc, warc_files
from benchmarks.line import compare, load_truth
from crawler.miniature import serve_sites, sites_folder, write_demo_config
from crawler.runlock import run_lock
from tests.registries import CONFIG

SITES = ("ekyhdistykset", "kyt", "pohy")


@pytest.fixture(scope="module")
def served():
    """Serve three of the miniature sites."""
    with serve_sites(sites_folder(), only=SITES) as sites:
        yield sites


@pytest.fixture
def archive(tmp_path, served):
    """Give a data directory and the configuration of the three sites."""
    write_demo_config(tmp_path / "config", served, CONFIG, delay_seconds=0.02)
    return tmp_path


def command(archive, *words):
    """Return the command line of a verb."""
    places = ["--data", str(archive / "data"), "--config", str(archive / "config")]
    return [sys.executable, "-m", "crawler", *places, *words]


def arkisto(archive, *words):
    """Run a verb to its end."""
    return subprocess.run(command(archive, *words), capture_output=True, text=True, check=False)


@contextmanager
def opened(path):
    """Open a database for reading."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        yield db


def content(path):
    """Return every row of every table of ours."""
    with opened(path) as db:
        names = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'"
        ).fetchall()
        return {name: sorted(map(repr, db.execute(f'SELECT * FROM "{name}"'))) for (name,) in names}


def misses(archive):
    """Return what the truth of the three sites holds and the archive does not, in their first state."""
    truths = [truth for truth in load_truth(sites_folder()) if truth["origin"] in ORIGINS]
    for truth in truths:
        truth["pages"] = [page for page in truth["pages"] if 1 in page.get("states", (1,))]
    wanted = ("pages", "phrases", "forbidden_captures")
    return [
        found for found in compare(archive / "data", truths) if found[0] in wanted and not found[2]
    ]


ORIGINS = ("https://www.ekyhdistykset.fi", "https://www.kyt.fi", "https://www.pohy.fi")


def test_update_and_update_again(archive):
    """One command fills an empty directory; the second finds nothing due and changes no text."""
    first = arkisto(archive, "update")
    assert first.returncode == 0, first.stderr
    assert misses(archive) == []
    before = content(archive / "data" / "archive.db")
    second = arkisto(archive, "update")
    assert second.returncode == 0, second.stderr
    after = content(archive / "data" / "archive.db")
    for table in (
        "captures",
        "pages",
        "versions",
        "version_text",
        "mentions",
        "events",
        "duplicates",
    ):
        assert after[table] == before[table], table


def test_everything_can_be_made_again_from_warc(archive):
    """archive.db deleted and made again from the WARC files holds the same rows, and so does the edition."""
    assert arkisto(archive, "update").returncode == 0
    data = archive / "data"
    before, edition = content(data / "archive.db"), content(data / "published.db")
    for path in data.glob("archive.db*"):
        path.unlink()
    for verb in ("ingest", "extract", "dedupe", "index", "publish"):
        done = arkisto(archive, verb)
        assert done.returncode == 0, done.stderr
    assert content(data / "archive.db") == before
    again = content(data / "published.db")
    assert {name: rows for name, rows in again.items() if name != "edition"} == {
        name: rows for name, rows in edition.items() if name != "edition"
    }


def test_a_second_update_refuses_to_start(archive):
    """While one runs, another ends at once with 1 and says which process it met."""
    with run_lock(archive / "data", "update"):
        refused = arkisto(archive, "update")
    assert refused.returncode == 1
    assert "update" in refused.stderr
    assert not (archive / "data" / "published.db").exists()


@pytest.mark.parametrize(
    ("number", "requests", "ends_with"),
    [(signal.SIGKILL, 8, -9), (signal.SIGKILL, 30, -9), (signal.SIGTERM, 20, 0)],
)
def test_stopped_in_the_middle(archive, served, number, requests, ends_with):
    """After SIGTERM, which ends it well, or kill -9 the next update has every page, and no response stands twice."""
    already = len(served.requests)
    stopped = subprocess.Popen(
        command(archive, "update"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while len(served.requests) < already + requests and time.monotonic() < deadline:
        time.sleep(0.005)
    stopped.send_signal(number)
    assert stopped.wait() == ends_with
    assert not (archive / "data" / "published.db").exists()
    done = arkisto(archive, "update")
    assert done.returncode == 0, done.stderr
    assert misses(archive) == []
    records = (found for path in warc_files(archive / "data" / "warc") for found in read_warc(path))
    stored = Counter(
        found.url
        for found in records
        if isinstance(found, WarcRecord) and found.kind in ("response", "revisit")
    )
    assert [url for url, number in stored.items() if number > 1] == []


def test_a_site_below_its_expectation_ends_with_1(archive):
    """What was fetched is published all the same, and the message names the site."""
    path = next((archive / "config" / "sites").glob("*/kyt.toml"))
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition("min_pages")
    path.write_text(
        head
        + "min_pages = 400\nmax_pages = 500\n"
        + tail.partition("\n")[2].partition("max_pages")[0]
    )
    done = arkisto(archive, "update")
    assert done.returncode == 1
    assert "kyt" in done.stderr
    assert "400" in done.stderr
    assert (archive / "data" / "published.db").exists()
