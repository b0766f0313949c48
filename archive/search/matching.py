"""Find the versions that a query asks for, each as one mark, and weigh them.

Words are looked for in `postings` in all their forms; near words, phrases and beginnings in `positions`; titles in the two
indexes of FTS5; what they give is joined, met and taken apart as arrays of marks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from functools import reduce

import numpy as np

from archive.search.facets import Facets, Marks, Numbers
from archive.search.fields import values_of
from archive.search.positions import Places, Positions, joined
from archive.search.postings import Weights
from archive.search.proximity import near
from archive.search.querytree import (
    All,
    Any,
    Beginning,
    Dated,
    Having,
    Leaf,
    Near,
    Node,
    Phrase,
    Without,
    Word,
    leaves,
    words_of,
)
from archive.search.snippets import Marker, Markers
from archive.search.wording import Wording

MENTIONING = """
SELECT DISTINCT docid FROM mentions JOIN versions ON versions.id = mentions.version
WHERE term IN (SELECT value FROM json_each(?))
"""


class Matcher:
    """One query in one edition."""

    def __init__(self, connection: sqlite3.Connection, facets: Facets, *, compounds: bool) -> None:
        """Search an edition, open for reading, with its own facets."""
        self._connection = connection
        self._facets = facets
        self._positions = Positions(connection)
        self._places: dict[Leaf, Places] = {}
        self.wording = Wording(connection, compounds=compounds, versions=facets.size)

    def marks(self, node: Node | None) -> Marks:
        """Mark the versions that a query asks for; all where it asks for nothing."""
        if node is None:
            return np.ones(self._facets.size, np.bool_)
        if isinstance(node, All):
            return reduce(np.logical_and, map(self.marks, node.parts))
        if isinstance(node, Any):
            return reduce(np.logical_or, map(self.marks, node.parts))
        if isinstance(node, Without):
            return ~self.marks(node.part)
        if isinstance(node, Having):
            return self._having(node)
        if isinstance(node, Dated):
            within = self._facets.seen_within
            if node.date == "published":
                within = self._facets.published_within
            return within(node.first, node.last)
        return self._holding(node)

    def _holding(self, leaf: Leaf) -> Marks:
        """Mark the versions that hold words."""
        if isinstance(leaf, Word):
            if leaf.title:
                return self._in_title("versions_lemmas", self.wording.expression(leaf.form))
            return self.wording.weights(leaf.form) > 0
        if isinstance(leaf, Phrase) and leaf.title:
            return self._in_title("versions_words", '"' + " ".join(leaf.words) + '"')
        if isinstance(leaf, Beginning) and leaf.title:
            return self._in_title("versions_words", f'"{leaf.start}" *')
        return self._positions.counts(self._places_of(leaf)) > 0

    def _places_of(self, leaf: Leaf) -> Places:
        """Return where the words of a leaf stand, in titles and texts; read once, to match and to count."""
        if leaf not in self._places:
            self._places[leaf] = self._read_places(leaf)
        return self._places[leaf]

    def _read_places(self, leaf: Leaf) -> Places:
        if isinstance(leaf, Near):
            forms = (self.wording.forms_of([word]) for word in leaf.forms)
            return near([self._positions.of(one) for one in forms], leaf.between)
        if isinstance(leaf, Phrase):
            return self._positions.phrase([word.lower() for word in leaf.words])
        if isinstance(leaf, Beginning):
            return self._positions.beginning(leaf.start.lower())
        return self._positions.of(self.wording.forms_of([leaf.form]))

    def _having(self, node: Having) -> Marks:
        values = values_of(self._connection, self._facets, node)
        if node.field != "term":
            return self._facets.having(node.field, values)
        found = self._connection.execute(MENTIONING, [json.dumps(values)]).fetchall()
        return self._marked(np.array([docid for (docid,) in found], np.int64))

    def _in_title(self, index: str, expression: str) -> Marks:
        (found,) = self._connection.execute(
            f"SELECT group_concat(rowid) FROM {index} WHERE {index} MATCH ?",  # noqa: S608 - our names
            [f"title : {expression}"],
        ).fetchone()
        return self._marked(np.fromstring(found or "", np.int64, sep=","))

    def _marked(self, docids: Numbers) -> Marks:
        marks = np.zeros(self._facets.size, np.bool_)
        marks[docids - 1] = True
        return marks

    def weights(self, node: Node | None) -> Weights | None:
        """Return how well each version fits the words that a query wants; ``None`` where it wants none."""
        wanted = dict.fromkeys(word for leaf in leaves(node) for word in words_of(leaf))
        if not wanted:
            return None
        return reduce(np.add, map(self.wording.weights, wanted))

    def occurrences(self, node: Node | None) -> Numbers | None:
        """Return how often the words that a query wants stand in each version; ``None`` where it wants none.

        A place that two of its words share counts once; near words count by the places where they come together,
        words of titles wherever they stand.
        """
        places = [self._places_of(leaf) for leaf in leaves(node)]
        return self._positions.counts(joined(places)) if places else None

    def unknown(self, node: Node | None) -> tuple[str, ...]:
        """Return the words that a query wants in any form and that stand nowhere."""
        wanted = (leaf for leaf in leaves(node) if isinstance(leaf, Word | Near))
        words = dict.fromkeys(word for leaf in wanted for word in words_of(leaf))
        return tuple(word for word in words if not self.wording.weights(word).any())

    def markers(self, node: Node | None) -> Markers:
        """Return what marks the words of a query in titles and in texts."""
        wanted = list(leaves(node))
        in_text = [leaf for leaf in wanted if isinstance(leaf, Near) or not leaf.title]
        title = self._marker(wanted)
        return Markers(title, title if len(in_text) == len(wanted) else self._marker(in_text))

    def _marker(self, wanted: Sequence[Leaf]) -> Marker:
        words = {leaf.form for leaf in wanted if isinstance(leaf, Word)}
        words |= {form for leaf in wanted if isinstance(leaf, Near) for form in leaf.forms}
        return Marker(
            forms=self.wording.forms_of(words),
            phrases=[leaf.words for leaf in wanted if isinstance(leaf, Phrase)],
            beginnings=[leaf.start for leaf in wanted if isinstance(leaf, Beginning)],
        )
