"""Editions: what they hold, what they hide, and how they are swapped in."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from archive import publish as publishing
from archive.access import create_views, record_takedown
from archive.contents import VERSIONS, Contents
from archive.edition import described
from archive.errors import PublishError
from archive.publish import publish
from archive.schema import open_archive
from tests.sample_archive import (
    HIDDEN_WORDS,
    NOW,
    SNIPPET_TAIL,
    TAKEN_DOWN_WORDS,
    build_archive,
    page_id,
    publish_sample,
)


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """Give a public edition."""
    return publish_sample(tmp_path_factory.mktemp("public"))


@pytest.fixture(scope="module")
def research(tmp_path_factory):
    """Give a research edition."""
    return publish_sample(tmp_path_factory.mktemp("research"), "research")


def rows(path, query, *values):
    """Run a query on an edition with plain sqlite3."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def vocabulary(path):
    """Return every word of every search index."""
    words = set()
    with closing(sqlite3.connect(path)) as connection:
        for index in ("versions_words", "versions_lemmas"):
            connection.execute(
                f"CREATE VIRTUAL TABLE temp.{index}_v USING fts5vocab(main, {index}, row)"
            )
            words |= {word for (word,) in connection.execute(f"SELECT term FROM temp.{index}_v")}
    return words


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_nothing_hidden_is_in_any_table(public, word):
    """No cell of any table of the public edition holds a word of a closed or taken-down page."""
    with closing(sqlite3.connect(public.published)) as connection:
        dump = "\n".join(connection.iterdump()).lower()
    assert word not in dump
    assert word.encode() not in public.published.read_bytes().lower()


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_nothing_hidden_is_in_any_index(public, word):
    """The vocabulary of both indexes knows no word of a closed or taken-down page."""
    assert not [term for term in vocabulary(public.published) if word in term]


def test_hidden_sites_are_not_even_counted(public):
    """Neither sites nor pages nor captures nor links tell that there is more."""
    sites = {site for (site,) in rows(public.published, "SELECT id FROM sites")}
    assert sites == {"kymijoki", "saimaa", "jarviseutu", "valtakunta", "kusten"}
    assert rows(public.published, "SELECT count(*) FROM versions") == [(26,)]
    assert rows(public.published, "SELECT successor FROM sites WHERE id = 'kymijoki'") == [("[]",)]
    links = rows(public.published, "SELECT position, url FROM links ORDER BY url")
    assert links == [
        (0, "https://kymijoki.example/jarjestoagentit"),
        (0, "https://saimaa.example/opas.pdf"),
    ]


def test_research_edition_holds_closed_but_nothing_taken_down(research):
    """Researchers see closed texts whole; a takedown holds for them too."""
    texts = rows(research.published, "SELECT access, text FROM versions")
    assert all(text for _, text in texts)
    assert {access for access, _ in texts} == {"open", "snippet", "closed"}
    content = research.published.read_bytes().lower()
    assert b"kvantsahuri" in content
    assert not [word for word in TAKEN_DOWN_WORDS if word.encode() in content]
    assert not [term for term in vocabulary(research.published) if term in TAKEN_DOWN_WORDS]


def test_snippet_page_shows_three_hundred_characters(public):
    """Of a snippet page the public edition holds the beginning, never the text."""
    found = rows(public.published, "SELECT excerpt, text FROM versions WHERE access = 'snippet'")
    assert found
    assert all(text is None and len(excerpt) <= 300 for excerpt, text in found)
    assert any(excerpt.endswith("…") for excerpt, _ in found)


def test_snippet_page_is_found_by_words_it_does_not_show(public):
    """All its words are in the indexes, for a search; their order is not, so nobody can put the text together."""
    for index in ("versions_words", "versions_lemmas"):
        query = f"SELECT count(*) FROM {index} WHERE {index} MATCH ?"
        assert rows(public.published, query, SNIPPET_TAIL) == [(1,)]
    with closing(sqlite3.connect(public.published)) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, versions_words, instance)"
        )
        placed = connection.execute(
            "SELECT term FROM temp.v JOIN versions ON docid = doc WHERE col = 'words' AND access = 'snippet'"
            " AND versions.title LIKE 'Järjestöyhteistyön malli%' ORDER BY offset"
        ).fetchall()
    assert len(placed) > 40
    assert placed == sorted(placed)


def test_phrase_search_in_plain_sqlite(public):
    """The file needs no plug-in: words and phrases are found by any SQLite."""
    query = (
        "SELECT count(*) FROM versions_words WHERE versions_words MATCH '\"saman pöydän ääressä\"'"
    )
    assert rows(public.published, query) == [(1,)]


