"""Turn the bytes of an HTML page into its text and what it says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lxml.html import HtmlElement

from archive.decode import Decoded, decode_html
from archive.language import language_passages, languages_of, main_language
from archive.records import Extraction, ExtractionRules, ListedDates, PageType

from .alternates import find_alternates
from .bylines import find_author, find_tags, without_tag_lines
from .datedpage import DatedPage
from .links import find_links
from .maintext import main_text
from .markdown import as_markdown, structure_of
from .markup import block_lines, drop, elements, parse_html
from .metadata import Metadata, read_metadata
from .pagetypes import ERROR, ERROR_TEXT, guess_page_type, page_type_by_address
from .published import publication_dates
from .residue import without_title
from .systems import joined, system_of
from .titles import find_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a page comes from, and by which rules it is read."""

    url: str
    declared: str | None
    """The charset that HTTP declared."""
    captured: datetime
    """Aware."""
    rules: ExtractionRules
    listed: tuple[ListedDates, ...] = ()
    """What lists of its site tell of it."""


def extract_html(payload: bytes, origin: Origin) -> Extraction:
    """Return the extraction of an HTML page; the tree is parsed once and pruned last."""
    decoded = decode_html(payload, origin.declared)
    tree, warnings = parse_html(decoded.text)
    if tree is None:
        return Extraction(text="", charset=decoded.charset, warnings=("empty",))
    if decoded.repaired:
        warnings = (*warnings, "repaired-characters")
    found = _read(tree, origin)
    return replace(
        found,
        charset=decoded.charset,
        warnings=warnings,
        rules=tuple(sorted({*found.rules, *_of_bytes(decoded, warnings)})),
    )


def _of_bytes(decoded: Decoded, warnings: tuple[str, ...]) -> set[str]:
    return {f"bytes:{warning}" for warning in warnings} | {f"bytes:{decoded.evidence}"}


def _read(tree: HtmlElement, origin: Origin) -> Extraction:
    cms = system_of(tree, origin.rules)
    rules = joined(origin.rules, cms)
    fired = {f"cms:{cms.name}"} if cms else set()
    fired |= _prune(tree, rules)
    metadata = read_metadata(tree)
    title, title_rule = find_title(tree, metadata, rules.title_xpath)
    links = find_links(tree, origin.url)
    translations = find_alternates(tree, origin.url)
    structure = structure_of(tree)
    guessed, type_rule = _page_type(tree, origin, title, metadata)
    page = DatedPage(tree, origin.url, title, metadata, origin.captured, rules, cms, origin.listed)
    sideless = page.lines
    tags = find_tags(page.body, metadata, sideless)
    body, text_rules = main_text(tree, guessed, title, rules)
    text = without_tag_lines(_headless(body, guessed, title), tags)
    kind, type_rule = _settled(guessed, type_rule, title, text)
    published, modified = publication_dates(page, kind or "article", text)
    byline = published.evidence if published and published.source == "near-title" else None
    author, author_rule = find_author(page.body, metadata, metadata.first("og:site_name"), byline)
    passages = language_passages(text)
    fired |= {f"title:{title_rule}", f"type:{type_rule}", f"author:{author_rule}"} | text_rules
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
        rules=tuple(rule for rule in fired if not rule.endswith(":none")),
    )


def _prune(tree: HtmlElement, rules: ExtractionRules) -> set[str]:
    fired = set()
    for path in rules.prune_xpath:
        for element in elements(tree.xpath(path)):
            drop(element)
            fired.add("prune:xpath")
    return fired


def _page_type(
    tree: HtmlElement, origin: Origin, title: str | None, metadata: Metadata
) -> tuple[PageType | None, str]:
    if ruled := page_type_by_address(origin.url, origin.rules):
        return ruled
    return guess_page_type(tree, origin.url, title, metadata, "\n".join(block_lines(tree)))


def _headless(text: str, guessed: PageType | None, title: str | None) -> str:
    """Return the text without its repeated title; a list may begin with a date, so it stays as it is."""
    return text if guessed == "listing" else without_title(text, title)


def _settled(
    guessed: PageType | None, rule: str, title: str | None, text: str
) -> tuple[PageType | None, str]:
    """Return the page type and its rule; a page with hardly any text that speaks of an error is one.

    ``None`` where only a day of publication can tell an article from a page that stands.
    """
    open_to_doubt = guessed in (None, "article") and rule != "site"
    if open_to_doubt and len(text) < ERROR_TEXT and ERROR.search(f"{title}\n{text}"):
        return "error", "error-words"
    return guessed, rule
