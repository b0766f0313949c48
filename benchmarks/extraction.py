"""Measure extraction on the fixture pages against plain trafilatura in the same run.

``python -m benchmarks.extraction`` prints a table and, as its last line, one JSON object.
The pages are small and made by us, so the figures guard against going backwards; they are no claim about the web.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction
from trafilatura.settings import Document

from archive.extraction import extract_payload
from archive.records import ExtractionRules

PAGES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "pages"
FLOORS = {
    "text_f1": 0.99,
    "title": 0.98,
    "date_precision": 0.99,
    "date_recall": 0.99,
    "dates_invented": 0.0,
}
"""What the figures may not fall below (above, for invented dates); they only rise."""
SLOWEST = 6.0
"""Times the CPU of plain trafilatura with its metadata; ours also tells languages, tags, links and page types."""
ROUNDS = 5
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Page:
    """A fixture page with what it should give."""

    payload: bytes
    meta: dict[str, Any]
    expected: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """What a reader found on a page."""

    text: str
    title: str | None
    date: str | None


def load_pages() -> list[Page]:
    """Return the HTML pages of the fixtures whose whole text is known; those with site rules stay out."""
    pages = []
    for folder in sorted(PAGES.iterdir()):
        source = folder / "input.html"
        expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
        meta = tomllib.loads((folder / "meta.toml").read_text(encoding="utf-8"))
        if source.exists() and "text" in expected and "rules" not in meta:
            pages.append(Page(source.read_bytes(), meta, expected))
    return pages


def read_ours(page: Page) -> Reading:
    """Read a page with our extraction."""
    captured: datetime = page.meta["captured"]
    found = extract_payload(
        page.payload,
        url=page.meta["url"],
        content_type=page.meta["content_type"],
        captured=captured,
        rules=ExtractionRules(),
    )
    return Reading(found.text, found.title, found.published.value if found.published else None)


def read_plain(page: Page) -> Reading:
    """Read a page with trafilatura as it comes, metadata and date included."""
    found = bare_extraction(
        page.payload, url=page.meta["url"], include_comments=False, with_metadata=True
    )
    if not isinstance(found, Document):
        return Reading("", None, None)
    return Reading(found.text or "", found.title, found.date)


def word_f1(found: str, wanted: str) -> float:
    """Return the F1 of the words of two texts, as the WCXB benchmark counts it."""
    left, right = (Counter(WORD.findall(text.lower())) for text in (found, wanted))
    common = (left & right).total()
    return 2 * common / (left.total() + right.total()) if common else 0.0


def measure(read: Callable[[Page], Reading], pages: list[Page]) -> dict[str, float]:
    """Return the figures of one reader over the pages."""
    found = [read(page) for page in pages]
    started = time.process_time()
    for _ in range(ROUNDS):
        for page in pages:
            read(page)
    seconds = (time.process_time() - started) / ROUNDS / len(pages)
    return _scores(found, pages) | {"cpu_ms": round(seconds * 1000, 2)}


def _scores(found: list[Reading], pages: list[Page]) -> dict[str, float]:
    pairs = list(zip(found, pages, strict=True))
    titles = [
        row.title == page.expected["title"] for row, page in pairs if "title" in page.expected
    ]
    dated = [
        (row.date, page.expected["published"])
        for row, page in pairs
        if "published" in page.expected
    ]
    undated = [row.date for row, page in pairs if "published" in page.expected.get("absent", [])]
    right = sum(got == wanted for got, wanted in dated)
    claimed = sum(got is not None for got, _ in dated)
    return {
        "text_f1": round(
            statistics.mean(word_f1(row.text, page.expected["text"]) for row, page in pairs), 4
        ),
        "title": round(sum(titles) / len(titles), 4),
        "date_precision": round(right / claimed, 4) if claimed else 0.0,
        "date_recall": round(right / len(dated), 4),
        "dates_invented": round(sum(day is not None for day in undated) / len(undated), 4),
    }


def main() -> int:
    """Print the figures of both and tell whether ours hold."""
    pages = load_pages()
    ours, plain = measure(read_ours, pages), measure(read_plain, pages)
    print(f"{len(pages)} pages{'ours':>20}{'trafilatura':>14}{'floor':>8}")
    for name, value in ours.items():
        print(f"{name:<20}{value:>9}{plain[name]:>14}{FLOORS.get(name, ''):>8}")
    slower = ours["cpu_ms"] / plain["cpu_ms"]
    print(f"CPU time against trafilatura with metadata: {slower:.2f} (at most {SLOWEST})")
    holds = all(
        ours[name] <= floor if name == "dates_invented" else ours[name] >= floor
        for name, floor in FLOORS.items()
    )
    ok = holds and slower <= SLOWEST
    figures = ours | {"pages": len(pages), "cpu_ratio": round(slower, 2)}
    floors = FLOORS | {"cpu_ratio": SLOWEST}
    print(
        json.dumps(
            {"name": "extraction", "ok": ok, "figures": figures, "peer": plain, "floors": floors}
        )
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
