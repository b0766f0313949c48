"""Write and read the addresses of our pages: every search and every list has one that stays.

Parameters stand in a fixed order and what is usual is left out, so that one search is one address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from archive.decode import clean_text
from archive.search.facets import NAMES
from archive.search.searching import Order, Request

SIZE = 20
"""Hits on a page of results."""
ORDERS: dict[str, Order] = {
    "paras": "best",
    "uusin": "newest",
    "vanhin": "oldest",
    "loytynyt": "latest",
}
LAST_PAGE = 500
"""Pages of results that can be turned to; who needs more should export."""


def last_page(listed: int, size: int) -> int:
    """Return the number of the last page that can be turned to, of so many things listed so many on a page.

    >>> last_page(0, 20), last_page(40, 20), last_page(41, 20)
    (1, 2, 3)
    """
    return min(LAST_PAGE, max(1, -(-listed // size)))


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as its address says it."""

    text: str = ""
    whole: bool = False
    order: str = "paras"
    every_version: bool = False
    apart: bool = False
    """List each page by itself, also where several hold the same text."""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    language: str = "fi"

    @property
    def request(self) -> Request:
        """What to ask the search."""
        return Request(
            text=self.text,
            compounds=not self.whole,
            filters=self.filters,
            order=ORDERS[self.order],
            every_version=self.every_version,
            by_text=not self.apart,
            start=(self.page - 1) * SIZE,
            size=SIZE,
        )

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The parameters of its address."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [("tapa", "sana")] if self.whole else []
        pairs += [(name, value) for name in NAMES for value in self.filters.get(name, ())]
        pairs += [("jarjestys", self.order)] if self.order != "paras" else []
        pairs += [("versiot", "kaikki")] if self.every_version else []
        pairs += [("samat", "erikseen")] if self.apart else []
        pairs += [("sivu", str(self.page))] if self.page > 1 else []
        return pairs + ([("kieli", self.language)] if self.language != "fi" else [])

    @property
    def address(self) -> str:
        """The address."""
        return self.at("/haku")

    def at(self, path: str, *more: tuple[str, str]) -> str:
        """Return the address of the same search elsewhere: as lines, as trends, as a download."""
        pairs = [*self.fields, *more]
        return path + (f"?{urlencode(pairs)}" if pairs else "")

    def with_page(self, page: int) -> Asked:
        """Return the same search at another page of its results."""
        return replace(self, page=page)

    def toggled(self, name: str, value: str) -> Asked:
        """Return the search with one value of a facet chosen, or no longer chosen."""
        chosen = self.filters.get(name, ())
        left = tuple(one for one in chosen if one != value) if value in chosen else (*chosen, value)
        filters = {key: values for key, values in {**self.filters, name: left}.items() if values}
        return replace(self, filters=filters, page=1)

    def without_filters(self) -> Asked:
        """Return the search with nothing narrowed."""
        return replace(self, filters={}, page=1)

    def changed(self, **changes: object) -> Asked:
        """Return the search with other settings, from its first page."""
        return replace(self, page=1, **changes)  # type: ignore[arg-type]  # the templates name the fields


def asked(arguments: Mapping[str, Sequence[str]]) -> Asked:
    """Read a search from the parameters of an address; what makes no sense counts as not said.

    >>> asked({"q": ["kunta"], "year": ["2019", "2020"], "sivu": ["x"]}).address
    '/haku?q=kunta&year=2019&year=2020'
    """
    order = _first(arguments, "jarjestys")
    filters = {name: _several(arguments.get(name, ())) for name in NAMES}
    page = _first(arguments, "sivu")
    return Asked(
        text=clean_text(_first(arguments, "q")).strip(),
        whole=_first(arguments, "tapa") == "sana",
        order=order if order in ORDERS else "paras",
        every_version=_first(arguments, "versiot") == "kaikki",
        apart=_first(arguments, "samat") == "erikseen",
        filters={name: values for name, values in filters.items() if values},
        page=min(int(page), LAST_PAGE) if page.isdecimal() and int(page) else 1,
        language=_first(arguments, "kieli") or "fi",
    )


def _first(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    values = arguments.get(name, ())
    return values[0] if values else ""


def _several(values: Iterable[str]) -> tuple[str, ...]:
    """Return values once each, in the order of their names, so that the order of clicks makes no new address."""
    return tuple(sorted({value for value in values if value}))


def place(kind: str, id_: str, language: str, after: str = "", **fields: str) -> str:
    """Return the address of a page, a version, a site, a region or a term, or of something beneath it.

    >>> place("maakunta", "09", "sv")
    '/maakunta/09?kieli=sv'
    >>> place("sivu", "ab", "fi", "/vertailu", vanha="1", uusi="2")
    '/sivu/ab/vertailu?vanha=1&uusi=2'
    """
    pairs = [*fields.items()] + ([] if language == "fi" else [("kieli", language)])
    return f"/{kind}/{quote(id_)}{after}" + (f"?{urlencode(pairs)}" if pairs else "")


def web_address(url: str) -> str:
    """Return an archived address as an attribute may hold it: what no address may contain is escaped.

    >>> web_address("https://kyt.fi/a b|c?d=[1]&e=%C3%A4")
    'https://kyt.fi/a%20b%7Cc?d=%5B1%5D&e=%C3%A4'
    """
    return quote(url, safe=":/?#@!$&'()*+,;=%~")


def replayed(capture: str, language: str) -> str:
    """Return the address where a capture is replayed in the browser; the page about it is ``place("arkistointi", …)``.

    >>> replayed("523d7dc8203baa27", "fi")
    '/toisto/523d7dc8203baa27'
    """
    return place("toisto", capture, language)


def timegate(url: str) -> str:
    """Return the address that finds the capture of a URL nearest to a moment (RFC 7089).

    >>> timegate("https://kyt.fi/?p=1")
    '/timegate/https://kyt.fi/?p=1'
    """
    return f"/timegate/{web_address(url)}"


def timemap(url: str, form: str = "link") -> str:
    """Return the address of the list of all captures of a URL (RFC 7089), as links or as JSON.

    >>> timemap("https://kyt.fi/", "json")
    '/timemap/json/https://kyt.fi/'
    """
    return f"/timemap/{form}/{web_address(url)}"
