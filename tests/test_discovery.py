"""Where the addresses of a document are found."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from crawler.discovery import contents_of, redirect_lead
from crawler.scope import Lead

BASE = "https://www.jarjestotalo.fi/uutiset/"


def leads(body, content_type="text/html; charset=utf-8", kind="page", url=BASE, link=()):
    """Return the leads of a document."""
    raw = body.encode() if isinstance(body, str) else body
    found = contents_of(url, raw, content_type=content_type, kind=kind, link_headers=link)
    return found.leads


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
        ('<picture><source srcset="/s,1.webp 480w,/s2.webp"></picture>', ["/s,1.webp", "/s2.webp"]),
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
        ('<a rel="prev" href="?sivu=1">x</a>', ["/uutiset/?sivu=1"]),
        ('<link rel="archives" href="/arkisto">', ["/arkisto"]),
        ('<div data-href="/v/1.pdf" data-mfp-src="kuva.html" data-featherlight="image">x</div>', ["/v/1.pdf", "/uutiset/kuva.html"]),
        ('<td onclick="location.href=\'/r.asp?id=1\'">x</td>', ["/r.asp?id=1"]),
        ('<a href="JavaScript:avaaIkkuna(\'/t.pdf\')" onclick="window.open(\'/u.pdf\', \'w\')">x</a>', ["/u.pdf"]),
        ('<a href="javascript:openDoc(\'/t.pdf\')">x</a>', ["/t.pdf"]),
        ('<select onchange="go()"><option value="">Valitse</option><option value="/w">w</option></select>', ["/w"]),
        ('<select name="maakunta"><option value="/ei">x</option></select>', []),
        ('<object><param name="src" value="/x.pdf"></object>', ["/x.pdf"]),
        ('<script type="application/ld+json">{"@graph":[{"@id":"#a","url":"/y","item":{"mainEntityOfPage":"/z"}}]}</script>', ["/y", "/z"]),
        ('<script type="application/ld+json">{"url": rikki</script>', []),
        ('<a href="https://järjestötalo.fi/ä?ö">x</a>', ["https://xn--jrjesttalo-q5a5t.fi/%C3%A4?%C3%B6"]),
        ('<a href="\\\\kenolla\\polku">x</a><a href="//www.jarjestotalo.fi/p2">x</a>', ["https://kenolla/polku", "/p2"]),
        ('<a href="/a b/../c%20d?e f">x</a>', ["/c%20d?e%20f"]),
        ("", []),
        ("<!-- vain huomautus -->", []),
    ],
    ids=[
        "relative", "fragment stays for the canonical form", "white space", "area", "iframe", "frame",
        "object and embed", "srcset", "picture", "canonical", "hreflang", "next", "stylesheet", "oembed",
        "meta refresh", "base", "no addresses", "broken address", "itself and twice", "tag soup",
        "paging by a link", "archives", "lightbox", "onclick", "unknown function", "function that opens",
        "menu that jumps", "menu of a form", "object parameter", "JSON-LD", "broken JSON-LD", "IDN",
        "backslashes and no scheme", "dots and spaces", "empty", "comment only",
    ],
)  # fmt: skip
def test_links_of_a_page(html, found):
    """Every kind of link that a reader or a browser follows, resolved as browsers do."""
    assert sorted(addresses(html)) == sorted(found)


def test_a_feed_named_in_the_head_is_a_feed():
    """It is fetched first and visited daily."""
    html = '<link rel="alternate" type="application/rss+xml" href="/feed/">'
    assert leads(html) == [Lead("https://www.jarjestotalo.fi/feed/", "F", "feed")]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('</a>; rel="canonical", </b>; rel=next', [("/a", "page"), ("/b", "page")]),
        ('</syote>; rel="alternate"; type="application/rss+xml"', [("/syote", "feed")]),
        ('</tyyli.css>; rel=preload; as="style"', []),
        ("rikki", []),
    ],
)
def test_links_of_a_header(header, found):
    """Link headers are read for every kind of document (RFC 8288)."""
    given = leads(b"%PDF-1.4", content_type="application/pdf", link=(header,))
    host = "https://www.jarjestotalo.fi"
    assert [(lead.url.removeprefix(host), lead.kind) for lead in given] == found


@pytest.mark.parametrize("way", ["element", "header"])
def test_wordpress_offers_its_dates(way):
    """Where a page names the REST interface, the first lists of posts and pages are asked for."""
    root = "https://www.jarjestotalo.fi/wp-json/"
    body = f'<link rel="https://api.w.org/" href="{root}">' if way == "element" else ""
    link = (f'<{root}>; rel="https://api.w.org/"',) if way == "header" else ()
    found = leads(body, link=link)
    assert [(lead.hop, lead.kind) for lead in found] == [("F", "rest")] * 2
    assert [lead.url.partition("?")[0] for lead in found] == [
        root + "wp/v2/posts",
        root + "wp/v2/pages",
    ]
    assert all("per_page=100" in lead.url and "modified_gmt" in lead.url for lead in found)


def test_a_list_of_wordpress_leads_to_its_posts_and_on():
    """Each entry is a page with the time of its last change; a full list is followed by the next."""
    url = "https://www.jarjestotalo.fi/wp-json/wp/v2/posts?_fields=link&page=1&per_page=100"
    posts = [
        {"link": f"https://www.jarjestotalo.fi/u{n}", "modified_gmt": "2020-02-18T07:30:00"}
        for n in range(100)
    ]
    found = leads(json.dumps(posts), "application/json", "rest", url)
    assert (found[0].url, found[0].kind) == ("https://www.jarjestotalo.fi/u0", "page")
    assert found[0].changed_at == datetime(2020, 2, 18, 7, 30, tzinfo=UTC)
    assert (found[-1].url, found[-1].kind) == (url.replace("page=1&", "page=2&"), "rest")
    short = leads(json.dumps(posts[:99]), "application/json", "rest", url)
    assert [lead.kind for lead in short] == ["page"] * 99


@pytest.mark.parametrize("body", ['{"code":"rest_forbidden"}', "<html>", "[1, null]", ""])
def test_a_refusal_of_wordpress_leads_nowhere(body):
    """Whatever comes instead of a list is let be."""
    assert leads(body, "application/json", "rest") == []


def test_the_words_of_a_page_tell_whether_it_changed():
    """Scripts, menus and footers do not count; a word of the text does."""

    def digest(token, menu, text):
        page = f"<nav>{menu}</nav><script>{token}</script><p>{text}</p><footer>{token}</footer>"
        mime = "text/html; charset=utf-8"
        return contents_of(BASE, page.encode(), content_type=mime, kind="page").text_digest

    assert digest("1", "a", "Hanke alkaa.") == digest("2", "b", "Hanke alkaa.")
    assert digest("1", "a", "Hanke alkaa.") != digest("1", "a", "Hanke päättyy.")


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


def test_a_page_in_place_of_a_sitemap_is_read_as_a_page():
    """Some sites name a page of links in robots.txt; a soft 404 does no harm."""
    found = leads("<!doctype html><a href='/a'>x</a>", "text/html", "sitemap")
    assert found == [Lead("https://www.jarjestotalo.fi/a", "L", "page")]


@pytest.mark.parametrize("xml", [RSS, ATOM], ids=["RSS", "Atom"])
def test_a_feed_serves_as_a_sitemap(xml):
    """robots.txt may name a feed."""
    assert "/a" in addresses(xml, content_type="application/xml", kind="sitemap")


def test_an_ill_formed_feed_is_read():
    """A bare ampersand, an unclosed element and a wrong content type are common."""
    xml = """<rss version="2.0"><channel><item><title>A & B</title><link>https://www.jarjestotalo.fi/a?x=1&y=2</link>
    <pubDate>Tue, 18 Feb 2020 09:30:00 +0200</pubDate></item><item><title>Kesken<link>/b</link></item>"""
    found = leads(xml, "text/html", "feed")
    assert found[0].url == "https://www.jarjestotalo.fi/a?x=1&y=2"
    assert found[0].changed_at == datetime(2020, 2, 18, 7, 30, tzinfo=UTC)


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
