"""Send a file, or the part of it that is asked for (RFC 9110, section 14), in pieces and never whole in memory."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PIECE = 1 << 18
"""Bytes read and sent at once."""
ONE_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class UnsatisfiableError(Exception):
    """The part that is asked for lies outside the file."""


def part_of(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte of a range and the one behind its last; ``None`` where the whole is to be sent.

    Several ranges at once, other units and what makes no sense count as not asked, as the RFC allows.

    Raises:
        UnsatisfiableError: there is no such part.

    >>> part_of("bytes=0-99", 1000), part_of("bytes=900-", 1000), part_of("bytes=-100", 1000)
    ((0, 100), (900, 1000), (900, 1000))
    >>> part_of("bytes=0-9,20-29", 1000) is None
    True
    """
    matched = ONE_RANGE.match((header or "").replace(" ", ""))
    if not matched or matched[0] == "bytes=-":
        return None
    first, last = matched[1], matched[2]
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    if first and last and int(last) < int(first):
        return None
    if start >= end:
        raise UnsatisfiableError
    return start, end


@dataclass(slots=True)
class FileAnswer:
    """The answer to a request for a file; its entity tag must change with its bytes."""

    path: Path
    tag: str
    asked: Mapping[str, str]
    """The headers of the request, names in lower case."""
    method: str = "GET"
    content_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    async def asgi_send(self, send: Any) -> None:
        """Send it."""
        size = self.path.stat().st_size
        tag = f'"{self.tag}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes", **self.headers}
        if tag in (self.asked.get("if-none-match") or ""):
            await _send_head(send, 304, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        wanted = self.asked.get("range") if self.asked.get("if-range", tag) == tag else None
        try:
            part = part_of(wanted, size) if self.method == "GET" else None
        except UnsatisfiableError:
            headers |= {"Content-Range": f"bytes */{size}", "Content-Length": "0"}
            await _send_head(send, 416, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        start, end = part or (0, size)
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers |= {"Content-Length": str(end - start), "Content-Type": self.content_type}
        await _send_head(send, 206 if part else 200, headers)
        await self._send_body(send, start, 0 if self.method == "HEAD" else end - start)

    async def _send_body(self, send: Any, start: int, left: int) -> None:
        with self.path.open("rb") as file:
            file.seek(start)
            while left > 0:
                piece = await asyncio.to_thread(file.read, min(PIECE, left))
                if not piece:
                    break
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _send_head(send: Any, status: int, headers: Mapping[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
