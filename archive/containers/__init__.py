"""Find the records in every kind of file that holds them: WARC and ARC, plain or compressed, and WACZ."""

from __future__ import annotations

from archive.containers.packed import holds_another, is_packed
from archive.containers.wacz import package_problems
from archive.containers.walking import beginning_at, read_at, walk_file

__all__ = [
    "beginning_at",
    "holds_another",
    "is_packed",
    "package_problems",
    "read_at",
    "walk_file",
]
