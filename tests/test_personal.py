"""Personal data: every way to write an address is found, nothing else is, and none of it reaches the public edition."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from archive.extraction import extract_payload
from archive.indexing import build_index
from archive.personal import find_personal, masked, without_codes
from archive.publish import publish
from archive.schema import open_archive
from tests.sample_archive import NOW, build_archive


def found(text):
    """Return what is found in a text."""
    return [text[span.start : span.end] for span in find_personal(text)]


@pytest.mark.parametrize(
    "address",
    [
        "ulla.uoti@hamina.example",
        "ulla.uoti(at)hamina.example",
        "matti.malli(a)yhdistys.example",
        "miia.makela (ät) miehikkala.example",
        "anna.ahde[at]pirkka.example",
        "ville.vesa ät pirkka.example",
        "förnamn.efternamn(at)nejden.example",
        "etunimi.sukunimi@iitti.example",
        "etunimi.sukunimi@",
        "maija [at] sote [dot] example",
        "toimisto{at}yhdistys.example",
        "pekka.pouta at yhdistys.example",
        "info@järjestö.example",
        "mikko.malli@posti.example:n",
    ],
)
def test_address_is_found_whole(address):
    """An e-mail address is one span, however it was hidden."""
    assert found(f"Kysy lisää: {address}, niin kerromme.") == [address]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("p. 040 123 4567", "040 123 4567"),
        ("puh: 0501234567.", "0501234567"),
        ("Puh.044 7654321/Maija", "044 7654321"),
        ("044 – 529 8671", "044 – 529 8671"),
        ("+358 50 555 0101", "+358 50 555 0101"),
        ("+358 (0)50 555 0101", "+358 (0)50 555 0101"),
        ("tfn 06-320 0101", "06-320 0101"),
        ("(013) 123 456", "(013) 123 456"),
        ("vaihde 029 512 3456", "029 512 3456"),
        ("gsm 044.123.4567", "044.123.4567"),
        ("+46 70 123 45 67", "+46 70 123 45 67"),
    ],
)
def test_number_is_found_whole(text, number):
    """A phone number is one span, without the words before it."""
    assert found(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "Vuosina 2017-2020, kaudella 08/2017–12/2020 ja 09 2019 – 12 2020",
        "Y-tunnus 0201256-6",
        "Tili FI21 1234 5600 0007 85",
        "Diaarinumero 050/2021/12, raportti 2021-0400-123, § 246",
        "1.1.2021–31.12.2021 klo 09.00–15.00",
        "00100 Helsinki, 02070 Espoo",
        "ISBN 978-952-00-0000-1, ISSN 0355-1234",
        "Laki 410/2015 ja asetus (2020:12)",
        "Tavataan lahella.example ja at home.example",
        "Viitenumero 1234 56789, avustus 15 000 000 euroa",
        "kaudella 05-07 2019, 02 2018 03",
    ],
)
def test_other_numbers_and_names_are_none(text):
    """Years, companies, accounts, records, times, books and laws are nobody's number."""
    assert found(text) == []


def test_mask_hides_and_leaves_the_rest():
    """A masked text differs only where the spans were, and masking it again changes nothing."""
    text = "Päivi, paivi(a)joki.example tai 044 – 529 8671, kertoo."
    assert masked(text) == "Päivi, •••@••• tai •••, kertoo."
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("sign", "-+ABCDEFUVWXY")
def test_identity_code_is_taken_out_whatever_its_century(sign):
    """Every sign of the decree is known, those of 2023 too."""
    assert "052" not in without_codes(f"Hakija 131052{sign}308T, maksettu.")


@pytest.mark.parametrize(
    "text", ["131052-3081", "321052-308T", "A131052-308T9", "2019-131052-308T"]
)
def test_number_that_does_not_check_stays(text):
    """A number with a wrong check character or an impossible day is a record, not a person."""
    assert without_codes(text) == text


