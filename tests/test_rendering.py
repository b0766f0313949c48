"""Pages that are empty without JavaScript: found, rendered by a real Chromium, archived as what they are."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import crawler.browser
from archive.errors import ArchiveError, CrawlError
from archive.ingest import ingest
from archive.schema import open_archive
from archive.status import archive_status
from archive.suspects import suspects
from archive.versions import extract
from archive.warc import warc_fields
from crawler.browser import find_chromium, memory_of
from crawler.rendering import run_rendering
from crawler.shards import Selection
from tests.crawling import HOST, crawl, records, report, skips, urls
from tests.jssite import HOME, PROGRAM, TEXTS, app, app_registry
from tests.peers import system_program
from tests.rawserver import html, ok, raw_server, status
from tests.test_crawl import write_config

WARCIO = (sys.executable, "-m", "warcio.cli", "check")

browser_needed = pytest.mark.usefixtures("chromium")


@pytest.fixture
def chromium():
    """Give the path of Chromium; without it, fail in CI and say elsewhere what to install."""
    pytest.importorskip("playwright", reason="pip install 'jarjestoarkisto[render]'")
    return system_program(*crawler.browser.PROGRAMS)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Let pages rest half as long: the programs here are small."""
    monkeypatch.setattr(crawler.browser, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(crawler.browser, "LOOK_SECONDS", 0.1)


@pytest.fixture
def server(tmp_path):
    """Give the miniature application."""
    with raw_server(tmp_path) as running:
        running.answers = app()
        yield running


def take_in(made, data):
    """Ingest and extract; return the open archive."""
    db = open_archive(data / "archive.db")
    ingest(db, made, data)
    extract(db, made, data, processes=1)
    return db


def suspected(made, data):
    """Crawl, ingest and extract once, so that the archive knows its suspects."""
    crawl(made, data)
    take_in(made, data).close()


def rendered_records(data):
    """Return the conversion records by path."""
    return {r.url.removeprefix(HOME): r for r in records(data, "conversion")}


def told(data):
    """Return what the metadata record says about the last rendering."""
    found = [r for r in records(data, "metadata") if r.url.startswith("urn:uuid:")]
    return warc_fields(found[-1].payload)


def rows(db, query):
    """Return the rows of a query as dictionaries."""
    return list(db.query(query))


# --- the whole way


@browser_needed
def test_an_application_becomes_texts(tmp_path, server):
    """Suspected after extraction, rendered, extracted like any page; its links lead to the next page."""
    data, made = tmp_path / "data", app_registry(server)
    crawl(made, data)
    db = take_in(made, data)
    assert archive_status(db, data)["suspects"] == 1
    assert rows(db, "SELECT * FROM versions") == []
    outcome = run_rendering(made, data)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert (outcome.counts["rendered"], outcome.counts["new_links"]) == (1, 1)
    ingest(db, made, data)
    extract(db, made, data, processes=1)
    title, text = TEXTS["/"]
    (version,) = rows(
        db, "SELECT title, current, text FROM versions JOIN version_text ON version = id"
    )
    assert (version["title"], version["current"]) == (title, 1)
    assert text in version["text"]
    crawl(made, data, due=True)  # the link that only the rendered page has
    assert f"{HOME}/hallitus" in urls(data)
    ingest(db, made, data)
    extract(db, made, data, processes=1)
    run_rendering(made, data, Selection(due=True))
    assert set(rendered_records(data)) == {"/", "/hallitus"}
    ingest(db, made, data)
    extract(db, made, data, processes=1)
    titles = {row["title"] for row in rows(db, "SELECT title FROM versions")}
    assert titles == {title for title, _ in TEXTS.values()}
    assert run_rendering(made, data, Selection(due=True)) is None
    db.close()
    files = sorted((data / "warc").glob("*.warc.gz"))
    subprocess.run([*WARCIO, *files], check=True)


@browser_needed
def test_what_is_rendered_is_never_taken_for_what_the_server_sent(tmp_path, server):
    """Its record, its source and its kind say so; a later 304 means the server's page, not the rendered one."""
    answer = app()["/"]
    server.answers["/"] = lambda head: (
        status(b"304 Not Modified") if b"If-None-Match" in head else answer.replace(b"\r\n", b'\r\nETag: "a"\r\n', 1)
    )  # fmt: skip
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    crawl(made, data)  # the page that only the rendered one leads to
    crawl(made, data)  # and everything again
    db = take_in(made, data)
    found = list(db.query("SELECT * FROM captures WHERE url = :url", {"url": f"{HOME}/"}))
    kinds = {(row["record_type"], row["source"], row["status"]): row for row in found}
    first, again = kinds["response", "crawl", 200], kinds["revisit", "crawl", 304]
    assert again["revisit_of"] == first["id"]
    assert again["payload_digest"] == first["payload_digest"]
    rendered = kinds["conversion", "rendered", 200]
    assert rendered["page"] == first["page"]
    assert rendered["payload_digest"] != first["payload_digest"]
    (version,) = rows(
        db, "SELECT versions.*, source FROM versions JOIN captures ON captures.id = capture"
    )
    assert (version["source"], version["current"], version["captures"]) == ("rendered", 1, 1)
    db.close()
    record = rendered_records(data)["/"]
    first = next(r for r in records(data, "response") if r.url == f"{HOME}/")
    assert record.header("WARC-Refers-To") == first.record_id
    assert record.header("Content-Type") == "text/html; charset=utf-8"
    assert record.header("X-Rendered-By").startswith("Chromium/")
    about = told(data)
    assert about["renderedby"].startswith(record.header("X-Rendered-By") + " playwright/")
    assert (about["renderedfrom"], about["settled"]) == (f"{HOME}/", "yes")
    assert TEXTS["/"][1].encode() in record.payload
    assert TEXTS["/"][1].encode() not in first.payload


@browser_needed
def test_the_text_of_the_shell_gives_way_to_the_rendered_text(tmp_path, server):
    """Where the shell itself has a sentence, it is a version of its own and not the current one."""
    shell = (
        "<!doctype html><title>Talo</title><body><p>Ota JavaScript käyttöön, jotta näet sivun.</p>"
    )
    page = shell + '<div id="root"></div><script src="/ohjelma.js"></script>'
    server.answers["/"] = ok(page.encode(), "text/html; charset=utf-8")
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    crawl(made, data)
    crawl(made, data, now=datetime.now(UTC) + timedelta(hours=1))  # the shell again, and later
    db = take_in(made, data)
    current = rows(
        db, "SELECT source FROM versions JOIN captures ON captures.id = capture WHERE current"
    )
    assert [row["source"] for row in current] == ["rendered"]
    ends = rows(db, "SELECT last_seen FROM versions WHERE url LIKE '%/' ORDER BY current")
    assert [row["last_seen"] for row in ends] == sorted(
        (row["last_seen"] for row in ends), reverse=True
    )
    assert len(ends) == 2
    db.close()


# --- as politely as any crawl


@browser_needed
def test_the_delay_holds_for_whatever_a_page_asks(tmp_path, server):
    """Between any two requests, from the crawl to the last thing that the page's program asks for."""
    delay = 0.4
    data, made = tmp_path / "data", app_registry(server, delay=delay)
    suspected(made, data)
    run_rendering(made, data)
    assert server.paths()[-3:] == ["/", "/ohjelma.js", "/api/sivu.json?polku=%2F"]
    times = [at for at, _ in server.times]
    assert min(later - at for at, later in pairwise(times)) >= delay


@browser_needed
def test_the_agent_is_ours_and_pictures_are_not_asked_for(tmp_path, server):
    """Each request names the crawler; styles, pictures and fonts hold no text."""
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    heads = [head for found in server.requests.values() for head in found]
    assert all(b"jarjestoarkisto" in head for head in heads)
    assert all(b"Cookie" not in head for head in heads)
    assert not {"/tyyli.css", "/kuva.png"} & set(server.paths())


@browser_needed
def test_a_page_that_robots_forbids_is_not_rendered(tmp_path, server):
    """robots.txt changed since the crawl: nothing is asked, and the skip says why."""
    data, made = tmp_path / "data", app_registry(server)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    crawl(made, data, now=now)
    take_in(made, data).close()
    server.answers["/robots.txt"] = ok(b"User-agent: *\nDisallow: /\n")
    before = len(server.times)
    outcome = run_rendering(made, data, now=now + timedelta(days=2))
    assert outcome.counts["not_rendered"] == 1
    assert server.paths()[before:] == ["/robots.txt"]
    assert ("/", "robots") in skips(data)
    assert rendered_records(data) == {}


@browser_needed
def test_what_robots_forbids_a_page_does_not_get(tmp_path, server):
    """The program runs, its data stays away, and the record tells."""
    server.answers["/robots.txt"] = ok(b"User-agent: *\nDisallow: /api/\n")
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    assert not [path for path in server.paths() if path.startswith("/api/")]
    assert "robots.txt" in told(data)["refused"]
    assert TEXTS["/"][1].encode() not in rendered_records(data)["/"].payload


@browser_needed
def test_a_host_that_asks_to_be_left_alone_is(tmp_path, server):
    """429 pauses the whole host: no further request in this run."""
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    server.answers["/ohjelma.js"] = status(b"429 Too Many", b"Retry-After: 3600")
    before = len(server.times)
    run_rendering(made, data)
    assert server.paths()[before:] == ["/", "/ohjelma.js"]


@browser_needed
def test_programs_from_other_hosts_are_asked_for_by_the_same_rules(tmp_path, server):
    """Their robots.txt first, once; visitor counters are never asked."""
    cdn, counter = "cdn.example.net", "www.google-analytics.com"
    page = (
        app()["/"]
        .partition(b"\r\n\r\n")[2]
        .decode()
        .replace("/ohjelma.js", f"http://{cdn}/ohjelma.js")
    )
    page += f'<script src="http://{counter}/laske.js"></script>'
    server.answers |= {"/": ok(page.encode(), "text/html; charset=utf-8"), "/laske.js": ok(b"1")}
    data, made = tmp_path / "data", app_registry(server, hosts=[HOST, cdn, counter])
    suspected(made, data)
    before = len(server.times)
    run_rendering(made, data)
    hosts = [
        head.lower().partition(b"host: ")[2].partition(b"\r\n")[0].decode()
        for path in set(server.paths()[before:])
        for head in server.requests[path]
    ]
    assert counter not in hosts
    assert "visitor counter" in told(data)["refused"]
    stored = [r.url for r in records(data, "response", "revisit")]
    assert stored.index(f"http://{cdn}/robots.txt") < stored.index(f"http://{cdn}/ohjelma.js")
    assert TEXTS["/"][1].encode() in rendered_records(data)["/"].payload


# --- out of harm's way


@pytest.fixture
def trap():
    """Listen on a loopback address for whatever comes, TCP and UDP, and remember it."""
    caught = []
    stream = socket.create_server(("127.0.9.1", 0))
    port = stream.getsockname()[1]
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.9.1", port))

    def accept():
        while True:
            try:
                connection, _ = stream.accept()
            except OSError:
                return
            caught.append("tcp")
            connection.close()

    def receive():
        while datagrams.recv(2000) != b"end":
            caught.append("udp")

    threads = [threading.Thread(target=work, daemon=True) for work in (accept, receive)]
    for thread in threads:
        thread.start()
    yield port, caught
    stream.shutdown(socket.SHUT_RDWR)
    stream.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as farewell:
        farewell.sendto(b"end", ("127.0.9.1", port))
    for thread in threads:
        thread.join(5)
    datagrams.close()


HOSTILE = """
const osoite = "127.0.9.1:%PORT%";
const yrita = f => { try { const p = f(); if (p && p.catch) p.catch(() => 0); } catch (e) {} };
for (const malli of ["<link rel=preconnect href=X>", "<link rel=dns-prefetch href=X>", "<link rel=prefetch href=X/a>",
    "<link rel=preload as=script href=X/b>", "<link rel=modulepreload href=X/c>", "<link rel=stylesheet href=X/d>",
    "<img src=X/e>", "<iframe src=X/f></iframe>", "<object data=X/g></object>", "<video src=X/h></video>"])
  yrita(() => document.head.insertAdjacentHTML("beforeend", malli.replace("X", "http://" + osoite)));
for (const isanta of [osoite, "localhost:%PORT%", "10.0.0.1", "[::1]:%PORT%", "169.254.169.254", "2130706433:%PORT%"]) {
  yrita(() => fetch("http://" + isanta + "/haku"));
  yrita(() => fetch("https://" + isanta + "/haku"));
}
yrita(() => fetch("http://" + osoite + "/l", {method: "POST", body: "x"}));
yrita(() => navigator.sendBeacon("http://" + osoite + "/m", "x"));
yrita(() => new WebSocket("ws://" + osoite + "/n"));
yrita(() => new EventSource("http://" + osoite + "/o"));
yrita(() => new Worker(URL.createObjectURL(new Blob([
  "fetch('http://" + osoite + "/p'); new WebSocket('ws://" + osoite + "/q')"]))));
yrita(() => new SharedWorker(URL.createObjectURL(new Blob(["fetch('http://" + osoite + "/r')"]))));
yrita(() => window.open("http://" + osoite + "/s"));
yrita(() => {
  const linja = new RTCPeerConnection({iceServers: [{urls: "stun:" + osoite},
    {urls: "turn:" + osoite + "?transport=tcp", username: "a", credential: "b"}]});
  linja.createDataChannel("x");
  return linja.createOffer().then(o => linja.setLocalDescription(o));
});
setTimeout(() => { const a = document.createElement("a"); a.href = "http://" + osoite + "/t"; a.click(); }, 100);
setTimeout(() => { location = "http://" + osoite + "/u"; }, 300);
setTimeout(() => { const f = document.createElement("form"); f.method = "post"; f.action = "http://" + osoite + "/v";
  document.body.append(f); f.submit(); }, 500);
document.getElementById("root").innerHTML = "<main><h1>Talo</h1><p>" + "Tämä teksti jää jäljelle. ".repeat(20) + "</p></main>";
"""


@browser_needed
def test_a_hostile_page_reaches_nothing(tmp_path, server, trap):
    """Two dozen ways to a machine of the operator's own network, and not one packet; the page is archived all the same."""
    port, caught = trap
    server.answers["/ohjelma.js"] = ok(
        HOSTILE.replace("%PORT%", str(port)).encode(), "text/javascript"
    )
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    outcome = run_rendering(made, data)
    assert caught == []
    assert outcome.counts["rendered"] == 1
    assert "Tämä teksti jää jäljelle.".encode() in rendered_records(data)["/"].payload
    refused = told(data)["refused"]
    for reason in ("not on the public internet", "method POST", "navigation"):
        assert reason in refused


@browser_needed
def test_the_trap_catches_a_browser_that_is_not_sealed(tmp_path, server, trap, monkeypatch):
    """The test above can fail: without the switches, routing alone lets packets through."""
    port, caught = trap
    monkeypatch.setattr(crawler.browser, "SEALED", ())
    server.answers["/ohjelma.js"] = ok(
        HOSTILE.replace("%PORT%", str(port)).encode(), "text/javascript"
    )
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    assert "udp" in caught


def browsers():
    """Return the browser processes that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "comm").read_text().strip()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            ours = str(os.getpid()) in ancestors(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if name.startswith(("chrom", "google")) and state != "Z" and ours:
            found.append(int(folder.name))
    return found


def ancestors(pid):
    """Return the process ids above a process."""
    above = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        above.append(str(pid))
    return above


@browser_needed
def test_a_program_that_never_ends_is_killed(tmp_path, server, monkeypatch):
    """An endless loop costs the page its rendering, and nothing else; why stands in the issues."""
    monkeypatch.setattr(crawler.browser, "GRACE_SECONDS", 3.0)
    server.answers["/ohjelma.js"] = ok(
        b"setTimeout(() => { while (true) {} }, 50)", "text/javascript"
    )
    data, made = tmp_path / "data", app_registry(server, render={"page_seconds": 3.0})
    suspected(made, data)
    began = time.monotonic()
    outcome = run_rendering(made, data)
    assert time.monotonic() - began < 20
    assert outcome.counts["not_rendered"] == 1
    assert "could be rendered" in outcome.problems[0]
    assert browsers() == []
    db = take_in(made, data)
    (issue,) = rows(db, "SELECT message FROM issues WHERE station = 'crawl'")
    assert "not rendered: the browser hung and was killed" in issue["message"]
    db.close()


@browser_needed
def test_a_program_that_eats_memory_is_killed(tmp_path, server):
    """The browser ends when it holds more than it may."""
    eat = """const a = []; setInterval(() => {
      a.push(new Uint8Array(2e7).fill(1)); document.body.append(document.createElement("i")); }, 10)"""
    server.answers["/ohjelma.js"] = ok(eat.encode(), "text/javascript")
    data, made = tmp_path / "data", app_registry(server, render={"max_memory_bytes": 700_000_000})
    suspected(made, data)
    assert run_rendering(made, data).counts["not_rendered"] == 1
    assert browsers() == []
    db = take_in(made, data)
    (issue,) = rows(db, "SELECT message FROM issues WHERE station = 'crawl'")
    assert "MB of memory" in issue["message"]
    db.close()


@browser_needed
def test_a_page_that_never_rests_is_taken_as_it_is(tmp_path, server):
    """A clock on the page does not keep it out of the archive; the record says that it had not settled."""
    clock = "setInterval(() => { document.body.append(document.createElement('i')) }, 50);"
    server.answers["/ohjelma.js"] = ok((PROGRAM + clock).encode(), "text/javascript")
    data, made = tmp_path / "data", app_registry(server, render={"page_seconds": 4.0})
    suspected(made, data)
    assert run_rendering(made, data).counts["rendered"] == 1
    assert told(data)["settled"] == "no"
    assert TEXTS["/"][1].encode() in rendered_records(data)["/"].payload


@browser_needed
def test_a_page_may_make_only_so_many_requests(tmp_path, server):
    """A program that asks without end gets no answer any more, and the site no request."""
    ask = "let n = 0; const k = () => fetch('/api/' + n++).finally(() => { if (n < 60) k() }); k();"
    server.answers["/ohjelma.js"] = ok(ask.encode(), "text/javascript")
    server.default = ok(b"{}", "application/json")
    data, made = tmp_path / "data", app_registry(server, render={"max_requests": 6})
    suspected(made, data)
    before = len(server.times)
    run_rendering(made, data)
    assert len(server.times) - before == 6
    assert "more requests than one page may make" in told(data)["refused"]


@browser_needed
def test_a_huge_page_is_cut(tmp_path, server):
    """The rendered page ends at its limit."""
    grow = "document.getElementById('root').innerHTML = '<p>Järjestö</p>'.repeat(50000)"
    server.answers["/ohjelma.js"] = ok(grow.encode(), "text/javascript")
    data = tmp_path / "data"
    made = app_registry(server, render={"max_html_characters": 10_000})
    suspected(made, data)
    run_rendering(made, data)
    assert len(rendered_records(data)["/"].payload.decode()) == 10_000


# --- pages of many makes


@browser_needed
@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("document.getElementById('root').innerHTML = '<p>Heti valmis</p>'", "Heti valmis"),
        ("setTimeout(() => { document.getElementById('root').textContent = 'Hetken päästä' }, 350)", "Hetken päästä"),
        ("import('/osa.js').then(m => m.piirra(document.getElementById('root')))", "Osasta"),
        ("""class T extends HTMLElement { connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML =
            '<p>Varjossa</p>' } } customElements.define('talo-osa', T);
            document.getElementById('root').innerHTML = '<talo-osa></talo-osa>'""", "Varjossa"),
        ("Element.prototype.getHTML = () => 'petos'; JSON.stringify = () => 'petos';"
         "document.getElementById('root').innerHTML = '<p>Rehellinen</p>'", "Rehellinen"),
        ("const x = new XMLHttpRequest(); x.open('GET', '/vanha'); x.onload = () => {"
         " document.getElementById('root').innerHTML = x.responseText }; x.send()", "Uudelleen ohjattu"),
        ("history.pushState({}, '', '/hallitus'); document.getElementById('root').innerHTML ="
         " '<p>Osoite vaihtui</p>'", "Osoite vaihtui"),
        ("location = '/hallitus'; document.getElementById('root').innerHTML = '<p>Jäi paikalleen</p>'",
         "Jäi paikalleen"),
        ("alert('hei'); confirm('no'); document.getElementById('root').innerHTML = '<p>Ilman vastausta</p>'",
         "Ilman vastausta"),
    ],
    ids=["at once", "later", "module", "shadow", "forged", "redirected", "other address", "goes elsewhere", "dialogs"],
)  # fmt: skip
def test_programs_of_many_kinds(tmp_path, server, program, expected):
    """What a visitor sees stands in the record, under the address that was asked for."""
    server.answers |= {
        "/ohjelma.js": ok(program.encode(), "text/javascript; charset=utf-8"),
        "/osa.js": ok(
            b"export const piirra = j => { j.innerHTML = '<p>Osasta</p>' }", "text/javascript"
        ),
        "/vanha": status(b"302 Found", b"Location: /uusi"),
        "/uusi": ok(b"<p>Uudelleen ohjattu</p>", "text/plain"),
    }
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    record = rendered_records(data)["/"]
    assert expected in record.payload.decode()
    assert "petos" not in record.payload.decode().partition("<body>")[2].replace(program, "")
    assert record.payload.startswith(b'<!DOCTYPE html>\n<html lang="fi">')


@browser_needed
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (status(b"404 Ei"), "the server answered with 404"),
        (status(b"301 Muutti", b"Location: /muualle"), "the server answered with 301"),
        (b"", "closed the connection"),
    ],
    ids=["gone", "moved", "no answer"],
)
def test_a_page_that_is_there_no_more(tmp_path, server, answer, reason):
    """Nothing is rendered, and the issue says what the server did."""
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    server.answers["/"] = answer
    assert run_rendering(made, data).counts["not_rendered"] == 1
    db = take_in(made, data)
    found = rows(db, "SELECT message FROM issues WHERE message LIKE '%not rendered%'")
    assert reason in found[0]["message"]
    assert rendered_records(data) == {}
    db.close()


# --- stopped, killed, misled


def render_process(data, config):
    """Start ``arkisto crawl --render`` as a process."""
    command = [sys.executable, "-m", "crawler", "--data", str(data), "--config", str(config)]
    return subprocess.Popen(
        [*command, "crawl", "--render"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def configured(tmp_path, server):
    """Write the configuration of the application to files, and let the archive know its suspects."""
    config = write_config(tmp_path / "config", server)
    sandbox = str(os.geteuid() != 0).lower()
    with (config / "crawl.toml").open("a") as file:
        file.write(f"[render]\nsandbox = {sandbox}\npage_seconds = 30.0\n")
    data = tmp_path / "data"
    suspected(app_registry(server), data)
    return config, data


@browser_needed
def test_the_command_renders(tmp_path, server):
    """``arkisto crawl --render`` tells what it did, and that nothing waits when nothing does."""
    config, data = configured(tmp_path, server)
    with render_process(data, config) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "rendering 20" in out
    assert "1 rendered, 0 not_rendered" in out
    db = open_archive(data / "archive.db")
    db.execute("DELETE FROM readings")
    db.conn.commit()
    db.close()
    with render_process(data, config) as process:
        out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == ("rendering: no page waits for a browser\n", 0)


@browser_needed
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=["TERM", "INT", "KILL"]
)
def test_a_rendering_that_is_stopped_leaves_nothing_behind(tmp_path, server, number):
    """It ends within seconds with its browser; the next crawl goes on, and no file of a program becomes a page."""
    server.answers["/api/sivu.json?polku=%2F"] = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
        30.0,
    ]
    config, data = configured(tmp_path, server)
    with render_process(data, config) as process:
        end = time.monotonic() + 30
        while not any(path.startswith("/api/") for path in server.paths()):
            assert time.monotonic() < end
            time.sleep(0.05)
        started = [pid for pid in descendants(process.pid) if pid != process.pid]
        assert started
        process.send_signal(number)
        began = time.monotonic()
        process.communicate(timeout=20)
        assert time.monotonic() - began < 8
    gone_by = time.monotonic() + 5
    while any(alive(pid) for pid in started):
        assert time.monotonic() < gone_by, "a browser outlived its crawl"
        time.sleep(0.05)
    if number != signal.SIGKILL:
        assert process.returncode == (130 if number == signal.SIGINT else 0)
        assert report(data)["outcome"] == "stopped"
        assert not list((data / "warc").glob("*.open"))
    server.answers = app()
    made = app_registry(server)
    outcome = crawl(made, data)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert not list((data / "warc").glob("*.open"))
    before = len(server.times)
    crawl(made, data)
    assert "/ohjelma.js" not in server.paths()[before:]


def descendants(pid):
    """Return a process and all below it."""
    below = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) == pid or str(pid) in ancestors(int(folder.name)):
                below.append(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return below


def alive(pid):
    """Tell whether a process still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_without_the_extra_the_message_says_what_to_install(tmp_path, server, monkeypatch):
    """The crawler itself needs no browser."""
    monkeypatch.setattr("crawler.rendering.find_spec", lambda _: None)
    with pytest.raises(CrawlError, match=r"pip install 'jarjestoarkisto\[render\]'"):
        run_rendering(app_registry(server), tmp_path / "data")


