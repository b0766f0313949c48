"""Measure how close a crawl of many hosts comes to the least time that politeness allows.

``python -m benchmarks.politeness`` crawls twenty loopback hosts of twenty pages with one second between requests.
The bound is the busiest host: its requests less one, times the delay. Beside it stands bare Scrapy
with the same delay, given all addresses beforehand. The servers are a process of their own.
On a busy machine every timer is late, so there the most that is allowed is what Scrapy needs.
The last line printed is one JSON object.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.loopback import empty, registry, response, serve
from crawler.run import run_crawl

HOSTS, PAGES, DELAY = 20, 20, 1.0

FLOORS = {"gaps_below_delay": 0, "wall_over_bound": 1.05}
"""The most that each may be: never a gap below the delay, and five parts in a hundred of dawdling."""

SCRAPY = """
import sys
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
class Peer(Spider):
    name = "peer"
    async def start(self):
        for page in range({pages}):
            for address in {addresses}:
                yield Request(f"http://{{address}}:{port}/sivu{{page}}")
    def parse(self, response):
        response.css("a::attr(href)").getall()
process = CrawlerProcess(dict(LOG_ENABLED=False, DOWNLOAD_DELAY={delay}, DOWNLOAD_DELAY_JITTER=0,
    CONCURRENT_REQUESTS=100, CONCURRENT_REQUESTS_PER_DOMAIN=1, COOKIES_ENABLED=False,
    TELNETCONSOLE_ENABLED=False, REMOTE_CONTROL_ENABLED=False))
process.crawl(Peer)
process.start()
"""


def answer(host: str, path: str, head: bytes) -> bytes:
    """Serve a front page that links to all pages."""
    if path == "/":
        links = "".join(f'<a href="/sivu{n}">sivu {n}</a>' for n in range(PAGES - 1))
        return response(f"<!doctype html><title>Etusivu</title>{links}".encode())
    if path.startswith("/sivu"):
        return response(b"<!doctype html><title>Sivu</title><p>" + b"teksti " * 1000)
    return empty(b"404 Not Found")


ADDRESSES = [f"127.0.9.{n + 1}" for n in range(HOSTS)]
Log = list[tuple[float, str, str]]


def _work(pipe: Connection) -> None:
    """Serve in a process of its own; hand over what was asked whenever told to, until told ``None``."""
    with serve(ADDRESSES, answer) as served:
        pipe.send(served.port)
        while pipe.recv() is not None:
            pipe.send(served.requests)
            served.requests.clear()


@contextmanager
def servers() -> Iterator[tuple[int, Connection]]:
    """Run the servers; give their port and a pipe that answers with the requests since the last time."""
    pipe, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(theirs,))
    process.start()
    try:
        yield pipe.recv(), pipe
    finally:
        pipe.send(None)
        process.join(10)


def figures_of(pipe: Connection, wall: float) -> dict[str, float]:
    """Return what the servers saw, and the wall time against the bound."""
    pipe.send("requests")
    log: Log = pipe.recv()
    times: dict[str, list[float]] = defaultdict(list)
    for at, host, _ in log:
        times[host].append(at)
    gaps = [
        later - earlier
        for at in times.values()
        for earlier, later in itertools.pairwise(sorted(at))
    ]
    bound = max(len(at) - 1 for at in times.values()) * DELAY
    return {
        "requests": len(log),
        "hosts": len(times),
        "gaps_below_delay": sum(gap < DELAY for gap in gaps),
        "smallest_gap": round(min(gaps), 4),
        "wall_seconds": round(wall, 2),
        "bound_seconds": bound,
        "wall_over_bound": round(wall / bound, 3),
    }


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """Crawl once with each; return our figures and Scrapy's."""
    hosts = {f"www.yhdistys{n}.fi": address for n, address in enumerate(ADDRESSES)}
    with servers() as (port, pipe), tempfile.TemporaryDirectory() as folder:
        # the bound knows one delay only: without the factor that spares slow servers
        politeness: dict[str, object] = {"delay_seconds": DELAY, "delay_factor": 0.0}
        made = registry(port, hosts, politeness=politeness)
        begin = time.monotonic()
        outcome = run_crawl(made, Path(folder), log=False)
        ours = figures_of(pipe, time.monotonic() - begin)
        ours["problems"] = len(outcome.problems)
        code = SCRAPY.format(pages=PAGES, addresses=ADDRESSES, port=port, delay=DELAY)
        begin = time.monotonic()
        subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
        peer = figures_of(pipe, time.monotonic() - begin)
    return ours, peer


def main() -> int:
    """Print the figures and tell whether they hold."""
    ours, peer = measure()
    most = FLOORS | {
        "wall_over_bound": max(FLOORS["wall_over_bound"], peer["wall_over_bound"]),
    }
    print(f"{'':<20}{'ours':>10}{'Scrapy':>10}{'at most':>10}")
    for name, value in ours.items():
        print(f"{name:<20}{value:>10}{peer.get(name, ''):>10}{most.get(name, ''):>10}")
    ok = ours["problems"] == 0 and all(ours[name] <= value for name, value in most.items())
    result = {"name": "politeness", "ok": ok, "figures": ours, "peer": peer, "floors": most}
    print(json.dumps(result))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
