"""How WARC files are written: records, revisits, files, torn tails, a full disk."""

import os
import random
from datetime import UTC, datetime

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.errors import WarcError
from archive.warc import read_warc
from crawler.exchange import Exchange
from crawler.http1 import answer_of
from crawler.recovery import recover
from crawler.warcwalk import block_pieces
from crawler.warcwriter import Pointer, WarcWriter
from tests.rawserver import html, ok

AT = datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=UTC)


def exchange(url="https://www.jarjestotalo.fi/", response=None, **extra):
    """Return an exchange with a small page."""
    fields = {
        "url": url,
        "request": b"GET / HTTP/1.1\r\nHost: www.jarjestotalo.fi\r\n\r\n",
        "response": answer_of([response or html(f"Sivu {url}")]),
        "started": AT,
        "elapsed_ms": 12,
        "address": "193.0.0.1",
    }
    return Exchange(**{**fields, **extra})


def stored_block(path, offset):
    """Return the block of the record at an offset."""
    return b"".join(block_pieces(path, offset))


def writer(folder, max_bytes=10**9):
    """Return a writer of one crawl."""
    return WarcWriter(
        folder,
        prefix="JA",
        crawl_id="20260504123015-abc123",
        max_bytes=max_bytes,
        info={"software": "koe"},
        now=lambda: AT,
    )


def path_of(folder):
    """Return the only WARC file of a folder."""
    [path] = folder.glob("*.warc.gz*")
    return path


def kinds(path):
    """Return the types of the records of a file, as warcio reads them."""
    with path.open("rb") as stream:
        return [record.rec_type for record in ArchiveIterator(stream)]


def settled(folder, **options):
    """Write two exchanges and close."""
    made = writer(folder, **options)
    pointers = [made.exchange(exchange(f"https://a.fi/{n}"), {}).pointer for n in (1, 2)]
    made.close()
    made.settle(pointers)
    return sorted(folder.glob("*.warc.gz"))


def test_a_file_is_named_by_crawl_and_serial(tmp_path):
    """The name holds prefix, time, crawl and serial; the first record is the warcinfo."""
    [path] = settled(tmp_path)
    assert path.name == "JA-20260504123015-abc123-00001.warc.gz"
    assert kinds(path) == ["warcinfo"] + ["response", "request", "metadata"] * 2


def test_two_readers_agree(tmp_path):
    """Two readers, warcio and FastWARC, find the same records, and every block digest is right."""
    [path] = settled(tmp_path)
    with path.open("rb") as stream:
        records = list(FastIterator(stream, parse_http=False))
        assert len(records) == len(kinds(path)) == 7
    with path.open("rb") as stream:
        assert all(
            record.verify_block_digest() for record in FastIterator(stream, parse_http=False)
        )


def test_each_record_is_one_gzip_member_at_its_pointer(tmp_path):
    """The pointer leads to the response, whose block is the bytes of the wire."""
    made = writer(tmp_path)
    first, second = exchange("https://a.fi/1"), exchange("https://a.fi/2")
    made.exchange(first, {})
    pointer = made.exchange(second, {}).pointer
    [path] = tmp_path.iterdir()
    assert stored_block(path, pointer.offset) == second.response.spool.read()
    made.close()


def test_a_file_stays_open_until_it_is_settled(tmp_path):
    """The suffix goes when the frontier has acknowledged everything in the file, not before."""
    made = writer(tmp_path)
    pointers = [made.exchange(exchange(f"https://a.fi/{n}"), {}).pointer for n in (1, 2)]
    made.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".open"]
    made.settle(pointers[:1])
    assert [path.suffix for path in tmp_path.iterdir()] == [".open"]
    made.settle(pointers[1:])
    assert {path.suffix for path in tmp_path.iterdir()} == {".gz", ".cdxj"}


