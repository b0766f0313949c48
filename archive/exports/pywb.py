"""Write the configuration with which pywb serves an edition as a Wayback Machine.

Its index names the records in the WACZ files beside the edition, so nothing is copied, and pywb can find nothing that the edition may not show.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from archive.errors import PublishError
from archive.exports.selection import opened
from archive.replay.mementos import FOLDER, packed_from
from archive.replay.waczwriter import index_of_record

COLLECTION = "jarjestoarkisto"
CONFIG = """\
# Written by `arkisto pywb`; run it again after each `arkisto publish`. Start with: wayback -d {folder}
collections:
  {collection}:
    index_paths: {index}
    archive_paths: {archive}
enable_memento: true
framed_replay: true
"""


def write_pywb(published: Path, folder: Path) -> int:
    """Write ``config.yaml`` and ``index.cdxj`` and return how many captures can be replayed; what was there is replaced.

    Raises:
        PublishError: there is no edition, or nothing in it can be replayed.
    """
    archive = (published.parent / FOLDER).resolve()
    with opened(published) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM mementos").fetchall()
    if not rows:
        raise PublishError(
            f"{published} holds no capture that may be replayed: look at `access` in the site files, or at `arkisto publish`"
        )
    lines = []
    for row in rows:
        record = packed_from(row, archive)
        place = record.source.offset, record.source.length
        lines.append(index_of_record(record, place, row["file"]))
    folder.mkdir(parents=True, exist_ok=True)
    index = folder.resolve() / "index.cdxj"
    _replace(index, "".join(f"{line}\n" for line in sorted(lines)))
    config = CONFIG.format(
        folder=folder,
        collection=COLLECTION,
        index=json.dumps(str(index), ensure_ascii=False),
        archive=json.dumps(f"{archive}/", ensure_ascii=False),
    )
    _replace(folder / "config.yaml", config)
    return len(lines)


def _replace(path: Path, text: str) -> None:
    """Write a file so that who reads it meanwhile has the old one or the new one."""
    building = path.with_name(f"{path.name}.building")
    building.write_text(text, "utf-8")
    building.replace(path)
