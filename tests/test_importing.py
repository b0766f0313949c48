"""Files of others, of every kind and as wrong as programs make them, into the archive."""

import gzip
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import zlib
from contextlib import closing
from datetime import UTC, datetime

import brotli
import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from archive.errors import WarcError
from archive.importing import import_files
from archive.indexing import build_index
from archive.ingest import ingest
from archive.publish import publish
from archive.replay.warccopy import Source, WarcCopy
from archive.schema import open_archive
from archive.versions import extract
from archive.warc import find_warc, read_record
from crawler.cli import cli
from tests.packing import (
    PACKINGS,
    arc_head,
    arc_record,
    http,
    sha1,
    wacz,
    warc_record,
    warcinfo,
    zstd,
)  # fmt: skip
from tests.registries import small_registry
from tests.test_ingest import dump, one

BODY = "<html><body><p>Kumppanuuspöytä kokoontui.</p></body></html>".encode() * 40


@pytest.fixture
def bring(tmp_path, db, registry):
    """Give a function that writes files beside the archive and imports them."""

    def run(**contents):
        paths = []
        for name, content in contents.items():
            path = tmp_path / name.replace("__", "-").replace("_", ".")
            path.write_bytes(content)
            paths.append(path)
        return import_files(db, registry, tmp_path / "data", paths)

    return run


def bodies(count):
    """Return different bodies."""
    return [BODY + b"<!-- %d -->" % number for number in range(count)]


def responses(count):
    """Return a description and as many responses as asked for."""
    records = [
        warc_record(http(body), f"https://kyt.fi/{number}", number=number)
        for number, body in enumerate(bodies(count))
    ]
    return [warcinfo(), *records]


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_gives_every_body(tmp_path, db, registry, packing):
    """All records come in, each can be read at its place, the original is unchanged, and a second import adds nothing."""
    suffix, pack = PACKINGS[packing]
    path = tmp_path / f"talletus{suffix}"
    path.write_bytes(pack(responses(20)))
    report = import_files(db, registry, tmp_path / "data", [path])
    assert report.problems == []
    (told,) = report.files
    assert (told["captures"], told["known"], told["outside"], told["damaged"]) == (20, 0, 0, 0)
    rows = list(db.query("SELECT * FROM captures ORDER BY CAST(substr(url, 16) AS INTEGER)"))
    assert [row["payload_digest"] for row in rows] == [sha1(body) for body in bodies(20)]
    assert {row["provenance"] for row in rows} == {f"talletus{suffix}; Kone/1.0"}
    assert {row["source"] for row in rows} == {"import"}
    for row, body in zip(rows, bodies(20), strict=True):
        place = find_warc(tmp_path / "data" / "warc", row["warc_file"])
        assert read_record(place, row["warc_offset"]).payload == body
    (kept,) = (tmp_path / "data" / "warc" / "imports").glob("*-talletus*")
    assert kept.read_bytes() == path.read_bytes()
    before = dump(db)
    again = import_files(db, registry, tmp_path / "data", [path])
    assert dump(db) == before
    assert again.files[0]["state"] == "held"


def test_an_archive_made_again_holds_the_imports(tmp_path, db, registry):
    """Without archive.db, and without what was unpacked, `arkisto ingest` gives the same rows."""
    for packing in ("gzip", "gzip-whole", "wacz"):
        suffix, pack = PACKINGS[packing]
        path = tmp_path / f"{packing}{suffix}"
        path.write_bytes(pack(responses(3)))
        import_files(db, registry, tmp_path / "data", [path])
    for unpacked in (tmp_path / "data" / "warc" / "unpacked").iterdir():
        unpacked.unlink()
    again = open_archive(tmp_path / "again.db")
    ingest(again, registry, tmp_path / "data")
    assert dump(again)["captures"] != []
    firsts = [
        {row["id"]: row["payload_digest"] for row in one["captures"].rows} for one in (db, again)
    ]
    assert firsts[0] == firsts[1]
    again.close()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packing", ["plain", "gzip", "gzip-whole"])
