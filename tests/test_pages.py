"""Records of pages: the text as read, its versions and what changed, its neighbours, its addresses, how to cite it."""

import json
import sqlite3
from contextlib import closing

import pytest
from lxml import html

from archive.site.citation import FORMATS, citation, pwid, robust_link, source_of
from archive.site.differences import MOST_CHARACTERS, compare
from archive.site.languages import translator
from archive.site.layout import laid_out
from archive.site.timeline import timeline
from tests.asking import words_of
from tests.sample_archive import page_id, publish_sample

CHANGED = page_id("kymijoki", "/kumppanuuspoyta")
LISTED = page_id("saimaa", "/muutostuki")
VERSION = {
    "id": "ab12",
    "organisation": "Soihtu & {Kumppanit} ry",
    "site_name": "Soihtu",
    "title": "Näin 100 %\nsovittiin_",
    "url": "https://soihtu.example/a{b}?x=1&y=2",
    "published": "2020-02",
    "first_seen": "2021-03-04T05:06:07+00:00",
    "language": "fi",
}
SOURCE = source_of(VERSION, "https://arkisto.example/sivu/cd34/20210304050607")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Give a public edition in which an earlier one's addresses are remembered and a page has moved."""
    sample = publish_sample(tmp_path_factory.mktemp("pages"))
    with closing(sqlite3.connect(sample.published)) as db, db:
        db.execute("INSERT INTO former VALUES ('entinen', ?, NULL)", [LISTED])
        db.execute("INSERT INTO former VALUES ('entinenversio', ?, '2020-03-01T12:00:00+00:00')", [CHANGED])  # fmt: skip
        db.execute("INSERT INTO pages SELECT 'muuttanut', site, url || '/vanha', urlkey || '/vanha', NULL, first_captured, last_captured, 1, 0, 'moved', id FROM pages WHERE id = ?", [LISTED])  # fmt: skip
        db.executemany(
            "INSERT INTO passages SELECT 'jaettu', id, 0 FROM versions WHERE page = ?",
            [[LISTED], [CHANGED]],
        )
        db.execute("UPDATE captures SET source = 'wayback', provenance = 'vanha-kokoelma.warc.gz' WHERE page = ?", [LISTED])  # fmt: skip
        db.execute("INSERT INTO former_sites VALUES ('saimaan-vesi', 'saimaa')")
    return sample


@pytest.mark.parametrize("path", ["/haku", "/haku.jsonl", "/kwic", "/trendit", "/api/search"])
def test_searches_know_a_site_by_its_former_name(browser, path):
    """An address of a search that names a site as it was called before finds what it found."""
    then, now = (browser.get(f"{path}?q=avustus&site={id_}").text for id_ in ("saimaan-vesi", "saimaa"))  # fmt: skip
    none = browser.get(f"{path}?q=avustus&site=ei-ole").text
    assert then.replace("saimaan-vesi", "saimaa") == now != none


# --- the text and its neighbours


def test_text_keeps_its_lists(browser):
    """Lines that are items of a list are a list."""
    items = browser.tree(f"/sivu/{LISTED}").xpath("//div[@class='text']/ul/li")
    assert len(items) == 2
    assert items[0].text.startswith("Järjestöjen sote-muutostuki auttaa")


def test_layout_joins_rows_of_a_table():
    """Neighbouring rows are one table with as many cells in each row; a page of a PDF is a page."""
    (table,) = laid_out("Kunta | Jäseniä\nKotka\nKouvola | 3 | 4", "tr tr tr")[0]
    assert table.rows == [["Kunta", "Jäseniä", ""], ["Kotka", "", ""], ["Kouvola", "3", "4"]]
    assert [len(blocks) for blocks in laid_out("yksi\n\nkaksi\fkolme", None)] == [2, 1]


