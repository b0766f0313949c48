"""Replay in a real browser: ReplayWeb.page plays a capture from the WACZ file, as it was, and reaches nothing else."""

import sqlite3
from contextlib import closing

import pytest

from benchmarks.servers import served
from tests.chromium import chromium as running_chromium
from tests.replayed_archive import OPEN, build

PLAYED = "mp_/"
"""What the address of a replayed document holds."""
SECONDS = 30_000


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Give the running site and its captures by path and year."""
    pytest.importorskip("playwright", reason="pip install 'jarjestoarkisto[render]'")
    archive = build(tmp_path_factory.mktemp("playing"))
    archive.publish()
    with closing(sqlite3.connect(archive.published)) as edition:
        found = edition.execute("SELECT url, timestamp, id FROM mementos").fetchall()
    ids = {(url.removeprefix(OPEN), moment[:4]): id_ for url, moment, id_ in found}
    with served(archive.published) as address:
        yield address, ids


@pytest.fixture(scope="module")
def chromium(site):
    """Give a running Chromium."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def page(chromium):
    """Give a page that notes every address it asks for."""
    page = chromium.new_page()
    page.asked = []
    page.context.on("request", lambda request: page.asked.append(request.url))
    return page


def played(page, address):
    """Open the replay of a capture and return the frame in which it plays."""
    page.goto(address)
    inside = page.frame_locator("iframe").frame_locator("iframe")
    inside.locator("body *").first.wait_for(timeout=SECONDS)
    return next(frame for frame in page.frames if PLAYED in frame.url)


def test_a_capture_plays_as_it_was(site, page):
    """Text, style sheet, picture and script of the page are those of the archive."""
    address, ids = site
    frame = played(page, f"{address}/toisto/{ids['/poyta', '2019']}")
    assert frame.locator("h1").inner_text() == "Pöytä"
    assert "perustettiin" in frame.locator("body").inner_text()
    frame.wait_for_function("document.images[0].naturalWidth === 1", timeout=SECONDS)
    frame.wait_for_function("getComputedStyle(document.querySelector('h1')).color === 'rgb(10, 90, 60)'", timeout=SECONDS)  # fmt: skip
    assert frame.evaluate("document.title") == "Ajettu"


def test_a_revisit_plays_the_body_that_it_repeats(site, page):
    """The capture of 2021 holds no body of its own."""
    address, ids = site
    frame = played(page, f"{address}/toisto/{ids['/poyta', '2021']}")
    assert "lopetettiin" in frame.locator("body").inner_text()
    assert "/20210301100000mp_/" in frame.url


@pytest.mark.parametrize("path", ["/poistettu", "/noarkisto", "/merkki.png"])
def test_what_was_hidden_is_not_in_the_player(site, page, path):
    """Asked for inside the player, a hidden address is not found."""
    address, ids = site
    frame = played(page, f"{address}/toisto/{ids['/poyta', '2019']}")
    hidden = frame.url.replace(f"{OPEN}/poyta", f"{OPEN}{path}")
    assert frame.evaluate("url => fetch(url).then(answer => answer.status)", hidden) == 404


def test_the_player_reaches_this_server_alone(site, page):
    """Nothing was asked for elsewhere, and no page outside the player's path is under its service worker."""
    address, ids = site
    played(page, f"{address}/toisto/{ids['/poyta', '2019']}")
    assert [url for url in page.asked if not url.startswith((address, "blob:", "data:"))] == []
    assert page.evaluate("navigator.serviceWorker.controller") is None
    scopes = page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.map(one => one.scope))")  # fmt: skip
    assert scopes == [f"{address}/toisto/-/"]


def test_without_javascript_the_way_to_the_text_is_shown(site, chromium):
    """Where scripts are off, the page of the replay leads to text and source."""
    address, ids = site
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/toisto/{ids['/poyta', '2019']}")
    assert "Toisto tarvitsee JavaScriptin" in page.locator("main").inner_text()
    page.locator("main a").click()
    assert "<!doctype html>" in page.locator("pre").inner_text()
