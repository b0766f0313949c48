"""Bodies into versions: distinct texts of a page and the intervals in which they were seen."""

import pytest

from archive.duplicates import dedupe
from archive.ingest import ingest
from archive.reading import Body, read_bodies
from archive.schema import open_archive
from archive.versions import extract
from tests.test_ingest import dump, one
from tests.warcs import WarcMaker

SENTENCE = (
    "Maakunnan järjestöt ja kunnat sopivat yhteisen pöydän tavoitteista ja seuraavista askelista. "
)


def page(title: str, text: str, extra: str = "") -> bytes:
    """Return a page with a title and a text long enough to be read."""
    return (
        f'<!doctype html><html lang="fi"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><nav><a href='/'>Etusivu</a></nav><main><article><h1>{title}</h1>"
        f"<p>{text} {SENTENCE * 3}</p><p><a href='https://soste.fi/x'>SOSTE</a> {SENTENCE * 2}</p>"
        f"</article></main>{extra}</body></html>"
    ).encode()


@pytest.fixture
def warc(tmp_path):
    """Begin a WARC file."""
    made = WarcMaker(tmp_path / "data" / "warc" / "JA-1.warc.gz")
    yield made
    made.close()


def build(db, registry, tmp_path, **options):
    """Ingest and extract."""
    ingest(db, registry, tmp_path / "data")
    return extract(db, registry, tmp_path / "data", processes=1, **options)


def test_a_text_that_changes_and_comes_back(tmp_path, db, registry, warc):
    """Two texts are two versions; one that comes back is the first again, and the current one."""
    old, new = page("Pöytä", "Pöytä perustettiin."), page("Pöytä", "Pöytä lopetettiin.")
    for day, body in enumerate([old, new, old], start=1):
        warc.response("https://kyt.fi/poyta", body, at=f"2020-03-0{day}T12:00:00Z")
    build(db, registry, tmp_path)
    rows = list(
        db.query(
            "SELECT first_seen, last_seen, captures, current FROM versions ORDER BY first_seen"
        )
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2020-03-01T12:00:00Z", "2020-03-03T12:00:00Z", 2, 1),
        ("2020-03-02T12:00:00Z", "2020-03-02T12:00:00Z", 1, 0),
    ]


def test_another_menu_is_no_other_version(tmp_path, db, registry, warc):
    """A body that differs outside the text adds to the version; its links are the earliest body's."""
    warc.response("https://kyt.fi/poyta", page("Pöytä", "Sama."), at="2020-03-01T12:00:00Z")
    other = page("Pöytä", "Sama.", "<footer><p>Kävijöitä 7</p></footer>")
    warc.response("https://kyt.fi/poyta", other, at="2020-03-02T12:00:00Z")
    build(db, registry, tmp_path)
    assert db["readings"].count == 2
    version = one(db, "SELECT title, captures, language, words > 30 AS long FROM versions")
    assert version == {"title": "Pöytä", "captures": 2, "language": "fi", "long": 1}
    assert one(db, "SELECT url FROM links WHERE text = 'SOSTE'")["url"] == "https://soste.fi/x"


def test_extracting_twice_changes_nothing(tmp_path, db, registry, warc):
    """The second run reads no body and leaves every row; reading all again gives the same rows."""
    warc.response("https://kyt.fi/poyta", page("Pöytä", "Yksi."))
    warc.response("https://kyt.fi/tyhja", b"<html><body></body></html>")
    build(db, registry, tmp_path)
    before = dump(db)
    assert extract(db, registry, tmp_path / "data", processes=1).bodies == 0
    assert dump(db) == before
    assert extract(db, registry, tmp_path / "data", processes=1, everything=True).bodies == 2
    assert dump(db) == before


