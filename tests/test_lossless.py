"""Whatever breaks a crawl, the next one ends with every page exactly once, and the exit code tells the truth."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import ArchiveError
from archive.warc import read_warc
from crawler.frontier_file import FrontierFile
from tests.crawling import HOST, crawl, records, registry, report, urls
from tests.faults import POINTS
from tests.rawserver import html, ok, raw_server, status
from tests.test_crawl import write_config

PAGES = 40
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def site(filler=0):
    """Return a site whose pages are found only through one another; ``filler`` bytes do not compress."""
    noise = random.Random(PAGES).randbytes(filler * PAGES).hex()
    answers = {"/": html("Etusivu", "/s/1", "/s/2", "/vanha")}
    for n in range(1, PAGES + 1):
        links = [f"/s/{m}" for m in (2 * n + 1, 2 * n + 2, n + 7) if m <= PAGES]
        text = noise[2 * filler * (n - 1) : 2 * filler * n]
        name = "".join(
            "aeioukstln"[int(digit)] for digit in f"{n:03}"
        )  # each page says another word
        answers[f"/s/{n}"] = html(f"Sivu {n}", *links, body=f"<p>{name} {text}</p>")
    answers["/vanha"] = status(b"301 Moved", b"Location: /s/3")
    answers["/s/9"] = answers["/s/8"]
    return answers


TRUTH = {f"http://{HOST}{path}" for path in site()}


def check_truth(data, *, robots_twice=False):
    """Compare what the WARC files hold with what the site has."""
    stored = urls(data)
    assert {url for url in stored if not url.endswith((".txt", ".xml", ".json"))} == TRUTH
    twice = {url for url, n in stored.items() if n > 1}
    assert twice <= ({f"http://{HOST}/robots.txt"} if robots_twice else set())
    folder = data / "warc"
    assert not list(folder.glob("*.open"))
    indexed = sum(len(path.read_text().splitlines()) for path in folder.glob("*.cdxj"))
    assert indexed == stored.total()


@pytest.fixture
def server(tmp_path):
    """Run a server with the site."""
    with raw_server(tmp_path) as running:
        running.answers = site()
        yield running


def start(server, data, *fault, delay=0.0, max_bytes=8000):
    """Start a crawl in its own process; files are small, so that many are closed."""
    words = (data, server.address, server.port, server.tls_port, delay, max_bytes, *fault)
    command = [sys.executable, "-m", "tests.crawl_process", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_this_point_loses_nothing_and_repeats_nothing(tmp_path, server, point):
    """Broken twice at the same point, early and late, the crawl ends with each page exactly once."""
    data = tmp_path / "data"
    dice = random.Random(point)
    most = {"committed": 3, "indexed": 4, "synced": 3}.get(point, 12)
    for _ in range(2):
        process = start(server, data, point, dice.randint(1, most), dice.randrange(1000))
        out, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, out + err
    # due: a crawl whose report was committed before the kill has ended, and is not begun anew
    outcome = crawl(registry(server, warc={"max_bytes": 8000}), data, due=True)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    check_truth(data)


@pytest.mark.parametrize("after", [0, 1], ids=["the last page", "the report"])
def test_a_kill_between_the_last_page_and_the_end_begins_nothing_anew(tmp_path, server, after):
    """Everything is fetched but the crawl has not ended: the next one only ends it."""
    data = tmp_path / "data"
    crawl(registry(server), tmp_path / "undisturbed")
    number = 1 + len(server.times) + after  # the warcinfo record is written first
    process = start(server, data, "written", number, 1, max_bytes=10**9)
    out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, out + err
    server.times.clear()
    outcome = crawl(registry(server), data)
    assert (outcome.outcome, server.paths()) == ("finished", [])
    assert report(data)["resumed"]
    check_truth(data)


# --- a disk that is full, or refuses


@contextlib.contextmanager
def small_disk(folder, size):
    """Mount a small file system in memory; without the right to, fail in CI and skip elsewhere."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        message = "a small tmpfs cannot be mounted: this test needs root"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("size", ["100k", "400k", "900k"])
