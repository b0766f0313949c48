"""Define the settings of crawl.toml: who crawls, how gently, and where it ends.

As in ``registry.models``, the fields are the keys and their docstrings the meaning.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from archive.registry.archives import ArchiveId, CommonCrawl, WebArchive, with_known
from archive.registry.models import Table
from archive.registry.values import Host, Loopback, Regex, Text, Url, WebPort, Window


def _agent(value: str) -> str:
    names = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    if unknown := sorted(names - {"version", "homepage", "email"}):
        raise ValueError(f"{{{unknown[0]}}} is unknown; use {{version}}, {{homepage}} or {{email}}")
    if not value.isascii() or not value.isprintable():
        raise ValueError("only plain ASCII letters can be sent in a header")
    return value


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]+", value):
        raise ValueError(f'"{value}" must hold only letters A-Z and digits')
    return value


class Operator(Table):
    """Who runs this archive; every server that is crawled is told."""

    name: Text
    """The person or organisation."""
    email: Text
    """Where a webmaster can write."""
    homepage: Url
    """A page that says what is collected and how to ask for removal."""

    @property
    def signature(self) -> str:
        """Name, e-mail address and page in one line, as WARC files name who made them."""
        return f"{self.name} <{self.email}> {self.homepage}"


class CrawlPoliteness(Table):
    """How gently all sites are crawled."""

    delay_seconds: Annotated[float, Field(ge=0)] = 5.0
    """Seconds between two requests to one host."""
    max_crawl_delay_seconds: Annotated[float, Field(ge=0)] = 60.0
    """The longest Crawl-delay of a robots.txt that is obeyed in full."""
    delay_factor: Annotated[float, Field(ge=0)] = 5.0
    """The delay is at least this many times what the last answer took: a slow server is asked less often."""
    max_delay_seconds: Annotated[float, Field(ge=0)] = 30.0
    """The longest delay that ``delay_factor`` makes."""
    window: Window | None = None
    """The hours in which sites may be asked, by the clock in Helsinki: ``"22:00-06:00"``; always, if left out."""
    max_requests_per_day: Annotated[int, Field(ge=1)] | None = None
    """Requests to one site in one day (Helsinki), every try; what is left waits for the next day."""
    max_bytes_per_day: Annotated[int, Field(ge=1)] | None = None
    """Bytes of answers of one site in one day (Helsinki); what is left waits for the next day."""
    concurrent_hosts: Annotated[int, Field(ge=1)] = 64
    """Hosts asked at the same time."""


class Limits(Table):
    """What ends a request, a site or a crawl."""

    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    """Seconds until a silent server is given up."""
    max_seconds: Annotated[float, Field(gt=0)] = 900.0
    """Seconds after which an answer that still comes is cut."""
    min_bytes_per_second: Annotated[float, Field(ge=0)] = 100.0
    """An answer that comes more slowly than this, on average and after 20 seconds, is cut."""
    max_html_bytes: Annotated[int, Field(ge=1)] = 20_000_000
    """Bytes of a page after which it is cut."""
    max_attachment_bytes: Annotated[int, Field(ge=1)] = 100_000_000
    """Bytes of any other file after which it is cut."""
    max_depth: Annotated[int, Field(ge=0)] = 15
    """Links followed from a seed."""
    max_redirects: Annotated[int, Field(ge=0)] = 8
    """Redirects followed in a row."""
    max_pages_per_site: Annotated[int, Field(ge=1)] = 20_000
    """Pages of one site in one crawl, where the site file sets no ``max_pages``."""
    retries: Annotated[int, Field(ge=0)] = 2
    """Further tries after a failed request."""


class Warc(Table):
    """How the WARC files are written."""

    max_bytes: Annotated[int, Field(ge=1)] = 1_000_000_000
    """Size after which a new file begins."""
    prefix: Annotated[str, AfterValidator(_prefix)] = "JA"
    """The first part of every file name."""


class Recrawl(Table):
    """When a page is asked for again."""

    hub_days: Annotated[float, Field(gt=0)] = 1.0
    """Days between two visits to a page that lists news."""
    page_days: Annotated[float, Field(gt=0)] = 30.0
    """Days between the first two visits to any other page."""
    trust_days: Annotated[float, Field(gt=0)] = 180.0
    """Days for which a sitemap that proved honest is believed that a page has not changed."""
    min_days: Annotated[float, Field(gt=0)] = 1.0
    """The shortest interval that a changing page reaches."""
    max_days: Annotated[float, Field(gt=0)] = 180.0
    """The longest interval that an unchanged page reaches."""


class Evidence(Table):
    """What is asked of a host besides its pages, to know its owner's will."""

    tdmrep: bool = True
    """Whether ``/.well-known/tdmrep.json`` (reservations of text and data mining) is fetched and stored."""


