"""Measure how fast a search is answered, beside stock Datasette, PostgreSQL and tantivy, on the same texts in one run.

``python -m benchmarks.search_speed [VERSIONS [DIR]]`` invents texts (5,000 unless told otherwise; the floors are meant for 100,000),
and asks each question once, one after the other, caches cold for it, so that no answer is a repetition:
our page and stock Datasette's as a reader gets them, ranked, with snippets and facets; our lines of hits (from 2,000 texts) and
our trends as pages; our engine alone; the peers as ``benchmarks.searchpeers`` tells. DIR keeps the texts for another run. A peer that is not installed is left out, and the output says so.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archive.lemmas import query_terms
from archive.search.facets import Facets, first_of
from archive.search.matching import Matcher
from archive.search.queries import parse
from archive.search.searching import Request, search
from archive.site.serving import application
from benchmarks.searchpeers import Tantivy, postgres, postgres_bin, postgres_times
from benchmarks.searchtexts import (
    build_edition,
    build_stock,
    own_questions,
    questions,
    stock_address,
)

VERSIONS = 5_000
EACH = 12
"""Questions of each kind."""
SLOW_EACH = 3
"""The same for stock Datasette and PostgreSQL, which take seconds for some."""
FLOORS = {"p95_ms": 150.0, "own_p95_ms": 150.0}
"""The slowest twentieth of ranked pages with snippets and facets takes longer than this, none else: of questions that the peers
understand too, and of those that only our site understands."""
VIEWS = {"our lines": "/kwic", "our trends": "/trendit"}

Times = dict[str, list[float]]


def main() -> int:
    """Build, ask, print."""
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else VERSIONS
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        published = build_edition(kept, versions)
        query_terms(
            "kuusista", compounds=True
        )  # loads the analyser, as the site does when it starts
        asked = questions(EACH)
        rows = {
            "our page": asyncio.run(_page_times(published, {**asked, **own_questions(EACH)})),
            **{
                name: asyncio.run(_page_times(published, asked, path))
                for name, path in VIEWS.items()
            },
            "our engine": _engine_times(published, asked),
            "our best 20": _best_times(published, asked),
        } | _peer_times(kept, published, asked)
    return _tell(versions, rows)


def _tell(versions: int, rows: dict[str, Times]) -> int:
    kinds = list(rows["our page"])
    print(f"{versions} versions; median milliseconds of each kind of question")
    print(f"{'':16s}" + "".join(f"{kind[:12]:>13s}" for kind in kinds) + f"{'p95 of all':>13s}")
    for name, times in rows.items():
        medians = (f"{statistics.median(times[kind]):13.1f}" if kind in times else f"{'':13s}" for kind in kinds)  # fmt: skip
        print(f"{name:16s}" + "".join(medians) + f"{_p95(times):13.1f}")
    ranked = {kind: rows["our page"][kind] for kind in questions(1)}
    own = {kind: rows["our page"][kind] for kind in own_questions(1)}
    figures = {
        "versions": versions,
        "p95_ms": round(_p95(ranked), 1),
        "median_ms": round(_median(ranked), 1),
        "own_p95_ms": round(_p95(own), 1),
        **{f"{kind}_ms": round(statistics.median(times), 1) for kind, times in own.items()},
        **{f"{name.split()[1]}_median_ms": round(_median(rows[name]), 1) for name in VIEWS},
        "engine_median_ms": round(_median(rows["our engine"]), 2),
        "best_20_median_ms": round(_median(rows["our best 20"]), 2),
    }  # fmt: skip
    peer = {name: {"median_ms": round(_median(rows[name]), 2), "p95_ms": round(_p95(rows[name]), 1)} for name in rows if not name.startswith("our")}  # fmt: skip
    ok = all(figures[name] <= most for name, most in FLOORS.items())
    print(json.dumps({"name": "search_speed", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}))  # fmt: skip
    return int(not ok)


def _all(times: Times) -> list[float]:
    return [one for several in times.values() for one in several]


def _median(times: Times) -> float:
    return statistics.median(_all(times))


def _p95(times: Times) -> float:
    return statistics.quantiles(_all(times), n=20)[-1]


def _peer_times(folder: Path, published: Path, asked: dict[str, list[str]]) -> dict[str, Times]:
    few = {kind: queries[:SLOW_EACH] for kind, queries in asked.items()}
    rows = {"stock Datasette": asyncio.run(_stock_times(build_stock(published), few))}
    if find_spec("tantivy"):
        index = Tantivy(folder / "tantivy", published)
        print(f"tantivy: indexed in {index.seconds:.0f} s, {index.bytes / 1e6:.0f} MB")
        rows["tantivy"] = {kind: index.times(queries) for kind, queries in asked.items()}
    else:
        print("tantivy is left out: it is not installed (pip install tantivy)")
    if postgres_bin():
        with postgres(folder, published) as home:
            rows["PostgreSQL"] = {
                kind: postgres_times(home, queries) for kind, queries in few.items()
            }
    else:
        print("PostgreSQL is left out: it is not installed (apt-get install postgresql)")
    return rows


async def _page_times(published: Path, asked: dict[str, list[str]], path: str = "/haku") -> Times:
    site = application(published)
    await site.invoke_startup()
    await _get(site, "/haku?q=")
    return {
        kind: [await _get(site, f"{path}?q={quote(query)}") for query in queries]
        for kind, queries in asked.items()
    }


async def _stock_times(stock: Path, asked: dict[str, list[str]]) -> Times:
    from datasette.app import Datasette

    site = Datasette(immutables=[str(stock)])
    await site.invoke_startup()
    await site.client.get(f"/{stock.stem}/docs")
    times: Times = {kind: [] for kind in asked}
    cut_short = 0
    for kind, queries in asked.items():
        for query in queries:
            began = time.perf_counter()
            response = await site.client.get(stock_address(stock, query))
            times[kind].append(1000 * (time.perf_counter() - began))
            cut_short += response.status_code != 200 or "timed out" in response.text
    print(f"stock Datasette cut {cut_short} of {len(_all(times))} answers short, facets or all")
    return times


async def _get(site: Any, path: str) -> float:
    """Return the milliseconds of a request."""
    began = time.perf_counter()
    response = await site.client.get(path)
    took = 1000 * (time.perf_counter() - began)
    if response.status_code != 200:
        raise SystemExit(f"{path}: HTTP {response.status_code}")
    return took


def _engine_times(published: Path, asked: dict[str, list[str]]) -> Times:
    """Time matching, ranking and counting, without snippets and the page."""
    with closing(sqlite3.connect(published)) as connection:
        facets = Facets(connection)

        def ask(query: str) -> None:
            search(connection, facets, Request(text=query, by_text=True))

        return {kind: _timed(ask, queries) for kind, queries in asked.items()}


def _best_times(published: Path, asked: dict[str, list[str]]) -> Times:
    """Time the best twenty and their number only, as tantivy does."""
    with closing(sqlite3.connect(published)) as connection:
        facets = Facets(connection)

        def ask(query: str) -> None:
            matcher = Matcher(connection, facets, compounds=True)
            node = parse(query)
            weights = matcher.weights(node)
            if weights is not None:
                first_of(matcher.marks(node).nonzero()[0], -weights, 20)

        return {kind: _timed(ask, queries) for kind, queries in asked.items()}


def _timed(ask: Callable[[str], None], queries: Sequence[str] | Iterable[str]) -> list[float]:
    times = []
    for query in queries:
        began = time.perf_counter()
        ask(query)
        times.append(1000 * (time.perf_counter() - began))
    return times


if __name__ == "__main__":
    sys.exit(main())
