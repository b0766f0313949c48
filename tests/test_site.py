"""The web site: every page, in three languages, without a leak and without a script."""

import asyncio
import json
import re
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from archive.errors import PublishError
from archive.publish import publish
from archive.site import labels
from archive.site.addresses import asked
from archive.site.holding import Holding
from archive.site.languages import LANGUAGES, read_po, translator
from archive.site.serving import serve
from benchmarks.servers import served
from tests.asking import Browser, words_of
from tests.sample_archive import HIDDEN_WORDS, NOW, SNIPPET_TAIL, page_id, publish_sample

SITE = Path(labels.__file__).parent
PAGE = page_id("kymijoki", "/kumppanuuspoyta")
SNIPPET = page_id("jarviseutu", "/yhteistyo")
OURS = [
    "/",
    "/haku",
    "/haku?q=avustus",
    "/haku?q=valmistelupöytiin",
    "/haku?q=avustus&region=09&region=08&year=2022",
    "/haku?q=olematonsana",
    '/haku?q="auki',
    "/haku?q=avustus&region=08&year=2022",
    "/kwic",
    "/kwic?q=kumppanuuspöytä&lajittelu=vasen&leveys=160",
    "/kwic?q=yhdistys&region=09&year=2022",
    '/kwic?q="auki',
    "/trendit",
    "/trendit?q=avustus,yhdistys&region=09",
    '/trendit?q="auki',
    f"/sivu/{PAGE}",
    f"/sivu/{SNIPPET}",
    "/sivusto/saimaa",
    "/maakunta/09",
    "/maakunta/11",
    "/termi/kumppanuuspoyta",
    "/termi/jarjestoagentti",
    "/termi/jarjesto20",
    "/sivustot",
    "/maakunnat",
    "/sanasto",
    f"/sivu/{PAGE}/vertailu",
    f"/sivu/{page_id('saimaa', '/muutostuki')}",
    f"/sivu/{page_id('saimaa', '/tiedote')}",
    f"/sivu/{page_id('saimaa', '/opas.pdf')}",
    f"/sivu/{page_id('kusten', '/yhteistyo')}",
    "/sivu/ei-ole",
]
FOUND = "string(//div[@class='summary']/p/strong)"
"""How many a search found."""
TABLES = [
    "/published",
    "/published/versions",
    "/published/versions?_search=yhdistys",
    "/published/versions.json?_shape=array&_size=max",
    "/published/versions.csv?_size=max",
    "/published/pages.json?_shape=array",
    "/published/sites.json?_shape=array",
    "/published/links.json?_shape=array",
    "/published/captures.json?_shape=array",
    "/published/forms.json?_shape=array&_size=max",
    "/published/term_forms.json?_shape=array&_size=max",
    "/published/edition",
]


@pytest.mark.parametrize("path", OURS + TABLES)
def test_nothing_hidden_on_any_page(browser, path):
    """No page, table or download holds a word of a closed or taken-down page."""
    content = browser.get(path).text.lower()
    assert not [word for word in HIDDEN_WORDS if word in content]


@pytest.mark.parametrize(
    "path",
    [
        f"/sivu/{page_id('lukko', '/kvantsahuri-sivu')}",
        f"/sivu/{page_id('kymijoki', '/poistettava')}",
        "/sivusto/lukko",
        "/sivusto/pois",
    ],
)
def test_hidden_pages_do_not_exist(browser, path):
    """A hidden page answers like one that never was."""
    hidden, never = browser.get(path), browser.get("/sivu/ei-ole")
    assert hidden.status_code == never.status_code == 404
    assert words_of(html.fromstring(hidden.content)) == words_of(html.fromstring(never.content))


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_sound_html(browser, path, language):
    """Each page says its language, has one heading of the first rank, labels its fields and needs no script."""
    address = path + ("&" if "?" in path else "?") + f"kieli={language}"
    response = browser.get(address)
    tree = html.fromstring(response.content)
    assert tree.get("lang") == language
    assert len(tree.findall(".//h1")) == 1
    assert tree.xpath("//title/text()")[0].strip()
    assert not tree.xpath("//script | //*[@style] | //style | //*[@onclick]")
    for field in tree.xpath("//input[not(@type='hidden')]"):
        assert field.xpath("ancestor::label") or tree.xpath(f"//label[@for='{field.get('id')}']")
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", OURS)
def test_links_between_our_pages_lead_somewhere(browser, path):
    """Every address on our pages that points into the site answers."""
    for href in set(browser.tree(path).xpath("//a/@href | //link/@href")):
        if href.startswith("/") and not href.startswith("/published"):
            answer = browser.get(href)
            answer = browser.get(answer.headers["location"]) if answer.is_redirect else answer
            assert answer.status_code in (200, 400, 404 if "ei-ole" in href else 200), href