def test_a_large_file_is_followed_by_the_next(tmp_path):
    """Beyond the size a new file begins, with a warcinfo of its own."""
    paths = settled(tmp_path, max_bytes=500)
    assert [path.name[-13:] for path in paths] == ["00001.warc.gz", "00002.warc.gz"]
    assert [kinds(path)[0] for path in paths] == ["warcinfo", "warcinfo"]


def test_a_known_payload_becomes_a_revisit(tmp_path):
    """Only the head is stored again, and the record points to the first one."""
    made = writer(tmp_path)
    first = made.exchange(exchange("https://a.fi/1", html("sama")), {})
    again = made.exchange(exchange("https://a.fi/2", html("sama")), {}, first.payload)
    assert again.kind == "revisit"
    [path] = tmp_path.iterdir()
    assert stored_block(path, again.pointer.offset).endswith(b"\r\n\r\n")
    [revisit] = [r for r in read_warc(path) if r.kind == "revisit"]
    assert revisit.header("WARC-Refers-To") == first.payload.record_id
    assert revisit.header("WARC-Refers-To-Target-URI") == "https://a.fi/1"
    assert revisit.header("WARC-Refers-To-Date") == "2026-05-04T12:30:15.123456Z"
    made.close()


def test_not_modified_has_its_own_profile(tmp_path):
    """A 304 to a conditional request is a revisit by the server's word."""
    made = writer(tmp_path)
    first = made.exchange(exchange(), {})
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    again = made.exchange(exchange(response=answer), {}, first.payload)
    [path] = tmp_path.iterdir()
    [revisit] = [r for r in read_warc(path) if r.kind == "revisit"]
    assert again.kind == "revisit"
    assert revisit.header("WARC-Profile").endswith("/server-not-modified")
    assert stored_block(path, again.pointer.offset) == answer
    made.close()


@pytest.mark.parametrize("name", ["no body", "cut"])
def test_some_answers_are_no_payload_to_refer_to(tmp_path, name):
    """An empty or a cut body is never remembered for revisits."""
    made = writer(tmp_path)
    cases = {
        "no body": exchange(response=ok(b"", "text/html")),
        "cut": exchange(truncated="length"),
    }
    assert made.exchange(cases[name], {}).payload is None
    made.close()


def test_chunks_make_no_other_payload(tmp_path):
    """The payload digest is of the body without its chunks, so two cuts are one payload."""
    made = writer(tmp_path)
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    digests = {
        made.exchange(exchange(response=head + body), {}).payload.digest
        for body in (b"3\r\nmoi\r\n0\r\n\r\n", b"1\r\nm\r\n2;x\r\noi\r\n0\r\nX-T: 1\r\n\r\n")
    }
    digests.add(made.exchange(exchange(response=ok(b"moi")), {}).payload.digest)
    assert len(digests) == 1
    made.close()


def test_a_header_cannot_be_smuggled_into_the_fields(tmp_path):
    """A value with line ends stays one field."""
    made = writer(tmp_path)
    made.exchange(exchange(), {"via": "https://a.fi/\r\nsiteId: muu"})
    [path] = tmp_path.iterdir()
    [about] = [r for r in read_warc(path) if r.kind == "metadata"]
    assert b"via: https://a.fi/ siteId: muu\r\n" in about.payload
    made.close()


def test_a_torn_tail_is_cut_at_every_place(tmp_path):
    """Wherever the last write broke off, what is left is whole exchanges that two readers accept."""
    made = writer(tmp_path)
    ends = [0]
    for number in range(8):
        made.exchange(exchange(f"https://a.fi/{number}"), {"siteId": "a"})
        ends.append(path_of(tmp_path).stat().st_size)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    dice = random.Random(20261121)
    for cut in sorted(dice.randrange(ends[1], len(whole)) for _ in range(40)):
        path.write_bytes(whole[:cut])
        [recovered] = recover(tmp_path)
        expected = max(n for n, end in enumerate(ends) if end <= cut)
        assert len(recovered.found) == expected
        assert path.stat().st_size == ends[expected] == cut - recovered.cut_bytes
        assert kinds(path).count("response") == expected
    made.close()


