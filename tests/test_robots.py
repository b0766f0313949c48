"""How robots.txt is read, and what its absence means."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.frontier import Frontier
from crawler.robots import MAX_BYTES, Robots, matches, outcome_of
from crawler.robots_cache import RobotsCache

HOST = "https://www.jarjestotalo.fi"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

RULES = [
    ("empty file", "", "/a", True),
    ("disallow all", "User-agent: *\nDisallow: /", "/a", False),
    ("empty disallow allows", "User-agent: *\nDisallow:", "/a", True),
    ("other agent", "User-agent: muubotti\nDisallow: /", "/a", True),
    ("own name wins over star", "User-agent: *\nDisallow: /\nUser-agent: jarjestoarkisto\nAllow: /", "/a", True),
    ("own group without rules", "User-agent: *\nDisallow: /\nUser-agent: jarjestoarkisto\n", "/a", True),
    ("own name in any case", "User-agent: JarjestoArkisto\nDisallow: /", "/a", False),
    ("name with a version", "User-agent: jarjestoarkisto/1.0\nDisallow: /", "/a", False),
    ("name read to its first space", "User-agent: jarjestoarkisto muubotti\nDisallow: /", "/a", False),
    ("longer name is another agent", "User-agent: jarjestoarkistobotti\nDisallow: /", "/a", True),
    ("star and more text", "User-agent: * kaikki\nDisallow: /", "/a", False),
    ("star inside a name is no star", "User-agent: *botti\nDisallow: /", "/a", True),
    ("longest rule wins", "User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    ("longest rule wins, other order", "User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
    ("a tie allows", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    ("unknown line inside a group", "User-agent: *\nNoindex: /x\nDisallow: /a", "/a", False),
    ("sitemap line inside a group", "User-agent: *\nSitemap: /s.xml\nDisallow: /a", "/a", False),
    ("blank line inside a group", "User-agent: *\n\nDisallow: /a", "/a", False),
    ("crawl-delay before the rules", "User-agent: *\nCrawl-delay: 5\nDisallow: /a", "/a", False),
    ("two agents share a group", "User-agent: muu\nUser-agent: jarjestoarkisto\nDisallow: /a", "/a", False),
    ("a second group of the same agent", "User-agent: *\nDisallow: /a\nUser-agent: muu\nDisallow: /\nUser-agent: *\nDisallow: /b", "/b", False),
    ("rule before any agent is void", "Disallow: /a\nUser-agent: *\nDisallow: /b", "/a", True),
    ("no colon", "User-agent *\nDisallow /a", "/a", False),
    ("misspelt disallow", "User-agent: *\nDissallow: /a", "/a", False),
    ("comments", "User-agent: * # kaikille\nDisallow: /a # ei tänne", "/a", False),
    ("carriage returns only", "User-agent: *\rDisallow: /a\r", "/a", False),
    ("byte order mark", "\ufeffUser-agent: *\nDisallow: /a", "/a", False),
    ("byte order mark cut short", b"\xef\xbbUser-agent: *\nDisallow: /a", "/a", False),
    ("byte order mark of UTF-16", b"\xff\xfeUser-agent: *\nDisallow: /a", "/a", True),
    ("a zero byte ends the line", b"User-agent: *\0x\nDisallow: /a", "/a", False),
    ("tabs for a colon", "User-agent\t*\nDisallow\t/a", "/a", False),
    ("two words without a colon only", "User-agent: *\nDisallow /a b", "/a", True),
    ("disalow", "User-agent: *\nDisalow: /a", "/a", False),
    ("diasllow", "User-agent: *\nDiasllow: /a", "/a", False),
    ("disallaw", "User-agent: *\nDisallaw: /a", "/a", False),
    ("user agent in two words", "User agent: *\nDisallow: /a", "/a", False),
    ("useragent in one word", "Useragent: *\nDisallow: /a", "/a", False),
    ("alow is no allow", "User-agent: *\nDisallow: /a\nAlow: /a/b", "/a/b", False),
    ("an escape of a plain letter is another letter", "User-agent: *\nDisallow: /%61", "/a", True),
    ("an empty query counts", "User-agent: *\nDisallow: /*?", "/a?", False),
    ("a whole address is no path", "User-agent: *\nDisallow: https://www.jarjestotalo.fi/a", "/a", True),
    ("a rule without its slash", "User-agent: *\nDisallow: a", "/a", True),
    ("a rule of a star", "User-agent: *\nDisallow: *a", "/xa", False),
    ("a longer end mark wins", "User-agent: *\nAllow: /$\nDisallow: /", "/", True),
    ("star group beside the own one", "User-agent: jarjestoarkisto\nUser-agent: *\nDisallow: /a", "/a", False),
    ("wildcard", "User-agent: *\nDisallow: /*.pdf", "/x/raportti.pdf?v=2", False),
    ("end mark", "User-agent: *\nDisallow: /*.pdf$", "/x/raportti.pdf?v=2", True),
    ("dollar inside is a letter", "User-agent: *\nDisallow: /a$b", "/a$b", False),
    ("query", "User-agent: *\nDisallow: /*?s=", "/?s=haku", False),
    ("letters beyond ASCII", "User-agent: *\nDisallow: /järjestöt/", "/j%C3%A4rjest%C3%B6t/x", False),
    ("escapes in small letters", "User-agent: *\nDisallow: /j%c3%a4r", "/j%C3%A4r", False),
    ("case of the path counts", "User-agent: *\nDisallow: /Hanke", "/hanke", True),
    ("the index file stands for its folder", "User-agent: *\nDisallow: /a/\nAllow: /a/index.html", "/a/", True),
    ("over-long line is cut, not dropped", "User-agent: *\nDisallow: /a" + "*" * 20_000 + "x", "/ab", False),
    ("html instead of rules", "<html><body>Sivua ei löydy</body></html>", "/a", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "allowed"), [case[1:] for case in RULES], ids=[case[0] for case in RULES]
)
def test_rules_are_read_as_google_reads_them(text, path, allowed):
    """Each reading follows RFC 9309 and, where it is silent, Google's parser."""
    body = text if isinstance(text, bytes) else text.encode()
    assert Robots(body).allows(HOST + path) is allowed


