"""Make small WARC files for tests, through warcio: another writer than ours."""

import io
import json
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class WarcMaker:
    """Write records of one crawl into one file."""

    def __init__(self, path: Path, crawl: str | None = "20200301120000-abc123") -> None:
        """Begin the file, with a warcinfo record where there is a crawl."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.crawl = crawl
        self._file = path.open("ab")
        self._writer = WARCWriter(self._file, gzip=True)
        if crawl:
            info = {
                "software": "kone 1.0",
                "isPartOf": crawl,
                "operator": "Testaaja",
                "config-digest": "0123",
            }
            self._write(self._writer.create_warcinfo_record(path.name, info))

    def _write(self, record) -> int:
        offset = self._file.tell()
        self._writer.write_record(record)
        self._file.flush()
        return offset

    def response(
        self, url, body, *, at="2020-03-01T12:00:00Z", status="200 OK", headers=(), mime="text/html"
    ):
        """Write a response and return its offset."""
        fields = [("Content-Type", mime), ("Content-Length", str(len(body))), *headers]
        http = StatusAndHeaders(status, fields, protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": at},
        )
        return self._write(record)

    def revisit(self, url, digest, *, refers_to_url, refers_to_date, at):
        """Write a revisit of an identical payload."""
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        record = self._writer.create_revisit_record(
            url,
            digest,
            refers_to_url,
            refers_to_date,
            http_headers=http,
            warc_headers_dict={"WARC-Date": at},
        )
        return self._write(record)

    def metadata(self, url, block, mime="application/warc-fields", at="2020-03-01T12:00:00Z"):
        """Write a metadata record."""
        record = self._writer.create_warc_record(
            url,
            "metadata",
            payload=io.BytesIO(block),
            warc_content_type=mime,
            warc_headers_dict={"WARC-Date": at},
        )
        return self._write(record)

    def report(self, **fields):
        """Write the report that ends a crawl."""
        report = {
            "crawl": self.crawl,
            "started": "2020-03-01T12:00:00Z",
            "ended": "2020-03-01T13:00:00Z",
            "outcome": "finished",
            "software": "kone 1.0",
            "config_digest": "0123",
            "resumed": False,
            "counts": {"fetched": 2},
            "sites": {},
        } | fields
        url = f"urn:x-jarjestoarkisto:crawl:{self.crawl}:report"
        return self.metadata(url, json.dumps(report).encode(), "application/json")

    def skips(self, *rows):
        """Write addresses that were not asked for."""
        block = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        return self.metadata(
            f"urn:x-jarjestoarkisto:crawl:{self.crawl}:skips", block, "application/x-ndjson"
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
