"""Signs that a site is ending: seen, told, remembered, and what becomes of a lapsed domain."""

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from archive.extraction.pagetypes import parked_mark
from archive.ingest import ingest
from archive.schema import open_archive
from archive.status import archive_status
from archive.versions import extract
from crawler.crawl import Crawl
from crawler.endings import project_over, said_ended
from crawler.runlock import run_lock
from tests.crawling import HOST, crawl, registry, report, site, urls
from tests.rawserver import html, raw_server, status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXT = "<p>" + "Järjestöt ja kunnat kokoontuvat taas, ja mukana ovat kaikki jotka voivat. " * 20


@pytest.fixture
def server(tmp_path):
    """Give a server."""
    with raw_server(tmp_path) as running:
        yield running


def alarms(data):
    """Return the alarms of the newest report as (sign, site)."""
    return {(alarm["sign"], alarm["site"]) for alarm in report(data)["alarms"]}


@pytest.mark.parametrize(
    "text",
    [
        "Hanke on päättynyt vuoden 2020 lopussa.",
        "Hankkeemme päättyy 31.12.2026.",
        "Projektimme toiminta on päättynyt.",
        "Huom! Sivusto suljetaan keväällä.",
        "Näitä sivuja ei enää päivitetä; verkkosivut poistuvat käytöstä.",
        "Sivustoa ei enää päivitetä.",
        "Projektet har avslutats.",
        "Webbplatsen uppdateras inte längre.",
        "The project has ended and this site is no longer updated.",
    ],
)
def test_sites_say_that_they_end(text):
    """The phrases of the three languages are recognised."""
    assert said_ended(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hanke alkaa syksyllä ja kestää kolme vuotta.",
        "Ilmoittautuminen päättyy perjantaina.",
        "Projektet börjar i höst.",
        "Sivusto uudistuu keväällä.",
        "The project begins in May.",
    ],
)
def test_other_news_are_no_ending(text):
    """A beginning, a deadline or a new look is no end."""
    assert said_ended(text) is None


@pytest.mark.parametrize(
    ("text", "parked"),
    [
        ("jarjesto2020.fi Tämä verkkotunnus on myynnissä! Tee tarjous.", True),
        ("This domain is for sale. Related Searches: loans, travel", True),
        ("Domänen är parkerad hos oss.", True),
        ("Account Suspended. Contact your hosting provider.", True),
        ("Paras nettikasino ja kasinobonus! Ilmaiskierrokset, slots, jackpot, vedonlyönti, casino, poker. "
         "Nettikasinot vertailussa: talletusbonus, casino, kasino. " * 30, True),
        ("Rahapelien haittoja ehkäistään: nettikasinot ja vedonlyönti koukuttavat. " + TEXT, False),
        ("Yhdistyksen talo on myynnissä.", False),
        (TEXT + " Kirjoitimme, että verkkotunnus on myynnissä.", False),
    ],
    ids=["for sale", "english", "swedish", "suspended", "casino", "about gambling", "a house", "news"],
)  # fmt: skip
def test_lapsed_domains(text, parked):
    """Pages of sellers and of casinos are known; pages that speak of such things are not."""
    assert bool(parked_mark(text)) is parked


@pytest.mark.parametrize(
    ("kind", "ends", "over"),
    [
        ("project_site", ["2020-12"], True),
        ("project_site", ["2020-12", "2026"], False),
        ("project_site", ["2020-12", None], False),
        ("project_site", [], False),
        ("network_org", ["2020-12"], False),
    ],
    ids=["over", "one runs", "one without an end", "none", "an association lives on"],
)
def test_projects_end_by_the_registry(kind, ends, over):
    """A project's site is at risk once all of its projects are over."""
    projects = tuple({"name": "Hanke", **({"ended": end} if end else {})} for end in ends)
    made = site("talo", kind=kind, projects=projects)
    assert bool(project_over(made, date(2026, 3, 1))) is over


def test_a_site_that_says_so_raises_an_alarm(tmp_path, server):
    """The front page decides, not every page; the run succeeds; the alarm stays while the page is as it was."""
    server.answers = {
        "/": html("Etusivu", "/uutinen", body="<p>Hanke on päättynyt. Kiitos kaikille!</p>"),
        "/uutinen": html("Naapurin hanke on päättynyt"),
    }
    made = registry(server)
    outcome = crawl(made, tmp_path / "data", now=NOW)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert outcome.alarms == [
        f"jarjestotalo may be ending (said): Etusivu Etusivu Hanke on päättynyt (http://{HOST}/)"
    ]
    assert crawl(made, tmp_path / "data", due=True, now=NOW + timedelta(hours=1)).alarms
    server.answers["/"] = html("Etusivu", "/uutinen", body="<p>Uusi hanke alkoi.</p>")
    later = crawl(made, tmp_path / "data", due=True, now=NOW + timedelta(days=2))
    assert later.alarms == []
    assert report(tmp_path / "data")["alarms"] == []


def test_a_certificate_that_ended_raises_an_alarm(tmp_path, server):
    """The pages are stored all the same."""
    server.answers = {"/": html("Etusivu")}
    made = registry(server, sites={"talo": {"seeds": (f"https://{HOST}/",)}})
    crawl(made, tmp_path / "data")
    assert alarms(tmp_path / "data") == {("certificate", "talo")}
    assert f"https://{HOST}/" in urls(tmp_path / "data")


