"""Every trap ends within a budget, leaves a record of why, and costs little memory."""

import contextlib
import fcntl
import json
import socket
import threading
from collections import Counter
from urllib.parse import urlsplit

import pytest

from crawler.breaker import FAILURES_IN_A_ROW
from crawler.sameness import SAME_TEXT_PAGES, SOFT_404_PAGES, Sameness, fingerprint, shapes_of
from crawler.wire import Patience
from tests import trapserver
from tests.crawling import HOST, crawl, failures, records, registry, report, skips, urls
from tests.rawserver import RawServer, html, raw_server, status
from tests.test_capture import seed_list
from tests.trap_measure import traps


@pytest.fixture(scope="module")
def trapped(tmp_path_factory, worker_id):
    """Crawl all traps once, however many processes run the tests; return what came of it."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder if worker_id == "master" else folder.parent) / "traps"
    folder.mkdir(exist_ok=True)
    result = folder / "result.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            figures, told = traps(folder)
            result.write_text(json.dumps({"figures": figures, **told}))
    return json.loads(result.read_text())


def asked_of(trapped, host):
    """Count the requests to a host by path."""
    return Counter(path for where, path in trapped["asked"] if where == host)


def test_one_crawl_over_all_traps_ends(trapped):
    """It finishes, in bounded time and with bounded requests."""
    figures = trapped["figures"]
    assert figures["outcome"] == "finished"
    assert figures["wall_s"] < 150
    assert figures["requests"] < 600


def test_memory_stays_below_300_mb(trapped):
    """Bombs, endless bodies, files of 30 MB and pages of 17 MB included."""
    assert trapped["figures"]["rss_mb"] < 300


def test_every_url_that_was_asked_has_a_record(trapped):
    """A response, a failure or a skip stands in the WARC files for each."""
    assert trapped["figures"]["without_record"] == []


def test_nothing_inside_was_asked(trapped):
    """No redirect led to this machine, in whatever way its address was written."""
    assert trapped["figures"]["requests_inside"] == 0
    refused = {url for url, reason in trapped["skips"] if reason in ("private-address", "scope")}
    hosts = {urlsplit(url).hostname for url in refused}
    inside = {"127.0.0.1", "::1", "::ffff:7f00:1", "169.254.169.254", "localhost"}
    assert hosts == inside | {"muualla.example"}


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/vuosi/", SAME_TEXT_PAGES + 3),
        ("/kauppa", 2 * SAME_TEXT_PAGES + 3),
        ("/istunto/", SAME_TEXT_PAGES + 3),
        ("/a/", 12),
        ("/sanat/", 2 * SAME_TEXT_PAGES + 5),
        ("/lista", 200),
        ("/palvelu/", 2 * SOFT_404_PAGES + 3),
    ],
    ids=["calendar", "session in the query", "session in the path", "deeper and deeper", "words",
         "facets", "soft 404"],
)  # fmt: skip
def test_addresses_without_end_cost_little(trapped, path, most):
    """Each trap is left after a few pages."""
    asked = [p for p in asked_of(trapped, "osoitteet.example").elements() if p.startswith(path)]
    assert 1 < len(asked) <= most


def test_redirects_end_at_their_limit(trapped):
    """A loop costs each address once; a chain ends after eight steps."""
    asked = asked_of(trapped, "ohjaukset.example")
    assert asked["/silmukka-a"] == asked["/silmukka-b"] == asked["/itseensa"] == 1
    assert asked["/ketju/8"] == 1
    assert asked["/ketju/9"] == 0
    assert ["http://ohjaukset.example/ketju/9", "redirect-limit"] in trapped["skips"]


def test_lists_of_sitemaps_end(trapped):
    """Of forty lists within one another four are read; the address beside an entity bomb is found."""
    asked = asked_of(trapped, "kartat.example")
    assert [asked[f"/sk{n}.xml"] for n in range(6)] == [1, 1, 1, 1, 0, 0]
    assert asked["/kartalta"] == 1
    assert asked["/k/0"] == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/tippa", "time"),
        ("/loputon", "length"),
        ("/loputon-liite", "length"),
        ("/pala-rikki", "disconnect"),
        ("/pala-rivi", "disconnect"),
        ("/pala-valtava", "disconnect"),
        ("/traileri", "disconnect"),
        ("/liian-pitka", "disconnect"),
        ("/katko-rungossa", "disconnect"),
        ("/liian-lyhyt", None),
        ("/hirmupitka", None),
        ("/pommi", None),
        ("/iso.pdf", None),
    ],
)
def test_what_came_of_a_broken_answer_is_kept(trapped, path, reason):
    """The record says why it ends where it ends."""
    assert trapped["truncated"][f"http://rungot.example{path}"] == reason


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/katko-alussa", "reset"),
        ("/katko-otsakkeessa", "reset"),
        ("/tippa-otsake", "timeout"),
        ("/otsake", "other"),
        ("/jatka", "other"),
        ("/http09", "other"),
        ("/roska", "other"),
        ("/ftp", "other"),
    ],
)
def test_what_is_no_answer_has_a_record(trapped, path, kind):
    """The metadata record says what happened."""
    assert trapped["failures"][f"http://rungot.example{path}"] == kind


def test_a_host_that_cannot_be_known_is_asked_once_for_what_cannot_exist(trapped):
    """The probe has a name that tells who asks, its own hop letter, and comes once."""
    asked = Counter(host for host, path in trapped["asked"] if path.startswith("/jarjestoarkisto-"))
    assert asked["osoitteet.example"] == 1
    assert max(asked.values()) == 1
    [hops] = [hops for url, hops in trapped["hops"].items() if "osoitteet.example/jarjesto" in url]
    assert hops.endswith("X")


# --- one rule at a time


def test_a_slow_drip_is_cut_by_its_rate(tmp_path, monkeypatch):
    """Below the least rate an answer ends, long before it is whole or silent."""
    monkeypatch.setattr("crawler.wire.RATE_GRACE_SECONDS", 0.5)
    with raw_server(tmp_path) as server:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 90000\r\n\r\n"
        server.answers = {"/": lambda _: trapserver.drip(head, pause=0.1)}
        limits = {"timeout_seconds": 30, "min_bytes_per_second": 200}
        crawl(registry(server, sites=seed_list("/"), limits=limits), tmp_path / "data")
    [record] = [r for r in records(tmp_path / "data", "response") if r.url == f"http://{HOST}/"]
    assert record.header("WARC-Truncated") == "time"
    assert len(record.payload) < 200


@pytest.mark.parametrize(
    ("case", "over"),
    [
        ({"elapsed": 5, "silent": 61, "flowing": 4, "received": 9000}, True),
        ({"elapsed": 901, "silent": 0, "flowing": 900, "received": 10**8}, True),
        ({"elapsed": 30, "silent": 0, "flowing": 21, "received": 2000}, True),
        ({"elapsed": 30, "silent": 0, "flowing": 19, "received": 10}, False),
        ({"elapsed": 30, "silent": 25, "flowing": 0, "received": 0}, False),
        ({"elapsed": 800, "silent": 1, "flowing": 799, "received": 10**6}, False),
    ],
    ids=["silence", "whole", "rate", "in its first seconds", "thinking", "slow but steady"],
)
def test_patience(case, over):
    """Silence, the whole time and the rate each end an exchange; a slow connection does not."""
    rule = Patience(silence=60, whole=900, bytes_per_second=100)
    assert (rule.left(**case) <= 0) is over


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls"), (b"", "timeout"), (None, "reset")],
    ids=["no TLS", "no handshake", "hangs up"],
)
def test_what_speaks_no_tls_has_a_record(tmp_path, greeting, kind):
    """A port that does not shake hands ends within the time, with a word for what happened."""
    listener = socket.create_server(("127.0.3.1", 0))
    held = []

    def greet():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                if greeting is None:
                    connection.close()
                else:
                    connection.sendall(greeting)
                    held.append(connection)

    threading.Thread(target=greet, daemon=True).start()
    server = RawServer("127.0.3.1", 1, listener.getsockname()[1])
    made = registry(server, sites=seed_list("/", scheme="https"), limits={"timeout_seconds": 1.0})
    crawl(made, tmp_path / "data")
    listener.shutdown(socket.SHUT_RDWR)
    for connection in (listener, *held):
        connection.close()
    assert failures(tmp_path / "data")[f"https://{HOST}/robots.txt"] == kind


def test_a_host_that_always_fails_is_left_alone(tmp_path):
    """After ten failures in a row the rest of its URLs wait; the next crawl goes on with them."""
    paths = [f"/s/{chr(97 + n)}" for n in range(20)]
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", *paths), "/sitemap.xml": status(b"404 Ei"),
                          "/robots.txt": status(b"404 Ei")}  # fmt: skip
        server.default = []
        made = registry(server)
        outcome = crawl(made, tmp_path / "data")
        assert outcome.outcome == "finished"
        assert len([p for p in server.paths() if p.startswith("/s/")]) == FAILURES_IN_A_ROW
        assert any("failed 10 times in a row" in p and "URLs wait" in p for p in outcome.problems)
        server.default = html("Sivu")
        assert crawl(made, tmp_path / "data").problems == []
    assert {f"http://{HOST}{path}" for path in paths[10:]} <= set(urls(tmp_path / "data"))


def test_pages_that_differ_close_nothing(tmp_path):
    """Two hundred news items in one shape are all fetched, and no probe is sent."""
    letters = [f"{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(150)]
    pages = {f"/uutiset/{n}": html(f"Uutinen {a}", body=f"<p>Tarina {a * 3} jatkuu.</p>")
             for n, a in enumerate(letters)}  # fmt: skip
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", *pages), **pages}
        crawl(registry(server), tmp_path / "data")
        assert not any("jarjestoarkisto-" in path for path in server.paths())
    assert {f"http://{HOST}{path}" for path in pages} <= set(urls(tmp_path / "data"))
    assert skips(tmp_path / "data") == set()


def test_a_closed_shape_stays_closed_for_the_next_crawl(tmp_path):
    """What was learned about a calendar is not learned anew, but what was stored is looked at again."""

    def default(head):
        path = head.split(b" ")[1].decode()
        return trapserver.calendar(path) if path.startswith("/vuosi/") else status(b"404 Ei ole")

    with raw_server(tmp_path) as server:
        server.default = default
        server.answers = {"/": trapserver.page("Etusivu", "/vuosi/1")}
        made = registry(server)
        crawl(made, tmp_path / "data")
        first = {path for path in server.paths() if path.startswith("/vuosi/")}
        server.times.clear()
        crawl(made, tmp_path / "data")
        second = {path for path in server.paths() if path.startswith("/vuosi/")}
    assert second == first
    assert len(first) <= 2 * SAME_TEXT_PAGES  # two shapes: months before 2000 have a minus


def test_skips_without_end_are_counted(tmp_path, monkeypatch):
    """Beyond a number they are not listed by name, and the report says how many there were."""
    monkeypatch.setattr("crawler.crawl.MAX_NOTED_SKIPS", 30)
    monkeypatch.setattr("crawler.report.SKIPS_IN_A_RECORD", 7)
    links = [f"/{'/'.join('aaaa')}/{n}" for n in range(100)]
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", *links)}
        crawl(registry(server), tmp_path / "data")
    assert len(skips(tmp_path / "data")) == 30
    assert report(tmp_path / "data")["unlisted_skips"] == {"jarjestotalo": 70}
    assert len([r for r in records(tmp_path / "data") if (r.url or "").endswith(":skips")]) == 5


def test_redirects_off_the_site_are_told(tmp_path):
    """The page behind them is missing from the archive, so a skip says where it went."""
    with raw_server(tmp_path) as server:
        moved = status(b"301 Moved", b"Location: https://uusi.example/")
        server.answers = {
            "/": html("Etusivu", "/vanha", "https://linkki.example/"),
            "/vanha": moved,
        }
        crawl(registry(server), tmp_path / "data")
    assert skips(tmp_path / "data") == {("https://uusi.example/", "scope")}


# --- what a page says


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "Kesäkuu 2024, viikko 23. Ei tapahtumia.",
            "Ei tapahtumia: heinäkuu 2025, viikko 30",
            True,
        ),
        ("Sivua ei löytynyt: /palvelu/oma", "Sivua /palvelu/toinen ei löytynyt", True),
        ("Yhdistys kokoontuu Kouvolassa", "Yhdistys kokoontuu Kotkassa", False),
        ("Ordbok på svenska, juli 2020", "ordbok PÅ svenska (augusti 2021)", True),
    ],
    ids=["calendar", "own address", "news", "Swedish"],
)
def test_the_fingerprint_holds_what_tells_pages_apart(one, other, same):
    """Numbers, months, order and the page's own address make no difference; words do."""
    a = fingerprint(one, "https://kyt.fi/palvelu/oma")
    b = fingerprint(other, "https://kyt.fi/palvelu/toinen")
    assert (a == b) is same


@pytest.mark.parametrize("words", ["", "12.3.2024 — 14", "tammikuu"])
def test_a_page_without_telling_words_has_no_fingerprint(words):
    """Pages made by scripts are not taken for one another."""
    assert fingerprint(words, "https://kyt.fi/") is None


def test_texts_that_take_turns_are_counted_too():
    """A trap that shuffles a few texts is closed, later."""
    sameness = Sameness([], {})
    closed = [sameness.look("talo", f"https://kyt.fi/v/{n}", f"teksti {n % 4}") for n in range(200)]
    assert any(closed)
    assert sameness.closed("talo", "https://kyt.fi/v/999")
    assert sameness.closed("muu", "https://kyt.fi/v/999") is None


def test_the_front_page_has_shapes():
    """Short paths stay what they are."""
    assert shapes_of("https://kyt.fi/") == ("kyt.fi/", "kyt.fi/*")
    assert shapes_of("https://kyt.fi/a/1/c/") == ("kyt.fi/a/#/c/", "kyt.fi/a/*/*/*")
