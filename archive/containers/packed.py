"""Tell whether a file was compressed as a whole, so that its records cannot be read one by one."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from archive.containers.heads import parse_head
from archive.containers.kinds import kind_of
from archive.containers.wacz import stretches
from archive.containers.zstandard import open_frames
from archive.members import GZIP, LARGEST, RECORD_START, beginning


def is_packed(path: Path) -> bool:
    """Tell whether the first member of a file holds more than its first record.

    Raises:
        OSError: the file cannot be read.
    """
    kind = kind_of(path)
    if kind == "plain":
        return False
    with path.open("rb") as file:
        if kind == "zip":
            try:
                return stretches(file) is None
            except zipfile.BadZipFile:
                return False
        codec, first = (GZIP, 0)
        if kind == "zstd":
            codec, first = open_frames(file, 0, os.fstat(file.fileno()).st_size)
        head = parse_head(beginning(file, first, codec))
        if head is None or head.declared is None or head.declared > LARGEST:
            return False
        return holds_another(beginning(file, first, codec, head.size + head.declared + 4096))


def holds_another(data: bytes) -> bool:
    """Tell whether another record follows the first in the data of one member."""
    head = parse_head(data)
    if head is None or head.declared is None:
        return False
    behind = data[head.size + head.declared : head.size + head.declared + 8192].lstrip(b"\r\n")
    return RECORD_START.match(behind) is not None
