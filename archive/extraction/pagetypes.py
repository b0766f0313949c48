"""Tell what kind of page it is, because only some kinds have a day of publication."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from archive.dates import first_date
from archive.parking import SHORT_PAGE, parked_mark
from archive.records import ExtractionRules, PageType

from .markup import elements, parts, text_of, tokens
from .metadata import Metadata
from .titles import normal

FRONT_PATH = re.compile(
    r"/?(?:(?:fi|sv|en|se|etusivu|front|home|index|default|frontpage)(?:\.(?:html?|php|aspx?|jsp))?/?)?",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"(?:^|[/-])(?:yhteystiedot|yhteystietomme|yhteyshenkilot|ota-yhteytta|ota_yhteytta|henkilosto|contact(?:-us|s)?"
    r"|contact-information|kontakt(?:a-oss|uppgifter|information)?)(?:\.\w{3,4})?/?$",
    re.IGNORECASE,
)
CONTACT_TITLES = frozenset(
    [
        "yhteystiedot",
        "yhteystietomme",
        "ota yhteyttä",
        "henkilöstö",
        "yhteyshenkilöt",
        "contact",
        "contact us",
        "contact information",
        "kontakta oss",
        "kontaktuppgifter",
        "kontaktinformation",
    ]
)
LISTING_PATH = re.compile(
    r"/(?:category|tag|author|kategoria|avainsana|page|sivu)/[^/]+/?$|[?&](?:paged?|sivu|start)=\d",
    re.IGNORECASE,
)
NEWS_PATH = re.compile(
    r"/(?:uutiset|ajankohtaista|blogi?|nyheter|aktuellt|news|tiedotteet)/?(?:index\.\w+)?(?:\?|$)",
    re.IGNORECASE,
)
_EVENTS = r"/(?:tapahtum(?:a|at|ia|akalenteri)|events?|evenemang(?:et)?|kalenteri)"
EVENT_PATH = re.compile(_EVENTS + r"/[^/?]{3,}", re.IGNORECASE)
EVENTS_PATH = re.compile(_EVENTS + r"/?$", re.IGNORECASE)
EVENT_FIELDS = re.compile(
    r"^(?:aika|ajankohta|milloin|tid|när|when|date)\s*:.{0,80}\d.*\n(?:.*\n){0,4}?(?:paikka|missä|plats|var|place|where)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
ERROR = re.compile(
    r"\b404\b|sivua ei löyd|sivua ei löyt|ei löytynyt(?: sivua)?$|hakemaasi sivua|etsimääsi sivua|page (?:was )?not found"
    r"|not found$|sidan (?:kunde inte hittas|hittades inte|finns inte)|(?:access|pääsy) (?:denied|estetty)|^forbidden$"
    r"|tapahtui virhe|internal server error|service unavailable",
    re.IGNORECASE,
)
ERROR_TEXT = 250
"""Characters of main text below which a word of error makes an error page."""

LINKED_HEADINGS = (
    "//*[self::h2 or self::h3 or self::h4][.//a[@href] or parent::a]"
    f"[not(ancestor::aside or ancestor::footer or ancestor::nav or ancestor::*[{parts('widget', 'related', 'sidebar', 'recent')}])]"
)
TEASERS = f"//*[self::li or self::article or self::div or self::tr][{tokens('views-row', 'news-item', 'teaser', 'post-item', 'uutinen', 'list-item', 'blog-entry', 'hentry')}][.//a]"
DATED_ROWS = f"//li[.//a][not(ancestor::aside or ancestor::footer or ancestor::nav)][not(ancestor::*[{parts('widget', 'related', 'sidebar')}])] | //p[a][count(a)=1]"
SINGLE_ARTICLE = f"//*[self::article or {tokens('hentry', 'node-article')}][not(ancestor::article)][.//h1 or .//h2]"
EVENT_MARK = f"//*[{tokens('tribe-events-single', 'single-tribe_events', 'event-single', 'single-event', 'node--type-event', 'node-event')}] | //*[contains(@itemtype, 'schema.org/Event')]"
ROW_LENGTH = 400
ARTICLE_TYPES = frozenset({"Article", "NewsArticle", "BlogPosting"})
LIST_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList"})


def page_type_by_address(url: str, rules: ExtractionRules) -> tuple[PageType, str] | None:
    """Return the page type that the configuration gives to an address, and whose rule it is; the site's goes first."""
    tables = [("site", rules.page_types), *((cms.name, cms.page_types) for cms in rules.cms)]
    found = ((kind, name) for name, table in tables for pattern, kind in table if re.search(pattern, url))  # fmt: skip
    return next(found, None)


