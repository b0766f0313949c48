"""Measure what a damaged WARC file still gives, and what is told of the loss, beside warcio and FastWARC.

``python -m benchmarks.damage [TRIALS]`` writes files of 60 records, flips a byte or takes a stretch out at seeded places,
and reads each with all three. Counted are the records that the damage did not touch and that came out byte for byte,
the damaged files that a reader said anything about, and the bodies that it passed on changed without a word.
The bound is all, all, and none. The last line printed is one JSON object.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from archive.digests import payload_digest
from archive.members import Damage
from archive.warc import read_warc

SEED = 20261122
RECORDS = 60
TRIALS = 40
CUT_LONGEST = 4000
WOUNDS = ("flip", "cut", "tail")
PACKINGS = ("gzip", "plain")
FLOORS = {"recovered_share": 1.0, "reported_share": 1.0}
"""The least that ours may reach."""
CEILINGS = {"false_bodies": 0}

Bodies = dict[str, bytes]


@dataclass(slots=True)
class Tally:
    """What one reader made of all damaged files."""

    untouched: int = 0
    recovered: int = 0
    wounded: int = 0
    reported: int = 0
    false_bodies: int = 0
    by_wound: dict[str, list[int]] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """Return the shares."""
        return {
            "recovered_share": round(self.recovered / self.untouched, 4),
            "reported_share": round(self.reported / self.wounded, 4),
            "false_bodies": self.false_bodies,
        }


def records(dice: random.Random) -> list[tuple[str, bytes, bytes]]:
    """Return so many records: address, body, and the bytes of the record."""
    found = []
    for number in range(RECORDS):
        url, body = f"http://kyt.fi/{number}", _body(dice)
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032x}>\r\n"
            f"WARC-Date: 2020-03-01T12:00:00Z\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Block-Digest: {payload_digest(block)}\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        found.append((url, body, head.encode() + block + b"\r\n\r\n"))
    return found


def _body(dice: random.Random) -> bytes:
    words = [b"kunta", "järjestö".encode(), b"kokous", b"<p>", b"hyvinvointi", b"verkosto"]
    text = b" ".join(dice.choice(words) for _ in range(dice.randrange(20, 900)))
    return text + dice.randbytes(dice.randrange(0, 400))


def wound(kind: str, content: bytes, dice: random.Random) -> tuple[bytes, int, int]:
    """Return the damaged file, and from where to where the original was hit."""
    at = dice.randrange(len(content))
    if kind == "flip":
        flipped = bytearray(content)
        flipped[at] ^= 1 << dice.randrange(8)
        return bytes(flipped), at, at + 1
    end = len(content) if kind == "tail" else min(len(content), at + dice.randrange(1, CUT_LONGEST))
    return content[:at] + content[end:], at, end


def read_ours(path: Path) -> tuple[Bodies, bool]:
    """Return the bodies that came out as whole, and whether anything was said."""
    whole, told = {}, False
    for found in read_warc(path):
        if isinstance(found, Damage) or found.truncated:
            told = True
        else:
            whole[found.url or ""] = found.payload
    return whole, told


def read_warcio(path: Path) -> tuple[Bodies, bool]:
    """Read with warcio and its check of digests; an exception, a failed digest or a warning is a word."""
    whole: Bodies = {}
    told = False
    with path.open("rb") as file, contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            for record in ArchiveIterator(file, check_digests=True):
                body = record.content_stream().read()
                if record.digest_checker.passed is False:
                    told = True
                elif record.rec_type == "response":
                    whole[record.rec_headers.get_header("WARC-Target-URI") or ""] = body
        except Exception:
            return whole, True  # whatever it raises is its report
        return whole, told or bool(said.getvalue())


def read_fastwarc(path: Path) -> tuple[Bodies, bool]:
    """Read with FastWARC and its check of block digests; an exception or a failed digest is a word."""
    whole: Bodies = {}
    told = False
    with path.open("rb") as file:
        try:
            for record in FastIterator(file, parse_http=False):
                if not record.verify_block_digest():
                    told = True
                elif record.record_type == WarcRecordType.response:
                    block = record.reader.read()
                    whole[record.headers.get("WARC-Target-URI") or ""] = block.partition(
                        b"\r\n\r\n"
                    )[2]
        except Exception:
            return whole, True  # whatever it raises is its report
    return whole, told


READERS: dict[str, Callable[[Path], tuple[Bodies, bool]]] = {
    "ours": read_ours,
    "warcio": read_warcio,
    "fastwarc": read_fastwarc,
}


def measure(folder: Path, trials: int) -> dict[str, Tally]:
    """Damage files in every way and read each with every reader."""
    dice = random.Random(SEED)
    tallies = {name: Tally() for name in READERS}
    for packing in PACKINGS:
        for kind in WOUNDS:
            for _ in range(trials):
                made = records(dice)
                packed = [
                    gzip.compress(one, mtime=0) if packing == "gzip" else one for *_, one in made
                ]
                content, start, end = wound(kind, b"".join(packed), dice)
                path = folder / ("a.warc.gz" if packing == "gzip" else "a.warc")
                path.write_bytes(content)
                for name, reader in READERS.items():
                    _count(
                        tallies[name], f"{packing} {kind}", made, packed, (start, end), reader(path)
                    )
    return tallies


def _count(
    tally: Tally,
    wound_kind: str,
    made: list[tuple[str, bytes, bytes]],
    packed: list[bytes],
    hit: tuple[int, int],
    outcome: tuple[Bodies, bool],
) -> None:
    whole, told = outcome
    truth = {body for _, body, _ in made}
    at = untouched = recovered = lost = 0
    for (url, body, _), one in zip(made, packed, strict=True):
        touched = at < hit[1] and hit[0] < at + len(one)
        at += len(one)
        right = whole.get(url) == body
        untouched += not touched
        recovered += not touched and right
        lost += touched and body not in whole.values()
    tally.untouched += untouched
    tally.recovered += recovered
    tally.wounded += lost > 0
    tally.reported += lost > 0 and told
    tally.false_bodies += sum(body not in truth for body in whole.values())
    sums = tally.by_wound.setdefault(wound_kind, [0, 0, 0, 0])
    for place, value in enumerate((untouched, recovered, lost > 0, lost > 0 and told)):
        sums[place] += value


def main(trials: int = TRIALS) -> int:
    """Print the figures and tell whether they hold."""
    with tempfile.TemporaryDirectory() as folder:
        tallies = measure(Path(folder), trials)
    print(f"{'untouched records read | damaged files told of':<50}")
    print(f"{'':<14}" + "".join(f"{name:>20}" for name in READERS))
    for kind in tallies["ours"].by_wound:
        cells = []
        for tally in tallies.values():
            untouched, recovered, wounded, reported = tally.by_wound[kind]
            told = f"{reported / wounded:.0%}" if wounded else "-"
            cells.append(f"{recovered / untouched:.1%} | {told}")
        print(f"{kind:<14}" + "".join(f"{cell:>20}" for cell in cells))
    figures = tallies["ours"].figures()
    peer = {f"{name}_{key}": value for name in ("warcio", "fastwarc") for key, value in tallies[name].figures().items()}  # fmt: skip
    print(
        "bodies passed on changed: "
        + ", ".join(f"{name} {one.false_bodies}" for name, one in tallies.items())
    )
    ok = all(figures[name] >= least for name, least in FLOORS.items()) and all(
        figures[name] <= most for name, most in CEILINGS.items()
    )
    bounds = {"floors": FLOORS, "ceilings": CEILINGS}
    print(json.dumps({"name": "damage", "ok": ok, "figures": figures, "peer": peer, **bounds}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
