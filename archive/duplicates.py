"""Link equal texts and shared paragraphs, and mark what a site repeats; nothing is ever deleted for being a copy.

Exact for now: the same text, white space and case aside, on several pages; and paragraphs that stand on pages of several sites.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from archive.blocks import own_part, repeated_blocks
from archive.digests import text_digest
from archive.progress import Progress

MIN_WORDS = 20
"""Shorter texts are alike by chance: "Sivua päivitetään"."""

MIN_PASSAGE = 120
"""Characters of a paragraph worth linking: one full sentence; shorter ones are stock phrases."""

MAX_PAGES = 30
"""A paragraph on more pages than this is boilerplate (contact blocks, funder notes), not a quotation."""

CLUSTERS = """
INSERT INTO duplicates (version, cluster, similarity, method)
SELECT id, first_value(id) OVER (PARTITION BY text_digest ORDER BY first_seen, id), 1.0, 'exact'
FROM versions
WHERE words >= ? AND text_digest IN (
  SELECT text_digest FROM versions WHERE words >= ? GROUP BY text_digest HAVING count(DISTINCT page) > 1)
"""


SITE_TEXTS = """
SELECT versions.id, page, page_type NOT IN ('listing', 'front', 'error', 'parked'), text
FROM versions JOIN version_text ON version = versions.id
WHERE site = ? AND page_type != 'attachment' ORDER BY versions.id
"""


@dataclass(slots=True)
class DedupeReport:
    """What was linked."""

    versions: int = 0
    clusters: int = 0
    passages: int = 0
    shortened: int = 0
    """Versions of which a part is left out, because their site repeats it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a paragraph stands."""

    version: str
    page: str
    site: str
    start: int
    length: int


def dedupe(db: Database, *, progress: Progress | None = None) -> DedupeReport:
    """Write clusters and passages anew from the texts; the same texts give the same rows."""
    places = _shared(db, progress)
    own = list(_own_parts(db))
    with db.atomic():
        db.execute("DELETE FROM own_parts")
        db.table("own_parts").insert_all(own)
        db.execute("DELETE FROM duplicates")
        db.execute(CLUSTERS, [MIN_WORDS, MIN_WORDS])
        db.execute("DELETE FROM passages")
        db.table("passages").insert_all(
            {
                "digest": digest,
                "version": place.version,
                "start": place.start,
                "length": place.length,
            }
            for digest, found in places
            for place in found
        )
    clusters = db.execute("SELECT count(*), count(DISTINCT cluster) FROM duplicates").fetchone()
    return DedupeReport(clusters[0], clusters[1], len(places), len(own))


def _own_parts(db: Database) -> Iterator[dict[str, str | int]]:
    """Yield the part that is its own of each version whose site repeats what stands around it.

    Lists and front pages do not count: they repeat the beginnings of the articles they lead to.
    """
    sites = [site for (site,) in db.execute("SELECT DISTINCT site FROM versions ORDER BY site")]
    for site in sites:
        rows = db.execute(SITE_TEXTS, [site]).fetchall()
        pages: dict[str, list[str]] = defaultdict(list)
        for _, page, counts, text in rows:
            if counts:
                pages[page].append(text)
        repeated = repeated_blocks(pages.values())
        for version, _, _, text in rows:
            start, end = own_part(text, repeated)
            if end - start < len(text):
                yield {"version": version, "start": start, "end": end}


def _shared(db: Database, progress: Progress | None) -> list[tuple[str, list[_Place]]]:
    """Return the paragraphs that pages of more than one site hold, ordered by digest."""
    places: dict[str, list[_Place]] = defaultdict(list)
    number = db.table("versions").count
    rows = db.execute(
        "SELECT versions.id, page, site, text FROM versions JOIN version_text ON version = versions.id"
        " ORDER BY versions.first_seen, versions.id"
    )
    for done, (version, page, site, text) in enumerate(rows, start=1):
        for digest, start, length in paragraphs(text):
            places[digest].append(_Place(version, page, site, start, length))
        if progress and done % 1000 == 0:
            progress("dedupe", done, number)
    return sorted(
        (digest, _one_each(found)) for digest, found in places.items() if _is_shared(found)
    )


def _is_shared(places: list[_Place]) -> bool:
    sites = {place.site for place in places}
    return len(sites) > 1 and len({place.page for place in places}) <= MAX_PAGES


def _one_each(places: list[_Place]) -> list[_Place]:
    """Keep the first place in each version: a paragraph can stand twice in one text."""
    return list({place.version: place for place in reversed(places)}.values())[::-1]


def paragraphs(text: str) -> Iterator[tuple[str, int, int]]:
    r"""Yield digest, offset and length of every paragraph long enough to be linked.

    >>> [(start, length) for _, start, length in paragraphs("lyhyt\n" + "pitkä " * 30)]
    [(6, 179)]
    """
    start = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if len(stripped) >= MIN_PASSAGE:
            yield text_digest(stripped), start + line.index(stripped), len(stripped)
        start += len(line) + 1
