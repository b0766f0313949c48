"""Queries, facets, snippets and the search itself."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import QueryError
from archive.expression import lemma_expression
from archive.facets import NAMES, Facets, checked_filters
from archive.queries import parse
from archive.querytree import (
    All,
    Any,
    Beginning,
    Phrase,
    QueryProblem,
    Without,
    Word,
)
from archive.search import Request, matching, search
from archive.snippets import WIDTH, Marker
from tests.sample_archive import HIDDEN_WORDS, SNIPPET_TAIL, publish_sample


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Open a public edition."""
    sample = publish_sample(tmp_path_factory.mktemp("search"))
    with closing(sqlite3.connect(sample.published)) as connection:
        yield connection


@pytest.fixture(scope="module")
def facets(connection):
    """Load its facets."""
    return Facets(connection)


@pytest.fixture(scope="module")
def titles(connection, facets):
    """Give a function that searches and returns titles."""

    def run(text, **options):
        found = search(connection, facets, Request(text=text, size=100, **options))
        marks = ",".join("?" * len(found.docids))
        rows = dict(
            connection.execute(
                f"SELECT docid, title FROM versions WHERE docid IN ({marks})", found.docids
            )
        )
        return [rows[docid] for docid in found.docids]

    return run


@pytest.mark.parametrize(
    ("text", "node"),
    [
        pytest.param("kunta", Word("kunta"), id="word"),
        pytest.param("kunta järjestö", All((Word("kunta"), Word("järjestö"))), id="side by side"),
        pytest.param("kunta AND järjestö", All((Word("kunta"), Word("järjestö"))), id="and"),
        pytest.param("a1 TAI b2 c3", Any((Word("a1"), All((Word("b2"), Word("c3"))))), id="or is weakest"),
        pytest.param('"saman pöydän"', Phrase(("saman", "pöydän")), id="phrase"),
        pytest.param("kunta -järjestö", All((Word("kunta"), Without(Word("järjestö")))), id="minus"),
        pytest.param("EI (a1 OR b2)", Without(Any((Word("a1"), Word("b2")))), id="not a bracket"),
        pytest.param("järjest*", Beginning("järjest"), id="beginning"),
        pytest.param("sote-uudistus", Word("sote-uudistus"), id="hyphen stays"),
        pytest.param("and or", All((Word("and"), Word("or"))), id="small letters are words"),
        pytest.param("", None, id="nothing"),
        pytest.param("?! ...", None, id="no word"),
    ],
)  # fmt: skip
def test_query_is_understood(text, node):
    """Each way of writing asks for what it looks like."""
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('kunta "järjestö', "quote"),
        ("(kunta", "bracket"),
        ("kunta)", "bracket"),
        ("kunta AND", "operator"),
        ("OR kunta", "operator"),
        ("kunta NOT", "operator"),
        ("j*", "short-beginning"),
        ("x" * 501, "too-long"),
        ("a " * 41, "too-long"),
    ],
)
def test_query_that_cannot_be_understood(text, problem):
    """Each mistake has a name, so that the site can explain it."""
    with pytest.raises(QueryProblem) as caught:
        parse(text)
    assert caught.value.problem == problem


@given(st.text(alphabet="abäö\"()-*. ANDORTI:'^{}+", max_size=60))
def test_every_query_is_answered_or_refused(connection, facets, text):
    """No text reaches SQLite as syntax: it gives results or a problem with a name."""
    try:
        found = search(connection, facets, Request(text=text))
    except QueryProblem:
        return
    assert found.total <= facets.size


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'; DROP TABLE versions; --",
        "title:kunta",
        "a^b",
        "NEAR(a b)",
        "{title}: x",
        "\x00",
        "kunta\x00",
    ],
)
def test_hostile_query(connection, facets, text):
    """Text with a meaning for FTS5 or SQL is only text."""
    try:
        search(connection, facets, Request(text=text))
    except QueryProblem:
        return
    assert connection.execute("SELECT count(*) FROM versions").fetchone()[0] == 26


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("kumppanuuspöydissä", "Kumppanuuspöydät laajenevat Kotkaan"),
        ("neuvottelukunta", "Järjestöneuvottelukunta kokoontui"),
        ("STEA", "STEAlle yhteinen lausunto"),
        ("hyvinvointialueilta", "Hyvinvointialueen järjestöavustukset"),
        ("etelä-karjala", "Sote-muutostuki alkaa Etelä-Karjalassa"),
        ("förening", "Samarbetet inleddes i Vasa"),
        ("föreningarnas", "De frivilliga tackades"),
        ('"saman pöydän ääressä"', "Kumppanuuspöytä kokosi yhdistykset"),
        ("vapaaeht*", "Vapaaehtoistyö kantaa"),
        (SNIPPET_TAIL, "Järjestöyhteistyön malli valmistui"),
    ],
)
def test_text_is_found(titles, text, title):
    """Inflected words, compound parts, Swedish, phrases and beginnings find what they should."""
    assert title in titles(text)