def test_date_tells_how_it_is_known(browser):
    """Source, precision and the characters that say so stand beside the text."""
    rows = browser.tree(f"/sivu/{CHANGED}").xpath("//dl/div")
    told = {row.xpath("string(dt)"): row.xpath("string(dd)") for row in rows}
    assert told["Tarkkuus"] == "päivä"
    assert told["Lähde"] == "sivun metatiedoista"
    assert told["Näin siinä lukee"] == "2018-03-12"


@pytest.mark.parametrize(
    ("site", "path", "leads_to", "heading"),
    [
        ("saimaa", "/opas.pdf", ("saimaa", "/avustukset"), "Liitetiedosto, jota tarjoaa sivu"),
        ("saimaa", "/avustukset", ("saimaa", "/opas.pdf"), "Liitteet"),
        ("kusten", "/yhteistyo", ("kusten", "/samarbete"), "Sama teksti muualla"),
        ("saimaa", "/tiedote", ("jarviseutu", "/tiedote"), "Sama teksti muualla"),
        ("saimaa", "/muutostuki", ("kymijoki", "/kumppanuuspoyta"), "Yhteiset kappaleet"),
        ("kymijoki", "/jarjestoagentit", ("saimaa", "/"), "Tänne linkittävät"),
    ],
    ids=["offered-by", "attachment", "twin", "same", "passage", "linked-from"],
)
def test_neighbours_are_linked(browser, site, path, leads_to, heading):
    """A page leads to what is joined with it, and says how."""
    tree = browser.tree(f"/sivu/{page_id(site, path)}")
    assert heading in words_of(tree)
    assert tree.xpath(f"//main//a[@href='/sivu/{page_id(*leads_to)}']")


def test_import_is_named_as_the_origin(browser):
    """A version that others captured says so, with the file that it came from."""
    said = words_of(browser.tree(f"/sivu/{LISTED}"))
    assert "Wayback Machinesta: vanha-kokoelma.warc.gz" in said


# --- versions


def test_comparison_marks_words(browser):
    """What went and what came is marked by elements, by signs and in words that only screen readers say."""
    tree = browser.tree(f"/sivu/{CHANGED}/vertailu")
    assert "ensi kuussa" in "".join(tree.xpath("//del//text()"))
    assert "viranhaltijoita" in "".join(tree.xpath("//ins//text()"))
    assert "poistettu:" in tree.xpath("string(//del[span]/span)")
    assert [one.get("selected") for one in tree.xpath("//select[@id='vanha']/option")] == ["selected", None]  # fmt: skip


def test_comparison_of_any_two(browser):
    """Two versions can be named, also one twice; one of another page is refused."""
    first, second = browser.tree(f"/sivu/{CHANGED}/vertailu").xpath("//select[@id='vanha']/option/@value")  # fmt: skip
    same = browser.tree(f"/sivu/{CHANGED}/vertailu?vanha={second}&uusi={second}")
    assert "Tekstit ovat samat" in words_of(same)
    back = browser.tree(f"/sivu/{CHANGED}/vertailu?vanha={second}&uusi={first}")
    assert "ensi kuussa" in "".join(back.xpath("//ins//text()"))
    assert browser.get(f"/sivu/{LISTED}/vertailu?vanha={first}").status_code == 404


def test_texts_that_may_not_be_shown_are_not_compared(browser):
    """Of a snippet page the comparison tells only that it may not be made."""
    said = words_of(browser.tree(f"/sivu/{page_id('jarviseutu', '/yhteistyo')}/vertailu"))
    assert "ei saa näyttää" in said


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("a\nb", "a\nb", ["same", "same"]),
        ("a", "", ["removed"]),
        ("Kokous pidetään maanantaina.", "Kokous pidetään tiistaina.", ["changed"]),
        ("Kokous.", "Aivan muuta asiaa kerrotaan.", ["removed", "added"]),
        ("yksi kaksi kolme", "nolla\nyksi kaksi neljä", ["added", "changed"]),
    ],
)
def test_compare(old, new, kinds):
    """Equal lines stay, alike lines changed, others went or came; both texts can be read from the parts."""
    changes = compare(old, new)
    assert [change.kind for change in changes] == kinds
    for text, left_out in ((old, "added"), (new, "removed")):
        lines = ["".join(part.text for part in change.parts if part.kind != left_out) for change in changes if change.kind != left_out]  # fmt: skip
        assert "\n".join(lines) == text


