"""Find e-mail addresses, phone numbers and Finnish personal identity codes in a text, and put a mask in their place.

Addresses and numbers are spans beside the text, so that each edition can decide; identity codes are never stored at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from archive.records import Extraction, Link, PersonalSpan, StatedDate

MASKS = {"email": "•••@•••", "phone": "•••"}
"""What readers of the public edition see; no mask holds a letter, so none is a word to search for."""
REMOVED_CODE = "[henkilötunnus poistettu]"
IDENTITY_CODE = "identity-code"
"""The warning of an extraction from which a code was taken out."""

_NAME = r"[^\W_](?:[\w.+%-]{0,62}[\w+])?"
_DOT = r"(?:\.|\s?[(\[]\s?(?:dot|piste|punkt)\s?[)\]]\s?)"
_HOST = rf"[^\W_](?:[\w-]{{0,62}}[^\W_])?(?:{_DOT}[^\W_](?:[\w-]{{0,62}}[^\W_])?){{0,4}}{_DOT}[^\W\d_]{{2,12}}"
_SIGN = (
    r"(?:\s?@\s?|＠|\s{0,2}[(\[{<]\s?(?:at|a|ät|ätt|@|miukumauku|snabel-?a|kissanhäntä)\s?[)\]}>]\s{0,2}"
    r"|\s(?:ät|ätt|miukumauku|snabel-a)\s)"
)
EMAILS = (
    re.compile(rf"(?<![\w.+%@-])(?:{_NAME}){_SIGN}{_HOST}(?![\w-]*@)(?:[:’'][^\W\d_]+)?", re.IGNORECASE),
    re.compile(rf"(?<![\w.+%@-])[^\W\d_]+(?:\.[^\W\d_]+)+\sat\s{_HOST}", re.IGNORECASE),
    re.compile(r"(?<![\w.])(?:etunimi[._]sukunimi|förnamn[._]efternamn)\s?(?:@|[(\[](?:at|a|ät)[)\]])(?:\s?[\w-]+(?:\.[\w-]+)*)?", re.IGNORECASE),
)  # fmt: skip
"""Plain and hidden addresses: (at), (a), (ät), [at], " ät ", "etunimi.sukunimi@"."""

_GAP = r"(?:\s?[-–—]\s?|[ \u00a0]{1,2})"
_LABEL = r"(?:puhelin(?:numero)?|puh|tel|tfn|telefon(?:nummer)?|gsm|matkapuh(?:elin)?|mob(?:il|iili)?|p)\b"
PHONES = (
    re.compile(rf"(?<![\w+/.-])\+\s?\d{{1,3}}{_GAP}?(?:\(0\)\s?)?\d(?:{_GAP}?\d){{5,11}}(?![\d/])"),
    re.compile(
        rf"(?<![\w+/.,-])\(?0(?:4\d{{1,2}}|50\d?|[235689]|1[03-9]|2[09]|29\d|3\d{{1,2}}|[678]00)\)?{_GAP}?\d(?:{_GAP}?\d){{4,7}}(?![\w/]|[-–]\d|[.,:]\d)"
    ),
    re.compile(
        rf"(?<![\w/]){_LABEL}\.?\s?:?\s?(?P<number>\(?[0+]\d{{0,3}}\)?(?:[\s/.–—-]{{0,3}}\d){{5,12}})(?!\d)",
        re.IGNORECASE,
    ),
)
"""International, national, and whatever stands behind "puh."."""
NOT_PHONE_BEFORE = re.compile(
    r"(?:tili\w*|konto\w*|IBAN|viite\w*|referens\w*|ISBN|ISSN|y-tunnus|FO-nummer|diaari\w*|dnro|laskutus\w*|OVT\w*|[A-Z]{2}\d{2}[\d ]*)"
    r"[:.]?\s?(?:on\s)?$",
    re.IGNORECASE,
)
"""What the digits after it are: accounts, references, books, companies, records."""
BUSINESS_ID = re.compile(r"\d{7}\s?[-–]\s?\d")
MONTHS = re.compile(
    r"(?:0\d\W{1,3}){1,2}(?:19|20)\d\d(?:\W{1,3}\d\d?(?:\W{1,3}(?:19|20)?\d{0,2})?)?"
)
"""Months with years: "05-07 2019", "02 2018 03"."""
DIGIT = re.compile(r"\d")
FEWEST_DIGITS, FEWEST_ALONE = 6, 7
SEPARATED = re.compile(r"\D")

CODE = re.compile(
    r"(?<![\w-])(\d{2})(\d{2})(\d{2})([-+ABCDEFUVWXY])(\d{3})([0-9A-FHJ-NPR-Y])(?![\w-])"
)
CENTURIES = {"+": 1800} | dict.fromkeys("-UVWXY", 1900) | dict.fromkeys("ABCDEF", 2000)
"""The sign between birth and number; since 2023 there are eleven (Finnish Population Information Decree 128/2010, § 2)."""
CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def find_personal(text: str) -> tuple[PersonalSpan, ...]:
    """Return where e-mail addresses and phone numbers stand, in order, none inside another.

    >>> text = "Kysy: ulla.uoti(at)hamina.example, p. 040 123 4567 (y-tunnus 0201256-6)."
    >>> [(span.kind, text[span.start:span.end]) for span in find_personal(text)]
    [('email', 'ulla.uoti(at)hamina.example'), ('phone', '040 123 4567')]
    """
    found = sorted([*_emails(text), *_phones(text)], key=lambda span: (span.start, -span.end))
    kept: list[PersonalSpan] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return tuple(kept)


def _emails(text: str) -> Iterator[PersonalSpan]:
    for pattern in EMAILS:
        for match in pattern.finditer(text):
            yield PersonalSpan(start=match.start(), end=match.end(), kind="email")


def _phones(text: str) -> Iterator[PersonalSpan]:
    for pattern in PHONES:
        for match in pattern.finditer(text):
            group = "number" if "number" in pattern.groupindex else 0
            start, end = match.span(group)
            if _is_phone(text, start, end, labelled=group != 0):
                yield PersonalSpan(start=start, end=end, kind="phone")


def _is_phone(text: str, start: int, end: int, *, labelled: bool) -> bool:
    number = text[start:end]
    digits = len(DIGIT.findall(number))
    if NOT_PHONE_BEFORE.search(text[max(0, start - 40) : start]) or BUSINESS_ID.fullmatch(number):
        return False
    if not labelled and MONTHS.fullmatch(number):
        return False
    if labelled:
        return digits >= FEWEST_DIGITS
    return digits >= (FEWEST_ALONE if SEPARATED.search(number) else FEWEST_ALONE + 2)


def masked(text: str, spans: Sequence[PersonalSpan] | None = None) -> str:
    """Return the text with a mask for every span; without spans they are looked for.

    >>> masked("Puh. 044 – 529 8671 tai paivi (ät) joki.example.")
    'Puh. ••• tai •••@•••.'
    """
    pieces, at = [], 0
    for span in find_personal(text) if spans is None else spans:
        pieces += [text[at : span.start], MASKS[span.kind]]
        at = span.end
    return "".join([*pieces, text[at:]])


def without_codes(text: str) -> str:
    """Return the text without Finnish personal identity codes; only codes that check are taken for one.

    >>> without_codes("Hakija 131052-308T, asia 131052-3081.")
    'Hakija [henkilötunnus poistettu], asia 131052-3081.'
    """
    return CODE.sub(lambda match: REMOVED_CODE if _is_code(match) else match[0], text)


def _is_code(match: re.Match[str]) -> bool:
    day, month, year, sign, number, check = match.groups()
    try:
        date(CENTURIES[sign] + int(year), int(month), int(day))
    except ValueError:
        return False
    return CHECKS[int(day + month + year + number) % 31] == check


def redact(extraction: Extraction) -> Extraction:
    """Return the extraction without identity codes in any of its texts; a warning tells that there were some."""
    clean = replace(
        extraction,
        text=without_codes(extraction.text),
        markdown=_redacted(extraction.markdown),
        title=_redacted(extraction.title),
        author=_redacted(extraction.author),
        published=_redacted_date(extraction.published),
        modified=_redacted_date(extraction.modified),
        tags=tuple(map(without_codes, extraction.tags)),
        links=tuple(Link(url=link.url, text=without_codes(link.text)) for link in extraction.links),
    )
    if clean == extraction:
        return extraction
    return replace(clean, warnings=(*extraction.warnings, IDENTITY_CODE))


def _redacted(text: str | None) -> str | None:
    return without_codes(text) if text else text


def _redacted_date(stated: StatedDate | None) -> StatedDate | None:
    return replace(stated, evidence=without_codes(stated.evidence)) if stated else None
