"""Ask other search engines the same questions about the same texts: PostgreSQL with its Finnish configuration, and tantivy.

PostgreSQL runs as a server of its own, as the user ``postgres`` where we are root, on a socket in a folder that goes when it ends;
nothing listens on the network. It counts, ranks the first twenty, cuts its headlines and counts by the same six columns.
tantivy ranks the first twenty and counts; it cuts no snippets here and counts no facets.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.searchtexts import STOCK_FACETS

TABLE = """
CREATE TABLE docs (id int PRIMARY KEY, title text, text text, site text, region text, county text, year int, language text, page_type text);
\\copy docs FROM '{rows}' WITH (FORMAT csv)
ALTER TABLE docs ADD words tsvector GENERATED ALWAYS AS (setweight(to_tsvector('finnish', title), 'A') || to_tsvector('finnish', text)) STORED;
CREATE INDEX ON docs USING gin(words);
ANALYZE docs;
"""
BEST = """
WITH q AS (SELECT {query} AS q), best AS (
  SELECT id, ts_rank(words, q) AS rank FROM docs, q WHERE words @@ q ORDER BY rank DESC, id LIMIT 20)
SELECT id, ts_headline('finnish', text, q) FROM best JOIN docs USING (id), q ORDER BY rank DESC, id;
"""
COUNTS = "".join(
    f"SELECT {name}, count(*) FROM docs WHERE words @@ {{query}} GROUP BY {name};\n"
    for name in STOCK_FACETS
)
TIMED = re.compile(r"^Time: ([\d.,]+) ms", re.MULTILINE)


def postgres_bin() -> Path | None:
    """Return where PostgreSQL's programs are; ``None`` where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def postgres(folder: Path, published: Path) -> Iterator[Path]:
    """Run a server that holds the texts of an edition, and give the folder of its socket."""
    programs, home = postgres_bin(), folder / "postgres"
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed: apt-get install postgresql")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    rows = home / "docs.csv"
    _write_rows(published, rows)
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
        rows.chmod(0o644)
    _as_postgres([programs / "initdb", "-D", home / "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale", "C.UTF-8"])  # fmt: skip
    options = f"-c listen_addresses='' -k {home} -c shared_buffers=512MB -c fsync=off"
    control: list[str | Path] = [programs / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
    _as_postgres([*control, "-o", options, "start"])
    try:
        _psql(home, TABLE.format(rows=rows))
        rows.unlink()
        yield home
    finally:
        _as_postgres([*control, "-m", "immediate", "stop"])
        shutil.rmtree(home, ignore_errors=True)


def postgres_times(home: Path, queries: Sequence[str]) -> list[float]:
    """Return the milliseconds of each query: twenty headlines and six counts, as the server's own client measures them."""
    times = []
    for query in queries:
        words = query.replace("'", "''")
        asked = f"websearch_to_tsquery('finnish', '{words}')"
        said = _psql(home, "\\timing on\n" + (BEST + COUNTS).format(query=asked))
        times.append(sum(float(one.replace(",", ".")) for one in TIMED.findall(said)))
    return times


def _write_rows(published: Path, rows: Path) -> None:
    import csv

    with closing(sqlite3.connect(published)) as connection, rows.open("w", newline="") as file:
        csv.writer(file).writerows(
            connection.execute("SELECT docid, title, text, site, region, county, year, language, page_type FROM versions")
        )  # fmt: skip


def _as_postgres(command: Sequence[str | Path]) -> None:
    """Run a program of the server, never as root: it refuses that."""
    before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    prefix = before if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, cwd="/", stdout=subprocess.DEVNULL)


def _psql(home: Path, script: str) -> str:
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(home), "-U", "postgres", "postgres"]  # fmt: skip
    ran = subprocess.run(command, input=script, text=True, capture_output=True, check=True)
    return ran.stdout


class Tantivy:
    """An index of tantivy over the texts of an edition, with its Finnish stemmer."""

    def __init__(self, folder: Path, published: Path) -> None:
        """Write the index."""
        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True)
        for name in ("title", "text"):
            builder.add_text_field(name, tokenizer_name="finnish")
        self._index = tantivy.Index(builder.build(), path=str(folder))
        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        stemmed = analyzer.filter(tantivy.Filter.lowercase()).filter(
            tantivy.Filter.stemmer("finnish")
        )
        self._index.register_tokenizer("finnish", stemmed.build())
        began = time.perf_counter()
        writer = self._index.writer()
        with closing(sqlite3.connect(published)) as connection:
            for docid, title, text in connection.execute("SELECT docid, title, text FROM versions"):
                writer.add_document(tantivy.Document(id=docid, title=title, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self.seconds = time.perf_counter() - began
        self.bytes = sum(file.stat().st_size for file in folder.iterdir())
        self._index.reload()
        self._searcher = self._index.searcher()

    def times(self, queries: Sequence[str]) -> list[float]:
        """Return the milliseconds of each query: the numbers of the best twenty, and how many there are."""
        times = []
        for query in queries:
            began = time.perf_counter()
            asked = self._index.parse_query(_all_of(query), ["title", "text"])
            found = self._searcher.search(asked, limit=20, count=True)
            for _, address in found.hits:
                self._searcher.doc(address)
            times.append(1000 * (time.perf_counter() - began))
        return times


def _all_of(query: str) -> str:
    """Say to tantivy, which joins words by OR, that all must be there."""
    if '"' in query or " OR " in query:
        return query
    return " AND ".join(query.split())
