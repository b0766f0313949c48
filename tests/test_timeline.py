"""One time line: captures from everywhere, in whatever order they come in, give the same rows."""

import gzip
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.importing import import_files
from archive.ingest import ingest
from archive.reading import read_body
from archive.schema import open_archive
from archive.versions import extract
from tests.packing import http, sha1, warc_record, warcinfo
from tests.registries import small_registry
from tests.test_ingest import dump, one
from tests.test_versions import page
from tests.warcs import WarcMaker

TEXTS = [
    page("Pöytä", "Pöytä perustettiin."),
    page("Pöytä", "Pöytä perustettiin.", "<footer><p>Kävijöitä 7</p></footer>"),
    page("Pöytä", "Pöytä lopetettiin vuonna 2019."),
    page("Tiedote", "Julkaistu 3.2.2018. Neuvottelukunta aloitti."),
]
PAGES = ("https://kyt.fi/poyta", "https://kyt.fi/tiedote")


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Give a registry of kyt (13) and ekyhdistykset (09)."""
    return small_registry(tmp_path_factory.mktemp("config"))


@pytest.fixture(autouse=True)
def _read_here(monkeypatch):
    """Read bodies in this process: the pool costs more than the reading."""
    monkeypatch.setattr("archive.versions.read_bodies", lambda bodies, **_: map(read_body, bodies))


def record(number, url, text, day, kind):
    """Return one capture of a page."""
    at, body = f"20{10 + day // 300}-{1 + day % 12:02}-{1 + day % 28:02}T12:00:00Z", TEXTS[text]
    common = {"url": url, "at": at, "number": number}
    if kind == "response":
        return warc_record(http(body), WARC_Payload_Digest=sha1(body), **common)
    if kind == "other digest":
        return warc_record(http(body), WARC_Payload_Digest=f"sha256:{text}", **common)
    status = "304 Not Modified" if kind == "not modified" else "200 OK"
    stated = {"revisit": sha1(body), "other revisit": f"sha256:{text}"}.get(kind)
    return warc_record(
        http(b"", status=status), kind="revisit", WARC_Payload_Digest=stated, **common
    )


CAPTURE = st.tuples(
    st.sampled_from(PAGES),
    st.integers(0, len(TEXTS) - 1),
    st.integers(0, 2000),
    st.sampled_from(["response", "response", "revisit", "not modified", "other digest", "other revisit"]),
)  # fmt: skip


def rows_of(registry, files, order, *, each):
    """Import files in an order, extract after each or at the end, and return all rows that tell of the web."""
    data = Path(tempfile.mkdtemp())
    db = open_archive(data / "archive.db")
    try:
        for number in order:
            path = data / f"{number}.warc"
            path.write_bytes(files[number])
            import_files(db, registry, data, [path])
            if each:
                extract(db, registry, data)
        extract(db, registry, data)
        return {
            name: rows for name, rows in dump(db).items() if name not in ("warc_files", "issues")
        }
    finally:
        db.close()
        shutil.rmtree(data)


@settings(max_examples=15, deadline=None)
@given(
    captures=st.lists(CAPTURE, min_size=2, max_size=9, unique_by=lambda one: (one[0], one[2] % 336)),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_the_order_of_imports_makes_no_difference(registry, captures, seed):
    """Captures, revisits, pages, readings, versions, texts and links are the same, extracted after each file or once."""
    dice = random.Random(seed)
    files = [warcinfo() for _ in range(3)]
    for number, capture in enumerate(captures):
        files[dice.randrange(3)] += record(number, *capture)
    order = dice.sample(range(3), 3)
    once = rows_of(registry, files, sorted(order), each=False)
    assert rows_of(registry, files, order, each=True) == once


def bring(db, registry, tmp_path, name, content):
    """Import one file."""
    (tmp_path / name).write_bytes(content)
    return import_files(db, registry, tmp_path / "data", [tmp_path / name])


def test_first_seen_follows_the_capture(tmp_path, db, registry):
    """An old file that comes in after our own crawl makes the page older, and keeps the newest text current."""
    own = WarcMaker(tmp_path / "data" / "warc" / "JA-1.warc.gz")
    own.response(PAGES[0], TEXTS[2], at="2021-03-01T12:00:00Z")
    own.close()
    ingest(db, registry, tmp_path / "data")
    extract(db, registry, tmp_path / "data")
    old = warcinfo("Wget/1.13.4") + warc_record(
        http(TEXTS[0]), PAGES[0], at="2018-03-01T12:00:00Z", number=1
    )
    old += warc_record(http(TEXTS[2]), PAGES[0], at="2019-03-01T12:00:00Z", number=2)
    bring(db, registry, tmp_path, "vanha.warc", old)
    extract(db, registry, tmp_path / "data")
    versions = db.query(
        "SELECT first_seen, last_seen, captures, current FROM versions ORDER BY first_seen"
    )
    assert [tuple(row.values()) for row in versions] == [
        ("2018-03-01T12:00:00Z", "2018-03-01T12:00:00Z", 1, 0),
        ("2019-03-01T12:00:00Z", "2021-03-01T12:00:00Z", 2, 1),
    ]
    captures = db.query("SELECT source, provenance FROM captures ORDER BY timestamp")
    told = ("import", "vanha.warc; Wget/1.13.4")
    assert [tuple(row.values()) for row in captures] == [told, told, ("crawl", None)]
    assert one(db, "SELECT first_captured FROM pages")["first_captured"] == "2018-03-01T12:00:00Z"


def test_captures_of_web_archives_say_so(tmp_path, db, registry):
    """A file of ours whose captures were taken from elsewhere says whence, and each capture from which address."""
    info = b"software: kone 1.0\r\nisPartOf: 20300101120000-abc123\r\nprovenance: wayback\r\n"
    source = "https://web.archive.org/web/20180301120000id_/https://kyt.fi/poyta"
    content = warc_record(info, "", kind="warcinfo", number=1) + warc_record(
        http(TEXTS[0]), PAGES[0], at="2018-03-01T12:00:00Z", number=2, WARC_Source_URI=source
    )
    (tmp_path / "data" / "warc").mkdir()
    records = content.replace(b"WARC/1.0", b"\0WARC/1.0").split(b"\0")[1:]
    made = tmp_path / "data" / "warc" / "JA-1.warc.gz"
    made.write_bytes(b"".join(map(gzip.compress, records)))
    ingest(db, registry, tmp_path / "data")
    row = one(db, "SELECT source, provenance, crawl FROM captures")
    assert row == {"source": "wayback", "provenance": source, "crawl": None}
