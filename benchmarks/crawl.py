"""Measure how politely and how fast a crawl goes: gaps at the server, wall time, processor time.

``python -m benchmarks.crawl`` crawls the miniature sites once with 0.2 s between requests.
The bound of the wall time is the busiest host: its requests less one, times the delay that it asks for.
The last line printed is one JSON object.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from archive.registry import find_config, load_registry
from archive.urls import registered_domain
from crawler.miniature import Served, serve_sites, sites_folder, write_demo_config
from crawler.run import run_crawl

DELAY = 0.2

FLOORS = {"gaps_below_delay": 0, "wall_over_bound": 1.25, "cpu_ms_per_capture": 25.0}
"""The most that each may be; the bound of 1.05 holds at real delays, where answers take no fifth of it."""


def gaps_by_slot(served: Served) -> dict[str, list[float]]:
    """Return the seconds between requests to one registered domain, as the servers saw them."""
    times = defaultdict(list)
    for request in list(served.requests):
        times[registered_domain(request.host)].append(request.at)
    return {
        slot: [later - earlier for earlier, later in itertools.pairwise(sorted(at))]
        for slot, at in times.items()
    }


def measure(folder: Path) -> dict[str, float]:
    """Crawl once and return the figures."""
    with serve_sites(sites_folder()) as served:
        config = write_demo_config(folder / "config", served, find_config(), delay_seconds=DELAY)
        registry = load_registry(config)
        wall, cpu = time.monotonic(), time.thread_time()
        outcome = run_crawl(registry, folder / "data", log=False)
        wall, cpu = time.monotonic() - wall, time.thread_time() - cpu
        gaps = gaps_by_slot(served)
    asked = {slot: max(DELAY, round(min(found), 1)) for slot, found in gaps.items()}
    bound = max(len(found) * asked[slot] for slot, found in gaps.items())
    every = [gap for found in gaps.values() for gap in found]
    return {
        "captures": outcome.counts["stored"],
        "problems": len(outcome.problems),
        "gaps_below_delay": sum(gap < DELAY for gap in every),
        "smallest_gap": round(min(every), 4),
        "wall_seconds": round(wall, 2),
        "wall_over_bound": round(wall / bound, 3),
        "cpu_ms_per_capture": round(1000 * cpu / outcome.counts["stored"], 2),
    }


def main() -> int:
    """Print the figures and tell whether they hold."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    for name, value in figures.items():
        print(f"{name:<22}{value:>10}{FLOORS.get(name, ''):>10}")
    ok = figures["problems"] == 0 and all(figures[name] <= most for name, most in FLOORS.items())
    result = {"name": "crawl", "ok": ok, "figures": figures, "peer": {}, "floors": FLOORS}
    print(json.dumps(result))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
