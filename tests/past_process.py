"""Bring in the captures of one site in a process of its own, to be killed by a test.

python -m tests.past_process DATA ADDRESS PORT
"""

import sys
from pathlib import Path

from tests.pastruns import registry_of, wayback


def main(data, address, port):
    """Bring them in and tell how it ended."""
    outcome = wayback(registry_of(address, int(port), delay=0.005), Path(data), every=True)
    sys.stdout.write(f"{outcome.outcome} {outcome.problems}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