def test_a_full_disk_ends_the_crawl_and_room_ends_the_trouble(tmp_path, server, size):
    """The command ends with 1 and says what to do; with room again, nothing is missing or twice."""
    server.answers = site(filler=60_000)
    config = write_config(tmp_path / "config", server)
    with small_disk(tmp_path / "disk", size) as data:
        command = [sys.executable, "-m", "crawler", "--config", config, "--data", data, "crawl"]
        for _ in range(2):  # the second one starts on the full disk
            done = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1, done.stdout + done.stderr
            assert "free some space" in done.stderr
            assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=50m", str(data)], check=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        check_truth(data)


def refuse(*_):
    """Fail as a dying disk does."""
    raise OSError(5, "Input/output error")


def broken_off(server, data, message):
    """Crawl once, see it fail with a message, and crawl again without the fault."""

    def run(patch):
        with pytest.MonkeyPatch.context() as patches:
            patch(patches)
            outcome = crawl(registry(server, warc={"max_bytes": 8000}), data)
        assert outcome.outcome == "failed"
        assert any(message in problem for problem in outcome.problems), outcome.problems
        again = crawl(registry(server, warc={"max_bytes": 8000}), data)
        assert (again.outcome, again.problems) == ("finished", [])
        check_truth(data)

    return run


def later(real, times, fault):
    """Return a function that works so many times, then fails."""
    left = iter(range(times))

    def call(*args, **kwargs):
        return real(*args, **kwargs) if next(left, None) is not None else fault(*args)

    return call


@pytest.mark.parametrize("times", [0, 7, 20])
def test_a_write_error_in_the_warc(tmp_path, server, times):
    """The n-th write and all after it fail."""
    run = broken_off(server, tmp_path / "data", "Input/output error")
    run(lambda patch: patch.setattr("crawler.warcfile.os.write", later(os.write, times, refuse)))


