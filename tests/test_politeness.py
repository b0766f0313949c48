"""When the next request to a host may go out: by the clock, and as the server sees it."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta

import pytest

from crawler.politeness import MAX_PAUSE, CrawlStopping, Politeness, retry_after
from tests.crawling import HOST, crawl, registry, urls
from tests.rawserver import html, ok, raw_server, status


class Clock:
    """A clock that the test sets."""

    def __init__(self):
        """Begin at a thousand seconds."""
        self.now = 1000.0

    def __call__(self):
        """Return the time."""
        return self.now


def polite(clock, **options):
    """Return a politeness with a delay of 5 s that has been idle for a day."""
    fields = {"delay": 5.0, "max_crawl_delay": 60.0, "idle": 86_400.0, "clock": clock}
    return Politeness(**{**fields, **options})


def test_the_delay_counts_from_the_last_contact():
    """Each contact, the request and then its answer, moves the next request back."""
    clock = Clock()
    politeness = polite(clock)
    assert politeness.ready_in("talo.fi", 5.0) == 0.0
    politeness.contact("talo.fi")
    clock.now += 2
    politeness.contact("talo.fi")
    clock.now += 4
    assert politeness.ready_in("talo.fi", 5.0) == 1.0
    assert politeness.ready_in("muu.fi", 5.0) == 0.0


def test_after_a_kill_every_host_waits_a_whole_delay():
    """Nobody knows when the killed crawl asked last."""
    assert polite(Clock(), idle=0.0).ready_in("talo.fi", 5.0) == 5.0


@pytest.mark.parametrize(
    ("site", "robots", "gap"),
    [(None, None, 5.0), (2.0, None, 2.0), (2.0, 10.0, 10.0), (None, 1.0, 5.0), (None, 900.0, 60.0)],
    ids=["operator", "site file", "robots longer", "robots shorter", "robots beyond the cap"],
)
def test_the_longest_wish_counts(site, robots, gap):
    """The site file replaces the general delay; robots.txt can lengthen it up to the cap."""
    assert polite(Clock()).gap(site, robots) == gap


def test_a_pause_is_waited_out():
    """A pause beats a shorter delay, and a shorter pause never shortens it."""
    clock = Clock()
    politeness = polite(clock)
    politeness.pause("talo.fi", 30.0)
    politeness.pause("talo.fi", 3.0)
    assert politeness.ready_in("talo.fi", 5.0) == 30.0


def test_stopping_wakes_those_who_wait():
    """A request that waits for its turn ends at once when the crawl stops."""

    async def wait():
        politeness = Politeness(delay=60.0, max_crawl_delay=60.0, idle=0.0)
        waiting = asyncio.create_task(politeness.turn("talo.fi", 60.0))
        await asyncio.sleep(0.02)
        politeness.stop()
        with pytest.raises(CrawlStopping):
            await waiting

    begin = time.monotonic()
    asyncio.run(wait())
    assert time.monotonic() - begin < 5


def test_retry_after_is_capped():
    """A server cannot silence the archive for ever."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after("99999999999", now) == MAX_PAUSE
    assert retry_after("Wed, 01 Jan 2020 00:00:00 GMT", now) == timedelta()


def test_the_server_never_sees_a_shorter_gap(tmp_path):
    """Over HTTP and HTTPS and two hosts of one domain, every gap at the server is the delay or more."""
    delay = 0.15
    pages = [f"/sivu{n}" for n in range(9)]
    with raw_server(tmp_path) as server:
        links = [*pages, *(f"https://uutiset.jarjestotalo.fi{path}" for path in pages)]
        server.answers = {"/": html("Etusivu", *links), **{path: html(path) for path in pages}}
        hosts = (HOST, "uutiset.jarjestotalo.fi")
        made = registry(server, sites={"talo": {"scope": {"hosts": hosts}}}, delay=delay)
        crawl(made, tmp_path / "data")
    assert urls(tmp_path / "data").total() >= 19
    times = [at for at, _ in server.times]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert len(gaps) >= 20
    assert min(gaps) >= delay
    # and it does not dawdle either: a busy machine may add to some gaps, not to most
    assert sorted(gaps)[len(gaps) // 2] < delay * 1.5


def test_hosts_are_asked_side_by_side(tmp_path):
    """The wall time is that of one host, not of all."""
    with raw_server(tmp_path) as server:
        names = [f"www.yhdistys{n}.fi" for n in range(8)]
        sites = {
            f"y{n}": {"seeds": (f"http://{name}/",), "scope": {"hosts": (name,)}}
            for n, name in enumerate(names)
        }
        server.answers = {"/": html("Etusivu", "/a", "/b"), "/a": html("a"), "/b": html("b")}
        begin = time.monotonic()
        crawl(registry(server, sites=sites, delay=0.3), tmp_path / "data")
        took = time.monotonic() - begin
    assert urls(tmp_path / "data").total() == 8 * 5
    assert took < 8 * 4 * 0.3 / 2


def test_crawl_delay_of_robots_txt_is_kept(tmp_path):
    """The pages wait as long as robots.txt asks."""
    with raw_server(tmp_path) as server:
        server.answers = {
            "/robots.txt": ok(b"User-agent: *\nCrawl-delay: 0.4\n"),
            "/": html("Etusivu", "/a"),
            "/a": html("a"),
        }
        crawl(registry(server, delay=0.0), tmp_path / "data")
    times = {path: at for at, path in server.times}
    assert times["/a"] - times["/"] >= 0.4


def test_retry_after_pauses_the_whole_host(tmp_path):
    """After a 503 nothing is asked of the host until the time it named; then the page comes."""
    busy = iter([status(b"503 Kiire", b"Retry-After: 1")])
    with raw_server(tmp_path) as server:
        server.answers = {
            "/": html("Etusivu", "/a", "/b"),
            "/a": lambda _: next(busy, html("a")),
            "/b": html("b"),
        }
        made = registry(server, limits={"retries": 2})
        outcome = crawl(made, tmp_path / "data")
    assert outcome.problems == []
    asked = [(at, path) for at, path in server.times if path in ("/a", "/b")]
    assert asked[0][1] == "/a"
    assert asked[1][0] - asked[0][0] >= 1.0
    assert urls(tmp_path / "data")[f"http://{HOST}/a"] == 2
