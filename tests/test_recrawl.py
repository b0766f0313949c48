"""When a page is asked for again."""

from datetime import UTC, datetime, timedelta

import pytest

from archive.registry.settings import Recrawl
from crawler.recrawl import days_between_changes, next_interval
from crawler.targets import Row

RULES = Recrawl()
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(*, hub=False, visits=0, changes=0, days=None):
    """Return a page first seen so many days ago."""
    return Row(
        id=1, url="https://a.fi/", site="a", slot="a.fi", kind="page", hub=hub, hops="", via=None, depth=0,
        attempts=0, etag=None, last_modified=None, payload_digest=None, interval_days=None, visits=visits,
        changes=changes, first_at=None if days is None else (NOW - timedelta(days=days)).isoformat(),
    )  # fmt: skip


def interval(changed, **facts):
    """Return the days until the next visit."""
    return next_interval(RULES, row(**facts), changed=changed, at=NOW)


def test_the_first_interval_is_that_of_the_configuration():
    """Nothing is known yet."""
    assert interval(None) == RULES.page_days


def test_hubs_are_visited_daily():
    """Whether they changed or not."""
    assert interval(True, hub=True, days=3, visits=3) == interval(False, hub=True) == 1.0


@pytest.mark.parametrize(("visits", "days"), [(3, 90), (10, 400)])
def test_the_more_changes_the_sooner(visits, days):
    """The interval falls with every further change among the same visits."""
    found = [interval(False, visits=visits, changes=n, days=days) for n in range(visits + 1)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) > 2


def test_the_bounds_hold():
    """A page that never changes is asked twice a year, one that always does once a day."""
    assert interval(False, visits=50, changes=0, days=3000) == RULES.max_days
    assert interval(True, visits=200, changes=200, days=100) == RULES.min_days


def test_two_quick_visits_decide_nothing():
    """Two crawls within an hour leave the interval near where it was."""
    assert 30 < interval(False, days=1 / 24) < 90


@pytest.mark.parametrize("mean", [5, 30, 120])
def test_the_estimate_finds_the_true_rate(mean):
    """For a page that changes as a Poisson process, visited every 20 days for years, it is right by a third."""
    import math
    import random

    chance = random.Random(1)
    visits = 400
    changes = sum(chance.random() < 1 - math.exp(-20 / mean) for _ in range(visits))
    found = days_between_changes(visits, changes, visits * 20, prior_days=30)
    assert mean / 1.35 < found < mean * 1.35
