"""WARC files into captures, pages, crawls, skips and issues."""

import base64
import hashlib

import pytest
from click.testing import CliRunner

from archive.ingest import ingest
from archive.status import archive_status
from archive.warc import OPEN
from crawler.cli import cli
from tests.registries import EKY, KYT, small_registry
from tests.warcs import WarcMaker

PAGE = (
    b"<html><head><title>Kokous</title></head><body><p>Kumppanuuspoyta kokoontui.</p></body></html>"
)


def digest(body: bytes) -> str:
    """Return the WARC payload digest."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def maker(tmp_path, name="JA-20200301120000-abc123-00001.warc.gz", crawl="20200301120000-abc123"):
    """Begin a WARC file in the data directory."""
    return WarcMaker(tmp_path / "data" / "warc" / name, crawl)


def one(db, sql):
    """Return the only row."""
    (row,) = db.query(sql)
    return row


def dump(db):
    """Return the content of all our tables, order aside."""
    tables = [name for name in db.table_names() if not name.startswith(("_", "sqlite_"))]
    return {name: sorted(map(repr, db[name].rows)) for name in tables}


def test_a_response_becomes_a_capture_and_a_page(tmp_path, db, registry):
    """The capture keeps its place in WARC and gets site and page by scope."""
    warc = maker(tmp_path)
    offset = warc.response(
        "https://www.kyt.fi/kokous", PAGE, headers=[("X-Robots-Tag", "noarchive")]
    )
    ingest(db, registry, tmp_path / "data")
    capture = one(db, "SELECT * FROM captures")
    page = one(db, "SELECT * FROM pages")
    assert capture["site"] == "kyt"
    assert capture["page"] == page["id"]
    assert capture["warc_offset"] == offset
    assert capture["timestamp"] == "2020-03-01T12:00:00Z"
    assert capture["payload_digest"] == digest(PAGE)
    assert (capture["robots"], capture["noarchive"]) == ("noarchive", 1)
    assert (page["urlkey"], page["state"], page["captures"]) == ("fi,kyt)/kokous", "live", 1)


def test_reading_twice_changes_nothing(tmp_path, db, registry):
    """A second run finds nothing to do and leaves every row as it was."""
    warc = maker(tmp_path)
    warc.response("https://kyt.fi/kokous", PAGE)
    warc.report(sites={"kyt": REPORT})
    warc.close()
    ingest(db, registry, tmp_path / "data")
    before = dump(db)
    report = ingest(db, registry, tmp_path / "data")
    assert dump(db) == before
    assert (report.files, report.records) == (0, 0)


REPORT = {
    "fetched": 2,
    "stored": 2,
    "failed": 0,
    "skipped": 1,
    "pages": 1,
    "expect_min": 1,
    "met": True,
}


def test_a_file_that_grows_is_read_in_parts(tmp_path, db, registry):
    """What an open file holds is read at once; the rest when it comes; the crawl is known throughout."""
    warc = maker(tmp_path, "JA-20200301120000-abc123-00001.warc.gz" + OPEN)
    warc.response("https://kyt.fi/1", PAGE)
    with warc.path.open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00 half a record")
    ingest(db, registry, tmp_path / "data")
    assert db["captures"].count == 1
    assert db["issues"].count == 0
    warc.path.write_bytes(warc.path.read_bytes().removesuffix(b"\x1f\x8b\x08\x00 half a record"))
    warc.response("https://kyt.fi/2", PAGE)
    warc.close()
    warc.path.rename(warc.path.with_suffix(""))
    ingest(db, registry, tmp_path / "data")
    assert [row["crawl"] for row in db["captures"].rows] == ["20200301120000-abc123"] * 2
    assert one(db, "SELECT complete FROM warc_files")["complete"] == 1


def test_damage_is_reported_and_costs_one_record(tmp_path, db, registry):
    """An issue says where bytes could not be read; the records around them come in."""
    warc = maker(tmp_path)
    offsets = [warc.response(f"https://kyt.fi/{n}", PAGE) for n in range(3)]
    warc.close()
    data = bytearray(warc.path.read_bytes())
    data[offsets[1] + 60] ^= 0xFF
    warc.path.write_bytes(bytes(data))
    report = ingest(db, registry, tmp_path / "data")
    assert (report.captures, report.damaged) == (2, 1)
    assert (
        f"from byte {offsets[1]} cannot be read" in one(db, "SELECT message FROM issues")["message"]
    )


def test_a_revisit_gets_its_original(tmp_path, db, registry):
    """A revisit knows the capture whose body it repeats, also when that comes in later."""
    late = maker(tmp_path, "JA-2.warc.gz", "20200401120000-abc123")
    late.revisit(
        "https://kyt.fi/kokous",
        digest(PAGE),
        refers_to_url="https://kyt.fi/kokous",
        refers_to_date="2020-03-01T12:00:00Z",
        at="2020-04-01T12:00:00Z",
    )
    late.close()
    ingest(db, registry, tmp_path / "data")
    assert one(db, "SELECT revisit_of FROM captures")["revisit_of"] is None
    early = maker(tmp_path, "JA-3.warc.gz")
    early.response("https://kyt.fi/kokous", PAGE)
    early.close()
    ingest(db, registry, tmp_path / "data")
    original = one(db, "SELECT id FROM captures WHERE record_type = 'response'")["id"]
    revisit = one(db, "SELECT * FROM captures WHERE record_type = 'revisit'")
    assert (revisit["revisit_of"], revisit["mime_detected"]) == (original, "text/html")
    page = one(db, "SELECT * FROM pages")
    assert (page["captures"], page["last_captured"]) == (2, "2020-04-01T12:00:00Z")


@pytest.mark.parametrize(
    ("url", "body", "mime"),
    [
        pytest.param("https://kyt.fi/robots.txt", b"User-agent: *", "text/plain", id="robots"),
        pytest.param(
            "https://kyt.fi/feed/", b"<?xml version='1.0'?><rss/>", "text/html", id="feed"
        ),
        pytest.param("https://kyt.fi/tiedot.json", b'{"a": 1}', "application/json", id="json"),
        pytest.param("https://kyt.fi/kuva.png", b"\x89PNG\r\n\x1a\n....", "image/png", id="image"),
    ],
)
def test_what_is_no_page(tmp_path, db, registry, url, body, mime):
    """Captures for machines are kept as captures, without a page."""
    maker(tmp_path).response(url, body, mime=mime)
    ingest(db, registry, tmp_path / "data")
    capture = one(db, "SELECT site, page FROM captures")
    assert (capture["site"], capture["page"]) == ("kyt", None)
    assert db["pages"].count == 0


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("200 OK", "live"),
        ("301 Moved", "moved"),
        ("404 Not Found", "gone"),
        ("503 Busy", "failing"),
    ],
)
def test_the_newest_capture_gives_the_state(tmp_path, db, registry, status, state):
    """A page keeps the address that had content, and says what happened last."""
    warc = maker(tmp_path)
    warc.response("https://kyt.fi/kokous", PAGE)
    warc.response("http://kyt.fi/kokous", PAGE, status=status, at="2021-01-01T00:00:00Z")
    ingest(db, registry, tmp_path / "data")
    page = one(db, "SELECT state, url FROM pages")
    assert page["state"] == state
    assert page["url"] == ("http" if state == "live" else "https") + "://kyt.fi/kokous"


def test_a_site_that_comes_into_the_registry_gets_its_captures(tmp_path, db):
    """Captures outside every scope are kept, and belong to a site as soon as one holds them."""
    warc = maker(tmp_path)
    warc.response("https://www.ekyhdistykset.fi/uutinen", PAGE)
    report = ingest(db, small_registry(tmp_path / "a", kyt=KYT), tmp_path / "data")
    assert (report.outside, db["pages"].count) == (1, 0)
    ingest(db, small_registry(tmp_path / "b", kyt=KYT, ekyhdistykset=EKY), tmp_path / "data")
    assert one(db, "SELECT site FROM pages")["site"] == "ekyhdistykset"


def test_crawls_skips_and_failures(tmp_path, db, registry):
    """The report, the skipped addresses and the failures of a crawl become rows."""
    warc = maker(tmp_path)
    warc.path.write_bytes(b"")
    warc = maker(tmp_path)
    warc.metadata(
        "https://kyt.fi/alhaalla", b"fetchError: timeout\r\nmessage: 60 s\r\nsiteId: kyt\r\n"
    )
    skip = {
        "at": "2020-03-01T12:00:01Z",
        "site": "kyt",
        "url": "https://kyt.fi/x",
        "reason": "robots",
    }
    warc.skips(skip, skip)
    warc.report(sites={"kyt": REPORT})
    warc.close()
    ingest(db, registry, tmp_path / "data")
    assert one(db, "SELECT reason, detail FROM skips") == {"reason": "robots", "detail": None}
    assert one(db, "SELECT message, site FROM issues") == {
        "message": "timeout: 60 s",
        "site": "kyt",
    }
    assert one(db, "SELECT met, pages FROM crawl_sites") == {"met": 1, "pages": 1}


def test_a_crawl_report_becomes_rows(tmp_path, db, registry):
    """Counts, skips by reason, speed and broken expectation of a site; a second reading changes nothing."""
    told = REPORT | {
        "new": 1, "changed": 1, "unchanged": 0, "bytes": 512, "skips": {"trap": 2, "robots": 1},
        "seconds": 10.5, "bound_seconds": 10.0, "broken": "1 page is stored"
    }  # fmt: skip
    warc = maker(tmp_path)
    warc.report(sites={"kyt": told})
    warc.report(sites={"kyt": told})
    warc.close()
    ingest(db, registry, tmp_path / "data")
    row = one(db, "SELECT new, changed, bytes, skips, seconds, broken FROM crawl_sites")
    assert row == {
        "new": 1, "changed": 1, "bytes": 512, "skips": '{"robots": 1, "trap": 2}', "seconds": 10.5,
        "broken": "1 page is stored",
    }  # fmt: skip


def test_status_tells_what_the_newest_crawl_found_wanting(tmp_path, db, registry):
    """Broken expectations of an earlier crawl are history; those of the newest are shown."""
    for crawl, broken in (("20200301120000-abc123", "vanha"), ("20200401120000-def456", "uusi")):
        warc = maker(tmp_path, f"JA-{crawl}-00001.warc.gz", crawl)
        started = f"2020-0{crawl[5]}-01T12:00:00Z"
        warc.report(started=started, sites={"kyt": REPORT | {"broken": broken}})
        warc.close()
    ingest(db, registry, tmp_path / "data")
    found = archive_status(db, tmp_path / "data")
    assert [row["broken"] for row in found["broken"]] == ["uusi"]
    shown = CliRunner().invoke(cli, ["--data", str(tmp_path / "data"), "status"]).output
    assert "uusi" in shown
    assert "vanha" not in shown


def test_foreign_keys_hold(tmp_path, db, registry):
    """Every reference leads to a row."""
    warc = maker(tmp_path)
    warc.response("https://kyt.fi/kokous", PAGE)
    warc.response("https://muu.fi/", PAGE)
    warc.close()
    ingest(db, registry, tmp_path / "data")
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
