"""Measure what an unchanged site of a thousand pages costs, with an honest sitemap and with lying ones.

``python -m benchmarks.recrawl`` crawls a loopback site again and again, months apart by the crawl's clock,
so that every page is due each time. Peers in the same run: the same site with dates that are always today,
and with dates that never change while a tenth of the pages does. The last line printed is one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.loopback import Loopback, empty, registry, response, serve
from crawler.run import run_crawl
from crawler.shards import Selection

HOST, ADDRESS, PAGES = "www.tuhatsivua.fi", "127.0.9.31", 1000
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
STEP = timedelta(days=60)

EDITED = PAGES // 10

MOST = {"third_requests": 26}
"""robots.txt, sitemap, front page, tdmrep.json and twenty tests, with two to spare."""
LEAST = {"changed_found": 1.0}
"""Every edited page is asked for, whatever the sitemap says: at the next visit where it says so, within `PATIENCE` where it lies."""
PATIENCE = 4
"""Visits within which a lie is found out: each tests twenty pages by lot, and of these none is edited with a chance of .12."""


class Pages:
    """The site: pages with validators, and a sitemap."""

    def __init__(self, dates: Callable[[int, datetime], str]) -> None:
        """Begin with every page in its first state."""
        self.edits = [0] * PAGES
        self.now = BEGIN
        self._dates = dates

    def answer(self, host: str, path: str, head: bytes) -> bytes:
        """Serve one request."""
        if path == "/sitemap.xml":
            return response(self._sitemap().encode(), "application/xml")
        if path == "/":
            return self._page(head, "<h1>Etusivu</h1>")
        if path.startswith("/sivu"):
            number = int(path.removeprefix("/sivu"))
            return self._page(
                head, f"<h1>Sivu {number}</h1><p>Muokattu {self.edits[number]} kertaa."
            )
        return empty(b"404 Not Found")

    def _page(self, head: bytes, text: str) -> bytes:
        tag = b'"' + hashlib.sha1(text.encode()).hexdigest().encode() + b'"'
        headers = b"ETag: " + tag + b"\r\n"
        if b"If-None-Match: " + tag in head:
            return empty(b"304 Not Modified", headers=headers)
        body = f"<!doctype html><html lang=fi><title>Sivu</title>{text}<p>{'teksti ' * 800}"
        return response(body.encode(), headers=headers)

    def _sitemap(self) -> str:
        entries = []
        for number in range(PAGES):
            date = self._dates(self.edits[number], self.now)
            loc = f"http://{HOST}/sivu{number}"
            entries.append(f"<url><loc>{loc}</loc><lastmod>{date}</lastmod></url>")
        return f"<urlset>{''.join(entries)}</urlset>"


DATES: dict[str, Callable[[int, datetime], str]] = {
    "honest": lambda edits, now: f"2025-0{1 + edits}-01",
    "always today": lambda edits, now: now.date().isoformat(),
    "never changing": lambda edits, now: "2025-01-01",
}


def visits(kind: str, count: int, *, edited: int = 0, patience: int = 1) -> list[dict[str, float]]:
    """Crawl the site so many times; return what each visit cost.

    Before the last visit some pages are edited; ``changed_found`` tells what part of them it asked for.
    With more patience, further visits follow until one asks for any of them.
    """
    site = Pages(DATES[kind])
    told: list[dict[str, float]] = []
    with serve([ADDRESS], site.answer) as served, tempfile.TemporaryDirectory() as folder:
        for number in range(count - 1 + patience):
            if number == count - 1 and edited:
                site.edits[-edited:] = [1] * edited
            served.requests.clear()
            served.received = 0
            _crawl(served, Path(folder), site.now)
            site.now += STEP
            kilobytes = round(served.received / 1000)
            told.append({"requests": len(served.requests), "kilobytes": kilobytes})
            if edited and number >= count - 1:
                asked = {path for _, _, path in served.requests}
                found = sum(f"/sivu{page}" in asked for page in range(PAGES - edited, PAGES))
                told[-1] |= {"changed_found": found / edited, "visits": number - count + 2}
                if found:
                    break
    return told


def _crawl(served: Loopback, data: Path, now: datetime) -> None:
    made = registry(
        served.port,
        {HOST: ADDRESS},
        politeness={"delay_seconds": 0.0, "delay_factor": 0.0},
        recrawl={"page_days": 30.0, "max_days": 30.0},
    )
    run_crawl(made, data, Selection(due=True), log=False, now=now)


def measure() -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Return the figures of the honest site and those of its peers."""
    _, second, third, fourth = visits("honest", 4, edited=EDITED)
    ours = {
        "second_requests": second["requests"],
        "third_requests": third["requests"],
        "third_kilobytes": third["kilobytes"],
        "edited_requests": fourth["requests"],
        "edited_found": fourth["changed_found"],
    }
    peers = {
        "always today": visits("always today", 2)[-1],
        "never changing": visits("never changing", 3, edited=EDITED, patience=PATIENCE)[-1],
    }
    return ours, peers


def main() -> int:
    """Print the figures and tell whether they hold."""
    ours, peers = measure()
    for name, figures in {"honest sitemap": ours, **peers}.items():
        print(f"{name:<16}", *(f"{key} {value}" for key, value in figures.items()), sep="  ")
    ok = (
        ours["third_requests"] <= MOST["third_requests"]
        and ours["edited_found"] >= LEAST["changed_found"]
        and peers["never changing"]["changed_found"] >= LEAST["changed_found"]
    )
    floors = MOST | LEAST
    print(
        json.dumps({"name": "recrawl", "ok": ok, "figures": ours, "peer": peers, "floors": floors})
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