def test_whole_word_search_leaves_compounds_out(titles):
    """``avustus`` as a whole word is not in ``järjestöavustus``."""
    assert "Hyvinvointialueen järjestöavustukset" in titles("avustus")
    assert "Järjestöneuvottelukunta kokoontui" in titles("avustus", compounds=False)
    assert "Hyvinvointialueen järjestöavustukset" not in titles("avustus", compounds=False)


def test_operators(titles):
    """AND narrows, OR widens, NOT takes away."""
    table, council = set(titles("kumppanuuspöytä")), set(titles("järjestöneuvottelukunta"))
    assert table
    assert council
    assert set(titles("kumppanuuspöytä OR järjestöneuvottelukunta")) == table | council
    assert set(titles("kumppanuuspöytä järjestöneuvottelukunta")) == table & council
    assert set(titles("kumppanuuspöytä NOT kotka")) == table - {
        "Kumppanuuspöydät laajenevat Kotkaan"
    }
    assert set(titles("NOT kumppanuuspöytä")) == set(titles("")) - table


def test_one_hit_a_page_unless_all_versions_are_wanted(connection, facets):
    """A page whose versions all match is one hit, its newest version."""
    once = search(connection, facets, Request(text="koolle Kouvolaan"))
    both = search(connection, facets, Request(text="koolle Kouvolaan", every_version=True))
    assert (once.total, both.total) == (1, 2)
    assert connection.execute(
        "SELECT current FROM versions WHERE docid = ?", once.docids
    ).fetchone() == (1,)
    older = search(connection, facets, Request(text="ilmoittautua"))
    assert older.total == 1


def test_counts_are_true(connection, facets):
    """Each count is what its filter then finds, for every facet and value."""
    for text in ("", "järjestö", "kumppanuuspöytä OR avustus"):
        all_found = search(connection, facets, Request(text=text))
        for name in NAMES:
            for value, count in all_found.facets[name].items():
                narrowed = search(connection, facets, Request(text=text, filters={name: (value,)}))
                assert narrowed.total == count, (text, name, value)


def test_own_filter_does_not_narrow_a_facet(connection, facets):
    """With a region chosen, the others keep their counts, so that one can change or add."""
    free = search(connection, facets, Request())
    chosen = search(connection, facets, Request(filters={"region": ("08",)}))
    assert chosen.facets["region"] == free.facets["region"]
    assert chosen.facets["site"] == {"kymijoki": chosen.total}


def test_several_values_of_a_facet_widen(connection, facets):
    """Two years give what either gives."""
    one, other, both = (
        search(connection, facets, Request(filters={"year": years})).total
        for years in (("2018",), ("2019",), ("2018", "2019"))
    )
    assert both == one + other


def test_order_by_date(connection, facets, titles):
    """Newest and oldest first; what has no date comes last in both."""
    newest, oldest = titles("", order="newest"), titles("", order="oldest")
    assert newest[0] == "Välfärdsområdet hör föreningarna"
    assert oldest[0] == "Järjestöjen kuntavaaliterveiset"
    assert "Yhteystiedot" in newest[-4:]
    assert "Yhteystiedot" in oldest[-4:]


