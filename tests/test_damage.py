"""Damaged files: every record is either read byte for byte, or reported; nothing false is passed on."""

import gzip
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.members import Damage
from archive.warc import read_warc
from tests.packing import PACKINGS, arc_head, arc_record, http, wacz, warc_record

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

PACKED = {
    "gzip": PACKINGS["gzip"][1],
    "zstd": PACKINGS["zstd"][1],
    "wacz": PACKINGS["wacz"][1],
    "plain": PACKINGS["plain"][1],
    "arc": PACKINGS["gzip"][1],
}
NAMES = {"gzip": "a.warc.gz", "zstd": "a.warc.zst", "wacz": "a.wacz", "plain": "a.warc", "arc": "a.arc.gz"}  # fmt: skip


def made(packing, seed, count):
    """Return the records of a file, each with its address and its body, from a seed."""
    dice = random.Random(seed)
    records = []
    for number in range(count):
        size = dice.choice([0, 1, 40, 700, 9000])
        noise = dice.randbytes(size)
        body = noise if dice.random() < 0.5 else b"<p>" + noise.hex().encode()
        url = f"http://kyt.fi/{seed}/{number}"
        block = http(body)
        record = arc_record(block, url) if packing == "arc" else warc_record(block, url, number=number)  # fmt: skip
        records.append((url, body, record))
    return records


def spans(packing, records):
    """Return where in the file each record lies, and the file."""
    whole = PACKED[packing](records)
    found, at = [], 0
    for record in records:
        one = record if packing == "plain" else PACKED["zstd" if packing == "zstd" else "gzip"]([record])  # fmt: skip
        at = whole.index(one, at)
        found.append((at, at + len(one)))
        at += len(one)
    return whole, found


def read(path):
    """Return the bodies that were passed on as whole by address, and the reported stretches."""
    whole, reported = {}, []
    for found in read_warc(path):
        if isinstance(found, Damage) or found.truncated:
            reported.append((found.offset, found.offset + found.length))
        else:
            whole[found.url] = found.payload
    return whole, reported


QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("packing", PACKED)
@QUICK
@given(data=st.data())
def test_a_flipped_byte_costs_the_record_that_it_hit(tmp_path, packing, data):
    """Every other record is read; the one that was hit is read byte for byte, or its place is reported."""
    records = made(packing, data.draw(st.integers(0, 999)), data.draw(st.integers(1, 6)))
    content, places = spans(packing, [record for _, _, record in records])
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / NAMES[packing]
    path.write_bytes(flipped)
    whole, reported = read(path)
    for (url, body, _), (start, end) in zip(records, places, strict=True):
        if start <= at < end:
            read_right = whole.get(url) == body
            # no checksum covers the head of a record that is not compressed
            head_only = packing == "plain" and body in whole.values()
            assert read_right or head_only or any(a < end and start < b for a, b in reported)
        else:
            assert whole.pop(url) == body
    assert set(whole.values()) <= {body for _, body, _ in records}


@pytest.mark.parametrize("packing", PACKED)
@QUICK
@given(data=st.data())
def test_a_cut_costs_the_records_that_it_hit(tmp_path, packing, data):
    """Bytes taken out anywhere: what was not touched is read, what was is reported, and no part passes for a whole."""
    records = made(packing, data.draw(st.integers(0, 999)), data.draw(st.integers(1, 6)))
    content, places = spans(packing, [record for _, _, record in records])
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start + 1, len(content)))
    path = tmp_path / NAMES[packing]
    path.write_bytes(content[:start] + content[end:])
    whole, reported = read(path)
    bodies = {body for _, body, _ in records}
    edges = [places[0][0], *(last for _, last in places)]
    cut_clean = path.read_bytes() in [
        content[:first] + content[last:] for first in edges for last in edges if first < last
    ]
    heads = [
        (at, at + record.find(b"\r\n\r\n"))
        for (at, _), (*_, record) in zip(places, records, strict=True)
    ]
    grown_together = packing == "plain" and all(
        any(first < place <= last for first, last in heads) for place in (start, end)
    )  # the head of one record goes on with that of another, and no checksum tells
    for (url, body, _), (first, last) in zip(records, places, strict=True):
        if end <= first or last <= start:
            assert whole.get(url) == body
        else:
            # what is not compressed may lose a line of its head, or the blank lines behind it, and stay whole
            unhurt = packing == "plain" and (body in whole.values() or whole.get(url) in bodies)
            unhurt |= grown_together
            gone = first >= start and last <= end
            assert unhurt or url not in whole
            assert unhurt or gone or cut_clean or any(a <= start <= b for a, b in reported)
    assert set(whole.values()) <= bodies


