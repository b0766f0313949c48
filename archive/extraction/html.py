"""Turn the bytes of an HTML page into its text and what it says about itself."""

from __future__ import annotations

from datetime import datetime

from lxml.html import HtmlElement

from archive.decode import decode_html
from archive.language import language_passages, languages_of, main_language
from archive.records import Extraction, ExtractionRules, PageType

from .alternates import find_alternates
from .bylines import find_author, find_tags, without_tag_lines
from .datedpage import DatedPage
from .links import find_links
from .maintext import main_text
from .markdown import as_markdown, structure_of
from .markup import block_lines, drop, elements, parse_html
from .metadata import read_metadata
from .pagetypes import ERROR, ERROR_TEXT, guess_page_type, page_type_by_address
from .published import publication_dates
from .residue import without_title
from .titles import find_title


def extract_html(
    payload: bytes,
    *,
    url: str,
    declared: str | None,
    captured: datetime,
    rules: ExtractionRules,
    extractor: str,
) -> Extraction:
    """Return the extraction of an HTML page; the tree is parsed once and pruned last.

    Args:
        payload: the entity body.
        url: the address of the capture.
        declared: the charset that HTTP declared.
        captured: when it was captured, aware.
        rules: what the site file says.
        extractor: the name and version to sign with.
    """
    decoded = decode_html(payload, declared)
    tree, warnings = parse_html(decoded.text)
    if decoded.repaired:
        warnings = (*warnings, "repaired-characters")
    if tree is None:
        return Extraction(
            text="",
            page_type="other",
            charset=decoded.charset,
            extractor=extractor,
            warnings=("empty",),
        )
    _prune(tree, rules)
    return _read(tree, url, captured, rules, decoded.charset, extractor, warnings)


def _prune(tree: HtmlElement, rules: ExtractionRules) -> None:
    for path in rules.prune_xpath:
        for element in elements(tree.xpath(path)):
            drop(element)


def _read(
    tree: HtmlElement,
    url: str,
    captured: datetime,
    rules: ExtractionRules,
    charset: str,
    extractor: str,
    warnings: tuple[str, ...],
) -> Extraction:
    metadata = read_metadata(tree)
    title = find_title(tree, metadata, rules.title_xpath)
    links = find_links(tree, url)
    translations = find_alternates(tree, url)
    structure = structure_of(tree)
    ruled = page_type_by_address(url, rules)
    guessed = ruled or guess_page_type(tree, url, title, metadata, "\n".join(block_lines(tree)))
    page = DatedPage(tree, url, title, metadata, captured, rules)
    sideless = page.lines
    tags = find_tags(page.body, metadata, sideless)
    text = without_tag_lines(
        _headless(main_text(tree, guessed, title, rules), guessed, title), tags
    )
    kind = ruled or _settled(guessed, title, text)
    published, modified = publication_dates(page, kind or "article", text)
    byline = published.evidence if published and published.source == "near-title" else None
    author = find_author(page.body, metadata, metadata.first("og:site_name"), byline)
    passages = language_passages(text)
    return Extraction(
        text=text,
        markdown=as_markdown(text, structure),
        title=title,
        author=author,
        published=published,
        modified=modified,
        language=main_language(text, passages, tree.get("lang")),
        languages=languages_of(passages),
        page_type=kind or ("article" if published else "other"),
        tags=tags,
        links=links,
        translations=translations,
        charset=charset,
        extractor=extractor,
        warnings=warnings,
    )


def _headless(text: str, guessed: PageType | None, title: str | None) -> str:
    """Return the text without its repeated title; a list may begin with a date, so it stays as it is."""
    return text if guessed == "listing" else without_title(text, title)


def _settled(guessed: PageType | None, title: str | None, text: str) -> PageType | None:
    """Return the page type; a page with hardly any text that speaks of an error is one.

    ``None`` where only a day of publication can tell an article from a page that stands.
    """
    if guessed in (None, "article") and len(text) < ERROR_TEXT and ERROR.search(f"{title}\n{text}"):
        return "error"
    return guessed
