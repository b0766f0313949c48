"""Find the WARC files inside a WACZ, and check the package against its own digests.

Source: WACZ 1.1.1 (Webrecorder): a ZIP whose WARC files lie under ``archive/``, not compressed a second time,
so that a record can be read at its place; ``datapackage.json`` holds the size and the digest of every file.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from archive.containers.kinds import kind_of

CHUNK = 1 << 20
LOCAL_HEADER = struct.Struct("<4s5H3L2H")
DESCRIPTOR = 24
"""Bytes that may follow the data of a file: its size and checksum, where they were not known before."""
RECORD_FILES = (".warc", ".warc.gz", ".warc.zst", ".arc", ".arc.gz")
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What reading a damaged or encrypted ZIP raises."""


def record_entries(package: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of a package that hold records, in the order in which they lie in it."""
    found = [one for one in package.infolist() if one.filename.lower().endswith(RECORD_FILES)]
    return sorted(found, key=lambda one: one.header_offset)


def stretches(file: BinaryIO) -> list[tuple[int, int]] | None:
    """Return from where to where the WARC files of a package lie in it.

    ``None`` where one is compressed a second time, so that it must be unpacked.

    Raises:
        zipfile.BadZipFile: the list of files at its end is damaged, cut off, or not what the package holds.
    """
    try:
        with zipfile.ZipFile(file) as package:
            entries = record_entries(package)
            places = _places(file, package)
    except (*BROKEN, ValueError, struct.error) as error:
        raise zipfile.BadZipFile(str(error)) from error
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        return None
    return [places[entry.header_offset] for entry in entries]


def _places(file: BinaryIO, package: zipfile.ZipFile) -> dict[int, tuple[int, int]]:
    """Return where the data of every file lie, by the offset of its header; they must lie side by side."""
    found: dict[int, tuple[int, int]] = {}
    entries = sorted(package.infolist(), key=lambda one: one.header_offset)
    followings = [one.header_offset for one in entries[1:]] + [package.start_dir]
    for entry, following in zip(entries, followings, strict=True):
        start = _data_offset(file, entry)
        end = start + entry.compress_size
        if not end <= following <= end + DESCRIPTOR:
            raise zipfile.BadZipFile(f"{entry.filename} does not end where the next begins")
        found[entry.header_offset] = (start, end)
    return found


def _data_offset(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    file.seek(entry.header_offset)
    head = file.read(LOCAL_HEADER.size)
    name, extra = LOCAL_HEADER.unpack(head)[-2:]
    if not head.startswith(b"PK\x03\x04") or file.read(name) != entry.orig_filename.encode():
        raise zipfile.BadZipFile(f"{entry.filename} is not where the list of files says")
    return entry.header_offset + LOCAL_HEADER.size + int(name) + int(extra)


def package_problems(path: Path) -> list[str]:
    """Return what is wrong with a package by its own account, in words; nothing for one that holds, or for no package."""
    if kind_of(path) != "zip":
        return []
    try:
        with zipfile.ZipFile(path) as package:
            return list(_problems(package))
    except BROKEN as error:
        return [f"the ZIP is damaged ({error}); its WARC records are looked for one by one"]


def _problems(package: zipfile.ZipFile) -> Iterator[str]:
    names = frozenset(package.namelist())
    if "datapackage.json" not in names:
        yield "datapackage.json is missing, so that no digest can be checked"
        return
    described = package.read("datapackage.json")
    if "datapackage-digest.json" in names:
        stated = _object(package.read("datapackage-digest.json")).get("hash")
        if isinstance(stated, str) and not _agrees(stated, [described]):
            yield "the digest of datapackage.json is wrong"
    resources = _object(described).get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict):
            yield from _resource_problems(package, resource, names)
    yield from (f"{name} is a package of its own: import it alone" for name in names if name.lower().endswith(".wacz"))  # fmt: skip


def _resource_problems(
    package: zipfile.ZipFile, resource: dict[str, Any], names: frozenset[str]
) -> Iterator[str]:
    name = next((one for key in ("path", "name") if (one := str(resource.get(key))) in names), None)
    if name is None:
        yield f"{resource.get('path')} is named by datapackage.json and missing"
        return
    stated = resource.get("hash")
    if not isinstance(stated, str):
        return
    try:
        with package.open(name) as content:
            right = _agrees(stated, iter(lambda: content.read(CHUNK), b""))
    except BROKEN as error:
        yield f"{name} is damaged: {error}"
    else:
        if not right:
            yield f"the digest of {name} is wrong"


def _agrees(stated: str, pieces: Any) -> bool:
    """Tell whether pieces have a digest such as ``sha256:…``; one of an unknown kind is believed."""
    algorithm, _, value = stated.partition(":")
    if algorithm not in ("md5", "sha1", "sha256", "sha512"):
        return True
    digest = hashlib.new(algorithm)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest() == value.lower()


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
