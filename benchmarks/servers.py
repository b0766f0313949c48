"""Run the servers that a measurement or a test asks: our own site, and pywb, the Wayback Machine for everybody."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = (
    "import sys; from pathlib import Path; from archive.site import serve;"
    "serve(Path(sys.argv[1]), host='127.0.0.1', port=0, warm_up=False, downloads=int(sys.argv[2]))"
)
PATIENCE_SECONDS = 60


@contextmanager
def served(published: Path, *, downloads: int = 2) -> Iterator[str]:
    """Serve an edition as `arkisto serve` does, in a process of its own; give its address, without the last slash."""
    command = [sys.executable, "-c", SERVE, str(published), str(downloads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split()[0].rstrip("/") if server.stdout else ""
        finally:
            server.terminate()


@contextmanager
def pywb(program: str | Path, folder: Path) -> Iterator[str]:
    """Serve the collections of a folder by pywb and give its address.

    Raises:
        AssertionError: it ended, or does not listen after a minute; the message is its log.
    """
    port, log = free_port(), folder / "pywb.log"
    command = [str(program), "-b", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as file:
        server = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    try:
        if not listens(port, server):
            raise AssertionError(log.read_text(errors="replace"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def listens(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Wait until a server listens on a port of 127.0.0.1; tell whether it does, as long as it runs, within a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
