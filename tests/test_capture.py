"""What a capture holds: the bytes of the wire, cut answers, facts about the connection."""

import gzip
import inspect
import os
import subprocess
import sys
import time

import pytest
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.core.scheduler import BaseScheduler

from archive.warc import warc_fields
from tests.crawling import HOST, blocks, crawl, failures, records, registry, report, urls
from tests.rawserver import RESET, html, ok, raw_server, status

PAGE = ("<!doctype html><title>Järjestötalo</title><p>" + "Yhdistykset kokoontuvat. " * 90).encode()


def chunked(body, trailer=b""):
    """Cut a body into chunks of odd sizes, with extensions."""
    pieces, at = b"", 0
    for size in (1, 7, 1000, 3, 4096):
        part = body[at : at + size]
        if part:
            pieces += b"%X;osa=%d\r\n" % (len(part), size) + part + b"\r\n"
        at += size
    return pieces + b"0\r\n" + trailer + b"\r\n"


HTML = b"Content-Type: text/html; charset=utf-8"
CASES = {
    "plain": ok(PAGE, "text/html"),
    "chunked": b"HTTP/1.1 200 OK\r\n" + HTML + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    + chunked(PAGE + b"1", b"X-Trailer: 1\r\n"),
    "gzip": ok(gzip.compress(PAGE), "text/html", b"Content-Encoding: gzip"),
    "gzip-chunked": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-ENCODING: gzip\r\n"
    b"transfer-encoding: Chunked\r\n\r\n" + chunked(gzip.compress(PAGE + b"2")),
    "odd-case": ok(PAGE + b"3", "text/html", b"x-zebra: 1", b"Set-Cookie: a=1", b"X-MiXeD: v",
                   b"Set-Cookie: b=2"),
    "latin-1": ok("<p>Järjestöjen yö</p>".encode("latin-1"), "text/html",
                  "X-Name: Jäsenistö".encode("latin-1")),
    "no-reason": b"HTTP/1.1 200 \r\n" + HTML + b"\r\nContent-Length: 3\r\n\r\nmoi",
    "no-reason-no-space": b"HTTP/1.1 200\r\n" + HTML + b"\r\nContent-Length: 4\r\n\r\nmoi!",
    "bare-linefeeds": b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 5\n\nhei!!",
    "line-without-colon": b"HTTP/1.1 200 OK\r\nrikki\r\n" + HTML + b"\r\nContent-Length: 2\r\n\r\nok",
    "folded-header": ok(b"taitettu", "text/html", b"X-Long: a\r\n  b"),
    "http-1.0-close": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE + b"4",
    "no-content": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    "moved": status(b"301 Moved", b"Location: /toinen"),
    "not-found": b"HTTP/1.1 404 Ei ole\r\n" + HTML + b"\r\nContent-Length: 6\r\n\r\npuuttu",
    "not-modified": b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
    "empty": ok(b"", "text/html"),
    "server-error": b"HTTP/1.1 500 Voi\r\nContent-Length: 4\r\n\r\nvoi!",
}  # fmt: skip


def seed_list(*paths, scheme="http", **extra):
    """Return a site that is only these seeds."""
    return {
        "luettelo": {
            "seeds": tuple(f"{scheme}://{HOST}{path}" for path in paths),
            "scope": {"hosts": (HOST,), "whole_site": False},
            **extra,
        }
    }


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_block_equals_the_wire(tmp_path, scheme):
    """Each response and request block holds exactly the bytes that the server sent and received."""
    with raw_server(tmp_path) as server:
        server.answers = {f"/{name}?q=1&x=%C3%A4": answer for name, answer in CASES.items()}
        made = registry(server, sites=seed_list(*server.answers, scheme=scheme))
        crawl(made, tmp_path / "data")
    stored, asked = blocks(tmp_path / "data", "response"), blocks(tmp_path / "data", "request")
    for path, answer in server.answers.items():
        url = f"{scheme}://{HOST}{path}"
        assert stored[url] == answer, path
        assert asked[url] == server.requests[path][0], path
    assert len(server.answers) == len(CASES)


def test_peers_read_the_files(tmp_path):
    """``warcio check`` and ``fastwarc check`` accept every record."""
    with raw_server(tmp_path) as server:
        server.answers = {f"/{name}": answer for name, answer in CASES.items()}
        crawl(registry(server, sites=seed_list(*server.answers)), tmp_path / "data")
    files = [str(path) for path in (tmp_path / "data" / "warc").glob("*.warc.gz")]
    assert files
    scripts = sys.executable.rpartition("/")[0]
    for checker in ("warcio", "fastwarc"):
        subprocess.run([f"{scripts}/{checker}", "check", *files], check=True, capture_output=True)


