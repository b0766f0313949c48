"""Know what the words of a query stand for in one edition: search terms, word forms, and how much they weigh where."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

import numpy as np

from archive.lemmas import as_term, query_terms
from archive.search.postings import Weights, posting, rarity

PART_SHARE = 0.5
"""How much a word inside a compound weighs against the word itself; a choice, not measured."""
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
            known = _known_terms(self._connection, word)
            self._terms[word] = query_terms(word, compounds=self._compounds, known=known)
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


def _known_terms(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """Return the search terms of a form that stands in this edition, or is a lemma in it; capitals aside.

    That saves the analysis, and loading the analyser, for most of what people type.
    """
    spellings = dict.fromkeys((word, word.lower(), word.capitalize(), word.upper()))
    for spelling in spellings:
        row = connection.execute(
            "SELECT terms FROM forms WHERE form = ? AND language = 'fi'", [spelling]
        ).fetchone()
        if row:
            return tuple(row[0].split())
    term = as_term(word)
    is_lemma = connection.execute(
        "SELECT 1 FROM term_forms WHERE term IN (?, ?) LIMIT 1", [term, f"p_{term}"]
    ).fetchone()
    return (term,) if is_lemma else ()
