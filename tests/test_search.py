"""Queries, facets, snippets and the search itself."""

import re
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.edition import create_tables
from archive.errors import QueryError
from archive.lemmas import tokens
from archive.search.expression import lemma_expression
from archive.search.facets import NAMES, Facets, checked_filters, first_of
from archive.search.postings import PostingsWriter, posting
from archive.search.queries import parse
from archive.search.querytree import (
    All,
    Any,
    Beginning,
    Dated,
    Having,
    Near,
    Phrase,
    QueryProblem,
    Without,
    Word,
    leaves,
    words_of,
)
from archive.search.searching import Request, matching, search
from archive.search.snippets import WIDTH, Marker
from archive.search.suggestions import Suggestions, completions
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
        pytest.param("kunta OCH kommun", All((Word("kunta"), Word("kommun"))), id="operator in Swedish"),
        pytest.param("”saman pöydän”", Phrase(("saman", "pöydän")), id="typographic quotes"),
        pytest.param('"kunta järjestö"~5', Near(("kunta", "järjestö"), 5), id="near in quotes"),
        pytest.param("kunta LÄHELLÄ/3 järjestö", Near(("kunta", "järjestö"), 3), id="near between words"),
        pytest.param("a1 NEAR b2 NÄRA/4 c3", Near(("a1", "b2", "c3"), 4), id="near three"),
        pytest.param("title:malli", Word("malli", title=True), id="word of a title"),
        pytest.param('otsikko:"uusi malli"', Phrase(("uusi", "malli"), title=True), id="phrase of a title"),
        pytest.param("Rubrik:mod*", Beginning("mod", title=True), id="beginning of a title"),
        pytest.param('maakunta:"Etelä-Karjala"', Having("region", "Etelä-Karjala"), id="field in quotes"),
        pytest.param("-site:soste", Without(Having("site", "soste")), id="field excluded"),
        pytest.param("year:2018", Dated("published", 20180000, 20189999), id="year"),
        pytest.param("vuosi:2018-2020", Dated("published", 20180000, 20209999), id="years"),
        pytest.param("publicerad:1.3.2019..", Dated("published", 20190301, 99999999), id="from a day"),
        pytest.param("captured:..2019-05", Dated("captured", 0, 20190599), id="until a month"),
        pytest.param("STEA:n", Word("STEA:n"), id="colon of an ending"),
        pytest.param("klo:12", Word("klo:12"), id="colon of no field"),
        pytest.param("kunta -(a1 OR b2)", All((Word("kunta"), Without(Any((Word("a1"), Word("b2")))))), id="minus a bracket"),
        pytest.param("kunta −seura", All((Word("kunta"), Without(Word("seura")))), id="minus of mathematics"),
        pytest.param("kunta || seura", Any((Word("kunta"), Word("seura"))), id="or as programs write it"),
        pytest.param("kanta-häm*", Beginning("kanta häm"), id="beginning with a hyphen"),
        pytest.param("kunta/seura", All((Word("kunta"), Word("seura"))), id="slash"),
        pytest.param("ja\u0308rjesto\u0308", Word("järjestö"), id="letters and their dots apart"),
        pytest.param("jär\u00adjes\u200btö", Word("järjestö"), id="signs that nobody sees"),
        pytest.param("vuosi:2018-", Dated("published", 20180000, 99999999), id="from a year"),
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
        ("jär*tö", "star"),
        ("*järjestö", "star"),
        ("x" * 501, "too-long"),
        ("a " * 41, "too-long"),
        ("NEAR kunta", "near"),
        ("kunta NEAR", "near"),
        ('kunta NEAR "saman pöydän"', "near"),
        ("title:", "field"),
        ("site:(soste)", "field"),
        ('region:""', "field"),
        ("year:2019-13", "date"),
        ("julkaistu:eilen", "date"),
        ("captured:..", "field"),
    ],
)
def test_query_that_cannot_be_understood(text, problem):
    """Each mistake has a name, so that the site can explain it."""
    with pytest.raises(QueryProblem) as caught:
        parse(text)
    assert caught.value.problem == problem


