"""Define what a site file, a region, a county and a term may hold.

Each class is one table of the files under ``config/``: its fields are the keys, their docstrings the meaning.
Only single values are judged here; what needs two keys or two files is judged in ``registry.checks``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archive.records import PageType
from archive.registry.values import (
    Day,
    Host,
    Language,
    PathPrefix,
    Regex,
    Text,
    Url,
    Window,
    XPath,
    Year,
    compiled,
)

Kind = Literal[
    "administrator",
    "decisions",
    "funder",
    "info_service",
    "media",
    "ministry",
    "municipality",
    "national",
    "network_org",
    "predecessor",
    "press_service",
    "project_site",
    "regional_council",
    "research",
    "structure_site",
    "wellbeing_county",
]
"""What the publisher of a site is, or what the site was made for."""

TermKind = Literal[
    "activity",
    "concept",
    "document",
    "event_type",
    "funder",
    "model",
    "organisation",
    "person_report",
    "place",
    "programme",
    "project",
    "role",
    "service",
    "structure",
]

Status = Literal["live", "finished", "gone", "unknown"]
Basis = Literal["guess", "crawl", "operator"]
"""Who says so: nobody yet, a crawl that saw it, or a person."""


class Table(BaseModel):
    """The base of all tables: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


class Scope(Table):
    """What is inside a site."""

    hosts: tuple[Host, ...] = ()
    """Exact host names in ASCII; list ``kyt.fi`` and ``www.kyt.fi`` both where both are used."""
    paths: tuple[PathPrefix, ...] = ("/",)
    """Beginnings of paths, compared letter by letter; ``/`` (everything) unless it is a seed list."""
    exclude: tuple[Regex, ...] = ()
    """Expressions searched in the whole address; what one of them finds is not fetched."""
    whole_site: bool = True
    """``false`` makes a seed list: only the seeds, their attachments and what lies under ``paths``."""

    @model_validator(mode="before")
    @classmethod
    def _no_paths_for_a_seed_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("whole_site") is False:
            return {"paths": (), **data}
        return data


class Project(Table):
    """One project that the site tells about."""

    name: Text
    """The project's name as the site writes it."""
    programme: str | None = None
    """The id of a programme in vocabulary.toml, such as ``jarjesto20``."""
    funder: Text | None = None
    """Who paid: STEA, STM, a regional council …"""
    started: Year | None = None
    """Year or month, ``"2017"`` or ``"2017-08"``."""
    ended: Year | None = None
    """Year or month of the end; leave out while it runs or is not known."""
    years_text: Text | None = None
    """The years as the source gives them, where they say more than the two dates."""


class Query(Table):
    """Which query parameters belong to an address."""

    keep: tuple[Text, ...] = ()
    """Parameters that are the address (``x*``: all that begin so); with any here, all others are dropped."""
    drop: tuple[Text, ...] = ()
    """Parameters dropped besides the tracking ones that are always dropped."""


class Expect(Table):
    """How many pages a crawl should store; fewer than the least fails the run."""

    min_pages: Annotated[int, Field(ge=0)] = 1
    """The least number of pages a whole crawl must store."""
    max_pages: Annotated[int, Field(ge=1)] | None = None
    """The number of pages after which the crawler stops and says so."""


class SitePoliteness(Table):
    """How gently this one site is crawled."""

    delay_seconds: Annotated[float, Field(ge=0)] | None = None
    """Seconds between two requests to one host; replaces the value of crawl.toml."""
    window: Window | None = None
    """The hours in which it may be asked, by the clock in Helsinki: ``"22:00-06:00"``; replaces that of crawl.toml."""
    max_requests_per_day: Annotated[int, Field(ge=1)] | None = None
    """Requests in one day (Helsinki), every try; what is left waits for the next day."""
    max_bytes_per_day: Annotated[int, Field(ge=1)] | None = None
    """Bytes of answers in one day (Helsinki); what is left waits for the next day."""


class ExtractionTable(Table):
    """Where the text and its dates stand, for sites where the general rules miss them."""

    title_xpath: XPath | None = None
    """Where the title stands."""
    date_xpath: XPath | None = None
    """Where the date of publication stands."""
    modified_xpath: XPath | None = None
    """Where the date of the last change stands."""
    body_xpath: XPath | None = None
    """The element that holds the main text."""
    prune_xpath: tuple[XPath, ...] = ()
    """Elements removed before the text is read: menus, banners, lists of other news."""
    date_order: Literal["dmy", "mdy"] = "dmy"
    """How to read 8/12/2023."""
    ocr: bool = False
    """Whether scanned PDF files are read with tesseract, some seconds a page; it has to be installed."""
    page_types: dict[Regex, PageType] = Field(default_factory=dict)
    """An expression searched in the address, and the type of the pages that it finds."""
    residue: tuple[Regex, ...] = ()
    """Expressions of whole lines that say nothing and are left out."""