def test_the_locked_extra_is_the_program_and_a_browser_driver():
    """requirements/render.txt holds every release of runtime.txt, and playwright besides."""
    folder = Path(__file__).parents[1] / "requirements"
    if not folder.is_dir():
        pytest.skip("the suite runs on the wheel, without the source tree")
    runtime, render = (
        set(re.findall(r"^([a-z0-9_.-]+==[^ ;]+)", (folder / name).read_text(), re.MULTILINE))
        for name in ("runtime.txt", "render.txt")
    )
    assert runtime < render
    assert {one.partition("==")[0] for one in render - runtime} >= {"playwright"}


def test_without_chromium_the_message_says_what_to_install(monkeypatch):
    """Also where crawl.toml names a program that is not there."""
    monkeypatch.setenv("PATH", "/olematon")
    with pytest.raises(CrawlError, match="install the package chromium"):
        find_chromium(None)
    with pytest.raises(CrawlError, match=r"/usr/bin/selain \(crawl.toml"):
        find_chromium("/usr/bin/selain")


@browser_needed
def test_a_browser_that_does_not_start_ends_the_run(tmp_path, server):
    """The error names the program; nothing was asked."""
    program = tmp_path / "selain"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    data, made = tmp_path / "data", app_registry(server, render={"chromium": str(program)})
    suspected(made, data)
    before = len(server.times)
    with pytest.raises(CrawlError, match=f"{program} does not start"):
        run_rendering(made, data)
    assert len(server.times) == before


