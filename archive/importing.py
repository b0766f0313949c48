"""Bring in the files of others: keep each as it came, read it, and tell what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from archive.errors import WarcError
from archive.imports import Stored, import_folder, recordless, store, unpacked_path
from archive.ingest import ingest
from archive.progress import Progress
from archive.registry import Registry
from archive.warc import closed_name

NAMES = (".warc", ".warc.gz", ".warc.zst", ".warc.open", ".warc.gz.open", ".arc", ".arc.gz", ".wacz")  # fmt: skip
"""How the files end that are looked for in a folder; a file that is named itself may have any name."""

OUTCOME = """
SELECT sum(records) AS records, sum(captures) AS captures, sum(known) AS known, sum(outside) AS outside,
  sum(unusable) AS unusable, sum(damaged) AS damaged, sum(lost_bytes) AS lost_bytes,
  group_concat(DISTINCT software) AS software
FROM warc_files WHERE name IN (?, ?)
"""

PROBLEMS = """
SELECT message FROM issues WHERE station = 'ingest' AND level IN ('error', 'warning')
  AND (substr(message, 1, length(?1)) = ?1 OR substr(message, 1, length(?2)) = ?2)
ORDER BY rowid
"""


@dataclass(slots=True)
class ImportReport:
    """What one import brought in."""

    files: list[dict[str, Any]] = field(default_factory=list)
    """A row a file: name, state, records, captures, known, outside, unusable, damaged, lost_bytes, software."""
    problems: list[str] = field(default_factory=list)
    """What was damaged or refused, in words, with file and offset."""
    refused: int = 0
    """Files that hold no record, or could not be read."""


def import_files(
    db: Database,
    registry: Registry,
    data: Path,
    paths: Sequence[Path],
    *,
    progress: Progress | None = None,
) -> ImportReport:
    """Copy files of WARC, ARC and WACZ into the archive and read them; what is held already adds nothing.

    Args:
        db: the archive.
        registry: decides which captures belong to which site.
        data: the archive's directory.
        paths: files, and folders in which such files are looked for.
        progress: shows how far the copying and the reading have come.

    Raises:
        WarcError: a path does not exist, or the disk is full; what was copied before is kept.
    """
    report = ImportReport()
    found = list(_files(paths))
    kept: list[tuple[Path, Stored]] = []
    with import_folder(data) as folder:
        for number, path in enumerate(found, start=1):
            if reason := recordless(path):
                report.refused += 1
                report.problems.append(f"{path} was not imported: {reason}")
            else:
                kept.append((path, store(path, folder)))
            if progress:
                progress("copying", number, len(found))
        ingest(db, registry, data, progress=progress)
    for path, stored in kept:
        _report(db, path, stored, report)
    return report


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if not path.exists():
            raise WarcError(f"{path} does not exist: name files, or folders that hold them")
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.name.lower().endswith(NAMES))
            if not inside:
                raise WarcError(f"{path} holds no file that ends in {', '.join(NAMES)}")
            yield from inside
        else:
            yield path


def _report(db: Database, path: Path, stored: Stored, report: ImportReport) -> None:
    names = closed_name(stored.path), closed_name(unpacked_path(stored.path))
    (row,) = db.query(OUTCOME, names)
    state = "new" if stored.new else "held"
    report.files.append({"file": str(path), "kept_as": names[0], "state": state, **row})
    told = db.query(PROBLEMS, [f"{name}:" for name in names])
    report.problems.extend(problem["message"] for problem in told)