class Site(Table):
    """One site file; the id is the name of the file."""

    id: str
    """The name of the file without ``.toml``; never written inside it."""
    name: Text
    """The name of the site as people know it."""
    organisation: Text | None = None
    """Who publishes it."""
    kind: Kind
    """What the publisher is, or what the site was made for."""
    national: bool = False
    """``true`` for the whole country; the file then lies in ``sites/kansallinen/``."""
    regions: tuple[str, ...] = ()
    """Region codes in quotes, the main one first; empty only for a national site."""
    languages: tuple[Language, ...] = ("fi",)
    """Languages of its pages, main one first."""
    status: Status = "unknown"
    """``live``; ``finished``: no longer edited; ``gone``: no longer answers; ``unknown``."""
    status_basis: Basis = "guess"
    """Who says so: ``guess``, ``crawl`` or ``operator``."""
    cms: Text | None = None
    """The publishing system, where known."""
    cms_basis: Basis = "guess"
    """Who says so: ``guess``, ``crawl`` or ``operator``."""
    priority: Annotated[int, Field(ge=1, le=3)] = 2
    """1 is crawled first: the pages most likely to vanish or to be asked for."""
    access: Literal["open", "snippet", "closed"] = "snippet"
    """What the public edition shows: the text, a short snippet, or only that the page exists."""
    base_urls: tuple[Url, ...] = ()
    """Addresses of the front page, today's first."""
    seeds: tuple[Url, ...] = ()
    """Addresses from which the crawl starts."""
    predecessor: tuple[str, ...] = ()
    """Ids of the sites that came before this one."""
    successor: tuple[str, ...] = ()
    """Ids of the sites that took over."""
    note: Text | None = None
    """What a person should know; required where no address is known."""
    quirks: tuple[Text, ...] = ()
    """Known oddities of the pages and addresses."""
    evidence: tuple[Text, ...] = ()
    """Where these facts were read."""
    scope: Scope = Scope()
    """What is inside the site."""
    projects: tuple[Project, ...] = ()
    """The projects that it tells about."""
    query: Query = Query()
    """Which query parameters belong to an address."""
    expect: Expect = Expect()
    """How many pages a crawl should store."""
    politeness: SitePoliteness = SitePoliteness()
    """How gently it is crawled."""
    extraction: ExtractionTable = ExtractionTable()
    """Where text and dates stand, if the general rules miss them."""

    def __hash__(self) -> int:
        """Hash by the id; the generated hash fails on the dict of page types."""
        return hash(self.id)

    @property
    def recrawled(self) -> bool:
        """Tell whether a due crawl should still ask for it: never once it is gone."""
        return self.status != "gone"

    def excluded_by(self, url: str) -> str | None:
        """Return the exclude expression that finds something in this address, or ``None``."""
        return next((p for p in self.scope.exclude if compiled(p).search(url)), None)


class Region(Table):
    """One of the 19 regions (maakunta), by the code of Statistics Finland."""

    code: str
    """Two digits, the name of the table: ``[region.08]``."""
    fi: Text
    """The Finnish name."""
    sv: Text
    """The Swedish name."""
    en: Text
    """The English name."""


class County(Table):
    """One wellbeing services county, or Helsinki, which has the same duties."""

    id: str
    """The name of the table: ``[county.pohde]``."""
    fi: Text
    """The Finnish name."""
    sv: Text
    """The Swedish name."""
    en: Text
    """The English name."""
    regions: tuple[str, ...]
    """Codes of the regions it lies in."""
    since: Day = "2023-01-01"
    """The day from which it organises the services."""


class Term(Table):
    """One entry of the vocabulary, and the expression that finds it in a text."""

    id: str
    """The name of the table: ``[term.kumppanuuspoyta]``."""
    kind: TermKind
    """What it names."""
    fi: Text
    """The Finnish label."""
    sv: Text | None = None
    """The Swedish label."""
    en: Text | None = None
    """The English label."""
    pattern: Regex
    """A Python expression that finds the term in Finnish and Swedish, inflected forms too."""
    case_sensitive: bool = False
    """``true`` where capitals tell the term from another word."""
    national: bool = False
    """``true`` where it belongs to no single region."""
    regions: tuple[str, ...] = ()
    """Region codes where it is used; empty only for a national term."""
    started: Year | None = None
    """Year or month from which it is used."""
    ended: Year | None = None
    """Year or month until which it was used."""
    years_text: Text | None = None
    """The years as the source gives them."""

    @property
    def expression(self) -> re.Pattern[str]:
        """The compiled pattern, with its case rule."""
        return compiled(self.pattern, case_sensitive=self.case_sensitive)
