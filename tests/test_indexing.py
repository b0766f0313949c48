"""The tables of the index."""

from dataclasses import replace

import pytest

from archive import indexing
from archive.indexing import build_index
from archive.registry import Term
from archive.schema import open_archive
from tests.sample_archive import build_archive, page_id


@pytest.fixture
def sample(tmp_path):
    """Give a filled archive that is indexed already."""
    return build_archive(tmp_path)


@pytest.fixture
def db(sample):
    """Open it."""
    db = open_archive(sample.archive)
    yield db
    db.conn.close()


def contents(db):
    """Return all that the index writes."""
    return {
        table: db.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
        for table in ("mentions", "events", "indexed", "forms")
    }


def test_second_run_does_nothing(db, sample):
    """Running the verb twice changes nothing the second time."""
    before = contents(db)
    report = build_index(db, sample.registry)
    assert (report.versions, report.forms, report.removed) == (0, 0, 0)
    assert contents(db) == before


def test_doing_everything_again_gives_the_same(db, sample):
    """With ``everything`` each version is done again, with the same result."""
    before = contents(db)
    report = build_index(db, sample.registry, everything=True)
    assert report.versions == len(before["indexed"])
    assert report.forms == 0
    assert contents(db) == before


def test_terms_and_regions_are_mentioned(db):
    """Terms of the vocabulary are found in text and title, in any inflection."""
    rows = db.execute(
        "SELECT term, count FROM mentions JOIN versions ON id = version WHERE page = ? AND current",
        [page_id("saimaa", "/muutostuki")],
    )
    found = dict(rows.fetchall())
    assert found["muutostuki"] == 2
    assert found["neuvottelukunta"] == 1
    assert found["region:09"] == 2


def test_offset_points_into_the_text(db):
    """The offset is that of the text; where only the title has the term, it is not known."""
    rows = db.execute(
        "SELECT form, first_offset, text FROM mentions JOIN version_text USING (version)"
    ).fetchall()
    assert any(offset is not None for _, offset, _ in rows)
    for form, offset, text in rows:
        assert offset is None or text[offset : offset + len(form)] == form


def test_event_is_found(db):
    """A dated happening of a text is stored with its time."""
    starts = [start for (start,) in db.execute("SELECT start FROM events")]
    assert "2020-02-05T17:00" in starts


def test_forms_hold_every_word_of_every_text(db):
    """The cache answers for each form in the language of its text."""
    terms = dict(db.execute("SELECT form, terms FROM forms WHERE language = 'fi'").fetchall())
    assert "kumppanuuspöytä" in terms["kumppanuuspöydässä"].split()
    assert db.execute("SELECT terms FROM forms WHERE language = 'sv' AND form = 'Föreningarna'").fetchone() == ("förening",)  # fmt: skip


def test_new_vocabulary_is_looked_for_in_old_texts(db, sample):
    """A term that was added is found without reading anything again, and forms are not analysed again."""
    term = Term(id="kahvi", kind="concept", fi="Kahvi", pattern=r"kahvi", national=True)
    registry = replace(sample.registry, terms=sample.registry.terms | {"kahvi": term})
    report = build_index(db, registry)
    assert report.versions > 0
    assert report.forms == 0
    assert db.execute("SELECT count(*) FROM mentions WHERE term = 'kahvi'").fetchone()[0] > 0


def test_changed_date_is_read_again(db, sample):
    """Events depend on the date of the page, so a new date means reading again."""
    with db.conn:
        db.execute("UPDATE versions SET published = '2016' WHERE title = 'Yhdistysilta Haminassa'")
    assert build_index(db, sample.registry).versions == 1


def test_gone_versions_leave_the_index(db, sample):
    """What extraction no longer gives is in no table of the index."""
    gone = db.execute("SELECT version FROM mentions LIMIT 1").fetchone()[0]
    with db.conn:
        for table, column in (("version_text", "version"), ("versions", "id")):
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", [gone])
    assert build_index(db, sample.registry).removed == 1
    for table in ("mentions", "events", "indexed"):
        assert not db.execute(f"SELECT 1 FROM {table} WHERE version = ?", [gone]).fetchone()


def test_several_processes_give_the_same(db, sample, monkeypatch):
    """Other processes change the speed, not the result."""
    before = contents(db)
    monkeypatch.setattr(indexing, "POOL_FROM", 1)
    monkeypatch.setattr(indexing, "MOST_WORKERS", 2)
    with db.conn:
        db.execute("DELETE FROM forms WHERE language = 'sv'")
    build_index(db, sample.registry, everything=True)
    assert contents(db) == before


def test_new_rules_for_forms_empty_the_cache(db, sample, monkeypatch):
    """When the analysis changes, every form is analysed again."""
    held = db["forms"].count
    monkeypatch.setattr(indexing, "LEMMA_RULES", 99)
    assert build_index(db, sample.registry).forms == held
