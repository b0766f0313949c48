"""Measure replay: seconds from opening a capture until its text and picture stand in a real browser.

``python -m benchmarks.replay`` makes an edition of one site whose WACZ file has 40 MB, serves it, and opens captures in Chromium,
each in a fresh profile: nothing is cached, the service worker is installed anew.
The bound is two seconds on a machine with nothing else to do. The peer is pywb, which replays the same records from the same file:
it rewrites pages on the server, so a browser has no megabyte of script to read first. The last line printed is one JSON object.
"""

from __future__ import annotations

import io
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.duplicates import dedupe
from archive.exports import write_pywb
from archive.indexing import build_index
from archive.ingest import ingest
from archive.publish import publish
from archive.registry import Registry, Site, find_config, load_registry
from archive.schema import open_archive
from archive.versions import extract
from benchmarks.servers import pywb, served
from crawler.browser import find_chromium

PAGES = 40
PICTURES = 400
PICTURE_BYTES = 100_000
"""Of chance, so that no compression makes them fewer; a picture tells them in hexadecimal digits."""
RUNS = 5
BOUND = 2.0
"""Seconds, for the median."""
SITE = "https://www.jarjestotalo.fi"
PEERS = Path(os.environ.get("ARKISTO_PEERS", Path(__file__).parents[1] / ".venv-peers")) / "bin"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/><!-- %s --></svg>'


def main() -> int:
    """Build, serve and measure; end with 1 above the bound."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        published = _edition(data)
        (file,) = (data / "replay").glob("*.wacz")
        captures = _captures(published)
        with served(published) as address:
            urllib.request.urlopen(address).close()  # a server that has just started is no measure
            ours = [_ours(f"{address}/toisto/{id_}") for id_, _ in captures]
        seconds = [one["seconds"] for one in ours]
        figures: dict[str, Any] = {
            "wacz_mb": round(file.stat().st_size / 1e6, 1),
            "seconds": round(statistics.median(seconds), 2),
            "slowest": round(max(seconds), 2),
            "share_of_file_sent": round(
                statistics.median(one["bytes"] for one in ours) / file.stat().st_size, 4
            ),
        }
        peer = _peer(published, data / "pywb", captures)
    print(f"replay from {figures['wacz_mb']} MB: {figures['seconds']} s (pywb {peer.get('seconds')} s), bound {BOUND} s")  # fmt: skip
    ok = figures["seconds"] <= BOUND
    print(json.dumps({"name": "replay", "ok": ok, "figures": figures, "peer": peer, "floors": {"seconds": BOUND}}))  # fmt: skip
    return int(not ok)


def _edition(data: Path) -> Path:
    """Write the WARC file, read it and publish it."""
    site = Site.model_validate(
        {
            "id": "jarjestotalo",
            "name": "Järjestötalo",
            "kind": "network_org",
            "regions": ("08",),
            "access": "open",
            "base_urls": (f"{SITE}/",),
            "seeds": (f"{SITE}/",),
            "scope": {"hosts": ("www.jarjestotalo.fi",)},
        }
    )
    real = load_registry(find_config())
    registry = Registry(
        config=real.config,
        sites={site.id: site},
        regions=real.regions,
        counties=real.counties,
        terms=real.terms,
        crawl=real.crawl,
        digest="benchmark",
    )
    _write_warc(data / "warc" / "JA-1.warc.gz")
    db = open_archive(data / "archive.db")
    ingest(db, registry, data)
    extract(db, registry, data, processes=2)
    dedupe(db)
    build_index(db, registry)
    db.close()
    published = data / "published.db"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    publish(data / "archive.db", published, edition="public", registry=registry, now=now)
    return published


def _write_warc(path: Path) -> None:
    path.parent.mkdir()
    chance = random.Random(7)
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for number in range(PICTURES):
            picture = PICTURE % chance.randbytes(PICTURE_BYTES).hex()
            _write(writer, f"/kuva-{number}.svg", picture.encode(), "image/svg+xml")
        for number in range(PAGES):
            text = (
                f"<p>Sivu {number}. {'Järjestöt ja kunnat sopivat yhteisestä pöydästä. ' * 60}</p>"
            )
            body = f'<!doctype html><html lang="fi"><meta charset="utf-8"><title>Sivu {number}</title><main><h1>Sivu {number}</h1>{text}<img src="/kuva-{number}.svg"></main>'
            _write(writer, f"/sivu-{number}", body.encode(), "text/html")


def _write(writer: Any, path: str, body: bytes, mime: str) -> None:
    fields = [("Content-Type", mime), ("Content-Length", str(len(body)))]
    http = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
    date = {"WARC-Date": "2020-03-01T12:00:00Z"}
    record = writer.create_warc_record(f"{SITE}{path}", "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=date)  # fmt: skip
    writer.write_record(record)


def _captures(published: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(published)) as edition:
        query = "SELECT id, url FROM mementos WHERE mime = 'text/html' ORDER BY id LIMIT ?"
        return edition.execute(query, [RUNS]).fetchall()


def _ours(address: str) -> dict[str, float]:
    """Return seconds and bytes of the WACZ file until a capture plays in our site."""
    return _timed(address, "iframe", "iframe")


def _timed(address: str, *frames: str) -> dict[str, float]:
    """Open an address in a fresh profile and wait until heading and picture stand in the innermost frame."""
    from playwright.sync_api import sync_playwright

    sent = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_chromium(None)), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()

        def count(response: Any) -> None:
            nonlocal sent
            if response.status == 206 and response.request.method == "GET":
                sent += int(response.headers.get("content-length", 0))

        page.context.on("response", count)
        start = time.monotonic()
        page.goto(address, wait_until="commit")
        place: Any = page
        for frame in frames:
            place = place.frame_locator(frame)
        place.locator("h1").wait_for(timeout=30_000)
        place.locator("img").evaluate("image => image.decode()")
        taken = time.monotonic() - start
        browser.close()
    return {"seconds": taken, "bytes": sent}


def _peer(
    published: Path, folder: Path, captures: list[tuple[str, str]]
) -> dict[str, float | None]:
    """Return the median of pywb, or nothing where it is not installed."""
    if not (PEERS / "wayback").exists():
        return {"seconds": None}
    write_pywb(published, folder)
    with pywb(PEERS / "wayback", folder) as address:
        page = f"{address}/jarjestoarkisto/20200301120000"
        taken = [_timed(f"{page}/{url}", "iframe#replay_iframe")["seconds"] for _, url in captures]
    return {"seconds": round(statistics.median(taken), 2)}


if __name__ == "__main__":
    sys.exit(main())
