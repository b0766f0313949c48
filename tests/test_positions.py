"""Positions: every place of every word, as counting words in the texts says."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.edition import create_tables
from archive.lemmas import INNER_WORD
from archive.search.positions import GAP, PART, Positions, PositionsWriter
from archive.search.proximity import near

WORDS = st.sampled_from(["kunta", "Kunta", "kanta-häme", "Häme", "STEA:n", "lähellä.fi", "ja"])
VERSIONS = st.lists(
    st.tuples(st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=12), st.lists(WORDS, max_size=4)),
    min_size=1,
    max_size=6,
)  # fmt: skip


@pytest.fixture
def target():
    """Open an empty edition."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_tables(connection)
        yield connection


def written(connection, versions, first=1):
    """Write versions one after another and return their positions."""
    writer = PositionsWriter(connection)
    for docid, words in enumerate(versions, first):
        writer.add(docid, *words)
    writer.flush()
    return Positions(connection)


def inner(words):
    """Divide words at hyphens, in lower case."""
    return [part.lower() for word in words for part in INNER_WORD.findall(word)]


@given(VERSIONS)
def test_counts_of_forms_and_beginnings(versions):
    """A form stands as often as it is written; a beginning as often as a word or a part of one begins so."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_tables(connection)
        positions = written(connection, versions)
        for form in ("kunta", "kanta-häme", "häme", "stea:n", "ja", "missing"):
            counts = [
                sum(word.lower() == form for word in (*title, *text, *hidden))
                for title, text, hidden in versions
            ]
            assert positions.counts(positions.of([form])).tolist() == counts
        for start in ("k", "häm", "fi"):
            counts = [
                sum(part.startswith(start) for part in inner([*title, *text, *hidden]))
                for title, text, hidden in versions
            ]
            assert positions.counts(positions.beginning(start)).tolist() == counts


@given(
    VERSIONS,
    st.lists(
        st.sampled_from(["kunta", "kanta", "häme", "stea", "n", "ja"]), min_size=1, max_size=3
    ),
)
def test_phrases(versions, phrase):
    """A phrase stands where its words follow one another in a title or a text, never among hidden words."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_tables(connection)
        positions = written(connection, versions)
        counts = [
            sum(
                parts[at : at + len(phrase)] == phrase
                for parts in (inner(title), inner(text), *(inner([word]) for word in hidden))
                for at in range(len(parts))
            )
            for title, text, hidden in versions
        ]
        assert positions.counts(positions.phrase(phrase)).tolist() == counts


@given(VERSIONS, st.integers(0, 6))
def test_near_words(versions, between):
    """Words are near each other when no more than so many others stand between them, in a title or in a text."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_tables(connection)
        positions = written(connection, versions)
        found = near([positions.of(["kunta"]), positions.of(["ja"])], between)
        expected = [
            any(
                abs(a - b) <= between + 1
                for parts in (inner(title), inner(text))
                for a, one in enumerate(parts)
                for b, other in enumerate(parts)
                if (one, other) == ("kunta", "ja")
            )
            for title, text, _ in versions
        ]
        assert (positions.counts(found) > 0).tolist() == expected


def test_hidden_words_tell_no_order(target):
    """What may not be shown is counted, and its places are the same in whatever order the text has it."""
    orders = [["salainen", "ääni", "kokous"], ["kokous", "salainen", "ääni"]]
    rows = []
    for order in orders:
        written(target, [(["Otsikko"], ["Alku"], order)])
        rows.append(target.execute("SELECT * FROM positions ORDER BY form").fetchall())
        target.execute("DELETE FROM positions")
    assert rows[0] == rows[1]
    positions = written(target, [(["Otsikko"], ["Alku"], orders[0])])
    places = np.sort(
        np.concatenate([positions.of([form]) for form in ("salainen", "ääni", "kokous")])
    )
    assert (np.diff(places) > GAP - 1).all()


def test_parts_are_no_words_of_their_own(target):
    """``häme`` in *Kanta-Häme* is part of that word; beginnings and phrases see it, the word alone does not."""
    positions = written(target, [([], ["Kanta-Häme", "kutsui"], [])])
    assert len(positions.of(["häme"])) == 0
    assert len(positions.of([PART + "häme"])) == 1
    assert len(positions.of(["kanta-häme"])) == 1
    assert len(positions.beginning("häm")) == 1
    assert len(positions.beginning("kanta hä")) == 1
    assert len(positions.beginning("häme ka")) == 0
    assert len(positions.phrase(["häme", "kutsui"])) == 1


def test_many_blocks_and_far_places(target):
    """Versions beyond the first 65,536 keep their rows, and steps of any size are read as they were written."""
    writer = PositionsWriter(target)
    far = ["täyte"] * 70_000
    for docid in range(1, 65_540):
        writer.add(docid, [], ["kunta"] if docid in (1, 65_536, 65_537) else [], [])
    writer.add(65_540, [], [*far, "kunta"], [])
    writer.flush()
    positions = Positions(target)
    assert positions.rows(positions.of(["kunta"])).tolist() == [0, 65_535, 65_536, 65_539]
    widths = dict(
        target.execute("SELECT block, width FROM positions WHERE form = 'kunta'").fetchall()
    )
    assert widths == {0: 4, 1: 4}
    assert target.execute("SELECT width FROM positions WHERE form = 'täyte'").fetchone() == (2,)
