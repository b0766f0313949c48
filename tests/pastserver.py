"""Imitate the public interfaces of the Wayback Machine and of Common Crawl on loopback, their traps included."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, unquote, urlsplit

from archive.urls import urlkey
from tests.rawserver import status


def digest(body):
    """Return a digest as indexes write it."""
    return base64.b32encode(hashlib.sha1(body).digest()).decode()


@dataclass
class Held:
    """One capture that the imitation holds."""

    url: str
    stamp: str
    body: bytes = b""
    status: int = 200
    mime: str = "text/html"
    headers: tuple = ()
    """Further headers of the original answer."""
    listed_digest: str | None = None


@dataclass
class WaybackImitation:
    """Answers as web.archive.org does: a CDX server with resume keys, and replay with X-Archive-Orig headers."""

    captures: list = field(default_factory=list)
    rows: int = 1000
    """Rows in one answer of the index."""
    special: dict = field(default_factory=dict)
    """Beginning of a path → answers given instead, one after another."""

    def __call__(self, head):
        """Answer one request."""
        path = head.split(b" ")[1].decode()
        for beginning, answers in self.special.items():
            if path.startswith(beginning) and answers:
                return answers.pop(0)
        parts = urlsplit(path)
        if parts.path == "/cdx/search/cdx":
            return self.index(parse_qs(parts.query))
        place = re.fullmatch(r"/web/(\d+)id_/(.*)", unquote(path))
        return self.replay(*place.groups()) if place else archive_page(404)

    def index(self, query):
        """Answer with an array whose first row names the columns; a resume key stands behind an empty row."""
        host = urlkey(f"http://{query['url'][0]}").partition(")")[0] + ")"
        began, ended = query.get("from", ["0"])[0], query.get("to", ["9"])[0]
        found = sorted(
            ((urlkey(c.url), c) for c in self.captures if began <= c.stamp <= ended),
            key=lambda pair: (pair[0], pair[1].stamp),
        )
        found = [(key, c) for key, c in found if key.startswith(host)]
        start = int(query.get("resumeKey", ["0"])[0].removeprefix("fi,talo)/ ").rstrip("!") or 0)
        rows = [["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]]
        rows += [self.row(key, c) for key, c in found[start : start + self.rows]]
        if start + self.rows < len(found):
            rows += [[], [quote(f"fi,talo)/ {start + self.rows}!", safe="").replace("%20", "+")]]
        return answer(200, gzip.compress(json.dumps(rows).encode()), ("Content-Encoding", "gzip"))

    def row(self, key, capture):
        """Return the row of one capture; old ones name the port."""
        code = "-" if capture.mime == "warc/revisit" else str(capture.status)
        told = capture.listed_digest or digest(capture.body)
        url = (
            capture.url.replace("talo.fi/", "talo.fi:80/", 1)
            if capture.stamp < "2005"
            else capture.url
        )
        return [key, capture.stamp, url, capture.mime, code, told, "512"]

    def replay(self, stamp, url):
        """Answer with the capture, or silently with the nearest one of the same address."""
        near = [c for c in self.captures if c.url == url]
        if not near:
            return archive_page(404)
        capture = min(near, key=lambda c: abs(int(c.stamp) - int(stamp)))
        at = datetime.strptime(capture.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        original = [("Content-Type", capture.mime), ("Server", "Apache/2.2"), *capture.headers]
        return answer(
            capture.status,
            capture.body,
            ("Server", "nginx"),
            ("Memento-Datetime", format_datetime(at, usegmt=True)),
            (
                "Link",
                f'<{capture.url}>; rel="original", <http://x/timemap/{capture.url}>; rel="timemap"',
            ),
            ("X-Archive-Src", "talo-20200218.warc.gz"),
            *((f"X-Archive-Orig-{name}", value) for name, value in original),
            ("X-Archive-Orig-Content-Length", str(len(capture.body))),
            ("X-Archive-Orig-Transfer-Encoding", "chunked"),
            *((n, v) for n, v in original if n in ("Content-Type", "Content-Encoding")),
            *((n, f"/web/{stamp}id_/{v}") for n, v in original if n == "Location"),
        )


def answer(code, body, *headers):
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {code} Vastaus", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def archive_page(code, *headers):
    """Return a page of the archive itself."""
    page = b"<html><title>Wayback Machine</title><p>Arkiston oma sivu</p></html>"
    return answer(code, page, ("Content-Type", "text/html"), *headers)


def busy(seconds):
    """Return the answer that asks for a pause."""
    return status(b"429 Too Many Requests", b"Retry-After: %d" % seconds)


def member(url, at, body, record_id, *, kind="response"):
    """Return one record as Common Crawl writes it: WARC/1.0, the coding of the body removed."""
    block = (
        b"HTTP/1.1 200 OK\r\nX-Crawler-Transfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n"
        + body
    )
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: {at}\r\nWARC-Record-ID: {record_id}\r\n"
        f"Content-Length: {len(block)}\r\nContent-Type: application/http; msgtype=response\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Payload-Digest: sha1:{digest(body)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


@dataclass
class CommonCrawlImitation:
    """Answers as index.commoncrawl.org and data.commoncrawl.org do."""

    crawls: dict = field(default_factory=dict)
    """Id of a crawl → its rows: (url, stamp, body)."""
    ranges: bool = True
    rows: int = 2
    """Rows on a page of an index."""
    files: dict = field(default_factory=dict)
    """Name of a WARC file → its bytes."""
    lines: dict = field(default_factory=dict)

    def fill(self):
        """Write the WARC files and indexes of the crawls."""
        for name, rows in self.crawls.items():
            file = f"crawl-data/{name}/segments/1/warc/{name}-00000.warc.gz"
            data, lines = (
                gzip.compress(
                    b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
                ),
                [],
            )
            for number, (url, stamp, body) in enumerate(rows):
                at = re.sub(r"(....)(..)(..)(..)(..)(..)", r"\1-\2-\3T\4:\5:\6Z", stamp)
                record = member(url, at, body, f"<urn:uuid:{name}-{number}>")
                told = {
                    "url": url, "mime": "text/html", "status": "200", "digest": digest(body),
                    "length": str(len(record)), "offset": str(len(data)), "filename": file,
                }  # fmt: skip
                lines.append(json.dumps({"urlkey": urlkey(url), "timestamp": stamp, **told}))
                data += record
            self.files[file], self.lines[name] = data, lines
        return self

    def __call__(self, head):
        """Answer one request."""
        path = head.split(b" ")[1].decode()
        if path == "/collinfo.json":
            return answer(200, json.dumps(self.collections(head)).encode())
        if path.startswith("/crawl-data/"):
            return self.stretch(self.files.get(path[1:]), head)
        name = path.partition("-index?")[0][1:]
        return self.index(self.lines.get(name, []), parse_qs(urlsplit(path).query))

    def collections(self, head):
        """Return the list of crawls."""
        host = re.search(rb"Host: (\S+)", head)[1].decode()
        return [
            {
                "id": name,
                "name": name,
                "cdx-api": f"http://{host}/{name}-index",
                "from": f"{name[8:12]}-01-01T00:00:00",
                "to": f"{name[8:12]}-12-31T00:00:00",
            }
            for name in self.lines
        ]

    def index(self, lines, query):
        """Answer with the number of pages, or with one page."""
        if not lines:
            body = b'{"message": "No Captures found for: talo.fi"}'
            return answer(404, body, ("Content-Type", "application/json"))
        if "showNumPages" in query:
            pages = -(-len(lines) // self.rows)
            return answer(
                200, json.dumps({"pages": pages, "pageSize": 5, "blocks": pages}).encode()
            )
        page = int(query["page"][0])
        rows = lines[page * self.rows : (page + 1) * self.rows]
        return answer(200, ("\n".join(rows) + "\n").encode(), ("Content-Type", "text/x-ndjson"))

    def stretch(self, data, head):
        """Answer with a stretch of a file."""
        asked = re.search(rb"Range: bytes=(\d+)-(\d+)", head)
        if data is None:
            return archive_page(404)
        if asked is None or not self.ranges:
            return answer(200, data)
        first, last = int(asked[1]), int(asked[2])
        told = ("Content-Range", f"bytes {first}-{last}/{len(data)}")
        return answer(206, data[first : last + 1], told)
