"""A body that is too slow, too big or deadly costs its own reading and nothing else."""

import time

import pytest

from archive.reading import Body, Limits, read_bodies
from archive.records import ExtractionRules
from tests.test_versions import page
from tests.warcs import WarcMaker

SLOW_XPATH = "//p[count(preceding::p) > count(following::p)]"
"""Quadratic, inside libxml2: no signal of Python interrupts it."""
SLOW_LINE = "(?:(?:x+)+)+y"
"""Exponential, in Python's own engine."""


@pytest.fixture
def bodies(tmp_path):
    """Give what stores a payload and returns it as a body."""
    warc = WarcMaker(tmp_path / "JA-1.warc.gz")

    def body(payload, **rules):
        url = "https://kyt.fi/1"
        return Body(
            page="p", payload_digest="d", capture="c", site="kyt", mime="text/html", url=url,
            timestamp="2020-03-01T12:00:00Z", path=warc.path, offset=warc.response(url, payload),
            rules=ExtractionRules(**rules),
        )  # fmt: skip

    yield body
    warc.close()


def outcomes(bodies, **limits):
    """Read bodies in one worker and return their errors."""
    return [row.error for row in read_bodies(bodies, processes=1, limits=Limits(**limits))]


def test_a_body_that_takes_too_long(bodies):
    """It is interrupted and says so; the one behind it is read."""
    slow = bodies(b"<main>" + b"<p>" + b"x" * 60 + b"</p></main>", residue=(("slow", SLOW_LINE),))
    first, second = outcomes([slow, bodies(page("Yksi", "Yksi."))], seconds=3)
    assert (first, second) == ("reading took longer than 3 seconds", None)


def test_a_body_that_does_not_heed_the_clock(bodies):
    """A loop inside a C library loses its process after the grace; the others are read."""
    slow = bodies(b"<p>x</p>" * 80_000, prune_xpath=(SLOW_XPATH,))
    good = bodies(page("Yksi", "Yksi."))
    began = time.monotonic()
    errors = outcomes([good, slow, good], seconds=3, grace=1)
    assert [error is None for error in errors] == [True, False, True]
    assert "ended the process" in errors[1]
    assert time.monotonic() - began < 30


def test_a_body_that_needs_too_much_memory(bodies):
    """It becomes an error that tells the limit; the one behind it is read."""
    huge = bodies(b" " * 150_000_000)
    first, second = outcomes([huge, bodies(page("Yksi", "Yksi."))], memory=320_000_000)
    assert "320 megabytes" in first or "ended the process" in first
    assert second is None
