"""Build an edition beside the old one, check it, and swap it in at once, with the files from which it is replayed.

The public edition holds what `access` lets the public see, the research edition all that was not taken down.
The same archive gives the same tables; only `edition` tells when it was built.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from archive.access import LEVELS, Edition, create_views
from archive.contents import Contents
from archive.edition import DATA_TABLES, INDEXES, create_tables
from archive.errors import PublishError
from archive.former import remember_former
from archive.registry import Registry
from archive.replay.mementos import Packer, remove_unnamed
from archive.search.positions import BEFORE, Positions

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how much is done, and how much there is."""


@dataclass(slots=True)
class PublishReport:
    """How many rows the tables of the new edition hold."""

    edition: Edition
    sites: int
    pages: int
    versions: int
    captures: int
    mentions: int
    events: int
    links: int
    mementos: int
    unreadable: int = 0
    """Captures that can not be replayed because their WARC file is missing or damaged."""
    problems: tuple[str, ...] = ()
    """Which, one line each."""


def publish(
    archive_path: Path,
    published_path: Path,
    *,
    edition: Edition,
    registry: Registry,
    now: datetime,
    progress: Progress | None = None,
) -> PublishReport:
    """Write an edition of the archive; the file that was there stays until the new one is whole.

    Raises:
        PublishError: there is no archive, a part of it is not indexed, or the new file fails a check.
    """
    if edition not in LEVELS:
        raise PublishError(f"no edition {edition!r}; there are: {', '.join(LEVELS)}")
    building = published_path.with_name(f"{published_path.name}.building")
    published_path.parent.mkdir(parents=True, exist_ok=True)
    building.unlink(missing_ok=True)
    try:
        with _archive(archive_path) as archive, closing(_new(building)) as target:
            contents = Contents(archive, target, edition)
            contents.fill(progress or _silent)
            packer = Packer(
                archive,
                target,
                edition,
                warc=archive_path.parent / "warc",
                beside=published_path,
                software=_software(),
            )
            problems = packer.pack().problems
            target.executescript(INDEXES)
            remember_former(target, published_path)
            _write_facts(target, edition, registry, now)
            target.commit()
            report = _report(target, edition, problems)
            _check(target, contents.shown)
        _sync(building)
        os.replace(building, published_path)  # noqa: PTH105 - the one call that swaps at once
        remove_unnamed(published_path)
    except (sqlite3.Error, OSError) as error:
        raise PublishError(
            f"{published_path}: {error}. The edition that was there is untouched; "
            "mend the cause and run `arkisto publish` again."
        ) from error
    finally:
        building.unlink(missing_ok=True)
    return report


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def _archive(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the archive for reading, and keep one view of it while others may write."""
    if not path.exists():
        raise PublishError(
            f"{path} is missing: run `arkisto ingest` and the stations after it first"
        )
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        create_views(connection)
        connection.execute("BEGIN")
        _require_index(connection)
        yield connection


def _require_index(connection: sqlite3.Connection) -> None:
    missing = connection.execute(
        "SELECT count(*) FROM version_text WHERE version NOT IN (SELECT version FROM indexed)"
    ).fetchone()[0]
    if missing:
        raise PublishError(f"{missing} versions are not indexed yet: run `arkisto index` first")


def _new(path: Path) -> sqlite3.Connection:
    """Open the file that is being built; it is thrown away after any fault, so no journal is needed."""
    connection = sqlite3.connect(path)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}")
    create_tables(connection)
    return connection


def _write_facts(
    target: sqlite3.Connection, edition: Edition, registry: Registry, now: datetime
) -> None:
    for index in ("versions_words", "versions_lemmas"):
        target.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")  # noqa: S608 - the names stand in this file
    facts = {
        "edition": edition,
        "built_at": now.isoformat(timespec="seconds"),
        "software": _software(),
        "registry": registry.digest,
        **{table: str(count) for table, count in _counted(target).items()},
    }
    target.executemany("INSERT INTO edition VALUES (?, ?)", sorted(facts.items()))
    target.execute("ANALYZE")


def _counted(target: sqlite3.Connection) -> dict[str, int]:
    return {
        table: target.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - the names stand in this file
        for table in (*DATA_TABLES, "mementos")
    }


def _report(target: sqlite3.Connection, edition: Edition, problems: Sequence[str]) -> PublishReport:
    counted = _counted(target)
    counts = {one.name: counted[one.name] for one in fields(PublishReport) if one.name in counted}
    return PublishReport(edition, **counts, unreadable=len(problems), problems=tuple(problems))


def _software() -> str:
    try:
        return f"jarjestoarkisto {version('jarjestoarkisto')}"
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "jarjestoarkisto"


def _check(target: sqlite3.Connection, shown: int) -> None:
    """Refuse a file that is damaged, incomplete, or whose indexes do not cover every version."""
    problems = [row[0] for row in target.execute("PRAGMA integrity_check") if row[0] != "ok"]
    problems += [
        f"row of {row[0]} without its {row[2]}"
        for row in target.execute("PRAGMA foreign_key_check")
    ]
    versions = target.execute("SELECT count(*) FROM versions").fetchone()[0]
    if versions != shown:
        problems.append(f"{versions} versions where {shown} may be shown")
    for index in ("versions_words", "versions_lemmas"):
        target.execute(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")  # noqa: S608 - the names stand in this file
        held = target.execute(f"SELECT count(*) FROM {index}_docsize").fetchone()[0]  # noqa: S608 - the names stand in this file
        if held != versions:
            problems.append(f"{index} holds {held} of {versions} versions")
    positioned = len(Positions(target).of([BEFORE]))
    if positioned != versions:
        problems.append(f"positions hold {positioned} of {versions} versions")
    if problems:
        raise PublishError(
            "the new edition is not sound and was thrown away: " + "; ".join(problems[:5])
        )


def _sync(path: Path) -> None:
    """Wait until the disk holds the file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
