"""Things that many tests share: one demonstration archive for the whole run."""

import fcntl
from pathlib import Path

import pytest

from crawler.demonstration import demonstrate


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory) -> Path:
    """Give the data directory of a demonstration, made once even when tests run in several processes.

    Tests must leave it as it is.
    """
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent
    data = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "published.db").exists():
            demonstrate(data)
    return data