def test_the_last_exchange_is_there_in_full_or_not_at_all(tmp_path):
    """Cut at a third of all its bytes, and at each of the last nine."""
    made = writer(tmp_path)
    made.exchange(exchange("https://a.fi/1"), {})
    path = path_of(tmp_path)
    begin = path.stat().st_size
    made.exchange(exchange("https://a.fi/2"), {})
    whole = path.read_bytes()
    made.close()
    for cut in [*range(begin, len(whole) - 9, 3), *range(len(whole) - 9, len(whole) + 1)]:
        path.write_bytes(whole[:cut])
        [recovered] = recover(tmp_path)
        urls = [found.url for found in recovered.found]
        both = cut == len(whole)
        assert urls == (["https://a.fi/1", "https://a.fi/2"] if both else ["https://a.fi/1"])
        assert path.read_bytes() == (whole if both else whole[:begin]), cut


@pytest.mark.parametrize("block", [512, 4096])
def test_blocks_of_zeros_at_the_end_are_cut_off(tmp_path, block):
    """After a power cut some file systems keep the length of a file but not its last blocks."""
    made = writer(tmp_path)
    made.exchange(exchange("https://a.fi/1"), {})
    path = path_of(tmp_path)
    begin = path.stat().st_size
    made.close()
    path.write_bytes(path.read_bytes() + bytes(block))
    [recovered] = recover(tmp_path)
    assert (recovered.cut_bytes, path.stat().st_size) == (block, begin)


def test_a_file_torn_in_its_first_record_goes(tmp_path):
    """Nothing whole was written, so nothing is kept."""
    path = tmp_path / "JA-20260504123015-abc123-00001.warc.gz.open"
    path.write_bytes(b"\x1f\x8b\x08\x00rikki")
    [recovered] = recover(tmp_path)
    assert recovered.found == ()
    assert not path.exists()


def test_recovery_tells_what_stands_in_the_file(tmp_path):
    """URL, status, digest, way and pointer come back as they were written."""
    made = writer(tmp_path)
    written = made.exchange(
        exchange("https://a.fi/1"), {"via": "https://a.fi/", "hopsFromSeed": "LL", "siteId": "a"}
    )
    failed = made.metadata("https://b.fi/", b"fetchError: dns\r\nsiteId: b\r\n")
    made.close()
    [recovered] = recover(tmp_path)
    answer, failure = recovered.found
    assert (answer.url, answer.status, answer.at) == ("https://a.fi/1", 200, AT)
    assert answer.pointer == written.pointer
    assert answer.digest == written.payload.digest
    assert (answer.facts["via"], answer.facts["hopsfromseed"]) == ("https://a.fi/", "LL")
    assert (failure.kind, failure.pointer, failure.facts["fetcherror"]) == (
        "metadata",
        failed,
        "dns",
    )


def test_a_full_disk_leaves_no_half_record(tmp_path, monkeypatch):
    """What the disk took of the failed write is cut off, and the error says what to do."""
    made = writer(tmp_path)
    made.exchange(exchange("https://a.fi/1"), {})
    [path] = tmp_path.iterdir()
    before = path.read_bytes()
    real = os.write

    def full(handle, data):
        if len(data) > 100:
            return real(handle, bytes(data[:100]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(WarcError, match=r"No space left on device.*free some space"):
        made.exchange(exchange("https://a.fi/2"), {})
    monkeypatch.undo()
    assert path.read_bytes() == before
    made.close()


def test_pointers_compare_in_writing_order():
    """Later in a file, and in a later file, is larger."""
    assert Pointer("JA-1-a-00001", 900) < Pointer("JA-1-a-00002", 0) < Pointer("JA-1-a-00002", 5)
