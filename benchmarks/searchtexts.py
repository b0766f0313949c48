"""Invent texts to search, build an edition of them, and a plain database for stock Datasette.

The words are Finnish compounds put together from lists in many forms, the common ones drawn far more often than the rare ones,
as in real texts; one text in a hundred is a long document. Figures on them speak of speed and size, never of relevance.
"""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from archive.digests import stable_id, text_digest
from archive.lemmas import analyse
from archive.publish import publish
from archive.registering import register
from archive.registry import Registry, find_config, load_registry
from archive.schema import open_archive

BEGINNINGS = ["järjestö", "yhdistys", "kunta", "maakunta", "hyvinvointi", "vapaaehtois", "yhteistyö", "kumppanuus", "avustus", "hanke", "kehittämis", "kansalais", "vertais", "perhe", "nuoriso", "vanhus", "liikunta", "kulttuuri", "seurakunta", "kylä", "toiminta", "palvelu", "asukas", "terveys", "sosiaali", "koulutus", "viestintä", "vaikuttamis", "verkosto", "osallisuus"]  # fmt: skip
ENDS = ["toiminta", "työ", "alue", "verkosto", "pöytä", "neuvottelukunta", "ryhmä", "malli", "kokous", "ilta", "raportti", "strategia", "viestintä", "hanke", "tapaaminen", "foorumi", "kysely", "selvitys", "koulutus", "päivä", "edustaja", "agentti", "suunnitelma", "ohjelma", "avustus", "talo", "tila", "paja", "kurssi", "yhteistyö"]  # fmt: skip
ENDINGS = ("", "n", "ssa", "sta", "lla", "lle", "t", "na", "ksi", "ja", "jen", "kin", "nsa", "ni")
SMALL = ["ja", "on", "ei", "se", "että", "kun", "mutta", "myös", "vuonna", "mukaan", "uusi", "hyvä", "suuri", "ensi", "viime", "tämä", "joka", "ovat", "sekä", "tai", "voi", "kanssa", "jo", "niin", "vain", "nyt", "oli", "hän", "siitä", "ollut"]  # fmt: skip
TYPES = ("article", "article", "article", "listing", "event", "attachment")
WORDS = 160
"""Words of a usual text."""
LONG = 4_000
"""Words of one text in a hundred."""


def word_forms() -> list[str]:
    """Return small words, simple ones and compounds, common ones first, always in the same order."""
    simple = [word + ending for word in ENDS for ending in ENDINGS]
    compounds = [a + b + ending for a in BEGINNINGS for b in ENDS for ending in ENDINGS]
    chance = random.Random(11)
    chance.shuffle(simple)
    chance.shuffle(compounds)
    return list(dict.fromkeys([*SMALL, *simple, *compounds]))


def build_edition(folder: Path, versions: int) -> Path:
    """Build an archive of invented texts and its edition, or take those that stand there; return the edition."""
    published = folder / f"search-{versions}.db"
    if published.exists():
        return published
    registry = open_registry()
    archive = folder / f"archive-{versions}.db"
    archive.unlink(missing_ok=True)
    db = open_archive(archive)
    register(db, registry)
    forms = word_forms()
    chance = random.Random(7)
    sites = sorted(registry.sites)
    with db.conn:
        terms = (("fi", form, " ".join(analyse(form, "fi"))) for form in forms)
        db.conn.executemany("INSERT INTO forms VALUES (?, ?, ?)", terms)
        db.execute(
            "INSERT INTO warc_files (name, bytes_read, complete, source, records, damaged) VALUES ('JA.warc.gz', 1, 1, 'crawl', 1, 0)"
        )
        for number in range(versions):
            add_version(db, number, chance.choice(sites), _text(chance, forms), chance)
    db.conn.close()
    publish(archive, published, edition="public", registry=registry, now=datetime.now(UTC))
    archive.unlink()
    return published


def open_registry() -> Registry:
    """Return our registry with every site open, so that every text is there to be shown."""
    registry = load_registry(find_config())
    sites = {
        id_: site.model_copy(update={"access": "open"}) for id_, site in registry.sites.items()
    }
    return replace(registry, sites=sites)


def _text(chance: random.Random, forms: list[str]) -> str:
    """Draw words; how often a form comes falls with its rank."""
    words = LONG if chance.random() < 0.01 else int(WORDS * (0.5 + chance.random()))
    return " ".join(forms[int(len(forms) * chance.random() ** 3)] for _ in range(words))


