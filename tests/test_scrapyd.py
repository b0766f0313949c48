"""Two nodes of Scrapyd, one job per site, give the archive that one machine gives.

The commands are those of docs/several-machines.md, run as they stand there with other paths and ports.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from archive.registry import find_config
from archive.schema import open_archive
from benchmarks.servers import free_port
from crawler.miniature import serve_sites, sites_folder, write_demo_config
from crawler.runlock import run_lock
from tests.crawling import HOST, report, urls
from tests.rawserver import html, raw_server
from tests.test_crawl import write_config

DOCS = Path(__file__).parents[1] / "docs"
SITES = ("ekyhdistykset", "hyvaks", "pirha")
SAME = {
    "pages": "SELECT id, site, urlkey, url, captures, state FROM pages ORDER BY id",
    "captures": "SELECT url, site, page, status, mime, payload_digest, record_type, redirect"
    " FROM captures ORDER BY url, payload_digest, record_type",
    "versions": "SELECT id, page, site, url, captures, current, title, published, language"
    " FROM versions ORDER BY id",
    "texts": "SELECT version, text FROM version_text ORDER BY version",
    "links": "SELECT version, position, url, text FROM links ORDER BY version, position",
}
"""What must be equal; identifiers of captures and times are the crawl's own."""


def commands(heading):
    """Return the shell commands under a heading of the page."""
    page = (DOCS / "several-machines.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))
    assert found, heading
    return found


def run(script, config):
    """Run commands of the page with other values, stopping at the first that fails."""
    return subprocess.run(
        ["sh", "-eu", "-c", script],
        env=environment(config),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )


def environment(config):
    """Return the environment of a node: our programs first, the demonstration's configuration."""
    folder = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "ARKISTO_CONFIG": str(config),
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def node(folder, config):
    """Run a Scrapyd in a folder of its own, set up as docs/scrapyd/scrapy.cfg says; give its address."""
    folder.mkdir(parents=True)
    shutil.copy(DOCS / "scrapyd" / "scrapy.cfg", folder)
    port = free_port()
    file = folder / "scrapy.cfg"
    file.write_text(file.read_text().replace("http_port = 6800", f"http_port = {port}"))
    with (folder / "scrapyd.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapyd"],
            cwd=folder,
            env=environment(config),
            stdout=log,
            stderr=log,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: ask(address, "daemonstatus.json")["status"] == "ok", 30, process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def ask(address, what):
    """Return what a node answers; nothing while it does not listen yet."""
    try:
        with urlopen(f"{address}/{what}", timeout=10) as answer:
            return json.load(answer)
    except ConnectionError:
        return {"status": "starting"}
    except OSError as error:
        if isinstance(getattr(error, "reason", None), ConnectionError):
            return {"status": "starting"}
        raise


def wait_for(happened, seconds, process=None):
    """Wait until something happens."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} s"
        assert process is None or process.poll() is None, "the process ended"
        time.sleep(0.1)


def jobs(address, state):
    """Return the jobs of a node in a state: pending, running or finished."""
    return ask(address, "listjobs.json?project=arkisto")[state]


def content(data):
    """Return what an archive holds, without what is a crawl's own."""
    db = open_archive(data / "archive.db")
    found = {name: db.execute(query).fetchall() for name, query in SAME.items()}
    db.close()
    return found


def test_two_nodes_give_what_one_machine_gives(tmp_path):
    """Pages, versions, texts and links are equal, and each site was crawled on the node of its shard."""
    with serve_sites(sites_folder(), only=SITES) as served:
        config = write_demo_config(tmp_path / "config", served, find_config(), delay_seconds=0.02)
        alone = tmp_path / "yksi"
        run(f"arkisto --data {alone} crawl", config)
        with (
            node(tmp_path / "arkisto-node1", config) as first,
            node(tmp_path / "arkisto-node2", config) as second,
        ):
            for index, address in enumerate((first, second), start=1):
                script = (
                    commands("Scrapyd")
                    .replace("http://127.0.0.1:6800", address)
                    .replace("--shard 1/2", f"--shard {index}/2")
                    .replace("/srv/arkisto-node/data", str(tmp_path / f"arkisto-node{index}/data"))
                )
                assert '"status": "error"' not in run(script, config).stdout
            expected = {
                address: run(f"arkisto crawl --shard {index}/2 --list", config).stdout.split()
                for index, address in enumerate((first, second), start=1)
            }
            assert sorted(expected[first] + expected[second]) == sorted(SITES)
            assert all(expected.values()), "both nodes have work"
            wait_for(
                lambda: all(len(jobs(a, "finished")) == len(s) for a, s in expected.items()), 120
            )
    for index, sites in enumerate(expected.values(), start=1):
        assert list(report(tmp_path / f"arkisto-node{index}/data")["sites"]) == [sites[-1]]
    together = tmp_path / "arkisto"
    gather = commands("One archive from all").replace("/srv", str(tmp_path))
    run(gather, config)
    run(f"arkisto --data {alone} ingest; arkisto --data {alone} extract", config)
    whole = content(alone)
    assert content(together) == whole
    assert all(whole.values())


def test_the_shard_command_of_the_page_runs(tmp_path):
    """A machine with plain timers crawls its own sites."""
    with serve_sites(sites_folder(), only=SITES[:2]) as served:
        config = write_demo_config(tmp_path / "config", served, find_config(), delay_seconds=0.02)
        script = commands("Shards and timers").replace("/srv", str(tmp_path))
        script = script.replace("1/2", "1/1")
        run(script, config)
    assert set(report(tmp_path / "arkisto-node")["sites"]) == set(SITES[:2])


def scrapy(*arguments):
    """Start Scrapy's own command."""
    return [sys.executable, "-m", "scrapy", "crawl", "site", *arguments]


def test_the_data_directory_can_be_an_argument(tmp_path):
    """``-a data`` goes before ARKISTO_DATA; ``-a due=1`` leaves out what was seen just now."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", "/a"), "/a": html("a")}
        config = write_config(tmp_path / "config", server)
        told = {**environment(config), "ARKISTO_DATA": str(tmp_path / "muu")}
        command = scrapy("-a", "site=jarjestotalo", "-a", f"data={tmp_path / 'data'}")
        subprocess.run(command, env=told, check=True, capture_output=True)
        assert {f"http://{HOST}/", f"http://{HOST}/a"} <= set(urls(tmp_path / "data"))
        assert not (tmp_path / "muu").exists()
        asked = len(server.times)
        subprocess.run([*command, "-a", "due=1"], env=told, check=True, capture_output=True)
        assert len(server.times) == asked


def test_a_second_job_on_the_same_data_refuses_to_start(tmp_path):
    """Two crawls at once would ask the servers twice as fast and write one frontier from two sides."""
    with raw_server(tmp_path) as server:
        config = write_config(tmp_path / "config", server)
        with run_lock(tmp_path / "data"):
            done = subprocess.run(
                scrapy("-a", "site=jarjestotalo", "-a", f"data={tmp_path / 'data'}"),
                env=environment(config),
                check=False,
                capture_output=True,
                text=True,
            )
    assert "another crawl is running" in done.stderr
    assert done.returncode == 1
    assert server.times == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_cancelled_job_ends_within_seconds(tmp_path, number):
    """Scrapyd cancels by SIGTERM; a job that waits for its host's turn ends all the same, with a report."""
    with raw_server(tmp_path) as server:
        slow = "User-agent: *\nCrawl-delay: 30\n"
        server.answers = {
            "/robots.txt": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(slow), slow.encode()),
            "/": html("Etusivu", "/a"),
        }
        config = write_config(tmp_path / "config", server)
        command = scrapy("-a", "site=jarjestotalo", "-a", f"data={tmp_path / 'data'}")
        with subprocess.Popen(
            command, env=environment(config), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            wait_for(lambda: server.times, 30, process)
            time.sleep(0.5)
            process.send_signal(number)
            began = time.monotonic()
            process.communicate(timeout=20)
            assert time.monotonic() - began < 8
    assert report(tmp_path / "data")["outcome"] == "stopped"
    assert not list((tmp_path / "data" / "warc").glob("*.open"))