@pytest.mark.parametrize("packing", ["gzip", "zstd", "arc"])
@QUICK
@given(data=st.data())
def test_many_wounds(tmp_path, packing, data):
    """However many bytes are wrong, each intact record is read, and each reported stretch is one that was hit."""
    records = made(packing, data.draw(st.integers(0, 999)), 8)
    content, places = spans(packing, [record for _, _, record in records])
    hits = data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=12))
    flipped = bytearray(content)
    for at in hits:
        flipped[at] ^= 0x55
    path = tmp_path / NAMES[packing]
    path.write_bytes(flipped)
    whole, reported = read(path)
    for (url, body, _), (start, end) in zip(records, places, strict=True):
        intact = flipped[start:end] == content[start:end]
        assert (not intact) or whole.pop(url) == body
    for start, end in reported:
        assert flipped[start:end] != content[start:end]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(noise=st.binary(max_size=3000), name=st.sampled_from(sorted(NAMES.values())))
def test_noise_is_told_and_raises_nothing(tmp_path, noise, name):
    """Any bytes under any name are read to their end."""
    path = tmp_path / name
    path.write_bytes(noise)
    end = 0
    for found in read_warc(path):
        assert found.offset >= end
        end = found.offset + found.length
    assert end in (0, len(noise)) or name.endswith(".wacz")


def test_a_record_inside_a_record(tmp_path):
    """A WARC file that was itself archived, unpacked, does not pass for records of the file around it."""
    inner = warc_record(http(b"sisempi"), "http://kyt.fi/sisempi")
    records = [
        warc_record(http(inner), "http://kyt.fi/paketti.warc"),
        warc_record(http(b"x"), "http://kyt.fi/x"),
    ]
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(records))
    assert [record.url for record in read_warc(path)] == [
        "http://kyt.fi/paketti.warc",
        "http://kyt.fi/x",
    ]


def test_a_file_compressed_as_a_whole_and_cut(tmp_path):
    """What came before the cut is unpacked and read; the record that was cut is marked."""
    from archive.imports import unpack, unpacked_path

    dice = random.Random(5)
    records = [
        warc_record(http(dice.randbytes(4000)), f"http://kyt.fi/{n}", number=n) for n in range(10)
    ]
    path = tmp_path / "imports" / "aaaaaaaaaaaa-a.warc.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(b"".join(records))[:-9000])
    (lost,) = unpack(path)
    assert lost.reason == "the file is cut off"
    found = list(read_warc(unpacked_path(path)))
    assert [record.truncated for record in found] == [None] * (len(found) - 1) + ["length"]
    assert len(found) == 8


def test_a_package_whose_list_of_files_is_wrong(tmp_path):
    """A list that leaves the WARC file out, by one wrong letter, does not make it disappear."""
    record = gzip.compress(warc_record(http(b"a"), "http://kyt.fi/a"))
    content = wacz(record)
    at = content.rindex(b"data.warc.gz")
    path = tmp_path / "a.wacz"
    path.write_bytes(content[:at] + b"data.warc.gy" + content[at + 12 :])
    assert [found.url for found in read_warc(path) if not isinstance(found, Damage)] == ["http://kyt.fi/a"]  # fmt: skip


def test_arc_without_its_description(tmp_path):
    """An ARC file whose first record is damaged gives the others."""
    records = [arc_head(), *(arc_record(http(b"%d" % n), f"http://kyt.fi/{n}") for n in range(3))]
    content = bytearray(PACKED["arc"](records))
    content[20] ^= 0xFF
    path = tmp_path / "a.arc.gz"
    path.write_bytes(content)
    damage, *found = read_warc(path)
    assert damage.offset == 0
    assert [record.payload for record in found] == [b"0", b"1", b"2"]
