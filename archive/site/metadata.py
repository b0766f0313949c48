"""Tell Datasette what our tables are: Finnish titles, meanings of columns, facets and which index searches them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

from archive.edition import described

TITLES = {
    "versions": ("Tekstit", "Yksi rivi on yksi sivun teksti ja aika, jona se nähtiin. Haku löytää sanan kaikissa muodoissa ja yhdyssanojen osista."),
    "pages": ("Sivut", "Yksi rivi on yksi verkko-osoite ajan kuluessa."),
    "sites": ("Sivustot", "Sivustot, joiden sivuja tässä aineistossa on."),
    "projects": ("Hankkeet", "Hankkeet, joihin sivustot kuuluvat."),
    "mentions": ("Maininnat", "Sanaston käsite tekstissä."),
    "events": ("Tapahtumat", "Tekstissä kerrottu päivätty tapahtuma."),
    "links": ("Linkit", "Linkit teksteistä muualle."),
    "captures": ("Arkistointikerrat", "Yksi rivi on yksi vastaus yhdellä hetkellä."),
    "mementos": ("Toistettavat", "Arkistointikerrat, jotka voi katsoa sellaisina kuin ne olivat, ja missä tiedostossa ne ovat."),
    "terms": ("Sanasto", "Ohjelmat, rakenteet, järjestöt, roolit ja maakunnat."),
    "regions": ("Maakunnat", "Suomen maakunnat Tilastokeskuksen numeroin."),
    "counties": ("Hyvinvointialueet", "Hyvinvointialueet ja Helsinki."),
    "same_text": ("Samat tekstit", "Tekstit, jotka ovat sanasta sanaan samat."),
    "edition": ("Tämä aineisto", "Milloin ja mistä aineisto tehtiin."),
}  # fmt: skip
"""Title and description of each table that people look at."""

FACETS: dict[str, list[str | dict[str, str]]] = {
    "versions": ["region", "year", {"array": "programmes"}, {"array": "structures"}, "language", "page_type", "site"],
    "pages": ["site", "state"],
    "sites": [{"array": "regions"}, "kind", "access"],
    "mentions": ["term"],
    "events": ["precision"],
    "captures": ["status", "mime", "source"],
    "mementos": ["site", "status", "mime"],
    "terms": ["kind"],
}  # fmt: skip
SORTED = {"versions": "published", "events": "start", "captures": "timestamp"}
LABELS = {
    "regions": "fi",
    "counties": "fi",
    "terms": "fi",
    "sites": "name",
    "pages": "title",
    "versions": "title",
}
HIDDEN = (
    "forms",
    "term_forms",
    "words",
    "postings",
    "positions",
    "versions_words",
    "versions_lemmas",
)
SHADOWS = ("config", "data", "docsize", "idx")


@lru_cache(maxsize=8)
def metadata_of(path: Path, name: str) -> dict[str, Any]:
    """Return the metadata of an edition, as Datasette takes it."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = {table: _table(table, columns) for table, columns in _columns(connection).items()}
    for index in ("versions_words", "versions_lemmas"):
        tables |= {f"{index}_{shadow}": {"hidden": True} for shadow in SHADOWS}
    for table in HIDDEN:
        tables[table] = {**tables.get(table, {}), "hidden": True}
    database = {
        "title": "Järjestöarkiston aineisto",
        "description": "Taulut, joista sivusto on tehty. Jokaisen saa myös JSON- ja CSV-muodossa.",
        "tables": tables,
    }
    return {"title": "Järjestöarkisto", "databases": {name: database}}


def _columns(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    return {
        table.name: {column.name: column.meaning or "" for column in table.columns}
        for table in described(connection).values()
    }


def _table(name: str, columns: dict[str, str]) -> dict[str, Any]:
    title, description = TITLES.get(name, (name, ""))
    table: dict[str, Any] = {"title": title, "description": description, "columns": columns}
    if name in FACETS:
        table["facets"] = FACETS[name]
    if name in SORTED:
        table["sort_desc"] = SORTED[name]
    if name in LABELS:
        table["label_column"] = LABELS[name]
    if name == "versions":
        table |= {"fts_table": "versions_lemmas", "fts_pk": "docid"}
    return table
