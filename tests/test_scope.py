"""Which addresses belong to a site and are worth asking for; which are traps."""

import pytest

from crawler.frontier import Frontier
from crawler.scope import Lead, Scope, no_text
from crawler.targets import Skip, Target
from crawler.traps import QUERY_PATTERN_BUDGET, budget_for, pattern_of, trap_in
from tests.crawling import HOST, registry
from tests.rawserver import RawServer

HOME = f"https://{HOST}/"


def scope_of(tmp_path, **fields):
    """Return the scope of one site and the site."""
    made = registry(RawServer("127.0.3.1", 80, 443), sites={"talo": fields})
    return Scope(made, Frontier(tmp_path / "frontier.db"), [made.sites["talo"]]), made.sites["talo"]


def judge(tmp_path, url, *, hop="L", kind="page", hops="", **fields):
    """Return the judgement of one address."""
    scope, site = scope_of(tmp_path, **fields)
    try:
        return scope.judge(Lead(url, hop, kind), site=site, hops=hops, via=HOME)
    finally:
        scope._frontier.close()


@pytest.mark.parametrize(
    ("href", "url"),
    [
        (f"https://{HOST}/uutiset/?utm_source=x#alku", f"https://{HOST}/uutiset/"),
        (f"http://{HOST}/uutiset", f"http://{HOST}/uutiset"),
        (f"https://{HOST}:443/a?b=2&a=1", f"https://{HOST}/a?a=1&b=2"),
    ],
    ids=["tracking", "plain http", "order"],
)
def test_links_are_queued_by_their_canonical_address(tmp_path, href, url):
    """The address fetched is the canonical one."""
    judged = judge(tmp_path, href)
    assert isinstance(judged, Target)
    assert (judged.url, judged.hops, judged.via) == (url, "L", HOME)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.muualla.fi/",
        f"https://{HOST}/tyylit.css",
        f"https://{HOST}/kuva.JPG?v=2",
        f"https://{HOST}/wp-json/wp/v2/posts",
        f"https://{HOST}/wp-admin/admin-ajax.php",
        f"https://{HOST}:8443/",
        "https://uutiset.jarjestotalo.fi/",
    ],
    ids=["other site", "style", "image", "json", "admin", "other port", "host not listed"],
)
def test_what_is_outside_is_passed_over(tmp_path, url):
    """Off the site or without text: neither fetched nor recorded."""
    assert judge(tmp_path, url) is None


@pytest.mark.parametrize(
    ("url", "hops", "reason"),
    [
        (f"https://{HOST}/a", "L" * 15, "depth"),
        (f"https://{HOST}/a/a/a", "", "trap"),
        (f"https://{HOST}/" + "x" * 2100, "", "trap"),
        (f"https://{HOST}/?s=haku", "", "trap"),
        (f"https://{HOST}/tulosta/1", "", "excluded"),
    ],
    ids=["deep", "repeats", "long", "search", "excluded"],
)
def test_refusals_are_recorded_with_their_reason(tmp_path, url, hops, reason):
    """An address of the site that is not fetched leaves a line."""
    judged = judge(tmp_path, url, hops=hops, scope={"hosts": (HOST,), "exclude": ("/tulosta/",)})
    assert isinstance(judged, Skip)
    assert (judged.reason, judged.via) == (reason, HOME)


def test_redirects_cost_no_depth_but_end(tmp_path):
    """Eight redirects in a row are followed, a ninth is not."""
    url = f"https://{HOST}/a"
    followed = judge(tmp_path, url, hop="R", hops="LL" + "R" * 7)
    assert (followed.depth, followed.hops) == (2, "LL" + "R" * 8)
    assert judge(tmp_path, url, hop="R", hops="LL" + "R" * 8).reason == "redirect-limit"


def test_a_seed_list_holds_its_seeds_and_attachments(tmp_path):
    """Other pages of the host are outside."""
    fields = {
        "seeds": (f"https://{HOST}/hanke",),
        "scope": {"hosts": (HOST,), "whole_site": False},
    }
    assert judge(tmp_path, f"https://{HOST}/muu", **fields) is None
    assert isinstance(judge(tmp_path, f"https://{HOST}/raportti.pdf", **fields), Target)
    assert judge(tmp_path, f"https://{HOST}/sitemap.xml", hop="M", kind="sitemap", **fields) is None


def test_a_sitemap_may_lie_outside_the_paths(tmp_path):
    """The map of the host is read although the site is only a folder of it."""
    fields = {"scope": {"hosts": (HOST,), "paths": ("/jarjestot/",)}}
    sitemap = judge(tmp_path, f"https://{HOST}/sitemap.xml", hop="M", kind="sitemap", **fields)
    assert isinstance(sitemap, Target)
    assert sitemap.hub


@pytest.mark.parametrize(
    ("keep", "budget"), [((), QUERY_PATTERN_BUDGET), (("id",), 400)], ids=["facet", "query is page"]
)
def test_addresses_of_one_shape_have_a_budget(tmp_path, keep, budget):
    """Endless facets end at the budget; where the query is the page, only the site's budget counts."""
    scope, site = scope_of(tmp_path, query={"keep": keep})
    judged = [
        scope.judge(Lead(f"https://{HOST}/sivu?id={n}", "L"), site=site, hops="", via=HOME)
        for n in range(400)
    ]
    assert sum(isinstance(one, Target) for one in judged) == budget
    assert all(one.reason == "budget" for one in judged[budget:])
    scope._frontier.close()


def test_the_budget_of_a_site_counts_everything(tmp_path):
    """max_pages of the site file ends it."""
    scope, site = scope_of(tmp_path, expect={"min_pages": 0, "max_pages": 5})
    judged = [
        scope.judge(Lead(f"https://{HOST}/{name}", "L"), site=site, hops="", via=HOME)
        for name in "abcdefgh"
    ]
    assert sum(isinstance(one, Target) for one in judged) == 5
    scope._frontier.close()


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://a.fi/2020/02/18/otsikko", "a.fi/#/#/#/otsikko"),
        ("https://a.fi/?b=1&a=2&b=3", "a.fi/?a&b"),
        ("https://a.fi/a?tyhja", "a.fi/a?tyhja"),
    ],
    ids=["date", "query", "key without value"],
)
def test_the_shape_of_an_address(url, pattern):
    """Digits are folded and values forgotten."""
    assert pattern_of(url) == pattern


def test_calendars_have_the_smallest_budget():
    """Months without end are a calendar's nature."""
    calendar = budget_for("https://a.fi/tapahtumakalenteri/2031-05", query_is_address=False)
    facet = budget_for("https://a.fi/uutiset?alue=3", query_is_address=False)
    numbered = budget_for("https://a.fi/uutinen/3812", query_is_address=False)
    assert calendar < facet < numbered


@pytest.mark.parametrize(
    "url",
    [
        "https://a.fi/uutiset/2020/02/uutiset",
        "https://a.fi/hanke/113/uutiset?sivu=2",
        "https://a.fi/se/sv/om-oss",
    ],
    ids=["a word twice", "paging", "short words"],
)
def test_ordinary_addresses_are_no_traps(url):
    """What real sites have is let through."""
    assert trap_in(url) is None


def test_attachments_and_sitemaps_hold_text():
    """PDF, office files and packed sitemaps are fetched."""
    assert not any(
        no_text(f"https://a.fi/{name}")
        for name in ("a.pdf", "b.DOCX", "c.pptx", "sitemap.xml.gz", "d.php")
    )
