"""What a site says about archiving and mining is kept as evidence: per capture, and per host."""

import json

import pytest

from archive.ingest import ingest
from archive.schema import open_archive
from tests.crawling import HOST, crawl, records, registry, urls
from tests.rawserver import html, ok, raw_server, status

TDMREP = f"http://{HOST}/.well-known/tdmrep.json"


@pytest.fixture
def server(tmp_path):
    """Give a server."""
    with raw_server(tmp_path) as running:
        yield running


def archive_of(made, data):
    """Return the archive of what was crawled."""
    db = open_archive(data / "archive.db")
    ingest(db, made, data)
    return db


def test_reservations_are_asked_for_once_and_noted(tmp_path, server):
    """The file is a capture; what it reserves is a note of its site; it is no page."""
    rules = [
        {"location": "/uutiset/", "tdm-reservation": 1, "tdm-policy": "https://a.fi/ehdot.json"},
        {"location": "/avoin/", "tdm-reservation": 0},
    ]
    server.answers = {
        "/": html("Etusivu"),
        "/.well-known/tdmrep.json": ok(json.dumps(rules).encode(), "application/json"),
    }
    made = registry(server, evidence={"tdmrep": True})
    crawl(made, tmp_path / "data")
    crawl(made, tmp_path / "data", due=True)
    assert urls(tmp_path / "data")[TDMREP] == 1
    [about] = [r for r in records(tmp_path / "data", "metadata") if r.url == TDMREP]
    assert b"hopsFromSeed: P\r\n" in about.payload
    db = archive_of(made, tmp_path / "data")
    [issue] = list(db.query("SELECT * FROM issues"))
    assert (issue["level"], issue["site"]) == ("note", "jarjestotalo")
    assert issue["message"] == (
        "text and data mining is reserved for /uutiset/; policy: https://a.fi/ehdot.json"
    )
    assert db.execute("SELECT page FROM captures WHERE url = ?", [TDMREP]).fetchone() == (None,)
    db.close()


@pytest.mark.parametrize(
    "answer", [status(b"404 Ei"), ok(b"{rikki", "application/json"), ok(b'"1"')]
)
def test_no_reservation_is_no_note(tmp_path, server, answer):
    """An absent or broken file says nothing."""
    server.answers = {"/": html("Etusivu"), "/.well-known/tdmrep.json": answer}
    made = registry(server, evidence={"tdmrep": True})
    crawl(made, tmp_path / "data")
    assert urls(tmp_path / "data")[TDMREP] == 1
    db = archive_of(made, tmp_path / "data")
    assert db.table("issues").count == 0
    db.close()


def test_robots_txt_rules_this_file_too(tmp_path, server):
    """Where it is forbidden, it is not asked for."""
    server.answers = {"/": html("E"), "/robots.txt": ok(b"User-agent: *\nDisallow: /.well-known/")}
    crawl(registry(server, evidence={"tdmrep": True}), tmp_path / "data")
    assert "/.well-known/tdmrep.json" not in server.paths()


@pytest.mark.parametrize(
    ("headers", "head", "robots", "noarchive", "tdm"),
    [
        ([b"X-Robots-Tag: noindex", b"X-Robots-Tag: noarchive"], "", "noindex, noarchive", 1, None),
        ([b"x-robots-tag: otherbot: none"], "", "otherbot: none", 1, None),
        ([], "<meta name=robots content='NOARCHIVE, nofollow'>", "NOARCHIVE, nofollow", 1, None),
        ([], "<meta name='jarjestoarkisto' content='noarchive'>", "noarchive", 1, None),
        ([b"X-Robots-Tag: noindex"], "<meta name=robots content=follow>", "noindex, follow", 0, None),
        ([b"tdm-reservation: 1", b"tdm-policy: https://a.fi/e"], "", None, 0, "1 https://a.fi/e"),
        ([], "<meta name='tdm-reservation' content='1'>", None, 0, "1"),
    ],
    ids=["two headers", "of another", "meta", "for us alone", "both", "tdm header", "tdm meta"],
)  # fmt: skip
def test_marks_of_a_page_stand_at_its_capture(
    tmp_path, server, headers, head, robots, noarchive, tdm
):
    """Headers and meta elements are kept together, whatever is done about them later."""
    page = f"<!doctype html><head>{head}<title>E</title><p>Teksti".encode()
    server.answers = {"/": ok(page, "text/html", *headers)}
    made = registry(server)
    crawl(made, tmp_path / "data")
    db = archive_of(made, tmp_path / "data")
    found = db.execute(
        "SELECT robots, noarchive, tdm FROM captures WHERE url = ?", [f"http://{HOST}/"]
    ).fetchone()
    assert found == (robots, noarchive, tdm)
    db.close()


def test_lists_of_wordpress_are_no_pages(tmp_path, server):
    """They are fetched though config excludes /wp-json/ from pages; their posts are; robots.txt rules both."""
    root = f"http://{HOST}/wp-json/"
    posts = [{"link": f"http://{HOST}/2020/02/uutinen/", "modified_gmt": "2020-02-18T07:30:00"}]
    head = f'<link rel="https://api.w.org/" href="{root}"><a href="/wp-json/oembed/1">x</a>'
    fields = "id,date,date_gmt,modified,modified_gmt,link,title"
    lists = {
        kind: f"/wp-json/wp/v2/{kind}?_fields={fields}&page=1&per_page=100"
        for kind in ("posts", "pages")
    }
    server.answers = {
        "/": html("Etusivu", body=head),
        lists["posts"]: ok(json.dumps(posts).encode(), "application/json"),
        lists["pages"]: ok(b"[]", "application/json"),
        "/2020/02/uutinen/": html("Uutinen"),
    }
    scope = {"hosts": (HOST,), "exclude": ("/wp-json/",)}
    made = registry(server, sites={"talo": {"scope": scope, "query": {"keep": ("id",)}}})
    crawl(made, tmp_path / "data")
    assert {path for path in server.paths() if path in server.answers} == set(server.answers)
    assert "/wp-json/oembed/1" not in server.paths()
    [about] = [
        r
        for r in records(tmp_path / "data", "metadata")
        if r.url == f"http://{HOST}{lists['posts']}"
    ]
    assert b"hopsFromSeed: F\r\n" in about.payload
    db = archive_of(made, tmp_path / "data")
    pages = {row["url"] for row in db.query("SELECT url FROM pages")}
    assert pages == {f"http://{HOST}/", f"http://{HOST}/2020/02/uutinen/"}
    db.close()


def test_wordpress_lists_are_not_asked_for_where_robots_txt_forbids(tmp_path, server):
    """The allowance of crawl.toml is ours to give, that of robots.txt is not."""
    head = f'<link rel="https://api.w.org/" href="http://{HOST}/wp-json/">'
    server.answers = {
        "/": html("Etusivu", body=head),
        "/robots.txt": ok(b"User-agent: *\nDisallow: /wp-json/"),
    }
    crawl(registry(server), tmp_path / "data")
    assert not any("wp-json" in path for path in server.paths())