def test_arc(tmp_path, db, registry, version, packing):
    """ARC of both versions, with spaces in an address and without dates that are none."""
    records = [
        arc_head(version),
        arc_record(http(BODY), "http://kyt.fi/a b", version=version),
        arc_record(http(BODY + b"2", "Date: Tue, 01 Mar 2005 12:00:00 GMT"), "http://kyt.fi/paiva", version=version, at="20051399120000"),
        arc_record(b"1.2.3.4", "dns:kyt.fi", version=version),
        arc_record(http(BODY + b"3"), "http://kyt.fi/loppu", version=version),
    ]  # fmt: skip
    path = tmp_path / ("vanha.arc" + (".gz" if packing != "plain" else ""))
    path.write_bytes(PACKINGS[packing][1](records))
    report = import_files(db, registry, tmp_path / "data", [path])
    rows = list(db.query("SELECT url, timestamp, payload_digest FROM captures ORDER BY url"))
    assert [tuple(row.values()) for row in rows] == [
        ("http://kyt.fi/a b", "2005-03-01T12:00:00Z", sha1(BODY)),
        ("http://kyt.fi/loppu", "2005-03-01T12:00:00Z", sha1(BODY + b"3")),
        ("http://kyt.fi/paiva", "2005-03-01T12:00:00Z", sha1(BODY + b"2")),
    ]
    assert (report.files[0]["damaged"], report.problems) == (0, [])


CODED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    "br": brotli.compress(BODY),
    "zstd": zstd.compress(BODY),
    "gzip, br": brotli.compress(gzip.compress(BODY)),
}


@pytest.mark.parametrize("coding", CODED)
@pytest.mark.parametrize("chunked", [False, True], ids=["plain", "chunked"])
def test_codings_are_undone(tmp_path, bring, db, coding, chunked):
    """Every coding of browsers is undone; the digest is that of the coded body without chunks, as WARC wants it."""
    body = CODED[coding]
    headers = [f"Content-Encoding: {coding}"]
    sent = body
    if chunked:
        headers.append("Transfer-Encoding: chunked")
        sent = b"%x;a=b\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
    bring(a_warc=warc_record(http(sent, *headers)))
    row = one(db, "SELECT * FROM captures")
    assert (row["payload_digest"], row["truncated"]) == (sha1(body), None)
    record = read_record(find_warc(tmp_path / "data" / "warc", row["warc_file"]), 0)
    assert record.payload == BODY


HALVES = {
    "gzip": http(CODED["gzip"][:-40], "Content-Encoding: gzip"),
    "br": http(CODED["br"][:-9], "Content-Encoding: br"),
    "zstd": http(CODED["zstd"][:-9], "Content-Encoding: zstd"),
    "chunked": http(b"%x\r\n%b" % (len(BODY), BODY[:-9]), "Transfer-Encoding: chunked"),
    "no last chunk": http(b"%x\r\n%b\r\n" % (len(BODY), BODY), "Transfer-Encoding: chunked"),
    "length": http(BODY[:-9], f"Content-Length: {len(BODY)}"),
}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_body_is_never_passed_on_as_whole(bring, db, half):
    """A body that ends early is marked, whoever stored it."""
    bring(a_warc=warc_record(HALVES[half]))
    assert one(db, "SELECT truncated FROM captures")["truncated"] is not None


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(http(BODY, "Content-Encoding: gzip"), id="gzip"),
        pytest.param(http(BODY, "Content-Encoding: br", "Content-Length: 77"), id="br"),
        pytest.param(http(BODY, "Transfer-Encoding: chunked"), id="chunked"),
        pytest.param(http(BODY, newline=b"\n"), id="line feeds"),
        pytest.param(http(BODY, "X-Rikki", "X-Pitka: a\r\n  b"), id="odd lines"),
        pytest.param(http(BODY, "X-Nimi: J\xe4rjest\xf6"), id="letters"),
    ],
)
def test_bodies_that_were_unpacked_by_who_stored_them(bring, db, block):
    """A header that speaks of a coding that is gone does no harm."""
    bring(a_warc=warc_record(block))
    row = one(db, "SELECT payload_digest, truncated FROM captures")
    assert row == {"payload_digest": sha1(BODY), "truncated": None}


