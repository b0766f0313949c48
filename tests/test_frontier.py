"""The queue of URLs: order, once only, what survives a kill."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import ArchiveError
from crawler.exchangerecords import Payload, Pointer
from crawler.frontier import Frontier
from crawler.recovery import Found
from crawler.targets import Seen, Skip, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CRAWL = "20260301120000-abc123"


@pytest.fixture
def frontier(tmp_path):
    """Give an empty frontier that works on the site "talo"."""
    made = Frontier(tmp_path / "frontier.db")
    made.select(["talo"])
    yield made
    made.close()


def target(path="/", site="talo", kind="page", hops="L", host="www.talo.fi"):
    """Return a URL to queue."""
    return Target(url=f"https://{host}{path}", site=site, kind=kind, hops=hops, via=None)


def seen(pointer=None, **extra):
    """Return what a visit brought."""
    return Seen(at=NOW, status=200, pointer=pointer, **extra)


def finish(frontier, row, what=None):
    """Acknowledge a row."""
    due = NOW + timedelta(days=30)
    frontier.done(row, what or seen(), crawl=CRAWL, due=due, interval=30.0)


def order(frontier, slot="talo.fi"):
    """Take and finish everything; return the paths in order."""
    taken = []
    while (row := frontier.take(slot)) is not None:
        taken.append(row.url.partition(".fi")[2])
        finish(frontier, row)
    return taken


def test_a_url_is_queued_once(frontier):
    """The second time it is known."""
    assert frontier.add(target("/a"))
    assert not frontier.add(target("/a"))
    assert frontier.queue == {"talo.fi": 1}


def test_what_matters_comes_first(frontier):
    """Seeds before maps and feeds, these before pages, near pages before far ones."""
    frontier.add(target("/syvä", hops="LLL"))
    frontier.add(target("/sivu", hops="L"))
    frontier.add(target("/kartta", kind="sitemap", hops="M"))
    frontier.add(target("/", kind="seed", hops=""))
    frontier.add(target("/robots.txt", kind="robots", hops="P"))
    assert order(frontier) == ["/robots.txt", "/", "/kartta", "/sivu", "/syvä"]


def test_hosts_of_one_domain_share_a_slot(frontier):
    """Two hosts of one registered domain are asked one after the other."""
    frontier.add(target(host="www.talo.fi"))
    frontier.add(target(host="uutiset.talo.fi"))
    frontier.add(target(host="toinen.fi"))
    assert frontier.queue == {"talo.fi": 2, "toinen.fi": 1}


def test_a_taken_row_stays_until_acknowledged(frontier):
    """Taking changes nothing; acknowledging does."""
    frontier.add(target("/a"))
    row = frontier.take("talo.fi")
    assert frontier.take("talo.fi") == row
    finish(frontier, row)
    assert frontier.take("talo.fi") is None


def test_other_sites_are_left_alone(frontier):
    """URLs of a site that is not selected are kept but not taken."""
    frontier.add(target("/a", site="muu"))
    assert frontier.queue.total() == 0
    assert frontier.take("talo.fi") is None
    frontier.select(["muu"])
    assert frontier.take("talo.fi").url.endswith("/a")


def test_retry_counts_and_stays(frontier):
    """A failed try leaves the URL in the queue, one attempt older."""
    frontier.add(target("/a"))
    frontier.retry(frontier.take("talo.fi"), seen(), crawl=CRAWL)
    row = frontier.take("talo.fi")
    assert row.attempts == 1
    frontier.failed(row, seen(), crawl=CRAWL, due=NOW)
    assert frontier.queue["talo.fi"] == 0


def test_only_what_is_due_is_queued_again(frontier):
    """--due takes the URLs whose time has come; a whole crawl takes all, robots.txt never."""
    for path, days in (("/vanha", 1), ("/uusi", 30)):
        frontier.add(target(path))
        due = NOW + timedelta(days=days)
        frontier.done(frontier.take("talo.fi"), seen(), crawl=CRAWL, due=due, interval=1.0)
    frontier.add(target("/robots.txt", kind="robots"))
    finish(frontier, frontier.take("talo.fi"))
    assert frontier.queue_again("talo", NOW + timedelta(days=2), due=True) == 1
    assert frontier.queue_again("talo", NOW + timedelta(days=2), due=False) == 1
    frontier.select(["talo"])
    assert sorted(order(frontier)) == ["/uusi", "/vanha"]


def test_validators_are_kept(frontier):
    """What the last visit brought comes back with the row."""
    frontier.add(target("/a"))
    payload = Payload(
        digest="sha1:X", record_id="<1>", url="u", date="d", pointer=Pointer("f.warc.gz", 7)
    )
    told = seen(Pointer("f.warc.gz", 7), etag='"1"', last_modified="eilen", payload=payload)
    finish(frontier, frontier.take("talo.fi"), told)
    row = frontier.row("https://www.talo.fi/a")
    assert (row.etag, row.last_modified, row.payload_digest) == ('"1"', "eilen", "sha1:X")
    assert frontier.payload("sha1:X") == payload


@pytest.mark.parametrize(
    ("pointer", "known"),
    [
        (("b.warc.gz", 500), True),
        (("b.warc.gz", 400), True),
        (("z.warc.gz", 900), True),
        (("b.warc.gz", 501), False),
        (("a.warc.gz", 0), False),
        (("y.warc.gz", 0), False),
    ],
    ids=["the same", "earlier in the file", "an earlier file", "later", "a later file", "unknown"],
)
def test_an_exchange_is_acknowledged_up_to_the_last_pointer(frontier, pointer, known):
    """A row remembers its newest capture; older ones are acknowledged too, whatever files are called."""
    for name in ("z.warc.gz", "b.warc.gz", "a.warc.gz"):  # a clock that goes backwards
        frontier.file_begun(name)
    frontier.add(target("/a"))
    finish(frontier, frontier.take("talo.fi"), seen(Pointer("b.warc.gz", 500)))
    found = Found(
        pointer=Pointer(*pointer), url="https://www.talo.fi/a", at=NOW, kind="response",
        status=200, digest=None, record_id=None, date=None, truncated=None, facts={},
    )  # fmt: skip
    assert frontier.acknowledged(found) is known


def test_a_skip_is_noted_once_per_crawl(frontier):
    """The same URL skipped for the same reason is one line of the crawl."""
    skip = Skip(url="https://www.talo.fi/x", site="talo", reason="trap")
    assert frontier.skip(skip, crawl=CRAWL, at=NOW)
    assert not frontier.skip(skip, crawl=CRAWL, at=NOW)
    assert [[line["reason"] for line in lines] for lines in frontier.unwritten_skips(9)] == [
        ["trap"]
    ]
    frontier.skips_written()
    assert list(frontier.unwritten_skips(9)) == []


def test_a_kill_loses_only_the_open_transaction(tmp_path):
    """What was committed is there after kill -9; what was not is not, and the file is sound."""
    script = """
