"""Files that other programs make of one loopback server, imported: every payload is the one that was sent."""

import gzip
import http.client
import io
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.archiveiterator import ArchiveIterator
from warcio.recompressor import Recompressor

from archive.importing import import_files
from archive.schema import open_archive
from archive.warc import find_warc, read_record
from tests.packing import sha1
from tests.peers import peer, system_program
from tests.registries import small_registry

PAGE = (
    "<!doctype html><title>Järjestötalo</title><p>" + "Kunta ja järjestöt sopivat. " * 90
).encode()
PACKED = gzip.compress(PAGE + b"<!-- pakattu -->", mtime=0)
PLACES = {
    "/": (200, [], PAGE),
    "/pakattu": (200, [("Content-Encoding", "gzip")], PACKED),
    "/paloina": (200, [("Transfer-Encoding", "chunked")], PAGE + b"<!-- paloina -->"),
    "/pakattuna-paloina": (200, [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], PACKED + gzip.compress(b"<p>2")),
    "/kuva.png": (200, [("Content-Type", "image/png")], b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9),
    "/latin": (200, [("Content-Type", "text/html; charset=iso-8859-1")], "<p>yhdistyksiä".encode("latin-1")),
    "/poissa": (404, [], b"<h1>Poissa</h1>"),
    "/muutto": (302, [("Location", "/latin")], b"<a href='/latin'>uusi</a>"),
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Answers with what stands in PLACES."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send the body, in chunks where the place says so."""
        status, headers, body = PLACES.get(urlsplit(self.path).path, (404, [], b"ei"))
        self.send_response(status)
        if "Content-Type" not in dict(headers):
            self.send_header("Content-Type", "text/html")
        for header in headers:
            self.send_header(*header)
        if ("Transfer-Encoding", "chunked") in headers:
            body = b"%x;osa=1\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (
                77,
                body[:77],
                len(body) - 77,
                body[77:],
            )
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def site():
    """Give the address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def wget(site, folder):
    """Store all places with wget, compressed."""
    options = [
        "--quiet",
        "--no-config",
        "--tries=1",
        "--max-redirect=0",
        "--delete-after",
        "--warc-file=wget",
    ]
    command = [system_program("wget"), *options, "--warc-cdx", *(site + place for place in PLACES)]
    subprocess.run(command, cwd=folder, timeout=60)
    return [folder / "wget.warc.gz"]


def wget_plain(site, folder):
    """Store all places with wget, not compressed."""
    options = ["--quiet", "--no-config", "--tries=1", "--max-redirect=0", "--delete-after", "--no-warc-compression", "--warc-file=wget"]  # fmt: skip
    command = [system_program("wget"), *options, *(site + place for place in PLACES)]
    subprocess.run(command, cwd=folder, timeout=60)
    return [folder / "wget.warc"]


WARCIO = """
import sys
from warcio.capture_http import capture_http
import http.client
with capture_http("warcio.warc.gz"):
    for url in sys.argv[1:]:
        host, _, path = url.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", "/" + path, headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        connection.close()
"""


def warcio(site, folder):
    """Store all places with warcio's recorder."""
    urls = [site + place for place in PLACES]
    subprocess.run([sys.executable, "-c", WARCIO, *urls], cwd=folder, check=True, timeout=60)
    return [folder / "warcio.warc.gz"]


def fastwarc(site, folder):
    """Store all places, as they came over the socket, with FastWARC's writer."""
    path = folder / "fastwarc.warc.gz"
    plain = io.BytesIO()
    for place in PLACES:
        record = WarcRecord()
        block = exchange(site, place)
        record.init_headers(WarcRecordType.response)
        record.headers["WARC-Target-URI"] = site + place
        record.headers["Content-Type"] = "application/http; msgtype=response"
        record.set_bytes_content(block)
        member = io.BytesIO()
        record.write(member, checksum_data=True)
        plain.write(gzip.compress(member.getvalue()))
    path.write_bytes(plain.getvalue())
    return [path]