@pytest.mark.parametrize(
    ("record", "moment"),
    [
        pytest.param({"version": "0.18"}, "2020-03-01T12:00:00Z", id="WARC 0.18"),
        pytest.param({"version": "1.1", "at": "2020-03-01T12:00:00.123456789Z"}, "2020-03-01T12:00:00Z", id="nanoseconds"),
        pytest.param({"at": "2020-03"}, "2020-03-01T00:00:00Z", id="month"),
        pytest.param({"at": "20200301120000"}, "2020-03-01T12:00:00Z", id="14 digits"),
        pytest.param({"at": "2020-03-01T14:00:00+02:00"}, "2020-03-01T12:00:00Z", id="zone"),
        pytest.param({"at": "1.3.2020"}, "2019-05-06T07:08:09Z", id="bad date"),
        pytest.param({"at": "1970-01-01T00:00:00Z"}, "2019-05-06T07:08:09Z", id="clock at zero"),
        pytest.param({"without": ("WARC-Date",)}, "2019-05-06T07:08:09Z", id="no date"),
        pytest.param({"without": ("WARC-Record-ID",)}, "2020-03-01T12:00:00Z", id="no id"),
        pytest.param({"without": ("WARC-Type",)}, "2020-03-01T12:00:00Z", id="no type"),
        pytest.param({"without": ("WARC-Block-Digest",)}, "2020-03-01T12:00:00Z", id="no digest"),
        pytest.param({"newline": b"\n"}, "2020-03-01T12:00:00Z", id="line feeds"),
        pytest.param({"url": "<https://kyt.fi/>"}, "2020-03-01T12:00:00Z", id="brackets"),
        pytest.param({"WARC_Date": None, "warc_date": "2020-03-01T12:00:00Z"}, "2020-03-01T12:00:00Z", id="small letters"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_odd_heads(bring, db, packing, record, moment):
    """Heads of old and careless programs are understood; a moment that is none is taken from the server's own clock."""
    block = http(BODY, "Date: Mon, 06 May 2019 07:08:09 GMT")
    pack = PACKINGS[packing][1]
    report = bring(a_warc=pack([warcinfo(), warc_record(block, **record), *responses(2)[1:]]))
    row = one(db, "SELECT * FROM captures WHERE url = 'https://kyt.fi/'")
    assert (row["payload_digest"], row["timestamp"], row["truncated"]) == (sha1(BODY), moment, None)
    assert (report.files[0]["captures"], report.files[0]["damaged"]) == (3, 0)


@pytest.mark.parametrize("length", ["3", "999999", "-1", "kolme", None])
@pytest.mark.parametrize("packing", ["plain", "gzip"])
def test_wrong_lengths(bring, db, packing, length):
    """A record whose length is wrong comes in marked and is reported; the records around it are untouched."""
    wrong = warc_record(http(BODY), "https://kyt.fi/vaara", number=77, Content_Length=length)
    first, second = responses(2)[1:]
    pack = PACKINGS[packing][1]
    report = bring(a_warc=pack([warcinfo(), first, wrong, second]))
    rows = {row["url"]: row for row in db["captures"].rows}
    assert [rows[f"https://kyt.fi/{n}"]["payload_digest"] for n in (0, 1)] == list(
        map(sha1, bodies(2))
    )
    assert rows["https://kyt.fi/vaara"]["truncated"] == "length"
    assert (report.files[0]["captures"], report.files[0]["damaged"]) == (3, 1)
    assert "its length is not the one that it states" in report.problems[0]


def test_huge_records(monkeypatch, bring, db):
    """A body that is larger than what is read comes in, is counted, and is marked; what follows is read."""
    monkeypatch.setattr("archive.members.LARGEST", 5000)
    monkeypatch.setattr("archive.containers.plain.LARGEST", 5000)
    huge = warc_record(
        http(BODY * 100), "https://kyt.fi/suuri", number=5, WARC_Payload_Digest=sha1(BODY * 100)
    )
    for name in ("a_warc", "b_warc_gz"):
        pack = PACKINGS["gzip" if name.endswith("gz") else "plain"][1]
        bring(**{name: pack([huge, *responses(2)[1:]])})
        row = one(db, "SELECT * FROM captures WHERE url = 'https://kyt.fi/suuri'")
        assert (row["truncated"], row["payload_digest"]) == ("oversize", sha1(BODY * 100))
        assert db["captures"].count == 3
        db.execute("DELETE FROM captures")


def test_kinds_that_are_no_captures_are_counted(bring, db):
    """Metadata, requests, conversions and names of other worlds are read and counted, and are no captures."""
    records = [
        warcinfo(),
        warc_record(b"via: https://kyt.fi/\r\n", kind="metadata", number=1),
        warc_record(b"Kumppanuuspoyta kokoontui.", kind="conversion", number=2),
        warc_record(b"GET / HTTP/1.1\r\nHost: kyt.fi\r\n\r\n", kind="request", number=3),
        warc_record(b"127.0.0.1", "dns:kyt.fi", kind="response", number=4, Content_Type="text/dns"),
        warc_record(b"{}", "urn:pageinfo:https://kyt.fi/", kind="resource", number=5),
        warc_record(BODY, "https://kyt.fi/tallenne", kind="resource", number=6, Content_Type="text/html"),
    ]  # fmt: skip
    report = bring(a_warc=b"".join(records))
    row = one(db, "SELECT * FROM captures")
    assert (row["url"], row["mime"], row["payload_digest"]) == (
        "https://kyt.fi/tallenne",
        "text/html",
        sha1(BODY),
    )
    kinds = json.loads(one(db, "SELECT kinds FROM warc_files")["kinds"])
    assert kinds == {"warcinfo": 1, "metadata": 1, "conversion": 1, "request": 1, "response": 1, "resource": 2}  # fmt: skip
    assert (report.files[0]["records"], report.files[0]["unusable"]) == (7, 0)


def test_what_lies_outside_every_site_is_counted_and_not_published(bring, db):
    """Captures of other sites stay countable, and belong to no page."""
    records = [*responses(1), warc_record(http(BODY), "https://muu.fi/", number=7)]
    report = bring(a_warc=b"".join(records))
    assert (report.files[0]["captures"], report.files[0]["outside"]) == (2, 1)
    assert db["pages"].count == 1


def test_one_capture_in_two_files_is_one_capture(bring, db):
    """The same record in a WARC file and in a WACZ comes in once; the second file says that it was known."""
    bring(a_warc=b"".join(responses(3)))
    report = bring(b_wacz=wacz(PACKINGS["gzip"][1](responses(4))))
    assert (report.files[0]["captures"], report.files[0]["known"]) == (1, 3)
    assert db["captures"].count == 4


def test_an_id_that_was_given_twice_loses_nothing(bring, db):
    """A program that gives all its records the same id costs no capture."""
    records = [
        warc_record(http(body), f"https://kyt.fi/{n}", number=1) for n, body in enumerate(bodies(3))
    ]
    for name in ("a_warc", "b_warc_gz"):
        bring(**{name: PACKINGS["gzip" if name.endswith("gz") else "plain"][1](records)})
        assert db["captures"].count == 3


def test_a_package_whose_digests_are_wrong(bring):
    """A WACZ that is not what it says comes in, with a warning that names the file inside."""
    report = bring(a_wacz=wacz(PACKINGS["gzip"][1](responses(2)), digest="sha256:" + "0" * 64))
    assert report.files[0]["captures"] == 2
    assert "the digest of archive/data.warc.gz is wrong" in report.problems[0]


def test_a_package_that_was_cut(bring):
    """A WACZ without its list of files, and without its last record, gives the others."""
    whole = wacz(PACKINGS["gzip"][1](responses(20)))
    report = bring(a_wacz=whole[: whole.index(b"datapackage.json") - 300])
    assert report.files[0]["captures"] == 19
    assert any("the ZIP is damaged" in problem for problem in report.problems)


def test_files_that_hold_nothing(tmp_path, bring, db):
    """A picture or an empty file is refused by name; the others come in, and the exit code would be 1."""
    report = bring(a_warc=b"", b_png=b"\x89PNG\r\n\x1a\n" * 99, c_warc=b"".join(responses(1)))
    assert (report.refused, len(report.files), db["captures"].count) == (2, 1, 1)
    assert "a.warc was not imported: no record of WARC or ARC was found" in report.problems[0]
    with pytest.raises(WarcError, match="does not exist: name files"):
        import_files(db, None, tmp_path / "data", [tmp_path / "puuttuu.warc"])


def test_the_verb(tmp_path, monkeypatch):
    """A folder is searched; the table tells what came in, standard error what was lost; sha256sum agrees."""
    small_registry(tmp_path / "config")
    folder = tmp_path / "talletukset" / "2020"
    folder.mkdir(parents=True)
    damaged = bytearray(PACKINGS["gzip"][1](responses(3)))
    damaged[len(damaged) // 2] ^= 0xFF
    (folder / "a.warc.gz").write_bytes(damaged)
    (folder / "luettelo.txt").write_text("ei mukaan")
    options = ["--data", str(tmp_path / "data"), "--config", str(tmp_path / "config")]
    run = CliRunner().invoke(cli, [*options, "import", str(folder.parent), "--json"])
    assert run.exit_code == 0, run.output
    told = json.loads(run.stdout)["files"][0]
    assert (told["captures"], told["damaged"], told["software"]) == (2, 1, "Kone/1.0")
    assert told["lost_bytes"] > 100
    shown = CliRunner().invoke(cli, [*options, "import", str(folder)])
    assert "held" in shown.stdout
    assert "cannot be read: no readable member" in shown.stderr
    told = CliRunner().invoke(cli, [*options, "status"]).stdout
    assert re.search(r"^a\.warc\.gz +2 +0 +0 +1 +\d{3,}$", told, re.MULTILINE)
    sums = tmp_path / "data" / "warc" / "imports"
    again = CliRunner().invoke(cli, [*options, "import", str(sums)])
    assert (again.exit_code, len(list(sums.glob("*.warc.gz")))) == (0, 1)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=sums, check=True)


def test_a_full_disk(tmp_path, monkeypatch, db, registry):
    """An import that finds no room keeps nothing of the file, and says what to do."""
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(responses(1)))
    monkeypatch.setattr("archive.imports.storing._copy_bytes", _fail)
    with pytest.raises(WarcError, match=r"No space left on device.*make room and import it again"):
        import_files(db, registry, tmp_path / "data", [path])
    assert [file.name for file in (tmp_path / "data" / "warc" / "imports").iterdir()] == [".lock"]


def _fail(_file, copy):
    copy.write(b"WARC/1.0")
    raise OSError(28, "No space left on device")


def test_revisits_of_other_files(bring, db):
    """A revisit finds its body whether it comes later, lies in another file, or is of another page; else it waits, countable."""
    revisit = {"kind": "revisit", "Content_Type": "application/http; msgtype=response"}
    first = warc_record(
        http(b""),
        "https://kyt.fi/a",
        at="2021-01-01T00:00:00Z",
        number=1,
        WARC_Payload_Digest=sha1(BODY),
        **revisit,
    )
    named = warc_record(
        http(b""),
        "https://kyt.fi/b",
        at="2021-01-02T00:00:00Z",
        number=2,
        WARC_Refers_To="<urn:uuid:00000000-0000-4000-8000-000000000009>",
        **revisit,
    )
    absent = warc_record(
        http(b""),
        "https://kyt.fi/c",
        at="2021-01-03T00:00:00Z",
        number=3,
        WARC_Payload_Digest=sha1(b"muu"),
        **revisit,
    )
    report = bring(a_warc=first + named + absent)
    assert report.files[0]["captures"] == 3
    bring(b_warc=warc_record(http(BODY), "https://kyt.fi/x", at="2020-01-01T00:00:00Z", number=9))
    rows = {row["url"]: row for row in db["captures"].rows}
    original = rows["https://kyt.fi/x"]["id"]
    assert [rows[f"https://kyt.fi/{name}"]["revisit_of"] for name in "abc"] == [
        original,
        original,
        None,
    ]
    assert rows["https://kyt.fi/b"]["payload_digest"] == sha1(BODY)
    assert one(db, "SELECT state FROM pages WHERE url = 'https://kyt.fi/c'")["state"] == "live"


def test_other_files_notes_that_cannot_be_understood(bring, db):
    """A crawl's report that is no JSON, or lacks what it must tell, is an issue; the file is read on."""
    urn = "urn:x-jarjestoarkisto:crawl:20200301-abc:report"
    notes = [
        warc_record(text, urn, kind="metadata", number=50 + n)
        for n, text in enumerate([b"ei", b"[]", b"{}"])
    ]
    report = bring(a_warc=b"".join([*notes, *responses(1)]))
    assert report.files[0]["captures"] == 1
    assert len([line for line in report.problems if "cannot be understood" in line]) == 3


def test_a_hash_of_the_file_is_kept(bring, db, tmp_path):
    """The row of a file tells its name and digest."""
    bring(a_warc=b"".join(responses(1)))
    row = one(db, "SELECT * FROM warc_files")
    assert row["original"] == "a.warc"
    assert row["digest"] == hashlib.sha256((tmp_path / "a.warc").read_bytes()).hexdigest()


def test_imports_of_every_packing_can_be_replayed(tmp_path, db, registry):
    """What came from ARC, Zstandard, plain and damaged files is read, published and packed for replay as WARC."""
    made = {
        "a.arc.gz": PACKINGS["gzip"][1]([arc_head(), arc_record(http(BODY), "http://kyt.fi/arc")]),
        "b.warc.zst": PACKINGS["zstd-dictionary"][1]([warc_record(http(BODY + b"1"), "https://kyt.fi/zstd", number=1)]),
        "c.warc": warc_record(http(BODY + b"2"), "https://kyt.fi/plain", without=("WARC-Record-ID",)),
        "d.warc": warc_record(http(BODY + b"3"), "https://kyt.fi/rikki", Content_Length="9999", number=3),
        "e.warc.gz": gzip.compress(b"".join(responses(2))),
    }  # fmt: skip
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    import_files(db, registry, tmp_path / "data", [tmp_path / name for name in made])
    extract(db, registry, tmp_path / "data", processes=1)
    assert db["captures"].count == 6
    assert {row["error"] for row in db["readings"].rows} == {None}
    sink = io.BytesIO()
    copy = WarcCopy(sink)
    for row in db["captures"].rows:
        path = find_warc(tmp_path / "data" / "warc", row["warc_file"])
        copy.add(Source(path, row["warc_offset"], row["warc_length"], row["record_id"]))
    sink.seek(0)
    found = {
        record.rec_headers["WARC-Target-URI"]: record.content_stream().read()
        for record in ArchiveIterator(sink)
    }
    assert {sha1(body) for body in found.values()} == {
        row["payload_digest"] for row in db["captures"].rows
    }
    build_index(db, registry)
    publish(
        tmp_path / "data" / "archive.db", tmp_path / "data" / "published.db",
        edition="research", registry=registry, now=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "data" / "published.db")) as edition:
        assert edition.execute("SELECT count(*) FROM mementos").fetchone()[0] == 6
