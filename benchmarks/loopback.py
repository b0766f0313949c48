"""Serve made-up sites on loopback addresses and remember when each request came."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.registry import CrawlConfig, Registry, Site

Answer = Callable[[str, str, bytes], bytes]
"""Host, path and request head in, a whole response out."""


@dataclass
class Loopback:
    """The servers: one port on several addresses."""

    addresses: list[str]
    answer: Answer
    port: int = 0
    requests: list[tuple[float, str, str]] = field(default_factory=list)
    """``(time.monotonic(), host, path)`` when the head of a request had come in."""
    received: int = 0
    """Bytes sent to the crawler."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            at = time.monotonic()
            path = head.split(b" ")[1].decode()
            host = next(
                line[5:].strip().decode().partition(":")[0]
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"host:")
            )
            self.requests.append((at, host, path))
            response = self.answer(host, path, head)
            self.received += len(response)
            writer.write(response)
            await writer.drain()
        writer.close()

    async def _run(self, ready: threading.Event, stopping: asyncio.Event) -> None:
        servers = []
        for address in self.addresses:
            server = await asyncio.start_server(self._serve, address, self.port)
            self.port = self.port or server.sockets[0].getsockname()[1]
            servers.append(server)
        ready.set()
        await stopping.wait()
        for server in servers:
            server.close()


@contextlib.contextmanager
def serve(addresses: list[str], answer: Answer) -> Iterator[Loopback]:
    """Serve from a thread until the block ends."""
    loop = asyncio.new_event_loop()
    served = Loopback(addresses, answer)
    ready, stopping = threading.Event(), asyncio.Event()
    thread = threading.Thread(
        target=loop.run_until_complete, args=(served._run(ready, stopping),), daemon=True
    )
    thread.start()
    if not ready.wait(10):
        raise OSError(f"nothing can be served on {addresses}")
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(10)


def response(body: bytes, mime: str = "text/html; charset=utf-8", *, headers: bytes = b"") -> bytes:
    """Return a whole 200 answer."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: " + mime.encode() + b"\r\nConnection: close\r\n"
    return head + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def empty(line: bytes, *, headers: bytes = b"") -> bytes:
    """Return an answer without a body, such as ``404 Not Found``."""
    length = b"" if line.startswith(b"304") else b"Content-Length: 0\r\n"
    return b"HTTP/1.1 " + line + b"\r\nConnection: close\r\n" + headers + length + b"\r\n"


def registry(port: int, hosts: dict[str, str], **tables: dict[str, object]) -> Registry:
    """Return a registry with one site for each host; ``hosts`` maps names to addresses."""
    sites = {
        host.replace(".", "-"): Site.model_validate(
            {
                "id": host.replace(".", "-"),
                "name": host,
                "kind": "network_org",
                "regions": ("09",),
                "seeds": (f"http://{host}/",),
                "scope": {"hosts": (host,)},
                "expect": {"min_pages": 1},
            }
        )
        for host in hosts
    }
    operator = {"name": "Mittaus", "email": "m@example.org", "homepage": "https://example.org/"}
    config = {
        "operator": operator,
        "resolver": {"hosts": hosts, "ports": {"80": port, "443": port}},
        **tables,
    }
    return Registry(
        config=Path("config"),
        sites=sites,
        regions={},
        counties={},
        terms={},
        crawl=CrawlConfig.model_validate(config),
        digest="benchmark",
    )
