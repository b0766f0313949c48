"""Things that many tests share: archives from empty to demonstrated, and the site on a small edition."""

import fcntl
from pathlib import Path

import pytest

from archive.schema import open_archive
from crawler.demonstration import demonstrate
from tests.asking import Browser
from tests.registries import small_registry
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


@pytest.fixture
def registry(tmp_path):
    """Give a registry of kyt (13) and ekyhdistykset (09)."""
    return small_registry(tmp_path / "config")


@pytest.fixture
def db(tmp_path):
    """Give an empty archive."""
    archive = open_archive(tmp_path / "data" / "archive.db")
    yield archive
    archive.close()
