"""``arkisto crawl`` ends within seconds when it is told to, and tells the truth about it."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.crawling import HOST, report, urls
from tests.rawserver import html, ok, raw_server
from tests.test_crawl import write_config

SECONDS = 8
"""A crawl ends in about one second; loaded machines of the build need more."""


@pytest.fixture
def server(tmp_path):
    """Give a server of some pages."""
    with raw_server(tmp_path) as running:
        links = [f"/s/{n}" for n in range(30)]
        running.answers = {"/": html("Etusivu", *links), "/robots.txt": ok(b"")}
        running.answers |= {link: html(link) for link in links}
        yield running


def start(tmp_path, server, *settings):
    """Start ``arkisto crawl`` with a configuration of files."""
    config = tmp_path / "config"
    if not config.exists():
        write_config(config, server)
    with (config / "crawl.toml").open("a") as file:
        file.writelines(f"{line}\n" for line in settings)
    command = [sys.executable, "-m", "crawler", "--data", str(tmp_path / "data")]
    return subprocess.Popen(
        [*command, "--config", str(config), "crawl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(server, path):
    """Wait until the server was asked for a path."""
    end = time.monotonic() + 30
    while path not in server.paths():
        assert time.monotonic() < end
        time.sleep(0.01)


def end_of(process, number):
    """Send a signal; return what the process said, and check how long it took."""
    process.send_signal(number)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < SECONDS, err
    return out


SLOW_ROBOTS = ok(b"User-agent: *\nCrawl-delay: 50\n")
SLOW_BODY = [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 900\r\n\r\n<p>", 30.0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        ({"/robots.txt": SLOW_ROBOTS}, "/robots.txt"),
        ({"/s/3": SLOW_BODY}, "/s/3"),
        ({}, "/"),
    ],
    ids=["waiting for its turn", "in the middle of an answer", "at full speed"],
)
def test_a_crawl_ends_when_it_is_told_to(tmp_path, server, number, answers, seen):
    """It says "stopped" on standard output and in the report, every file closed, nothing lost afterwards.

    SIGTERM is a good end; after Ctrl-C the exit code tells a shell not to go on.
    """
    server.answers |= answers
    process = start(tmp_path, server)
    wait_for(server, seen)
    out = end_of(process, number)
    data = tmp_path / "data"
    assert process.returncode == (130 if number == signal.SIGINT else 0)
    assert ": stopped: " in out
    written = report(data)
    assert written["outcome"] == "stopped"
    stored = sum(urls(data).values())
    assert written["counts"]["stored"] == stored
    assert not list((data / "warc").glob("*.open"))
    server.answers |= {"/robots.txt": ok(b""), "/s/3": html("/s/3")}
    if answers and seen == "/robots.txt":
        return  # its rule is remembered for a day: going on would take half an hour
    with start(tmp_path, server) as again:
        out, err = again.communicate(timeout=60)
    assert (again.returncode, report(data)["outcome"]) == (0, "finished"), err
    assert report(data)["resumed"]
    pages = {url: n for url, n in urls(data).items() if not url.endswith((".txt", ".xml", ".json"))}
    assert {f"http://{HOST}{path}" for path in ("/", *(f"/s/{n}" for n in range(30)))} <= set(pages)


def test_a_second_signal_ends_it_at_once(tmp_path, server):
    """Whoever presses Ctrl-C twice means it; the next crawl repairs and goes on."""
    server.answers["/s/3"] = [SLOW_BODY[0], 30.0]
    process = start(tmp_path, server)
    wait_for(server, "/s/3")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    end_of(process, signal.SIGINT)
    assert process.returncode != 0
    server.answers["/s/3"] = html("/s/3")
    with start(tmp_path, server) as again:
        again.communicate(timeout=60)
    assert again.returncode == 0
    assert f"http://{HOST}/s/3" in urls(tmp_path / "data")


def test_status_tells_of_the_stopped_crawl(tmp_path, server):
    """After ingest, the archive knows how it ended."""
    process = start(tmp_path, server)
    wait_for(server, "/")
    end_of(process, signal.SIGTERM)
    command = [sys.executable, "-m", "crawler", "--data", str(tmp_path / "data")]
    command += ["--config", str(tmp_path / "config")]
    subprocess.run([*command, "ingest"], check=True, capture_output=True)
    told = subprocess.run([*command, "status", "--json"], check=True, capture_output=True)
    assert json.loads(told.stdout)["crawls"][0]["outcome"] == "stopped"