def test_long_texts_are_compared_by_lines():
    """Texts of megabytes, all different, are compared within a second or two."""
    old, new = ("\n".join(f"{sign} rivi {n} " * 9 for n in range(4_000)) for sign in "ab")
    assert len(old) > MOST_CHARACTERS
    assert {change.kind for change in compare(old, new)} == {"removed", "added"}


def test_line_of_time_places_versions():
    """Versions lie between the first and the last capture; what was seen once is not too narrow to see."""
    versions = [
        {"id": "b", "first_seen": "2021-01-01T00:00:00+00:00", "last_seen": "2022-01-01T00:00:00+00:00"},
        {"id": "a", "first_seen": "2020-01-01T00:00:00+00:00", "last_seen": "2020-01-01T00:00:00+00:00"},
    ]  # fmt: skip
    line = timeline(versions, [one["first_seen"] for one in versions] + ["2022-01-01T00:00:00+00:00"])  # fmt: skip
    assert [(span.id, span.row) for span in line.spans] == [("a", 0), ("b", 1)]
    assert line.spans[0].width > 1
    assert line.spans[1].start + line.spans[1].width == pytest.approx(100)
    assert [year for year, _ in line.years] == [2021, 2022]
    assert timeline(versions[:1], ["2021-01-01T00:00:00+00:00"]) is None


# --- addresses


@pytest.mark.parametrize(
    ("moment", "older"),
    [("2019", True), ("20200301120000", True), ("202005", True), ("20200601120000", False), ("2026", False)],
)  # fmt: skip
def test_address_of_a_moment(browser, moment, older):
    """It leads to the version that stood then; before the first, to the first."""
    answer = browser.get(f"/sivu/{CHANGED}/{moment}?kieli=sv")
    assert answer.status_code == 302
    assert answer.headers["location"].endswith("?kieli=sv")
    tree = browser.tree(answer.headers["location"])
    assert bool(tree.xpath("//p[@class='banner']")) is older


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/sivu/entinen", f"/sivu/{LISTED}"),
        ("/sivu/entinen?kieli=en", f"/sivu/{LISTED}?kieli=en"),
        ("/sivu/entinen/2020", f"/sivu/{LISTED}/2020"),
        ("/versio/entinenversio", f"/sivu/{CHANGED}/20200301120000"),
        ("/sivusto/saimaan-vesi", "/sivusto/saimaa"),
        ("/sivusto/saimaan-vesi?kieli=en", "/sivusto/saimaa?kieli=en"),
        ("/termi/region%3A09?kieli=sv", "/maakunta/09?kieli=sv"),
    ],
)
def test_former_addresses_lead_on(browser, path, there):
    """An address of an earlier edition leads, for good, to where it is now."""
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, there)


def test_moved_page_says_where_to(browser):
    """A page without a text tells what is known of its address."""
    tree = browser.tree("/sivu/muuttanut")
    assert "Osoite ohjaa nyt muualle." in words_of(tree)
    assert tree.xpath(f"//p[@class='banner']/a[@href='/sivu/{LISTED}']")


# --- references


def test_reference_in_three_languages():
    """The words around names and dates follow the language."""
    said = {one: citation(SOURCE, translator(one)) for one in ("fi", "sv", "en")}
    assert said["fi"].startswith(
        "Soihtu & {Kumppanit} ry (2/2020). Näin 100 % sovittiin_. Soihtu. "
    )
    assert "arkistoitu 4.3.2021" in said["fi"]
    assert "March 2021" in said["en"]
    assert len(set(said.values())) == 3
    assert all(SOURCE.address in one for one in said.values())


