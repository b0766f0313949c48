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

from archive.decode import clean_text
from archive.records import ExtractionRules, PageType

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

CLUTTER_LENGTH = 600
"""Characters of the longest element that is clutter by its class; longer ones hold content."""
CLUTTER = (
    f"//*[{tokens('cookie-notice', 'cookie-bar', 'cookie-banner', 'cookie-consent', 'cookie-law-info-bar', 'sharedaddy')}"
    f" or {tokens('share-buttons', 'social-share', 'addtoany_share_save_container', 'breadcrumb', 'breadcrumbs', 'murupolku')}"
    f" or {tokens('related-posts', 'jp-relatedposts', 'post-navigation', 'nav-links', 'pagination', 'pager', 'nocomments')}"
    f" or {tokens('entry-utility', 'entry-meta', 'feedback', 'last-edited', 'article-info', 'submitted', 'node__meta')}"
    f" or {tokens('field-name-field-tags', 'field--name-field-tags', 'asset-metadata', 'page-info', 'portlet-topper')}"
    f" or {tokens('metadata-publish-date', 'post-tags', 'tags-links', 'cat-links', 'skip-link', 'screen-reader-text')}]"
    f"[not(self::body or self::html or descendant::h1)][string-length(normalize-space(.)) < {CLUTTER_LENGTH}]"
)
MENU_CELLS = "//table[not(.//table)]//td[count(.//a) >= 4 and string-length(normalize-space(.)) < 40 * count(.//a)]"
TOOLS = "//ul[contains(@class, 'actions')] | //aside"
SIDES = (
    "//nav | //aside | //form | //footer[not(ancestor::article)] | //header[not(ancestor::article or ancestor::main)]"
    f" | //*[{tokens('site-header', 'site-footer', 'header', 'footer', 'nav', 'menu', 'sidebar', 'side', 'secondary', 'widget-area', 'cookie-notice')}][not(descendant::h1)]"
)

RESIDUE = re.compile(
    r"\W*(?:bookmark the permalink|comments are closed|kommentit (?:ovat|on) (?:pois päältä|suljettu).*"
    r"|kommentointi on suljettu|kommentarer inaktiverade.*|jaa tämä(?: sivu| artikkeli)?:?|jaa (?:facebookissa|twitterissä|sosiaalisessa mediassa)"
    r"|dela(?: på facebook| sidan)?|(?:share on (?:facebook|google\+|linkedin|twitter)|tweet about this on twitter)+.*"
    r"|tulosta(?: sivu)?|skriv ut|lue lisää(?:…|\.\.\.)?|läs mer|jatka lukemista(?: →|…)?|takaisin (?:ylös|etusivulle)|sivun alkuun|vieritä ylös"
    r"|edellinen|seuraava|föregående|nästa|osumat:? ?\d+|katselukerrat:? ?\d+|oliko tästä sivusta apua\??"
    r"|hyväksy(?: kaikki)? evästeet|(?:siirry|hyppää) (?:pää)?sisältöön|skip to content|(?:hoppa )?till innehållet"
    r"|flytta dig till innehållet|murupolku|valikkonäyttö|navigointivalikko|sisältöjulkaisija|asset publisher|null title"
    r"|valitse sivu|generic selectors|exact matches only|(?:[\w-]+ )?created with sketch\.?|alt=|ulkoinen linkki"
    r"|\(linkki avautuu[^)]*\)|(?:sivu[an]?\s)?(?:muokattu viimeksi|viimeksi muokattu|päivitetty(?: viimeksi)?):? ?[\d.]+(?: klo [\d.:]+)?"
    r"|(?:julkaistu|publicerad|uppdaterad):? ?\d[^a-zäö]{0,25}(?:(?:klo|kl\.?) [\d.:]+)?|©.{0,160}|copyright ©?.{0,160}|sivuston toteutus.*)\W*",
    re.IGNORECASE,
)
TABLE_RULE = re.compile(r"[\s|:-]+")
CELL_EDGES = re.compile(r"^\s*\|\s*|\s*\|\s*$")


def main_text(tree: HtmlElement, page_type: PageType | None, rules: ExtractionRules) -> str:
    """Return the main text of a page, a paragraph a line; empty where there is none.

    The tree is pruned in place: nothing else may be read from it afterwards.
    """
    if rules.body_xpath and (lines := _ruled(tree, rules.body_xpath)):
        return _sieved(lines)
    for path in (CLUTTER, TOOLS, MENU_CELLS):
        for element in elements(tree.xpath(path)):
            drop(element)
    if page_type in AS_LINES:
        return _sieved(main_lines(tree))
    prose = _prose(tree)
    return _sieved(prose.split("\n") if prose else main_lines(tree))


def _ruled(tree: HtmlElement, xpath: str) -> list[str]:
    found = elements(tree.xpath(xpath))
    return [line for element in found for line in block_lines(element)]


def _prose(tree: HtmlElement) -> str:
    document = bare_extraction(tree, include_comments=False, with_metadata=False)
    return document.text or "" if isinstance(document, Document) else ""


def main_lines(tree: HtmlElement) -> list[str]:
    """Return the lines of the block that a page marks as its main one, or of the page without its sides."""
    body = deepcopy(tree)
    for element in elements(body.xpath(SIDES)):
        drop(element)
    own = block_lines(body)
    size = sum(map(len, own))
    for path in MAIN_BLOCKS:
        for block in elements(body.xpath(path)):
            lines = block_lines(block)
            if sum(map(len, lines)) >= MAIN_SHARE * size:
                return lines
    return own


def _sieved(lines: list[str]) -> str:
    kept = []
    for line in lines:
        tidy = fold(CELL_EDGES.sub("", clean_text(line)))
        if tidy and not RESIDUE.fullmatch(tidy) and not TABLE_RULE.fullmatch(tidy):
            kept.append(tidy)
    return "\n".join(kept)


def without_title(text: str, title: str | None) -> str:
    r"""Return the text without the lines at its top that only repeat the title.

    >>> without_title("Järjestöpäivä\\nJärjestöpäivä\\nTervetuloa!", "Järjestöpäivä")
    'Tervetuloa!'
    """
    lines = text.split("\n")
    wanted = normal(title)
    while len(lines) > 1 and wanted and normal(lines[0]) == wanted:
        lines.pop(0)
    return "\n".join(lines)
