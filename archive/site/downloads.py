"""Send tables as files, piece by piece: the hits of a search, the lines of a concordance, trends."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence
from typing import Any

from archive.exports.formats import ENCODERS, Column

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
FORMAT = "(?P<format>csv|jsonl|parquet)"
"""The end of the address of a download."""
NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
LONGEST_NAME = 60

Batch = Sequence[Sequence[Any]]


class Download:
    """A response that is written while it is read; memory holds one piece at a time.

    An error on the way breaks the connection off, so that nobody takes half a table for a whole one;
    when the reader goes away, so does the work.
    """

    def __init__(
        self, request: Any, name: str, columns: Sequence[Column], batches: AsyncIterator[Batch]
    ) -> None:
        """Take the request, what the file is called, without its ending, and its rows in batches."""
        format_ = request.url_vars["format"]
        self._receive = request.receive
        self._encoder = ENCODERS[format_](columns)
        self._batches = batches
        self.headers = {
            "content-type": MEDIA_TYPES[format_],
            "content-disposition": f'attachment; filename="{name}.{format_}"',
            "cache-control": "public, max-age=60",
        }

    async def asgi_send(self, send: Any) -> None:
        """Write head, rows and end."""
        pairs = [(key.encode(), value.encode()) for key, value in self.headers.items()]
        gone = asyncio.ensure_future(_departure(self._receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": pairs})
            await _write(send, self._encoder.begin())
            async for batch in self._batches:
                if gone.done():
                    return
                await _write(send, self._encoder.encode(batch))
            await _write(send, self._encoder.end(), more=False)
        finally:
            gone.cancel()


async def _departure(receive: Any) -> None:
    """Wait until the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Any, piece: bytes, *, more: bool = True) -> None:
    if piece or not more:
        await send({"type": "http.response.body", "body": piece, "more_body": more})


def file_name(kind: str, text: str) -> str:
    """Return a name for a file, in letters that every system takes.

    >>> file_name("haku", "Kumppanuuspöytä OR sote")
    'jarjestoarkisto-haku-kumppanuuspoyta-or-sote'
    """
    plain = unicodedata.normalize("NFD", text.lower()).encode("ascii", "ignore").decode()
    said = NOT_IN_NAMES.sub("-", plain).strip("-")[:LONGEST_NAME].rstrip("-")
    return "-".join(part for part in ("jarjestoarkisto", kind, said) if part)