@pytest.mark.parametrize("path", [*OURS, "/published/versions", "/published", "/-/static/app.css"])
def test_security_headers(browser, path):
    """Every answer forbids inline scripts, framing and sniffing."""
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert headers["x-content-type-options"] == "nosniff"
    if not path.startswith(("/published", "/-/")):
        assert "unsafe-inline" not in policy
        assert "script-src" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/published.db",
        "/published?sql=select+1",
        "/published/versions?_where=1=1&_shape=array",
        "/-/databases.json",
        "/-/settings.json",
    ],
)
def test_file_sql_and_machine_are_closed(browser, path):
    """Neither the file nor SQL nor facts about the machine can be had."""
    response = browser.get(path)
    assert response.status_code in (400, 403, 404)
    assert "published.db" not in response.text.replace("/published.db", "")


def test_front_page_counts(browser):
    """The front page says how much there is, and leads to years and regions."""
    said = words_of(browser.tree("/"))
    assert "25 sivua" in said
    assert "5 sivustoa" in said
    assert "2017–2023" in said
    assert browser.tree("/").xpath("//a[@href='/maakunta/09']")
    assert browser.tree("/").xpath("//a[@href='/haku?year=2018']")


@pytest.mark.parametrize("path", ["/", "/maakunnat", "/haku"])
def test_map_holds_every_region(browser, path):
    """All nineteen regions have their own tile; one with pages leads to them by its name and number."""
    tree = browser.tree(path)
    tiles = tree.xpath("//figure[@class='region-map']/svg//rect")
    assert len({(tile.get("x"), tile.get("y")) for tile in tiles}) == len(tiles) == 19
    links = tree.xpath("//figure[@class='region-map']/svg//a")
    assert len(links) > 3
    for link in links:
        name, count = re.fullmatch(r"(.+): (\d+) sivua?", link.get("aria-label")).groups()
        there = words_of(browser.tree(link.get("href")))
        assert name in there
        assert re.search(rf"\b{count} sivua?\b", there)


def test_bars_tell_what_following_finds(browser):
    """Each bar of the years leads to as many pages as it says, on the front page and among results."""
    for path in ("/", "/haku?q=yhdistys"):
        links = browser.tree(path).xpath("//ul[@class='years']//a")
        assert len(links) > 3
        for link in links:
            said = browser.tree(link.get("href")).xpath(FOUND)
            assert link.xpath("string(span[@class='hidden'])").endswith(said)
            assert link.xpath("string(svg/title)").endswith(said)


def test_search_marks_inflected_forms(browser):
    """The hits mark the forms that matched, compounds whole."""
    marks = {mark.text for mark in browser.tree("/haku?q=avustus").findall(".//mark")}
    assert {"avustuksista", "järjestöavustukset", "avustusten"} <= marks


def test_search_count_equals_facet_links(browser):
    """Following a facet gives as many pages as its number says."""
    tree = browser.tree("/haku?q=yhdistys")
    links = tree.xpath("//aside//li/a")
    assert len(links) > 8
    for link in links:
        count = int(link.xpath("string(.//span[@class='count'])"))
        narrowed = browser.tree(link.get("href"))
        said = narrowed.xpath(FOUND)
        assert int(said.split()[0]) == count, link.get("href")


