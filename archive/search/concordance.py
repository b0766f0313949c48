"""Line up every place where a search finds its words, each in its line, with what stands before and after it (KWIC)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.lemmas import tokens
from archive.search.collation import collation_key
from archive.search.searching import Found
from archive.search.snippets import Markers

Sorting = Literal["text", "left", "hit", "right"]

WIDTH = 40
"""Characters on each side of a hit: what fits into a line of a screen."""
MOST_TEXTS = 2_000
"""Texts read for one page of sorted lines: some .3 s of marking at 2,000 characters a text."""
WORDS_SORTED_BY = 6
"""Words of the context that decide the order."""
BATCH = 200

SPACES = re.compile(r"\s+")
TEXTS = """
SELECT docid, id, page, site, site_name, region, published, language, url, ifnull(title, ''),
  coalesce(text, excerpt), text IS NULL
FROM versions WHERE docid IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One hit in its line."""

    version: str
    page: str
    site: str
    site_name: str
    region: str | None
    published: str | None
    language: str | None
    url: str
    part: Literal["title", "text"]
    position: int
    """Characters before the hit in its part."""
    left: str
    hit: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """The lines of some texts."""

    lines: tuple[Line, ...]
    texts: int
    """Texts that were read."""
    unseen: int
    """Of these, the texts whose hits all lie in a part that may not be shown."""


def concordance(
    connection: sqlite3.Connection, found: Found, *, sorting: Sorting = "text", width: int = WIDTH
) -> Concordance:
    """Return the lines of the texts that a search listed.

    Args:
        connection: the edition that was searched.
        found: what was found; only the texts listed in it are read.
        sorting: by the words to the left (the nearest first), by the hit, by the words to the right, or as the
            texts were listed.
        width: characters on each side.
    """
    lines: list[Line] = []
    unseen = 0
    for cut, of_text in read_lines(connection, found.docids, found.markers, width=width):
        lines += of_text
        unseen += cut and not of_text
    if sorting != "text":
        lines.sort(key=lambda line: sort_key(line, sorting))
    return Concordance(lines=tuple(lines), texts=len(found.docids), unseen=unseen)


def read_lines(
    connection: sqlite3.Connection, docids: Sequence[int], markers: Markers, *, width: int = WIDTH
) -> Iterator[tuple[bool, list[Line]]]:
    """Yield, text by text in the order given, whether only a part may be shown, and the lines of what may."""
    for start in range(0, len(docids), BATCH):
        wanted = docids[start : start + BATCH]
        rows = {row[0]: row[1:] for row in connection.execute(TEXTS, [str(list(wanted))])}
        for docid in wanted:
            if docid in rows:
                *of_version, title, body, cut = rows[docid]
                yield bool(cut), list(_lines(of_version, title, body, markers, width))


def _lines(
    of_version: Sequence[str], title: str, body: str, markers: Markers, width: int
) -> Iterator[Line]:
    """Yield the lines of a text; its title too, where the text does not begin with it."""
    in_text = markers.found_in_text(body, title)
    parts: list[tuple[Literal["title", "text"], str, list[tuple[int, int]]]]
    parts = [("text", body, in_text)]
    if not body.startswith(title):
        parts.insert(0, ("title", title, markers.title.found(title)))
    version, page, site, site_name, region, published, language, url = of_version
    for part, text, found in parts:
        for start, end in found:
            yield Line(
                version=version,
                page=page,
                site=site,
                site_name=site_name,
                region=region,
                published=published,
                language=language,
                url=url,
                part=part,
                position=start,
                left=_before(text, start, width),
                hit=_line(text[start:end]),
                right=_after(text, end, width),
            )


def _line(text: str) -> str:
    return SPACES.sub(" ", text)


def _before(text: str, end: int, width: int) -> str:
    """Return the words before a place, none of them cut."""
    start = max(0, end - 2 * width)
    line = _line(text[start:end])
    if start == 0 and len(line) <= width:
        return line.lstrip()
    kept = line[-width:]
    return kept.partition(" ")[2] if " " in kept.rstrip() else kept


def _after(text: str, start: int, width: int) -> str:
    """Return the words after a place, none of them cut."""
    end = min(len(text), start + 2 * width)
    line = _line(text[start:end])
    if end == len(text) and len(line) <= width:
        return line.rstrip()
    kept = line[:width]
    return kept.rpartition(" ")[0] if " " in kept.lstrip() else kept


def sort_key(line: Line, sorting: Sorting) -> tuple[bool, list[str], str, int]:
    """Return what a line is sorted by, in Finnish order; a line without words there comes last."""
    if sorting == "left":
        words = _words(line.left)[::-1]
    else:
        words = _words(line.right if sorting == "right" else f"{line.hit} {line.right}")
    keys = [collation_key(word) for word in words[:WORDS_SORTED_BY]]
    return not keys, keys, line.version, line.position


def _words(text: str) -> list[str]:
    return [word.group() for word in tokens(text)]
