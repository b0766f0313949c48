"""So many files at a time and no more, in a real server with real readers."""

import asyncio
import socket
import sqlite3
import time
import urllib.request
from contextlib import closing
from urllib.error import HTTPError

import pytest

from archive.cli import serve
from archive.site.downloadlimit import BUSY, DOWNLOADS, RETRY_AFTER, with_download_limit
from archive.site.languages import LANGUAGES, translator
from benchmarks.servers import served
from tests.sample_archive import publish_sample


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Serve an edition of long texts (a file of 40 MB, more than sockets hold), one file at a time."""
    sample = publish_sample(tmp_path_factory.mktemp("limit"))
    with closing(sqlite3.connect(sample.published)) as db, db:
        db.execute("UPDATE versions SET text = hex(zeroblob(800000)) WHERE access = 'open'")
    with served(sample.published, downloads=1) as address:
        yield address


def asked(address):
    """Return status, headers and body of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return response.status, response.headers, response.read()
    except HTTPError as refused:
        return refused.code, refused.headers, refused.read()


@pytest.fixture
def reader(site):
    """Give a reader that has the head of a file and does not take the rest; the one before may just be going."""
    deadline = time.monotonic() + 30
    while True:
        with _begun(site) as reader:
            if reader.recv(12) == b"HTTP/1.1 200":
                yield reader
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _begun(site):
    host, _, port = site.removeprefix("http://").rpartition(":")
    reader = socket.create_connection((host, int(port)), timeout=60)
    reader.sendall(f"GET /haku.jsonl HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return reader


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/haku.csv", "/kwic.parquet", "/trendit.jsonl", "/published/sites.csv"])  # fmt: skip
def test_one_file_too_many(site, reader, path, language):
    """While a file is being sent, who asks for another is told when to come again, in a page of the language."""
    status, headers, body = asked(f"{site}{path}?q=year:2020&kieli={language}")
    say = translator(language)
    assert (status, headers["retry-after"], headers["cache-control"]) == (503, str(RETRY_AFTER), "no-store")  # fmt: skip
    assert headers["content-type"].startswith("text/html")
    assert say("Latauksia on nyt monta") in body.decode()
    again = f"{path}?q=year%3A2020" + ("" if language == "fi" else f"&amp;kieli={language}")
    assert f'class="button" href="{again}"' in body.decode()


def test_pages_do_not_wait_for_files(site, reader):
    """Searches, feeds and the JSON interface are answered while a file is being sent."""
    for path in ("/haku?year=2020", "/haku.atom?q=year:2020", "/api/search?q=year:2020"):
        assert asked(site + path)[0] == 200


def test_place_is_free_when_a_reader_goes(site, reader):
    """Who goes away in the middle leaves the place to the next; who reads to the end too."""
    reader.close()
    deadline = time.monotonic() + 30
    while asked(f"{site}/haku.csv?q=year:2020")[0] == 503 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [asked(f"{site}/haku.{form}?q=year:2020")[0] for form in ("csv", "jsonl", "parquet")] == [200] * 3  # fmt: skip


async def _asked(app, path, send):
    await app({"type": "http", "path": path, "raw_path": path.encode()}, None, send)


def test_reader_that_takes_nothing_loses_its_place():
    """A piece that nobody takes for too long breaks the file off; an error frees the place too."""
    reached = []

    async def app(scope, receive, send):
        reached.append(scope["path"])
        await send(b"piece")

    async def stuck(piece):
        await asyncio.sleep(60)

    async def fails(piece):
        raise OSError

    limited = with_download_limit(app, 1, patience=0.05)

    async def several():
        slow = asyncio.create_task(_asked(limited, "/haku.csv", stuck))
        await asyncio.sleep(0)
        await _asked(limited, "/kwic.csv", asyncio.Queue().put)
        with pytest.raises(TimeoutError):
            await slow
        with pytest.raises(OSError, match=r"^$"):
            await _asked(limited, "/haku.csv", fails)
        await _asked(limited, "/trendit.csv", asyncio.Queue().put)

    asyncio.run(several())
    assert reached == ["/haku.csv", BUSY, "/haku.csv", "/trendit.csv"]


def test_verb_and_plugin_agree():
    """Where nothing is said, `arkisto serve` and a bare Datasette let the same number run."""
    (option,) = (one for one in serve.params if one.name == "downloads")
    assert option.default == DOWNLOADS
