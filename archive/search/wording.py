"""Know what the words of a query stand for in one edition: search terms, word forms, and how much they weigh where."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import numpy as np

from archive.lemmas import acronyms, as_term, is_joined, query_terms
from archive.search.postings import Weights, posting, rarity

PART_SHARE = 0.5
"""How much a word inside a compound weighs against the word itself; a choice, not measured."""
TERMS = "SELECT language, terms FROM forms WHERE form = ?"
LEMMA = """
SELECT 1 FROM term_forms JOIN forms ON forms.form = term_forms.form AND forms.language = 'fi'
WHERE term IN (:term, 'p_' || :term) AND instr(' ' || terms || ' ', ' ' || term || ' ') LIMIT 1
"""
STANDS = "SELECT 1 FROM postings WHERE term IN (SELECT value FROM json_each(?)) LIMIT 1"
FORMS = "SELECT DISTINCT form FROM term_forms WHERE term IN (SELECT value FROM json_each(?))"


class Wording:
    """The words of one query."""

    def __init__(self, connection: sqlite3.Connection, *, compounds: bool, versions: int) -> None:
        """Look words up in an edition of so many versions; with ``compounds``, inside compounds too."""
        self._connection = connection
        self._compounds = compounds
        self._versions = versions
        self._terms: dict[str, tuple[str, ...]] = {}
        self._weights: dict[str, Weights] = {}

    def terms_of(self, word: str) -> tuple[str, ...]:
        """Return the search terms by which a word is found."""
        if word not in self._terms:
            known, others = _known_terms(self._connection, word)
            terms = query_terms(word, compounds=self._compounds, known=known, others=others)
            if not _stands(self._connection, terms):
                terms += _acronym_terms(self._connection, word)
            self._terms[word] = terms
        return self._terms[word]

    def expression(self, word: str) -> str:
        """Return what finds a word in `versions_lemmas`."""
        return "(" + " OR ".join(f'"{term}"' for term in self.terms_of(word)) + ")"

    def forms_of(self, words: Iterable[str]) -> set[str]:
        """Return the forms of words that stand in this edition, in lower case."""
        terms = sorted({term for word in words for term in self.terms_of(word)})
        return {form for (form,) in self._connection.execute(FORMS, [json.dumps(terms)])}

    def weights(self, word: str) -> Weights:
        """Return how much a word weighs in each version; 0 where it does not stand."""
        if word not in self._weights:
            weights = np.zeros(self._versions, np.float32)
            for term in self.terms_of(word):
                rows, here = posting(self._connection, term)
                share = PART_SHARE if term.startswith("p_") else 1
                weights[rows] = np.maximum(weights[rows], here * np.float32(share))
            weights *= np.float32(rarity(self._versions, int(np.count_nonzero(weights))))
            self._weights[word] = weights
        return self._weights[word]


def _known_terms(connection: sqlite3.Connection, word: str) -> tuple[list[str], list[str]]:
    """Return the search terms, in Finnish and in other languages, of a form that stands in this edition; capitals aside.

    The same for a Finnish lemma. That saves the analysis, and loading the analyser, for most of what people type.
    """
    if is_joined(word):  # its pieces are terms of it in a text; who types it means the whole
        return [], []
    spellings = dict.fromkeys((word, word.lower(), word.capitalize(), word.upper()))
    usual = connection.execute("SELECT spelling FROM words WHERE word = ?", [word.lower()])
    spellings |= dict.fromkeys(spelling for (spelling,) in usual)
    known: list[str] = []
    others: list[str] = []
    for spelling in spellings:
        for language, terms in connection.execute(TERMS, [spelling]):
            if language != "fi":
                others += terms.split()
            elif not known:
                known = terms.split()
    if not known and connection.execute(LEMMA, {"term": as_term(word)}).fetchone():
        known = [as_term(word)]
    return known, others


def _stands(connection: sqlite3.Connection, terms: Iterable[str]) -> bool:
    """Tell whether one of some terms stands in this edition."""
    return bool(connection.execute(STANDS, [json.dumps(list(terms))]).fetchone())


def _acronym_terms(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Return the acronyms of this edition that a word in small letters may be a form of: ``sosten`` of SOSTE."""
    return tuple(
        as_term(acronym)
        for acronym in acronyms(word)
        if connection.execute("SELECT 1 FROM forms WHERE form = ?", [acronym]).fetchone()
    )