def test_bibtex_is_balanced_and_escaped():
    """No text can end a field or begin a command."""
    entry = FORMATS["bib"][0](SOURCE)
    bare = entry.replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")
    assert "Soihtu \\& \\{Kumppanit\\} ry" in entry
    assert "Näin 100 \\% sovittiin\\_" in entry
    assert "https://soihtu.example/a%7Bb%7D?x=1&y=2" in entry
    assert "year = {2020}" in entry


def test_ris_has_one_field_a_line():
    """Each line is a tag and a value, the last one ends the record."""
    lines = FORMATS["ris"][0](SOURCE).split("\r\n")
    assert all(line[2:6] == "  - " for line in lines[:-1])
    assert lines[0] == "TY  - ELEC"
    assert lines[-2] == "ER  - "
    assert "TI  - Näin 100 % sovittiin_" in lines
    assert "DA  - 2020/02//" in lines


def test_csl_tells_dates_as_precisely_as_they_are():
    """A month is not made a day."""
    (item,) = json.loads(FORMATS["json"][0](SOURCE))
    assert item["issued"] == {"date-parts": [[2020, 2]]}
    assert item["accessed"] == {"date-parts": [[2021, 3, 4]]}
    assert item["author"] == [{"literal": VERSION["organisation"]}]
    assert item["note"] == pwid(VERSION["url"], VERSION["first_seen"])


def test_robust_link_names_original_copy_and_day():
    """The link is one element with the attributes of Robust Links, whatever the title holds."""
    link = html.fromstring(robust_link(SOURCE))
    assert link.get("data-originalurl") == VERSION["url"]
    assert link.get("data-versionurl") == SOURCE.address
    assert link.get("data-versiondate") == "2021-03-04"
    assert link.text == "Näin 100 % sovittiin_"


@pytest.mark.parametrize("form", FORMATS)
def test_reference_is_a_download(browser, form):
    """Each format is a file under the version's address, named after it; what is on the page is the same."""
    tree = browser.tree(f"/sivu/{CHANGED}")
    (path,) = tree.xpath(f"//p[@class='downloads']/a[contains(@href, '.{form}')]/@href")
    answer = browser.get(path)
    assert answer.status_code == 200
    assert f".{form}" in answer.headers["content-disposition"]
    assert answer.text.replace("\r", "") in [pre.text_content().replace("\r", "") for pre in tree.xpath("//pre")]  # fmt: skip


def test_permanent_address_is_given_everywhere(browser):
    """Reference, canonical link and robust link say the same address, and it answers."""
    tree = browser.tree(f"/sivu/{CHANGED}")
    (canonical,) = tree.xpath("//link[@rel='canonical']/@href")
    assert canonical in tree.xpath("string(//p[@class='citation'])")
    assert canonical in tree.xpath("//a/@data-versionurl")
    assert browser.get(canonical.removeprefix("http://localhost")).status_code == 302


# --- places


def test_term_tells_where_and_when(browser):
    """A structure's page tells in which regions sentences place it, in which years, and what they say."""
    said = words_of(browser.tree("/termi/kumppanuuspoyta"))
    assert "Missä ja milloin Kymenlaakso 2018" in said
    assert "kutsuttiin koolle Kouvolaan" in said


def test_site_has_a_line_of_time(browser):
    """Beginning and end of its project stand in order with its pages."""
    days = browser.tree("/sivusto/kymijoki").xpath("//ol[@class='moments']//time/@datetime")
    assert days == sorted(days)
    assert {"2017", "2020"} <= set(days)


def test_lists_lead_to_every_place(browser):
    """Every site, every region and every mentioned term can be reached without a search."""
    assert len(browser.tree("/sivustot").xpath("//tbody//th/a")) == 5
    assert len(browser.tree("/maakunnat").xpath("//ul[@class='bars']//a")) == 6
    terms = browser.tree("/sanasto").xpath("//ul[@class='columns']//a/@href")
    assert "/termi/kumppanuuspoyta" in terms
    assert all(browser.get(path).status_code == 200 for path in terms)
