"""The page for site owners says what the crawler does: its examples work, its numbers are the defaults."""

import re
from pathlib import Path

import pytest

from archive.registry import CrawlConfig
from crawler.robots import AGENT_NAME, CACHE, Robots
from crawler.run import run_crawl
from tests.crawling import registry
from tests.rawserver import html, ok, raw_server

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "politeness.md").read_text()
EXAMPLE = re.compile(r"```robots\n(.*?)```\n\n(.*?)\n\n", re.DOTALL)
FORBIDDEN, ALLOWED, DELAY = (
    ("Kielletty", "Förbjudet", "Forbidden"),
    ("Sallittu", "Tillåtet", "Allowed"),
    ("Viive", "Fördröjning", "Delay"),
)
EXAMPLES = EXAMPLE.findall(PAGE)


def told(claim, words):
    """Return what stands behind one of the words, up to the next sentence."""
    found = re.search(rf"(?:{'|'.join(words)}): (.*?)\.(?: |$)", claim)
    return found[1] if found else ""


def paths(claim, words):
    """Return the paths that a claim names."""
    return re.findall(r"`([^`]*)`", told(claim, words))


@pytest.mark.parametrize(("example", "claim"), EXAMPLES)
def test_an_example_does_what_the_text_says(example, claim):
    """Each robots.txt forbids, allows and slows as the line below it tells; other crawlers are not touched."""
    robots, other = Robots(example.encode()), Robots(example.encode(), "muubotti")
    forbidden, allowed = paths(claim, FORBIDDEN), paths(claim, ALLOWED)
    assert forbidden or allowed
    assert {path: robots.allows(f"https://talo.fi{path}") for path in forbidden + allowed} == {
        **dict.fromkeys(forbidden, False),
        **dict.fromkeys(allowed, True),
    }
    assert all(other.allows(f"https://talo.fi{path}") for path in forbidden)
    delay = told(claim, DELAY)
    assert robots.crawl_delay == (float(delay) if delay else None)


def test_every_language_has_the_examples():
    """Finnish, Swedish and English each show how to stop all, how to stop a part, and how to slow down."""
    assert PAGE.count("```robots") == len(EXAMPLES)
    for words in zip(FORBIDDEN, ALLOWED, DELAY, strict=True):
        claims = [claim for _, claim in EXAMPLES if any(f"{word}:" in claim for word in words)]
        assert len(claims) >= 3
        assert any(told(claim, DELAY) for claim in claims)


def test_the_numbers_are_the_defaults():
    """Delay, longest Crawl-delay, hub interval and the life of robots.txt are what the page states."""
    who = {"name": "n", "email": "e@x.fi", "homepage": "https://x.fi/"}
    crawl = CrawlConfig.model_validate({"operator": who})
    delay, most = crawl.politeness.delay_seconds, crawl.politeness.max_crawl_delay_seconds
    for second, text in (("sekuntia", PAGE), ("sekunder", PAGE), ("seconds", PAGE)):
        assert f"{delay:g} {second}" in text
        assert f"{most:g} {second}" in text
    assert (crawl.recrawl.hub_days, crawl.recrawl.page_days) == (1.0, 30.0)
    assert CACHE.total_seconds() == 24 * 3600
    assert AGENT_NAME in crawl.user_agent
    assert "to object see +{homepage} or write to {email}" in crawl.user_agent


def test_the_page_can_be_found():
    """README and crawl.toml lead to it."""
    assert "docs/politeness.md" in (ROOT / "README.md").read_text()
    assert "docs/politeness.md" in (ROOT / "config" / "crawl.toml").read_text()


def test_a_site_that_uses_the_first_example_is_left_alone(tmp_path):
    """With the example that stops everything, robots.txt is the only request; From names the operator."""
    with raw_server(tmp_path) as server:
        server.answers = {"/robots.txt": ok(EXAMPLES[0][0].encode()), "/": html("Etusivu")}
        run_crawl(registry(server), tmp_path / "data", log=False)
    assert server.paths() == ["/robots.txt"]
    assert b"\r\nFrom: koe@example.org\r\n" in server.requests["/robots.txt"][0]
