"""Measure what kill -9 costs: pages lost, records twice, pages asked for again.

``python -m benchmarks.recovery [KILLS]`` kills a crawl of the miniature sites at random moments (seeded),
starts it again each time, lets the last one end, and compares with a crawl that nobody disturbed.
The bound is 0 everywhere; a request under way at a kill is asked again. The last line printed is one JSON object.
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

from archive.members import Damage
from archive.registry import find_config
from archive.warc import read_warc, warc_files
from crawler.miniature import Served, serve_sites, sites_folder, write_demo_config

FLOORS = {"lost": 0, "twice": 0, "unreadable": 0, "refetched_share": 0.06}
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
    return {
        "kills": kills,
        "pages": len(truth),
        "lost": len(truth.keys() - found.keys()),
        "twice": sum(count - 1 for count in found.values()),
        "unreadable": unreadable,
        "refetched_share": round((asked - len(truth)) / len(truth), 4),
    }


def main(kills: int = 5) -> int:
    """Print the figures and tell whether they hold."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), kills)
    for name, value in figures.items():
        print(f"{name:<18}{value:>8}{FLOORS.get(name, ''):>8}")
    ok = figures["pages"] > 100 and all(figures[name] <= most for name, most in FLOORS.items())
    result = {"name": "recovery", "ok": ok, "figures": figures, "peer": {}, "floors": FLOORS}
    print(json.dumps(result))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
