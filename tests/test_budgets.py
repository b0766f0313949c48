"""When a site may be asked: hours of the day and daily budgets, and what becomes of the rest."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.budgets import Budgets, in_window, today
from crawler.frontier import Frontier
from tests.crawling import HOST, crawl, registry, report, skips, urls
from tests.rawserver import RawServer, html, raw_server

NOON = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""Twelve o'clock in Helsinki."""
PAGES = [f"/sivu{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("window", "hour", "inside"),
    [
        ("22:00-06:00", 22, True),
        ("22:00-06:00", 5, True),
        ("22:00-06:00", 6, False),
        ("22:00-06:00", 12, False),
        ("08:00-16:00", 8, True),
        ("08:00-16:00", 16, False),
    ],
)
def test_a_window_may_pass_midnight(window, hour, inside):
    """It begins with its first minute and ends before its last."""
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour - 2)  # Helsinki is two hours ahead
    assert in_window(window, at) is inside


def test_summer_time_counts():
    """The clock is that of Helsinki: in July three hours ahead of UTC."""
    assert in_window("22:00-06:00", datetime(2026, 7, 1, 19, tzinfo=UTC))
    assert not in_window("22:00-06:00", datetime(2026, 1, 1, 19, tzinfo=UTC))
    assert today(datetime(2026, 7, 1, 21, 30, tzinfo=UTC)) == "2026-07-02"


@pytest.fixture
def server(tmp_path):
    """Give a server with ten pages."""
    with raw_server(tmp_path) as running:
        running.answers = {"/": html("Etusivu", *PAGES), **{path: html(path) for path in PAGES}}
        yield running


def test_outside_its_hours_a_site_is_not_asked(tmp_path, server):
    """By day nothing is asked and nothing fails; by night everything comes."""
    made = registry(server, politeness={"window": "22:00-06:00"})
    outcome = crawl(made, tmp_path / "data", now=NOON)
    assert server.times == []
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert skips(tmp_path / "data") == {("/", "budget")}
    crawl(made, tmp_path / "data", now=NOON + timedelta(hours=11))
    assert {f"http://{HOST}{path}" for path in PAGES} <= set(urls(tmp_path / "data"))


def test_a_site_file_has_its_own_hours(tmp_path, server):
    """What the site file says replaces crawl.toml."""
    sites = {"talo": {"politeness": {"window": "09:00-15:00"}}}
    made = registry(server, sites=sites, politeness={"window": "22:00-06:00"})
    crawl(made, tmp_path / "data", now=NOON)
    assert len(urls(tmp_path / "data")) == 12


def test_the_rest_waits_for_the_next_day(tmp_path, server):
    """Each day brings as many requests as allowed, also over several runs, until all is there."""
    made = registry(server, sites={"talo": {"politeness": {"max_requests_per_day": 5}}})
    for hours, total in [(0, 5), (1, 5), (25, 10), (50, 15), (75, 20), (100, 24)]:
        outcome = crawl(made, tmp_path / "data", due=True, now=NOON + timedelta(hours=hours))
        assert outcome.problems == []
        assert len(server.times) == total, "robots.txt and the hubs are due every day"
    assert {f"http://{HOST}{path}" for path in PAGES} <= set(urls(tmp_path / "data"))
    assert max(len(heads) for path, heads in server.requests.items() if path in PAGES) == 1


def test_the_report_tells_who_rests_and_why(tmp_path, server):
    """The number of requests, the allowance and the number of waiting URLs are told."""
    made = registry(server, sites={"talo": {"politeness": {"max_requests_per_day": 5}}})
    crawl(made, tmp_path / "data", now=NOON)
    assert report(tmp_path / "data")["sites"]["talo"]["resting"] == (
        "5 requests were made today, 5 are allowed"
    )
    assert report(tmp_path / "data")["sites"]["talo"]["waiting"] == 7


def test_bytes_have_a_budget_too(tmp_path, server):
    """A day ends with the answer that passes the budget."""
    server.answers["/"] = html("Etusivu", *PAGES, body="<p>" + "jää " * 5000)
    made = registry(server, politeness={"max_bytes_per_day": 20_000})
    crawl(made, tmp_path / "data", now=NOON)
    assert server.paths() == ["/robots.txt", "/"]


def test_days_are_counted_apart(tmp_path):
    """A new day begins at nothing; sites do not share."""
    frontier = Frontier(tmp_path / "frontier.db")
    made = registry(
        RawServer("127.0.3.1", 80, 443),
        sites={"talo": {}, "muu": {}},
        politeness={"max_requests_per_day": 1},
    )
    budgets = Budgets(made, frontier)
    budgets.spend("talo", 10, NOON)
    assert budgets.refusal("talo", NOON) is not None
    assert budgets.refusal("muu", NOON) is None
    assert budgets.refusal("talo", NOON + timedelta(days=1)) is None
    frontier.close()
