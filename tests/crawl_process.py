"""Run one crawl of a loopback server in a process of its own, to be killed by a test.

python -m tests.crawl_process DATA ADDRESS PORT TLS_PORT DELAY [MAX_BYTES [POINT NUMBER SEED]]
"""

import sys
from pathlib import Path

from tests import faults
from tests.crawling import crawl, registry
from tests.rawserver import RawServer


def main(data, address, port, tls_port, delay, max_bytes="1000000000", *fault):
    """Crawl and tell how it ended."""
    server = RawServer(address, int(port), int(tls_port))
    limits = {"max_pages_per_site": 100_000}
    made = registry(server, delay=float(delay), limits=limits, warc={"max_bytes": int(max_bytes)})
    if fault:
        point, number, seed = fault
        faults.arm(point, int(number), int(seed))
    # due: a crawl that had ended before a fault hit it is not begun anew
    outcome = crawl(made, Path(data), due=bool(fault))
    sys.stdout.write(f"{outcome.outcome} {outcome.problems}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
