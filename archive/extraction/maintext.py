"""Take the main text of a page: trafilatura where it is prose, the lines of the main block where it is a list.

Our own pruning and a sieve for the lines that content systems leave behind go around it.
"""

from __future__ import annotations

import logging
import re
from copy import deepcopy

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from archive.dates import find_dates
from archive.decode import clean_text
from archive.records import ExtractionRules, PageType

from .labels import is_stamp
from .markup import block_lines, drop, elements, fold, tokens
from .titles import normal

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

AS_LINES: frozenset[PageType] = frozenset({"listing", "contact", "front"})
"""Pages of short lines, where an extractor that looks for prose throws the content away."""
MAIN_BLOCKS = (
    "//main",
    "//*[@role='main']",
    f"//*[{tokens('main-content', 'page-content', 'content', 'primary', 'main', 'sisalto', 'innehall')}]",
)
MAIN_SHARE = 0.3
"""Share of the page's own lines that a block must hold to be its main block."""

SHORT_PROSE = 600
"""Characters below which the extractor falls back on the whole page, menus and all; there the main block is better."""
DATE_EXTRA = 3
"""Characters of punctuation beside a date that stands alone on its line."""
WHOLE_PAGE = 1.5
"""Times the prose that a page without a main block may hold to be taken whole."""
LEAD_LENGTH = 80
"""Characters of the shortest paragraph that is put back before the prose; shorter lines are bylines and dates."""

CLUTTER_LENGTH = 600
"""Characters of the longest element that is clutter by its class; longer ones hold content."""
CLUTTER = (
    f"//*[{tokens('cookie-notice', 'cookie-bar', 'cookie-banner', 'cookie-consent', 'cookie-law-info-bar', 'sharedaddy')}"
    f" or {tokens('share-buttons', 'social-share', 'addtoany_share_save_container', 'breadcrumb', 'breadcrumbs', 'murupolku')}"
    f" or {tokens('related-posts', 'jp-relatedposts', 'post-navigation', 'nav-links', 'pagination', 'pager', 'nocomments')}"
    f" or {tokens('entry-utility', 'entry-meta', 'feedback', 'last-edited', 'article-info', 'post-meta', 'postmeta', 'submitted', 'node__meta')}"
    f" or {tokens('field-name-field-tags', 'field--name-field-tags', 'asset-metadata', 'page-info', 'portlet-topper')}"
    f" or {tokens('metadata-publish-date', 'post-tags', 'tags-links', 'cat-links', 'skip-link', 'screen-reader-text', 'header-back-to')}]"
    f"[not(self::body or self::html or descendant::h1)][string-length(normalize-space(.)) < {CLUTTER_LENGTH}]"
)
MENU_CELLS = "//table[not(.//table)]//td[count(.//a) >= 4 and string-length(normalize-space(.)) < 40 * count(.//a)]"
LAYOUT_TABLES = (
    "//table[.//h1 or .//table or .//td//p[2] or .//td[count(br) >= 4]"
    f" or .//td[string-length(normalize-space(.)) > {CLUTTER_LENGTH}]][not(.//th)]"
)
TABLE_PARTS = ("table", "tbody", "tr", "td")
TOOLS = "//ul[contains(@class, 'actions')] | //aside"
SIDES = (
    "//nav | //aside | //form | //footer[not(ancestor::article)] | //header[not(ancestor::article or ancestor::main)]"
    f" | //*[{tokens('site-header', 'site-footer', 'header', 'footer', 'nav', 'menu', 'sidebar', 'side', 'secondary', 'widget-area', 'cookie-notice')}][not(descendant::h1)]"
)

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
    r"|(?:©|\(c\)).{0,160}|copyright ©?.{0,160}|sivuston toteutus.*)\W*",
    re.IGNORECASE,
)
TABLE_RULE = re.compile(r"[\s|:-]+")
CELL_EDGES = re.compile(r"^\s*\|\s*|\s*\|\s*$")


