"""Archived texts are hostile: a thousand of them, in every place of every kind of page, run nothing in a real browser."""

import json
import re
import urllib.request
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import pytest
from lxml import etree

from archive.decode import clean_text
from benchmarks.servers import served
from tests.chromium import chromium
from tests.hostile import hostile_texts
from tests.hostile_site import EVERYTHING, echoes, pages, poison
from tests.sample_archive import publish_sample

NUMBER = 1_000

LIVE = """page => [
  ...page.querySelectorAll('script, iframe:not([src^="/toisto/-/?"]), object, embed, base, style, template, noscript:not(iframe + noscript), marquee, video, audio, math, [popover], [style], [srcdoc]'),
  ...page.querySelectorAll('meta[http-equiv], link[href*=osuma]:not([rel=alternate]), form[action*=osuma], img, svg script'),
  ...[...page.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/.test(a.name))),
  ...[...page.querySelectorAll('[href], [src]')].filter(e => !/^(https?:|[/?#])/.test(e.getAttribute('href') ?? e.getAttribute('src'))),
].map(e => e.outerHTML.slice(0, 200))"""
"""Elements that none of our pages has, or that could run a program."""
OPENED = f"() => ({{live: ({LIVE})(document), ran: typeof window.osuma, main: document.querySelector('main').textContent}})"
PARSED = f"""said => said.map(one => {{
  const page = new DOMParser().parseFromString(one, 'text/html');
  return {{live: ({LIVE})(page), asked: page.querySelector('#q').value}};
}})"""
"""Pages that are read by the browser and not opened."""
OUR_LANGUAGES = ("{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://a9.com/-/spec/opensearch/1.1/}")  # fmt: skip
INERT = re.compile(r"application/(json|problem\+json|link-format|atom\+xml|xml|x-ndjson|vnd\.apache\.parquet|x-bibtex|x-research-info-systems|vnd\.citationstyles\.csl\+json|x-suggestions\+json|opensearchdescription\+xml|wacz)(;|$)|text/(csv|plain)(;|$)")  # fmt: skip


@pytest.fixture(scope="module")
def texts():
    """Give the corpus."""
    return hostile_texts(NUMBER)


@pytest.fixture(scope="module")
def site(tmp_path_factory, texts):
    """Serve an edition in which every text that comes from outside is hostile."""
    sample = publish_sample(tmp_path_factory.mktemp("hostile"))
    poison(sample, texts)
    with served(sample.published) as address:
        yield address, pages(sample.published)


@pytest.fixture(scope="module")
def browser():
    """Open Chromium."""
    with chromium() as browser:
        yield browser


def test_hostile_texts_stay_texts(site, texts, browser):
    """Even without the policy that forbids scripts, nothing runs, nothing is loaded and no element comes to life."""
    address, paths = site
    events, shown = [], {}
    context = browser.new_context(bypass_csp=True)
    context.route("**/toisto/-/**", lambda route: route.abort())  # the player has tests of its own
    page = context.new_page()
    page.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: "/osuma" in request.url.partition("?")[0] and events.append(request.url))  # fmt: skip
    for path in paths:
        page.goto(address + path)
        found = page.evaluate(OPENED)
        assert (path, found["live"], found["ran"]) == (path, [], "undefined")
        assert page.url.startswith(address + path.partition("?")[0])
        kind = path[1:].partition("/")[0].partition("?")[0]
        shown[kind] = f"{shown.get(kind, '')}\n{' '.join(found['main'].split())}"
    assert events == []
    context.close()
    for kind, least in (("versio", 0.95), ("arkistointi", 0.95), ("kwic", 0.2)):
        assert (kind, sum(" ".join(text.split()) in shown[kind] for text in texts) > NUMBER * least) == (kind, True)  # fmt: skip


def test_tables_of_datasette_run_nothing(site, browser):
    """Datasette's own pages of the tables show them as texts too."""
    events = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: "/osuma" in request.url and events.append(request.url))
    for table in ("versions?_size=25", "sites", "links?_size=200", "mementos"):
        page.goto(f"{site[0]}/published/{table}")
        assert page.locator("table.rows-and-columns").count()
        assert page.evaluate("typeof window.osuma") == "undefined"
    assert events == []
    page.close()