def test_robots_txt_itself_may_always_be_fetched():
    """RFC 9309, section 2.2.2."""
    assert Robots(b"User-agent: *\nDisallow: /").allows(HOST + "/robots.txt")


def test_what_lies_beyond_the_limit_is_ignored():
    """Half a megabyte is read, no more."""
    padding = b"# " + b"x" * 998 + b"\n"
    body = b"User-agent: *\nDisallow: /a\n" + padding * (MAX_BYTES // 1000 + 1) + b"Disallow: /b\n"
    robots = Robots(body)
    assert not robots.allows(HOST + "/a")
    assert robots.allows(HOST + "/b")


def test_a_hostile_pattern_costs_little():
    """A pattern of wildcards is matched in time proportional to its length."""
    assert not matches(b"/" + b"a" * 2000, b"/" + b"*a" * 500 + b"b")


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 10\nUser-agent: jarjestoarkisto\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 10\nUser-agent: jarjestoarkisto\nDisallow: /x", None),
        ("User-agent: *\nCrawl-delay: paljon", None),
    ],
    ids=["star", "own group", "own group without", "no number"],
)
def test_crawl_delay_is_that_of_the_own_group(text, delay):
    """The group that governs the rules governs the delay."""
    assert Robots(text.encode()).crawl_delay == delay


def test_sitemaps_are_listed_wherever_they_stand():
    """Sitemap lines belong to no group."""
    body = b"Sitemap: https://a.fi/1.xml\nUser-agent: x\nDisallow: /\nsite-map: https://a.fi/2.xml"
    assert Robots(body).sitemaps == ["https://a.fi/1.xml", "https://a.fi/2.xml"]


def test_outcomes_of_answers():
    """Absent means allowed, in trouble means forbidden (RFC 9309, section 2.3.1)."""
    allowed = {
        200: "rules",
        204: "rules",
        301: "redirect",
        401: "allow",
        403: "allow",
        404: "allow",
    }
    for status, outcome in allowed.items():
        assert outcome_of(status) == outcome
    assert {outcome_of(status) for status in (429, 500, 503, None)} == {"deny"}


@pytest.fixture
def cache(tmp_path):
    """Give a cache on an empty frontier."""
    frontier = Frontier(tmp_path / "frontier.db")
    yield RobotsCache(frontier)
    frontier.close()


def test_a_missing_file_is_named(cache):
    """Without an entry nothing is allowed, and the needed file is named."""
    verdict = cache.verdict(HOST + "/a", NOW)
    assert (verdict.allowed, verdict.need, verdict.need_hops) == (False, HOST + "/robots.txt", "P")


def test_an_entry_lasts_a_day(cache):
    """After 24 hours the file is needed again."""
    store(cache, HOST, 404)
    assert cache.verdict(HOST + "/a", NOW + timedelta(hours=23)).allowed
    assert cache.verdict(HOST + "/a", NOW + timedelta(hours=25)).need is not None


def store(cache, host, status, target=None, body=b"", now=NOW):
    """Store the answer of one host."""
    cache.store(f"{host}/robots.txt", status=status, body=body, target=target, now=now)


def test_redirects_lead_to_the_rules(cache):
    """Rules at the end of a redirect count for the host where it began."""
    store(cache, HOST, 301, target="https://jarjestotalo.fi/robots.txt")
    assert cache.verdict(HOST + "/a", NOW).need == "https://jarjestotalo.fi/robots.txt"
    store(cache, "https://jarjestotalo.fi", 200, body=b"User-agent: *\nDisallow: /a")
    assert not cache.verdict(HOST + "/a", NOW).allowed
    assert cache.verdict(HOST + "/b", NOW).allowed


def test_endless_redirects_count_as_absent(cache):
    """After five redirects the file is taken as missing."""
    store(cache, HOST, 302, target=HOST + "/robots.txt")
    assert cache.verdict(HOST + "/a", NOW).allowed


def test_unreachable_forbids_for_thirty_days(cache):
    """A host in trouble is left alone; after a month its robots.txt counts as absent."""
    for day in (0, 10, 29):
        store(cache, HOST, 503, now=NOW + timedelta(days=day))
        verdict = cache.verdict(HOST + "/a", NOW + timedelta(days=day))
        assert not verdict.allowed
        assert "unreachable (503)" in verdict.reason
    store(cache, HOST, None, now=NOW + timedelta(days=31))
    assert cache.verdict(HOST + "/a", NOW + timedelta(days=31)).allowed


def test_entries_outlive_the_process(tmp_path):
    """The cache is in frontier.db."""
    frontier = Frontier(tmp_path / "frontier.db")
    store(RobotsCache(frontier), HOST, 200, body=b"User-agent: *\nDisallow: /a\nCrawl-delay: 3")
    frontier.close()
    frontier = Frontier(tmp_path / "frontier.db")
    verdict = RobotsCache(frontier).verdict(HOST + "/b", NOW)
    frontier.close()
    assert (verdict.allowed, verdict.crawl_delay) == (True, 3.0)