# --- which pages


def test_before_extraction_nothing_is_known(tmp_path, server):
    """The message says what to run first."""
    with pytest.raises(ArchiveError, match="arkisto extract"):
        suspects(tmp_path / "archive.db", ["jarjestotalo"], before=datetime.now(UTC))


def test_suspects_are_live_pages_of_our_own_crawl(tmp_path, server):
    """Not pages with text, not pages that went away, not what was imported, not other sites'."""
    data, made = tmp_path / "data", app_registry(server)
    server.answers["/"] = html(
        "Etusivu", "/a", "/b", "/staattinen", body=f"<p>{'Tekstiä on. ' * 30}</p>"
    )
    server.answers |= {path: app()["/"] for path in ("/a", "/b")}
    suspected(made, data)
    archive, soon = data / "archive.db", datetime.now(UTC) + timedelta(days=1)
    found = suspects(archive, ["jarjestotalo"], before=soon)
    assert [(s.url, s.sign, s.rendered) for s in found] == [
        (f"{HOME}/a", "empty root: #root", None),
        (f"{HOME}/b", "empty root: #root", None),
    ]
    assert suspects(archive, ["muu"], before=soon) == []
    server.answers["/b"] = status(b"410 Gone")
    time.sleep(1)  # a WARC-Date counts whole seconds
    crawl(made, data)
    take_in(made, data).close()
    assert [s.url for s in suspects(archive, ["jarjestotalo"], before=soon)] == [f"{HOME}/a"]
    db = open_archive(archive)
    db.execute("UPDATE captures SET source = 'import'")
    db.conn.commit()
    db.close()
    assert suspects(archive, ["jarjestotalo"], before=soon) == []


