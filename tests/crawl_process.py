"""Run one crawl of a loopback server in a process of its own, to be killed by a test.

python -m tests.crawl_process DATA ADDRESS PORT TLS_PORT DELAY
"""

import sys
from pathlib import Path

from tests.crawling import crawl, registry
from tests.rawserver import RawServer


def main(data, address, port, tls_port, delay):
    """Crawl and tell how it ended."""
    server = RawServer(address, int(port), int(tls_port))
    outcome = crawl(registry(server, delay=float(delay)), Path(data))
    sys.stdout.write(f"{outcome.outcome} {outcome.problems}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
