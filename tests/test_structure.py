"""Markdown says the same as the text, with its structure; twins in other languages are linked where both sides agree."""

import io
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest

from archive.extraction import extract_payload
from archive.extraction.markdown import Structure, as_markdown
from archive.ingest import ingest
from archive.registry import general_rules
from archive.schema import open_archive
from archive.versions import extract
from tests.registries import CONFIG, small_registry
from tests.warcs import WarcMaker

FILES = Path(__file__).parent / "fixtures" / "attachments" / "files"
RULES = general_rules(CONFIG)
PROSE = "Järjestöjen ja kuntien yhteinen pöytä kokoontuu neljä kertaa vuodessa ja kirjaa päätöksensä julkiseen muistioon."


def page(body, head="", title="Pöytä kokoontuu"):
    """Return a page around a body."""
    return f"<html lang='fi'><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def read(body, head=""):
    """Extract a page."""
    return extract_payload(
        page(body, head),
        url="https://yhdistys.example/fi/poyta",
        content_type="text/html; charset=utf-8",
        captured=datetime(2024, 1, 1, tzinfo=UTC),
        rules=RULES,
    )


BODY = f"""<main><h1>Pöytä kokoontuu</h1><p>{PROSE}</p><h3>Ohjelma</h3><ul><li>Kahvit ja *tervetuloa*</li><li>Puheenvuorot</li></ul>
<p>{PROSE} Loput sovitaan paikalla.</p><h3>Kunnat</h3><table><tr><th>Kunta</th><th>Jäseniä</th></tr><tr><td>Kotka</td><td>17</td></tr></table>
<p>1. Tämä ei ole lista vaan kappale, joka alkaa numerolla ja jatkuu pitkään.</p></main>"""


def test_headings_lists_and_tables_are_kept():
    """The Markdown has the structure of the page, and signs that mean something are escaped."""
    found = read(BODY)
    assert found.markdown == (
        f"{PROSE}\n\n## Ohjelma\n\n- Kahvit ja \\*tervetuloa\\*\n- Puheenvuorot\n\n"
        f"{PROSE} Loput sovitaan paikalla.\n\n## Kunnat\n\n| Kunta | Jäseniä |\n|---|---|\n| Kotka | 17 |\n\n"
        "1\\. Tämä ei ole lista vaan kappale, joka alkaa numerolla ja jatkuu pitkään."
    )


def test_markdown_says_what_the_text_says():
    """Word for word the same: structure adds no text and takes none away."""
    found = read(BODY)
    assert re.findall(r"\w+", found.markdown) == re.findall(r"\w+", found.text)


def test_text_without_structure_has_no_markdown():
    """A page of paragraphs is its own Markdown."""
    assert (
        read(
            f"<main><h1>Pöytä kokoontuu</h1><p>{PROSE}</p><p>{PROSE} Tervetuloa.</p></main>"
        ).markdown
        is None
    )


@pytest.mark.parametrize(
    "line", ["# ei otsikko", "- ei lista", "> ei lainaus", "3) ei lista", "<b>ei lihava</b>"]
)
def test_signs_at_the_start_of_a_line_mean_nothing(line):
    """A paragraph that begins like Markdown is still a paragraph."""
    written = as_markdown(f"Otsikko\n{line}", Structure({"otsikko": 2}, {}, frozenset()))
    assert re.match(r"\d?\\", written.split("\n\n")[1])


def test_other_languages_of_a_page():
    """Hreflang and language links are found; the page itself, x-default and other sites are not."""
    head = (
        "<link rel='alternate' hreflang='sv-FI' href='/sv/bord'><link rel='alternate' hreflang='fi' href='/fi/poyta'>"
        "<link rel='alternate' hreflang='x-default' href='/'>"
    )
    body = f"<nav><a href='/en/table'>In English</a><a href='https://muu.example/sv'>Svenska</a></nav><main><h1>Pöytä kokoontuu</h1><p>{PROSE}</p></main>"
    assert [(one.language, one.url, one.source) for one in read(body, head).translations] == [
        ("sv", "https://yhdistys.example/sv/bord", "hreflang"),
        ("en", "https://yhdistys.example/en/table", "switch"),
    ]


def test_switch_counts_where_the_other_page_leads_back(tmp_path):
    """Two pages that lead to each other are twins; a switch that leads to a front page is none."""
    registry = small_registry(tmp_path / "config")
    pairs = {"/fi/poyta": "/sv/bord", "/sv/bord": "/fi/poyta", "/fi/muu": "/sv/", "/sv/": "/fi/"}
    with closing(WarcMaker(tmp_path / "data" / "warc" / "JA-1.warc.gz")) as warc:
        for path, other in pairs.items():
            word = "På svenska" if path.startswith("/fi") else "Suomeksi"
            body = f"<a href='{other}'>{word}</a><main><h1>Sivu {path}</h1><p>{PROSE} {path}</p></main>"
            warc.response(f"https://kyt.fi{path}", page(body, title=path))
    db = open_archive(tmp_path / "data" / "archive.db")
    ingest(db, registry, tmp_path / "data")
    extract(db, registry, tmp_path / "data", processes=1)
    rows = db.execute(
        "SELECT versions.url, pages.url, twins.language FROM twins JOIN versions ON versions.id = version"
        " JOIN pages ON pages.id = twins.page ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("https://kyt.fi/fi/poyta", "https://kyt.fi/sv/bord", "sv"),
        ("https://kyt.fi/sv/bord", "https://kyt.fi/fi/poyta", "fi"),
    ]


OFFICE = {
    "muistio.docx": "## Kumppanuuspöydän muistio\n\nAika: tiistai 9.3.2021 klo 9.00–11.00",
    "muistio.odt": "### 1\\. Avaus\n\nPuheenjohtaja avasi",
    "diat.pptx": "\f## Miksi yhteistyötä\n\nJärjestöt tavoittavat",
    "diat.odp": "\f## Miksi yhteistyötä\n\nJärjestöt tavoittavat",
    "laskelma.xlsx": "## Avustukset\n\n| Kunta | Hakijoita | Saajia | Summa |\n|---|---|---|---|\n| Kotka |",
    "laskelma.ods": "## Avustukset\n\n| Kunta | Hakijoita | Saajia | Summa |\n|---|---|---|---|\n| Kotka |",
    "avustukset.docx": "| Tupayhdistys ry | Avoin olohuone | 12000 | 8000 |",
}


@pytest.mark.parametrize("name", OFFICE)
def test_office_files_keep_their_structure(name):
    """Headings, slides and tables of office files are Markdown too, word for word the same as the text."""
    file = FILES / name
    found = extract_payload(file.read_bytes(), url=f"https://a.example/{name}", content_type=None, captured=datetime(2024, 1, 1, tzinfo=UTC))  # fmt: skip
    assert OFFICE[name] in found.markdown
    assert re.findall(r"\w+", found.markdown) == re.findall(r"\w+", found.text)


def test_lists_of_word_and_open_document_files():
    """Items are marked by their kind, numbered or not."""
    document = docx.Document()
    for style in ("List Bullet", "List Number", "Normal"):
        document.add_paragraph(f"Kohta tyylissä {style}", style=style)
    held = io.BytesIO()
    document.save(held)
    found = extract_payload(held.getvalue(), url="https://a.example/x", content_type=None, captured=datetime(2024, 1, 1, tzinfo=UTC))  # fmt: skip
    assert found.markdown.split("\n")[0] == "- Kohta tyylissä List Bullet"
    assert "1. Kohta tyylissä List Number" in found.markdown
    assert found.markdown.endswith("\n\nKohta tyylissä Normal")
