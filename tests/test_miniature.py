"""What the miniature sites promise to those who crawl them."""

import contextlib
import gzip
import http.client
import io
import re
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import docx
import feedparser
import lxml.etree
import lxml.html
import pypdfium2
import pytest

from crawler.miniature import Served, load_sites, serve_sites, sites_folder
from crawler.miniature.pages import read_page
from crawler.miniature.sites import MiniatureSite

SITES = {site.id: site for site in load_sites(sites_folder())}
TRUTH = {
    name: tomllib.loads((site.folder / "truth.toml").read_text(encoding="utf-8"))
    for name, site in SITES.items()
}
PAGES = [
    pytest.param(name, page, id=f"{name} {page['path']} {page.get('states', '')}".strip())
    for name, truth in TRUTH.items()
    for page in truth["pages"]
]
HTML_PAGES = [param for param in PAGES if param.values[1]["type"] != "attachment"]
ATTACHMENTS = [param for param in PAGES if param.values[1]["type"] == "attachment"]
every_site = pytest.mark.parametrize("site", SITES.values(), ids=SITES)


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    """Serve every site for the whole file."""
    with serve_sites(sites_folder()) as served:
        yield served


@pytest.fixture
def served(running):
    """Begin each test in the first state, with no request kept."""
    running.state = 1
    running.requests.clear()
    return running