def test_interim_responses_stand_in_the_metadata(tmp_path):
    """100 and 103 before the answer are no part of its record, but not one byte of them is lost."""
    with raw_server(tmp_path) as server:
        answer = ok(b"varsinainen", "text/html")
        early = (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early  Hints\r\nLink: </\xe4.css>\r\n\r\n"
        )
        server.answers = {"/": [early[:30], 0.05, early[30:], 0.05, answer]}
        crawl(registry(server, sites=seed_list("/")), tmp_path / "data")
    assert blocks(tmp_path / "data", "response")[f"http://{HOST}/"] == answer
    [about] = [r for r in records(tmp_path / "data", "metadata") if r.url == f"http://{HOST}/"]
    kept = warc_fields(about.payload)["interimresponses"]
    assert kept.encode("ascii").decode("unicode_escape").encode("latin-1") == early


def test_bytes_after_the_declared_end_are_counted(tmp_path):
    """A length that is too small cuts the answer, and the metadata say by how much."""
    with raw_server(tmp_path) as server:
        answer = ok(b"12345", "text/html")
        server.answers = {"/": answer + b"6789"}
        crawl(registry(server, sites=seed_list("/")), tmp_path / "data")
    assert blocks(tmp_path / "data", "response")[f"http://{HOST}/"] == answer
    [about] = [r for r in records(tmp_path / "data", "metadata") if r.url == f"http://{HOST}/"]
    assert warc_fields(about.payload)["bytesafterend"] == "4"


def test_a_large_page_is_read_from_its_file(tmp_path):
    """Links at the end of a page of 2 MB are followed, also where it is packed and chunked."""
    filler = os.urandom(1_000_000).hex()
    page = f"<!doctype html><p>{filler}</p><a href='/loppu'>loppu</a>".encode()
    packed = gzip.compress(page)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    whole = (
        head
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n" % len(packed)
        + packed
        + b"\r\n0\r\n\r\n"
    )
    with raw_server(tmp_path) as server:
        server.answers = {"/": whole, "/loppu": html("Loppu")}
        crawl(registry(server), tmp_path / "data")
    assert urls(tmp_path / "data")[f"http://{HOST}/loppu"] == 1
    assert blocks(tmp_path / "data", "response")[f"http://{HOST}/"] == whole


LONG = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n" + PAGE


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([LONG], "disconnect"),
        ([LONG, 0.1, RESET], "disconnect"),
        ([LONG, 60], "time"),
        ([LONG + b"x" * 60_000], "length"),
        ([b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 9\r\n\r\nx", 9], "length"),
    ],
    ids=["closed early", "reset in the middle", "timeout", "too long", "unwanted type"],
)  # fmt: skip
def test_a_cut_answer_is_kept_and_marked(tmp_path, answer, reason):
    """What came before the cut is stored, with WARC-Truncated saying why it ends."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": answer}
        limits = {"timeout_seconds": 1.0, "max_html_bytes": 50_000}
        crawl(registry(server, sites=seed_list("/"), limits=limits), tmp_path / "data")
    [record] = [r for r in records(tmp_path / "data", "response") if r.url == f"http://{HOST}/"]
    assert record.header("WARC-Truncated") == reason
    stored = blocks(tmp_path / "data", "response")[f"http://{HOST}/"]
    sent = b"".join(piece for piece in answer if isinstance(piece, bytes))
    assert sent.startswith(stored)
    assert len(stored) >= min(len(sent), 50_000)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([RESET], "reset"),
        ([b"SSH-2.0-OpenSSH\r\n"], "other"),
        ([b"HTTP/1.1 200 OK\r\nContent-Ty", 60], "timeout"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 50_000, 60], "other"),
    ],
    ids=["reset", "not HTTP", "half a head", "endless head"],
)
def test_a_url_without_an_answer_has_a_record(tmp_path, answer, kind):
    """No response means a metadata record that says why."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": answer}
        limits = {"timeout_seconds": 1.0}
        outcome = crawl(registry(server, sites=seed_list("/"), limits=limits), tmp_path / "data")
    assert failures(tmp_path / "data") == {f"http://{HOST}/": kind}
    assert any("0 pages are stored" in problem for problem in outcome.problems)


