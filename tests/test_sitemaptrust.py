"""How far the dates of sitemaps are believed, and what that saves."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from crawler.frontier import Frontier
from crawler.sitemaptrust import SAMPLE, SitemapTrust
from tests.crawling import HOST, crawl, registry, urls
from tests.rawserver import html, ok, raw_server, status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGES = [f"/sivu{n}" for n in range(60)]
TOPICS = dict(zip(PAGES, map("".join, product("aeiouy", "klmnprstvh")), strict=True))
"""A word of its own for each page: equal pages would look like a trap."""
OVERHEAD = {"/robots.txt", "/", "/sitemap.xml"}
STEP = timedelta(days=10)


class Site:
    """A site of sixty pages whose sitemap may lie."""

    def __init__(self, server):
        """Serve the pages."""
        self.server = server
        self.edits = dict.fromkeys(PAGES, 0)
        self.now = NOW
        self.lie = None
        server.answers = {
            "/robots.txt": status(b"404 Ei"),
            "/": html("Etusivu"),
            "/sitemap.xml": lambda _: ok(self.sitemap().encode(), "application/xml"),
            **{path: self.page(path) for path in PAGES},
        }

    def page(self, path):
        """Answer with the page as it is edited now."""
        return lambda _: html(path, body=f"<p>{TOPICS[path]}, muokattu {self.edits[path]} kertaa")

    def sitemap(self):
        """Return the sitemap, honest or not."""
        dates = {
            None: lambda path: f"2020-01-{1 + self.edits[path]:02}",
            "always today": lambda _: self.now.date().isoformat(),
            "never changing": lambda _: "2020-01-01",
        }
        entries = [
            f"<url><loc>http://{HOST}{path}</loc><lastmod>{dates[self.lie](path)}</lastmod></url>"
            for path in PAGES
        ]
        return f"<urlset>{''.join(entries)}</urlset>"

    def visit(self, data, made):
        """Crawl what is due some days later; return the paths asked."""
        self.server.times.clear()
        crawl(made, data, due=True, now=self.now)
        self.now += STEP
        return self.server.paths()


@pytest.fixture
def site(tmp_path):
    """Give the site."""
    with raw_server(tmp_path) as server:
        yield Site(server)


def often(site):
    """Return a registry that asks for every page on each visit."""
    return registry(site.server, recrawl={"page_days": 1.0, "max_days": 1.0})


def test_an_honest_sitemap_is_trusted_after_a_visit_to_all_pages(tmp_path, site):
    """The first visit reads all, the second tests the dates, the third asks for a sample only."""
    made = often(site)
    assert len(site.visit(tmp_path / "data", made)) == 63
    assert len(site.visit(tmp_path / "data", made)) == 63
    third = site.visit(tmp_path / "data", made)
    assert set(third) >= OVERHEAD
    assert len(third) == len(OVERHEAD) + SAMPLE
    assert set(third) != set(site.visit(tmp_path / "data", made)), "the sample is another one"


def test_an_edited_page_is_asked_for_when_the_sitemap_says_so(tmp_path, site):
    """Also before it is due."""
    made = registry(site.server)
    site.visit(tmp_path / "data", made)
    site.edits["/sivu7"] += 1
    assert set(site.visit(tmp_path / "data", made)) == OVERHEAD | {"/sivu7"}
    assert urls(tmp_path / "data", "response")[f"http://{HOST}/sivu7"] == 2


def test_a_sitemap_that_always_says_today_is_not_believed(tmp_path, site):
    """It is asked no more than an ordinary site, once a few of its claims were tested."""
    site.lie = "always today"
    made = registry(site.server)
    asked = [len(site.visit(tmp_path / "data", made)) for _ in range(3)]
    assert asked == [63, 3 + SAMPLE, 3]


def test_a_sitemap_that_never_changes_loses_its_trust(tmp_path, site):
    """The sample finds edits that it does not tell of; then all pages are asked, and every edit is found."""
    site.lie = "never changing"
    made = often(site)
    for _ in range(3):
        site.visit(tmp_path / "data", made)
    for path in PAGES[:30]:
        site.edits[path] += 1
    fourth = site.visit(tmp_path / "data", made)
    assert set(fourth) == OVERHEAD | set(PAGES)
    stored = urls(tmp_path / "data", "response")
    assert all(stored[f"http://{HOST}{path}"] == 2 for path in PAGES[:30])


def test_a_page_is_not_believed_for_ever(tmp_path, site):
    """After trust_days it is asked for all the same."""
    made = registry(site.server, recrawl={"page_days": 1.0, "max_days": 1.0, "trust_days": 25.0})
    asked = [len(site.visit(tmp_path / "data", made)) for _ in range(5)]
    assert asked[:3] == [63, 63, 3 + SAMPLE]
    assert asked[4] > 3 + SAMPLE


def test_a_whole_crawl_asks_for_everything(tmp_path, site):
    """Without --due, trust changes nothing."""
    made = often(site)
    for _ in range(2):
        site.visit(tmp_path / "data", made)
    site.server.times.clear()
    crawl(made, tmp_path / "data", now=site.now)
    assert set(site.server.paths()) == OVERHEAD | set(PAGES)


def test_a_sitemap_that_cannot_be_read_is_no_witness(tmp_path, site):
    """While it fails, pages are asked for when they are due."""
    made = often(site)
    for _ in range(2):
        site.visit(tmp_path / "data", made)
    site.server.answers["/sitemap.xml"] = status(b"500 Voi")
    assert set(site.visit(tmp_path / "data", made)) == OVERHEAD | set(PAGES)


def test_a_page_that_left_the_sitemap_is_asked_for(tmp_path, site):
    """What the sitemap no longer lists, it says nothing of."""
    made = often(site)
    for _ in range(2):
        site.visit(tmp_path / "data", made)
    shorter = site.sitemap().replace(
        f"<loc>http://{HOST}/sivu5</loc>", f"<loc>http://{HOST}/muu</loc>"
    )
    site.server.answers["/sitemap.xml"] = ok(shorter.encode(), "application/xml")
    assert {"/sivu5", "/muu"} <= set(site.visit(tmp_path / "data", made))


def test_a_feed_brings_new_and_edited_entries(tmp_path, site):
    """A new entry is fetched, and a known one again when the feed says that it changed since."""

    def feed(edited):
        entries = [("/sivu1", edited), ("/sivu2", "2020-01-01T00:00:00Z"), ("/uusi", edited)]
        return ok(
            "<feed xmlns='http://www.w3.org/2005/Atom'>{}</feed>".format(
                "".join(
                    f"<entry><link rel='alternate' href='{path}'/><updated>{at}</updated></entry>"
                    for path, at in entries
                )
            ).encode(),
            "application/atom+xml",
        )

    made = registry(site.server)
    head = '<link rel="alternate" type="application/atom+xml" href="/syote">'
    site.server.answers["/"] = html("Etusivu", "/sivu1", "/sivu2", body=head)
    site.server.answers["/syote"] = ok(
        b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "application/atom+xml"
    )
    site.visit(tmp_path / "data", made)
    site.server.answers["/syote"] = feed((NOW + STEP - timedelta(days=1)).isoformat())
    assert set(site.visit(tmp_path / "data", made)) == OVERHEAD | {"/syote", "/sivu1", "/uusi"}


def test_trust_takes_many_right_answers_and_one_wrong_one(tmp_path):
    """Eighteen tests earn it, one wrong answer ends it, fourteen or so right ones mend it."""
    frontier = Frontier(tmp_path / "frontier.db")

    def tested(right, times):
        for _ in range(times):
            frontier.audited(HOST, "same", right=right, fading=0.98)
        return SitemapTrust(frontier, days=1, seed="", everything=False).trusted(HOST)

    assert not tested(True, 15)
    assert tested(True, 200)
    assert not tested(False, 1)
    assert not tested(True, 5)
    assert tested(True, 20)
    frontier.close()
