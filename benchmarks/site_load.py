"""Measure how many searches a second the site answers for 8 and for 32 readers at once, beside stock Datasette on the same texts.

``python -m benchmarks.site_load [VERSIONS [DIR]]`` serves invented texts (5,000 unless told otherwise; the floor is meant for 100,000)
on loopback by one process of ours, by two behind nginx, and by stock Datasette; each reader sends the next question as soon as
the last answer is whole. All run on this machine, readers too, one server after the other. DIR keeps the texts for another run.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from benchmarks.searchtexts import build_edition, build_stock, questions, stock_address
from benchmarks.servers import free_port, listens

VERSIONS = 5_000
READERS = (8, 32)
SECONDS = 15
FLOORS = {"times_stock": 10.0}
"""Answers a second of one process of ours for each of stock Datasette's, for 8 and for 32 readers."""

SERVE = "import sys; from pathlib import Path; from archive.site import serve; serve(Path(sys.argv[1]), host='127.0.0.1', port=int(sys.argv[2]))"
NGINX = """
{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream site {{ least_conn; {servers} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }}
  }}
}}
"""


@dataclass
class Load:
    """What readers got."""

    took: list[float] = field(default_factory=list)
    """Seconds of each answer."""
    failed: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Whole answers a second."""
        return len(self.took) / self.seconds

    def __str__(self) -> str:
        """Say it on one line."""
        p95 = statistics.quantiles(self.took, n=20)[-1]
        median = statistics.median(self.took)
        return f"{self.rate:7.1f} answers/s, median {median:.2f} s, p95 {p95:.2f} s, failed {self.failed}"


def main() -> int:
    """Build, serve, ask, print."""
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else VERSIONS
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        published = build_edition(kept, versions)
        stock = build_stock(published)
        asked = [
            query for queries in zip(*questions(24).values(), strict=False) for query in queries
        ]
        ours = [f"/haku?q={quote(query)}" for query in asked]
        figures: dict[str, float] = {"versions": versions}
        with _site(published) as port:
            figures |= _asked("our site", "site", port, ours)
        with (
            _site(published) as one,
            _site(published) as two,
            _nginx(Path(folder), [one, two]) as port,
        ):
            figures |= _asked("two processes behind nginx", "two", port, ours)
        with _stock(stock) as port:
            peer = _asked("stock Datasette", "stock", port, [stock_address(stock, query) for query in asked])  # fmt: skip
    ratios = {readers: figures[f"site_{readers}"] / peer[f"stock_{readers}"] for readers in READERS}
    for readers, ratio in ratios.items():
        figures[f"times_stock_{readers}"] = round(ratio, 1)
        print(f"{readers} readers: {ratio:.1f} times stock Datasette")
    ok = min(ratios.values()) >= FLOORS["times_stock"]
    print(json.dumps({"name": "site_load", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}))  # fmt: skip
    return int(not ok)


def _asked(label: str, name: str, port: int, paths: Sequence[str]) -> dict[str, float]:
    """Let different numbers of readers ask a server, print what they got, and return the answers a second.

    The first answer comes when all is loaded, and does not count.
    """
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{paths[0]}", timeout=300) as first:
        first.read()
    rates = {}
    for readers in READERS:
        load = asyncio.run(_load(port, paths, readers))
        print(f"{label}, {readers} readers: {load}", flush=True)
        rates[f"{name}_{readers}"] = round(load.rate, 2)
    return rates


async def _load(port: int, paths: Sequence[str], readers: int) -> Load:
    """Send questions for some seconds; answers that are under way then are waited for, and that time counts."""
    load, turns = Load(), itertools.cycle(paths)
    began = time.perf_counter()
    tasks = [asyncio.create_task(_read(port, turns, load, began + SECONDS)) for _ in range(readers)]
    await asyncio.gather(*tasks)
    load.seconds = time.perf_counter() - began
    return load


async def _read(port: int, turns: Iterator[str], load: Load, end: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        began = time.perf_counter()
        writer.write(f"GET {next(turns)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = await _answer(reader)
        load.took.append(time.perf_counter() - began)
        load.failed += status != 200
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer whole, its length given or in chunks, and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if "content-length" in fields:
        await reader.readexactly(int(fields["content-length"]))
    else:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head.split(" ", 2)[1])


@contextmanager
def _site(published: Path) -> Iterator[int]:
    port = free_port()
    with _running([sys.executable, "-W", "ignore", "-c", SERVE, str(published), str(port)], port):
        yield port


@contextmanager
def _stock(stock: Path) -> Iterator[int]:
    port = free_port()
    with _running([sys.executable, "-W", "ignore", "-m", "datasette", "serve", "-i", str(stock), "-p", str(port)], port):  # fmt: skip
        yield port


@contextmanager
def _nginx(folder: Path, ports: Sequence[int]) -> Iterator[int]:
    """Run nginx before several processes."""
    program = shutil.which("nginx")
    if program is None:
        raise SystemExit("nginx is not installed: apt-get install nginx-light")
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{one};" for one in ports)
    settings = folder / "nginx.conf"
    settings.write_text(
        NGINX.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            servers=servers,
            port=port,
        )
    )
    with _running([program, "-c", str(settings)], port):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not listens(port, process):
            raise SystemExit(f"{process.args!r} does not listen on port {port}")
        yield
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
