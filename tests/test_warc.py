"""Reading WARC files, whole and damaged."""

import gzip

import pytest

from archive.entities import STEP, read_entity
from archive.errors import WarcError
from archive.members import SEARCH, Damage, walk_members
from archive.records import WarcRecord
from archive.warc import OPEN, find_warc, read_record, read_warc, warc_files
from tests.warcs import WarcMaker

BODY = b"<p>Kumppanuusp\xc3\xb6yt\xc3\xa4 kokoontui.</p>" * 50


@pytest.fixture
def three(tmp_path):
    """Give a file of three responses and their offsets."""
    maker = WarcMaker(tmp_path / "JA-1.warc.gz", crawl=None)
    offsets = [maker.response(f"https://kyt.fi/{n}", BODY + b"%d" % n) for n in range(3)]
    maker.close()
    return maker.path, offsets


def urls(path, start=0):
    """Return the addresses read, and damage as its place."""
    found = read_warc(path, start)
    return [f.url if isinstance(f, WarcRecord) else (f.offset, f.at_end) for f in found]


def test_records_have_their_place_and_can_be_read_by_it(three):
    """An offset that reading gives leads back to the same record."""
    path, offsets = three
    records = list(read_warc(path))
    assert [record.offset for record in records] == offsets
    assert sum(record.length for record in records) == path.stat().st_size
    assert read_record(path, offsets[1]).payload == BODY + b"1"
    assert records[1].http_status == 200


def test_reading_goes_on_where_it_stopped(three):
    """Only records from the given offset on come out."""
    path, offsets = three
    assert urls(path, offsets[2]) == ["https://kyt.fi/2"]
    assert urls(path, path.stat().st_size) == []


@pytest.mark.parametrize("byte", range(20, 300, 40))
def test_one_flipped_byte_costs_one_record(three, byte):
    """Records before and after the damage come in, and the damage says where it is."""
    path, offsets = three
    data = bytearray(path.read_bytes())
    data[offsets[1] + byte] ^= 0xFF
    path.write_bytes(bytes(data))
    assert urls(path) == ["https://kyt.fi/0", (offsets[1], False), "https://kyt.fi/2"]


def test_a_cut_tail_is_said_to_be_at_the_end(three):
    """A file that still grows ends in the middle of a record; that record comes later."""
    path, offsets = three
    path.write_bytes(path.read_bytes()[:-20])
    assert urls(path) == ["https://kyt.fi/0", "https://kyt.fi/1", (offsets[2], True)]


def test_a_member_that_is_no_warc(tmp_path):
    """A gzip file of something else is damage, not an exception."""
    path = tmp_path / "JA-1.warc.gz"
    path.write_bytes(gzip.compress("ei mikään tietue".encode()))
    (found,) = read_warc(path)
    assert isinstance(found, Damage)
    assert "no WARC record" in found.reason


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param([("Content-Encoding", "gzip")], gzip.compress(BODY), id="gzip"),
        pytest.param(
            [("Transfer-Encoding", "chunked")],
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
            id="chunked",
        ),
    ],
)
def test_codings_of_the_body_are_removed(tmp_path, headers, body):
    """The payload is what a browser would show."""
    maker = WarcMaker(tmp_path / "JA-1.warc.gz")
    offset = maker.response("https://kyt.fi/", body, headers=headers)
    maker.close()
    assert read_record(maker.path, offset).payload == BODY


def test_open_and_closed_files_are_one_list(tmp_path):
    """The name in the archive is the closed one, and the file is found under both."""
    for name in ("JA-2.warc.gz" + OPEN, "JA-1.warc.gz"):
        (tmp_path / name).touch()
    assert [path.name for path in warc_files(tmp_path)] == ["JA-1.warc.gz", "JA-2.warc.gz.open"]
    assert find_warc(tmp_path, "JA-2.warc.gz").name.endswith(OPEN)
    with pytest.raises(WarcError, match=r"JA-3.warc.gz is missing"):
        find_warc(tmp_path, "JA-3.warc.gz")


def test_no_record_at_an_offset(three):
    """The error names the file and the byte."""
    path, _ = three
    with pytest.raises(WarcError, match=r"JA-1.warc.gz holds no readable record at byte 7"):
        read_record(path, 7)


@pytest.mark.parametrize("over", [0, 1, 257, 258, 300], ids=str)
def test_members_that_unpack_to_a_limit_and_more_end_where_they_end(tmp_path, over):
    """Neither what follows a member nor a last piece of exactly the limit leads the reader astray."""
    path = tmp_path / "a.warc.gz"
    bodies = [bytes(SEARCH * times + over) for times in (1, 3)] + [b"WARC/1.1 loppu"]
    path.write_bytes(b"".join(gzip.compress(body) for body in bodies))
    assert [member.data for member in walk_members(path)] == bodies


@pytest.mark.parametrize("over", [-1, 0, 1, 257, 258, 300], ids=str)
def test_a_body_that_unpacks_to_a_limit_is_whole(over):
    """The last piece may be exactly as long as the limit of one step."""
    body = bytes(STEP + over)
    packed = gzip.compress(body)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    entity = read_entity(head + packed)
    assert (entity.payload, entity.fault) == (body, None)
