"""Read imitations of other archives on loopback, and look at what came in."""

from dataclasses import dataclass

from archive.digests import payload_digest
from crawler.past.bring import bring_in
from crawler.past.commoncrawl import CommonCrawlSource
from crawler.past.plan import Choice
from crawler.past.spiders import WaybackSpider
from tests.crawling import records, registry

ARCHIVE = "arkisto.testi"


@dataclass
class Place:
    """Where a server listens."""

    address: str
    port: int
    tls_port: int = 1


def registry_of(address, port, *, delay=0.0, sites=None, archives=None, limits=None):
    """Return a registry with one site, whose Wayback Machine and Common Crawl are a server on loopback."""
    base = f"http://{ARCHIVE}:{port}"
    pace = {"index_delay_seconds": delay, "delay_seconds": delay}
    machine = {
        "index": f"{base}/cdx/search/cdx",
        "replay": f"{base}/web/{{timestamp}}id_/{{url}}",
        **pace,
    }
    return registry(
        Place(address, port),
        sites=sites
        or {
            "talo": {"scope": {"hosts": ("www.talo.fi", "talo.fi")}, "seeds": ("http://talo.fi/",)}
        },
        hosts=[ARCHIVE],
        archives={"wayback": machine, **(archives or {})},
        commoncrawl={"collections": f"{base}/collinfo.json", "data": f"{base}/", **pace},
        limits=limits or {},
    )


def wayback(made, data, archive="wayback", *, planning=False, **choice):
    """Bring in what a Wayback Machine holds of the one site of a registry."""
    source = WaybackSpider.source(made, archive)
    return _bring(made, data, source, planning, choice)


def commoncrawl(made, data, *, planning=False, **choice):
    """Bring in what Common Crawl holds of the one site of a registry."""
    return _bring(made, data, CommonCrawlSource(made.crawl.commoncrawl), planning, choice)


def _bring(made, data, source, planning, choice):
    [site] = made.sites.values()
    chosen = Choice(site=site, **choice)
    return bring_in(made, data, source, chosen, planning=planning, log=False)


def captures(data):
    """Return kind and payload digest of every capture that came in, by address and time."""
    return {
        (record.url, f"{record.at:%Y%m%d%H%M%S}"): (record.kind, stated(record))
        for record in records(data, "response", "revisit")
    }


def stated(record):
    """Return the payload digest of a record of ours."""
    return (
        record.header("WARC-Payload-Digest")
        or record.header("X-Payload-Digest")
        or payload_digest(record.payload)
    )
