"""Where the bytes of a response are held, and how little memory a large one costs."""

import random
import subprocess
import sys

import pytest

from archive.errors import WarcError
from crawler.spool import Spool


@pytest.mark.parametrize("memory", [0, 7, 1000], ids=["file at once", "file later", "memory"])
def test_what_was_appended_is_read_again(tmp_path, memory):
    """Bytes come back whatever the cut and wherever they are held."""
    dice = random.Random(memory)
    spool, whole = Spool(tmp_path, memory=memory), b""
    for _ in range(30):
        part = dice.randbytes(dice.randrange(1, 30))
        spool.append(part)
        whole += part
    assert spool.in_file is (memory < 1000)
    assert (len(spool), spool.read()) == (len(whole), whole)
    assert spool.read(5, 50) == whole[5:50]
    assert spool.read(len(whole) - 3, 10**6) == whole[-3:]


def test_the_file_has_no_name(tmp_path):
    """A killed crawl leaves nothing of it."""
    spool = Spool(tmp_path, memory=0)
    spool.append(b"x" * 100)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """The error says where and what to do."""
    with pytest.raises(WarcError, match=r"puuttuu cannot take a large response.*free some space"):
        Spool(tmp_path / "puuttuu", memory=0).append(b"x")


LARGE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.exchange import Exchange
from crawler.http1 import ResponseReader
from crawler.recovery import recover
from crawler.spool import Spool
from crawler.warcwriter import WarcWriter
from tests.memory import peak_mb
folder = Path(sys.argv[1])
writer = WarcWriter(folder / "warc", prefix="JA", crawl_id="1-a", max_bytes=10**9, info={})
before = peak_mb()
reader = ResponseReader(Spool(folder))
reader.feed(b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
piece = b"%x\\r\\n" % 65536 + bytes(range(256)) * 256 + b"\\r\\n"
for _ in range(1600):
    reader.feed(piece)
assert reader.feed(b"0\\r\\n\\r\\n")
writer.exchange(Exchange(url="https://a.fi/1", request=b"GET", response=reader.answer(),
    started=datetime.now(UTC), elapsed_ms=1, address="193.0.0.1"), {})
[found] = recover(folder / "warc")
assert found.found[0].digest == reader.answer().payload_digest
print(peak_mb() - before)
"""


def test_a_body_of_100_mb_costs_little_memory(tmp_path):
    """Received, hashed, written and found again after a kill, it never stands in memory."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE, tmp_path], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 16, f"{done.stdout.strip()} MB"
