"""Reuse from the screen: files, feed, sitemap, robots.txt and OpenSearch, in both editions."""

import asyncio
import csv
import io
import json
import re
import sqlite3
import urllib.robotparser
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import feedparser
import pyarrow.parquet as pq
import pytest
from lxml import etree, html

from archive.exports.formats import Column
from archive.site.downloads import Download, file_name
from archive.site.feeds import text
from tests.asking import Browser
from tests.sample_archive import HIDDEN_WORDS, SNIPPET_TAIL, page_id, publish_sample

ROOT = Path(__file__).parents[1]
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
FILES = ["/haku", "/kwic", "/trendit"]
FORMATS = ["csv", "jsonl", "parquet"]


@pytest.fixture(scope="module")
def research(tmp_path_factory):
    """Open a research edition."""
    with Browser(
        publish_sample(tmp_path_factory.mktemp("research"), "research").published
    ) as browser:
        yield browser


def rows(browser, address, format_="jsonl"):
    """Return the rows of a download, each as a dictionary of texts, numbers and lists."""
    name, _, query = address.partition("?")
    content = browser.get(f"{name}.{format_}?{query}").content
    if format_ == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pylist()
    lines = content.decode()
    if format_ == "csv":
        return list(csv.DictReader(io.StringIO(lines, newline="")))
    return [json.loads(line) for line in lines.splitlines()]


@pytest.mark.parametrize("address", FILES)
def test_three_formats_hold_the_same_rows(browser, address):
    """CSV, JSON Lines and Parquet of one address hold the same columns, and as many rows."""
    held = [rows(browser, f"{address}?q=yhdistys,kunta", format_) for format_ in FORMATS]
    assert len({len(one) for one in held}) == 1
    assert len({tuple(one[0]) for one in held}) == 1
    assert len(held[0]) > 3


def test_file_holds_every_hit(browser):
    """A download of a search holds each page that the search counts, in the order of the results, on one page or ten."""
    everything = rows(browser, "/haku?q=&jarjestys=uusin")
    assert len(everything) == len({row["page"] for row in everything}) == 25
    dates = [row["published"] for row in everything if row["published"]]
    assert dates == sorted(dates, reverse=True)
    assert "docid" not in everything[0]
    narrowed = rows(browser, "/haku?q=yhdistys&region=09")
    assert {row["region"] for row in narrowed} == {"09"}


def test_lines_of_every_text(browser):
    """A download of lines holds every line that the screen shows, whatever page it is on."""
    held = rows(browser, "/kwic?q=järjestö&samat=erikseen")
    shown = browser.tree("/kwic?q=järjestö&samat=erikseen").xpath("//table[@class='kwic']/tbody/tr")
    assert len(held) == len(shown) > 15
    assert len(rows(browser, "/kwic?q=järjestö")) < len(held)


def test_a_page_of_lines_behind_the_last_is_the_last(browser):
    """An old address of a page that there is no longer shows the last one, not that nothing is found."""
    tree = browser.tree("/kwic?q=järjestö&sivu=99")
    assert tree.xpath("//table[@class='kwic']/tbody/tr")
    assert browser.get("/api/kwic?q=järjestö&sivu=99").json()["page"] == 1


def test_name_and_type_of_a_file(browser):
    """A file is named after its search, and its type is that of its format."""
    headers = browser.get("/kwic.csv?q=Kumppanuuspöytä").headers
    assert headers["content-disposition"] == (
        'attachment; filename="jarjestoarkisto-kwic-kumppanuuspoyta.csv"'
    )
    assert headers["content-type"].startswith("text/csv")
    assert browser.get("/haku.parquet").headers["content-type"] == "application/vnd.apache.parquet"
    assert "content-security-policy" in headers
    assert file_name("haku", '"; rm -rf /\r\n' * 30).isprintable()


def test_work_ends_when_the_reader_goes():
    """A download whose reader has gone reads no more, however much there is."""
    read = []

    async def batches():
        for number in range(1000):
            read.append(number)
            yield [(number,)]
            await asyncio.sleep(0)

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        await asyncio.sleep(0)

    request = SimpleNamespace(url_vars={"format": "csv"}, receive=receive)
    download = Download(request, "a", (Column("n", "integer", "a number"),), batches())
    asyncio.run(download.asgi_send(send))
    assert len(read) < 5


