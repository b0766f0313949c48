"""A crawl that a real Wayback Machine (pywb) serves comes back through it, capture by capture."""

import json
import urllib.request
from urllib.parse import urlsplit

import pytest

from archive.ingest import ingest
from archive.schema import open_archive
from archive.urls import urlkey
from crawler.miniature import load_sites, sites_folder
from tests.crawling import records, registry
from tests.pastruns import ARCHIVE, Place, captures, wayback
from tests.test_replay import pywb

SITES = {
    site.id: {"scope": {"hosts": site.hosts}, "seeds": (f"{site.origin}/",)}
    for site in load_sites(sites_folder())
}


@pytest.fixture(scope="module")
def machine(demonstration, tmp_path_factory):
    """Serve the WARC files of the demonstration and give the address."""
    files = sorted((demonstration / "warc").glob("*.warc.gz"))
    with pywb(tmp_path_factory.mktemp("pywb"), files) as address:
        yield address


def made(machine, site, protocol):
    """Return a registry with one site and pywb as its archive."""
    port = machine.rpartition(":")[2]
    base = f"http://{ARCHIVE}:{port}/testi"
    archive = {
        "name": "pywb",
        "protocol": protocol,
        "index": f"{base}/cdx" if protocol == "cdx" else f"{base}/timemap/link/",
        "replay": f"{base}/{{timestamp}}id_/{{url}}",
        "index_delay_seconds": 0.0,
        "delay_seconds": 0.0,
    }
    return registry(
        Place("127.0.0.1", int(port)),
        sites={site: SITES[site]},
        hosts=[ARCHIVE],
        archives={"koe": archive},
    )


def held(demonstration, site):
    """Return the payload digest of every capture of a site in the demonstration, by address and second."""
    found = {}
    for record in records(demonstration, "response", "revisit"):
        if urlsplit(record.url).hostname in SITES[site]["scope"]["hosts"]:
            stated = record.header("WARC-Payload-Digest") or record.header("X-Payload-Digest")
            found[record.url, f"{record.at:%Y%m%d%H%M%S}"] = stated
    return found


@pytest.mark.parametrize("site", SITES)
def test_every_capture_comes_back_with_its_digest(demonstration, machine, tmp_path, site):
    """What a crawl stored, chunked or not, revisits and 304 answers too, and nothing the second time."""
    reg = made(machine, site, "cdx")
    outcome = wayback(reg, tmp_path, "koe", every=True)
    assert outcome.problems == []
    truth = held(demonstration, site)
    assert len(truth) > 5
    assert {place: digest for place, (_, digest) in captures(tmp_path).items()} == truth
    files = set(tmp_path.glob("warc/*"))
    assert wayback(reg, tmp_path, "koe", every=True).plan.wanted == 0
    assert set(tmp_path.glob("warc/*")) == files


def test_they_are_ingested_as_any_warc(demonstration, machine, tmp_path):
    """Every one becomes a capture of the site at its own time, none as a crawl of ours."""
    reg = made(machine, "ihimiset", "cdx")
    wayback(reg, tmp_path, "koe", every=True)
    db = open_archive(tmp_path / "archive.db")
    report = ingest(db, reg, tmp_path)
    rows = list(db.query("SELECT urlkey, timestamp, source, crawl FROM captures"))
    db.close()
    truth = held(demonstration, "ihimiset")
    assert (report.captures, report.damaged) == (len(truth), 0)
    assert {(row["urlkey"], "".join(filter(str.isdigit, row["timestamp"]))) for row in rows} == {
        (urlkey(url), stamp) for url, stamp in truth
    }
    assert {(row["source"], row["crawl"]) for row in rows} == {("koe", None)}


def test_timemaps_of_pywb_are_read(demonstration, machine, tmp_path):
    """The captures of the front page come through Memento alone; a neighbour that pywb gives is refused."""
    outcome = wayback(made(machine, "ihimiset", "timemap"), tmp_path, "koe", every=True)
    front = {place for place in held(demonstration, "ihimiset") if place[0].endswith(".fi/")}
    assert outcome.plan.listed == len(front)
    assert set(captures(tmp_path)) <= front
    assert len(captures(tmp_path)) + outcome.counts.get("refused", 0) == len(front)


def test_pywb_gives_neighbours_without_a_word(machine):
    """The trap is real: a time that nobody captured is answered with another one, and 200."""
    url = f"{machine}/testi/20100101000000id_/https://www.kyt.fi/"
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200
        assert answer.headers["Memento-Datetime"] != "Fri, 01 Jan 2010 00:00:00 GMT"


def test_what_came_in_is_replayed_by_pywb(machine, tmp_path, tmp_path_factory):
    """Rebuilt responses are sound WARC: pywb gives the same bytes from them as from the originals."""
    wayback(made(machine, "kyt", "cdx"), tmp_path, "koe")
    files = sorted(tmp_path.glob("warc/*.warc.gz"))
    place = "id_/https://www.kyt.fi/"
    [stamp] = [stamp for url, stamp in captures(tmp_path) if url == "https://www.kyt.fi/"][:1]
    with pywb(tmp_path_factory.mktemp("again"), files) as again:
        bodies = [
            urllib.request.urlopen(f"{address}/testi/{stamp}{place}").read()
            for address in (machine, again)
        ]
        with urllib.request.urlopen(
            f"{again}/testi/cdx?url=kyt.fi&matchType=host&output=json"
        ) as answer:
            assert json.loads(answer.readline())["urlkey"] == "fi,kyt)/"
    assert bodies[0] == bodies[1] != b""
