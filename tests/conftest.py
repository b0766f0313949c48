"""Things that many tests share: a demonstration archive and a small edition for the whole run, and the site on it."""

import fcntl
from pathlib import Path

import pytest

from crawler.demonstration import demonstrate
from tests.asking import Browser
from tests.sample_archive import publish_sample


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


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """Give a public edition; tests must leave it as it is, or make their own."""
    return publish_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def browser(sample):
    """Open the site on the sample of a module."""
    with Browser(sample.published) as browser:
        yield browser