def test_memory_counts_what_a_process_and_its_children_hold():
    """60 MB held by a child are seen, and gone when it ends."""
    program = "import time; a = bytearray(b'x') * 60_000_000; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        held = memory_of(child.pid)
        assert 60_000_000 < held < 120_000_000
        assert memory_of(os.getpid()) > held
        child.kill()
    assert memory_of(child.pid) == 0


@browser_needed
def test_other_programs_conversions_are_no_captures(tmp_path, server):
    """A text that somebody made of a page (a WET file) is not taken for a rendered page."""
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    for path in (data / "warc").glob("*.warc.gz"):
        import gzip

        plain = gzip.decompress(path.read_bytes()).replace(b"X-Rendered-By: ", b"X-Somebody-By: ")
        path.with_name("muu-" + path.name).write_bytes(gzip.compress(plain))
        path.unlink()
    db = take_in(made, data)
    assert rows(db, "SELECT * FROM captures WHERE record_type = 'conversion'") == []
    db.close()


@browser_needed
def test_two_hosts_are_rendered_side_by_side(tmp_path, server):
    """A slow host does not hold up another; each has a browser of its own."""
    sites = {
        name: {"seeds": (f"http://{name}/",), "scope": {"hosts": (name,)}}
        for name in ("aura.fi", "kemi.fi")
    }
    data = tmp_path / "data"
    made = app_registry(server, sites=sites)
    suspected(made, data)
    outcome = run_rendering(made, data)
    assert outcome.counts["rendered"] == 2
    assert {r.url for r in records(data, "conversion")} == {"http://aura.fi/", "http://kemi.fi/"}
    assert server.paths().count("/ohjelma.js") == 2


@browser_needed
def test_our_index_leads_to_what_the_server_sent(tmp_path, server):
    """Replay by our index shows the response; the rendered page is not in it."""
    data, made = tmp_path / "data", app_registry(server)
    suspected(made, data)
    run_rendering(made, data)
    lines = [
        line for file in (data / "warc").glob("*.cdxj") for line in file.read_text().splitlines()
    ]
    places = {
        (entry["filename"], int(entry["offset"]))
        for line in lines
        if (entry := json.loads(line.split(" ", 2)[2]))["url"] == f"{HOME}/"
    }
    assert len(places) == 2
    assert places.isdisjoint((r.file, r.offset) for r in records(data, "conversion"))