def test_lemma_search_in_plain_sqlite(public):
    """Inflected forms and compound parts are found by their terms."""
    query = "SELECT versions.title FROM versions JOIN versions_lemmas ON versions_lemmas.rowid = docid WHERE versions_lemmas MATCH ?"
    titles = {title for (title,) in rows(public.published, query, "avustus OR p_avustus")}
    assert {
        "Yhteystiedot",
        "Hyvinvointialueen järjestöavustukset",
        "STEAlle yhteinen lausunto",
    } <= titles


def test_year_comes_from_publication_only(public):
    """A page without a date has no year; when it was seen stands apart."""
    found = rows(
        public.published, "SELECT year, seen_year FROM versions WHERE title = 'Yhteystiedot'"
    )
    assert found == [(None, 2020)]


def test_region_of_a_national_page(public):
    """A national page belongs where its text clearly says, else nowhere."""
    found = dict(
        rows(public.published, "SELECT title, region FROM versions WHERE site = 'valtakunta'")
    )
    assert found == {
        "Pohjanmaan mallia katsotaan muualla": "15",
        "Kysely järjestöille": None,
        "STEAlle yhteinen lausunto": None,
    }


def test_programme_of_the_year(public):
    """A site's programme counts in the years in which it ran."""
    query = "SELECT year, programmes FROM versions WHERE site = 'jarviseutu' ORDER BY year"
    found = dict(rows(public.published, query))
    assert found[2020] == '["jarjesto20"]'
    assert found[2021] == "[]"


def test_same_text_elsewhere_is_counted(public):
    """A release on two sites says that it is also on another page."""
    query = "SELECT also_at FROM versions WHERE title LIKE 'Yhteinen tiedote%'"
    assert rows(public.published, query) == [(1,), (1,)]


def test_two_versions_of_a_page(public):
    """Both texts are there; one is current."""
    query = "SELECT current FROM versions WHERE title = 'Kumppanuuspöytä kokosi yhdistykset' ORDER BY first_seen"
    assert rows(public.published, query) == [(0,), (1,)]


def test_what_joins_pages_leads_to_no_hidden_page(public, research):
    """Twins and shared paragraphs stand in an edition where both their pages do."""
    passages = "SELECT passage, count(*) FROM passages GROUP BY passage ORDER BY passage"
    assert rows(public.published, passages) == [("a" * 32, 2)]
    assert rows(research.published, passages) == [("a" * 32, 2), ("b" * 32, 2)]
    twins = "SELECT language FROM twins ORDER BY language"
    assert rows(public.published, twins) == [("fi",), ("sv",)]
    assert rows(research.published, twins) == [("en",), ("fi",), ("sv",)]


def test_outline_tells_lists_from_paragraphs(public):
    """The lines of a text say what they are where the archive knows, and nothing where they are all alike."""
    found = rows(public.published, "SELECT title, outline FROM versions WHERE outline IS NOT NULL")
    assert found == [("Sote-muutostuki alkaa Etelä-Karjalassa", "ul ul")]


def test_same_archive_gives_the_same_edition(public):
    """Another day changes nothing but the table that tells the day."""
    again = public.data / "again.db"
    publish(
        public.archive,
        again,
        edition="public",
        registry=public.registry,
        now=NOW + timedelta(days=1),
    )
    dumps = []
    for path in (public.published, again):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("DELETE FROM edition")
            dumps.append(list(connection.iterdump()))
            connection.rollback()
    assert dumps[0] == dumps[1]


def test_addresses_that_were_given_out_are_remembered(tmp_path):
    """What an earlier edition called otherwise leads to the page of now, as long as that is shown."""
    sample = publish_sample(tmp_path)
    with closing(sqlite3.connect(sample.published)) as earlier, earlier:
        earlier.execute("UPDATE pages SET id = 'renamed' WHERE url LIKE '%/avustukset'")
        earlier.execute("UPDATE versions SET page = 'renamed' WHERE url LIKE '%/avustukset'")
        earlier.execute("UPDATE versions SET id = 'reread' WHERE url LIKE '%/avustukset'")
        earlier.execute("UPDATE versions SET id = 'hidden' WHERE url LIKE '%/vapaaehtoiset'")
    record_takedown(
        open_archive(sample.archive), tmp_path, "https://saimaa.example/vapaaehtoiset", "pyyntö", None, NOW
    )  # fmt: skip
    page, moment = page_id("saimaa", "/avustukset"), "2020-03-01T12:09:00+00:00"
    for _ in range(2):
        publish(sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW)  # fmt: skip
        assert rows(sample.published, "SELECT * FROM former ORDER BY id") == [
            ("renamed", page, None),
            ("reread", page, moment),
        ]


