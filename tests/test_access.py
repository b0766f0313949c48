"""What may be shown, and the ledger that says so."""

import json
from datetime import timedelta

import pytest

from archive.access import LEDGER, create_views, record_decision, record_takedown, sync_rights
from archive.errors import ArchiveError
from archive.schema import open_archive
from archive.urls import urlkey
from tests.sample_archive import NOW, build_archive, page_id

URL = "https://kymijoki.example/jarjestoagentit"


@pytest.fixture
def sample(tmp_path):
    """Give a filled archive."""
    return build_archive(tmp_path)


@pytest.fixture
def db(sample):
    """Open it."""
    db = open_archive(sample.archive)
    yield db
    db.conn.close()


def levels(db):
    """Return the level of every visible page by its id."""
    create_views(db.conn)
    found = dict(db.execute("SELECT page, level FROM visible_pages").fetchall())
    for view in (
        "visible_captures",
        "visible_versions",
        "visible_sites",
        "visible_pages",
        "decisions",
    ):
        db.execute(f"DROP VIEW temp.{view}")
    return found


def test_level_comes_from_the_site(db):
    """Open, snippet and closed sites give their pages that level."""
    found = levels(db)
    assert found[page_id("kymijoki", "/jarjestoagentit")] == "open"
    assert found[page_id("valtakunta", "/kysely")] == "snippet"
    assert found[page_id("lukko", "/kvantsahuri-sivu")] == "closed"


def test_taken_down_site_and_page_are_in_no_view(db):
    """What was taken down has no row at all, in any edition."""
    found = levels(db)
    assert page_id("pois", "/zirkonvuokko-sivu") not in found
    assert page_id("kymijoki", "/poistettava") not in found


def test_latest_decision_holds(db, sample):
    """A page comes back when it is restored, and goes again when it is taken down again."""
    for day, (decision, shown) in enumerate(
        (("takedown", False), ("restore", True), ("takedown", False))
    ):
        moment = NOW + timedelta(days=day)
        record_decision(db, sample.data, decision, URL, "kokeilu", None, moment)
        assert (page_id("kymijoki", "/jarjestoagentit") in levels(db)) is shown


def test_permission_opens_a_page_but_no_taken_down_site(db, sample):
    """A permission beats the access of the site, a takedown of the site beats a permission."""
    page = page_id("jarviseutu", "/kylat")
    record_decision(
        db, sample.data, "permission", "https://jarviseutu.example/kylat", "lupa", "Kylät ry", NOW
    )
    assert levels(db)[page] == "open"
    record_takedown(db, sample.data, "jarviseutu", "pyyntö", None, NOW)
    assert page not in levels(db)


def test_decisions_survive_the_archive(db, sample):
    """A new archive learns every decision from the ledger."""
    before = db.execute("SELECT * FROM rights_events ORDER BY id").fetchall()
    new = open_archive(sample.data / "new.db")
    assert sync_rights(new, sample.data) == len(before) == 2
    assert sync_rights(new, sample.data) == 0
    assert new.execute("SELECT * FROM rights_events ORDER BY id").fetchall() == before
    new.conn.close()


def test_ledger_names_the_page_by_its_urlkey(db, sample):
    """Every spelling of the address is the same page."""
    event = record_takedown(
        db, sample.data, URL.replace("https://", "http://www.") + "/", "pyyntö", "N. N.", NOW
    )
    assert (event.target_type, event.target) == ("page", urlkey(URL))
    last = json.loads((sample.data / LEDGER).read_text("utf-8").splitlines()[-1])
    assert last["target"] == urlkey(URL)
    assert last["decided_by"] == "N. N."


@pytest.mark.parametrize(
    ("target", "said"),
    [("kymjoki", "neither the id of a site nor an address"), ("https://kymijoki.example/ei", "holds no capture")],
)  # fmt: skip
def test_unknown_target_is_refused(db, sample, target, said):
    """A typing mistake must not look like a takedown that was done."""
    before = (sample.data / LEDGER).read_text("utf-8")
    with pytest.raises(ArchiveError, match=said):
        record_takedown(db, sample.data, target, "pyyntö", None, NOW)
    assert (sample.data / LEDGER).read_text("utf-8") == before


def test_torn_line_stops_and_says_where(db, sample):
    """A line that cannot be read may be a takedown, so nothing goes on without it."""
    with (sample.data / LEDGER).open("a") as file:
        file.write('{"id": "katk')
    with pytest.raises(ArchiveError, match=r"rights.jsonl, line 3: .*may be a takedown"):
        sync_rights(db, sample.data)


def test_new_line_after_a_torn_one(db, sample):
    """A decision written after a torn line stands on a line of its own."""
    with (sample.data / LEDGER).open("a") as file:
        file.write('{"id": "katk')
    with pytest.raises(ArchiveError):
        record_takedown(db, sample.data, URL, "pyyntö", None, NOW)
    lines = (sample.data / LEDGER).read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["target"] == urlkey(URL)
