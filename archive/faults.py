"""Tell, as issues, what of a file could not be read, or did not come in whole."""

from __future__ import annotations

from typing import Any

from archive.digests import stable_id
from archive.members import Damage
from archive.records import WarcRecord

Row = dict[str, Any]

FAULTS = {
    "length": "its length is not the one that it states",
    "digest": "its bytes do not have the digest that it states",
    "oversize": "it is larger than what is read of a record",
}
"""What is wrong with a record that is kept and marked."""


def _issue(file: str, place: str, message: str, level: str = "error") -> Row:
    return {
        "id": stable_id("issue", file, place),
        "at": None,
        "level": level,
        "station": "ingest",
        "site": None,
        "url": None,
        "capture": None,
        "message": message,
    }


def damage_row(file: str, damage: Damage) -> Row:
    """Return the issue of a stretch that holds no readable record."""
    message = (
        f"{file}: {damage.length} bytes from byte {damage.offset} cannot be read: {damage.reason}. "
        "What stands before and after was read."
    )
    return _issue(file, str(damage.offset), message)


def fault_row(record: WarcRecord) -> Row | None:
    """Return the issue of a record that came in and is not whole."""
    if record.fault is None:
        return None
    message = (
        f"{record.file}: the {record.kind} of {record.length} bytes at byte {record.offset} is not as it was: "
        f"{FAULTS[record.fault]}. It is kept and marked as truncated: {record.fault}."
    )
    return _issue(record.file, f"fault {record.offset}", message) | {"url": record.url}


def unusable_row(record: WarcRecord) -> Row:
    """Return the issue of a response that can be no capture."""
    lacking = "an address of the web" if record.at else "a date"
    message = f"{record.file}: the {record.kind} at byte {record.offset} has not {lacking}; it stays in the file"
    row = _issue(record.file, f"unusable {record.offset}", message, "warning")
    return row | {"url": record.url}


def package_row(file: str, problem: str) -> Row:
    """Return the issue of a package that is not what it says of itself."""
    return _issue(file, f"package {problem}", f"{file}: {problem}", "warning")


def note_row(record: WarcRecord, error: Exception) -> Row:
    """Return the issue of a note of a crawl of ours that cannot be understood."""
    message = f"{record.file}: the note at byte {record.offset} cannot be understood: {error!r}"
    return _issue(record.file, f"note {record.offset}", message, "warning") | {"url": record.url}
