"""Payloads of every kind become texts, and only a PayloadError says that one cannot."""

import io
import time
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib import pdfencrypt
from reportlab.pdfgen import canvas

from archive.errors import PayloadError
from archive.extraction import extract_payload
from archive.extraction.payload import REVISION
from archive.records import Extraction, ExtractionRules
from archive.registry import general_rules
from tests.registries import CONFIG

PAGES = Path(__file__).parent / "fixtures" / "pages"
CAPTURED = datetime(2024, 6, 1, tzinfo=UTC)
RULES = general_rules(CONFIG)
URL = "https://www.rantamaanjarjestot.example/sivu/"
PROSE = (
    "Yhdistysten ja kuntien yhteinen pöytä kokoontuu neljä kertaa vuodessa eri puolilla maakuntaa. "
    * 5
)


def _read(
    payload: bytes | str, content_type: str | None = "text/html; charset=utf-8", **more
) -> Extraction:
    data = payload.encode() if isinstance(payload, str) else payload
    return extract_payload(
        data,
        **{"url": URL, "content_type": content_type, "captured": CAPTURED, "rules": RULES} | more,
    )


def _page(body: str, head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"
    )


def _pdf(encrypt: object = None) -> bytes:
    target = io.BytesIO()
    sheet = canvas.Canvas(target, encrypt=encrypt)
    sheet.drawString(72, 700, "Salainen muistio")
    sheet.save()
    return target.getvalue()


@pytest.mark.parametrize(
    ("payload", "content_type", "words"),
    [
        pytest.param(
            _pdf(pdfencrypt.StandardEncryption("salasana")),
            "application/pdf",
            "encrypted",
            id="locked-pdf",
        ),
        pytest.param(b"%PDF-1.7 katkennut", "application/pdf", "broken", id="broken-pdf"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "image/png", "image/png", id="image"),
        pytest.param(b"PK\x03\x04rikki", "application/zip", "application/zip", id="broken-zip"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "application/msword",
            "not an OLE2 structured",
            id="old-word",
        ),
        pytest.param(b'{"a": 1}', "application/json", "application/json", id="json"),
        pytest.param(b"", None, "an empty body", id="empty"),
    ],
)
def test_payload_without_text_says_what_and_where(payload, content_type, words):
    """The error names the kind of file, the fault and the address."""
    with pytest.raises(PayloadError) as raised:
        _read(payload, content_type)
    assert words in str(raised.value)
    assert URL in str(raised.value)


def test_broken_word_file_is_told_from_a_good_one():
    """A zip file that claims to be a Word file and is not is a PayloadError, not a crash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<rikki")
    with pytest.raises(PayloadError, match="Word file"):
        _read(target.getvalue(), None)


def test_office_file_that_unpacks_to_too_much_is_refused():
    """A file that would unpack to more than any real one is not unpacked."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(501_000_000))
    started = time.process_time()
    with pytest.raises(PayloadError, match="unpack"):
        _read(target.getvalue(), None)
    assert time.process_time() - started < 2


def test_bytes_go_before_the_declared_type():
    """A PDF served as text/html is read as a PDF."""
    assert _read(_pdf(), "text/html").text == "Salainen muistio"


def test_the_record_is_signed_by_what_read_it():
    """Every text names the library, its version and the revision of our own rules."""
    name, version, _, revision = _read(_page(f"<p>{PROSE}</p>")).extractor.split()
    assert (name, revision) == ("trafilatura", REVISION)
    assert version[0].isdigit()


def test_links_are_absolute_unique_and_in_order():
    """Base, relative and repeated links; mail and scripts are none; a picture link takes the words of the next."""
    found = _read(
        _page(
            "<a href='toinen'><img src='x'></a><a href='/eka?b=1#c'>Eka</a><a href='toinen'>Toinen</a>"
            "<a href='mailto:a@b.fi'>P</a><a href='javascript:x()'>J</a><a href='//muu.example/ö'>Muu</a>",
            "<base href='https://x.example/kansio/'>",
        )
    ).links
    assert [(link.url, link.text) for link in found] == [
        ("https://x.example/kansio/toinen", "Toinen"),
        ("https://x.example/eka?b=1#c", "Eka"),
        ("https://muu.example/%C3%B6", "Muu"),
    ]