def test_same_text_stands_once_among_the_results(browser):
    """Two sites with one text are one hit that names the other site; a link lists them apart."""
    tree = browser.tree("/haku?q=valmistelupöytiin")
    assert "2 sivua" in words_of(tree)
    assert len(tree.xpath("//ol[@class='hits']/li")) == 1
    assert tree.xpath("//details[@class='same']//a[contains(@href, '/sivu/')]")
    apart = tree.xpath("//a[contains(@href, 'samat=erikseen')]/@href")
    assert len(browser.tree(apart[0]).xpath("//ol[@class='hits']/li")) == 2


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ('"auki', 400, "Lainausmerkki jäi auki"),
        ("(kunta", 400, "Sulut eivät täsmää"),
        ("kunta AND", 400, "tarvitsevat sanan"),
        ("a*", 400, "kaksi kirjainta"),
        ("x" * 600, 400, "liian pitkä"),
        ("olematonsana", 200, "Ei osumia"),
        ("!!!", 200, "25 sivua"),
    ],
)
def test_bad_query_is_explained(browser, query, status, said):
    """What cannot be understood is explained in plain words, in the search page."""
    response = browser.get(f"/haku?q={urllib.request.quote(query)}")
    assert response.status_code == status
    assert said in words_of(html.fromstring(response.content))
    assert html.fromstring(response.content).xpath("//input[@id='q']/@value") == [query]


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [
        ("q=valmistelupöytiin", "valmistelupöytiin – 2 sivua – Haku"),
        ("q=yhdistys&region=09&year=2022", "yhdistys – Etelä-Karjala, 2022 – "),
        ("q=%22auki", 'Hakua ei ymmärretty – "auki – Haku'),
    ],
    ids=["found", "narrowed", "refused"],
)
def test_title_tells_what_was_found(browser, asked_for, told):
    """The title, which a screen reader says first, tells what was asked, the narrowing and how much was found."""
    tree = browser.tree(f"/haku?{asked_for}")
    assert tree.xpath("string(//title)").startswith(told)


def test_titles_of_hits_tell_their_language(browser):
    """In the English site a Finnish or Swedish hit is marked as such, title and snippet, so that a voice can change."""
    spoken = set()
    for hit in browser.tree("/haku?q=kumppanuuspöytä OR partnerskapsbord&kieli=en").xpath("//ol[@class='hits']/li"):  # fmt: skip
        title, snippet = hit.xpath("h2/a/@lang"), hit.xpath("p[@class='snippet']/@lang")
        assert title == snippet
        spoken |= set(title)
    assert spoken == {"fi", "sv"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "query",
    ['"auki', "(kunta", "kunta AND", "a*", "x" * 501, "NEAR", "year:2019-13", "site:", "region:mordor"],
)  # fmt: skip
def test_bad_query_is_explained_in_three_languages(browser, language, query):
    """Each problem has its own words in each language, and what was typed stays in the box."""
    response = browser.get(f"/haku?q={urllib.request.quote(query)}&kieli={language}")
    tree = html.fromstring(response.content)
    said = tree.xpath("string(//section[@id='ongelma']/p)").strip()
    assert response.status_code == 400
    assert len(said) > 20
    assert (said in set(labels.PROBLEMS.values())) <= (language == "fi")
    assert tree.xpath("//input[@id='q']/@value") == [query]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_query_is_an_error_page(browser, text):
    """Whatever is typed, the search page answers, and so does the completion."""
    quoted = urllib.request.quote(text)
    assert browser.get(f"/haku?q={quoted}").status_code in (200, 400)
    assert browser.get(f"/haku/ehdotukset?q={quoted}").status_code == 200