def test_an_endless_body_ends_at_its_limit(tmp_path):
    """A body without end costs no more than the limit and little time."""
    with raw_server(tmp_path) as server:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        server.answers = {"/": [head] + [b"10000\r\n" + b"y" * 65536 + b"\r\n"] * 20_000}
        limits = {"max_html_bytes": 300_000}
        begin = time.monotonic()
        crawl(registry(server, sites=seed_list("/"), limits=limits), tmp_path / "data")
    assert time.monotonic() - begin < 5
    assert 300_000 < len(blocks(tmp_path / "data", "response")[f"http://{HOST}/"]) < 1_000_000


def test_a_gzip_bomb_is_stored_but_not_unpacked(tmp_path):
    """The capture keeps its packed bytes; the crawl goes on and says that links were not read."""
    bomb = gzip.compress(b"\0" * 300_000_000, compresslevel=1)
    with raw_server(tmp_path) as server:
        server.answers = {
            "/": ok(bomb, "text/html", b"Content-Encoding: gzip"),
            "/toinen": html("Toinen"),
        }
        outcome = crawl(registry(server, sites=seed_list("/", "/toinen")), tmp_path / "data")
    assert blocks(tmp_path / "data", "response")[f"http://{HOST}/"].endswith(bomb)
    assert any("links were not read" in problem for problem in outcome.problems)
    assert urls(tmp_path / "data")[f"http://{HOST}/toinen"] == 1


def test_the_metadata_record_tells_the_way_and_the_certificate(tmp_path):
    """A bad certificate is recorded, not refused; via and hops say how the page was found."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", "/sivu"), "/sivu": html("Sivu")}
        sites = {"talo": {"seeds": (f"https://{HOST}/",)}}
        crawl(registry(server, sites=sites), tmp_path / "data")
    page = f"https://{HOST}/sivu"
    [about] = [r for r in records(tmp_path / "data", "metadata") if r.url == page]
    text = about.payload.decode()
    assert f"via: https://{HOST}/\r\n" in text
    assert "hopsFromSeed: L\r\n" in text
    assert "siteId: talo\r\n" in text
    assert "certificateSubject: CN=vanha.example\r\n" in text
    assert "tlsVersion: TLSv1" in text
    assert "fetchTimeMs: " in text
    [page_record] = [r for r in records(tmp_path / "data", "response") if r.url == page]
    assert page_record.header("WARC-IP-Address") == server.address
    assert about.header("WARC-Concurrent-To") == page_record.record_id


def test_the_host_seen_by_the_server_is_the_real_one(tmp_path):
    """A mapped host keeps its name in the Host header; port and address stay out of the URL."""
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu")}
        crawl(registry(server, sites=seed_list("/")), tmp_path / "data")
    head = server.requests["/"][0]
    assert f"\r\nHost: {HOST}\r\n".encode() in head
    assert b"\r\nUser-Agent: Mozilla/5.0 (compatible; jarjestoarkisto/" in head
    assert b"cookie" not in head.lower()


def test_the_same_payload_again_is_a_revisit(tmp_path):
    """A second URL with the same body refers to the first; empty bodies never do."""
    with raw_server(tmp_path) as server:
        same = html("Sama")
        server.answers = {
            "/a": same,
            "/b": same,
            "/c": ok(b"", "text/html"),
            "/d": ok(b"", "text/html"),
        }
        crawl(registry(server, sites=seed_list(*server.answers)), tmp_path / "data")
    revisits = {r.url: r for r in records(tmp_path / "data", "revisit")}
    [(url, revisit)] = revisits.items()
    [first] = [r for r in records(tmp_path / "data", "response") if r.url == f"http://{HOST}/a"]
    assert url == f"http://{HOST}/b"
    assert revisit.header("WARC-Refers-To") == first.record_id
    assert revisit.header("WARC-Payload-Digest") == first.header("WARC-Payload-Digest")
    assert revisit.header("WARC-Profile").endswith("/identical-payload-digest")
    assert report(tmp_path / "data")["counts"]["revisits"] == 1


def test_scrapy_still_asks_what_we_answer():
    """The public interfaces of Scrapy that the crawler implements have not changed."""
    assert BaseDownloadHandler.__abstractmethods__ == {"download_request"}
    assert list(inspect.signature(BaseDownloadHandler.__init__).parameters) == ["self", "crawler"]
    asked = {"has_pending_requests", "enqueue_request", "next_request"}
    assert BaseScheduler.next_request.__isabstractmethod__
    assert asked <= set(vars(BaseScheduler))
