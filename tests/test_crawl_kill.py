"""A crawl that is killed or stopped at any moment ends, after all, with every page exactly once."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from crawler.recovery import recover
from tests.crawling import HOST, records, registry, report, urls
from tests.crawling import crawl as run
from tests.rawserver import html, raw_server, status

PAGES = 150


def site():
    """Return the answers of a site whose pages are found only through one another."""
    answers = {"/": html("Etusivu", "/s/1", "/s/2", "/vanha")}
    for n in range(1, PAGES + 1):
        links = [f"/s/{m}" for m in (2 * n + 1, 2 * n + 2, n + 7) if m <= PAGES]
        answers[f"/s/{n}"] = html(f"Sivu {n}", *links, body=f"<p>{'Yhdessä. ' * (n % 40)}</p>")
    answers["/vanha"] = status(b"301 Moved", b"Location: /s/3")
    answers["/s/9"] = answers["/s/8"]  # the same bytes twice: a revisit
    return answers


TRUTH = {f"http://{HOST}{path}" for path in site()}


def start(server, data, delay=0.002):
    """Start a crawl in its own process."""
    numbers = map(str, (data, server.address, server.port, server.tls_port, delay))
    command = [sys.executable, "-m", "tests.crawl_process", *numbers]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stop_after(process, server, requests, number, pause):
    """Send a signal when the server has had so many requests, or when the crawl ended before."""
    while process.poll() is None and len(server.times) < requests:
        time.sleep(0.001)
    time.sleep(pause)
    process.send_signal(number)
    return process.communicate(timeout=60)


def check_truth(data, server):
    """Compare what the WARC files hold with what the site has."""
    stored = urls(data)
    pages = {url for url in stored if not url.endswith((".txt", ".xml"))}
    assert pages == TRUTH, "a page is missing or too many"
    assert {url: n for url, n in stored.items() if n > 1} == {}, "a record stands twice"
    assert not list((data / "warc").glob("*.open"))
    ids = Counter(record.record_id for record in records(data))
    assert max(ids.values()) == 1


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_loses_nothing_and_repeats_nothing(tmp_path, seed):
    """Killed three times at random moments, the WARC files hold each page exactly once."""
    dice = random.Random(seed)
    data = tmp_path / "data"
    with raw_server(tmp_path) as server:
        server.answers = site()
        for _ in range(3):
            wanted = len(server.times) + dice.randrange(3, PAGES // 4)
            process = start(server, data)
            stop_after(process, server, wanted, signal.SIGKILL, dice.random() * 0.02)
            assert process.returncode == -signal.SIGKILL
        asked_before = len(server.times)
        outcome = run(registry(server), data)
        assert (outcome.outcome, outcome.problems) == ("finished", [])
        assert len(server.times) > asked_before
    check_truth(data, server)
    assert report(data)["resumed"]
    # a request under way at the kill was answered for nothing; no other was asked twice
    repeated = sum(len(heads) - 1 for path, heads in server.requests.items() if path in site())
    assert repeated <= 3


def test_what_stands_in_the_warc_is_read_not_fetched(tmp_path):
    """With the frontier gone, the open WARC file alone tells what was seen and where its links lead."""
    data = tmp_path / "data"
    with raw_server(tmp_path) as server:
        server.answers = site()
        process = start(server, data)
        stop_after(process, server, 60, signal.SIGKILL, 0.0)
        for file in data.glob("frontier.db*"):
            file.unlink()
        [left] = recover(data / "warc")
        held = {found.url for found in left.found}
        before = len(server.times)
        run(registry(server), data)
        asked = {f"http://{HOST}{path}" for _, path in server.times[before:]}
    assert len(held) > 30
    assert {url for url in asked & held if not url.endswith("/robots.txt")} == set()
    check_truth(data, server)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_stops_cleanly(tmp_path, number):
    """The crawl ends at once with a report; the next one goes on where it stopped."""
    data = tmp_path / "data"
    with raw_server(tmp_path) as server:
        server.answers = site()
        process = start(server, data, delay=0.02)
        begin = time.monotonic()
        out, err = stop_after(process, server, 40, number, 0.0)
        assert time.monotonic() - begin < 20
        assert out.startswith("stopped"), err
        assert process.returncode == 0
        assert report(data)["outcome"] == "stopped"
        assert not list((data / "warc").glob("*.open"))
        outcome = run(registry(server), data)
        assert outcome.outcome == "finished"
        assert all(len(heads) == 1 for path, heads in server.requests.items() if path in site())
    check_truth(data, server)
    assert report(data)["resumed"]


def test_a_long_delay_does_not_hold_up_a_stop(tmp_path):
    """Who waits for a turn is woken; the page stays queued."""
    data = tmp_path / "data"
    with raw_server(tmp_path) as server:
        server.answers = site()
        process = start(server, data, delay=30)
        begin = time.monotonic()
        out, _ = stop_after(process, server, 1, signal.SIGTERM, 0.3)
        assert time.monotonic() - begin < 15
    assert out.startswith("stopped")