def add_version(db: Database, number: int, site: str, text: str, chance: random.Random) -> None:
    """Store a version as the stations before the index leave it, read and marked as indexed."""
    url = f"https://{site}.example/{number}"
    page, seen = stable_id(site, str(number)), "2026-01-01T00:00:00+00:00"
    year, kind = str(chance.randint(2008, 2025)), chance.choice(TYPES)
    version = stable_id(page, text_digest(text))
    run = db.conn.execute
    run(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, 1, 'live')",
        [page, site, f"example,{site})/{number}", url, seen, seen],
    )
    run(
        "INSERT INTO versions (id, page, site, capture, url, first_seen, last_seen, captures, current, text_digest, title,"
        " published, published_precision, language, languages, page_type, tags, words, extractor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 1, 1, ?, ?, ?, 'year', 'fi', '[]', ?, '[]', ?, 'x')",
        [version, page, site, stable_id(url), url, seen, seen, text_digest(text), text[:60].rpartition(" ")[0], year, kind, len(text.split())],
    )  # fmt: skip
    run("INSERT INTO version_text (version, text) VALUES (?, ?)", [version, text])
    run("INSERT INTO indexed VALUES (?, 'x')", [version])


STOCK = """
CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT, text TEXT, site TEXT, region TEXT, county TEXT, year INTEGER, language TEXT, page_type TEXT, programmes TEXT);
INSERT INTO docs SELECT docid, title, text, site, region, county, year, language, page_type, programmes FROM edition.versions;
CREATE VIRTUAL TABLE docs_fts USING fts5(title, text, content=[docs], content_rowid=id);
INSERT INTO docs_fts(docs_fts) VALUES ('rebuild');
CREATE INDEX docs_site ON docs(site); CREATE INDEX docs_region ON docs(region); CREATE INDEX docs_year ON docs(year);
CREATE INDEX docs_language ON docs(language); CREATE INDEX docs_type ON docs(page_type); CREATE INDEX docs_county ON docs(county);
"""
STOCK_FACETS = ("region", "county", "year", "site", "language", "page_type")


def build_stock(published: Path) -> Path:
    """Put the same texts into a table with a full-text index, as one does for a Datasette without plug-ins."""
    stock = published.with_name(published.name.replace("search-", "stock-"))
    if not stock.exists():
        with closing(sqlite3.connect(stock)) as connection:
            connection.execute("ATTACH ? AS edition", [str(published)])
            connection.executescript(STOCK)
    return stock


def stock_address(stock: Path, query: str) -> str:
    """Return the address of stock Datasette's own search with facets."""
    facets = "".join(f"&_facet={name}" for name in STOCK_FACETS)
    return f"/{stock.stem}/docs?_searchmode=raw&_search={quote(query)}{facets}"


def questions(number: int) -> dict[str, list[str]]:
    """Return queries by kind that our site and its peers all understand, each of them once.

    Common words are the small ones, which stand in nearly every text; rare ones stand in few.
    """
    forms = word_forms()
    chance = random.Random(5)
    common, frequent, rare = SMALL, forms[40:400], forms[3_000:]
    pick = chance.choice
    return {
        "common": chance.sample(common, min(number, len(common))),
        "frequent": chance.sample(frequent, number),
        "rare": chance.sample(rare, number),
        "both": [f"{pick(frequent)} {pick(frequent)}" for _ in range(number)],
        "common and frequent": [f"{pick(common)} {pick(frequent)}" for _ in range(number)],
        "either": [f"{pick(frequent)} OR {pick(frequent)}" for _ in range(number)],
        "phrase": [f'"{pick(common)} {pick(frequent)}"' for _ in range(number)],
    }


def own_questions(number: int) -> dict[str, list[str]]:
    """Return queries that only our site understands."""
    forms = word_forms()
    chance = random.Random(6)
    pick = chance.choice
    return {
        "near": [f'"{pick(forms[40:400])} {pick(forms[40:400])}"~5' for _ in range(number)],
        "beginning": [f"{pick(BEGINNINGS)}*" for _ in range(number)],
        "title": [f"title:{pick(forms[40:400])}" for _ in range(number)],
        "field": [f"{pick(forms[40:400])} year:2015..2019 type:attachment" for _ in range(number)],
    }
