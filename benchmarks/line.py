"""Measure the whole line: what the demonstration's archive holds of what the miniature sites hold.

``python -m benchmarks.line [DATA]`` runs the demonstration (or reads the one in DATA) and compares
the archive with the truth that stands beside the sites, page by page.
The bound is 1.0: everything that the sites tell. The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.schema import open_archive
from archive.urls import urlkey
from crawler.demonstration import STATES, demonstrate
from crawler.miniature import sites_folder

FLOORS = {
    "pages": 1.0,
    "titles": 0.994,
    "published": 1.0,
    "modified": 1.0,
    "languages": 1.0,
    "types": 0.994,
    "phrases": 1.0,
    "terms": 1.0,
    "clean": 1.0,
}
"""Shares that may only rise."""

CEILINGS = {"invented_dates": 0, "forbidden_captures": 0}

VERSIONS = """
SELECT versions.*, pages.urlkey, text,
  (SELECT json_group_array(term) FROM mentions WHERE mentions.version = versions.id) AS terms
FROM versions JOIN pages ON pages.id = page JOIN version_text ON version = versions.id
"""

Row = dict[str, Any]
Outcome = tuple[str, str, bool, str]
"""A figure, the address, whether it is right, and what was found."""


def load_truth(folder: Path) -> list[Row]:
    """Return what the truth of every site says."""
    return [tomllib.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*/truth.toml"))]


def compare(data: Path, truths: list[Row]) -> Iterator[Outcome]:
    """Yield one outcome for every fact of every page of the truth."""
    db = open_archive(data / "archive.db")
    versions: dict[str, list[Row]] = {}
    for row in db.query(VERSIONS):
        versions.setdefault(row["urlkey"], []).append(row)
    captured = [row["url"] for row in db.query("SELECT url FROM captures")]
    db.close()
    for truth in truths:
        for page in truth["pages"]:
            if set(page.get("states", STATES)) & set(STATES):
                yield from _page(truth, page, versions)
        for path in truth.get("never", ()):
            hits = [url for url in captured if url.startswith(truth["origin"] + path)]
            yield "forbidden_captures", truth["origin"] + path, not hits, str(hits)


def _page(truth: Row, page: Row, versions: dict[str, list[Row]]) -> Iterator[Outcome]:
    url = truth["origin"] + page["path"]
    found = versions.get(urlkey(url), [])
    yield "pages", url, bool(found), ""
    if not found:
        return
    version = max(found, key=lambda row: sum(phrase in row["text"] for phrase in page["phrases"]))
    yield "titles", url, version["title"] == page["title"], str(version["title"])
    yield from _dates(url, page, version)
    yield "languages", url, version["language"] == page["language"], str(version["language"])
    yield "types", url, version["page_type"] == page["type"], version["page_type"]
    for phrase in page["phrases"]:
        yield "phrases", url, phrase in version["text"], phrase
    for term in page.get("terms", ()):
        yield "terms", url, term in json.loads(version["terms"]), term
    for string in truth["boilerplate"]:
        yield "clean", url, string not in version["text"], string


def _dates(url: str, page: Row, version: Row) -> Iterator[Outcome]:
    told = f"{version['published']} by {version['published_source']}"
    wanted = page.get("published") or page.get("feed_published")
    if wanted:
        yield "published", url, version["published"] == wanted, told
    else:
        yield "invented_dates", url, version["published"] is None, told
    if "modified" in page:
        yield "modified", url, version["modified"] == page["modified"], str(version["modified"])


def figures(outcomes: list[Outcome]) -> dict[str, float]:
    """Return the share of right outcomes per figure, and the number of wrong ones for ceilings."""
    found: dict[str, float] = {}
    for name in [*FLOORS, *CEILINGS]:
        results = [right for figure, _, right, _ in outcomes if figure == name]
        wrong = results.count(False)
        found[name] = wrong if name in CEILINGS else round(1 - wrong / max(1, len(results)), 4)
    return found


def main() -> int:
    """Print every miss, the figures and the closing JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "demonstration"
        if len(sys.argv) == 1:
            demonstrate(data)
        outcomes = list(compare(data, load_truth(sites_folder())))
    for figure, url, right, told in outcomes:
        if not right:
            print(f"{figure}: {url}: {told}")
    measured = figures(outcomes)
    ok = all(measured[name] >= floor for name, floor in FLOORS.items()) and all(
        measured[name] <= ceiling for name, ceiling in CEILINGS.items()
    )
    for name, value in measured.items():
        number = sum(figure == name for figure, *_ in outcomes)
        print(f"{name:20} {value:8} of {number}")
    bounds = {"floors": FLOORS, "ceilings": CEILINGS}
    print(
        json.dumps(
            {"name": "line", "ok": ok, "figures": measured, "peer": {"bound": 1.0}, **bounds}
        )
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
