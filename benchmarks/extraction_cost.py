"""Measure what a page costs: processor time of our extraction beside trafilatura, and the share of each step.

``python -m benchmarks.extraction_cost`` prints the shares and, as its last line, one JSON object.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import sys
import time
from collections.abc import Callable

from trafilatura import bare_extraction

from benchmarks.pages import Page, load_fixtures, load_gate, read_ours, read_plain

MOST = 3.0
"""Times the processor time of trafilatura with its metadata; ours also tells languages, tags, links, types and structure."""
LONG_MOST = 3.0
"""The same on pages of twenty times the text, which are closer to real ones."""
ROUNDS = 3
TIMES = 20
STEPS = {
    "decode": ("decode.py", "decode_html"),
    "parse": ("markup.py", "parse_html"),
    "language": ("language.py", "language_passages"),
    "main_text": ("maintext.py", "main_text"),
    "trafilatura": ("core.py", "bare_extraction"),
    "dates": ("published.py", "publication_dates"),
    "page_type": ("pagetypes.py", "guess_page_type"),
    "title": ("titles.py", "find_title"),
    "links": ("links.py", "find_links"),
    "structure": ("markdown.py", "structure_of"),
    "personal": ("personal.py", "redact"),
}
"""Steps by file and function; trafilatura is inside main_text."""


def cpu_ms(read: Callable[[Page], object], pages: list[Page]) -> float:
    """Return the processor time of one page, in milliseconds."""
    for page in pages:
        read(page)
    started = time.process_time()
    for _ in range(ROUNDS):
        for page in pages:
            read(page)
    return 1000 * (time.process_time() - started) / ROUNDS / len(pages)


def shares(pages: list[Page]) -> dict[str, float]:
    """Return the share of each step of the time of an extraction, what it calls included."""
    profile = cProfile.Profile()
    profile.enable()
    for page in pages:
        read_ours(page)
    profile.disable()
    rows = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # typeshed leaves it out
    whole = max(row[3] for row in rows.values())
    found = {}
    for step, (file, name) in STEPS.items():
        spent = [row[3] for key, row in rows.items() if key[0].endswith(file) and key[2] == name]
        found[step] = round(max(spent, default=0.0) / whole, 3)
    return found


def longer(page: Page) -> Page:
    """Return the page with each paragraph many times."""
    payload = page.payload
    middle = payload.find(b"<p>")
    end = payload.rfind(b"</p>") + 4
    body = payload[middle:end]
    return Page(**{**page.__dict__, "payload": payload[:middle] + body * TIMES + payload[end:]})


def main() -> int:
    """Print the figures and tell whether they hold."""
    pages = [*load_gate(), *load_fixtures()]
    long = [longer(page) for page in pages if page.facts.get("cms") == "wordpress-block"]
    ours, plain = cpu_ms(read_ours, pages), cpu_ms(read_plain, pages)
    ours_long, plain_long = cpu_ms(read_ours, long), cpu_ms(read_plain, long)
    bare = cpu_ms(lambda page: bare_extraction(page.payload, with_metadata=False), pages)
    steps = shares(pages)
    for step, share in steps.items():
        print(f"{step:<14}{share:>7.1%}")
    figures = {
        "cpu_ms": round(ours, 2),
        "pages_per_second_and_core": round(1000 / ours, 1),
        "ratio": round(ours / plain, 2),
        "ratio_long": round(ours_long / plain_long, 2),
        "ratio_text_only": round(ours / bare, 2),
    }
    ok = figures["ratio"] <= MOST and figures["ratio_long"] <= LONG_MOST
    peer = {"cpu_ms": round(plain, 2), "text_only_cpu_ms": round(bare, 2)}
    print(json.dumps({"name": "extraction_cost", "ok": ok, "figures": figures | {"shares": steps}, "peer": peer, "floors": {"ratio": MOST, "ratio_long": LONG_MOST}}))  # fmt: skip
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
