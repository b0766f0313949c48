"""Archived texts are hostile: a thousand of them, in every place of every kind of page, run nothing in a real browser."""

import sqlite3
from contextlib import closing

import pytest

from tests.chromium import chromium
from tests.hostile import hostile_texts
from tests.sample_archive import publish_sample
from tests.served import served

NUMBER = 1_000

LIVE = """() => [
  ...document.querySelectorAll('script, iframe, object, embed, base, style, template, noscript, marquee, video, audio, math, [popover], [style]'),
  ...document.querySelectorAll('meta[http-equiv], link[href*=osuma], form[action*=osuma], img, svg script'),
  ...[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/.test(a.name))),
  ...[...document.querySelectorAll('[href], [src]')].filter(e => !/^(https?:|[/?#])/.test(e.getAttribute('href') ?? e.getAttribute('src'))),
].map(e => e.outerHTML.slice(0, 200))"""
"""Elements that none of our pages has, or that could run a program."""


@pytest.fixture(scope="module")
def texts():
    """Give the corpus."""
    return hostile_texts(NUMBER)


@pytest.fixture(scope="module")
def site(tmp_path_factory, texts):
    """Serve an edition in which every text that comes from outside is hostile."""
    sample = publish_sample(tmp_path_factory.mktemp("hostile"))
    with closing(sqlite3.connect(sample.published)) as db, db:
        _poison(db, texts)
    with served(sample.published) as address:
        yield address, _addresses(sample.published)


def _poison(db, texts):
    """Put every text into a line of some version, and into each column that is written on a page."""
    ids = [id_ for (id_,) in db.execute("SELECT id FROM versions ORDER BY docid")]
    kinds = ("p", "h2", "ul", "ol", "tr")
    for number, id_ in enumerate(ids):
        lines = texts[number :: len(ids)]
        outline = " ".join(kinds[at % 5] for at in range(len(lines)))
        one = lines[0]
        db.execute(
            "UPDATE versions SET title = ?, text = ?, outline = ?, site_name = ?, organisation = ?, published_evidence = ?, excerpt = ? WHERE id = ?",
            [one, "\n".join(lines), outline, lines[1], lines[2], lines[3], lines[4], id_],
        )
        db.executemany(
            "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)",
            [(id_, at, line, f"x,{at}", line) for at, line in enumerate(lines)],
        )
        db.execute("INSERT INTO events VALUES (?, 900, '2020-01-01', NULL, ?, ?, ?, 'day', 0)", [id_, *lines[5:8]])  # fmt: skip
        db.execute("INSERT INTO relations VALUES (?, 900, 'kumppanuuspoyta', '09', 'sentence', NULL, 2020, 'sentence', 'artteli', ?)", [id_, lines[8]])  # fmt: skip
    for table, column in (("sites", "name"), ("sites", "note"), ("sites", "organisation"), ("terms", "fi"), ("regions", "fi"), ("projects", "project"), ("projects", "years_text"), ("pages", "title")):  # fmt: skip
        rows = [rowid for (rowid,) in db.execute(f"SELECT rowid FROM {table}")]
        for at, rowid in enumerate(rows):
            text = texts[(at * 37 + len(column)) % NUMBER]
            db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", [text, rowid])
    db.execute("UPDATE sites SET base_urls = json_array(?)", ["javascript:window.osuma=1"])


def _addresses(published):
    with closing(sqlite3.connect(published)) as db:
        pages = [f"/sivu/{id_}" for (id_,) in db.execute("SELECT id FROM pages")]
        compared = db.execute("SELECT page FROM versions WHERE NOT current").fetchall()
        sites = [f"/sivusto/{id_}" for (id_,) in db.execute("SELECT id FROM sites")]
    places = ["/", "/haku", "/maakunta/09", "/termi/kumppanuuspoyta", "/termi/artteli", "/sivustot", "/maakunnat", "/sanasto"]  # fmt: skip
    return [*pages, *sites, *places, *(f"/sivu/{id_}/vertailu" for (id_,) in compared)]


def test_hostile_texts_stay_texts(site, texts):
    """Even without the policy that forbids scripts, nothing runs, nothing is loaded and no element comes to life."""
    address, paths = site
    events, shown = [], set()
    with chromium() as browser:
        page = browser.new_context(bypass_csp=True).new_page()
        page.on("dialog", lambda dialog: (events.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: "/osuma" in request.url.partition("?")[0] and events.append(request.url))  # fmt: skip
        for path in paths:
            page.goto(address + path)
            assert page.evaluate(LIVE) == [], path
            assert page.evaluate("typeof window.osuma") == "undefined", path
            assert page.url.startswith(address + path.partition("?")[0])
            shown.add(" ".join(page.locator("main").text_content().split()))
    assert events == []
    said = "\n".join(shown)
    assert sum(" ".join(text.split()) in said for text in texts) > NUMBER * 0.95


def test_the_corpus_would_run_if_it_were_let(texts):
    """Written as mark-up, the texts do run: the test above can fail."""
    with chromium() as browser:
        page = browser.new_page()
        page.on("dialog", lambda dialog: dialog.dismiss())
        ran = 0
        for start in range(0, 100, 10):
            page.set_content("<p>".join(text for text in texts[start : start + 10] if "location" not in text))  # fmt: skip
            ran += page.evaluate(LIVE) != []
    assert ran == 10