class Reply:
    """One answer as it came over the wire."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        """Read all of it."""
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def _connect(served: Served, url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    address = served.hosts[parts.hostname]
    if parts.scheme == "http":
        return http.client.HTTPConnection(address, served.http_port)
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(address, served.https_port, context=trust)


def _fetch(served: Served, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connect(served, url)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", target, headers={"Host": parts.hostname, **named})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def _folded(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").split())


def _decoded(site: MiniatureSite, path: str, state: int) -> str:
    """Return a page as its editor meant it, whatever character set it declares."""
    page = next(page for page in site.all_pages(state) if page.path == path)
    return _direct(site, path, state).body.decode(page.encoding)


def _direct(site: MiniatureSite, target: str, state: int = 1):
    scheme, _, host = site.origin.partition("://")
    return site.answer(scheme, host, target, state)


def _visible(html: str) -> str:
    return _folded(lxml.html.fromstring(html).text_content())


def test_the_served_sites_are_enough_and_apart():
    """At least eight sites, each on a loopback address of its own."""
    addresses = [site.address for site in SITES.values()]
    assert len(SITES) >= 8
    assert len(set(addresses)) == len(addresses)
    assert all(address.startswith("127.") for address in addresses)


@pytest.mark.parametrize(("name", "page"), HTML_PAGES)
def test_each_page_of_the_truth_is_served(served, name, page):
    """Every page answers 200 over the wire, with the very bytes that the templates made."""
    served.state = page.get("states", [1])[0]
    reply = _fetch(served, TRUTH[name]["origin"] + page["path"])
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.body == _direct(SITES[name], page["path"], served.state).body


@pytest.mark.parametrize(("name", "page"), HTML_PAGES)
def test_the_truth_is_what_the_templates_render(name, page):
    """The phrases and the title stand in the HTML in every state that the truth names."""
    for state in page.get("states", [1, 2, 3]):
        html = _decoded(SITES[name], page["path"], state)
        text = _visible(html)
        assert [phrase for phrase in page["phrases"] if phrase not in text] == []
        assert page["title"] in text


@pytest.mark.parametrize(("name", "page"), ATTACHMENTS)
def test_attachments_hold_their_phrases(served, name, page):
    """The PDF and DOCX files are real ones whose text can be read."""
    reply = _fetch(served, TRUTH[name]["origin"] + page["path"])
    if page["path"].endswith(".pdf"):
        assert reply.headers["Content-Type"] == "application/pdf"
        with pypdfium2.PdfDocument(reply.body) as document:
            text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    else:
        assert "officedocument.wordprocessingml" in reply.headers["Content-Type"]
        paragraphs = docx.Document(io.BytesIO(reply.body)).paragraphs
        text = " ".join(paragraph.text for paragraph in paragraphs)
    assert [phrase for phrase in page["phrases"] if phrase not in _folded(text)] == []
    assert page["title"] in _folded(text)


@every_site
@pytest.mark.parametrize("state", [1, 2, 3])
def test_the_truth_is_complete(site, state):
    """Every page and file of a site is in its truth, or named as one to leave alone."""
    truth = TRUTH[site.id]
    told = {p["path"] for p in truth["pages"] if state in p.get("states", [1, 2, 3])}
    left_alone = {*truth["never"], *truth.get("outside", [])}
    files = site.folder / "files"
    held = {page.path for page in site.all_pages(state)}
    held |= {"/" + f.relative_to(files).as_posix() for f in files.rglob("*") if f.is_file()}
    assert held - left_alone == told


@every_site
def test_the_truth_says_no_more_than_a_page_tells(site):
    """Types, languages and dates of the truth agree with the fragments."""
    pages = {(page.path, state): page for state in (1, 2, 3) for page in site.all_pages(state)}
    for told in TRUTH[site.id]["pages"]:
        page = pages.get((told["path"], told.get("states", [1])[0]))
        if page is None:
            continue
        assert (told["type"], told["language"]) == (page.type, page.language)
        assert ("published" in told) == ("told" in told)
        for key, moment in (("published", page.published), ("modified", page.changed)):
            if key in told:
                assert told[key] == moment.date().isoformat(), told["path"]


@every_site
def test_dates_stand_where_the_truth_says(site):
    """A date told by the address, the text or the metadata is really there, and nowhere else."""
    for told in TRUTH[site.id]["pages"]:
        if told["type"] != "article":
            continue
        html = _decoded(site, told["path"], told.get("states", [1])[0])
        own = lxml.html.fromstring(html)
        for other in own.xpath("//aside | //*[@id='secondary'] | //*[contains(@class,'related')]"):
            other.drop_tree()
        shown = own.text_content()
        year, month, day = (told.get("published") or told.get("feed_published", "0-0-0")).split("-")
        where = {
            "address": f"/{year}/{month}/{day}/" in told["path"],
            "metadata": f'"datePublished": "{year}-{month}-{day}' in html,
            "text": bool(
                re.search(rf"\b0?{int(day)}\.0?{int(month)}\.{year}", shown)
                or re.search(rf"\b0?{int(day)}(\.|:)? \w+kuun?,? {year}", shown)
                or re.search(rf"\b[a-zä]+ {int(day)}, {year}", shown)
                or f"{month}/{day}/{year}" in shown
            ),
        }
        assert where.get(told.get("told", ""), "feed_published" in told or "uutiskirje" in html)
        if "published" not in told:
            assert not any(where.values()), told["path"]


@every_site
def test_boilerplate_is_added_by_the_templates(site):
    """Each boilerplate string stands in some page as served, in no fragment and in no phrase."""
    truth = TRUTH[site.id]
    served = [_decoded(site, page.path, 1) for page in site.all_pages(1)]
    fragments = [_folded(page.body.striptags()) for page in site.pages]
    phrases = [phrase for page in truth["pages"] for phrase in page["phrases"]]
    for string in truth["boilerplate"]:
        assert any(string in _visible(html) or string in html for html in served), string
        assert not any(string in text for text in (*fragments, *phrases)), string


@every_site
def test_a_crawl_can_find_all(site):
    """Links, sitemaps and feeds lead from the seeds to every page of the truth."""
    facts = tomllib.loads((site.folder / "site.toml").read_text(encoding="utf-8"))
    truth = TRUTH[site.id]
    found = _walk(site, [*facts["seeds"], site.origin + "/robots.txt"])
    told = {
        site.origin + page["path"] for page in truth["pages"] if 1 in page.get("states", [1, 2, 3])
    }
    assert (
        sorted(url for url in told if site.locate(url.removeprefix(site.origin)) not in found) == []
    )


@every_site
def test_what_must_not_be_fetched_is_there_to_be_found(site):
    """The forbidden addresses are linked, so that only obedience keeps a crawler away."""
    found = _walk(site, [site.origin + "/"])
    never = TRUTH[site.id]["never"]
    assert never
    assert {site.locate(path) for path in never} <= found
    rules = re.findall(r"Disallow: (\S+)", _direct(site, "/robots.txt").body.decode())
    assert all(any(path.startswith(rule) for rule in rules) for path in never)


def _walk(site: MiniatureSite, urls: list[str]) -> set:
    """Follow links, sitemaps and feeds inside one site; return the addresses that were met."""
    found: set = set()
    while urls:
        url = urls.pop()
        target = url.removeprefix(site.origin).partition("#")[0]
        address = site.locate(target)
        if not url.startswith(site.origin) or address in found or "?kk=" in url:
            continue
        found.add(address)
        answer = _direct(site, target)
        if answer.location:
            urls.append(urljoin(url, answer.location))
        elif answer.status == 200:
            urls += [urljoin(url, link) for link in _links_of(answer.type or "", answer.body)]
    return found


def _links_of(kind: str, body: bytes) -> list[str]:
    if kind.startswith("text/html"):
        tree = lxml.html.fromstring(body)
        return tree.xpath("//a/@href | //link[@rel='alternate']/@href")
    if kind.startswith("text/plain"):
        return re.findall(r"Sitemap: (\S+)", body.decode())
    if kind == "application/x-gzip":
        return _links_of("application/xml", gzip.decompress(body))
    if kind.startswith("application/xml"):
        return lxml.etree.fromstring(body).xpath("//*[local-name()='loc']/text()")
    if "rss" in kind or "atom" in kind:
        return [entry.link for entry in feedparser.parse(body).entries]
    return []


@every_site
def test_old_addresses_lead_on(served, site):
    """Every redirect of a site answers 301 and ends at a page."""
    for old in site.facts.get("redirects", {}):
        reply = _fetch(served, site.origin + old)
        assert reply.status == 301
        assert _fetch(served, reply.headers["Location"]).status == 200


@every_site
def test_one_host_and_scheme_is_the_right_one(served, site):
    """The other host names and the other scheme answer 301 to the address of the site."""
    for host in site.hosts:
        for scheme in ("http", "https"):
            url = f"{scheme}://{host}/robots.txt"
            reply = _fetch(served, url)
            if f"{scheme}://{host}" == site.origin:
                assert reply.status == 200
                assert b"User-agent" in reply.body or b"User-Agent" in reply.body
            else:
                assert (reply.status, reply.headers["Location"]) == (
                    301,
                    site.origin + "/robots.txt",
                )


@every_site
def test_machine_readable_files_are_well_formed(site):
    """Feeds parse without complaint and sitemaps are XML; none names a forbidden page."""
    for feed in site.facts.get("feeds", []):
        parsed = feedparser.parse(_direct(site, feed["path"]).body)
        assert not parsed.bozo, parsed.get("bozo_exception")
        assert parsed.entries
    for sitemap in site.facts.get("sitemaps", []):
        answer = _direct(site, sitemap["path"])
        links = _links_of(answer.type, answer.body)
        assert links
        assert not [u for u in links for path in TRUTH[site.id]["never"] if u.endswith(path)]


@pytest.mark.parametrize(
    ("url", "validator"),
    [
        ("https://www.yhdistystori.fi/yhteystiedot/", "ETag"),
        ("https://www.meidanhame.fi/yhteystiedot/", "Last-Modified"),
    ],
    ids=["etag", "last-modified"],
)
def test_an_unchanged_page_is_not_sent_twice(served, url, validator):
    """A client that returns the validator gets 304 without a body."""
    first = _fetch(served, url)
    question = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[validator]
    again = _fetch(served, url, **{question: first.headers[validator]})
    assert (again.status, again.body) == (304, b"")
    assert served.requests[-1].status == 304


def test_a_server_without_validators_sends_everything(served):
    """An old server names no validator and answers 200 whatever it is asked."""
    reply = _fetch(served, "http://soteagentit.fi/", If_None_Match='"x"')
    assert reply.status == 200
    assert "ETag" not in reply.headers
    assert "Last-Modified" not in reply.headers


def test_one_project_page_has_three_states(served):
    """The same address tells of a running, a shortened and a closed project; each with its ETag."""
    url = "https://www.yhdistystori.fi/yhteistyota/ks-vaikuttavat-jarjestot/"
    seen = {}
    for state in (1, 2, 3):
        served.state = state
        seen[state] = _fetch(served, url)
    texts = [reply.body.decode() for reply in seen.values()]
    assert "on käynnissä vuosina 2017–2020" in texts[0]
    assert "avustusta yhdeksän kuukautta" in texts[1]
    assert "hanke on päättynyt" in texts[2]
    assert _fetch(served, url, If_None_Match=seen[1].headers["ETag"]).status == 200


def test_state_two_has_one_more_article(served):
    """What is new in state 2 is on the news list, and 404 before."""
    path = "/2020/06/01/hanke-paattyy-syyskuussa-kerro-mita-jai-kesken/"
    url = "https://www.yhdistystori.fi"
    assert _fetch(served, url + path).status == 404
    served.state = 2
    assert _fetch(served, url + path).status == 200
    assert path.encode() in _fetch(served, url + "/ajankohtaista/").body


def test_what_does_not_exist_says_so_or_not(served):
    """A missing page is 404, except on the site that answers 200 with an apology."""
    assert _fetch(served, "https://www.ihimiset.fi/ei-ole/").status == 404
    soft = _fetch(served, "https://artteli-ry.yhdistysavain.fi/?x175576=1")
    assert _fetch(served, "https://artteli-ry.yhdistysavain.fi/ei-ole/").status == 200
    assert (
        "Hakemaasi sivua ei löytynyt"
        in _fetch(served, "https://artteli-ry.yhdistysavain.fi/ei-ole/").body.decode()
    )
    assert soft.status == 200


def test_the_calendar_never_ends(served):
    """Each month links to the next, without end."""
    url, months = "https://www.ihimiset.fi/tapahtumakalenteri/?kk=2020-05", set()
    for _ in range(30):
        tree = lxml.html.fromstring(_fetch(served, url).body)
        following = tree.xpath("//p[@class='calendar-nav']/a/@href")[-1]
        months.add(following)
        url = urljoin(url, following)
    assert len(months) == 30


def test_parameters_without_meaning_change_nothing(served):
    """Tracking, reply and session parameters lead to the page itself; those of the CMS do not."""
    base = "https://www.yhdistystori.fi/2018/11/14/elinvoimapajat-kiertavat-maakuntaa/"
    plain = _fetch(served, base).body
    for query in ("utm_source=etusivu&utm_medium=nosto", "replytocom=1", "PHPSESSID=0af"):
        assert _fetch(served, f"{base}?{query}").body == plain
    letters = "https://www.yhdistystori.fi/?wysija-page=1&controller=email&action=view&email_id="
    assert _fetch(served, letters + "53").body != _fetch(served, letters + "54").body


@pytest.mark.parametrize(
    ("name", "header", "meta", "encoding"),
    [
        ("historiikki", None, "iso-8859-1", "latin-1"),
        ("jarjestoareena-2011", "utf-8", None, "windows-1252"),
        ("linkit", None, None, "windows-1252"),
    ],
    ids=["latin-1 in a meta", "windows-1252 called utf-8", "nothing declared"],
)
def test_some_pages_lie_about_their_character_set(served, name, header, meta, encoding):
    """The old pages declare what the table says and are written in something else."""
    reply = _fetch(served, f"https://www.kyt.fi/vanhat/{name}.htm")
    assert reply.headers.get_content_charset() == header
    assert (re.findall(rb"charset=([\w-]+)", reply.body) or [b""])[0].decode() == (meta or "")
    assert "ä" in reply.body.decode(encoding)
    with pytest.raises(UnicodeDecodeError):
        reply.body.decode("utf-8")


def test_the_release_stands_on_three_sites(served):
    """One text in three templates, dated differently on one of them."""
    pages = [
        (name, page)
        for name, truth in TRUTH.items()
        for page in truth["pages"]
        if page.get("same_text")
    ]
    bodies = {
        _folded(next(p for p in SITES[name].pages if p.path == page["path"]).body.striptags())
        for name, page in pages
    }
    assert len(pages) == 3
    assert len(bodies) == 1
    assert len({page["published"] for _, page in pages}) == 2
    for _, page in pages:
        assert all(_fetch(served, url).status == 200 for url in page["same_text"])


def test_compressed_and_chunked_as_servers_do(served):
    """Some servers compress for who accepts it, some send in chunks, and both decode to the page."""
    url = "https://kumaja.fi/kumaja-2/"
    plain, packed = _fetch(served, url), _fetch(served, url, Accept_Encoding="gzip")
    assert plain.headers["Transfer-Encoding"] == "chunked"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert (
        "Content-Encoding"
        not in _fetch(served, "http://soteagentit.fi/", Accept_Encoding="gzip").headers
    )


def test_requests_are_recorded_in_order(served):
    """Each request is kept with its host, target, status and a rising moment."""
    before = time.monotonic()
    _fetch(served, "https://www.pirha.fi/jarjestoyhteistyo")
    _fetch(served, "https://pirha.fi/jarjestoyhteistyo?x=1")
    kept = [(r.host, r.method, r.target, r.status) for r in served.requests]
    assert kept == [
        ("www.pirha.fi", "GET", "/jarjestoyhteistyo", 200),
        ("pirha.fi", "GET", "/jarjestoyhteistyo?x=1", 301),
    ]
    assert before <= served.requests[0].at <= served.requests[1].at <= time.monotonic()


def test_one_connection_serves_many_requests(served):
    """A connection is kept alive until the client closes it; HEAD has the headers and no body."""
    connection = _connect(served, "https://www.hyvaks.fi/")
    try:
        lengths = []
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/fi", headers={"Host": "www.hyvaks.fi"})
            response = connection.getresponse()
            lengths.append((response.headers["Content-Length"], len(response.read()) > 0))
        assert len({length for length, _ in lengths}) == 1
        assert [has_body for _, has_body in lengths] == [True, False, True]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: www.muualla.example\r\n\r\n", b"421"),
        (b"POST / HTTP/1.1\r\nHost: soteagentit.fi\r\nContent-Length: 0\r\n\r\n", b"405"),
    ],
    ids=["a host that is not here", "a method that changes things"],
)
def test_what_is_not_served_is_refused(served, request_bytes, status):
    """An unknown host and a method other than GET and HEAD get an error of their own."""
    address = (served.hosts["soteagentit.fi"], served.http_port)
    with socket.create_connection(address, timeout=5) as client:
        client.sendall(request_bytes)
        assert client.recv(100).split(b" ")[1] == status


def test_only_the_named_sites_are_served():
    """A selection serves nothing else, and an unknown name is an error that tells the known ones."""
    with serve_sites(sites_folder(), only=["pirha"]) as served:
        assert set(served.hosts) == {"www.pirha.fi", "pirha.fi"}
    with pytest.raises(ValueError, match=r"no miniature site pirhaa in .*'pirha'"):
        load_sites(sites_folder(), ["pirhaa"])


def test_the_servers_end_with_the_block():
    """After the block the ports are closed, even with a connection left open."""
    with serve_sites(sites_folder(), only=["kyt"]) as served:
        address = (served.hosts["kyt.fi"], served.http_port)
        idle = socket.create_connection(address, timeout=5)
        silent = socket.create_connection((address[0], served.https_port), timeout=5)
        threads = threading.active_count()
    for left_open in (idle, silent):
        with left_open, contextlib.suppress(ConnectionResetError):
            assert left_open.recv(10) == b""
    assert threading.active_count() < threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1)


def test_a_mistyped_front_matter_is_found_at_once(tmp_path):
    """An unknown key of a fragment is an error, not a silent default."""
    fragment = tmp_path / "sivu.html"
    fragment.write_text('+++\npath = "/"\ntitle = "A"\npublised = 2020-01-01\n+++\n<p>x</p>\n')
    with pytest.raises(TypeError, match="publised"):
        read_page(fragment)