def test_what_is_asked_is_repeated_as_text(site, texts, browser):
    """A search for hostile texts, narrowed by them, shows them in its form, its links and its complaint, and nowhere as mark-up.

    Signs that nobody sees are left out.
    """
    addresses, said = zip(*echoes(texts), strict=True)
    page = browser.new_page()
    found = page.evaluate(PARSED, [body(site[0] + address)[1].decode() for address in addresses])
    page.close()
    for address, asked, one in zip(addresses, said, found, strict=True):
        assert (address, one["live"]) == (address, [])
        assert " ".join(one["asked"].split()) == " ".join(clean_text(asked).split())


def body(address):
    """Return the headers and the body of an answer, whatever its status."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return response.headers, response.read()
    except HTTPError as refused:
        return refused.headers, refused.read()


def of_machines(site, texts):
    """Yield the address of each answer for programs, with and without something hostile in it."""
    address, paths = site
    hostile = " ".join(texts[:100])
    for query in (urlencode({"q": EVERYTHING}), urlencode({"q": hostile, "region": hostile})):
        for name in ("/haku", "/kwic", "/trendit"):
            yield from (f"{address}{name}.{form}?{query}" for form in ("csv", "jsonl", "parquet"))
        yield from (f"{address}{path}?{query}" for path in ("/haku.atom", "/haku/ehdotukset", "/api/search", "/api/kwic", "/api/trends"))  # fmt: skip
    version = json.loads(body(f"{address}/api/search?{urlencode({'q': EVERYTHING})}")[1])["hits"][0]["id"]  # fmt: skip
    yield from (f"{address}/versio/{version}/viite.{form}" for form in ("bib", "ris", "json"))
    yield from (f"{address}{path}" for path in ("/openapi.json", "/sitemap.xml", "/opensearch.xml", f"/api/versions/{version}"))  # fmt: skip
    capture = next(path for path in paths if path.startswith("/arkistointi/"))
    links = body(address + capture)[0]["link"]
    yield from re.findall(r'<([^>]+)>; rel="timemap"', links)
    yield f"{address}/api/versions/{quote(hostile, safe='')}"


def test_answers_for_programs_are_no_pages(site, texts):
    """JSON, feeds, lists and files say what they are, forbid guessing, are saved under harmless names, and can be read back."""
    held = ""
    for address in of_machines(site, texts):
        headers, content = body(address)
        where = address[:120]
        assert (where, bool(INERT.match(headers["content-type"]))) == (where, True), headers
        assert headers.get_all("x-content-type-options") == ["nosniff"]
        assert "script-src" not in headers["content-security-policy"]
        if "json" in headers["content-type"] and "ndjson" not in headers["content-type"]:
            held += json.dumps(json.loads(content), ensure_ascii=False)
        if "xml" in headers["content-type"]:
            _is_ours(etree.fromstring(content))
        if re.search(r"\.(csv|jsonl|parquet|bib|ris)\?|viite", address) and "problem" not in headers["content-type"]:  # fmt: skip
            assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+"', headers["content-disposition"])  # fmt: skip
    assert "<script" in held


def _is_ours(root):
    """See that a feed holds elements of its own language only, and leads to web pages only."""
    for element in root.iter():
        assert element.tag.startswith(OUR_LANGUAGES), element.tag
        address = element.get("href") or element.get("template") or "https://"
        assert address.startswith(("http://", "https://")), address


def test_files_hold_hostile_texts_as_they_are(site, texts):
    """A download changes nothing in a text, whatever it looks like."""
    query = urlencode({"q": EVERYTHING})
    rows = [json.loads(line) for line in body(f"{site[0]}/haku.jsonl?{query}")[1].splitlines()]
    lines = {line for row in rows if row["text"] for line in row["text"].split("\n")}
    assert sum(text in lines for text in texts) > NUMBER * 0.5


def test_the_corpus_would_run_if_it_were_let(texts, browser):
    """Written as mark-up, the texts do run: the tests above can fail."""
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    ran = 0
    for start in range(0, 100, 10):
        page.set_content("<p>".join(text for text in texts[start : start + 10] if "location" not in text))  # fmt: skip
        ran += page.evaluate(f"() => ({LIVE})(document)") != []
    page.close()
    assert ran == 10