class Render(Table):
    """How pages that are empty without JavaScript are rendered by a browser."""

    enabled: bool = False
    """``true``: ``arkisto update`` renders them too; needs the extra ``render`` and Chromium."""
    chromium: Text | None = None
    """The program; without it, the first of chromium, chromium-browser, google-chrome."""
    sandbox: bool = True
    """Chromium's own shield against hostile pages; ``false`` only inside a container that shields the rest."""
    page_seconds: Annotated[float, Field(gt=0)] = 300.0
    """Seconds for one page, its waits for the host's turn included; what it is then is archived."""
    max_requests: Annotated[int, Field(ge=1)] = 40
    """Requests that one page may make, its own included."""
    max_memory_bytes: Annotated[int, Field(ge=1)] = 1_500_000_000
    """Memory of the browser with all its processes; above it, the browser is killed."""
    max_html_characters: Annotated[int, Field(ge=1)] = 10_000_000
    """Characters of a rendered page; the rest is cut."""
    parallel: Annotated[int, Field(ge=1)] = 2
    """Pages of different hosts rendered side by side; each needs a browser."""


class Resolver(Table):
    """Host names that lead to this machine: for the demonstration and tests only."""

    hosts: dict[Host, Loopback] = Field(default_factory=dict)
    """A host name and the loopback address it stands for."""
    ports: dict[WebPort, Annotated[int, Field(ge=1, le=65535)]] = Field(default_factory=dict)
    """The port that stands for 80 or 443, for the hosts named here."""


class CrawlConfig(Table):
    """The settings of crawl.toml."""

    operator: Operator
    """Who runs this archive."""
    user_agent: Annotated[Text, AfterValidator(_agent)] = (
        "Mozilla/5.0 (compatible; jarjestoarkisto/{version}; web archive for research;"
        " to object see +{homepage} or write to {email})"
    )
    """How the crawler names itself; may use {version}, {homepage} and {email}."""
    exclude: tuple[Regex, ...] = ()
    """Expressions searched in the addresses of every site, as if each site file held them."""
    politeness: CrawlPoliteness = CrawlPoliteness()
    """How gently all sites are crawled."""
    limits: Limits = Limits()
    """What ends a request, a site or a crawl."""
    warc: Warc = Warc()
    """How the WARC files are written."""
    recrawl: Recrawl = Recrawl()
    """When a page is asked for again."""
    evidence: Evidence = Evidence()
    """What is asked of a host besides its pages."""
    render: Render = Render()
    """How pages that are empty without JavaScript are rendered."""
    archives: Annotated[
        dict[ArchiveId, WebArchive],
        BeforeValidator(with_known),
        Field(default_factory=dict, validate_default=True),
    ]
    """Other web archives by the name that captures from there carry; ``wayback`` and ``arquivo`` are known."""
    commoncrawl: CommonCrawl = CommonCrawl()
    """Where Common Crawl is asked."""
    resolver: Resolver = Resolver()
    """Host names that lead to this machine."""

    def agent(self, version: str) -> str:
        """Return the User-Agent header with its placeholders filled."""
        operator = self.operator
        return self.user_agent.format(
            version=version, homepage=operator.homepage, email=operator.email
        )
