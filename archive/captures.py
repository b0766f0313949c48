"""Turn WARC records into rows: captures, crawls, skips and failures.

Pure: a record and the registry in, rows out.
Which site a capture belongs to is decided by the scopes of the registry, never by what a crawler says,
so that other people's files enter by the same door.
"""

from __future__ import annotations

import json
import re
from typing import Any

from archive.digests import stable_id
from archive.media import DOCUMENTS, detect_media_type, essence
from archive.records import WarcRecord
from archive.registry import Registry
from archive.urls import canonical_url, resolve, urlkey
from archive.warc import json_lines, warc_fields

Row = dict[str, Any]

ALARM = "Alarm: "
"""How the message of an issue begins that tells of a site that may be ending."""
CRAWL_URN = re.compile(r"^urn:x-jarjestoarkisto:crawl:([^:]+):(report|skips)$")
RENDERED_BY = "X-Rendered-By"
"""Field of a conversion record that says which browser rendered it; other programs' conversions are no captures."""

WEB = re.compile(r"https?:", re.IGNORECASE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9]{1,30}")
"""How the archive is named that captures were taken from, such as ``wayback`` or ``commoncrawl``."""

META = re.compile(rb"<meta\b[^>]{0,400}>", re.IGNORECASE)
META_NAME = re.compile(rb"name\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
META_CONTENT = re.compile(rb"content\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
META_WITHIN = 100_000
"""Bytes in which a page's meta elements are looked for; a browser's prescan for a charset reads 1,024."""

AGENT_NAME = "jarjestoarkisto"
"""The name by which a page can address this archive alone."""
TDM_FILE = re.compile(r"^https?://[^/]+/\.well-known/tdmrep\.json$", re.IGNORECASE)
"""Where a host reserves text and data mining (TDMRep, W3C Community Group report of 2024)."""

NO_PAGE = re.compile(
    r"^https?://[^/]+/(?:robots\.txt|jarjestoarkisto-[0-9a-f]{16}$|\.well-known/|sitemap[^/]*\.xml|wp-sitemap[^/]*\.xml)",
    re.IGNORECASE,
)
"""Addresses that are read by machines only, whatever answers there."""


def is_capture(record: WarcRecord) -> bool:
    """Tell whether a record is a capture of the web: not of a name server, and not a note of the program that wrote it."""
    kept = record.kind in ("response", "revisit", "resource") or record.header(RENDERED_BY)
    return bool(kept) and WEB.match(record.url or "http:") is not None


def capture_row(
    record: WarcRecord,
    registry: Registry,
    *,
    crawl: str | None,
    source: str,
    provenance: str | None = None,
) -> Row | None:
    """Return the row of a response, revisit, resource or rendered page.

    ``None`` for one without a usable address or time.
    """
    if record.url is None or record.at is None or record.record_id is None:
        return None
    try:
        key = urlkey(record.url)
    except ValueError:
        return None
    detected = detect_media_type(record.payload, record.http_header("Content-Type"))
    stated = record.header("WARC-Payload-Digest") or record.header("X-Payload-Digest")
    return {
        "id": stable_id(record.record_id),
        "urlkey": key,
        "url": record.url,
        "timestamp": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **placed(record.url, key, detected, registry),
        "crawl": crawl,
        "source": "rendered" if record.kind == "conversion" else source,
        "provenance": record.header("WARC-Source-URI") or provenance,
        "status": record.http_status if record.http_headers else (200 if record.payload else None),
        "mime": essence(record.http_header("Content-Type") or record.header("Content-Type")),
        "mime_detected": detected,
        "redirect": _redirect(record),
        "payload_digest": record.digest or stated,
        "stated_digest": stated,
        "payload_length": len(record.payload) if record.kind != "revisit" else None,
        "record_id": record.record_id,
        "record_type": record.kind,
        "refers_to": _named_original(record),
        "revisit_of": None,
        "warc_file": record.file,
        "warc_offset": record.offset,
        "warc_length": record.length,
        "truncated": record.truncated,
        **_marks(record),
    }


def placed(url: str, key: str, detected: str | None, registry: Registry) -> Row:
    """Return the site and the page that a capture belongs to, by the registry's scopes."""
    site = registry.site_for(url)
    if site is None:
        return {"site": None, "page": None}
    return {"site": site.id, "page": page_id(site.id, key) if _may_be_page(url, detected) else None}


def page_id(site: str, key: str) -> str:
    """Return the id of the page at an address of a site."""
    return stable_id("page", site, key)


def _may_be_page(url: str, detected: str | None) -> bool:
    """Tell whether a capture is of a page: a document, or an answer without a body to judge."""
    return not NO_PAGE.match(url) and (detected is None or detected in DOCUMENTS)


def _named_original(record: WarcRecord) -> str | None:
    named = record.header("WARC-Refers-To")
    return stable_id(named) if named and record.kind == "revisit" else None


def _redirect(record: WarcRecord) -> str | None:
    location = record.http_header("Location")
    if location is None or record.url is None or not 300 <= (record.http_status or 0) < 400:
        return None
    return resolve(record.url, location)


def _marks(record: WarcRecord) -> Row:
    """Collect what the page says about archiving and mining, as evidence."""
    metas = _metas(record.payload[:META_WITHIN])
    headers = [value for name, value in record.http_headers if name.lower() == "x-robots-tag"]
    robots = [*headers, *(metas[name] for name in ("robots", AGENT_NAME) if metas.get(name))]
    tdm = record.http_header("tdm-reservation") or metas.get("tdm-reservation")
    policy = record.http_header("tdm-policy") or metas.get("tdm-policy")
    if tdm and policy:
        tdm = f"{tdm} {policy}"
    joined = ", ".join(robots)
    noarchive = int(bool(re.search(r"\bnoarchive\b|\bnone\b", joined, re.IGNORECASE)))
    return {"robots": joined or None, "noarchive": noarchive, "tdm": tdm}


def _metas(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in META.findall(head):
        name, content = META_NAME.search(element), META_CONTENT.search(element)
        if name and content:
            value = content[1] or content[2] or content[3] or b""
            found.setdefault(
                name[1].decode("ascii", "replace").lower(), value.decode("utf-8", "replace")
            )
    return found


def crawl_row(record: WarcRecord) -> Row | None:
    """Return the row of the crawl that a warcinfo record belongs to, as running; ``None`` for other programs' files."""
    fields = warc_fields(record.payload)
    if "ispartof" not in fields or "config-digest" not in fields or record.at is None:
        return None
    return {
        "id": fields["ispartof"],
        "started_at": _moment(record),
        "ended_at": None,
        "outcome": "running",
        "software": fields.get("software"),
        "operator": fields.get("operator"),
        "user_agent": fields.get("http-header-user-agent"),
        "config_digest": fields["config-digest"],
        "counts": None,
    }


def capture_source(record: WarcRecord) -> str:
    """Return how the captures behind a warcinfo record came to be: crawl, import, or the archive that they were taken from."""
    elsewhere = warc_fields(record.payload).get("provenance", "")
    if ELSEWHERE.fullmatch(elsewhere):
        return elsewhere
    return "crawl" if crawl_row(record) else "import"


def report_rows(record: WarcRecord) -> tuple[Row, list[Row]]:
    """Return what a crawl's report changes in its row, and its rows per site.

    Raises:
        ValueError: the report is no JSON.
    """
    report = json.loads(record.payload)
    crawl = {
        "id": report["crawl"],
        "started_at": report["started"],
        "ended_at": report["ended"],
        "outcome": report["outcome"],
        "counts": json.dumps(report["counts"], sort_keys=True),
    }
    sites = [_site_row(report["crawl"], site, told) for site, told in report["sites"].items()]
    return crawl, sites


def alarm_rows(record: WarcRecord) -> list[Row]:
    """Return the issues of sites that a crawl found to be ending: a row per site and sign, whichever crawl saw it first.

    Raises:
        ValueError: the report is no JSON.
    """
    return [
        {
            "id": stable_id("issue", "alarm", alarm["site"], alarm["sign"], alarm["detail"]),
            "at": _moment(record),
            "level": "warning",
            "station": "crawl",
            "site": alarm["site"],
            "url": alarm.get("url"),
            "capture": None,
            "message": f"{ALARM}{alarm['sign']}: {alarm['detail']}",
        }
        for alarm in json.loads(record.payload).get("alarms", [])
    ]


def reservation_row(record: WarcRecord, row: Row) -> Row | None:
    """Return the note of a host's reservations of text and data mining, if this capture holds any.

    Args:
        record: the capture.
        row: its row; only ``/.well-known/tdmrep.json`` is read.
    """
    if row["status"] != 200 or not TDM_FILE.match(row["url"]):
        return None
    try:
        rules = json.loads(record.payload)
    except (ValueError, RecursionError):
        return None
    told = [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    reserved = [rule for rule in told if str(rule.get("tdm-reservation")) == "1"]
    if not reserved:
        return None
    places = ", ".join(str(rule.get("location", "/")) for rule in reserved)
    policies = sorted({str(rule["tdm-policy"]) for rule in reserved if "tdm-policy" in rule})
    policy = f"; policy: {', '.join(policies)}" if policies else ""
    return {
        "id": stable_id("issue", "tdmrep", row["url"], places, policy),
        "at": row["timestamp"],
        "level": "note",
        "station": "ingest",
        "site": row["site"],
        "url": row["url"],
        "capture": row["id"],
        "message": f"text and data mining is reserved for {places}{policy}",
    }


TOLD = ("fetched", "stored", "failed", "skipped", "pages")
"""What every crawl report tells of a site."""
TOLD_LATER = (
    "new", "changed", "unchanged", "believed", "bytes", "seconds", "bound_seconds", "expect_min", "broken",
)  # fmt: skip
"""What the report of an early crawler may lack."""


def _site_row(crawl: str, site: str, told: Row) -> Row:
    return {
        "crawl": crawl,
        "site": site,
        **{name: told[name] for name in TOLD},
        **{name: told.get(name) for name in TOLD_LATER},
        "skips": json.dumps(told["skips"], sort_keys=True) if "skips" in told else None,
        "met": int(told["met"]),
    }


def skip_rows(record: WarcRecord, crawl: str) -> list[Row]:
    """Return the rows of the addresses that a crawl did not ask for.

    Raises:
        ValueError: a line is no JSON.
    """
    return [
        {
            "id": stable_id("skip", crawl, line["url"], line["reason"]),
            "crawl": crawl,
            "at": line["at"],
            "site": line.get("site"),
            "url": line["url"],
            "reason": line["reason"],
            "detail": line.get("detail"),
            "via": line.get("via"),
        }
        for line in json_lines(record.payload)
    ]


def failure_row(record: WarcRecord, registry: Registry) -> Row | None:
    """Return the issue of an address that gave no response; ``None`` for other metadata."""
    fields = warc_fields(record.payload)
    if "fetcherror" not in fields or record.url is None:
        return None
    site = registry.site_for(record.url)
    message = f"{fields['fetcherror']}: {fields.get('message', '')}".strip(": ")
    return {
        "id": stable_id("issue", "crawl", record.record_id or record.url),
        "at": _moment(record),
        "level": "warning",
        "station": "crawl",
        "site": site.id if site else None,
        "url": canonical_url(record.url) if site else record.url,
        "capture": None,
        "message": message,
    }


def _moment(record: WarcRecord) -> str | None:
    return record.at.strftime("%Y-%m-%dT%H:%M:%SZ") if record.at else None