def test_pages_that_vanish_raise_an_alarm(tmp_path, server):
    """Some pages gone since the last visit are a sign; pages that never were are none."""
    pages = [f"/sivu{n}" for n in range(20)]
    server.answers = {
        "/": html("Etusivu", *pages, "/ei", "/olemassa"),
        **{p: html(p) for p in pages},
    }
    made = registry(server)
    crawl(made, tmp_path / "data", now=NOW)
    assert alarms(tmp_path / "data") == set()
    for page in pages[:6]:
        server.answers[page] = status(b"404 Ei ole")
    crawl(made, tmp_path / "data", now=NOW + timedelta(days=40))
    assert alarms(tmp_path / "data") == {("vanishing", "jarjestotalo")}


def test_a_name_that_leads_nowhere_raises_an_alarm(tmp_path, server):
    """Until it answers again."""
    fields = {"seeds": ("http://kadonnut.invalid/",), "scope": {"hosts": ("kadonnut.invalid",)}}
    made = registry(server, sites={"kadonnut": fields}, hosts=[HOST])
    crawl(made, tmp_path / "data", now=NOW)
    assert alarms(tmp_path / "data") == {("unresolved", "kadonnut")}
    server.answers = {"/": html("Etusivu")}
    made.crawl.resolver.hosts["kadonnut.invalid"] = server.address
    crawl(made, tmp_path / "data", now=NOW + timedelta(days=2))
    assert alarms(tmp_path / "data") == set()


def test_ending_sites_are_crawled_first(tmp_path, server):
    """Before sites of higher priority, in the crawl after the one that saw the sign."""
    names = [f"www.yhdistys{n}.fi" for n in range(4)]
    sites = {
        f"y{n}": {"seeds": (f"http://{name}/",), "scope": {"hosts": (name,)}, "priority": 2 if n == 2 else 1}
        for n, name in enumerate(names)
    }  # fmt: skip
    made = registry(server, sites=sites, politeness={"concurrent_hosts": 1})
    said = b"www.yhdistys2.fi"
    server.answers = {"/": lambda head: html("Hanke on päättynyt" if said in head else "Etusivu")}
    crawl(made, tmp_path / "data", now=NOW)
    ranks = []
    with run_lock(tmp_path / "data"):
        again = Crawl(made, tmp_path / "data", list(made.sites.values()), now=NOW)
        ranks = [again.rank(f"yhdistys{n}.fi") for n in range(4)]
        again.close()
    assert ranks == [1, 1, 0, 1]


PARKED = "<title>talo.fi</title><h1>Tämä verkkotunnus on myynnissä</h1><a href='/osta'>Osta</a>"


def parked_archive(tmp_path, server):
    """Crawl a site before and after its domain lapsed; return the archive."""
    server.answers = {"/": html("Etusivu", "/hanke", body=TEXT), "/hanke": html("Hanke", body=TEXT)}
    made = registry(server)
    crawl(made, tmp_path / "data", now=NOW)
    server.answers = {path: html("", body=PARKED) for path in ("/", "/hanke", "/osta")}
    crawl(made, tmp_path / "data", now=NOW + timedelta(days=40))
    db = open_archive(tmp_path / "data" / "archive.db")
    ingest(db, made, tmp_path / "data")
    extract(db, made, tmp_path / "data", processes=1)
    return db


def test_a_lapsed_domain_hides_nothing(tmp_path, server):
    """Its captures are stored and marked, its links are not followed, and the earlier text stays the current one."""
    db = parked_archive(tmp_path, server)
    assert urls(tmp_path / "data")[f"http://{HOST}/"] == 2
    assert f"http://{HOST}/osta" not in urls(tmp_path / "data")
    assert alarms(tmp_path / "data") == {("parked", "jarjestotalo")}
    current = list(
        db.query("SELECT url, title, page_type FROM versions WHERE current ORDER BY url")
    )
    assert [row["page_type"] for row in current] != ["parked", "parked"]
    assert not any(row["page_type"] == "parked" for row in current)
    assert db.execute("SELECT count(*) FROM versions WHERE page_type = 'parked'").fetchone()[0] == 2
    states = dict(db.execute("SELECT url, state FROM pages").fetchall())
    assert states == {f"http://{HOST}/": "parked", f"http://{HOST}/hanke": "parked"}
    db.close()


def test_alarms_reach_the_archive(tmp_path, server):
    """`arkisto status` tells them; ingesting again adds nothing."""
    db = parked_archive(tmp_path, server)
    [alarm] = archive_status(db, tmp_path / "data")["alarms"]
    assert (alarm["site"], alarm["alarm"]) == ("jarjestotalo", "parked: verkkotunnus on myynnissä")
    before = db.table("issues").count
    ingest(db, registry(server), tmp_path / "data")
    assert db.table("issues").count == before
    db.close()
    from crawler.cli import cli

    shown = CliRunner().invoke(cli, ["--data", str(tmp_path / "data"), "status"])
    assert "jarjestotalo may be ending since 2026-04-10: parked" in shown.output


def test_a_page_that_lost_its_language_raises_an_alarm(tmp_path, server):
    """Somebody else may hold the domain; its links are followed all the same, as the sign is not certain."""
    server.answers = {"/": html("Etusivu", body=TEXT)}
    made = registry(server)
    crawl(made, tmp_path / "data", now=NOW)
    server.answers["/"] = html(
        "Best offers", body="<p>" + "Top ten offers you must see for your home " * 30
    )
    crawl(made, tmp_path / "data", now=NOW + timedelta(days=2))
    assert alarms(tmp_path / "data") == {("parked", "jarjestotalo")}
