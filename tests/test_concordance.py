"""Lines of hits: each hit once, in Finnish order, with nothing that may not be shown."""

import random
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.collation import collation_key
from archive.search.concordance import concordance
from archive.search.facets import Facets
from archive.search.searching import Request, search
from tests.sample_archive import HIDDEN_WORDS, SNIPPET_TAIL, publish_sample


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Open a public edition."""
    sample = publish_sample(tmp_path_factory.mktemp("lines"))
    with closing(sqlite3.connect(sample.published)) as connection:
        yield connection


@pytest.fixture(scope="module")
def lines(connection):
    """Give a function that searches and returns the lines."""
    facets = Facets(connection)

    def run(text, sorting="text", width=40, **options):
        found = search(connection, facets, Request(text=text, size=100, **options))
        return concordance(connection, found, sorting=sorting, width=width)

    return run


def test_every_hit_has_its_line(lines, connection):
    """A text with two hits has two lines; left, hit and right together stand in the text as they are."""
    found = lines("yhdistys").lines
    assert len(found) > len({line.version for line in found})
    texts = dict(connection.execute("SELECT id, text || ' ' || title FROM versions").fetchall())
    for line in found:
        if texts[line.version]:
            assert line.hit in texts[line.version]
            assert f"{line.left}{line.hit}{line.right}" in " ".join(texts[line.version].split())
    assert len({(line.version, line.part, line.position) for line in found}) == len(found)


@pytest.mark.parametrize("width", [10, 40, 160])
def test_context_is_as_wide_as_asked(lines, width):
    """No side is longer than the width, and no word of it is cut."""
    for line in lines("yhdistys", width=width).lines:
        assert max(len(line.left), len(line.right)) <= width
        assert not line.left.startswith(" ")
        assert not line.right.endswith(" ")


def test_order_by_what_stands_around(lines):
    """Lines are in Finnish order of the word before, the hit, or the word after; without one, last."""
    for sorting, word in (
        ("left", lambda line: line.left.split()[-1:]),
        ("right", lambda line: line.right.split()[:1]),
        ("hit", lambda line: [line.hit]),
    ):
        keys = [word(line) for line in lines("yhdistys", sorting).lines]
        stripped = [collation_key(one[0].strip(".,:()–")) for one in keys if one and one[0].strip(".,:()–")]  # fmt: skip
        assert stripped == sorted(stripped)
        assert len(stripped) > 5


def test_hits_outside_an_excerpt_are_counted_not_shown(lines):
    """Where only an excerpt may be shown, a hit behind it has no line, and the reader is told of its text."""
    found = lines(SNIPPET_TAIL)
    assert (found.lines, found.texts, found.unseen) == ((), 1, 1)


def test_words_wanted_in_titles_have_lines_of_titles_only(lines, connection):
    """``title:`` lines up titles, also where the text begins with its title; the same word elsewhere in the text has no line."""
    everywhere, titles = lines("yhdistys").lines, lines("title:yhdistys").lines
    length = dict(connection.execute("SELECT id, length(title) FROM versions").fetchall())
    assert titles
    assert all(line.position < length[line.version] for line in titles)
    of_titles = {(line.version, line.part, line.position) for line in titles}
    assert of_titles < {(line.version, line.part, line.position) for line in everywhere}


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_hidden_words_have_no_lines(lines, word):
    """Nothing hidden stands in any line, be it a hit or around one."""
    assert lines(word).lines == ()
    around = lines("kumppanuuspöytä OR yhdistys OR jäsen", width=160).lines
    assert around
    assert not [line for line in around if word in f"{line.left}{line.right}".lower()]


def test_finnish_order():
    """Å, ä and ö come last in this order; w and v stay apart; other marks and capitals make no difference."""
    words = ["Aho", "Šakki", "sauna", "Valo", "Wallin", "Yli", "Üxküll", "Åland", "Äiti", "öljy"]
    shuffled = words[:]
    random.Random(6).shuffle(shuffled)
    assert sorted(shuffled, key=collation_key) == [
        "Aho", "Šakki", "sauna", "Valo", "Wallin", "Yli", "Üxküll", "Åland", "Äiti", "öljy"
    ]  # fmt: skip


@given(st.text(), st.text())
def test_order_of_any_text(one, other):
    """Every text has a place, and case never decides."""
    assert collation_key(one.upper()) == collation_key(one.upper().casefold())
    assert (collation_key(one) < collation_key(other)) != (collation_key(one) >= collation_key(other))  # fmt: skip