@pytest.mark.parametrize("path", ["/haku.csv", "/kwic.jsonl", "/trendit.parquet", "/haku.atom"])
def test_bad_query_is_told_as_a_problem(browser, path):
    """A program that asks what cannot be understood gets status 400 and the reason, not an empty file."""
    response = browser.get(f'{path}?q="auki')
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["problem"] == "quote"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("address", [*FILES, *(f"{path}?q=kumppanuuspöytä,jäsen,yhdistys" for path in FILES)])  # fmt: skip
def test_nothing_hidden_in_any_file(browser, address, format_):
    """No download holds a word of a closed or taken-down page, nor one behind an excerpt."""
    held = str(rows(browser, address, format_)).lower()
    assert not [word for word in (*HIDDEN_WORDS, SNIPPET_TAIL) if word in held]


def test_hidden_words_count_nothing(browser):
    """A trend of hidden words is nothing in every year."""
    for row in rows(browser, f"/trendit?q={','.join(HIDDEN_WORDS[:5])}"):
        assert row["pages"] == 0


def test_research_files_hold_closed_texts(research):
    """In a research edition the same addresses hold what researchers may read; a takedown holds there too."""
    held = str(rows(research, "/haku?q=")).lower()
    assert "kvantsahuri" in held
    assert "zirkonvuokko" not in held
    assert rows(research, f"/kwic?q={SNIPPET_TAIL}")


def with_ids(browser, address):
    """Return an address of the guide with identifiers of the sample: of a page with two texts, and of those."""
    found = browser.get("/published/versions.json?_shape=array&_size=max").json()
    texts = Counter(version["page"] for version in found)
    page = max(texts, key=texts.get)
    old, new = (version["id"] for version in found if version["page"] == page)
    for pattern, value in {
        "/sivu/ID": f"/sivu/{page}",
        "/versio/ID": f"/versio/{new}",
        "vanha=ID": f"vanha={old}",
        "uusi=ID": f"uusi={new}",
        "/sivusto/ID": "/sivusto/kymijoki",
        "/termi/ID": "/termi/kumppanuuspoyta",
    }.items():
        address = address.replace(pattern, value)
    return address


def test_every_address_of_the_guide_answers(browser):
    """Each address that docs/reuse.md gives is there, and each parameter that it explains is read."""
    guide = (ROOT / "docs" / "reuse.md").read_text("utf-8")
    addresses = re.findall(r"`(/[^`]*)`", guide)
    assert len(addresses) > 15
    for address in addresses:
        place = with_ids(browser, address)
        assert browser.get(place).status_code in (200, 302), place  # 302: to the text of a moment
    for parameter in (
        "tapa=sana",
        "county=-",
        "jarjestys=loytynyt",
        "versiot=kaikki",
        "samat=erikseen",
    ):
        assert parameter.partition("=")[0] in guide
        kept = browser.tree(f"/haku?q=a1&{parameter}").xpath("//nav[@class='ways']/a/@href")
        assert all(parameter in href for href in kept)


def test_feed_is_valid_atom(browser):
    """The feed has what RFC 4287 asks for: one id, title and moment each, an author, one alternate link, absolute addresses."""
    content = browser.get("/haku.atom?q=yhdistys&region=09&kieli=sv").content
    root = etree.fromstring(content)
    assert root.tag == f"{ATOM}feed"
    assert not feedparser.parse(content).bozo
    for element in (root, *root.findall(f"{ATOM}entry")):
        for once in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{once}")) == 1
        assert element.findall(f"{ATOM}author/{ATOM}name")
        moment = element.findtext(f"{ATOM}updated")
        assert datetime.fromisoformat(moment).tzinfo
        links = element.findall(f"{ATOM}link")
        assert [link.get("rel") for link in links].count("alternate") == 1
        for link in links:
            assert link.get("href").startswith(("http://", "https://"))
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) > 3
    assert all(one.startswith("urn:uuid:") for one in ids)
    own = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own[0].get("href").endswith("/haku.atom?q=yhdistys&region=09&kieli=sv")


def test_feed_tells_the_newest_first(browser):
    """Entries come by when the archive first saw the text, and lead to our page and to the original."""
    feed = feedparser.parse(browser.get("/haku.atom").content)
    moments = [entry.updated for entry in feed.entries]
    assert moments == sorted(moments, reverse=True)
    first = {link.rel: link.href for link in feed.entries[0].links}
    assert "/versio/" in first["alternate"]
    assert first["via"].startswith("https://kymijoki.example/")
    assert feed.entries[0].summary


@pytest.mark.parametrize("path", ["/haku.atom", "/haku.atom?q=kumppanuuspöytä", "/sitemap.xml"])
def test_nothing_hidden_in_feed_or_sitemap(browser, path):
    """Neither tells of a closed or taken-down page."""
    content = browser.get(path).text.lower()
    assert not [word for word in (*HIDDEN_WORDS, SNIPPET_TAIL) if word in content]
    assert page_id("lukko", "/kvantsahuri-sivu") not in content


