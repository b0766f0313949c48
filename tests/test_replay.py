"""Our WARC files in the hands of other programs: they check, and they replay the same bytes."""

import subprocess
import urllib.request

import pytest
from fastwarc.warc import ArchiveIterator

from archive.schema import open_archive
from archive.warc import find_warc, read_record
from tests.peers import peer
from tests.wayback import wayback


@pytest.fixture(scope="module")
def warcs(demonstration):
    """Give the WARC files of the demonstration."""
    files = sorted((demonstration / "warc").glob("*.warc.gz"))
    assert files
    return files


def test_warcio_finds_every_digest_right(warcs):
    """`warcio check` passes on every file."""
    checked = subprocess.run(
        [peer("warcio"), "check", "-v", *warcs], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert "digest pass" in checked.stdout


def test_fastwarc_finds_every_digest_right(warcs):
    """A second reader finds as many records, and every block digest right."""
    seen = 0
    for path in warcs:
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, parse_http=False):
                seen += 1
                assert record.verify_block_digest(), (path, record.stream_pos)
    assert seen > 100


def pywb(folder, warcs):
    """Serve the files by pywb."""
    for arguments in (["init", "testi"], ["add", "testi", *map(str, warcs)]):
        subprocess.run(
            [peer("wb-manager"), *arguments], cwd=folder, check=True, capture_output=True
        )
    return wayback(folder)


def test_pywb_replays_the_same_bytes(demonstration, warcs, tmp_path):
    """Every page that we hold comes out of pywb with the status and the body that we read from WARC."""
    db = open_archive(demonstration / "archive.db")
    captures = list(
        db.query(
            "SELECT url, timestamp, status, warc_file, warc_offset FROM captures"
            " WHERE record_type = 'response' AND status = 200 AND page IS NOT NULL ORDER BY url"
        )
    )
    db.close()
    assert len(captures) > 30
    with pywb(tmp_path, warcs) as address:
        for capture in captures:
            moment = capture["timestamp"].translate(str.maketrans("", "", "-:TZ"))
            url = f"{address}/testi/{moment}id_/{capture['url']}"
            record = read_record(
                find_warc(demonstration / "warc", capture["warc_file"]), capture["warc_offset"]
            )
            request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})
            with urllib.request.urlopen(request) as answer:
                assert answer.status == 200
                assert answer.read() == record.payload, capture["url"]
