"""What a site repeats is left out at the edges of a text, whatever the order in which texts came; nothing else is."""

import random

import pytest
from sqlite_utils import Database

from archive.blocks import own_part, repeated_blocks
from archive.digests import text_digest
from archive.duplicates import dedupe
from archive.indexing import build_index
from archive.publish import publish
from archive.schema import open_archive
from tests.sample_archive import NOW, build_archive

MENU, FOOT = "Etusivu Uutiset Yhteys", "Toimisto avoinna arkisin 9-15"


def page(number, label="Päätös:"):
    """Return the text of a page with a menu, a label inside and a footer."""
    return f"{MENU}\nAsia {number} käsiteltiin.\n{label}\nSovittiin asiasta {number}.\n{FOOT}"


PAGES = [[page(number)] for number in range(8)]


def own(text, repeated):
    """Return the part of a text that is its own."""
    start, end = own_part(text, repeated)
    return text[start:end]


def test_edges_go_and_labels_inside_stay():
    """Menu and footer are left out; a label that stands inside every text stays."""
    assert (
        own(page(3), repeated_blocks(PAGES)) == "Asia 3 käsiteltiin.\nPäätös:\nSovittiin asiasta 3."
    )


def test_order_of_texts_makes_no_difference():
    """Any order of pages, and of their versions, gives the same blocks."""
    shuffled = random.Random(7).sample(PAGES, len(PAGES))
    assert repeated_blocks(shuffled) == repeated_blocks(PAGES)


@pytest.mark.parametrize(("pages", "found"), [(4, False), (5, True)])
def test_few_pages_repeat_nothing(pages, found):
    """Below five pages nobody can tell a menu from a coincidence."""
    assert (text_digest(MENU) in repeated_blocks(PAGES[:pages])) is found


def test_versions_of_one_page_count_once():
    """A page seen in ten versions repeats itself, not its site."""
    one = [page(0) + f"\nv{n}" for n in range(10)]
    others = [[f"Muu sivu {n} kertoo muusta."] for n in range(5)]
    assert repeated_blocks([one, *others]) == frozenset()


def test_release_published_three_times_on_a_large_site_is_no_block():
    """Three of a hundred pages are a quotation; the share decides."""
    pages = [[f"Sivu {n}."] for n in range(97)] + [
        [f"Yhteinen tiedote.\nSivu x{n}."] for n in range(3)
    ]
    assert repeated_blocks(pages) == frozenset()


def test_page_of_blocks_only_stays_whole():
    """A page that consists of what others repeat is left as it is."""
    text = f"{MENU}\n{FOOT}"
    assert own(text, repeated_blocks(PAGES)) == text


def _with_blocks(tmp_path):
    sample = build_archive(tmp_path)
    db = open_archive(sample.archive)
    with db.conn:
        db.execute(
            "UPDATE version_text SET text = 'Kouvolan toimisto palvelee zkvalikko\n' || text || '\nzkalaosa'"
            " WHERE version IN (SELECT id FROM versions WHERE site = 'kymijoki')"
        )
    dedupe(db)
    build_index(db, sample.registry)
    return sample, db


def test_repeated_blocks_are_neither_found_nor_mentioned(tmp_path):
    """After dedupe the index and the edition know no word of the blocks; the text in the archive keeps them."""
    sample, db = _with_blocks(tmp_path)
    kouvola = db.execute("SELECT count(*) FROM mentions WHERE term = 'municipality:286'").fetchone()
    offsets = db.execute(
        "SELECT substr(text, first_offset + 1, length(form)) = form FROM mentions"
        " JOIN version_text USING (version) WHERE first_offset IS NOT NULL"
    ).fetchall()
    kept = db.execute("SELECT count(*) FROM version_text WHERE text LIKE '%zkvalikko%'").fetchone()
    db.conn.close()
    publish(sample.archive, sample.published, edition="public", registry=sample.registry, now=NOW)
    assert b"zkvalikko" not in sample.published.read_bytes()
    assert kouvola == (2,)  # the two versions whose own text names it
    assert {right for (right,) in offsets} == {1}
    assert kept[0] > 5


def test_doing_it_again_changes_nothing(tmp_path):
    """Dedupe and index are idempotent with blocks, too."""
    sample, db = _with_blocks(tmp_path)
    before = _dump(db)
    dedupe(db)
    assert build_index(db, sample.registry).versions == 0
    assert _dump(db) == before


def _dump(db: Database) -> list[tuple[object, ...]]:
    return db.execute("SELECT * FROM own_parts ORDER BY version").fetchall()
