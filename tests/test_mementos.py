"""What an edition can replay: the WACZ files beside it, what is in them and what is not."""

import gzip
import io
import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest
from fastwarc.warc import ArchiveIterator

from archive.digests import payload_digest
from archive.errors import WarcError
from archive.replay.waczwriter import Entry, Packed, Title, write_wacz
from archive.replay.warccopy import Source, WarcCopy
from archive.schema import open_archive
from archive.warc import read_record
from tests.peers import peer
from tests.replayed_archive import CLOSED, FIRST, HIDDEN, OPEN, SECOND, SNIPPET, build


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Give the archive with its public edition."""
    made = build(tmp_path_factory.mktemp("mementos"))
    made.publish()
    return made


def mementos(archive):
    """Return the rows of the table."""
    with closing(sqlite3.connect(archive.published)) as edition:
        edition.row_factory = sqlite3.Row
        return edition.execute("SELECT * FROM mementos ORDER BY url, timestamp").fetchall()


def everything_in(path):
    """Return all bytes of a WACZ file, uncompressed."""
    with ZipFile(path) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    return b"".join(gzip.decompress(part) if part.startswith(b"\x1f\x8b") else part for part in parts)  # fmt: skip


def test_only_what_may_be_shown_whole_is_packed(archive):
    """Of the open site all but what was taken down or asks not to be archived; of the others nothing."""
    urls = [row["url"].removeprefix(OPEN) for row in mementos(archive)]
    assert urls == ["/kuva.png", "/kysely?p=2&a=%C3%A4", "/poyta", "/poyta", "/poyta", "/robots.txt", "/tyyli.css", "/vanha"]  # fmt: skip
    assert list(archive.files) == ["avoin"]


def test_no_hidden_word_is_in_any_file(archive):
    """No file beside the public edition holds a byte of what is hidden, nor its address."""
    content = everything_in(archive.files["avoin"]).lower()
    assert not [word for word in HIDDEN if word.encode() in content]
    for base in (SNIPPET, CLOSED):
        assert base.encode() not in content


def test_the_research_edition_holds_all_that_was_not_taken_down(tmp_path):
    """Closed sites, snippets and pages that ask not to be archived are there; what was taken down is not."""
    archive = build(tmp_path)
    archive.publish("research")
    assert sorted(archive.files) == ["avoin", "lukko", "ote"]
    content = b"".join(map(everything_in, archive.files.values())).lower()
    assert [word for word in HIDDEN if word.encode() not in content] == ["poistosana", "kuvapoisto"]
    assert {row["body"] for row in mementos(archive) if "merkki" in row["url"]} == {
        row["id"] for row in mementos(archive) if row["url"] == f"{CLOSED}/merkki.png"
    }


def test_records_are_copied_as_they_are(archive):
    """At its place in the WACZ file each record has the bytes that stand in the WARC file."""
    db = open_archive(archive.data / "archive.db")
    for row in mementos(archive):
        first = db["captures"].get(row["id"])
        stored = (archive.data / "warc" / "JA-1.warc.gz").read_bytes()
        packed = archive.files["avoin"].read_bytes()
        assert (
            packed[row["offset"] : row["offset"] + row["length"]]
            == stored[first["warc_offset"] : first["warc_offset"] + first["warc_length"]]
        )
    db.close()


def test_a_memento_names_its_text_and_its_body(archive):
    """A capture leads to the version read from it, a revisit to the capture whose body it repeats."""
    first, second, again = (row for row in mementos(archive) if row["url"] == f"{OPEN}/poyta")
    assert first["version"] != second["version"] == again["version"]
    assert again["record_type"] == "revisit"
    assert again["body"] == second["id"]
    body = read_record(archive.files["avoin"], second["offset"])
    assert body.payload == SECOND
    assert read_record(archive.files["avoin"], first["offset"]).payload == FIRST


def test_the_wacz_validator_accepts_it(archive):
    """py-wacz finds the file valid: structure, digests, index."""
    path = archive.files["avoin"]
    told = subprocess.run([peer("wacz"), "validate", "-f", path], capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Validation succeeded" in told.stdout + told.stderr


def test_readers_of_warc_read_it(archive):
    """FastWARC reads every record of the WARC inside; its digests are right."""
    with ZipFile(archive.files["avoin"]) as packed:
        warc = packed.read("archive/data.warc.gz")
    records = list(ArchiveIterator(io.BytesIO(warc), parse_http=False))
    for record in ArchiveIterator(io.BytesIO(warc), parse_http=False):
        assert record.verify_block_digest() or not record.headers.get("WARC-Block-Digest")
    assert len(records) == len(mementos(archive)) + 1


def test_the_index_leads_to_every_record(archive):
    """Each line of the index, found through its summary, leads to a record of its address and time."""
    with ZipFile(archive.files["avoin"]) as packed:
        summary = packed.read("indexes/index.idx").decode().splitlines()
        index, warc = packed.read("indexes/index.cdx.gz"), packed.read("archive/data.warc.gz")
    assert summary[0].startswith("!meta 0 ")
    part = json.loads(summary[1].split(" ", 2)[2])
    lines = gzip.decompress(index[part["offset"] : part["offset"] + part["length"]]).decode().splitlines()  # fmt: skip
    assert lines == sorted(lines)
    assert summary[1].split(" ")[:2] == lines[0].split(" ")[:2]
    assert len(lines) == len(mementos(archive))
    for line in lines:
        fields = json.loads(line.split(" ", 2)[2])
        start, length = int(fields["offset"]), int(fields["length"])
        (record,) = ArchiveIterator(io.BytesIO(warc[start : start + length]))
        assert record.headers["WARC-Target-URI"] == fields["url"]


def test_publishing_again_packs_nothing_anew(archive):
    """Without news the file stays the very same, and its places are still right."""
    path, before = archive.files["avoin"], [tuple(row) for row in mementos(archive)]
    stamp = path.stat().st_mtime_ns
    archive.publish()
    assert path.stat().st_mtime_ns == stamp
    assert [tuple(row) for row in mementos(archive)] == before


def test_the_same_captures_give_the_same_bytes(tmp_path, archive):
    """A file that was lost is made again byte for byte."""
    path = archive.files["avoin"]
    before = path.read_bytes()
    path.unlink()
    archive.publish()
    assert path.read_bytes() == before


def test_a_takedown_removes_the_bytes(tmp_path):
    """After a takedown and a new edition, the old file is gone and the new one does not hold the page."""
    archive = build(tmp_path)
    archive.publish()
    old = archive.files["avoin"]
    archive.take_down(f"{OPEN}/poyta")
    archive.publish()
    assert not old.exists()
    assert b"perustettiin" not in everything_in(archive.files["avoin"])
    archive.take_down("avoin")
    archive.publish()
    assert not archive.files
    assert not mementos(archive)


def test_what_cannot_be_read_is_told(tmp_path):
    """Without its WARC file an edition is still built; what cannot be replayed is counted and told."""
    archive = build(tmp_path)
    (archive.data / "warc" / "JA-1.warc.gz").unlink()
    report = archive.publish()
    assert not mementos(archive)
    assert (report.mementos, report.unreadable) == (0, 8)
    assert "JA-1.warc.gz is missing: put it back" in report.problems[0]


def test_an_exchanged_file_brings_nothing_in(tmp_path):
    """Where another record stands than the archive knows, nothing is copied."""
    archive = build(tmp_path)
    path = archive.data / "warc" / "JA-1.warc.gz"
    source = Source(path, 0, 100, "<urn:uuid:ei-ole>")
    with pytest.raises(WarcError, match="does not hold the record"):
        WarcCopy(io.BytesIO()).add(source)


def test_an_uncompressed_record_becomes_a_member(tmp_path):
    """A record of a plain WARC file is compressed on its way, and stays the same record."""
    block = b"Tervetuloa"
    plain = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Target-URI: https://a.fi/\r\nWARC-Date: 2020-01-01T00:00:00Z\r\nContent-Length: 10\r\n\r\n" + block + b"\r\n\r\n"  # fmt: skip
    path = tmp_path / "plain.warc"
    path.write_bytes(plain)
    record = Packed(source=Source(path, 0, len(plain), "<urn:uuid:1>"), key="fi,a)/", url="https://a.fi/", at=datetime(2020, 1, 1, tzinfo=UTC), revisit=False, mime="text/plain", status=200, digest=payload_digest(block))  # fmt: skip
    target = tmp_path / "a.wacz"
    written = write_wacz(target, Title("a", "a", "testi"), [record], [Entry("1", record.url, record.at, None)])  # fmt: skip
    (place,) = written.places
    assert read_record(target, place[0]).payload == block