def test_word_typed_small_is_found_where_it_stands_as_an_acronym(titles):
    """``STEAlle`` stands in one text; who types it, or another form of it, without capitals finds it."""
    assert titles("stealle") == titles("steasta") == titles("STEA") == ["STEAlle yhteinen lausunto"]


def test_date_is_looked_for_as_a_whole(titles):
    """The day that a text names is no day, month and year from anywhere."""
    assert titles("5.2.2020") == ["Yhdistysilta Haminassa"]
    assert "STEAlle yhteinen lausunto" in titles("2020")


def test_swedish_word_is_found_inside_compounds(titles):
    """Compound mode reads Swedish compounds; the mode of whole words does not."""
    assert titles("partnerskap") == ["Samarbetet inleddes i Vasa"]
    assert titles("partnerskap", compounds=False) == []


def test_beginning_is_marked_behind_a_hyphen():
    """What the index finds behind a hyphen is marked in the text too."""
    text = "Kunta-järjestöyhteistyö Kanta-Hämeessä"
    assert [piece.text for piece in Marker(beginnings=["järj"]).mark(text) if piece.marked] == [
        "Kunta-järjestöyhteistyö"
    ]
    assert [
        piece.text for piece in Marker(beginnings=["kanta häm"]).mark(text) if piece.marked
    ] == ["Kanta-Hämeessä"]


@given(st.text(alphabet="abäö\"()-*. ANDORTI:'^{}+~/5NEARtitle:year..", max_size=60))
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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"yhdistys kunta"~12', {"Kumppanuuspöytä kokosi yhdistykset"}),
        ('"kuntien yhdistykset"~12', {"Kumppanuuspöytä kokosi yhdistykset"}),
        ("title:kumppanuuspöydissä", {"Kumppanuuspöytä kokosi yhdistykset", "Kumppanuuspöydät laajenevat Kotkaan"}),
        ('title:"kumppanuuspöydät laajenevat"', {"Kumppanuuspöydät laajenevat Kotkaan"}),
        ("otsikko:laaje*", {"Kumppanuuspöydät laajenevat Kotkaan"}),
        ("kumppanuuspöytä region:Kymmenedalen", {"Kumppanuuspöytä kokosi yhdistykset", "Kumppanuuspöydät laajenevat Kotkaan"}),
        ("kumppanuuspöytä vuosi:2019 sivusto:kymijoki", {"Kumppanuuspöydät laajenevat Kotkaan"}),
        ('site:"kustens föreningar" lang:svenska year:2018', {"Samarbetet inleddes i Vasa"}),
        ("published:2018-05-14..2018-05-14", {"Samarbetet inleddes i Vasa"}),
        ("partnerskapsbord", {"Samarbetet inleddes i Vasa"}),
    ],
)  # fmt: skip
def test_near_words_fields_and_dates(titles, text, found):
    """Words near each other in any form and order, words of titles, fields by name or code, dates in ranges."""
    assert found <= set(titles(text))
    if not text.startswith('"'):
        assert set(titles(text)) == found


def test_near_counts_words_between(connection, titles):
    """``~n`` finds exactly the texts whose words stand so near, as counting words in them says."""
    rows = connection.execute("SELECT title, text FROM versions WHERE text IS NOT NULL").fetchall()
    for between in (0, 1, 3, 8, 20):
        near = set()
        for title, text in rows:
            words = [word.lower() for word in re.findall(r"[^\W_]+", text)]
            places = [[n for n, word in enumerate(words) if word in forms] for forms in NEAR_FORMS]
            if any(0 < abs(a - b) <= between + 1 for a in places[0] for b in places[1]):
                near.add(title)
        assert (
            set(titles(f'"yhdistykset kunnat"~{between}', compounds=False))
            & {title for title, _ in rows}
            == near
        ), between


