"""Write a WACZ file: records with their index, their pages and digests in one ZIP file that players read by ranges.

Source: WACZ 1.1.1 (Webrecorder), with the compressed index that players load in parts.
Nothing in it is compressed twice, and the same records give the same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from archive.errors import WarcError
from archive.replay.cdxj import index_line
from archive.replay.warccopy import Source, WarcCopy

VERSION = "1.1.1"
WARC = "data.warc.gz"
INDEX = "index.cdx.gz"
LINES = 3_000
"""Lines of the index that are compressed together, as py-wacz does: a player loads one such part to find a page."""
MOMENT = (1980, 1, 1, 0, 0, 0)
"""The first moment that ZIP knows stands for every file, so that equal contents are equal files."""
LOCAL_HEADER = struct.Struct("<26xHH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A record to put into the file, and what the index says of it."""

    source: Source
    key: str
    url: str
    at: datetime
    revisit: bool
    mime: str | None
    status: int | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the list of pages."""

    id: str
    url: str
    at: datetime
    title: str | None


@dataclass(frozen=True, slots=True)
class Title:
    """What the file says about itself."""

    title: str
    description: str
    software: str


@dataclass(slots=True)
class Written:
    """What came into the file."""

    places: list[tuple[int, int] | None]
    """Of each record its offset in the WACZ file and its length; ``None`` for one that could not be read."""
    problems: list[str]


def write_wacz(
    path: Path, about: Title, records: Sequence[Packed], pages: Iterable[Entry]
) -> Written:
    """Write the file and return where each record stands in it.

    A record that cannot be read is left out and told. There must be one record at least.

    Raises:
        OSError: the file cannot be written.
    """
    latest = max(record.at for record in records)
    with ZipFile(path, "w", ZIP_STORED, allowZip64=True) as archive:
        box = _Box(archive)
        written, lines = box.warc(about, records, latest)
        for name, content in _index(sorted(lines)):
            box.put(f"indexes/{name}", content)
        box.put("pages/pages.jsonl", _pages(pages))
        described = _described(about, latest, box.resources)
        box.put("datapackage.json", described)
        box.put("datapackage-digest.json", _digest_of(described))
    start = _data_start(path, f"archive/{WARC}")
    written.places = [place and (start + place[0], place[1]) for place in written.places]
    return written


class _Box:
    """The ZIP file and the list of what is in it."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.resources: list[dict[str, Any]] = []

    def warc(
        self, about: Title, records: Sequence[Packed], latest: datetime
    ) -> tuple[Written, list[str]]:
        written, lines = Written([], []), []
        info = ZipInfo(f"archive/{WARC}", MOMENT)
        info.file_size = sum(record.source.length for record in records) + CHUNK_SPARE
        with self._archive.open(info, "w") as file:
            copy = WarcCopy(file)
            copy.describe(latest, {"software": about.software, "description": about.title, "format": "WARC File Format 1.1"})  # fmt: skip
            for record in records:
                try:
                    place = copy.add(record.source)
                except WarcError as error:
                    written.problems.append(str(error))
                    written.places.append(None)
                else:
                    written.places.append(place)
                    lines.append(index_of_record(record, place, WARC))
        self._note(info.filename, copy.sha256.hexdigest(), copy.size)
        return written, lines

    def put(self, name: str, content: bytes) -> None:
        self._archive.writestr(ZipInfo(name, MOMENT), content)
        self._note(name, hashlib.sha256(content).hexdigest(), len(content))

    def _note(self, name: str, digest: str, size: int) -> None:
        self.resources.append(
            {
                "name": name.rpartition("/")[2],
                "path": name,
                "hash": f"sha256:{digest}",
                "bytes": size,
            }
        )


CHUNK_SPARE = 1 << 20
"""Bytes beyond the records that the WARC file may hold; they decide whether ZIP needs its 64-bit form."""


def index_of_record(record: Packed, place: tuple[int, int], file: str) -> str:
    """Return the line of the index for a record at its offset and with its length in a file."""
    return index_line(
        key=record.key,
        url=record.url,
        at=record.at,
        revisit=record.revisit,
        mime=record.mime,
        status=record.status,
        digest=record.digest,
        offset=place[0],
        length=place[1],
        file=file,
    )


def _index(lines: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the compressed index, and the index of its parts."""
    parts, summary = [], [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': INDEX})}\n"]
    offset = 0
    remaining = iter(lines)
    while some := list(islice(remaining, LINES)):
        part = gzip.compress("".join(f"{line}\n" for line in some).encode(), mtime=0)
        told = {
            "offset": offset,
            "length": len(part),
            "digest": f"sha256:{hashlib.sha256(part).hexdigest()}",
            "filename": INDEX,
        }
        summary.append(f"{' '.join(some[0].split(' ', 2)[:2])} {json.dumps(told)}\n")
        parts.append(part)
        offset += len(part)
    yield INDEX, b"".join(parts)
    yield "index.idx", "".join(summary).encode()


def _pages(pages: Iterable[Entry]) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    rows = [
        {"id": page.id, "url": page.url, "ts": _moment(page.at), "title": page.title or page.url}
        for page in pages
    ]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [head, *rows]).encode()


def _described(about: Title, latest: datetime, resources: list[dict[str, Any]]) -> bytes:
    package = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": about.title,
        "description": about.description,
        "created": _moment(latest),
        "software": about.software,
        "resources": list(resources),
    }
    return json.dumps(package, ensure_ascii=False, indent=2).encode()


def _digest_of(described: bytes) -> bytes:
    digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
    return json.dumps({"path": "datapackage.json", "hash": digest}).encode()


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _data_start(path: Path, name: str) -> int:
    """Return where the bytes of a stored file begin; the length of its head is told only there."""
    with ZipFile(path) as archive, path.open("rb") as file:
        start = archive.getinfo(name).header_offset
        file.seek(start)
        name_length, extra_length = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    return start + LOCAL_HEADER.size + int(name_length) + int(extra_length)
