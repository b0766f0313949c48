"""Crawl the trap hosts in a process of its own and tell what it cost.

python -m tests.trap_process DATA PORT
"""

import json
import sys
import time
from pathlib import Path

from tests.crawling import crawl, registry
from tests.memory import peak_mb
from tests.rawserver import RawServer
from tests.trapserver import ADDRESSES

LIMITS = {
    "timeout_seconds": 2.0,
    "max_seconds": 4.0,
    "retries": 1,
    "max_html_bytes": 20_000_000,
    "max_attachment_bytes": 35_000_000,
}
MAX_PAGES = {"kartat.example": 150}


def trap_registry(port):
    """Return a registry with one site for each trap host."""
    sites = {
        host.partition(".")[0]: {
            "seeds": (f"http://{host}/",),
            "scope": {"hosts": (host,)},
            "expect": {"min_pages": 0, "max_pages": MAX_PAGES.get(host, 3000)},
        }
        for host in ADDRESSES
    }
    made = registry(RawServer("127.0.3.1", port, 1), sites=sites, limits=LIMITS)
    made.crawl.resolver.hosts.update(ADDRESSES)
    return made


def main(data, port):
    """Crawl and print the figures as one JSON object."""
    made = trap_registry(int(port))
    wall, cpu = time.monotonic(), time.process_time()
    outcome = crawl(made, Path(data))
    figures = {
        "outcome": outcome.outcome,
        "counts": outcome.counts,
        "wall_s": round(time.monotonic() - wall, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "rss_mb": peak_mb(),
        "problems": outcome.problems,
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
