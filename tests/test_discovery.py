"""Where the addresses of a document are found."""

import gzip

import pytest

from crawler.discovery import leads_of, redirect_lead
from crawler.scope import Lead

BASE = "https://www.jarjestotalo.fi/uutiset/"


def leads(body, content_type="text/html; charset=utf-8", kind="page", url=BASE):
    """Return the leads of a document."""
    raw = body.encode() if isinstance(body, str) else body
    return leads_of(url, raw, content_type=content_type, kind=kind)


def addresses(body, **options):
    """Return the addresses of the leads, without the host."""
    return [lead.url.removeprefix("https://www.jarjestotalo.fi") for lead in leads(body, **options)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="a.html">x</a>', ["/uutiset/a.html"]),
        ("<a href='/b#kohta'>x</a>", ["/b#kohta"]),
        ("<a href=' \n/c\n'>x</a>", ["/c"]),
        ('<map><area href="/d"></map>', ["/d"]),
        ('<iframe src="/e"></iframe>', ["/e"]),
        ('<frameset><frame src="/f"></frameset>', ["/f"]),
        ('<object data="/g.pdf"></object><embed src="/h.pdf">', ["/h.pdf", "/g.pdf"]),
        ('<img srcset="/i-1.png 1x, /i-2.png 2x">', ["/i-1.png", "/i-2.png"]),
        ('<link rel="canonical" href="/j">', ["/j"]),
        ('<link rel="alternate" hreflang="sv" href="/sv/k">', ["/sv/k"]),
        ('<link rel="next" href="?sivu=2">', ["/uutiset/?sivu=2"]),
        ('<link rel="stylesheet" href="/tyyli">', []),
        ('<link rel="alternate" type="application/json+oembed" href="/oembed">', []),
        ('<meta http-equiv="refresh" content="0; URL=\'/l\'">', ["/l"]),
        ('<base href="/juuri/"><a href="m">x</a>', ["/juuri/m"]),
        ('<a href="mailto:a@b.fi">x</a><a href="javascript:void(0)">x</a><a href="tel:1">x</a>', []),
        ('<a href="http://[rikki">x</a><a href="/n">x</a>', ["/n"]),
        ('<a href="">tämä</a><a href="/o">x</a><a href="/o">x</a>', ["/o"]),
        ('<A HREF="/p">x</A', ["/p"]),
        ("", []),
        ("<!-- vain huomautus -->", []),
    ],
    ids=[
        "relative", "fragment stays for the canonical form", "white space", "area", "iframe", "frame",
        "object and embed", "srcset", "canonical", "hreflang", "next", "stylesheet", "oembed",
        "meta refresh", "base", "no addresses", "broken address", "itself and twice", "tag soup",
        "empty", "comment only",
    ],
)  # fmt: skip
def test_links_of_a_page(html, found):
    """Every kind of link that a reader or a browser follows, resolved as browsers do."""
    assert sorted(addresses(html)) == sorted(found)


def test_a_feed_named_in_the_head_is_a_feed():
    """It is fetched first and visited daily."""
    html = '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    assert leads(html) == [Lead("https://www.jarjestotalo.fi/feed/", "F", "feed")]


def test_an_address_in_latin_1_is_read_by_the_page_s_own_letters():
    """A page in latin-1 names its pages in latin-1."""
    body = '<a href="/jäsenet">x</a>'.encode("latin-1")
    assert addresses(body, content_type="text/html; charset=iso-8859-1") == ["/j%C3%A4senet"]


RSS = """<?xml version="1.0"?><rss version="2.0"><channel><link>https://www.jarjestotalo.fi/</link>
<item><title>A</title><link>https://www.jarjestotalo.fi/a</link>
<enclosure url="https://www.jarjestotalo.fi/a.pdf" type="application/pdf" length="1"/></item>
<item><title>B</title><link>/b</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title>
<link rel="alternate" href="https://www.jarjestotalo.fi/a"/>
<link rel="edit" href="https://www.jarjestotalo.fi/edit"/></entry></feed>"""


@pytest.mark.parametrize(
    ("xml", "found"), [(RSS, ["/a", "/a.pdf", "/b"]), (ATOM, ["/a"])], ids=["RSS", "Atom"]
)
@pytest.mark.parametrize("kind", ["feed", "page"])
def test_entries_of_a_feed(xml, found, kind):
    """Entries and their enclosures are leads, also when the feed was found by a plain link."""
    mime = "application/xml"
    assert addresses(xml, content_type=mime, kind=kind) == found
    assert {lead.hop for lead in leads(xml, content_type=mime, kind=kind)} == {"F"}


SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>https://www.jarjestotalo.fi/a</loc></url>"
    "<url><loc> https://www.jarjestotalo.fi/b?x=1&amp;y=2 </loc><lastmod>2020-02-18</lastmod></url></urlset>"
)
INDEX = (
    '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<sitemap><loc>https://www.jarjestotalo.fi/osa.xml.gz</loc></sitemap></sitemapindex>"
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_pages_of_a_sitemap(pack):
    """Each loc is a lead; a packed file is unpacked."""
    body = pack(SITEMAP.encode())
    assert addresses(body, content_type="application/xml", kind="sitemap") == ["/a", "/b?x=1&y=2"]


def test_an_index_leads_to_sitemaps():
    """Its entries are sitemaps again."""
    found = leads(INDEX, content_type="text/xml", kind="sitemap")
    assert found == [Lead("https://www.jarjestotalo.fi/osa.xml.gz", "M", "sitemap")]


@pytest.mark.parametrize(
    "body",
    [b"", b"\x1f\x8brikki", b"<urlset><url><loc>", b"<html><h1>404</h1></html>"],
    ids=["empty", "broken gzip", "cut", "html instead"],
)
def test_a_broken_sitemap_leads_nowhere(body):
    """It raises nothing."""
    assert leads(body, content_type="application/xml", kind="sitemap") == []


def test_entities_of_a_sitemap_are_not_expanded():
    """A bomb of entities stays small, and no file is read."""
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
        "<urlset><url><loc>https://www.jarjestotalo.fi/&b;&f;</loc></url></urlset>"
    )
    assert all(
        "aaaa" not in url for url in addresses(bomb, content_type="text/xml", kind="sitemap")
    )


@pytest.mark.parametrize("mime", ["application/pdf", "application/json", "image/png"])
def test_other_documents_lead_nowhere(mime):
    """Only pages, feeds and sitemaps are read."""
    assert leads('<a href="/a">x</a>', content_type=mime) == []


def test_a_redirect_keeps_what_was_asked_for():
    """A moved sitemap is a sitemap; a moved seed leads to an ordinary page."""
    assert redirect_lead(BASE, "../kartta.xml", "sitemap") == Lead(
        "https://www.jarjestotalo.fi/kartta.xml", "R", "sitemap"
    )
    assert redirect_lead(BASE, "/", "seed").kind == "page"
    assert redirect_lead(BASE, None, "page") is None
    assert redirect_lead(BASE, "ftp://a.fi/", "page") is None
