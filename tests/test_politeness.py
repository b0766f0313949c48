"""When the next request to a host may go out: by the clock, and as the server sees it."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

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


def eight_sites(server, *, delay, addresses):
    """Return a registry of eight sites of three pages, led to these addresses in turn."""
    names = [f"www.yhdistys{n}.fi" for n in range(8)]
    sites = {
        f"y{n}": {"seeds": (f"http://{name}/",), "scope": {"hosts": (name,)}}
        for n, name in enumerate(names)
    }
    server.answers = {"/": html("Etusivu", "/a", "/b"), "/a": html("a"), "/b": html("b")}
    made = registry(server, sites=sites, delay=delay)
    for name, address in zip(names, itertools.cycle(addresses), strict=False):
        made.crawl.resolver.hosts[name] = address
    return made


def test_hosts_are_asked_side_by_side(tmp_path):
    """Eight sites on eight servers: the wall time is that of one host, not of all."""
    addresses = [f"127.0.3.{n}" for n in range(1, 9)]
    with raw_server(tmp_path, also=addresses[1:]) as server:
        begin = time.monotonic()
        crawl(eight_sites(server, delay=0.3, addresses=addresses), tmp_path / "data")
        took = time.monotonic() - begin
    assert urls(tmp_path / "data").total() == 8 * 5
    assert took < 8 * 4 * 0.3 / 2


def test_sites_of_one_server_are_asked_one_at_a_time(tmp_path):
    """Eight domains on one address: the server never sees a gap below the delay."""
    delay = 0.1
    with raw_server(tmp_path) as server:
        crawl(eight_sites(server, delay=delay, addresses=[server.address]), tmp_path / "data")
    assert urls(tmp_path / "data").total() == 8 * 5
    times = [at for at, _ in server.times]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= delay


@pytest.mark.parametrize(
    ("took", "gap", "wait"),
    [(0.2, 2.0, 2.0), (1.0, 2.0, 5.0), (60.0, 2.0, 30.0), (60.0, 45.0, 45.0)],
    ids=["quick answer", "slow answer", "at most max_delay", "never below the site's delay"],
)
def test_a_slow_server_is_asked_less_often(took, gap, wait):
    """The delay is a multiple of what the last answer took, within its bounds (Heritrix's rule)."""
    clock = Clock()
    politeness = polite(clock, factor=5.0, max_delay=30.0)
    politeness.contact("talo.fi")
    politeness.answered("talo.fi", took)
    assert politeness.ready_in("talo.fi", gap) == wait
    politeness.answered("talo.fi", 0.01)
    assert politeness.ready_in("talo.fi", gap) == gap


def test_a_slow_page_delays_the_next_one(tmp_path):
    """A page that takes half a second is followed by a pause of at least twice that."""
    with raw_server(tmp_path) as server:
        server.answers = {
            "/robots.txt": status(b"404 Ei"),
            "/sitemap.xml": status(b"404 Ei"),
            "/": [0.5, html("Etusivu", "/a")],
            "/a": html("a"),
        }
        made = registry(server, politeness={"delay_seconds": 0.0, "delay_factor": 2.0})
        crawl(made, tmp_path / "data")
    times = {path: at for at, path in server.times}
    assert min(at for path, at in times.items() if at > times["/"]) - times["/"] >= 0.5 + 2 * 0.5


def test_the_request_says_who_asks_and_how_to_object(tmp_path):
    """User-Agent and From name the archive, its purpose, its page and an address to write to."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu")}
        crawl(registry(server), tmp_path / "data")
    head = server.requests["/"][0].decode()
    [agent] = [line for line in head.splitlines() if line.startswith("User-Agent: ")]
    for part in (
        "jarjestoarkisto/",
        "archive",
        "to object",
        "+https://example.org/",
        "koe@example.org",
    ):
        assert part in agent
    assert "\r\nFrom: koe@example.org\r\n" in head


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


def in_two_seconds():
    """Return an HTTP date a second or two from now; such a date has no parts of seconds."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True).encode()


@pytest.mark.parametrize(
    "answer",
    [
        lambda: status(b"503 Kiire", b"Retry-After: 1"),
        lambda: status(b"429 Liikaa", b"Retry-After: " + in_two_seconds()),
        lambda: status(b"502 Voi", b"Retry-After: 1"),
    ],
    ids=["seconds", "date", "another error"],
)
def test_retry_after_pauses_the_whole_host(tmp_path, answer):
    """Nothing is asked of the host until the time it named; then the page comes."""
    busy = (answer() for _ in range(1))
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
