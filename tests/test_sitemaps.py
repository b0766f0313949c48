"""Sitemaps as they are found in the wild."""

import gzip

import pytest

from crawler.sitemaps import MAX_ENTRIES, Entry, entries, unpacked

HOST = "https://www.jarjestotalo.fi"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
A = Entry(f"{HOST}/a", lastmod="2020-02-18")
URL_A = f"<url><loc>{HOST}/a</loc><lastmod>2020-02-18</lastmod></url>"

FORMS = {
    "plain": f"{HEAD}<urlset {NAMESPACE}>{URL_A}</urlset>",
    "no namespace": f"<urlset>{URL_A}</urlset>",
    "prefixed": f'<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url><s:loc>{HOST}/a</s:loc>'
    "<s:lastmod>2020-02-18</s:lastmod></s:url></s:urlset>",
    "white space and comments": f"\n\n{HEAD}<!-- Yoast --><urlset {NAMESPACE}> <url> <loc>\n {HOST}/a \n</loc>"
    "<lastmod> 2020-02-18 </lastmod></url></urlset>",
    "byte order mark": f"\ufeff{HEAD}<urlset {NAMESPACE}>{URL_A}</urlset>",
    "words before it": f"Warning: include failed on line 3\n{HEAD}<urlset {NAMESPACE}>{URL_A}</urlset>",
    "CDATA": f"<urlset><url><loc><![CDATA[{HOST}/a]]></loc><lastmod>2020-02-18</lastmod></url></urlset>",
    "images and video": f'<urlset {NAMESPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ' xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"><url>'
    f"<image:image><image:loc>{HOST}/kuva.jpg</image:loc></image:image>"
    f"<video:video><video:player_loc>{HOST}/soitin</video:player_loc></video:video>"
    f"<loc>{HOST}/a</loc><lastmod>2020-02-18</lastmod></url></urlset>",
    "news": f'<urlset {NAMESPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    f"<loc>{HOST}/a</loc><lastmod>2020-02-18</lastmod><news:news>"
    "<news:publication_date>2019-01-01</news:publication_date></news:news></url></urlset>",
    "cut off": f"{HEAD}<urlset {NAMESPACE}>{URL_A}<url><loc>{HOST}/ke",
    "no root": f"{URL_A}",
    "wrong end": f"<urlset>{URL_A}</urlset></body></html>",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_forms_of_xml(text, pack):
    """Whatever its dress, the same address and the same date come out."""
    found = list(entries(unpacked(pack(text.encode()))))
    assert found[0] == A
    assert len(found) <= 2, "a page that was cut off may come, an image may not"


def test_utf_16_is_read():
    """Some Windows programs write it so."""
    xml = f'<?xml version="1.0" encoding="UTF-16"?><urlset>{URL_A}</urlset>'
    assert list(entries(xml.encode("utf-16"))) == [A]


def test_bare_ampersands_and_relative_addresses():
    """They are kept as they stand; the reader resolves them."""
    xml = "<urlset><url><loc>/sivu?a=1&b=2&amp;c=3</loc></url></urlset>"
    assert list(entries(xml.encode())) == [Entry("/sivu?a=1&b=2&c=3")]


def test_an_index():
    """Its entries are sitemaps, with their dates."""
    xml = f"<sitemapindex {NAMESPACE}><sitemap><loc>{HOST}/1.xml.gz</loc><lastmod>2020</lastmod></sitemap></sitemapindex>"
    assert list(entries(xml.encode())) == [Entry(f"{HOST}/1.xml.gz", True, "2020")]


def test_plain_text():
    """A line an address; other lines are passed over (sitemaps.org, "Text file")."""
    text = f"\ufeff{HOST}/a\r\n\n# huomautus\n  {HOST}/b  \nftp://x.fi/\n"
    assert list(entries(text.encode())) == [Entry(f"{HOST}/a"), Entry(f"{HOST}/b")]


def test_other_languages_of_a_page():
    """Links with hreflang inside an entry are pages too."""
    xml = (
        f'<urlset {NAMESPACE} xmlns:xhtml="http://www.w3.org/1999/xhtml"><url><loc>{HOST}/a</loc>'
        f'<xhtml:link rel="alternate" hreflang="sv" href="{HOST}/sv/a"/></url></urlset>'
    )
    assert [entry.location for entry in entries(xml.encode())] == [f"{HOST}/a", f"{HOST}/sv/a"]


@pytest.mark.parametrize("date", ["eilen", "", "2020-02-18" * 9], ids=["word", "empty", "endless"])
def test_what_is_no_date_is_not_known(date):
    """The address counts all the same."""
    xml = f"<urlset><url><loc>{HOST}/a</loc><lastmod>{date}</lastmod></url></urlset>"
    assert list(entries(xml.encode())) == [Entry(f"{HOST}/a")]


def test_entries_end_at_the_protocol_s_limit():
    """A sitemap without end costs no more than an honest one."""
    xml = "<urlset>" + "<url><loc>/a</loc></url>" * (MAX_ENTRIES + 10) + "</urlset>"
    assert sum(1 for _ in entries(xml.encode())) == MAX_ENTRIES


def test_a_bomb_of_entities_stays_small():
    """Entities are not expanded."""
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{layers}]><urlset><url><loc>{HOST}/&e9;</loc></url></urlset>'
    assert all(len(entry.location) < 1000 for entry in entries(xml.encode()))
