"""Whole crawls of small sites: what is found, what is left alone, what is asked again, what is told."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import ConfigError, CrawlError
from crawler.runlock import run_lock
from tests.crawling import (
    HOST,
    blocks,
    crawl,
    failures,
    records,
    registry,
    report,
    skips,
    urls,
)
from tests.rawserver import RESET, html, ok, raw_server, status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = f"http://{HOST}"


@pytest.fixture
def server(tmp_path):
    """Give a raw server."""
    with raw_server(tmp_path) as running:
        yield running


def paths(data):
    """Return the paths of HOST that have a capture."""
    return {url.removeprefix(HOME) for url in urls(data) if url.startswith(HOME)}


def test_every_way_of_discovery_leads_on(tmp_path, server):
    """Links, redirects, sitemaps of robots.txt and feeds bring their pages and attachments."""
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    rss = b"<rss version='2.0'><channel><item><link>/syotteesta</link></item></channel></rss>"
    sitemap = f"<urlset><url><loc>{HOME}/kartasta</loc></url></urlset>".encode()
    server.answers = {
        "/robots.txt": ok(f"User-agent: *\nSitemap: {HOME}/kartta.xml\n".encode()),
        "/kartta.xml": ok(sitemap, "application/xml"),
        "/": html("Etusivu", "/uutinen", "/liite.pdf", "/muutti", "/kuva.png", body=feed),
        "/feed/": ok(rss, "application/rss+xml"),
        "/muutti": status(b"302 Found", b"Location: /uusi"),
        **{path: html(path) for path in ("/uutinen", "/uusi", "/kartasta", "/syotteesta")},
        "/liite.pdf": ok(b"%PDF-1.4 ...", "application/pdf"),
    }
    outcome = crawl(registry(server), tmp_path / "data")
    assert paths(tmp_path / "data") == set(server.answers)
    assert outcome.problems == []
    assert outcome.counts["stored"] == outcome.counts["fetched"] == len(server.answers)
    told = {
        r.url.removeprefix(HOME): dict(
            line.split(": ", 1) for line in r.payload.decode().splitlines()
        )
        for r in records(tmp_path / "data", "metadata")
        if r.url.startswith("http")
    }
    ways = {"/": "", "/robots.txt": "P", "/kartta.xml": "M", "/kartasta": "MM", "/uutinen": "L",
            "/muutti": "L", "/uusi": "LR", "/feed/": "F", "/syotteesta": "FF"}  # fmt: skip
    assert {path: told[path].get("hopsFromSeed", "") for path in ways} == ways


def test_the_report_stands_in_the_warc(tmp_path, server):
    """The last record of a crawl tells what it did, site by site."""
    server.answers = {"/": html("Etusivu", "/a"), "/a": html("a"), "/robots.txt": status(b"404 Ei")}
    made = registry(server, sites={"talo": {"expect": {"min_pages": 2}}})
    outcome = crawl(made, tmp_path / "data")
    written = report(tmp_path / "data")
    assert written["crawl"] == outcome.crawl_id
    assert written["outcome"] == "finished"
    assert written["resumed"] is False
    assert written["config_digest"] == made.digest
    told = written["sites"]["talo"]
    assert told.pop("seconds") >= told.pop("bound_seconds") == 0.0
    assert told.pop("bytes") == sum(
        len(block) for block in blocks(tmp_path / "data", "response").values()
    )
    for word in ("new", "changed", "unchanged", "believed"):
        del told[word]
    assert told == {
        "fetched": 4, "stored": 4, "revisits": 0, "failed": 0,
        "skipped": 0, "skips": {}, "pages": 2, "expect_min": 2, "met": True, "broken": None,
    }  # fmt: skip
    infos = records(tmp_path / "data", "warcinfo")
    assert all(f"isPartOf: {outcome.crawl_id}" in info.payload.decode() for info in infos)


@pytest.mark.parametrize(
    ("answer", "fetched"),
    [
        (status(b"404 Ei ole"), True),
        (status(b"403 Ei saa"), True),
        (ok(b"<html>Sivua ei ole</html>", "text/html"), True),
        (ok(b"User-agent: *\nDisallow: /salainen\n"), True),
        (ok(b"User-agent: *\nDisallow: /\n"), False),
        (status(b"301 Siirretty", b"Location: https://uusi.talo.fi/robots.txt"), True),
        (status(b"503 Kiire"), False),
        (status(b"500 Voi"), False),
        (status(b"429 Liikaa"), False),
        ([RESET], False),
        ([30], False),
    ],
    ids=["404", "403", "html", "rules", "all forbidden", "elsewhere", "503", "500", "429", "reset", "silence"],
)  # fmt: skip
def test_robots_txt_decides(tmp_path, server, answer, fetched):
    """Absent allows, in trouble forbids (RFC 9309); its capture is stored in either case."""
    server.answers = {
        "/robots.txt": lambda head: ok(b"") if b"uusi.talo.fi" in head else answer,
        "/": html("Etusivu", "/salainen"),
        "/salainen": html("Salainen"),
    }
    made = registry(server, hosts=[HOST, "uusi.talo.fi"], limits={"timeout_seconds": 1.0})
    outcome = crawl(made, tmp_path / "data")
    assert ("/" in paths(tmp_path / "data")) is fetched
    robots = f"{HOME}/robots.txt"
    assert robots in urls(tmp_path / "data") or robots in failures(tmp_path / "data")
    if not fetched:
        assert skips(tmp_path / "data") == {("/", "robots")}
        assert any("0 pages are stored" in problem for problem in outcome.problems)
    elif answer == ok(b"User-agent: *\nDisallow: /salainen\n"):
        assert skips(tmp_path / "data") == {("/salainen", "robots")}
        assert outcome.counts["robots_denied"] == 1


def test_other_sites_are_not_followed(tmp_path, server):
    """Links to another site of the registry or to a stranger are left to others, without a trace."""
    server.answers = {"/": html("Etusivu", "https://naapuri.fi/", "https://muualla.fi/")}
    sites = {
        "talo": {},
        "naapuri": {"seeds": ("https://naapuri.fi/",), "scope": {"hosts": ("naapuri.fi",)}},
    }
    crawl(registry(server, sites=sites), tmp_path / "data", sites=("talo",))
    assert {url.split("/")[2] for url in urls(tmp_path / "data")} == {HOST}
    assert skips(tmp_path / "data") == set()


def test_a_redirect_loop_ends(tmp_path, server):
    """Each address of a loop is asked once; a chain ends at its limit and says so."""
    chain = {f"/k{n}": status(b"302 Found", b"Location: /k%d" % (n + 1)) for n in range(20)}
    loop = {"/x": status(b"302 F", b"Location: /y"), "/y": status(b"302 F", b"Location: /x")}
    server.answers = {"/": html("Etusivu", "/x", "/k0"), **loop, **chain}
    crawl(registry(server), tmp_path / "data")
    assert all(len(heads) == 1 for heads in server.requests.values())
    assert "/k8" in paths(tmp_path / "data")
    assert ("/k9", "redirect-limit") in skips(tmp_path / "data")


@pytest.mark.parametrize("host", ["localhost", "ip6-localhost", "127.0.0.1.nip.example"])
def test_names_that_lead_home_are_refused(tmp_path, server, host):
    """A site whose name leads to this machine (or nowhere) is not asked, and its record says why."""
    fields = {"seeds": (f"http://{host}/",), "scope": {"hosts": (host,)}}
    crawl(registry(server, sites={"koti": fields}, hosts=[HOST]), tmp_path / "data")
    assert urls(tmp_path / "data") == {}
    assert failures(tmp_path / "data")[f"http://{host}/robots.txt"] in ("private-address", "dns")


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{}/", "http://[::ffff:127.0.0.1]:{}/", "http://2130706433:{}/"]
)
def test_redirects_of_robots_txt_do_not_lead_home(tmp_path, server, target):
    """The one redirect that may leave the site is refused where it leads to a private address."""
    with raw_server(tmp_path, "127.0.0.1") as inner:
        to = target.format(inner.port).encode()
        server.answers = {
            "/robots.txt": status(b"302 Found", b"Location: " + to),
            "/": html("Etusivu"),
        }
        crawl(registry(server), tmp_path / "data")
        assert inner.times == []
    assert list(failures(tmp_path / "data").values()) == ["private-address"]
    assert ("/", "robots") in skips(tmp_path / "data")


def test_a_trap_ends_within_its_budget(tmp_path, server):
    """A calendar without end, links that repeat themselves and session ids cost little."""

    def trap(head):
        path = head.split(b" ")[1].decode()
        if path.startswith("/kalenteri"):
            month = int(path.rpartition("=")[2])
            return html("Kalenteri", f"/kalenteri?kk={month + 1}", f"/kalenteri?kk={month - 1}")
        if path.startswith("/a/"):
            return html("Syvä", "a/", "b/")
        months = [f"/kalenteri?kk={n}" for n in range(0, 1000, 10)]
        return html("Etusivu", *months, "/a/", f"/?PHPSESSID={os.urandom(8).hex()}")

    server.default = trap
    server.answers = {"/robots.txt": status(b"404 Ei"), "/sitemap.xml": status(b"404 Ei")}
    outcome = crawl(registry(server), tmp_path / "data")
    assert outcome.outcome == "finished"
    assert len(server.times) < 200
    reasons = {reason for _, reason in skips(tmp_path / "data")}
    assert {"budget", "trap"} <= reasons


def conditional(body, tag):
    """Answer with 304 to who has the tag already."""

    def answer(head):
        if b"If-None-Match: " + tag in head:
            return status(b"304 Not Modified", b"ETag: " + tag).replace(
                b"Content-Length: 0\r\n", b""
            )
        return ok(body, "text/html", b"ETag: " + tag)

    return answer


def test_the_second_crawl_asks_with_validators(tmp_path, server):
    """Unchanged pages cost a 304 and become revisits; a changed page is stored again."""
    server.answers = {
        "/": html("Etusivu", "/vakaa", "/muuttuva"),
        "/vakaa": conditional(b"<p>vakaa", b'"1"'),
    }
    server.answers["/muuttuva"] = conditional(b"<p>ennen", b'"1"')
    made = registry(server)
    crawl(made, tmp_path / "data", now=NOW)
    server.answers["/muuttuva"] = conditional(b"<p>nyt", b'"2"')
    outcome = crawl(made, tmp_path / "data", now=NOW + timedelta(days=40))
    assert outcome.counts["revisits"] >= 2
    late = [
        r
        for r in records(tmp_path / "data", "response", "revisit")
        if r.at > NOW + timedelta(days=39)
    ]
    kinds = {r.url.removeprefix(HOME): (r.kind, r.http_status) for r in late}
    assert kinds["/vakaa"] == ("revisit", 304)
    assert kinds["/muuttuva"] == ("response", 200)
    assert kinds["/"] == ("revisit", 200)


def test_due_asks_only_for_what_is_due(tmp_path, server):
    """The next day only the front page, its feed and map are asked again; a month later the pages too."""
    server.answers = {
        "/": html("Etusivu", "/sivu"),
        "/sivu": html("Sivu"),
        "/sitemap.xml": ok(b"<urlset/>", "text/xml"),
    }
    made = registry(server)
    crawl(made, tmp_path / "data", now=NOW)
    server.times.clear()
    crawl(made, tmp_path / "data", due=True, now=NOW + timedelta(hours=2))
    assert server.paths() == []
    crawl(made, tmp_path / "data", due=True, now=NOW + timedelta(days=1, hours=1))
    assert sorted(server.paths()) == ["/", "/robots.txt", "/sitemap.xml"]
    server.times.clear()
    crawl(made, tmp_path / "data", due=True, now=NOW + timedelta(days=31))
    assert "/sivu" in server.paths()


def test_a_host_that_asks_for_a_day_waits_for_the_next_crawl(tmp_path, server):
    """The crawl ends without it, says so, and the next crawl after the pause fetches the rest."""
    busy = iter([status(b"503 Huolto", b"Retry-After: 7200")])
    server.answers = {
        "/": html("Etusivu", "/a", "/b"),
        "/a": lambda _: next(busy, html("a")),
        "/b": html("b"),
    }
    made = registry(server, limits={"retries": 2})
    outcome = crawl(made, tmp_path / "data", now=NOW)
    assert outcome.outcome == "finished"
    assert any("asks to be left alone" in problem for problem in outcome.problems)
    assert "/b" not in paths(tmp_path / "data")
    early = crawl(made, tmp_path / "data", now=NOW + timedelta(hours=1))
    assert early.counts["fetched"] == 0
    crawl(made, tmp_path / "data", now=NOW + timedelta(hours=3))
    assert {"/a", "/b"} <= paths(tmp_path / "data")


def test_a_server_error_is_tried_again_and_then_given_up(tmp_path, server):
    """Three tries of a page that always fails; each answer is a capture, the page counts as failed."""
    server.answers = {"/": html("Etusivu", "/rikki"), "/rikki": status(b"500 Voi")}
    outcome = crawl(registry(server, limits={"retries": 2}), tmp_path / "data")
    assert len(server.requests["/rikki"]) == urls(tmp_path / "data")[f"{HOME}/rikki"] == 3
    assert outcome.counts["failed"] == 1


def test_a_dead_host_fails_alone(tmp_path, server):
    """Nothing answers at one site; the other is crawled, and the outcome names the dead one."""
    server.answers = {"/": html("Etusivu")}
    dead = {"seeds": ("http://kuollut.example/",), "scope": {"hosts": ("kuollut.example",)}}
    made = registry(
        server, sites={"elava": {}, "kuollut": {**dead, "expect": {"min_pages": 3}}}, hosts=[HOST]
    )
    made.crawl.resolver.hosts["kuollut.example"] = "127.0.3.99"
    outcome = crawl(made, tmp_path / "data")
    assert "/" in paths(tmp_path / "data")
    assert failures(tmp_path / "data")["http://kuollut.example/robots.txt"] == "refused"
    [problem] = outcome.problems
    assert problem.startswith("kuollut: 0 pages are stored, at least 3 are expected")


def test_too_few_pages_is_a_problem(tmp_path, server):
    """A site that answers but has shrunk does not pass in silence."""
    server.answers = {"/": html("Domain on myynnissä")}
    made = registry(server, sites={"talo": {"expect": {"min_pages": 20}}})
    outcome = crawl(made, tmp_path / "data")
    assert outcome.outcome == "finished"
    assert "at least 20 are expected" in outcome.problems[0]
    assert report(tmp_path / "data")["sites"]["talo"]["met"] is False


def test_the_report_counts_by_visit_and_by_reason(tmp_path, server):
    """The second visit tells changed from unchanged; skips are told by reason, the first visit is new."""
    visits = iter(range(10))
    server.answers = {
        "/robots.txt": ok(b"User-agent: *\nDisallow: /salainen\n"),
        "/": lambda head: html(f"Etusivu {next(visits)}", "/sama", "/salainen", "/?s=haku"),
        "/sama": html("Sama"),
    }
    made = registry(server, recrawl={"page_days": 1.0})
    data = tmp_path / "data"
    first = crawl(made, data, now=NOW).report["sites"]["jarjestotalo"]
    assert first["new"] == 4  # with robots.txt and the sitemap that is not there
    assert first["skips"] == {"robots": 1, "trap": 1}
    assert first["skipped"] == 2
    second = crawl(made, data, now=NOW + timedelta(days=2)).report["sites"]["jarjestotalo"]
    assert (second["new"], second["changed"]) == (0, 1)
    assert second["unchanged"] >= 2


def test_the_report_measures_speed_against_politeness(tmp_path, server):
    """Four requests with 0.2 s between them take at least their bound, and the report says so."""
    server.answers = {"/": html("Etusivu", "/a"), "/a": html("a")}
    told = crawl(registry(server, delay=0.2), tmp_path / "data").report
    site = told["sites"]["jarjestotalo"]
    assert site["bound_seconds"] == pytest.approx(0.6)
    assert 0.6 <= site["seconds"] < 3
    assert told["bound_seconds"] == site["bound_seconds"]
    assert told["seconds"] >= site["seconds"]


def test_one_crawl_at_a_time(tmp_path, server):
    """A second crawl on the same data refuses to start and names the process."""
    with run_lock(tmp_path / "data"), pytest.raises(CrawlError, match=f"process {os.getpid()}"):
        crawl(registry(server), tmp_path / "data")
    server.answers = {"/": html("Etusivu")}
    assert crawl(registry(server), tmp_path / "data").outcome == "finished"


def test_an_unknown_site_is_refused(tmp_path, server):
    """The error suggests the nearest id."""
    with pytest.raises(ConfigError, match="jarjestotalo"):
        crawl(registry(server), tmp_path / "data", sites=("jarjestotalu",))


def test_a_spider_started_by_scrapy_crawls_too(tmp_path, server):
    """``scrapy crawl site -a site=ID`` works on ARKISTO_CONFIG and ARKISTO_DATA like arkisto crawl."""
    server.answers = {"/": html("Etusivu", "/a"), "/a": html("a")}
    config = write_config(tmp_path / "config", server)
    environment = {
        **os.environ,
        "ARKISTO_CONFIG": str(config),
        "ARKISTO_DATA": str(tmp_path / "data"),
    }
    command = [sys.executable, "-m", "scrapy", "crawl", "site", "-a", "site=jarjestotalo"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert {"/", "/a"} <= paths(tmp_path / "data")
    assert report(tmp_path / "data")["outcome"] == "finished"


def write_config(folder, server):
    """Write the least configuration for one site."""
    repository = Path(__file__).parents[1] / "config"
    (folder / "sites" / "10").mkdir(parents=True)
    for name in ("regions.toml", "vocabulary.toml"):
        shutil.copy(repository / name, folder / name)
    (folder / "crawl.toml").write_text(f"""
[operator]
name = "Koekäyttäjä"
email = "koe@example.org"
homepage = "https://example.org/"
[politeness]
delay_seconds = 0.0
[resolver]
hosts = {{ "{HOST}" = "{server.address}" }}
ports = {{ 80 = {server.port}, 443 = {server.tls_port} }}
""")
    (folder / "sites" / "10" / "jarjestotalo.toml").write_text(f"""
name = "Järjestötalo"
kind = "network_org"
regions = ["10"]
seeds = ["http://{HOST}/"]
[scope]
hosts = ["{HOST}"]
""")
    return folder


def test_scrapy_s_own_commands_work(tmp_path):
    """People who know Scrapy can list the spider."""
    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["commoncrawl", "site", "wayback"]
