"""Measure what traps cost a crawl: requests, time, memory, and whether each left a record of why.

``python -m benchmarks.traps`` crawls the trap hosts of the tests once, in a process of its own:
addresses, redirects, bodies and sitemaps without end, bombs, lying lengths, broken chunks, dead hosts.
Then it compares the memory of a crawl with 1,000 URLs in the queue with that of one with 49,000.
The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

CEILINGS = {
    "wall_s": 150,
    "requests": 800,
    "rss_mb": 300,
    "without_record": 0,
    "requests_inside": 0,
    "queue_rss_growth_mb": 30,
}
"""The most that each may be."""


def measured(what: str) -> dict[str, Any]:
    """Run one measurement of the tests in a process of its own."""
    command = [sys.executable, "-m", "tests.trap_measure", what]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def measure() -> dict[str, Any]:
    """Return the figures."""
    traps, queue = measured("traps"), measured("queue")
    return {
        **{name: traps[name] for name in ("outcome", "wall_s", "cpu_s", "rss_mb", "requests")},
        **{name: traps[name] for name in ("requests_inside", "skips", "failures", "truncated")},
        "without_record": len(traps["without_record"]),
        **queue,
        "queue_rss_growth_mb": queue["rss_mb_49000"] - queue["rss_mb_1000"],
    }


def main() -> int:
    """Print the figures and tell whether they hold."""
    figures = measure()
    for name, value in figures.items():
        print(f"{name:<22}{value!s:>10}{CEILINGS.get(name, '')!s:>8}")
    ok = figures["outcome"] == "finished"
    ok = ok and all(figures[name] <= most for name, most in CEILINGS.items())
    print(
        json.dumps({"name": "traps", "ok": ok, "figures": figures, "peer": {}, "floors": CEILINGS})
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