@pytest.mark.parametrize(
    ("html", "title"),
    [
        pytest.param(
            _page(
                "<h1><a href='/'>Järjestö ry</a></h1><h2>Uutinen päivästä</h2>",
                "<title>Uutinen päivästä | Järjestö ry</title>",
            ),
            "Uutinen päivästä",
            id="site-name-as-h1",
        ),
        pytest.param(
            _page(
                "<h1>Järjestö ry</h1><h2>Uutinen päivästä</h2>",
                "<title>Uutinen päivästä - Järjestö ry</title>",
            ),
            "Uutinen päivästä",
            id="h2-begins-title",
        ),
        pytest.param(
            _page(
                "<p>x</p>",
                "<title>Uutinen päivästä – Järjestö ry</title><meta property='og:site_name' content='Järjestö ry'>",
            ),
            "Uutinen päivästä",
            id="no-heading",
        ),
        pytest.param(
            _page(
                "<p>x</p>",
                "<title>Järjestö ry | Uutinen</title><meta property='og:site_name' content='Järjestö ry'>",
            ),
            "Uutinen",
            id="site-name-first",
        ),
        pytest.param(_page("<p>x</p>"), None, id="none"),
    ],
)
def test_title_is_the_one_that_sources_agree_on(html, title):
    """The name of the site is never the title of a page that has its own."""
    assert _read(html).title == title


@pytest.mark.parametrize(
    ("mark", "day"),
    [
        pytest.param(
            "<time datetime='2022-12-16T09:12:00+02:00'>eilen</time>", "2022-12-16", id="time"
        ),
        pytest.param(
            "<abbr class='published' title='2020-03-03T10:02:11+0200'>x</abbr>",
            "2020-03-03",
            id="abbr",
        ),
        pytest.param("<p class='postmetadata'>ti 3.3.2020</p>", "2020-03-03", id="class"),
        pytest.param("<p>(2.3.2021)</p>", "2021-03-02", id="line-by-title"),
        pytest.param("<p>10.08.2017, 13:20</p>", "2017-08-10", id="line-with-time"),
        pytest.param(
            "<p>Julkaistu Uutiset 3.3.2020, päivitetty 18.5.2020</p>", "2020-03-03", id="two-labels"
        ),
        pytest.param("<p>ke 5.2.2020 klo 17-19 auditoriossa</p>", None, id="event-line"),
        pytest.param("<div class='event-date'>5.2.2020</div>", None, id="event-class"),
        pytest.param("<p>Päivitetty 18.5.2020</p>", None, id="only-modified"),
        pytest.param("<p>Kumppanuuspöydän muistio 22.3.2019 (pdf)</p>", None, id="name-of-a-file"),
        pytest.param(
            "<ul><li><a href='/x'>Kysely avattu</a> 14.9.2022</li></ul>", None, id="linked-row"
        ),
        pytest.param(
            "<time datetime='2020-01-01'>a</time><time datetime='2020-02-02'>b</time>",
            None,
            id="two-times",
        ),
        pytest.param(
            "<p>Julkaistu alun perin 3.3.2019 toisaalla</p>", None, id="published-elsewhere"
        ),
        pytest.param("<div class='site-footer'>Julkaistu 3.3.2019</div>", None, id="footer"),
    ],
)
def test_day_of_publication_in_what_a_reader_sees(mark, day):
    """Marks of publication are read; events, changes, files and sides are not publication."""
    found = _read(
        _page(
            f"<article><h1>Uutinen päivästä</h1>{mark}<p>{PROSE}</p></article>",
            "<title>Uutinen päivästä</title>",
        )
    )
    assert (found.published.value if found.published else None) == day


def test_day_of_the_request_in_a_meta_element_is_no_day_of_publication():
    """Some systems write today into every page."""
    html = _page(f"<h1>Uutinen</h1><p>{PROSE}</p>", "<meta name='date' content='2024-06-01'>")
    assert _read(html).published is None
    assert _read(html, captured=datetime(2024, 7, 1, tzinfo=UTC)).published is not None


