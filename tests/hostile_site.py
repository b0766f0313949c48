"""Make an edition in which every text that comes from outside is hostile, and name the addresses that show it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from archive.digests import stable_id
from archive.urls import urlkey
from tests.sample_archive import Sample
from tests.warcs import WarcMaker

WORD = "yhdistys"
"""Stands before every third text, so that lines of a concordance hold their neighbours."""
EVERYTHING = f"{WORD} TAI tallennettu:2000.."
VERSIONS = 12
"""Versions over which the texts are spread, each line of one by itself."""
CAPTURES = 2
"""Captures over which they are spread as source."""
CHOSEN = f"SELECT id, page FROM versions ORDER BY page NOT IN (SELECT page FROM versions WHERE NOT current), docid LIMIT {VERSIONS}"
KINDS = ("p", "h2", "ul", "ol", "tr")
COLUMNS = (("sites", "name"), ("sites", "note"), ("sites", "organisation"), ("terms", "fi"), ("regions", "fi"), ("projects", "project"), ("projects", "years_text"), ("pages", "title"), ("captures", "source"), ("captures", "provenance"))  # fmt: skip


def poison(sample: Sample, texts: Sequence[str]) -> None:
    """Put every text into a line of some version and into the source of some capture, and some into each column that is shown."""
    with closing(sqlite3.connect(sample.published)) as db, db:
        ids = [id_ for id_, _ in db.execute(CHOSEN)]
        for number, id_ in enumerate(ids):
            _poison_version(db, id_, texts[number :: len(ids)])
        for table, column in COLUMNS:
            rows = [rowid for (rowid,) in db.execute(f"SELECT rowid FROM {table}")]
            for at, rowid in enumerate(rows):
                text = texts[(at * 37 + len(column)) % len(texts)]
                db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [text, rowid])
        db.execute("UPDATE sites SET base_urls = json_array(?)", ["javascript:window.osuma=1"])
        _poison_captures(db, sample.published.parent / "replay", texts)


def _poison_version(db: sqlite3.Connection, id_: str, lines: Sequence[str]) -> None:
    outline = " ".join(KINDS[at % 5] for at in range(len(lines)))
    text = "\n".join(f"{WORD} {line}" if at % 3 == 0 else line for at, line in enumerate(lines))
    db.execute(
        "UPDATE versions SET title = ?, text = ?, outline = ?, site_name = ?, organisation = ?, published_evidence = ?, excerpt = ?, url = ? WHERE id = ?",
        [lines[0], text, outline, *lines[1:5], f"https://kyt.fi/{lines[5]}", id_],
    )
    db.executemany(
        "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)",
        [(id_, at, line, f"x,{at}", line) for at, line in enumerate(lines)],
    )
    db.execute("INSERT INTO events VALUES (?, 900, '2020-01-01', NULL, ?, ?, ?, 'day', 0)", [id_, *lines[5:8]])  # fmt: skip
    db.execute("INSERT INTO relations VALUES (?, 900, 'kumppanuuspoyta', '09', 'sentence', NULL, 2020, 'sentence', 'artteli', ?)", [id_, lines[8]])  # fmt: skip


def _poison_captures(db: sqlite3.Connection, folder: Path, texts: Sequence[str]) -> None:
    """Write captures whose bodies, headers and addresses are hostile where the edition looks for them."""
    maker = WarcMaker(folder / "osuma.wacz", crawl=None)
    rows = db.execute("SELECT site, page, id FROM versions ORDER BY docid").fetchall()
    for number in range(CAPTURES):
        some = texts[number::CAPTURES]
        url = f"https://kyt.fi/{number}/{some[0]}"
        headers = [(f"X-{at}", text) for at, text in enumerate(some[:20]) if text.isascii()]
        offset = maker.response(url, "\n".join(some).encode(), headers=headers)
        id_ = stable_id(url)
        db.execute(
            "INSERT INTO mementos VALUES (?, ?, ?, ?, ?, ?, '2020-03-01T12:00:00+00:00', 200, ?, ?, ?, ?, 'import', ?, 'osuma.wacz', ?, 1)",
            [id_, *rows[number], urlkey(url), url, *some[1:5], id_, offset],
        )
    maker.close()


def pages(published: Path) -> list[str]:
    """Return the address of each of our pages that shows what comes from outside."""
    with closing(sqlite3.connect(published)) as db:
        records = [f"/versio/{id_}" for id_, _ in db.execute(CHOSEN)]
        compared = db.execute("SELECT page FROM versions WHERE NOT current").fetchall()
        sites = [f"/sivusto/{id_}" for (id_,) in db.execute("SELECT id FROM sites")]
        captures = [id_ for (id_,) in db.execute("SELECT id FROM mementos")]
    places = ["/", "/haku", "/maakunta/09", "/termi/kumppanuuspoyta", "/termi/artteli", "/sivustot", "/maakunnat", "/sanasto"]  # fmt: skip
    lines = [f"/kwic?{urlencode({'q': EVERYTHING, 'leveys': 160, 'sivu': n})}" for n in (1, 3, 5)]
    shown = [f"/arkistointi/{id_}" for id_ in captures] + [f"/toisto/{captures[0]}"]
    compared = [f"/sivu/{id_}{after}" for (id_,) in compared for after in ("", "/vertailu")]
    return [*records, *sites, *places, *lines, *shown, *compared]


def echoes(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield addresses that say texts which the page repeats, and the text: many at once, and as curves of trends, six at once."""
    for path in ("/haku", "/kwic", "/trendit"):
        for at in range(0, len(texts), 125):
            said = " ".join(texts[at : at + 125]).strip()
            yield (
                f"{path}?{urlencode({'q': said, 'region': texts[at], 'site': texts[at + 1]})}",
                said,
            )
    phrases = [text for text in texts if not set(text) & set(',"') and len(text) < 60]
    for at in range(0, 72, 6):
        said = ",".join(f'"{text}"' for text in phrases[at : at + 6])
        yield f"/trendit?{urlencode({'q': said})}", said