NEAR_FORMS = (
    {"yhdistys", "yhdistykset", "yhdistyksiä", "yhdistysten", "yhdistyksille", "yhdistyksillä", "yhdistyksen", "yhdistyksiltä", "yhdistyksistä"},
    {"kunta", "kunnat", "kuntien", "kunnan", "kunnissa", "kuntia", "kuntiin", "kunnille", "kuntaan", "kunnalla", "kunnassa"},
)  # fmt: skip


def test_term_field_finds_mentions(connection, facets):
    """``term:`` finds the versions that mention a term of the vocabulary, in whatever words."""
    found = matching(connection, facets, Request(text="termi:kumppanuuspöytä"))
    expected = connection.execute(
        "SELECT docid FROM mentions JOIN versions ON versions.id = version WHERE term = 'kumppanuuspoyta' ORDER BY docid"
    ).fetchall()
    assert found == [docid for (docid,) in expected]
    assert found


def test_captured_means_seen_on_the_web(connection, facets):
    """A version was on the web between its first and its last capture, and is found by any day between."""
    everything = search(connection, facets, Request(every_version=True)).total
    for text, total in [("captured:2020", everything), ("captured:..2019", 0), ("captured:2020-07..", 0)]:  # fmt: skip
        assert search(connection, facets, Request(text=text, every_version=True)).total == total
    later = search(connection, facets, Request(text="captured:2020-06-01", every_version=True))
    assert later.total == 1


@pytest.mark.parametrize("text", ["region:mordor", "site:-", "type:olematon", "term:xyzzy", "lang:klingon"])  # fmt: skip
def test_value_that_the_edition_does_not_know(connection, facets, text):
    """A field with an unknown value is explained, not answered with nothing."""
    with pytest.raises(QueryProblem) as caught:
        search(connection, facets, Request(text=text))
    assert caught.value.problem in ("value", "field")


def test_kept_weights_agree_with_the_index(connection):
    """Each search term stands in the same versions in `postings` as in the index of FTS5."""
    terms = connection.execute("SELECT DISTINCT term FROM postings").fetchall()
    assert len(terms) > 200
    for (term,) in terms:
        rows, weights = posting(connection, term)
        indexed = connection.execute(
            "SELECT rowid - 1 FROM versions_lemmas WHERE versions_lemmas MATCH ? ORDER BY rowid",
            [f'"{term}"'],
        ).fetchall()
        assert rows.tolist() == [row for (row,) in indexed], term
        assert ((weights > 0) & (weights <= 1)).all()


