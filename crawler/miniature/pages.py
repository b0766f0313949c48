"""Read the text fragments of a miniature site and render them as its CMS would.

A page is one file: TOML front matter between two lines of ``+++``, then the HTML of its body.
How a CMS dresses the body up stands in ``_templates/<cms>/``.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

STATES = (1, 2, 3)
"""The three moments at which a miniature site can be visited."""

_MONTHS = {
    "fi": "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_WEEKDAYS = {
    "fi": "ma ti ke to pe la su",
    "sv": "måndag tisdag onsdag torsdag fredag lördag söndag",
    "en": "Mon Tue Wed Thu Fri Sat Sun",
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a miniature site, as its editor wrote it."""

    path: str
    """Path and query, as the site writes them in its links."""
    title: str
    aliases: tuple[str, ...] = ()
    """Further addresses where the CMS answers with the same page."""
    body: Markup = field(default=Markup(""), repr=False)
    type: str = "article"
    """A page type of the archive; it also names the template unless ``template`` does."""
    template: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    author: str | None = None
    language: str = "fi"
    lists: tuple[str, ...] = ()
    """The lists and feeds that show the page."""
    tags: tuple[str, ...] = ()
    states: tuple[int, ...] = STATES
    encoding: str = "utf-8"
    """The character set of the bytes, whatever the page says."""
    meta_charset: str | None = "utf-8"
    header_charset: str | None = "UTF-8"
    summary: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    in_sitemap: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only the template of one CMS asks for."""

    @property
    def number(self) -> int:
        """Return the number that the CMS knows the page by."""
        return 100 + int(hashlib.sha1(self.path.encode()).hexdigest()[:4], 16) % 9000

    @property
    def changed(self) -> datetime | None:
        """Return when the page was last touched, where its editor says so."""
        return self.modified or self.published


def read_page(file: Path) -> Page:
    """Read one page file.

    Raises:
        ValueError: the file has no front matter.
        TypeError: the front matter has a key that ``Page`` does not know.
    """
    _, front, body = file.read_text(encoding="utf-8").split("+++\n", 2)
    facts = tomllib.loads(front)
    for key in ("aliases", "lists", "tags", "states"):
        if key in facts:
            facts[key] = tuple(facts[key])
    # the fragments are files of this project, so their markup is trusted
    return Page(body=Markup(body), **facts)  # noqa: S704


def told(moment: datetime, pattern: str, language: str = "fi") -> str:
    """Write a moment the way a page does.

    >>> told(datetime(2019, 3, 26, 9, 5), "{d}.{m}.{y} klo {H}.{M}")
    '26.3.2019 klo 9.05'
    >>> told(datetime(2019, 3, 26), "{weekday} {d} {month}, {y}", "sv")
    'tisdag 26 mars, 2019'
    """
    stem = _MONTHS[language].split()[moment.month - 1]
    return pattern.format(
        d=moment.day,
        dd=f"{moment.day:02}",
        m=moment.month,
        mm=f"{moment.month:02}",
        y=moment.year,
        H=moment.hour,
        HH=f"{moment.hour:02}",
        M=f"{moment.minute:02}",
        month=stem + "kuu" if language == "fi" else stem,
        stem=stem,
        weekday=_WEEKDAYS[language].split()[moment.weekday()],
    )


def templates(folder: Path) -> Environment:
    """Return the template environment of a folder of miniature sites."""
    environment = Environment(
        loader=FileSystemLoader(folder / "_templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["told"] = told
    environment.filters["rfc822"] = format_datetime
    environment.filters["quoted"] = quote
    return environment


def encoded(html: str, page: Page) -> bytes:
    """Return the bytes of a page; what its character set lacks becomes a reference."""
    return html.encode(page.encoding, "xmlcharrefreplace")


def newest_first(pages: Sequence[Page]) -> list[Page]:
    """Sort pages as a news list does; pages without a date come last, by title."""
    dated = sorted(
        (page for page in pages if page.published),
        key=lambda page: str(page.published),
        reverse=True,
    )
    return dated + sorted((page for page in pages if not page.published), key=lambda p: p.title)
