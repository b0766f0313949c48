"""Check the digest that a record states of its block."""

from __future__ import annotations

import base64
import hashlib

from archive.containers.heads import RecordHead


def digest_holds(head: RecordHead, block: bytes) -> bool | None:
    """Tell whether a block has the digest that its record states; ``None`` where none is stated, or one of an unknown kind."""
    algorithm, _, stated = (head.get("WARC-Block-Digest") or "").partition(":")
    if algorithm.lower() not in ("sha1", "sha256", "md5") or not stated:
        return None
    digest = hashlib.new(algorithm.lower(), block).digest()
    if stated.lower() == digest.hex():
        return True
    try:
        return base64.b32decode(stated.upper()) == digest
    except ValueError:
        return False