def test_slip_is_answered_with_what_was_meant(browser):
    """A word that stands nowhere gets a link to the search for the word that was meant."""
    tree = browser.tree("/haku?q=kumpanuuspöytä+kouvola")
    link = tree.xpath("//p[@class='meant']/a")[0]
    assert link.text_content().lower() == "kumppanuuspöytä kouvola"
    assert browser.tree(link.get("href")).xpath("//ol[@class='hits']/li")
    assert not browser.tree("/haku?q=kumppanuuspöytä").xpath("//p[@class='meant']")


def test_completion(browser):
    """The last word typed is completed, in the form that browsers take from a search engine."""
    response = browser.get("/haku/ehdotukset?q=kouvola+kumpp")
    typed, words = json.loads(response.content)
    assert typed == "kouvola kumpp"
    assert words[0].lower() == "kouvola kumppanuuspöytä"
    assert "suggestions+json" in response.headers["content-type"]


def test_words_are_offered_without_a_script(browser):
    """The search box lists long words that stand in many texts; each finds something."""
    tree = browser.tree("/haku")
    words = tree.xpath("//datalist[@id=//input[@id='q']/@list]/option/@value")
    assert len(words) > 10
    assert "kumppanuuspöytä" in {word.lower() for word in words}
    assert browser.tree(f"/haku?q={words[0]}").xpath("//ol[@class='hits']/li")


def test_both_modes_are_offered(browser):
    """The search form offers compounds and whole words side by side, with the one in use chosen."""
    for address, chosen in (("/haku?q=avustus", ""), ("/haku?q=avustus&tapa=sana", "sana")):
        tree = browser.tree(address)
        assert tree.xpath("//fieldset//input[@name='tapa']/@value") == ["", "sana"]
        assert tree.xpath("//input[@name='tapa'][@checked]/@value") == [chosen]


def test_page_tells_where_it_comes_from(browser):
    """A page shows text, date and how it is known, project, mentions, versions, original and citation."""
    tree = browser.tree(f"/sivu/{PAGE}")
    said = words_of(tree)
    for expected in ("12.3.2018", "sivun metatiedoista", "Kymenlaakso", "Kymijoen yhdistysverkko: hanke", "2017–2020", "maksoi kahvit", "Kumppanuuspöytä"):  # fmt: skip
        assert expected in said
    assert (
        "urn:pwid:jarjestoarkisto:2020-06-01T12:00:00Z:page:https://kymijoki.example/kumppanuuspoyta"
        in said
    )
    assert tree.xpath("//a[@href='https://kymijoki.example/kumppanuuspoyta']")
    older = tree.xpath("//ol[@class='versions']//a[starts-with(@href, '/versio/')]/@href")
    assert len(older) == 1
    assert "Tämä on aiempi versio" in words_of(browser.tree(older[0]))


def test_undated_page_says_so(browser):
    """Where a page tells no date, none is shown."""
    assert "Sivu ei kerro, milloin se on julkaistu" in words_of(
        browser.tree(f"/sivu/{page_id('kymijoki', '/yhteystiedot')}")
    )


def test_snippet_page_shows_an_excerpt_only(browser):
    """Of a snippet page the reader gets the beginning and the way to the original; the search still finds the rest."""
    said = words_of(browser.tree(f"/sivu/{SNIPPET}"))
    assert "Tältä sivustolta näytetään vain ote" in said
    assert SNIPPET_TAIL not in said
    found = words_of(browser.tree(f"/haku?q={SNIPPET_TAIL}"))
    assert "Haettu sana on tekstin osassa, jota ei saa näyttää" in found


def test_datasette_search_finds_inflected_forms(browser):
    """Datasette's own table of versions searches by lemma."""
    rows = browser.get("/published/versions.json?_shape=array&_search=hyvinvointialueilta").json()
    assert "Hyvinvointialueen järjestöavustukset" in {row["title"] for row in rows}
    broken = browser.get("/published/versions.json?_shape=array&_search=%22auki")
    assert broken.json() == []


