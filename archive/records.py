"""Define the frozen records that pass between the stations of the archive.

``None`` means "not known".
Times are aware and in UTC; a date told by a page keeps its precision, its source and its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Precision = Literal["day", "month", "year"]
"""How much of a date is known."""

PageType = Literal[
    "article", "listing", "event", "contact", "attachment", "front", "error", "parked", "other"
]
"""What kind of page a text is; only articles, events and attachments claim a publication date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDate:
    """A date that a page states about itself."""

    value: str
    """ISO 8601, as long as its precision: ``2020-02-18``, ``2020-02`` or ``2020``, in Helsinki time."""
    precision: Precision
    source: str
    """The rule that found it: ``url``, ``json-ld``, ``meta``, ``label``, ``time``, ``near-title``, ``wordpress-rest``, ``feed``, ``signature`` …"""
    confidence: float
    """From 0 to 1: the share of right dates that the rule reached where it was measured."""
    evidence: str
    """The exact characters of the page that say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link out of a text."""

    url: str
    """Absolute, resolved by the WHATWG rules."""
    text: str
    """The anchor text, white space folded; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """An address that a page gives for itself in another language."""

    language: str
    """ISO 639-1."""
    url: str
    """Absolute."""
    source: Literal["hreflang", "switch"]
    """What says so: a link for machines, or one that reads "På svenska"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One part of a text in one language."""

    start: int
    """Offset of its first character in the text."""
    end: int
    language: str | None
    """ISO 639-1, or ``None`` where the passage is too short to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsRules:
    """Where a content system keeps what is read, for the pages that it made."""

    name: str
    mark: str | None = None
    """XPath that finds something on its pages only."""
    title_xpath: str | None = None
    date_xpath: str | None = None
    modified_xpath: str | None = None
    body_xpath: str | None = None
    prune_xpath: tuple[str, ...] = ()
    page_types: tuple[tuple[str, PageType], ...] = ()
    """Regexes searched in the URL, which is the system's own, and the page type that each gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionRules:
    """What the configuration says about reading the pages of a site; its own rules go before those of its system."""

    title_xpath: str | None = None
    date_xpath: str | None = None
    """XPath of the publication date: an element, an attribute or a text."""
    modified_xpath: str | None = None
    body_xpath: str | None = None
    prune_xpath: tuple[str, ...] = ()
    """XPaths of what is dropped before anything is read."""
    date_order: Literal["dmy", "mdy"] = "dmy"
    """The order of a date written with slashes."""
    ocr: bool = False
    """Read scanned PDF files with tesseract; some seconds a page."""
    page_types: tuple[tuple[str, PageType], ...] = ()
    """Regexes searched in the URL, in order, and the page type that each gives."""
    residue: tuple[tuple[str, str], ...] = ()
    """Names, and regexes of whole lines that say nothing."""
    clutter: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Names, and classes of short elements that are no part of a text."""
    cms: tuple[CmsRules, ...] = ()
    """The content systems that are known."""


ListSource = Literal["wordpress-rest", "feed"]
"""What lists the pages of a site with their dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDates:
    """What a list of its site tells of one page."""

    url: str
    """The page, absolute."""
    source: ListSource
    listed: datetime
    """When the list was captured, aware."""
    published: date | None
    """Day in Helsinki."""
    published_evidence: str | None
    """The exact characters of the list."""
    modified: date | None
    modified_evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """The text of one payload and what it says about itself."""

    text: str
    """Plain text, Unicode NFC, paragraphs divided by a newline; empty where the payload holds none."""
    markdown: str | None = None
    """The same with its structure, headings, lists and tables, in Markdown; ``None`` where there is none to tell."""
    title: str | None = None
    author: str | None = None
    published: StatedDate | None = None
    modified: StatedDate | None = None
    language: str | None = None
    """ISO 639-1 code of the main language."""
    languages: tuple[str, ...] = ()
    """Every language with at least one passage, most text first."""
    page_type: PageType = "other"
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    translations: tuple[Translation, ...] = ()
    """Where the page says that it stands in other languages."""
    charset: str | None = None
    """The character set that the bytes were decoded by; ``None`` for PDF and office files."""
    extractor: str = ""
    """Name and version of what read it, such as ``trafilatura 2.3.1 + 1``."""
    rules: tuple[str, ...] = ()
    """The names of the rules that fired, such as ``title:confirmed``, ``residue:share`` or ``cms:joomla``."""
    warnings: tuple[str, ...] = ()
    """What went wrong without stopping the extraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalSpan:
    """Where a text holds a way to reach a person."""

    start: int
    """Offset of its first character."""
    end: int
    kind: Literal["email", "phone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A term of the vocabulary found in a text."""

    term: str
    """The id of the term, such as ``kumppanuuspoyta``, or ``region:09`` for a region."""
    count: int
    first_offset: int
    """Offset of the first character of the first mention."""
    form: str
    """The first form as it stands in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One sentence that speaks of a structure, a role or a model: where, when and by whom."""

    structure: str
    """The id of the term."""
    region: str | None
    region_basis: Literal["sentence", "municipality", "term", "site"] | None
    """What says the region: the sentence, a municipality in it, the term's own region, or that of the site."""
    municipality: str | None
    """The code of the municipality that the sentence names."""
    year: int | None
    year_basis: Literal["sentence", "page"] | None
    """What says the year: the sentence, or the publication date of the page."""
    organisation: str | None
    """The id of the organisation that the sentence names."""
    start: int
    """Offset of the sentence."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A dated happening told in a text."""

    start: str
    """ISO 8601 date, or date and time without zone (Helsinki time): ``2020-02-05`` or ``2021-01-26T10:00``."""
    end: str | None
    place: str | None
    title: str | None
    """The sentence or line that tells it, cut at 200 characters."""
    evidence: str
    """The exact characters that give the time."""
    precision: Literal["minute", "day"]
    year_inferred: bool
    """True where the text gives no year and it was taken from the page's date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """One record of a WARC file, with its place in it."""

    kind: str
    """The WARC-Type: ``response``, ``revisit``, ``resource``, ``metadata``, ``request``, ``warcinfo``, ``conversion``."""
    record_id: str | None
    url: str | None
    """The WARC-Target-URI as it stands."""
    at: datetime | None
    """The WARC-Date, aware, UTC."""
    headers: tuple[tuple[str, str], ...]
    """The WARC headers in their order."""
    http_status: int | None
    http_headers: tuple[tuple[str, str], ...]
    payload: bytes
    """The entity body: transfer and content coding removed; for other records, the block."""
    file: str
    """The name of the WARC file below ``warc/``, without ``.open``."""
    offset: int
    """Bytes from the start of the file to the record (to its gzip member)."""
    length: int
    """Bytes of the record in the file, compressed where the file is."""
    truncated: str | None = None
    """The WARC-Truncated reason, or why else the payload is not whole: a fault, or ``content-encoding``, ``disconnect`` …"""
    digest: str | None = None
    """Payload digest of the entity body: transfer coding removed, content coding kept; ``None`` for an empty one."""
    fault: str | None = None
    """What is wrong with the record in its file: ``length``, ``digest``, or ``oversize`` for one that is kept in part."""

    def header(self, name: str) -> str | None:
        """Return the first WARC header of this name, whatever its case."""
        return _first(self.headers, name)

    def http_header(self, name: str) -> str | None:
        """Return the first HTTP header of this name, whatever its case."""
        return _first(self.http_headers, name)


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