def main_text(
    tree: HtmlElement, page_type: PageType | None, title: str | None, rules: ExtractionRules
) -> str:
    """Return the main text of a page, a paragraph a line; empty where there is none.

    The tree is pruned in place: nothing else may be read from it afterwards.
    """
    if rules.body_xpath and (lines := _ruled(tree, rules.body_xpath)):
        return _sieved(lines)
    for path in (CLUTTER, TOOLS, MENU_CELLS):
        for element in elements(tree.xpath(path)):
            drop(element)
    _unframe(tree)
    marked, whole = _main_lines(tree)
    if page_type in AS_LINES:
        return _sieved(marked or whole)
    prose = without_title(_prose(tree), title).split("\n")
    if sum(map(len, prose)) < SHORT_PROSE:
        short = marked or (whole if _hardly_longer(whole, prose) else prose)
        return _sieved(_below(title, short))
    return _sieved([*_lost_lead(marked, prose, title), *prose])


def _below(title: str | None, lines: list[str]) -> list[str]:
    """Return the lines below the title, if it stands in the upper half: above it are names and menus."""
    wanted = normal(title)
    top = next((i for i, line in enumerate(lines) if wanted and normal(line) == wanted), None)
    if top is None or sum(map(len, lines[:top])) > sum(map(len, lines[top:])):
        return lines
    return lines[top + 1 :]


def _hardly_longer(whole: list[str], prose: list[str]) -> bool:
    """Tell whether the page holds little beside the prose: then its headings are worth more than its menus cost."""
    return sum(map(len, whole)) <= WHOLE_PAGE * sum(map(len, prose)) or not any(prose)


def _lost_lead(marked: list[str], prose: list[str], title: str | None) -> list[str]:
    """Return the paragraphs between the title and the prose: municipal sites set the first one in a box of its own."""
    wanted, first = normal(title), normal(prose[0])
    tops = [index for index, line in enumerate(marked) if wanted and normal(line) == wanted]
    starts = [index for index, line in enumerate(marked) if normal(line) == first]
    if not tops or not starts or tops[0] >= starts[0]:
        return []
    return [line for line in marked[tops[0] + 1 : starts[0]] if len(line) >= LEAD_LENGTH]


def _unframe(tree: HtmlElement) -> None:
    """Turn tables that only lay a page out into plain blocks: read as tables, their cells run together."""
    for table in elements(tree.xpath(LAYOUT_TABLES)):
        for part in table.iter(*TABLE_PARTS):
            part.tag = "div"


def _ruled(tree: HtmlElement, xpath: str) -> list[str]:
    found = elements(tree.xpath(xpath))
    return [line for element in found for line in block_lines(element)]


def _prose(tree: HtmlElement) -> str:
    document = bare_extraction(tree, include_comments=False, with_metadata=False)
    return document.text or "" if isinstance(document, Document) else ""


def _main_lines(tree: HtmlElement) -> tuple[list[str], list[str]]:
    """Return the lines of the block that a page marks as its main one, and of the page without its sides."""
    body = deepcopy(tree)
    for element in elements(body.xpath(SIDES)):
        drop(element)
    whole = block_lines(body)
    size = sum(map(len, whole))
    for path in MAIN_BLOCKS:
        for block in elements(body.xpath(path)):
            lines = block_lines(block)
            if sum(map(len, lines)) >= MAIN_SHARE * size:
                return lines, whole
    return [], whole


def _sieved(lines: list[str]) -> str:
    kept = []
    for line in lines:
        tidy = fold(CELL_EDGES.sub("", clean_text(line)))
        if tidy and not (RESIDUE.fullmatch(tidy) or TABLE_RULE.fullmatch(tidy) or is_stamp(tidy)):
            kept.append(tidy)
    return "\n".join(kept)


def without_title(text: str, title: str | None) -> str:
    r"""Return the text without the lines at its top that only repeat the title or the day.

    >>> without_title("Järjestöpäivä\nJärjestöpäivä\nTervetuloa!", "Järjestöpäivä")
    'Tervetuloa!'
    """
    lines = text.split("\n")
    wanted = normal(title)
    while len(lines) > 1 and wanted and (normal(lines[0]) == wanted or _is_date(lines[0])):
        lines.pop(0)
    return "\n".join(lines)


def _is_date(line: str) -> bool:
    dates = list(find_dates(line))
    return len(dates) == 1 and len(line) - (dates[0].end - dates[0].start) <= DATE_EXTRA
