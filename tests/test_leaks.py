"""No route of the site tells of a page that may not be shown: not its words, not its number, not that it exists.

Every route must stand in the table below, so that a new one cannot be forgotten.
"""

import io
import re

import pyarrow.parquet as pq
import pytest

from archive.site.routes import ROUTES
from tests.sample_archive import (
    CLOSED_WORDS,
    HIDDEN_WORDS,
    SNIPPET_TAIL,
    page_id,
)

PAGE = page_id("kymijoki", "/kumppanuuspoyta")
CLOSED = page_id("lukko", "/kvantsahuri-sivu")
TAKEN_DOWN = page_id("kymijoki", "/poistettava")
FINDS_ALL = "yhdistys OR kumppanuuspöytä OR jäsen OR järjestö OR teksti OR sivu"
"""Words of shown and of hidden pages, so that a hidden one would be among what is found."""
SEARCHES = ("/haku", "/haku.csv", "/haku.jsonl", "/haku.parquet", "/haku.atom", "/kwic", "/kwic.csv",
            "/kwic.jsonl", "/kwic.parquet", "/api/search", "/api/kwic")  # fmt: skip
TRENDS = ("/trendit", "/trendit.csv", "/trendit.jsonl", "/trendit.parquet", "/api/trends")
OTHERS = (
    "/", "/robots.txt", "/sitemap.xml", "/sitemap-1.xml", "/opensearch.xml", "/openapi.json",
    "/haku/ehdotukset?q=ku", f"/sivu/{PAGE}", f"/sivu/{PAGE}/2020", f"/sivu/{PAGE}/vertailu",
    "/sivustot", "/maakunnat", "/sanasto", "/sivusto/kymijoki", "/maakunta/08", "/termi/kumppanuuspoyta",
    "/timemap/link/https://kymijoki.example/kumppanuuspoyta", "/timemap/json/https://kymijoki.example/kumppanuuspoyta",
    "/timegate/https://kymijoki.example/kumppanuuspoyta", "/-/suljettu",
)  # fmt: skip
HIDDEN_PLACES = (
    f"/sivu/{CLOSED}", f"/sivu/{TAKEN_DOWN}", f"/sivu/{CLOSED}/2020", f"/sivu/{CLOSED}/vertailu",
    f"/versio/{CLOSED}", f"/versio/{CLOSED}/viite.bib", f"/api/versions/{CLOSED}", "/sivusto/lukko", "/sivusto/pois",
    f"/arkistointi/{CLOSED}", f"/toisto/{CLOSED}", f"/toisto/wacz/{CLOSED}.wacz",
    "/timemap/link/https://lukko.example/sivu", "/timegate/https://lukko.example/sivu",
)  # fmt: skip
ELSEWHERE = (r"^/toisto/-/$", r"^/toisto/-/(?P<id>.+)$", r"^/-/ruuhka$")
"""Routes that give only files of the player or ask to come again, the same for every archive."""


def said(response):
    """Return what an answer says, in small letters; a table as its rows."""
    if response.content[:4] == b"PAR1":
        return str(pq.read_table(io.BytesIO(response.content)).to_pylist()).lower()
    return response.text.lower()


ASKED = [
    *OTHERS,
    *HIDDEN_PLACES,
    *(f"{path}?q={query}&versiot=kaikki&samat=erikseen&leveys=160" for path in SEARCHES for query in ("", FINDS_ALL)),
    *(f"{path}?q=jäsen,teksti,sivu" for path in TRENDS),
]  # fmt: skip


@pytest.mark.parametrize("path", ASKED)
def test_no_answer_holds_hidden_words(browser, path):
    """Whatever is asked for, no word of a hidden page and none from behind an excerpt comes back."""
    answer = said(browser.get(path))
    assert not [word for word in (*HIDDEN_WORDS, SNIPPET_TAIL) if word in answer]


@pytest.mark.parametrize("word", [*CLOSED_WORDS, "zirkonvuokko"])
@pytest.mark.parametrize("path", [*SEARCHES, *TRENDS, "/haku/ehdotukset"])
def test_hidden_words_are_as_unknown_as_words_that_never_were(browser, path, word):
    """Asked for a hidden word, each route answers to the letter as for a word of the same length that stands nowhere."""
    never = "q" * len(word)
    hidden, unknown = browser.get(f"{path}?q={word}"), browser.get(f"{path}?q={never}")
    assert hidden.status_code == unknown.status_code == 200
    assert without_ids(said(hidden).replace(word, never)) == without_ids(said(unknown))


def without_ids(text):
    """Return a text without identifiers that are made from the question."""
    return re.sub(r"urn:uuid:[0-9a-f-]{36}", "", text)


@pytest.mark.parametrize("word", CLOSED_WORDS)
def test_beginnings_of_hidden_words_find_nothing(browser, word):
    """Neither the beginning of a hidden word nor a slip in it leads to it."""
    for query in (f"{word[:6]}*", word[:-1], f"{word[:5]}x{word[6:]}"):
        assert browser.get(f"/api/search?q={query}").json()["total"] == 0
        assert word not in said(browser.get(f"/haku?q={query}"))
        assert word not in said(browser.get(f"/haku/ehdotukset?q={query}"))


@pytest.mark.parametrize("place", HIDDEN_PLACES)
def test_hidden_places_are_not_there(browser, place):
    """The address of what is hidden answers like one that never was."""
    assert browser.get(place).status_code == 404


@pytest.mark.parametrize("facet", ["site", "region", "year"])
def test_narrowing_to_a_hidden_site_counts_nothing(browser, facet):
    """Neither the site nor the years and regions of hidden pages have more pages than what is shown."""
    everything = browser.get("/api/search").json()
    values = {one["value"]: one["pages"] for one in everything["facets"][facet]}
    assert not {"lukko", "pois"} & set(values)
    for value, count in values.items():
        found = browser.get(f"/api/search?{facet}={value}&samat=erikseen").json()
        assert found["total"] == count


def test_no_route_is_forgotten():
    """Every route of the site is asked by this test, or stands among those that tell of no page."""
    asked = [path.partition("?")[0] for path in ASKED]
    forgotten = [
        pattern
        for pattern, _ in ROUTES
        if pattern not in ELSEWHERE and not any(re.match(pattern, path) for path in asked)
    ]
    assert forgotten == []