def test_an_archive_made_again_is_the_same(tmp_path, db, registry, warc):
    """Captures that came in over several runs give the same rows as all at once, whatever the order."""
    warc.response("https://kyt.fi/poyta", page("Pöytä", "Uusi."), at="2021-03-01T12:00:00Z")
    build(db, registry, tmp_path)
    older = WarcMaker(tmp_path / "data" / "warc" / "AA-1.warc.gz", crawl=None)
    older.response("https://kyt.fi/poyta", page("Pöytä", "Vanha."), at="2019-03-01T12:00:00Z")
    older.response(
        "https://kyt.fi/poyta", page("Pöytä", "Uusi.", "<p>1</p>"), at="2020-03-01T12:00:00Z"
    )
    older.close()
    build(db, registry, tmp_path)
    dedupe(db)
    again = open_archive(tmp_path / "again.db")
    build(again, registry, tmp_path)
    dedupe(again)
    assert dump(again) == dump(db)
    assert again.execute("PRAGMA foreign_key_check").fetchall() == []
    again.close()


def test_a_body_without_text_says_why(tmp_path, db, registry, warc):
    """An empty page has a reading with a reason; a broken PDF is an issue that names the address."""
    warc.response("https://kyt.fi/tyhja", b"<html><body></body></html>")
    warc.response("https://kyt.fi/rikki.pdf", b"%PDF-1.4 rikki", mime="application/pdf")
    report = build(db, registry, tmp_path)
    assert (report.errors, report.versions) == (1, 0)
    errors = {row["error"] for row in db["readings"].rows}
    assert "no text was found" in errors
    assert "https://kyt.fi/rikki.pdf" in one(db, "SELECT message FROM issues")["message"]


def test_a_body_that_ends_its_process(tmp_path):
    """The other bodies are read; the one that cannot be is named."""
    warc = WarcMaker(tmp_path / "JA-1.warc.gz")
    offset = warc.response("https://kyt.fi/1", page("Yksi", "Yksi."))
    warc.close()
    common = {
        "page": "p",
        "payload_digest": "d",
        "capture": "c",
        "site": "kyt",
        "mime": "text/html",
    }
    common |= {"timestamp": "2020-03-01T12:00:00Z", "path": warc.path}
    good = Body(url="https://kyt.fi/1", offset=offset, **common)
    deadly = Body(url="https://kyt.fi/2", offset=_Deadly(), **common)
    readings = list(read_bodies([good, deadly, good], processes=1))
    assert [reading.error is None for reading in readings] == [True, False, True]
    assert "ended the process" in readings[1].error


class _Deadly(int):
    """An offset that ends the process that unpacks it."""

    def __reduce__(self):
        import os

        return os._exit, (9,)


def test_equal_texts_and_shared_paragraphs(tmp_path, db, registry, warc):
    """A release on two sites is a cluster whose first member is the earliest; its paragraphs are passages."""
    release = page("Tiedote", "Neuvottelukunta on perustettu.")
    warc.response("https://kyt.fi/tiedote", release, at="2020-05-08T12:00:00Z")
    warc.response("https://www.ekyhdistykset.fi/tiedote", release, at="2020-05-12T12:00:00Z")
    warc.response("https://kyt.fi/muu", page("Muu", "Jotain aivan muuta asiaa."))
    build(db, registry, tmp_path)
    report = dedupe(db)
    assert (report.versions, report.clusters) == (2, 1)
    first = one(db, "SELECT id FROM versions WHERE url = 'https://kyt.fi/tiedote'")["id"]
    assert {row["cluster"] for row in db["duplicates"].rows} == {first}
    text = one(db, f"SELECT text FROM version_text WHERE version = '{first}'")["text"]
    for row in db.query("SELECT start, length FROM passages WHERE version = ?", [first]):
        assert text[row["start"] : row["start"] + row["length"]].strip()
    assert db.execute("SELECT count(DISTINCT version) FROM passages").fetchone()[0] >= 2
    before = dump(db)
    dedupe(db)
    assert dump(db) == before
