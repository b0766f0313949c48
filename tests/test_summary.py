"""The crawl report as a table: what stands first, what is left out, what is added up."""

import pytest

from crawler.pace import Pace
from crawler.summary import MOST_SITES, summary_lines


def site(**told):
    """Return the report of a site without trouble, changed by ``told``."""
    return {
        "fetched": 10, "new": 4, "changed": 3, "unchanged": 2, "failed": 0, "skipped": 0, "skips": {},
        "bytes": 1_500_000, "seconds": 11.0, "bound_seconds": 10.0, "broken": None, **told,
    }  # fmt: skip


def lines(**sites):
    """Return the table of a crawl of these sites."""
    counts = {"fetched": 10 * len(sites), "skipped": 1, "robots_denied": 2, "bytes": 3_000_000}
    alarms = (
        [{"site": "dyyni", "sign": "parked", "detail": "myynnissä"}] if "dyyni" in sites else []
    )
    return summary_lines(
        {"sites": sites, "alarms": alarms, "counts": counts, "seconds": 24.0, "bound_seconds": 20.0}
    )


def test_the_worst_stands_first():
    """A broken expectation, then an alarm, then failures, then the rest by name."""
    found = lines(
        aitta=site(),
        betoni=site(failed=1),
        cello=site(failed=5),
        dyyni=site(),
        eteinen=site(broken="3 pages are stored, at least 20 are expected"),
    )
    names = [line.split()[0] for line in found[1:-1]]
    assert names == ["eteinen", "dyyni", "cello", "betoni", "aitta"]
    assert "! 3 pages are stored" in found[1]
    assert "parked: myynnissä" in found[2]


def test_the_table_fits_on_a_screen_and_says_what_it_leaves_out():
    """A hundred sites give forty lines at most; the last but one counts the others."""
    found = lines(**{f"talo{n:03}": site(resting="window" if n > 90 else None) for n in range(100)})
    assert len(found) <= 40
    assert found[-2] == f"... and {100 - MOST_SITES} more sites, 0 of them with remarks"
    assert found[-1].startswith("total of 100")


def test_columns_are_aligned_and_added_up():
    """Numbers end in the same column; the total tells skips of both kinds, megabytes and pace."""
    found = lines(a=site(skips={"trap": 2, "depth": 1}, skipped=3), pitkanimi=site(fetched=12345))
    ends = [
        line.index(word) + len(word)
        for line, word in zip(found, ("asked", "10", "12345"), strict=False)
    ]
    assert len(set(ends)) == 1
    assert "3 (trap…)" in found[1] + found[2]
    assert found[-1].split()[:3] == ["total", "of", "2"]
    tail = "20 0 0 0 3 0 3.0 1.20 0 below expectation, 0 with alarms"
    assert " ".join(found[-1].split()[3:]) == tail


@pytest.mark.parametrize("told", [{"seconds": None}, {"bound_seconds": 0.0}])
def test_a_pace_that_has_no_bound_is_a_dash(told):
    """One request has no bound to compare with."""
    assert lines(a=site(**told))[1].split()[-2:] == ["1.5", "-"]


def test_a_report_of_nothing_has_a_total():
    """A crawl whose report could not be written still ends with a table."""
    assert summary_lines({})[-1].startswith("total of 0")


def test_the_pace_of_a_site_is_that_of_its_slowest_host():
    """Bounds add up by host, also where two sites share one; the first request owes nothing."""
    times = iter([0.0, 0.0, 6.0, 7.0, 12.0])
    pace = Pace(lambda: next(times))
    pace.asked("talo", "yhteinen.fi", 5.0)
    pace.asked("talo", "oma.fi", 1.0)
    pace.asked("naapuri", "yhteinen.fi", 5.0)
    pace.asked("talo", "oma.fi", 1.0)
    pace.asked("talo", "yhteinen.fi", 5.0)
    stretch = pace.of("talo")
    assert (stretch.seconds, stretch.bound) == (12.0, 10.0)
    assert pace.of("naapuri") == stretch
    assert pace.of("muu") is None
    assert pace.bound() == 10.0
