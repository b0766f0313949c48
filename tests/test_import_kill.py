"""An import that is killed anywhere goes on: nothing is lost, nothing is twice, nothing half stands in the archive."""

import os

import pytest

from archive.errors import ArchiveError
from archive.importing import import_files
from archive.ingest import ingest
from archive.schema import open_archive
from tests.packing import PACKINGS
from tests.registries import small_registry
from tests.test_importing import responses
from tests.test_ingest import dump

COUNT = 200
"""Records of the files."""


@pytest.fixture(autouse=True)
def _small_transactions(monkeypatch):
    """Write after every 40 records, so that few records make several transactions."""
    monkeypatch.setattr("archive.ingest.BATCH", 40)


def imported(tmp_path, name, paths):
    """Import into a fresh process' view of an archive and return its rows."""
    data = tmp_path / name
    db = open_archive(data / "archive.db")
    try:
        import_files(db, small_registry(tmp_path / "config"), data, paths)
        return dump(db)
    finally:
        db.close()


def killed(tmp_path, paths, where, turn):
    """Import in a child that ends, as kill -9 would end it, at the given call of a function."""
    module, name = where
    child = os.fork()
    if child == 0:
        try:
            calls = []
            original = getattr(module, name)

            def deadly(*arguments, **options):
                calls.append(1)
                if len(calls) == turn:
                    os._exit(9)
                return original(*arguments, **options)

            setattr(module, name, deadly)
            imported(tmp_path, "data", paths)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def _places():
    from archive import ingest as reading
    from archive import intake
    from archive.imports import storing, unpacking

    return [
        pytest.param((storing.os, "fsync"), 1, id="the copy is not whole"),
        pytest.param((storing, "_note"), 1, id="the copy stands, its digest is not noted"),
        pytest.param((reading, "is_packed"), 1, id="nothing is read"),
        pytest.param((intake, "complete_revisits"), 3, id="inside the second transaction"),
        pytest.param((reading, "read_warc"), 2, id="between two files"),
        pytest.param((unpacking, "sync"), 1, id="unpacked, not noted"),
        pytest.param((unpacking.os, "fsync"), 5, id="while unpacking"),
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Give one file to read as it is and one to unpack."""
    folder = tmp_path_factory.mktemp("made")
    found = []
    for name, packing in (("a.warc.gz", "gzip"), ("b.warc.gz", "gzip-whole")):
        records = [record.replace(b"kyt.fi/", f"kyt.fi/{name[0]}".encode()) for record in responses(COUNT // 2)]  # fmt: skip
        (folder / name).write_bytes(PACKINGS[packing][1](records))
        found.append(folder / name)
    return found


@pytest.mark.parametrize(("where", "turn"), _places())
def test_a_killed_import_goes_on(tmp_path, files, where, turn):
    """The second import ends with the rows, the files and the digests of one that nobody disturbed."""
    killed(tmp_path, files, where, turn)
    assert imported(tmp_path, "data", files) == imported(tmp_path, "whole", files)
    names = [
        sorted(
            str(path.relative_to(tmp_path / name)) for path in (tmp_path / name / "warc").rglob("*")
        )
        for name in ("data", "whole")
    ]
    assert names[0] == names[1]
    sums = [(tmp_path / name / "warc/imports/SHA256SUMS").read_text() for name in ("data", "whole")]
    assert sums[0] == sums[1]


def test_a_database_without_room(tmp_path, files):
    """What could not be written is written by the next run; the message says so."""
    data, registry = tmp_path / "data", small_registry(tmp_path / "config")
    db = open_archive(data / "archive.db")
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + 25}")
    with pytest.raises(ArchiveError, match=r"database or disk is full.*run `arkisto ingest`"):
        import_files(db, registry, data, files)
    db.execute("PRAGMA max_page_count = 1000000")
    assert 0 < db["captures"].count < COUNT
    ingest(db, registry, data)
    assert db["captures"].count == COUNT
    db.close()