def test_renamed_sites_are_remembered(tmp_path):
    """A site under another name than in an earlier edition is found by its pages; one that was taken down leads nowhere, though another site holds a page of its own."""
    sample = publish_sample(tmp_path)
    with closing(sqlite3.connect(sample.published)) as earlier, earlier:
        _rename(earlier, "saimaa", "saimaan-vesi")
        _rename(earlier, "kusten", "poistettu")
        earlier.execute("UPDATE pages SET urlkey = urlkey || '/muu' WHERE site = 'poistettu' AND url NOT LIKE '%/samarbete'")  # fmt: skip
        earlier.execute("INSERT INTO former_sites VALUES ('saimaan-lampi', 'saimaan-vesi'), ('katsottu', 'poistettu')")  # fmt: skip
    for _ in range(2):
        publish(sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW)  # fmt: skip
        assert rows(sample.published, "SELECT * FROM former_sites ORDER BY id") == [
            ("saimaan-lampi", "saimaa"),
            ("saimaan-vesi", "saimaa"),
        ]


def _rename(edition, old, new):
    edition.execute("UPDATE sites SET id = ? WHERE id = ?", [new, old])
    edition.execute("UPDATE pages SET site = ? WHERE site = ?", [new, old])


def test_an_edition_of_before_names_of_sites_were_kept_gives_its_pages(tmp_path):
    """Its pages are remembered though it has no table of renamed sites."""
    sample = publish_sample(tmp_path)
    with closing(sqlite3.connect(sample.published)) as earlier, earlier:
        earlier.execute("DROP TABLE former_sites")
        earlier.execute("UPDATE pages SET id = 'renamed' WHERE url LIKE '%/avustukset'")
        _rename(earlier, "saimaa", "saimaan-vesi")
    publish(sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW)
    assert rows(sample.published, "SELECT id, page FROM former") == [("renamed", page_id("saimaa", "/avustukset"))]  # fmt: skip
    assert rows(sample.published, "SELECT * FROM former_sites") == [("saimaan-vesi", "saimaa")]


@pytest.mark.parametrize("earlier", [b"", b"no database at all" * 100], ids=["empty", "damaged"])
def test_earlier_file_that_is_no_edition_is_replaced(tmp_path, earlier):
    """It gave out no address, and the new edition takes its place."""
    sample = build_archive(tmp_path)
    sample.published.write_bytes(earlier)
    publish(sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW)
    assert rows(sample.published, "SELECT count(*) FROM former") == [(0,)]


def test_failed_build_leaves_the_old_edition(public, monkeypatch):
    """When a check fails, the file that was there stays as it was, and nothing lies beside it."""
    before = public.published.read_bytes()
    monkeypatch.setattr(
        publishing,
        "_sync",
        lambda path: (_ for _ in ()).throw(OSError(28, "No space left on device")),
    )
    with pytest.raises(PublishError, match="No space left"):
        publish(
            public.archive, public.published, edition="research", registry=public.registry, now=NOW
        )
    assert public.published.read_bytes() == before
    assert not list(public.data.glob("*.building*"))


def test_texts_are_not_gathered_to_be_sorted(public):
    """Versions come in their order one by one: sorting whole texts would take memory as large as the archive."""
    with closing(sqlite3.connect(public.data / "archive.db")) as archive:
        create_views(archive)
        with closing(sqlite3.connect(":memory:")) as target:
            Contents(archive, target, "public")
        plan = [step[3] for step in archive.execute(f"EXPLAIN QUERY PLAN {VERSIONS}")]
    assert plan[0] == "SCAN shown"
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_incomplete_index_is_refused(public, monkeypatch):
    """An edition whose search would miss a version is thrown away."""
    monkeypatch.setattr("archive.contents.Contents._index", lambda *_, **__: 0)
    with pytest.raises(PublishError, match="versions_words holds 0 of 26"):
        publish(
            public.archive, public.published, edition="public", registry=public.registry, now=NOW
        )


def test_unindexed_archive_is_refused(tmp_path):
    """The error names the verb to run."""
    sample = build_archive(tmp_path)
    db = open_archive(sample.archive)
    with db.conn:
        db.execute("DELETE FROM indexed")
    db.conn.close()
    with pytest.raises(PublishError, match="run `arkisto index`"):
        publish(
            sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW
        )


def test_missing_archive(tmp_path, public):
    """Nothing is created where there is no archive."""
    with pytest.raises(PublishError, match="is missing"):
        publish(
            tmp_path / "no.db",
            tmp_path / "p.db",
            edition="public",
            registry=public.registry,
            now=NOW,
        )
    assert not list(tmp_path.iterdir())


def test_every_table_and_column_says_what_it_is(public):
    """The site and the data dictionary take the meanings from here."""
    with closing(sqlite3.connect(public.published)) as connection:
        tables = described(connection)
        for table in tables.values():
            assert table.meaning, table.name
            known = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")]
            assert [column.name for column in table.columns] == known
            assert all(column.meaning for column in table.columns), table.name
