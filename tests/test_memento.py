"""Captures on the site: found by date, seen as text, sent by ranges, and none that may not be seen."""

import hashlib
import json
import re
import sqlite3
import subprocess
from contextlib import closing

import pytest
from lxml import html

from archive.digests import stable_id
from archive.site.ranges import part_of
from archive.site.replay import PLAYER, PLAYER_VERSION
from benchmarks.servers import served
from tests.asking import words_of
from tests.peers import peer
from tests.replayed_archive import CLOSED, HIDDEN, OPEN, SNIPPET, build

POYTA = f"{OPEN}/poyta"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Give the archive with its public edition."""
    made = build(tmp_path_factory.mktemp("memento"))
    made.publish()
    return made


@pytest.fixture(scope="module")
def sample(archive):
    """Give what the browser opens."""
    return archive


def rows(archive, query, *values):
    """Return what an edition or an archive says."""
    with closing(sqlite3.connect(archive)) as connection:
        return connection.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def ids(archive):
    """Give the captures of the page with three, oldest first."""
    found = rows(
        archive.published, "SELECT id FROM mementos WHERE url = ? ORDER BY timestamp", POYTA
    )
    return [id_ for (id_,) in found]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (None, 2),
        ("Fri, 01 Jan 2010 00:00:00 GMT", 0),
        ("Mon, 30 Sep 2019 00:00:00 GMT", 1),
        ("Sun, 01 Mar 2020 10:00:00 GMT", 1),
        ("Tue, 01 Jan 2030 00:00:00 GMT", 2),
    ],
    ids=["newest", "before all", "nearest", "exact", "after all"],
)
def test_timegate_leads_to_the_nearest_capture(browser, ids, asked, place):
    """It redirects, says on what the answer depends, and names original, TimeMap and the first and last capture."""
    answer = browser.get(f"/timegate/{POYTA}", headers={"Accept-Datetime": asked} if asked else {})
    assert answer.status_code == 302
    assert answer.headers["location"].endswith(f"/arkistointi/{ids[place]}")
    assert "accept-datetime" in answer.headers["vary"].lower()
    assert "memento-datetime" not in answer.headers
    links = answer.headers["link"]
    assert f'<{POYTA}>; rel="original"' in links
    assert f'/timemap/link/{POYTA}>; rel="timemap"; type="application/link-format"' in links
    assert re.search(rf'/{ids[0]}>; rel="(prev )?first memento"', links)
    assert re.search(rf'/{ids[2]}>; rel="(next )?last memento"', links)


@pytest.mark.parametrize("asked", ["eilen", "2020-03-01", "Sun, 01 Mar 2020 10:00:00 EET", "Sun, 41 Mar 2020 10:00:00 GMT"])  # fmt: skip
def test_a_bad_date_is_refused(browser, asked):
    """A date that is none of HTTP's gets 400 and an example of a right one."""
    answer = browser.get(f"/timegate/{POYTA}", headers={"Accept-Datetime": asked})
    assert answer.status_code == 400
    assert "Tue, 18 Feb 2020 09:30:00 GMT" in answer.text


@pytest.mark.parametrize("form", ["timegate", "timemap/link", "timemap/json"])
@pytest.mark.parametrize("url", [f"{OPEN}/ei-ole", f"{OPEN}/poistettu", f"{OPEN}/noarkisto", f"{SNIPPET}/", f"{CLOSED}/", "roskaa", "ftp://a.fi/"])  # fmt: skip
def test_what_is_not_shown_is_not_known(browser, form, url):
    """An unknown address, a hidden one and none at all get the same 404."""
    assert browser.get(f"/{form}/{url}").status_code == 404


def test_timemap_lists_every_capture(browser, ids):
    """Original, TimeGate, itself with its span, and each capture with its moment, oldest first."""
    answer = browser.get(f"/timemap/link/{POYTA}")
    assert answer.headers["content-type"] == "application/link-format"
    lines = answer.text.strip().split(",\n")
    assert lines[0] == f'<{POYTA}>; rel="original"'
    assert 'rel="timegate"' in lines[1]
    assert 'from="Fri, 01 Mar 2019 10:00:00 GMT"; until="Mon, 01 Mar 2021 10:00:00 GMT"' in lines[2]
    assert [re.search(r"/arkistointi/(\w+)>", line)[1] for line in lines[3:]] == ids
    assert 'rel="first memento"; datetime="Fri, 01 Mar 2019 10:00:00 GMT"' in lines[3]
    told = browser.get(f"/timemap/json/{POYTA}").json()
    assert [one["datetime"] for one in told["mementos"]["list"]] == ["2019-03-01T10:00:00Z", "2020-03-01T10:00:00Z", "2021-03-01T10:00:00Z"]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"/timemap/link/{OPEN}/kysely?p=2&a=%C3%A4", 1),
        (f"/timemap/link/{OPEN}/kysely?p=2", 0),
        ("/timemap/link/https:/avoin.fi/poyta", 3),
        ("/timemap/link/http://www.avoin.fi/poyta/", 3),
        ("/timemap/link/avoin.fi/poyta", 3),
    ],
    ids=["query", "other query", "one slash", "other form", "no scheme"],
)
def test_the_address_is_what_stands_in_the_path(browser, path, found):
    """The query belongs to the address; forms that are one page to web archives are one here."""
    assert browser.get(path).text.count('memento"; datetime') == found


