"""Choose what of an edition is exported, and give every export a new folder with its digests."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from archive.errors import PublishError, QueryError
from archive.search.facets import Facets, checked_filters
from archive.search.searching import Request, matching

SUMS = "SHA256SUMS"
NOTHING = "nothing is found by this query and these filters, so there is nothing to export"

CHOSEN = """
CREATE TEMP TABLE chosen AS SELECT docid, id, page, site FROM main.versions
WHERE docid IN (SELECT value FROM json_each(?))
"""


@contextmanager
def opened(published: Path) -> Iterator[sqlite3.Connection]:
    """Open an edition for reading.

    Raises:
        PublishError: it is not there, or what reads it fails.
    """
    if not published.exists():
        raise PublishError(f"{published} does not exist: run `arkisto publish` first")
    try:
        with closing(
            sqlite3.connect(f"{published.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            yield connection
    except sqlite3.Error as error:
        raise PublishError(
            f"{published}: {error}; build it again with `arkisto publish`"
        ) from error


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write to, which takes its name only when it is whole.

    Raises:
        PublishError: the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise PublishError(
            f"{folder} is not empty; name a new folder, so that no old file mixes in"
        )
    building = folder.with_name(folder.name + ".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        yield building
        if folder.exists():
            folder.rmdir()
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def choose(
    connection: sqlite3.Connection,
    query: str | None,
    filters: Mapping[str, str | Sequence[str]] | None,
) -> bool:
    """Note the versions that are asked for in the table ``chosen``; tell whether that is less than all.

    Raises:
        QueryError: the query or a filter cannot be understood, or finds nothing.
    """
    checked = checked_filters(filters)
    if not query and not checked:
        return False
    docids = matching(connection, Facets(connection), Request(text=query or "", filters=checked))
    if not docids:
        raise QueryError(NOTHING)
    connection.execute(CHOSEN, [str(docids)])
    return True


def write_sums(folder: Path) -> None:
    """List the digests as `sha256sum -c` reads them."""
    lines = [f"{sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