def test_datasette_tables_have_finnish_titles_and_facets(browser):
    """The table page shows our title, meanings of columns, and facets with names for codes."""
    said = words_of(browser.tree("/published/versions"))
    assert "Tekstit" in said
    assert "year of publication" in said
    assert "Etelä-Karjala" in said
    assert browser.get("/published/versions?_facet_array=programmes").status_code == 200


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "';--",
        "%00",
        "../../etc/passwd",
    ],
)
def test_hostile_text_stays_text(browser, hostile):
    """What is typed comes back as text in every place where it is shown."""
    value = urllib.request.quote(hostile, safe="")
    for path in (
        f"/haku?q={value}&region={value}&sivu={value}&kieli={value}&jarjestys={value}",
        f"/sivu/{value}",
        f"/maakunta/{value}",
        f"/termi/{value}",
    ):
        response = browser.get(path)
        assert response.status_code in (200, 400, 404)
        assert "<script>alert" not in response.text
        assert "<img src=x" not in response.text
        assert "49" not in html.fromstring(response.content).xpath(
            "string(//input[@id='q']/@value)"
        )


def test_hostile_page_stays_text(tmp_path):
    """Mark-up in titles, texts and links of an archived page is shown, not run."""
    sample = publish_sample(tmp_path)
    bad = '<script>alert("x")</script> avustus <mark>'
    with closing(sqlite3.connect(sample.published)) as connection, connection:
        connection.execute(
            "UPDATE versions SET title = ?, text = ?, site_name = ?, organisation = ?", [bad] * 4
        )
    with Browser(sample.published) as browser:
        for path in ("/", "/haku?q=avustus", f"/sivu/{PAGE}", "/sivusto/kymijoki"):
            tree = browser.tree(path)
            assert not tree.xpath("//script")
            assert '<script>alert("x")</script>' in words_of(tree)


def test_new_edition_is_noticed(tmp_path):
    """A running site shows the new edition with the next request, without a restart."""
    sample = publish_sample(tmp_path)
    with Browser(sample.published) as browser:
        assert browser.get("/sivusto/lukko").status_code == 404
        publish(
            sample.archive, sample.published, edition="research", registry=sample.registry, now=NOW
        )
        assert browser.get("/sivusto/lukko").status_code == 200
        assert browser.get("/published/sites.json?_shape=array&id=lukko").json()


def test_file_that_is_no_edition(tmp_path):
    """Serving another database is refused with the verb to run."""
    sqlite3.connect(tmp_path / "x.db").close()
    with pytest.raises(PublishError, match="arkisto publish"):
        serve(tmp_path / "x.db", host="127.0.0.1", port=0)
    with pytest.raises(PublishError, match="does not exist"):
        serve(tmp_path / "y.db", host="127.0.0.1", port=0)


def test_datasette_without_an_edition_is_left_alone(tmp_path):
    """The plug-in changes nothing for other databases in the same environment."""
    from datasette.app import Datasette

    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE t (a)")
    datasette = Datasette([str(tmp_path / "other.db")])
    assert Holding.of(datasette) is None
    loop = asyncio.new_event_loop()
    response = loop.run_until_complete(datasette.client.get("/"))
    assert "content-security-policy" not in response.headers
    assert loop.run_until_complete(datasette.client.get("/other/t")).status_code == 200
    datasette.executor.shutdown()
    for database in datasette.databases.values():
        database.close()
    loop.close()


def messages():
    """Return every text of templates and modules, alone or with its plural."""
    quoted = r'"((?:[^"\\]|\\.)*)"'
    found = set(labels.texts())
    for path in [*SITE.glob("templates/arkisto/*.html"), *SITE.glob("*.py")]:
        text = path.read_text("utf-8")
        found |= set(re.findall(rf"(?:\b_|\bsay|\bself)\({quoted}", text))
        pairs = re.findall(rf"(?:\b_|\bsay)\.count\({quoted},\s*{quoted}", text)
        found |= {f"{one}\0{many}" for one, many in pairs}
    return found