def test_a_torn_write_that_cannot_be_cut_back(tmp_path, server):
    """Half a record stays in the file; nothing is written behind it, and the next crawl cuts it off."""
    real = os.write

    def half(file, data):
        real(file, bytes(data)[: len(data) // 2])
        refuse()

    def patch(patches):
        patches.setattr("crawler.warcfile.os.write", later(real, 9, half))
        patches.setattr("crawler.warcfile.os.ftruncate", refuse)

    broken_off(server, tmp_path / "data", "Input/output error")(patch)
    assert sum(file["cut_bytes"] for file in report(tmp_path / "data")["recovered"]) > 0


def test_a_disk_that_refuses_to_sync(tmp_path, server):
    """Nothing is acknowledged that is not on the disk."""
    run = broken_off(server, tmp_path / "data", "Input/output error")
    run(
        lambda patch: patch.setattr("crawler.warcfile.os.fdatasync", later(os.fdatasync, 1, refuse))
    )


def test_an_index_that_cannot_be_written(tmp_path, server):
    """The file stays open; the next crawl closes it with its index."""
    run = broken_off(server, tmp_path / "data", "Input/output error")
    run(lambda patch: patch.setattr("crawler.warcfile.os.fsync", later(os.fsync, 2, refuse)))


@pytest.mark.parametrize("pages", [0, 1, 3])
def test_a_frontier_that_cannot_grow(tmp_path, server, pages):
    """SQLite says that the disk is full: the crawl fails, or does not begin, and says what to do."""
    data = tmp_path / "data"
    real = FrontierFile._migrate

    def narrow(self):
        real(self)
        used = self._db.execute("pragma page_count").fetchone()[0]
        self._db.execute(f"pragma max_page_count = {used + pages}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FrontierFile, "_migrate", narrow)
        try:
            outcome = crawl(registry(server), data)
            problems = outcome.problems
            assert outcome.outcome == "failed"
        except ArchiveError as error:
            problems = [str(error)]
    assert any("database or disk is full" in p and "free some space" in p for p in problems)
    assert crawl(registry(server), data).outcome == "finished"
    check_truth(data)


def test_a_damaged_frontier_is_told_of(tmp_path, server):
    """The message names the file."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "frontier.db").write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    with pytest.raises(ArchiveError, match=r"frontier\.db cannot be opened"):
        crawl(registry(server), tmp_path / "data")


# --- clocks and second starts


def test_a_clock_that_was_in_the_future(tmp_path, server):
    """What a wrong clock fetched is due today; its files neither come first nor are overwritten."""
    data = tmp_path / "data"
    made = registry(server)
    crawl(made, data, now=NOW + timedelta(days=30_000))
    server.times.clear()
    outcome = crawl(made, data, due=True, now=NOW)
    assert outcome.outcome == "finished"
    assert {f"http://{HOST}{path}" for path in server.paths()} >= TRUTH
    server.times.clear()
    crawl(made, data, due=True, now=NOW + timedelta(hours=1))
    assert server.paths() == []


@pytest.mark.parametrize("days", [-9000, 9000], ids=["backwards", "forwards"])
def test_a_clock_that_jumps_between_a_kill_and_the_next_start(tmp_path, server, days):
    """What the killed crawl stored is taken over, whatever the new date says of it."""
    data = tmp_path / "data"
    process = start(server, data, "written", 15, 1)
    process.communicate(timeout=60)
    held = {
        r.url
        for path in (data / "warc").glob("*.gz*")
        for r in read_warc(path)
        if hasattr(r, "url")
    }
    server.times.clear()
    outcome = crawl(registry(server), data, now=datetime.now(UTC) + timedelta(days=days))
    assert outcome.outcome == "finished"
    again = {f"http://{HOST}{path}" for path in server.paths() if path in server.answers}
    assert again & held == set()
    check_truth(data, robots_twice=True)  # a day has passed, by either clock


def test_a_pause_noted_by_a_wrong_clock_is_forgotten(tmp_path, server):
    """A Retry-After of a minute does not become a century."""
    busy = iter([status(b"503 Huolto", b"Retry-After: 600")])
    plain = server.answers["/s/1"]
    server.answers["/s/1"] = lambda _: next(busy, plain)
    made = registry(server, limits={"retries": 2})
    crawl(made, tmp_path / "data", now=NOW + timedelta(days=30_000))
    outcome = crawl(made, tmp_path / "data", now=NOW)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert set(urls(tmp_path / "data")) >= TRUTH


def test_dates_go_on_evenly_while_the_clock_is_set(tmp_path, server, monkeypatch):
    """Setting the clock in the middle of a crawl changes no date in its records."""
    real = datetime.now

    class Jumping(datetime):
        asked = 0

        @classmethod
        def now(cls, tz=None):
            cls.asked += 1
            return real(tz) - timedelta(days=400 * (cls.asked > 1))

    monkeypatch.setattr("crawler.crawl.datetime", Jumping)
    begin = real(UTC)
    crawl(registry(server), tmp_path / "data")
    dates = [record.at for record in records(tmp_path / "data")]
    assert dates == sorted(dates) or max(dates) - min(dates) < timedelta(minutes=2)
    assert all(begin - timedelta(minutes=1) < at < real(UTC) + timedelta(minutes=1) for at in dates)


def test_of_two_starts_the_second_is_refused(tmp_path, server):
    """The second process ends at once with an error that names the first; the first is not disturbed."""
    data = tmp_path / "data"
    config = write_config(tmp_path / "config", server)
    first = start(server, data, delay=0.5)
    while not server.times:
        assert first.poll() is None
    command = [sys.executable, "-m", "crawler", "--config", config, "--data", data, "crawl"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"another crawl is running on {data} (process {first.pid})" in second.stderr
    assert first.poll() is None
    first.terminate()
    out, _ = first.communicate(timeout=60)
    assert out.startswith("stopped")
    crawl(registry(server), data)
    check_truth(data)


def test_a_frontier_from_another_program_is_left_alone(tmp_path, server):
    """A file of another version is neither read nor changed."""
    (tmp_path / "data").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "frontier.db")) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(ArchiveError, match="of version 99"):
        crawl(registry(server), tmp_path / "data")


def test_large_bodies_survive_a_kill_in_their_middle(tmp_path, server):
    """A body that is written in several pieces is whole or not there."""
    data = tmp_path / "data"
    body = random.Random(1).randbytes(3_000_000)
    server.answers["/s/1"] = ok(body, "application/pdf")
    for number in (6, 7):
        start(server, data, "half-written", number, number).communicate(timeout=60)
    crawl(registry(server), data)
    found = [r for r in records(data, "response") if r.url == f"http://{HOST}/s/1"]
    assert [r.payload for r in found] == [body]
