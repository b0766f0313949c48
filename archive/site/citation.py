"""Say how to cite a version: in words, for programs that manage references, and as a link that survives its target.

Sources: PWID, the URN namespace ``pwid`` (registered at IANA in 2022); Robust Links 1.0 (robustlinks.mementoweb.org);
RIS as Reference Manager wrote it; the schema of CSL-JSON 1.0.2; BibTeX's ``misc``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from archive.site.languages import Translator

ARCHIVE = "jarjestoarkisto"
"""The archive's name in its identifiers."""
ARCHIVE_NAME = "Järjestöarkisto"
WAYBACK = "https://web.archive.org/web"
IN_URN = "/:@!$&'()*+,;=~%"
SPACES = re.compile(r"\s+")
BIBTEX_SPECIAL = re.compile(r"[\\{}#$%&_^~]")
BIBTEX_WORDS = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


@dataclass(frozen=True, slots=True)
class Source:
    """A version as a source that somebody cites."""

    id: str
    author: str
    title: str
    site: str
    published: str | None
    """As long as it is precise."""
    seen: str
    """UTC moment, ISO 8601."""
    url: str
    address: str
    """The permanent address of the page at that moment."""
    language: str | None

    @property
    def pwid(self) -> str:
        """Its persistent web identifier."""
        return pwid(self.url, self.seen)

    @property
    def wayback(self) -> str:
        """The address of the page at about that moment in the Wayback Machine."""
        return f"{WAYBACK}/{stamp(self.seen)}/{self.url}"


def source_of(version: Mapping[str, Any], address: str) -> Source:
    """Return a version as a source; ``address`` is its permanent address."""
    return Source(
        id=version["id"],
        author=_line(version["organisation"] or version["site_name"]),
        title=_line(version["title"] or version["url"]),
        site=_line(version["site_name"]),
        published=version["published"],
        seen=version["first_seen"],
        url=version["url"],
        address=address,
        language=version["language"],
    )


def stamp(moment: str) -> str:
    """Return a moment as the 14 digits of web archives.

    >>> stamp("2020-03-01T12:00:00+00:00")
    '20200301120000'
    """
    return re.sub(r"\D", "", moment[:19])


def pwid(url: str, seen: str) -> str:
    """Return the identifier of a page at a moment.

    >>> pwid("https://kyt.fi/uutiset", "2020-03-01T12:00:00+00:00")
    'urn:pwid:jarjestoarkisto:2020-03-01T12:00:00Z:page:https://kyt.fi/uutiset'

    What a URN may not hold is escaped (RFC 8141, section 2): the question mark of an address too.

    >>> pwid("https://kyt.fi/?p=1&q=%C3%A4", "2020-03-01T12:00:00+00:00")
    'urn:pwid:jarjestoarkisto:2020-03-01T12:00:00Z:page:https://kyt.fi/%3Fp=1&q=%C3%A4'
    """
    return f"urn:pwid:{ARCHIVE}:{seen[:19]}Z:page:{quote(url, safe=IN_URN)}"


def citation(source: Source, say: Translator) -> str:
    """Return a source as a reference in a list, in the words of a language."""
    seen = say("arkistoitu {date}", date=say.date(source.seen[:10]))
    title = source.title if source.title.endswith((".", "?", "!", "…")) else f"{source.title}."
    return (
        f"{source.author} ({say.date(source.published)}). {title} {source.site}. {source.url}. "
        f"{ARCHIVE_NAME}, {seen}. {source.address}"
    )


def bibtex(source: Source) -> str:
    """Return a source as an entry of BibTeX."""
    year, *rest = (source.published or "").split("-")
    fields = {
        "author": f"{{{_bibtex(source.author)}}}",
        "title": f"{{{_bibtex(source.title)}}}",
        "year": year,
        "month": str(int(rest[0])) if rest else "",
        "howpublished": _bibtex(source.site),
        "url": source.url.replace("{", "%7B").replace("}", "%7D"),
        "urldate": source.seen[:10],
        "note": _bibtex(f"{ARCHIVE_NAME}: {source.address}; {source.pwid}"),
        "language": source.language or "",
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{ARCHIVE}-{source.id},\n{lines}}}\n"


def ris(source: Source) -> str:
    """Return a source as a record of RIS; the comma tells programs that the author is no person."""
    year, month, day = [*(source.published or "").split("-"), "", "", ""][:3]
    seen = source.seen[:10].replace("-", "/")
    fields = [
        ("TY", "ELEC"),
        ("AU", f"{source.author},"),
        ("TI", source.title),
        ("T2", source.site),
        ("PY", year),
        ("DA", f"{year}/{month}/{day}/" if year else ""),
        ("UR", source.url),
        ("Y2", f"{seen}/"),
        ("DB", ARCHIVE_NAME),
        ("L2", source.address),
        ("N1", source.pwid),
        ("LA", source.language or ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def csl(source: Source) -> str:
    """Return a source as CSL-JSON, a list of one item."""
    item: dict[str, Any] = {
        "id": f"{ARCHIVE}-{source.id}",
        "type": "webpage",
        "author": [{"literal": source.author}],
        "title": source.title,
        "container-title": source.site,
        "accessed": {"date-parts": [_numbers(source.seen[:10])]},
        "URL": source.url,
        "archive": ARCHIVE_NAME,
        "archive_location": source.address,
        "note": source.pwid,
    }
    if source.published:
        item["issued"] = {"date-parts": [_numbers(source.published)]}
    if source.language:
        item["language"] = source.language
    return json.dumps([item], ensure_ascii=False, indent=2) + "\n"


def robust_link(source: Source) -> str:
    """Return a link in HTML that names the original, the archived copy and its day, so that it survives its target."""
    attributes = {
        "href": source.url,
        "data-originalurl": source.url,
        "data-versionurl": source.address,
        "data-versiondate": source.seen[:10],
    }
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<a {said}>{escape(source.title, quote=False)}</a>"


FORMATS: dict[str, tuple[Callable[[Source], str], str]] = {
    "bib": (bibtex, "application/x-bibtex; charset=utf-8"),
    "ris": (ris, "application/x-research-info-systems; charset=utf-8"),
    "json": (csl, "application/vnd.citationstyles.csl+json; charset=utf-8"),
}
"""How each is written, and its media type."""


def _line(text: str) -> str:
    """Return a text on one line: a line break would begin another field."""
    return SPACES.sub(" ", text).strip()


def _bibtex(text: str) -> str:
    return BIBTEX_SPECIAL.sub(lambda sign: BIBTEX_WORDS.get(sign[0], f"\\{sign[0]}"), text)


def _numbers(day: str) -> list[int]:
    return [int(part) for part in day.split("-")]
