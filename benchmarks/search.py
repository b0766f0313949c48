"""Measure how fast the search page is, against Datasette's own table page of the same run.

``python -m benchmarks.search [VERSIONS]`` builds an archive of invented texts (20,000 versions unless told otherwise), publishes it,
and asks both pages the same questions, one request at a time, in this process: with facets, snippets and everything a reader gets.
The texts are drawn at random from some thousand word forms, so the figures speak of speed, never of relevance.
The last line printed is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from archive.digests import stable_id, text_digest
from archive.lemmas import analyse
from archive.publish import publish
from archive.registering import register
from archive.registry import Registry, find_config, load_registry
from archive.schema import open_archive
from archive.site.serving import application

VERSIONS = 20_000
WORDS = 150
"""Words of a text."""
FLOORS = {"ratio": 5.0}
"""The search page answers at least this many times as often as the table page (median of medians)."""

BEGINNINGS = [
    "järjestö",
    "yhdistys",
    "kunta",
    "maakunta",
    "hyvinvointi",
    "vapaaehtois",
    "yhteistyö",
    "kumppanuus",
    "avustus",
    "hanke",
    "kehittämis",
    "kansalais",
    "vertais",
]
ENDS = [
    "toiminta",
    "työ",
    "alue",
    "verkosto",
    "pöytä",
    "neuvottelukunta",
    "ryhmä",
    "malli",
    "kokous",
    "ilta",
    "raportti",
    "strategia",
    "viestintä",
]
ENDINGS = ("", "n", "ssa", "sta", "lla", "t")
SMALL = [
    "ja",
    "on",
    "ei",
    "se",
    "että",
    "kun",
    "mutta",
    "myös",
    "vuonna",
    "mukaan",
    "uusi",
    "hyvä",
    "suuri",
    "ensi",
    "viime",
]
QUERIES = ("yhteistyö", "järjestö", "kumppanuuspöytä", "avustus hanke", "kunta OR maakunta", '"ja on"', "viestintä NOT malli", "strategia")  # fmt: skip


def main() -> int:
    """Build, ask, print."""
    versions = int(sys.argv[1]) if len(sys.argv) > 1 else VERSIONS
    with tempfile.TemporaryDirectory() as folder:
        registry = _registry()
        began = time.perf_counter()
        published = _build(Path(folder), registry, versions)
        built = time.perf_counter() - began
        figures = asyncio.run(_ask(published))
    ratio = figures["table_ms"] / figures["search_ms"]
    print(f"{versions} versions built and published in {built:.0f} s")
    print(
        f"search page: median {figures['search_ms']:.0f} ms, slowest query {figures['search_worst_ms']:.0f} ms"
    )
    print(f"Datasette's table page: median {figures['table_ms']:.0f} ms; ratio {ratio:.1f}")
    said = {
        "name": "search",
        "ok": ratio >= FLOORS["ratio"],
        "figures": {"versions": versions, "ratio": round(ratio, 1), "search_ms": round(figures["search_ms"]), "search_worst_ms": round(figures["search_worst_ms"])},
        "peer": {"table_ms": round(figures["table_ms"])},
        "floors": FLOORS,
    }  # fmt: skip
    print(json.dumps(said))
    return int(not said["ok"])


def _registry() -> Registry:
    """Return our registry with every site open, so that every text is there to be shown."""
    registry = load_registry(find_config())
    sites = {
        id_: site.model_copy(update={"access": "open"}) for id_, site in registry.sites.items()
    }
    return replace(registry, sites=sites)


def _build(folder: Path, registry: Registry, versions: int) -> Path:
    db = open_archive(folder / "archive.db")
    register(db, registry)
    forms = [b + e + ending for b in BEGINNINGS for e in ENDS for ending in ENDINGS]
    chance = random.Random(7)
    with db.conn:
        terms = [
            ("fi", form, " ".join(analyse(form, "fi"))) for form in dict.fromkeys(forms + SMALL)
        ]
        db.conn.executemany("INSERT INTO forms VALUES (?, ?, ?)", terms)
        db.execute(
            "INSERT INTO warc_files (name, bytes_read, complete, source, records, damaged) VALUES ('JA.warc.gz', 1, 1, 'crawl', 1, 0)"
        )
        sites = sorted(registry.sites)
        for number in range(versions):
            _add(db, number, chance.choice(sites), _text(chance, forms), chance)
    db.conn.close()
    published = folder / "published.db"
    publish(
        folder / "archive.db", published, edition="public", registry=registry, now=datetime.now(UTC)
    )
    return published


def _text(chance: random.Random, forms: list[str]) -> str:
    """Draw words, common ones more often: the share of a form falls with its rank."""
    ranks = [int(len(forms) * chance.random() ** 3) for _ in range(WORDS)]
    return " ".join(
        chance.choice(SMALL) if n % 3 == 0 else forms[rank] for n, rank in enumerate(ranks)
    )


def _add(db: Database, number: int, site: str, text: str, chance: random.Random) -> None:
    url = f"https://{site}.example/{number}"
    key, page, capture = f"example,{site})/{number}", stable_id(site, str(number)), stable_id(url)
    seen, year = "2026-01-01T00:00:00+00:00", str(chance.randint(2008, 2025))
    version = stable_id(page, text_digest(text))
    run = db.conn.execute
    run(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, 1, 'live')", [page, site, key, url, seen, seen]
    )
    run(
        "INSERT INTO versions (id, page, site, capture, url, first_seen, last_seen, captures, current, text_digest, title,"
        " published, published_precision, language, languages, page_type, tags, words, extractor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?, 'year', 'fi', '[]', 'article', '[]', ?, 'x')",
        [
            version,
            page,
            site,
            capture,
            url,
            seen,
            seen,
            text_digest(text),
            text[:60].rpartition(" ")[0],
            year,
            WORDS,
        ],
    )
    run("INSERT INTO version_text VALUES (?, ?)", [version, text])
    run("INSERT INTO indexed VALUES (?, 'x')", [version])


async def _ask(published: Path) -> dict[str, float]:
    datasette = application(published)
    await datasette.invoke_startup()
    search = {query: await _times(datasette, f"/haku?q={quote(query)}", 5) for query in QUERIES}
    table = {
        query: await _times(datasette, f"/published/versions?_search={quote(query)}", 2)
        for query in QUERIES
    }
    return {
        "search_ms": statistics.median(search.values()),
        "search_worst_ms": max(search.values()),
        "table_ms": statistics.median(table.values()),
    }


async def _times(datasette: Any, path: str, repeats: int) -> float:
    """Return the median time of a request in milliseconds; the first one, which fills caches, does not count."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        response = await datasette.client.get(path)
        times.append(1000 * (time.perf_counter() - began))
        if response.status_code != 200:
            raise SystemExit(f"{path}: HTTP {response.status_code}")
    return statistics.median(times[1:])


if __name__ == "__main__":
    sys.exit(main())
