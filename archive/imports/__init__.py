"""Keep the files of others: as they came, and unpacked where their records cannot be read otherwise."""

from __future__ import annotations

from archive.imports.storing import Stored, import_folder, recordless, store, stored_digest
from archive.imports.unpacking import unpack, unpacked_path

__all__ = [
    "Stored", "import_folder", "recordless", "store", "stored_digest", "unpack", "unpacked_path",
]  # fmt: skip