def test_rule_of_the_site_gives_the_page_type():
    """A site file's own address pattern goes before every general rule, also for the date."""
    html = _page(f"<h1>Uutinen</h1><p class='pvm'>3.3.2020</p><p>{PROSE}</p>")
    rules = ExtractionRules(page_types=((r"/sivu/", "listing"),))
    assert _read(html).published is not None
    found = _read(html, rules=rules)
    assert (found.page_type, found.published) == ("listing", None)


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<p>" * 3_000 + "pohja", id="paragraphs"),
        pytest.param("<div>" * 50_000 + "pohja", id="divisions"),
        pytest.param("<table><tr><td>" * 3_000 + "pohja", id="tables"),
        pytest.param("<ul><li>" * 3_000 + "pohja", id="lists"),
    ],
)
def test_text_at_the_bottom_of_a_deep_page_is_not_lost(html):
    """What stands thousands of levels deep is read, or its loss is told."""
    found = _read(_page(html))
    assert "pohja" in found.text


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<ul>" + "<li><a href='/a'>x</a></li>" * 20_000 + "</ul>", id="links"),
        pytest.param("<p>" + "<span>sana </span>" * 40_000, id="spans"),
        pytest.param("<table>" + "<tr><td>1</td><td>2</td></tr>" * 10_000, id="rows"),
        pytest.param(f"<h1>x</h1><p>{'A' * 60_000} 1.1.2020</p>", id="one-word"),
        pytest.param("<p>" + "1.1.2020 " * 20_000, id="dates"),
        pytest.param("<p>Julkaistu " * 20_000, id="labels"),
    ],
)
def test_huge_pages_end(html):
    """Twenty thousand of anything are read in seconds of CPU time."""
    started = time.process_time()
    _read(_page(html))
    assert time.process_time() - started < 20


PIECES = st.sampled_from(
    [
        *("<div>", "</div>", "<p>", "<table>", "<tr><td>", "</td>", "<h1>", "</h1>", "</a>"),
        *("<a href='/x'>", "<a href='http://['>", "<time datetime='x'>", "<title>", "</title>"),
        *(
            "<script type='application/ld+json'>",
            '{"@graph":[{"@type":["Event"]},[[]]]}',
            "</script>",
        ),
        *(
            "<meta property='og:title' content='Otsikko'>",
            "<!--",
            "-->",
            "<![CDATA[",
            "&#0;",
            "&shy;",
        ),
        *("Julkaistu 3.3.2020", "Asiasanat", "järjestöt, sote,", "Aika: 3.3.", "Paikka: talo"),
        *("<base href='::'>", "<frameset>", "<svg><title>", "<select>", "<article class='post'>"),
        *("<body class='archive'>", "\x00", "\ud7ff", "𝒳", "\f"),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40))
def test_no_markup_raises(pieces):
    """Any heap of tags gives an extraction."""
    assert isinstance(_read("<html>" + " ".join(pieces)), Extraction)


SAMPLES = sorted(PAGES.glob("*/input.html"))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_damaged_page_raises(data):
    """A real page cut, doubled and written over anywhere gives an extraction or a PayloadError."""
    page = data.draw(st.sampled_from([path for path in SAMPLES if path.stat().st_size < 20_000]))
    payload = bytearray(page.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(payload)))
        payload[at : at + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=8))
    with suppress(PayloadError):
        _read(bytes(payload), None)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["pdf-columns/input.pdf", "docx/input.docx", "pptx/input.pptx"]), st.data())
def test_no_damaged_attachment_raises(name, data):
    """A damaged PDF, Word or PowerPoint file gives a text or a PayloadError."""
    payload = bytearray((PAGES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        payload[data.draw(st.integers(8, len(payload) - 1))] = data.draw(st.integers(0, 255))
    with suppress(PayloadError):
        _read(bytes(payload), None)


def test_the_same_bytes_give_the_same_record():
    """Extraction is pure: a second reading, after others, is equal to the first."""
    payload = (PAGES / "three-languages" / "input.html").read_bytes()
    first = _read(payload)
    for path in SAMPLES[:10]:
        _read(path.read_bytes())
    assert _read(payload) == first
