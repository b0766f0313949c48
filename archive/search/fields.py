"""Turn what a query says of a field into the values that the edition knows: ``region:karjala``, ``site:soste``, ``lang:svenska``.

A value is meant that is written so, by its code or by its name in any of our languages; where there is none,
all whose name holds what is written.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from archive.search.facets import Facets
from archive.search.querytree import FieldName, Having, QueryProblem

NAMED: dict[FieldName, str] = {
    "region": "SELECT code, code, fi, sv, en FROM regions",
    "county": "SELECT id, id, fi, sv, en FROM counties",
    "site": "SELECT id, id, name, organisation FROM sites",
    "term": "SELECT id, id, fi, sv, en FROM terms",
}
"""For each field, its values and what each is called."""

LANGUAGES = {
    "fi": ("suomi", "finska", "finnish"),
    "sv": ("ruotsi", "svenska", "swedish"),
    "en": ("englanti", "engelska", "english"),
    "se": ("pohjoissaame", "saame", "nordsamiska", "sami"),
    "et": ("viro", "estniska", "estonian"),
    "ru": ("venäjä", "ryska", "russian"),
}
TYPES = {
    "article": ("artikkeli", "uutinen", "artikel", "nyhet"),
    "listing": ("luettelo", "lista"),
    "event": ("tapahtuma", "evenemang"),
    "contact": ("yhteystiedot", "kontakt"),
    "attachment": ("liite", "liitetiedosto", "bilaga"),
    "front": ("etusivu", "startsida"),
    "error": ("virhesivu", "felsida"),
    "parked": (),
    "other": ("muu", "annan"),
}
NOT_LETTERS = re.compile(r"[\W_]+")


def values_of(connection: sqlite3.Connection, facets: Facets, asked: Having) -> list[str]:
    """Return the values that are meant, in order.

    Raises:
        QueryProblem: the edition knows none.
    """
    said = _levelled(asked.value)
    called = [
        (value, [_levelled(name) for name in names])
        for value, *names in _names(connection, facets, asked.field)
    ]
    found = [value for value, names in called if said in names]
    if not found and asked.field in NAMED:
        found = [value for value, names in called if any(said in name for name in names)]
    if not found or not said:
        raise QueryProblem("value", asked.value)
    return sorted(found)


def _names(
    connection: sqlite3.Connection, facets: Facets, field: FieldName
) -> Iterable[tuple[str, ...]]:
    """Return each value of a field with what it is called."""
    if field in NAMED:
        return [tuple(filter(None, row)) for row in connection.execute(NAMED[field])]
    known = LANGUAGES if field == "lang" else TYPES
    return [(value, value, *known.get(value, ())) for value in facets.values(field)]


def _levelled(name: str) -> str:
    """Return a name without capitals, spaces and marks, so that small differences do not matter.

    >>> _levelled("Etelä-Karjala")
    'eteläkarjala'
    """
    return NOT_LETTERS.sub("", name.casefold())
