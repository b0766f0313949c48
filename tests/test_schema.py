"""The tables of archive.db."""

import sqlite3

import pytest

from archive.errors import ArchiveError
from archive.schema import described_tables, migrations, open_archive


@pytest.fixture
def archive(tmp_path):
    """Give an empty archive."""
    db = open_archive(tmp_path / "archive.db")
    yield db
    db.conn.close()


def test_every_table_and_column_says_what_it_is(archive):
    """No table or column is without a comment, and the comments cover every column that SQLite knows."""
    described = {table.name: table for table in described_tables(archive.conn)}
    ours = {name for name in archive.table_names() if not name.startswith("_")}
    assert set(described) == ours
    for table in described.values():
        assert table.meaning, table.name
        assert "written by:" in table.meaning, table.name
        known = [column.name for column in archive[table.name].columns]
        assert [column.name for column in table.columns] == known
        assert all(column.meaning for column in table.columns), table


def test_opening_twice_changes_nothing(tmp_path):
    """Migrations run once."""
    open_archive(tmp_path / "archive.db").conn.close()
    db = open_archive(tmp_path / "archive.db")
    assert not migrations.pending(db)
    assert len(list(db["_sqlite_migrations"].rows)) == len(migrations.applied(db))
    db.conn.close()


def test_a_file_that_is_no_database(tmp_path):
    """The error names the file and says that nothing is lost by deleting it."""
    (tmp_path / "archive.db").write_text("tämä ei ole tietokanta, vaan tekstiä " * 20)
    with pytest.raises(ArchiveError, match=r"archive.db: .*can be deleted"):
        open_archive(tmp_path / "archive.db")


def test_columns_refuse_wrong_types(archive):
    """Tables are strict: a text is no number."""
    with pytest.raises(sqlite3.IntegrityError):
        archive.execute(
            "INSERT INTO warc_files (name, bytes_read, complete, source, records, damaged) VALUES ('a', 'x', 0, 'crawl', 0, 0)"
        )