def test_text_that_xml_cannot_hold():
    """Control characters of archived titles do not make a feed unreadable."""
    held = text("a\x0bb\x00c\ufffe")
    assert etree.fromstring(f"<a>{held}</a>").text == "abc"


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory):
    """Open a public edition in which a page may be shown in an older version only."""
    sample = publish_sample(tmp_path_factory.mktemp("withdrawn"))
    page = page_id("kymijoki", "/kumppanuuspoyta")
    with closing(sqlite3.connect(sample.published)) as db, db:
        db.execute("UPDATE versions SET access = 'snippet', text = NULL WHERE page = ? AND current", [page])  # fmt: skip
    with Browser(sample.published) as browser:
        yield browser


def paths_of_sitemap(browser):
    """Return the paths of all addresses in the sitemap."""
    root = etree.fromstring(browser.get("/sitemap.xml").content)
    return ["/" + one.text.split("/", 3)[3] for one in root.iter(f"{SITEMAP}loc")]


def test_sitemap_lists_no_page_that_asks_not_to_be_indexed(withdrawn):
    """What the sitemap offers answers itself, without a redirect, and neither its head nor its headers say noindex."""
    paths = paths_of_sitemap(withdrawn)
    assert len(paths) > 20
    for path in paths:
        answer = withdrawn.get(path)
        robots = html.fromstring(answer.content).xpath("//meta[@name='robots']/@content")
        assert (path, answer.status_code, *robots, answer.headers.get("x-robots-tag")) == (path, 200, None)  # fmt: skip


def test_sitemap_lists_pages_that_may_be_shown(browser):
    """Pages of sites of which only excerpts may be shown are not in it."""
    paths = paths_of_sitemap(browser)
    assert f"/sivu/{page_id('kymijoki', '/kumppanuuspoyta')}" in paths
    assert f"/sivu/{page_id('jarviseutu', '/yhteistyo')}" not in paths
    assert "/sivusto/jarviseutu" not in paths
    assert browser.get("/sitemap-2.xml").status_code == 404


def test_large_sitemap_is_divided(browser, monkeypatch):
    """Above the limit the sitemap lists sitemaps, which together hold every page once."""
    whole = set(etree.fromstring(browser.get("/sitemap.xml").content).itertext())
    monkeypatch.setattr("archive.site.signposts.MOST_URLS", 10)
    root = etree.fromstring(browser.get("/sitemap.xml").content)
    assert root.tag == f"{SITEMAP}sitemapindex"
    held = set()
    for address in root.iter(f"{SITEMAP}loc"):
        path = "/" + address.text.split("/", 3)[3]
        held |= set(etree.fromstring(browser.get(path).content).itertext())
    assert held == whole


def test_robots_txt_of_each_edition(browser, research):
    """Crawlers may read the pages of a public edition but not its endless searches; of a research edition nothing."""
    public, closed = (urllib.robotparser.RobotFileParser() for _ in range(2))
    public.parse(browser.get("/robots.txt").text.splitlines())
    closed.parse(research.get("/robots.txt").text.splitlines())
    assert public.can_fetch("x", "/sivu/abc")
    assert public.site_maps()
    for path in ("/haku?q=a", "/kwic", "/trendit?q=a", "/api/search", "/published/versions"):
        assert not public.can_fetch("x", path)
    assert not closed.can_fetch("x", "/sivu/abc")
    assert research.get("/sitemap.xml").status_code == 404


def test_opensearch_describes_the_search(browser):
    """The description names the site and gives templates that lead to results; every page points to it."""
    root = etree.fromstring(browser.get("/opensearch.xml?kieli=en").content)
    assert root.findtext(f"{OPENSEARCH}ShortName") == "Järjestöarkisto"
    assert len(root.findtext(f"{OPENSEARCH}ShortName")) <= 16
    urls = {one.get("type"): one.get("template") for one in root.findall(f"{OPENSEARCH}Url")}
    paths = {kind: "/" + url.split("/", 3)[3] for kind, url in urls.items()}
    filled = paths["text/html"].replace("{searchTerms}", "avustus").replace("{startPage?}", "1")
    assert "avustuksista" in browser.get(filled).text
    feed = browser.get(paths["application/atom+xml"].replace("{searchTerms}", "avustus"))
    assert feedparser.parse(feed.content).entries
    assert browser.tree("/").xpath("//link[@rel='search']/@href") == ["/opensearch.xml"]