@pytest.mark.parametrize("language", ["sv", "en"])
def test_catalogues_are_complete(language):
    """Every text has a translation with the same places, and no translation is left over."""
    entries = dict(read_po((SITE / "locale" / f"{language}.po").read_text("utf-8")))
    entries.pop("")
    assert set(entries) == messages()
    for key, value in entries.items():
        for one, other in zip(key.split("\0"), value.split("\0"), strict=True):
            assert other
            assert re.findall(r"{\w+}", one) == re.findall(r"{\w+}", other), one


@pytest.mark.parametrize(
    ("language", "value", "said"),
    [
        ("fi", "2020-02-05", "5.2.2020"),
        ("sv", "2020-02", "2/2020"),
        ("en", "2020-02-05", "5 February 2020"),
        ("en", "2020", "2020"),
        ("fi", "2020-02-05T17:00", "5.2.2020"),
        ("fi", None, "ei päiväystä"),
    ],
)
def test_date_is_written_as_long_as_it_is_precise(language, value, said):
    """A month is not made a day, nor a year a month."""
    assert translator(language).date(value) == said


def test_address_of_a_search_is_stable():
    """The order of parameters and clicks makes no new address; what is usual is left out."""
    one = asked({"year": ["2020", "2019"], "q": ["kunta"], "jarjestys": ["paras"], "sivu": ["1"]})
    other = asked({"q": ["kunta"], "year": ["2019", "2020", "2019"]})
    assert one.address == other.address == "/haku?q=kunta&year=2019&year=2020"
    assert asked({}).toggled("region", "09").toggled("region", "09").address == "/haku"


def test_served_over_http(sample):
    """The verb takes a free port, prints its address and answers like a web server."""
    with (
        served(sample.published) as address,
        urllib.request.urlopen(f"{address}/haku?q=avustus", timeout=20) as response,
    ):
        assert response.status == 200
        assert "server" not in {name.lower() for name in response.headers}


def test_page_past_the_end_is_the_last_page(browser):
    """An address of a larger edition of then still shows hits, not that nothing was found."""
    tree = browser.tree("/haku?q=yhdistys&sivu=400")
    assert tree.xpath("//ol[@class='hits']/li")
    assert not tree.xpath("//section[@class='problem']")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("kumppanuus+pöytä", "kumppanuuspöytä"),
        ("jarjesto", "järjestö"),
        ('"samann+pöydän"', '"saman pöydän"'),
        ("kunta+yhdistys", None),
        ("loppu+kaneetti", None),
    ],
)
def test_query_as_it_was_meant_is_offered(browser, asked, meant):
    """Words written apart, without dots or with a slip in a phrase lead on; no word that may not be read does."""
    links = browser.tree(f"/haku?q={asked}").xpath("//p[@class='meant']/a/text()")
    assert [link.lower() for link in links] == ([meant] if meant else [])


def test_what_is_not_all_shown_is_counted(browser, monkeypatch):
    """Where only the first links of a page are shown, it says so and how many there are."""
    address = f"/sivu/{page_id('saimaa', '/avustukset')}"
    assert "ensimmäiset" not in browser.get(address).text
    monkeypatch.setattr("archive.site.pagerecords.MOST_LINKS", 0)
    tree = browser.tree(address)
    assert tree.xpath("//h2[text()='Linkit (1)']")
    assert tree.xpath("//p[text()='Näkyvissä ensimmäiset 0, kaikkiaan 1.']")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("kumpp", "kumppanuuspöytä"),
        ("kunta -kumpp", "kunta -kumppanuuspöytä"),
        ("otsikko:kumpp", "otsikko:kumppanuuspöytä"),
        ("(jarj", "(järj"),
        ("etelä-k", "etelä-k"),
    ],
)
def test_last_word_of_a_query_is_completed(browser, typed, completed):
    """What stands before the last word stays, a minus and a field too."""
    asked, words = browser.get(f"/haku/ehdotukset?q={typed}").json()
    assert asked == typed
    assert words[0].lower().startswith(completed)