def test_identity_codes_leave_no_trace_in_an_extraction():
    """Text, title, Markdown, tags, links and evidence are free of codes, and a warning tells."""
    page = (
        "<html><head><title>Päätös 131052-308T</title></head><body><main><h1>Päätös 131052-308T</h1>"
        "<p>Hakijalle 010594Y9032 myönnetään tukea vertaistoiminnan kuluihin tämän vuoden loppuun.</p>"
        "<p><a href='/x'>Liite 131052-308T</a></p></main></body></html>"
    )
    extraction = extract_payload(
        page.encode(),
        url="https://kunta.example/p",
        content_type="text/html",
        captured=datetime(2024, 1, 1, tzinfo=UTC),
    )
    assert "308T" not in repr(extraction)
    assert "9032" not in repr(extraction)
    assert "identity-code" in extraction.warnings


PLANTED = (
    "Ilta pidetään 5.2.2020 klo 17 paikassa Zorvalan talo, kysy zorva.plantti(at)vuotokoe.example "
    "tai puh. 044 987 6543. Toinen osoite on zorva.toinen@vuotokoe.example:n ja 040-9876543."
)


def _published(tmp_path, edition):
    sample = build_archive(tmp_path)
    db = open_archive(sample.archive)
    with db.conn:
        # on an open and on a snippet-only page, in title, text, link and excerpt
        for url in ("https://kymijoki.example/jarjestoagentit", "https://jarviseutu.example/kylat"):
            (version,) = db.execute("SELECT id FROM versions WHERE url = ?", [url]).fetchone()
            db.execute("UPDATE version_text SET text = ? WHERE version = ?", [PLANTED, version])
            db.execute(
                "UPDATE versions SET title = 'Kysy zorva.otsikko@vuotokoe.example' WHERE id = ?",
                [version],
            )
        db.execute(
            "UPDATE links SET text = 'Soita 050 987 6543 tai zorva.linkki(ät)vuotokoe.example'"
        )
    build_index(db, sample.registry, everything=True)
    db.conn.close()
    publish(sample.archive, sample.published, edition=edition, registry=sample.registry, now=NOW)
    return sample


def test_planted_address_reaches_no_table_and_no_index_of_the_public_edition(tmp_path):
    """Titles, texts, excerpts, events, links and both search indexes hold none of the planted addresses."""
    sample = _published(tmp_path, "public")
    with closing(sqlite3.connect(sample.published)) as connection:
        dump = "\n".join(connection.iterdump())
        words = set()
        for index in ("versions_words", "versions_lemmas"):
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{index}_v USING fts5vocab(main, {index}, row)"
            )
            words |= {word for (word,) in connection.execute(f"SELECT term FROM temp.{index}_v")}
    for part in ("vuotokoe", "plantti", "9876543", "987 6543", "zorva."):
        assert part not in dump
        assert part.encode() not in sample.published.read_bytes()
    assert not [word for word in words if "vuotokoe" in word or "987" in word or "6543" in word]
    assert "•••@•••" in dump


def test_research_edition_keeps_the_text_as_it_was(tmp_path):
    """What is masked for everybody stands in the research edition, where spans say where it is."""
    sample = _published(tmp_path, "research")
    with closing(sqlite3.connect(sample.published)) as connection:
        (held,) = connection.execute(
            "SELECT count(*) FROM versions WHERE text LIKE '%zorva.plantti(at)vuotokoe.example%'"
        ).fetchone()
    with closing(sqlite3.connect(sample.archive)) as connection:
        spans = connection.execute(
            'SELECT DISTINCT kind, start, "end" FROM personal_data ORDER BY start'
        ).fetchall()
    assert held == 2
    assert [(kind, PLANTED[start:end]) for kind, start, end in spans if end <= len(PLANTED)] == [
        ("email", "zorva.plantti(at)vuotokoe.example"),
        ("phone", "044 987 6543"),
        ("email", "zorva.toinen@vuotokoe.example:n"),
        ("phone", "040-9876543"),
    ]
