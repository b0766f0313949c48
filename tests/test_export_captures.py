"""Captures for other programs: WARC and WACZ of a selection, and a Wayback Machine of an edition."""

import gzip
import io
import json
import subprocess
import urllib.error
import urllib.request
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from fastwarc.warc import ArchiveIterator

from archive.errors import PublishError, QueryError
from archive.exports import export_captures, write_pywb
from crawler.cli import cli
from tests.peers import peer
from tests.replayed_archive import CLOSED, FIRST, HIDDEN, OPEN, SECOND, SNIPPET, build
from tests.wayback import wayback


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Give the archive with its public edition."""
    made = build(tmp_path_factory.mktemp("exported"))
    made.publish()
    return made


def urls_in(warc):
    """Return the addresses of the records of a WARC file."""
    return sorted(
        record.headers["WARC-Target-URI"].removeprefix(OPEN)
        for record in ArchiveIterator(io.BytesIO(warc), parse_http=False)
        if record.headers.get("WARC-Target-URI")
    )


def exported(archive, folder, **choice):
    """Return the WARC file of an export."""
    export_captures(archive.published, folder, formats=("warc",), **choice)
    return (folder / "captures.warc.gz").read_bytes()


ALL = ["/kuva.png", "/kysely?p=2&a=%C3%A4", "/poyta", "/poyta", "/poyta", "/robots.txt", "/tyyli.css", "/vanha"]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, ALL),
        ({"filters": {"site": "avoin"}}, ALL),
        ({"query": "kysely"}, ["/kysely?p=2&a=%C3%A4"]),
        ({"filters": {"site": "avoin"}, "query": "lopetettiin"}, ["/poyta"] * 3),
        ({"until": "2019"}, ["/poyta"]),
        ({"since": "2020-03-02"}, ["/kysely?p=2&a=%C3%A4", "/poyta", "/poyta", "/vanha"]),
        ({"since": "2020-03-02", "until": "2020-03-02"}, ["/kysely?p=2&a=%C3%A4", "/vanha"]),
    ],
    ids=["all", "site", "query", "query and site", "until", "from", "a day"],
)
def test_the_selection_is_exported(archive, tmp_path, choice, expected):
    """Everything, a site, a query and a time each give their captures; a revisit brings the body that it repeats."""
    assert urls_in(exported(archive, tmp_path / "out", **choice)) == expected


def test_records_are_the_stored_bytes(archive, tmp_path):
    """Every record of the export stands in the WARC file byte for byte, and warcio finds every digest right."""
    warc = exported(archive, tmp_path / "out")
    stored = (archive.data / "warc" / "JA-1.warc.gz").read_bytes()
    lines = (tmp_path / "out" / "captures.warc.gz.cdxj").read_text().splitlines()
    assert len(lines) == len(ALL)
    for line in lines:
        fields = json.loads(line.split(" ", 2)[2])
        start, length = int(fields["offset"]), int(fields["length"])
        assert warc[start : start + length] in stored
    checked = subprocess.run([peer("warcio"), "check", "-v", tmp_path / "out" / "captures.warc.gz"], capture_output=True, text=True)  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True)  # fmt: skip
    assert sums.returncode == 0


def test_the_index_is_that_of_pywb(archive, tmp_path):
    """The index beside the WARC file is the one that pywb makes of it."""
    exported(archive, tmp_path / "out")
    path = tmp_path / "out" / "captures.warc.gz"
    told = subprocess.run([peer("cdx-indexer"), "-j", "-s", path], capture_output=True, text=True, check=True)  # fmt: skip
    assert (tmp_path / "out" / "captures.warc.gz.cdxj").read_text() == told.stdout


def test_a_wacz_of_a_selection_is_valid(archive, tmp_path):
    """py-wacz accepts it; it lists the pages that were chosen and says what was asked for."""
    report = export_captures(archive.published, tmp_path / "out", formats=("wacz",), query="pöytä", until="2020")  # fmt: skip
    path = tmp_path / "out" / "captures.wacz"
    told = subprocess.run([peer("wacz"), "validate", "-f", path], capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    with ZipFile(path) as packed:
        pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()[1:]]
        about = json.loads(packed.read("datapackage.json"))
    assert report.pages == len(pages)
    assert {"/poyta", "/kysely?p=2&a=%C3%A4"} >= {page["url"].removeprefix(OPEN) for page in pages}
    assert about["description"].startswith("query: pöytä; until: 2020. From the public edition of 2026-11-22")  # fmt: skip


def test_the_same_request_gives_the_same_bytes(archive, tmp_path):
    """An export can be made again."""
    for name in ("one", "two"):
        export_captures(archive.published, tmp_path / name, formats=("warc", "wacz"))
    for file in ("captures.warc.gz", "captures.wacz", "SHA256SUMS"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_nothing_hidden_is_exported(archive, tmp_path):
    """No export holds a word of what may not be shown, and asking for it finds nothing."""
    content = gzip.decompress(exported(archive, tmp_path / "out")).lower()
    assert not [word for word in HIDDEN if word.encode() in content]
    for choice in ({"filters": {"site": "lukko"}}, {"filters": {"site": "ote"}}, {"query": "poistosana"}):  # fmt: skip
        with pytest.raises(QueryError, match="nothing to export"):
            exported(archive, tmp_path / "none", **choice)
        assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("date", ["eilen", "2020-3", "20200301", "2020-03-01T10"])
def test_a_bad_date_is_refused(archive, tmp_path, date):
    """A date that is none says how to write one."""
    with pytest.raises(QueryError, match="write 2020, 2020-03 or 2020-03-15"):
        exported(archive, tmp_path / "out", since=date)


def test_the_verbs_write_and_say_where(archive, tmp_path):
    """`export --format wacz` and `pywb` print what they wrote; formats of two kinds and lost dates are wrong use."""
    run = CliRunner().invoke
    data = ["--data", str(archive.data)]
    told = run(cli, [*data, "export", "--format", "wacz", "--to", str(tmp_path / "out"), "--from", "2021"])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "export: 2 captures, 1 pages" in told.output
    told = run(cli, [*data, "pywb", "--to", str(tmp_path / "pywb")])
    assert told.exit_code == 0, told.output
    assert "pywb: 8 captures" in told.output
    for wrong in (["--format", "wacz", "--format", "csv"], ["--from", "2020"]):
        assert run(cli, [*data, "export", *wrong]).exit_code == 2


def test_an_edition_without_captures_gives_no_wayback(tmp_path):
    """Where nothing may be replayed, the verb says so."""
    archive = build(tmp_path)
    archive.take_down("avoin")
    archive.publish()
    with pytest.raises(PublishError, match="no capture that may be replayed"):
        write_pywb(archive.published, tmp_path / "pywb")


def fetched(url):
    """Return status, body and headers of an address."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b"", error.headers


def test_pywb_replays_the_edition(archive, tmp_path):
    """Pywb gives every capture of the edition with its bytes, revisits too, and nothing that is hidden."""
    write_pywb(archive.published, tmp_path)
    with wayback(tmp_path) as address:
        collection = f"{address}/jarjestoarkisto"
        for moment, body in (("20190301100000", FIRST), ("20200301100000", SECOND), ("20210301100000", SECOND)):  # fmt: skip
            status, content, headers = fetched(f"{collection}/{moment}id_/{OPEN}/poyta")
            assert (status, content) == (200, body)
            assert headers["Memento-Datetime"]
        for url in (f"{OPEN}/poistettu", f"{OPEN}/noarkisto", f"{OPEN}/merkki.png", f"{SNIPPET}/", f"{CLOSED}/"):  # fmt: skip
            assert fetched(f"{collection}/2020id_/{url}")[0] == 404, url
        status, listed, _ = fetched(f"{collection}/cdx?url=avoin.fi/*&output=json")
        assert status == 200
        assert len(listed.splitlines()) == len(ALL)