def exchange(site, place):
    """Return the bytes of a response."""
    port = urlsplit(site).port
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(
            f"GET {place} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def recording(folder):
    """Run pywb as a recorder and give the address under which it records."""
    folder.joinpath("config.yaml").write_text("collections:\n  talteen: {}\nrecorder: live\n")
    subprocess.run(
        [peer("wb-manager"), "init", "talteen"], cwd=folder, check=True, capture_output=True
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (folder / "pywb.log").open("wb") as log:
        command = [peer("wayback"), "--record", "--live", "-b", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield "/talteen/record/id_/", port
    finally:
        server.terminate()
        server.wait(20)


def pywb(site, folder):
    """Store all places with pywb's recorder."""
    with recording(folder) as (prefix, port):
        for place in PLACES:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", prefix + site + place, headers={"Accept-Encoding": "gzip"})
            connection.getresponse().read()
            connection.close()
        time.sleep(1)
    return sorted((folder / "collections").rglob("*.warc.gz"))


@pytest.mark.parametrize(
    "program", [wget, wget_plain, warcio, fastwarc, pywb], ids=lambda one: one.__name__
)
def test_every_payload_is_the_one_that_was_sent(tmp_path, site, program):
    """Each place has a capture with the digest of the body that the server sent, and the body can be read at its place."""
    folder = tmp_path / "made"
    folder.mkdir()
    files = program(site, folder)
    db = open_archive(tmp_path / "data" / "archive.db")
    report = import_files(db, small_registry(tmp_path / "config"), tmp_path / "data", files)
    assert report.problems == []
    rows = {urlsplit(row["url"]).path: row for row in db["captures"].rows}
    expected = {place: (status, sha1(body), None) for place, (status, _, body) in PLACES.items()}
    assert {
        place: (row["status"], row["payload_digest"], row["truncated"])
        for place, row in rows.items()
    } == expected
    for place, row in rows.items():
        found = read_record(
            find_warc(tmp_path / "data" / "warc", row["warc_file"]), row["warc_offset"]
        )
        _, headers, body = PLACES[place]
        packed = ("Content-Encoding", "gzip") in headers
        assert found.payload == (gzip.decompress(body) if packed else body)
    db.close()


def test_revisits_of_wget(tmp_path, site):
    """What wget did not store a second time finds its body in the first file, also when that comes in later."""
    wget(site, tmp_path)
    command = [
        system_program("wget"), "--quiet", "--no-config", "--tries=1", "--delete-after",
        "--warc-dedup=wget.cdx", "--warc-file=toinen", site + "/",
    ]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, timeout=60)
    db = open_archive(tmp_path / "data" / "archive.db")
    made = small_registry(tmp_path / "config")
    for name in ("toinen.warc.gz", "wget.warc.gz"):
        import_files(db, made, tmp_path / "data", [tmp_path / name])
    rows = list(db.query("SELECT * FROM captures WHERE record_type = 'revisit'"))
    assert [row["payload_digest"] for row in rows] == [sha1(PAGE)]
    assert rows[0]["revisit_of"] is not None
    db.close()


def test_a_file_that_warcio_recompressed(tmp_path, site):
    """The same records in another packing are the same captures: nothing is added."""
    (path,) = warcio(site, tmp_path)
    plain, again = tmp_path / "whole.warc.gz", tmp_path / "again.warc.gz"
    plain.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    Recompressor(str(plain), str(again)).recompress()
    with again.open("rb") as file:
        assert sum(record.rec_type == "response" for record in ArchiveIterator(file)) == len(PLACES)
    db = open_archive(tmp_path / "data" / "archive.db")
    made = small_registry(tmp_path / "config")
    told = [
        import_files(db, made, tmp_path / "data", [one]).files[0] for one in (path, plain, again)
    ]
    assert [(one["captures"], one["known"]) for one in told] == [(8, 0), (0, 8), (0, 8)]
    db.close()
