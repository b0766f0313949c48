"""Measure what it costs to make texts searchable: time for words never seen before, and the size of what is kept.

``python -m benchmarks.search_index [FORMS]`` invents texts of so many distinct Finnish word forms (20,000 unless told otherwise,
150,000 for a new archive), compounds of two and three words, each once; indexes them with ``build_index`` as `arkisto index`
does, and publishes them. The peer is the plain index of FTS5 over the same texts, which knows no Finnish.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from archive.indexing import build_index
from archive.publish import publish
from archive.registering import register
from archive.schema import open_archive
from benchmarks.searchtexts import BEGINNINGS, ENDINGS, ENDS, add_version, open_registry, word_forms

FORMS = 20_000
WORDS = 100
"""Words of a text."""
FLOORS = {"forms_per_second": 500.0}
"""150,000 new forms in five minutes."""

INDEXES = (
    "versions_words",
    "versions_lemmas",
    "postings",
    "positions",
    "forms",
    "term_forms",
    "words",
)


def main() -> int:
    """Build, index, publish, print."""
    forms = int(sys.argv[1]) if len(sys.argv) > 1 else FORMS
    with tempfile.TemporaryDirectory() as folder:
        figures = _measured(Path(folder), forms)
    for name, value in figures.items():
        print(f"{name:22s} {value:12.1f}")
    peer = {name: figures.pop(name) for name in ("fts5_seconds", "fts5_mb")}
    ok = figures["forms_per_second"] >= FLOORS["forms_per_second"]
    print(json.dumps({"name": "search_index", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}))  # fmt: skip
    return int(not ok)


def _measured(folder: Path, forms: int) -> dict[str, float]:
    registry = open_registry()
    texts = _texts(forms)
    archive, published = folder / "archive.db", folder / "published.db"
    db = open_archive(archive)
    register(db, registry)
    chance, sites = random.Random(3), sorted(registry.sites)
    with db.conn:
        for number, text in enumerate(texts):
            add_version(db, number, chance.choice(sites), text, chance)
        db.execute("DELETE FROM indexed")
    began = time.perf_counter()
    report = build_index(db, registry)
    indexed = time.perf_counter() - began
    db.conn.close()
    began = time.perf_counter()
    publish(archive, published, edition="public", registry=registry, now=datetime.now(UTC))
    return {
        "forms": report.forms,
        "index_seconds": round(indexed, 1),
        "forms_per_second": round(report.forms / indexed, 1),
        "publish_seconds": round(time.perf_counter() - began, 1),
        "text_mb": round(sum(map(len, texts)) / 1e6, 1),
        "edition_mb": round(published.stat().st_size / 1e6, 1),
        "search_mb": round(_search_size(published), 1),
        **_plain(folder / "plain.db", texts),
    }


def _texts(number: int) -> list[str]:
    """Return texts that hold so many different forms, each once."""
    forms = word_forms()[:number]
    chance = random.Random(2)
    met = set(forms)
    while len(forms) < number:
        form = chance.choice(BEGINNINGS) + chance.choice(BEGINNINGS) + chance.choice(ENDS) + chance.choice(ENDINGS)  # fmt: skip
        if form not in met:
            met.add(form)
            forms.append(form)
    chance.shuffle(forms)
    return [" ".join(forms[start : start + WORDS]) for start in range(0, number, WORDS)]


def _search_size(published: Path) -> float:
    """Return the megabytes that an edition is larger by for being searchable."""
    before = published.stat().st_size
    with closing(sqlite3.connect(published)) as connection:
        for table in INDEXES:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("VACUUM")
    return (before - published.stat().st_size) / 1e6


def _plain(path: Path, texts: list[str]) -> dict[str, float]:
    began = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE plain USING fts5(text, content='')")
        connection.executemany("INSERT INTO plain(text) VALUES (?)", ([text] for text in texts))
        connection.commit()
    seconds = time.perf_counter() - began
    return {"fts5_seconds": round(seconds, 2), "fts5_mb": round(path.stat().st_size / 1e6, 1)}


if __name__ == "__main__":
    sys.exit(main())
