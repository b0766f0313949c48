"""Measure what kill -9 costs: pages lost, records twice, pages asked for again.

``python -m benchmarks.recovery [KILLS]`` kills a crawl of the miniature sites at random moments (seeded),
starts it again each time, lets the last one end, and compares with a crawl that nobody disturbed.
The bound is 0 everywhere but for requests: of each host one is under way at most, and asked again after the kill.
Then a generated site is crawled by ours and by Scrapy with its JOBDIR, both killed at the same requests.
The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

from archive.members import Damage
from archive.registry import find_config
from archive.warc import read_warc, warc_files
from benchmarks import crawlers
from benchmarks.generated import GeneratedSite, serving
from crawler.miniature import Served, serve_sites, sites_folder, write_demo_config

FLOORS = {
    "lost": 0, "twice": 0, "unreadable": 0, "asked_again_per_kill_and_host": 1.0,
    "generated_lost": 0, "generated_twice": 0,
}  # fmt: skip
"""The most that each may be."""

SEED = 20261121
_CRAWL = "from crawler.cli import main; main()"


def start(config: Path, data: Path) -> subprocess.Popen[bytes]:
    """Start a crawl in a process of its own."""
    command = [
        sys.executable, "-c", _CRAWL, "--config", str(config), "--data", str(data), "crawl",
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def captures(data: Path) -> tuple[Counter[str], int]:
    """Count the captures of every URL, and the stretches that cannot be read."""
    found: Counter[str] = Counter()
    unreadable = 0
    for path in warc_files(data / "warc"):
        for record in read_warc(path):
            if isinstance(record, Damage):
                unreadable += 1
            elif record.kind in ("response", "revisit") and record.url:
                found[record.url] += 1
    return found, unreadable


def killed_crawl(config: Path, data: Path, served: Served, kills: int) -> int:
    """Kill so many crawls and let one end; return the requests that the servers saw."""
    dice = random.Random(SEED)
    begin = len(served.requests)
    for _ in range(kills):
        process = start(config, data)
        wanted = len(served.requests) + dice.randrange(5, 25)
        while process.poll() is None and len(served.requests) < wanted:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.05)
        process.kill()
        process.wait()
    start(config, data).wait()
    return len(served.requests) - begin


def measure(folder: Path, kills: int) -> dict[str, float]:
    """Crawl undisturbed, then with kills, and return the figures."""
    with serve_sites(sites_folder()) as served:
        config = write_demo_config(folder / "config", served, find_config(), delay_seconds=0.05)
        start(config, folder / "whole").wait()
        truth, _ = captures(folder / "whole")
        asked = killed_crawl(config, folder / "killed", served, kills)
        found, unreadable = captures(folder / "killed")
    again = max(0, asked - len(truth))
    return {
        "kills": kills,
        "pages": len(truth),
        "lost": len(truth.keys() - found.keys()),
        "twice": sum(count - 1 for count in found.values()),
        "unreadable": unreadable,
        "asked_again": again,
        "asked_again_per_kill_and_host": round(again / (kills * len(served.sites)), 3),
    }


GENERATED_PAGES = 250
GENERATED_KILLS = 3
GENERATED_DELAY = 0.01
PATIENCE_SECONDS = 60.0
"""The last crawl of each must end by itself within this."""


def killed_generated(name: str, folder: Path) -> Counter[str]:
    """Kill a crawler at fixed numbers of requests, let one end, and count how often each page was stored."""
    dice = random.Random(SEED)
    with serving(GeneratedSite(GENERATED_PAGES)) as site:
        for _ in range(GENERATED_KILLS):
            wanted = len(site.asked) + dice.randrange(30, 60)
            process = crawlers.start(name, site.address, site.port, folder, GENERATED_DELAY)
            while process.poll() is None and len(site.asked) < wanted:
                time.sleep(0.002)
            process.kill()
            process.wait()
        last = crawlers.start(name, site.address, site.port, folder, GENERATED_DELAY)
        try:
            last.wait(PATIENCE_SECONDS)
        finally:
            last.kill()
            last.wait()
        expected = site.paths()
    stored = captures(folder)[0] if name == "ours" else Counter(_lines(folder / "pages.txt"))
    stored = Counter({unquote(urlsplit(url).path): count for url, count in stored.items()})
    return Counter({path: stored[path] for path in expected})


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def compare(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of ours and of Scrapy on the generated site."""
    found = []
    for name in ("ours", "scrapy"):
        counts = killed_generated(name, folder / name).values()
        lost, twice = (
            sum(count == 0 for count in counts),
            sum(max(0, count - 1) for count in counts),
        )
        found.append({"generated_lost": lost, "generated_twice": twice})
    pages = {"generated_pages": GENERATED_PAGES, "generated_kills": GENERATED_KILLS}
    return {**pages, **found[0]}, {**pages, **found[1]}


def main(kills: int = 5) -> int:
    """Print the figures and tell whether they hold."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), kills)
        generated, peer = compare(Path(folder) / "generated")
    figures |= generated
    print(f"{'':<30}{'ours':>8}{'JOBDIR':>8}{'at most':>9}")
    for name, value in figures.items():
        print(f"{name:<30}{value:>8}{peer.get(name, ''):>8}{FLOORS.get(name, ''):>9}")
    ok = figures["pages"] > 100 and all(figures[name] <= most for name, most in FLOORS.items())
    result = {"name": "recovery", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}
    print(json.dumps(result))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