def test_a_memento_client_negotiates_by_date(archive, ids):
    """The client library of the protocol's authors finds the original of a capture, and another capture by date."""
    python = peer("python")
    program = """
import json, sys
from datetime import datetime
from memento_client import MementoClient
site, capture = sys.argv[1:]
client = MementoClient(timegate_uri=f"{site}/timegate/", check_native_timegate=False)
told = client.get_memento_info(f"{site}/arkistointi/{capture}", datetime(2020, 4, 1))
print(json.dumps(told, default=str))
"""
    with served(archive.published) as site:
        run = subprocess.run(
            [python, "-c", program, site, ids[0]], capture_output=True, text=True, timeout=60
        )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["original_uri"] == POYTA
    closest = told["mementos"]["closest"]
    assert closest["uri"] == [f"{site}/arkistointi/{ids[1]}"]
    assert closest["datetime"] == "2020-03-01 10:00:00"
    assert told["mementos"]["last"]["uri"] == [f"{site}/arkistointi/{ids[2]}"]


def test_pages_of_captures_and_versions_are_mementos(browser, archive, ids):
    """Both say of which moment they are; the address of a page, which changes, does not."""
    ((version, page),) = rows(archive.published, "SELECT version, page FROM mementos WHERE id = ?", ids[0])  # fmt: skip
    for path in (f"/arkistointi/{ids[0]}", f"/toisto/{ids[0]}", f"/versio/{version}"):
        headers = browser.get(path).headers
        assert headers["memento-datetime"] == "Fri, 01 Mar 2019 10:00:00 GMT", path
        assert f'<{POYTA}>; rel="original"' in headers["link"]
    current = browser.get(f"/sivu/{page}").headers
    assert "memento-datetime" not in current
    assert 'rel="timegate"' in current["link"]


def test_a_capture_shows_its_source_as_text(browser, ids):
    """Headers and source are there as text, persons masked, nothing runs; a revisit shows the body that it repeats."""
    answer = browser.get(f"/arkistointi/{ids[0]}")
    tree = html.fromstring(answer.content)
    source = tree.xpath("string(//pre)")
    assert source.startswith("<!doctype html>")
    assert '<script>document.title = "Ajettu";</script>' in source
    assert not tree.xpath("//script | //iframe")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "maija.meikalainen" not in answer.text
    assert "Content-Length" in words_of(tree)
    again = html.fromstring(browser.get(f"/arkistointi/{ids[2]}").content)
    assert "Pöytä lopetettiin." in again.xpath("string(//pre)")
    assert again.xpath("//a[@rel='prev']/@href") == [f"/arkistointi/{ids[1]}"]


def test_a_file_shows_no_source(browser, archive):
    """Of a picture the page tells that it is a file."""
    ((picture,),) = rows(archive.published, "SELECT id FROM mementos WHERE url = ?", f"{OPEN}/kuva.png")  # fmt: skip
    tree = browser.tree(f"/arkistointi/{picture}")
    assert "Tämä on tiedosto" in words_of(tree)
    assert not tree.xpath("//pre")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_pages_are_sound_html(browser, ids, language):
    """They say their language, have one heading of the first rank, and no script."""
    said = "" if language == "fi" else f"?kieli={language}"
    for kind in ("arkistointi", "toisto"):
        tree = browser.tree(f"/{kind}/{ids[0]}{said}")
        assert tree.get("lang") == language
        assert len(tree.findall(".//h1")) == 1
        assert not tree.xpath("//script | //*[@style] | //*[@onclick]")
        for href in tree.xpath("//a/@href | //link/@href"):
            assert browser.get(href).status_code == 200, href


def test_versions_lead_to_their_captures(browser, archive, ids):
    """The page of a version links to replay and to each capture that can be seen."""
    ((version,),) = rows(archive.published, "SELECT version FROM mementos WHERE id = ?", ids[1])
    links = browser.tree(f"/versio/{version}").xpath("//a/@href")
    assert f"/toisto/{ids[1]}" in links
    assert {f"/arkistointi/{id_}" for id_ in ids} <= set(links)


@pytest.fixture(scope="module")
def wacz(archive):
    """Give the address and the bytes of the WACZ file."""
    path = archive.files["avoin"]
    return f"/toisto/wacz/{path.name}", path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None), ("bytes=5-999999", 5, None)],
)  # fmt: skip
def test_a_part_is_sent(browser, wacz, asked, first, last):
    """One range gets 206 and just these bytes."""
    path, content = wacz
    answer = browser.get(path, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == content[first:last]
    start = first % len(content)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(content)}"  # fmt: skip


