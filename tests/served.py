"""Serve an edition as `arkisto serve` does, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = (
    "import sys; from pathlib import Path; from archive.site import serve;"
    "serve(Path(sys.argv[1]), host='127.0.0.1', port=0, warm_up=False, downloads=int(sys.argv[2]))"
)


@contextmanager
def served(published: Path, *, downloads: int = 2) -> Iterator[str]:
    """Give the address of a running site, without the last slash."""
    command = [sys.executable, "-c", SERVE, str(published), str(downloads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split()[0].rstrip("/")
        finally:
            server.terminate()
