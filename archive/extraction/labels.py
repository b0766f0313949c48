"""Find the dates that a page labels: "Julkaistu 3.3.2020", "Muokattu viimeksi: 18.02.2020", "Publicerad den 5 mars 2021".

Two labels may share a line, in either order, or be glued together; a label in running prose is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from archive.dates import DateOrder, find_dates, first_date, read_period
from archive.records import Precision

_STARTS = r"(?:(?<![^\W\d_])|(?-i:(?<=[a-zåäö])(?=[A-ZÅÄÖ])))"
_SUBJECT = r"(?:(?:sivua?|sivun|uutinen|artikkeli|tiedote|teksti|kirjoitus|juttu|sidan|artikeln|page|article)\s+(?:on\s+)?)?"
PUBLISHED_WORDS = (
    r"julkaistu|julkaisupäivä|julkaisuaika|julkaisuvuosi|utgivningsår|publication year|lähetetty|lähettänyt|lisätty|luotu|kirjoitettu|postattu|laadittu"
    r"|publicerad(?:es)?|publicerat|publiceringsdatum|skapad|inlagd|published|posted|created|date published"
)
MODIFIED_WORDS = (
    r"muokattu(?: viimeksi)?|päivitetty(?: viimeksi)?|viimeksi (?:päivitetty|muokattu)|viimeisin (?:muutos|päivitys)"
    r"|päivitys|senast (?:uppdaterad|ändrad)|uppdaterad|uppdaterat|ändrad|(?:last )?(?:updated|modified)"
)
LABEL = re.compile(
    rf"{_STARTS}{_SUBJECT}(?:(?P<published>{PUBLISHED_WORDS})|(?P<modified>{MODIFIED_WORDS}))(?!\w)",
    re.IGNORECASE,
)
BEFORE_LABEL = re.compile(r"(?:^|[|•·–—,;:.()\d]|\s-)\s*$|[a-zåäö]$")
ELSEWHERE = re.compile(r"alun\s?perin|ursprungligen|originally|ensimmäisen kerran", re.IGNORECASE)
ON_NEXT_LINE = re.compile(r"\W*(?:\w+\s+)?\d")
LABEL_LINE = 250
"""Characters of the longest line in which a label may stand; longer ones are prose."""
LABEL_REACH = 60

NOT_BETWEEN = re.compile(r"[!?]|[.]\s+[A-ZÅÄÖ]")
WORD = re.compile(r"[^\W\d_]+")
STAMP_WORDS = frozenset(
    (
        "klo",
        "kl",
        "kello",
        "eet",
        "eest",
        "est",
        "den",
        "on",
        "ma",
        "ti",
        "ke",
        "to",
        "pe",
        "la",
        "su",
    )
)
"""Words of a stamp that are neither label nor date."""


@dataclass(frozen=True, slots=True)
class LabelledDate:
    """A date with the label that says what it is."""

    kind: Literal["published", "modified"]
    day: date
    """The day; of a month or a year, the first."""
    precision: Precision
    evidence: str
    """The characters from the label to the end of the date."""


def labelled_dates(lines: Sequence[str], order: DateOrder = "dmy") -> Iterator[LabelledDate]:
    """Yield the labelled dates of the lines of a page, in their order.

    >>> [(found.kind, found.day.isoformat()) for found in labelled_dates(["Päivitetty 18.5.2020 | Julkaistu 3.3.2020"])]
    [('modified', '2020-05-18'), ('published', '2020-03-03')]
    >>> list(labelled_dates(["Opas on julkaistu 12.5.2019 ja sitä voi tilata."]))
    []
    """
    for line, following in pairwise([*lines, ""]):
        if len(line) <= LABEL_LINE:
            yield from _in_line(line, following, order)


def _in_line(line: str, following: str, order: DateOrder) -> Iterator[LabelledDate]:
    found = [label for label in LABEL.finditer(line) if BEFORE_LABEL.search(line[: label.start()])]
    ends = [*(label.start() for label in found[1:]), len(line)]
    for label, end in zip(found, ends, strict=False):
        rest, before = line[label.end() : end], line[label.start() : label.end()]
        if not rest.strip(" :") and end == len(line) and ON_NEXT_LINE.match(following):
            rest, before = following, line[label.start() :] + " "
        hit = first_date(rest[: LABEL_REACH + 25], order=order)
        if hit and hit.start <= LABEL_REACH and _belongs(rest[: hit.start]):
            yield LabelledDate(_kind(label), hit.day, "day", (before + rest[: hit.end]).strip())
        elif not hit and (period := read_period(rest.rstrip(" |•·–—"))):
            yield LabelledDate(
                _kind(label), period.first, period.precision, (before + rest).strip()
            )


def _kind(label: re.Match[str]) -> Literal["published", "modified"]:
    return "published" if label["published"] else "modified"


def _belongs(between: str) -> bool:
    return not ELSEWHERE.search(between) and not NOT_BETWEEN.search(between)


def is_stamp(line: str) -> bool:
    """Tell whether a line holds labels and dates and nothing to read.

    >>> is_stamp("Uppdaterad: 12.3.2021, publicerad den 5 mars 2021 kl. 9.30"), is_stamp("Julkaistu Oulussa")
    (True, False)
    """
    if len(line) > LABEL_LINE or not LABEL.search(line):
        return False
    rest = line
    for hit in reversed(list(find_dates(line))):
        rest = rest[: hit.start] + " " + rest[hit.end :]
    return rest != line and set(WORD.findall(LABEL.sub(" ", rest).lower())) <= STAMP_WORDS
