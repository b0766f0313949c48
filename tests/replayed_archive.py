"""Make an archive with real WARC files whose captures may be replayed, some of them or none.

An open site with pages, pictures, revisits, a redirect, a file, a page that asks not to be archived and one that was taken down;
a site of which only snippets may be shown; and a closed one. What may not be replayed holds words that stand nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.access import record_takedown
from archive.digests import payload_digest
from archive.duplicates import dedupe
from archive.indexing import build_index
from archive.ingest import ingest
from archive.publish import PublishReport, publish
from archive.registry import Registry
from archive.schema import open_archive
from archive.versions import extract
from tests.registries import small_registry
from tests.warcs import WarcMaker

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OPEN, SNIPPET, CLOSED = "https://avoin.fi", "https://ote.fi", "https://lukko.fi"
SITE = """
name = "{name}"
kind = "network_org"
regions = ["09"]
access = "{access}"
base_urls = ["{base}/"]
seeds = ["{base}/"]
[scope]
hosts = ["{host}", "www.{host}"]
"""
HIDDEN = ("suljettusana", "otteensana", "poistosana", "noarkistosana", "kuvapoisto")
"""Words that no answer of a public site may hold."""

SENTENCE = "Yhdistysten ja kunnan yhteinen pöytä sopi syksyn kokouksista ja avustusten jaosta. "
RED = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\3\1\1\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82"
STYLE = b"h1 { color: rgb(10, 90, 60); }"


def page(title: str, text: str, head: str = "") -> bytes:
    """Return a page with a picture, a style sheet, a script and an address of a person."""
    return (
        f'<!doctype html><html lang="fi"><head><meta charset="utf-8"><title>{title}</title>{head}'
        f'<link rel="stylesheet" href="/tyyli.css"></head><body><main><article><h1>{title}</h1><p>{text} {SENTENCE * 3}</p>'
        f"<p>Kysy lisää: maija.meikalainen@avoin.fi. {SENTENCE * 2}</p>"
        f'<img src="/kuva.png" alt="Kuva"><script>document.title = "Ajettu";</script></article></main></body></html>'
    ).encode()


FIRST, SECOND = (
    page("Pöytä", "Pöytä perustettiin keväällä."),
    page("Pöytä", "Pöytä lopetettiin."),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """A data directory and its registry."""

    data: Path
    registry: Registry

    @property
    def published(self) -> Path:
        """The edition."""
        return self.data / "published.db"

    @property
    def files(self) -> dict[str, Path]:
        """The WACZ files by site."""
        return {
            path.name.rpartition("-")[0]: path for path in (self.data / "replay").glob("*.wacz")
        }

    def publish(self, edition: str = "public") -> PublishReport:
        """Build an edition."""
        return publish(
            self.data / "archive.db",
            self.published,
            edition=edition,
            registry=self.registry,
            now=NOW,
        )

    def take_down(self, target: str) -> None:
        """Take a page or a site down."""
        db = open_archive(self.data / "archive.db")
        record_takedown(db, self.data, target, "pyydetty", None, NOW)
        db.close()


def build(folder: Path) -> Archive:
    """Write the WARC file, read it, take down what is to be, and index the rest."""
    sites = {
        name: SITE.format(name=name.title(), access=access, base=base, host=base[8:])
        for name, access, base in (
            ("avoin", "open", OPEN),
            ("ote", "snippet", SNIPPET),
            ("lukko", "closed", CLOSED),
        )
    }
    archive = Archive(folder / "data", small_registry(folder / "config", **sites))
    _write_warc(archive.data / "warc" / "JA-1.warc.gz")
    db = open_archive(archive.data / "archive.db")
    ingest(db, archive.registry, archive.data)
    extract(db, archive.registry, archive.data, processes=1)
    dedupe(db)
    build_index(db, archive.registry)
    db.close()
    for path in ("/poistettu", "/kuvapoisto.png"):
        archive.take_down(f"{OPEN}{path}")
    return archive


def _write_warc(path: Path) -> None:
    warc = WarcMaker(path)
    warc.response(f"{OPEN}/robots.txt", b"User-agent: *\n", mime="text/plain")
    warc.response(f"{OPEN}/poyta", FIRST, at="2019-03-01T10:00:00Z")
    warc.response(f"{OPEN}/poyta", SECOND, at="2020-03-01T10:00:00Z")
    warc.revisit(f"{OPEN}/poyta", payload_digest(SECOND), refers_to_url=f"{OPEN}/poyta", refers_to_date="2020-03-01T10:00:00Z", at="2021-03-01T10:00:00Z")  # fmt: skip
    warc.response(f"{OPEN}/kysely?p=2&a=ä".replace("ä", "%C3%A4"), page("Kysely", "Kysely alkoi."), at="2020-03-02T10:00:00Z")  # fmt: skip
    warc.response(f"{OPEN}/vanha", b"", status="301 Moved Permanently", headers=[("Location", "/poyta")], at="2020-03-02T11:00:00Z")  # fmt: skip
    warc.response(f"{OPEN}/kuva.png", RED, mime="image/png", at="2020-03-01T10:00:01Z")
    warc.response(f"{OPEN}/tyyli.css", STYLE, mime="text/css", at="2020-03-01T10:00:02Z")
    warc.response(f"{OPEN}/kuvapoisto.png", RED + b"kuvapoisto", mime="image/png")
    warc.response(f"{OPEN}/poistettu", page("Poistettu", "Tässä on poistosana."))
    noarchive = '<meta name="robots" content="noarchive">'
    warc.response(f"{OPEN}/noarkisto", page("Ei arkistoon", "Noarkistosana.", noarchive))
    warc.response(f"{SNIPPET}/", page("Ote", SENTENCE * 4 + "Lopussa on otteensana."))
    warc.response(f"{CLOSED}/", page("Lukossa", "Tässä on suljettusana."))
    warc.response(f"{CLOSED}/merkki.png", RED + b"suljettusana", mime="image/png")
    closed = payload_digest(RED + b"suljettusana")
    warc.revisit(f"{OPEN}/merkki.png", closed, refers_to_url=f"{CLOSED}/merkki.png", refers_to_date="2020-03-01T12:00:00Z", at="2021-03-01T10:00:00Z")  # fmt: skip
    warc.close()