def guess_page_type(
    tree: HtmlElement, url: str, title: str | None, metadata: Metadata, visible: str
) -> tuple[PageType | None, str]:
    """Return the page type by its address and its structure, and the rule that told it.

    The type is ``None`` where only the text can tell.

    Args:
        tree: the whole page.
        url: its address.
        title: its title, without the site's name.
        metadata: what it tells machines.
        visible: everything a reader sees, a line a block.
    """
    if parked_mark(visible):
        return "parked", "parking-words"
    if len(visible) < SHORT_PAGE and (kind := _dead(title, visible)):
        return kind, "no-words" if kind == "parked" else "title"
    path = unquote(urlsplit(url).path)
    if FRONT_PATH.fullmatch(path) and not urlsplit(url).query:
        return "front", "address"
    if CONTACT.search(path) or normal(title) in CONTACT_TITLES:
        return "contact", "address" if CONTACT.search(path) else "title"
    if _is_event(tree, path, metadata, visible):
        return "event", "address" if EVENT_PATH.search(path) else "marks"
    if _is_listing(tree, url, metadata):
        return "listing", "rows"
    if EVENTS_PATH.search(path):
        return "event", "address"
    if _is_standing(tree):
        return "other", "wordpress-page"
    return ("article", "marks") if _is_marked_article(tree, url, metadata) else (None, "date")


def _is_standing(tree: HtmlElement) -> bool:
    """Tell whether WordPress says that it is a page, not a post: a page stands, it is not published."""
    marks = _body_classes(tree) | {
        mark
        for row in elements(tree.xpath("//article"))
        for mark in (row.get("class") or "").split()
    }
    return bool(marks & {"page", "type-page"}) and not marks & {
        "single",
        "single-post",
        "type-post",
        "post",
    }


def _body_classes(tree: HtmlElement) -> set[str]:
    body = tree.find("body")
    return set((body.get("class") or "").split()) if body is not None else set()


def _dead(title: str | None, visible: str) -> PageType | None:
    head = "\n".join([title or "", *visible.split("\n")[:4]])
    return "error" if title and ERROR.search(title) else "parked" if not head.strip() else None


def _is_event(tree: HtmlElement, path: str, metadata: Metadata, visible: str) -> bool:
    kinds = {kind for kind in metadata.types if kind.endswith("Event")}
    marked = bool(kinds) and not metadata.types & (ARTICLE_TYPES | LIST_TYPES)
    if marked or EVENT_PATH.search(path) or len(elements(tree.xpath(EVENT_MARK))) == 1:
        return True
    return EVENT_FIELDS.search(visible) is not None


def _is_listing(tree: HtmlElement, url: str, metadata: Metadata) -> bool:
    if metadata.types & LIST_TYPES or LISTING_PATH.search(url):
        return True
    marks = _body_classes(tree)
    if marks & {"archive", "category", "blog", "search-results", "tag"} and "single" not in marks:
        return True
    teasers = max(len(elements(tree.xpath(path))) for path in (TEASERS, LINKED_HEADINGS))
    rows = sum(_is_dated_row(row) for row in elements(tree.xpath(DATED_ROWS))[:60])
    news = NEWS_PATH.search(url) is not None
    return teasers >= (2 if news else 3) or rows >= (3 if news else 6)


def _is_dated_row(row: HtmlElement) -> bool:
    text = text_of(row)
    return len(text) < ROW_LENGTH and first_date(text) is not None


def _is_marked_article(tree: HtmlElement, url: str, metadata: Metadata) -> bool:
    if metadata.first("og:type") == "article" or metadata.types & ARTICLE_TYPES:
        return True
    if re.search(r"/(?:19|20)\d\d/(?:0[1-9]|1[0-2])/", url):
        return True
    if "single" in _body_classes(tree):
        return True
    return len(elements(tree.xpath(SINGLE_ARTICLE))) == 1
