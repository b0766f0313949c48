"""Set up small registries for crawls of loopback servers, and read what a crawl left."""

import hashlib
import json
from collections import Counter
from pathlib import Path

from archive.members import Member, walk_members
from archive.registry import CrawlConfig, Registry, Site
from archive.warc import read_warc, warc_files
from crawler.run import run_crawl
from crawler.shards import Selection

HOST = "www.jarjestotalo.fi"


def registry(server, *, sites=None, hosts=None, delay=0.0, **tables):
    """Return a registry whose hosts all lead to one loopback server.

    ``sites`` maps ids to the fields of a site file; by default one site on HOST.
    """
    fields = sites or {"jarjestotalo": {}}
    made = {name: site(name, **extra) for name, extra in fields.items()}
    names = hosts or sorted({host for s in made.values() for host in s.scope.hosts})
    config = {
        "operator": {
            "name": "Koekäyttäjä",
            "email": "koe@example.org",
            "homepage": "https://example.org/",
        },
        "politeness": {"delay_seconds": delay, "delay_factor": 0.0},
        "evidence": {"tdmrep": False},
        "resolver": {
            "hosts": dict.fromkeys(names, server.address),
            "ports": {"80": server.port, "443": server.tls_port},
        },
        "limits": {"retries": 0, "timeout_seconds": 10.0},
    }
    for table, values in tables.items():
        config[table] = {**config.get(table, {}), **values}
    return Registry(
        config=Path("config"),
        sites=made,
        regions={},
        counties={},
        terms={},
        crawl=CrawlConfig.model_validate(config),
        digest=hashlib.sha256(json.dumps(config).encode()).hexdigest()[:16],
    )


def site(name, **extra):
    """Return a site with one seed on HOST, changed by ``extra``."""
    fields = {
        "id": name,
        "name": name,
        "kind": "network_org",
        "regions": ("08",),
        "seeds": (f"http://{HOST}/",),
        "scope": {"hosts": (HOST,)},
        "expect": {"min_pages": 0},
    }
    return Site.model_validate({**fields, **extra})


def crawl(made, data, *, now=None, **chosen):
    """Run a crawl of what a selection of these fields holds, without progress lines."""
    return run_crawl(made, data, Selection(**chosen), log=False, now=now)


def records(data, *kinds):
    """Return the WARC records of these kinds, in order."""
    found = [record for path in warc_files(data / "warc") for record in read_warc(path)]
    return [record for record in found if not kinds or record.kind in kinds]


def urls(data, *kinds):
    """Count the URLs that have a record of these kinds."""
    return Counter(record.url for record in records(data, *(kinds or ("response", "revisit"))))


def blocks(data, kind):
    """Return the raw block of every record of a kind, by URL."""
    found = {}
    for path in warc_files(data / "warc"):
        for member in walk_members(path):
            assert isinstance(member, Member)
            head, _, rest = member.data.partition(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
            if fields[b"WARC-Type"].decode() == kind:
                url = fields.get(b"WARC-Target-URI", b"").decode()
                found[url] = rest[: int(fields[b"Content-Length"])]
    return found


def report(data):
    """Return the newest crawl report; two crawls may begin within a second."""
    found = (r for r in records(data, "metadata") if r.url.endswith(":report"))
    return max((json.loads(r.payload) for r in found), key=lambda told: told["started"])


def skips(data):
    """Return every recorded skip as (path, reason)."""
    lines = [
        json.loads(line)
        for record in records(data, "metadata")
        if record.url.endswith(":skips")
        for line in record.payload.splitlines()
    ]
    return {(line["url"].removeprefix(f"http://{HOST}"), line["reason"]) for line in lines}


def failures(data):
    """Return the fetchError of every URL without an answer."""
    found = {}
    for record in records(data, "metadata"):
        fields = dict(
            line.split(": ", 1) for line in record.payload.decode().splitlines() if ": " in line
        )
        if "fetchError" in fields:
            found[record.url] = fields["fetchError"]
    return found