def test_the_whole_is_sent(browser, wacz):
    """Without a range, with one that makes no sense, or for a file that has changed since, all comes."""
    path, content = wacz
    tag = browser.get(path).headers["etag"]
    for headers in ({}, {"Range": "bytes=9-3"}, {"Range": "bytes=0-1,5-6"}, {"Range": "bytes=0-1", "If-Range": '"vanha"'}):  # fmt: skip
        answer = browser.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (200, content), headers
    assert browser.get(path, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert browser.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_part_outside_is_refused(browser, wacz):
    """A range behind the end gets 416 and the size."""
    path, content = wacz
    answer = browser.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(content)}"


def test_head_tells_size_and_ranges(browser, wacz):
    """HEAD sends no body."""
    path, content = wacz
    answer = browser.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["accept-ranges"] == "bytes"


def test_empty_file_has_no_parts():
    """No range of an empty file can be sent."""
    assert part_of(None, 0) is None


def hidden_paths(archive):
    """Return every address under which somebody might look for what is hidden."""
    hidden = rows(archive.data / "archive.db", "SELECT id, url, payload_digest FROM captures WHERE url NOT LIKE 'https://avoin.fi/%' OR url LIKE '%poist%' OR url LIKE '%noark%' OR url LIKE '%merkki%'")  # fmt: skip
    assert len(hidden) == 7
    for id_, url, _ in hidden:
        yield from (f"/arkistointi/{id_}", f"/toisto/{id_}", f"/timegate/{url}", f"/timemap/link/{url}", f"/timemap/json/{url}")  # fmt: skip
    for site in ("lukko", "ote"):
        yield f"/toisto/wacz/{site}-{stable_id('1')}.wacz"
    yield from ("/toisto/wacz/..%2Fpublished.db.wacz", "/toisto/-/..%2Freplay.py", "/toisto/wacz/x.wacz")  # fmt: skip


def content(browser, path):
    """Return an answer in small letters, without what the search box offers.

    It may offer words of a page that asks not to be archived, which is read but not replayed.
    """
    return re.sub(rb"<datalist.*?</datalist>", b"", browser.get(path).content.lower())


def test_what_may_not_be_seen_is_on_no_route(browser, archive):
    """Closed, snippet, taken down, not to be archived: no capture page, replay, TimeGate, TimeMap or file."""
    for path in hidden_paths(archive):
        assert browser.get(path).status_code == 404, path
        said = content(browser, path).replace(path.lower().encode(), b"")
        assert not [word for word in HIDDEN if word.encode() in said], path


def test_a_file_that_the_edition_does_not_name_is_not_sent(browser, archive):
    """What an earlier edition left in the folder is not served."""
    left = archive.data / "replay" / "avoin-0000000000000000.wacz"
    left.write_bytes(b"suljettusana")
    assert browser.get(f"/toisto/wacz/{left.name}").status_code == 404
    left.unlink()


def test_no_route_for_captures_leaks(browser, archive):
    """What is shown of every capture that may be shown holds no hidden word, whole or by ranges."""
    for id_, file in rows(archive.published, "SELECT id, file FROM mementos"):
        for path in (f"/arkistointi/{id_}", f"/toisto/{id_}", f"/toisto/wacz/{file}"):
            said = content(browser, path)
            assert not [word for word in HIDDEN if word.encode() in said], path
    table = browser.get("/published/mementos.json?_shape=array&_size=max").text.lower()
    assert not [word for word in (*HIDDEN, SNIPPET, CLOSED) if word in table]


@pytest.mark.parametrize(
    ("path", "framed", "scripts"),
    [("/toisto/-/", "'self'", True), ("/toisto/-/sw.js", "'self'", True), ("/toisto/-/LICENSE", "'self'", True), ("/", "'none'", False)],
)  # fmt: skip
def test_only_the_player_may_run_and_be_framed(browser, path, framed, scripts):
    """The player's path has a policy of its own that lets nothing in from elsewhere; the rest of the site keeps its own."""
    answer = browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert f"frame-ancestors {framed}" in policy
    assert ("script-src" in policy) is scripts
    assert "http" not in policy
    assert "*" not in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


def test_the_player_is_what_its_page_says(archive):
    """The files of ReplayWeb.page are those whose digests stand beside them, and its licence is there."""
    said = (PLAYER / "README.md").read_text("utf-8")
    assert f"ReplayWeb.page {PLAYER_VERSION}" in said
    for name in ("ui.js", "sw.js"):
        assert hashlib.sha256((PLAYER / name).read_bytes()).hexdigest() in said
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in (PLAYER / "LICENSE").read_text("utf-8")