def test_postings_of_many_blocks():
    """Versions beyond the first 65,536 keep their numbers."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_tables(connection)
        writer = PostingsWriter(connection)
        for docid in (1, 65_536, 65_537, 200_000):
            writer.add(docid, {}, {"kunta": 2}, words=10)
        writer.flush()
        assert posting(connection, "kunta")[0].tolist() == [0, 65_535, 65_536, 199_999]
        assert len(posting(connection, "olematon")[0]) == 0


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=40),
    st.integers(1, 45),
)
def test_first_hits_are_those_of_the_whole_order(keys, until):
    """Looking only at the best gives exactly the beginning of the full order, ties included."""
    rows, values = np.arange(len(keys)), np.array(keys)
    assert first_of(rows, values, until).tolist() == first_of(rows, values).tolist()[:until]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kumpanuuspöytä", "kumppanuuspöytä"),
        ("yhdistyksiä", None),
        ("jarjestot", "järjestöt"),
        ("xqzwv", None),
    ],
)
def test_slips_are_mended(connection, typed, meant):
    """A word that stands nowhere is mended with a near word of the edition."""
    mended = Suggestions(connection).mended(typed)
    assert (mended.lower() if mended else None) == meant


@pytest.mark.parametrize(
    ("typed", "unknown", "meant"),
    [
        pytest.param("jarjesto", ["jarjesto"], "järjestö", id="without dots"),
        pytest.param("JARJESTOJEN -kunta", ["JARJESTOJEN"], "järjestöjen -kunta", id="in capitals"),
        pytest.param("jarjestoitta", ["jarjestoitta"], "järjestöittä", id="form that stands nowhere"),
        pytest.param("kumppanuuspoydassa", [], "kumppanuuspöydässä", id="compound"),
        pytest.param("forening", ["forening"], "förening", id="Swedish"),
        pytest.param("valfardsomradet", ["valfardsomradet"], "välfärdsområdet", id="Swedish compound"),
        pytest.param("otsikko:jarjesto", ["jarjesto"], "otsikko:järjestö", id="in a field"),
        pytest.param("yhdistys yhdistsy", ["yhdistsy"], "yhdistys yhdistys", id="only the word itself"),
        pytest.param("yhdistysmalli", ["yhdistysmalli"], "yhdistys malli", id="two words in one"),
        pytest.param("yhdistys malli", [], None, id="nothing to mend"),
    ],
)  # fmt: skip
def test_queries_are_mended(connection, typed, unknown, meant):
    """Dots are put back, also where the word itself stands nowhere; what is no slip stays."""
    mended = Suggestions(connection).mended_query(typed, wanted(typed), unknown)
    assert (mended.lower() if mended else None) == meant


def wanted(text):
    """Return the words that a query looks for."""
    return [word for leaf in leaves(parse(text)) for word in words_of(leaf)]


@pytest.mark.parametrize("word", [*HIDDEN_WORDS, SNIPPET_TAIL])
def test_hidden_words_are_not_put_together(connection, word):
    """Two words typed apart do not tell that a text which may not be shown holds them as one."""
    assert not Suggestions(connection).holds(word)
    bare = word.replace("ä", "a").replace("ö", "o")
    assert Suggestions(connection).mended_query(bare, [bare], [bare]) != word


@pytest.mark.parametrize("word", HIDDEN_WORDS)
def test_hidden_words_are_never_suggested(connection, word):
    """Neither mending nor completing tells a word that only a hidden page holds."""
    assert Suggestions(connection).mended(word[:-1]) != word
    assert word not in [one.lower() for one in completions(connection, word[:3])]


def test_completions_come_from_the_edition(connection):
    """A word is completed with basic forms first, spelled as in the texts; one letter with nothing."""
    found = completions(connection, "KUMPP")
    assert found[0].lower() == "kumppanuuspöytä"
    assert len(found) > 1
    assert completions(connection, "k") == []
    assert completions(connection, "%_") == []
    assert completions(connection, "jarj")[0].lower().startswith("järj")


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


@given(
    st.text(alphabet="aäAÄb1-.:’ \n\u00a0\fİß", max_size=80),
    st.sets(st.text(alphabet="aäb1-.", min_size=1, max_size=4), max_size=4),
)
def test_looking_for_few_strings_finds_what_reading_every_word_finds(text, forms):
    """The words that are marked are those that a reader of every word would mark, whatever stands between them."""
    read = [word.span() for word in tokens(text) if word.group().lower() in forms]
    assert list(Marker(forms=forms).spans(text)) == read


def test_marks_what_begins_behind_a_hyphen():
    """A beginning marks the whole word that holds it at its start or behind a hyphen, not in the middle of a part."""
    pieces = Marker(beginnings=["häm"]).mark("Kanta-Hämeen hämäläiset hyhämässä")
    assert [piece.text for piece in pieces if piece.marked] == ["Kanta-Hämeen", "hämäläiset"]


def test_phrase_is_marked_as_a_whole():
    """A phrase is one mark; its words alone are none."""
    pieces = Marker(phrases=[("saman", "pöydän")]).mark("Saman\npöydän ääressä, saman salin")
    assert [piece.text for piece in pieces if piece.marked] == ["Saman\npöydän"]