def test_title_counts_more(titles):
    """A page about the word comes before one that mentions it."""
    assert titles("järjestöneuvottelukunta")[0] == "Järjestöneuvottelukunta kokoontui"


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_hidden_words_find_nothing(titles, word):
    """No search finds what may not be shown, nor learns that it exists."""
    assert titles(word) == []
    assert titles(f"{word[:5]}*") == []


def test_paging_gives_each_hit_once(connection, facets):
    """Page by page, in any order, every hit comes exactly once."""
    for order in ("best", "newest", "oldest"):
        seen = []
        for start in range(0, 40, 7):
            request = Request(text="yhdistys", order=order, start=start, size=7)
            seen += search(connection, facets, request).docids
        assert (
            len(seen)
            == len(set(seen))
            == search(connection, facets, Request(text="yhdistys")).total
        )


def test_matching_gives_every_version(connection, facets):
    """An export takes all versions, not one a page."""
    request = Request(text="Kouvola", filters={"region": ("08",)})
    assert len(matching(connection, facets, request)) == 2


def test_same_text_is_listed_once(connection, facets):
    """Two pages with one text are two pages and one text; the one that is listed names the other."""
    plain = search(connection, facets, Request(text="valmistelupöytiin"))
    once = search(connection, facets, Request(text="valmistelupöytiin", by_text=True))
    assert (plain.total, plain.listed, plain.same) == (2, 2, {})
    assert (once.total, once.listed) == (2, 1)
    assert {once.docids[0], *once.same[once.docids[0]]} == set(plain.docids)


def test_counts_tell_what_following_finds(tmp_path):
    """A page with versions of two years counts in both, as the search by either year finds it."""
    sample = publish_sample(tmp_path)
    with closing(sqlite3.connect(sample.published)) as connection:
        connection.execute("UPDATE versions SET year = 2010 WHERE current = 0")
        facets = Facets(connection)
        found = search(connection, facets, Request(text="Kouvola"))
        assert found.total == 1
        assert found.facets["year"] == {"2010": 1, "2018": 1}
        for year in ("2010", "2018"):
            narrowed = Request(text="Kouvola", filters={"year": (year,)})
            assert search(connection, facets, narrowed).total == 1


def test_unknown_filter():
    """The error lists the filters that there are."""
    with pytest.raises(QueryError, match=r"no filter 'maa'; there are: region, county, year"):
        checked_filters({"maa": "fi"})


def test_datasette_expression(connection):
    """Datasette's own search gets an expression that SQLite answers, for each kind of query."""
    for text in ('"saman pöydän" OR avustus', "kunta -järjestö", "NOT a1", "järjest* (b1 c2)", ""):
        expression = lemma_expression(connection, text)
        connection.execute(
            "SELECT count(*) FROM versions_lemmas WHERE versions_lemmas MATCH ?", [expression]
        ).fetchone()


def text_of(pieces):
    """Return the text of pieces."""
    return "".join(piece.text for piece in pieces)


def test_snippet_shows_the_place():
    """The snippet holds the match, marked, and is no longer than its width and its dots."""
    text = "alku " * 200 + "tässä on kumppanuuspöydän paikka " + "loppu " * 200
    pieces = Marker(forms={"kumppanuuspöydän"}).snippet(text)
    assert [piece.text for piece in pieces if piece.marked] == ["kumppanuuspöydän"]
    assert len(text_of(pieces)) <= WIDTH + 4
    assert text_of(pieces).startswith("… ")
    assert text_of(pieces).endswith(" …")


@given(st.text(max_size=400), st.sets(st.text(min_size=1, max_size=5), max_size=3))
def test_marking_loses_nothing(text, forms):
    """Whatever is marked, the pieces together are the text."""
    assert text_of(Marker(forms=forms, beginnings=["a"]).mark(text)) == text


def test_phrase_is_marked_as_a_whole():
    """A phrase is one mark; its words alone are none."""
    pieces = Marker(phrases=[("saman", "pöydän")]).mark("Saman\npöydän ääressä, saman salin")
    assert [piece.text for piece in pieces if piece.marked] == ["Saman\npöydän"]
