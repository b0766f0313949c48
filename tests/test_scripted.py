"""Which pages look empty without JavaScript, and which only look short."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.extraction import extract_payload
from archive.scripted import SHORT_TEXT, script_sign

FIXTURES = Path(__file__).parent / "fixtures"
CAPTURED = datetime(2024, 6, 1, tzinfo=UTC)


def sign(body, text="", head="", declared="text/html; charset=utf-8"):
    """Return the sign of a page."""
    page = f"<!doctype html><html lang=fi><head><title>Talo</title>{head}</head><body>{body}</body></html>"
    return script_sign(page.encode(), declared, text)


SCRIPT = '<script src="/main.js"></script>'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<div id="root"></div>', "empty root: #root"),
        ('<div id="app"><p>Ladataan…</p></div>', "empty root: #app"),
        ("<app-root></app-root>", "empty root: <app-root>"),
        ('<header>Järjestötalo <a href="/">Etusivu</a></header><div id="__next"></div>', "empty root: #__next"),
        ('<div id="q-app"><svg><title>odota</title></svg></div>', "empty root: #q-app"),
    ],
    ids=["react", "loading", "angular", "with a header", "only a picture"],
)  # fmt: skip
def test_the_empty_root_of_an_application(body, found):
    """A known root that holds next to nothing, whatever stands around it."""
    assert sign(body + SCRIPT) == found


@pytest.mark.parametrize(
    "sentence",
    [
        "Ota JavaScript käyttöön selaimessasi.",
        "Sivusto vaatii JavaScriptin toimiakseen.",
        "Kytke selaimesi JavaScript päälle, ole hyvä.",
        "JavaScript on pois käytöstä.",
        "Selaimesi ei tue JavaScriptiä.",
        "Palvelun käyttö edellyttää JavaScriptiä.",
        "Aktivera JavaScript i din webbläsare.",
        "Webbplatsen kräver JavaScript.",
        "JavaScript måste vara påslaget.",
        "Du behöver slå på JavaScript för att se sidan.",
        "Din webbläsare stöder inte JavaScript.",
        "You need to enable JavaScript to run this app.",
        "This site requires JavaScript.",
        "JavaScript is disabled in your browser.",
        "Please turn on JavaScript and reload the page.",
        "We're sorry but this app doesn't work properly without JavaScript enabled.",
    ],
)
def test_a_page_that_asks_for_javascript(sentence):
    """In Finnish, Swedish and English; inside noscript and outside."""
    for body in (f"<noscript>{sentence}</noscript>", f"<p>{sentence}</p>"):
        found = sign(body + SCRIPT)
        assert found
        assert found.startswith("asks for JavaScript: ")
        assert found.partition(": ")[2].lower() in sentence.lower()


def test_many_scripts_and_nothing_to_see():
    """Three scripts, or a page that is mostly script, and no text."""
    assert sign("<h1>Talo</h1>" + 3 * SCRIPT) == "script-heavy: 3 scripts, 4 characters to see"
    assert sign(f"<p>Hei</p><script>{'x=1;' * 200}</script>").startswith("script-heavy: 1 scripts")


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Yhteystiedot</h1><p>Puh. 014 123 456</p>",
        f"<p>Katso myös JavaScript-kurssi, ota yhteyttä.</p>{SCRIPT}",
        f"<p>Lyhyt uutinen.</p>{SCRIPT}",
        f'<div id="root"><p>{"Järjestöt ja kunta kokoontuivat. " * 3}</p></div>{SCRIPT}',
        f"<ul>{'<li>Kokous keskiviikkona</li>' * 30}</ul><noscript>Ota JavaScript käyttöön</noscript>{SCRIPT}",
        f'<p>Tervetuloa</p><noscript><img src="https://seuranta.example/p.gif"></noscript>{SCRIPT}',
    ],
    ids=["no script", "a course", "a short page", "a filled root", "a long list", "a tracking image"],
)  # fmt: skip
def test_pages_that_are_only_short(body):
    """A page with its text in place is not suspect."""
    assert sign(body) is None


def test_a_page_with_a_text_is_never_suspect():
    """What extraction read decides first."""
    assert sign('<div id="root"></div>' + SCRIPT, text="x" * SHORT_TEXT) is None
    assert sign('<div id="root"></div>' + SCRIPT, text="x" * (SHORT_TEXT - 1))


@pytest.mark.parametrize(
    ("payload", "declared"),
    [
        (b"", None),
        (b"%PDF-1.7 <script src=x></script>", "text/html"),
        (b'{"root": "<script></script>"}', "application/json"),
        (b"<script>", "text/html"),
        (b"\x00\xff<script\xfe" * 40, "text/html"),
        (b"<html>" + b"<div>" * 5000 + b"<script></script>", "text/html; charset=utf-16"),
    ],
    ids=["empty", "PDF", "JSON", "half a script", "noise", "deep"],
)
def test_bodies_of_any_kind_are_answered(payload, declared):
    """Nothing that a server sends stops the reading."""
    assert script_sign(payload, declared, "") in (
        None,
        "script-heavy: 1 scripts, 0 characters to see",
    )


def test_latin_1_pages_are_read_in_their_own_letters():
    """The declared character set counts."""
    page = (
        "<html><body><noscript>JavaScript-stöd krävs: slå på JavaScript</noscript><script></script>"
    )
    found = script_sign(page.encode("latin-1"), "text/html; charset=iso-8859-1", "")
    assert found == "asks for JavaScript: JavaScript-stöd krävs"


def test_no_fixture_page_is_suspect():
    """The pages of the fixtures are written by servers; not one is taken for an application."""
    found = {}
    pages = sorted(FIXTURES.rglob("*.html"))
    for path in pages:
        payload = path.read_bytes()
        read = extract_payload(
            payload, url="https://talo.fi/", content_type="text/html", captured=CAPTURED
        )
        found[path.name] = script_sign(payload, "text/html", read.text)
    assert len(pages) > 100
    assert {name: told for name, told in found.items() if told} == {}
