"""Serve a generated site of any size on loopback, from a thread of this process, for more than one crawler."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote

WORDS = [
    "järjestö", "kunta", "hyvinvointialue", "kumppanuus", "pöytä", "verkosto", "hanke", "toimija", "kokous",
    "tiedote", "yhdistys", "sopimus", "rahoitus", "neuvottelukunta", "osallisuus", "alue", "tapahtuma",
]  # fmt: skip
SEED = 20261121
LINKS = 12
"""Links in the text of a page, besides the menu and its two children."""


@dataclass
class GeneratedSite:
    """A site whose page n leads to pages 2n+1 and 2n+2, so that all are reached from the first."""

    pages: int
    address: str = "127.0.5.1"
    port: int = 0
    size: int = 10_000
    """Bytes of a page, nearly."""
    asked: list[str] = field(default_factory=list)
    """The paths of the requests, in order."""

    def paths(self) -> set[str]:
        """Return the paths of all pages."""
        return {path_of(number) for number in range(self.pages)}

    def answer(self, path: str) -> bytes:
        """Return the whole response to a request."""
        number = _number(path)
        if number is None or number >= self.pages:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        body = self._page(number)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def _page(self, number: int) -> bytes:
        dice = random.Random(SEED + number)
        linked = [n for n in (2 * number + 1, 2 * number + 2) if n < self.pages]
        linked += [dice.randrange(self.pages) for _ in range(LINKS)]
        menu = "".join(
            f'<li><a href="{path_of(n)}">Osio {n}</a>' for n in range(min(8, self.pages))
        )
        text = "".join(
            f'<p>{" ".join(dice.choices(WORDS, k=30))} <a href="{path_of(n)}#alku">{dice.choice(WORDS)}</a>.</p>'
            for n in linked
        )
        filler = " ".join(dice.choices(WORDS, k=max(0, self.size - len(text)) // 10))
        page = f"<!doctype html><html lang=fi><title>Sivu {number}</title><ul>{menu}</ul>{text}<p>{filler}</p></html>"
        return page.encode()


def path_of(number: int) -> str:
    """Return the path of a page; its words differ, so that no crawler takes the pages for a trap."""
    return "/" if number == 0 else f"/uutiset/{WORDS[number % len(WORDS)]}-{number}"


def _number(path: str) -> int | None:
    tail = path.rpartition("-")[2]
    return 0 if path == "/" else int(tail) if tail.isdigit() else None


@contextmanager
def serving(site: GeneratedSite) -> Iterator[GeneratedSite]:
    """Serve a site until the end of the block; its port is set."""
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = unquote(head.split(b" ")[1].decode())
                site.asked.append(path)
                writer.write(site.answer(path))
                await writer.drain()
                if b"connection: close" in head.lower():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the crawler hung up, as a killed one does
        finally:
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(talk, site.address, 0))
    site.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