import os, sys
from pathlib import Path
from crawler.frontier import Frontier
from crawler.targets import Target
frontier = Frontier(Path(sys.argv[1]))
for n in range(50):
    frontier.add(Target(url=f"https://talo.fi/{n}", site="talo", kind="page", hops="L", via=None))
frontier.commit()
for n in range(50, 90):
    frontier.add(Target(url=f"https://talo.fi/{n}", site="talo", kind="page", hops="L", via=None))
os.kill(os.getpid(), 9)
"""
    path = tmp_path / "frontier.db"
    ended = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    frontier = Frontier(path)
    frontier.select(["talo"])
    assert frontier.queue == {"talo.fi": 50}
    frontier.close()


def test_another_version_is_refused(tmp_path):
    """A file of a later program is not touched."""
    path = tmp_path / "frontier.db"
    made = Frontier(path)
    made.commit()
    made._db.execute("commit")
    made._db.execute("pragma user_version = 99")
    made._db.execute("begin")
    made.close()
    with pytest.raises(ArchiveError, match="version 99"):
        Frontier(path)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """The error names the file."""
    path = tmp_path / "frontier.db"
    path.write_bytes(os.urandom(4096))
    with pytest.raises(ArchiveError, match=r"frontier\.db cannot be opened"):
        Frontier(path)
