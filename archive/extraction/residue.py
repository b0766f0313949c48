"""Take out the lines that content systems leave behind: share buttons, stamps, the title said twice."""

from __future__ import annotations

import re
from itertools import pairwise

from archive.dates import find_dates
from archive.decode import clean_text

from .labels import LABEL, is_stamp
from .markup import fold
from .titles import normal
from .visible import is_byline

DATE_EXTRA = 3
"""Characters of punctuation beside a date that stands alone on its line."""

RESIDUE = re.compile(
    r"\W*(?:bookmark the permalink|comments are closed|kommentit (?:ovat|on) (?:pois päältä|suljettu).*"
    r"|kommentointi on suljettu|kommentarer inaktiverade.*|jaa tämä(?: sivu| artikkeli)?:?|jaa (?:facebookissa|twitterissä|sosiaalisessa mediassa)"
    r"|dela(?: på facebook| sidan)?|(?:share on (?:facebook|google\+|linkedin|twitter)|tweet about this on twitter)+.*"
    r"|tulosta(?: sivu)?|skriv ut|lue lisää(?:…|\.\.\.)?|läs mer|jatka lukemista(?: →|…)?|takaisin (?:ylös|etusivulle)|(?:(?:takaisin|tulosta|jaa|edellinen|seuraava)\b\W*)+|sivun alkuun|vieritä ylös"
    r"|edellinen|seuraava|föregående|nästa|osumat:? ?\d+|katselukerrat:? ?\d+|oliko tästä sivusta apua\??"
    r"|hyväksy(?: kaikki)? evästeet|(?:siirry|hyppää) (?:pää)?sisältöön|skip to content|(?:hoppa )?till innehållet"
    r"|flytta dig till innehållet|murupolku|valikkonäyttö|navigointivalikko|sisältöjulkaisija|asset publisher|null title"
    r"|valitse sivu|generic selectors|exact matches only|(?:[\w-]+ )?created with sketch\.?|alt=|ulkoinen linkki"
    r"|\(linkki avautuu[^)]*\)"
    r"|(?:jaa|dela|share)\s*:?(?:\s*(?:facebook|twitter|x|linkedin|whatsapp|instagram|sähköposti\w*|e-post|email|tulosta)\b\W*)+"
    r"|\d+ comments?|.{0,90}\b(?:peruuta (?:uutiskirjeen )?tilau\w+|avsluta prenumerationen|unsubscribe)\b.{0,30}"
    r"|(?:avaa|lue|katso) (?:viesti|kirje|uutiskirje) selaimessa|jos viesti ei näy oikein.{0,60}"
    r"|(?:©|\(c\)).{0,160}|copyright ©?.{0,160}|sivuston toteutus.*)\W*",
    re.IGNORECASE,
)
TABLE_RULE = re.compile(r"[\s|:-]+")
CELL_EDGES = re.compile(r"^\s*\|\s*|\s*\|\s*$")


def sieved(lines: list[str]) -> str:
    """Return the lines that say something, folded, as one text."""
    tidy = [fold(CELL_EDGES.sub("", clean_text(line))) for line in lines]
    kept = [line for line in tidy if line and not _is_residue(line)]
    return "\n".join(_without_split_stamps(kept))


def _is_residue(line: str) -> bool:
    return bool(RESIDUE.fullmatch(line) or TABLE_RULE.fullmatch(line)) or is_stamp(line)


def _without_split_stamps(lines: list[str]) -> list[str]:
    """Drop a label and the date below it: "Luotu", "18.06.2020"."""
    stamps = {
        at
        for at, (label, day) in enumerate(pairwise(lines))
        if LABEL.fullmatch(label.rstrip(" :")) and _is_date(day)
    }
    return [line for at, line in enumerate(lines) if at not in stamps and at - 1 not in stamps]


def without_title(text: str, title: str | None) -> str:
    r"""Return the text without the lines at its top that only repeat the title, the day or the writer with the day.

    >>> without_title("Järjestöpäivä\n11.12.2019 Sanna Suvanto\nTervetuloa!", "Järjestöpäivä")
    'Tervetuloa!'
    """
    lines = text.split("\n")
    wanted = normal(title)
    while len(lines) > 1 and wanted and _repeats(lines[0], wanted):
        lines.pop(0)
    return "\n".join(lines)


def _repeats(line: str, title: str) -> bool:
    return normal(line) == title or _is_date(line) or is_byline(line)


def _is_date(line: str) -> bool:
    dates = list(find_dates(line))
    return len(dates) == 1 and len(line) - (dates[0].end - dates[0].start) <= DATE_EXTRA
