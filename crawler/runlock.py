"""Let one crawl (and one update) at a time work on a data directory."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import CrawlError


@contextmanager
def run_lock(data: Path, name: str = "crawl") -> Iterator[None]:
    """Hold ``NAME.lock`` of a data directory; the kernel frees it even after kill -9.

    Raises:
        CrawlError: another process holds it, or the directory cannot be written.
    """
    path = data / f"{name}.lock"
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise CrawlError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            raise CrawlError(
                f"another {name} is running on {data} (process {holder}); wait until it ends"
            ) from error
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)
