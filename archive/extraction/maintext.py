"""Take the main text of a page: trafilatura where it is prose, the lines of the main block where it is a list.

Our own pruning and a sieve for the lines that content systems leave behind go around it.
"""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from functools import cache

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from archive.records import ExtractionRules, PageType

from .markup import block_lines, drop, elements, text_of, tokens
from .residue import CELL_EDGES, Sieve, without_title
from .titles import normal

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

Clutter = tuple[tuple[str, tuple[str, ...]], ...]
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
INSIDE, COVERED = 0.95, 0.7
"""Shares at which short prose is believed: of it inside the main block, and of the main block inside it.

63 pages that were written before these rules: F1 .956 with it, .920 when the whole main block was taken (November 2026)."""
GAP = 8
"""Lines of the main block between two of the prose that are put back; more are another part of the page."""
WHOLE_PAGE = 1.5
"""Times the prose that a page without a main block may hold to be taken whole."""
LEAD_LENGTH = 80
"""Characters of the shortest paragraph that is put back before the prose; shorter lines are bylines and dates."""

CLUTTER_LENGTH = 600
"""Characters of the longest element that is clutter by its class; longer ones hold content."""
MENU_CELLS = "//table[not(.//table)]//td[count(.//a) >= 4 and string-length(normalize-space(.)) < 40 * count(.//a)]"
LAYOUT_TABLES = (
    "//table[.//h1 or .//table or .//td//p[2] or .//td[count(br) >= 4]"
    f" or .//td[string-length(normalize-space(.)) > {CLUTTER_LENGTH}]][not(.//th)]"
)
BOXES = ("section", "div", "nav", "li")
RELATED = re.compile(
    r"(?:lue|katso|tutustu) (?:myös|seuraavaksi|lisäksi)|(?:muita|lisää|uusimmat|viimeisimmät|tuoreimmat) (?:tiedotteita|uutisia|artikkeleita"
    r"|uutiset|artikkelit|tiedotteet|kirjoitukset)|aiheeseen liittyv\w+(?: \w+)?|samasta aiheesta|läs (?:också|även|mera?)"
    r"|fler (?:nyheter|artiklar)|(?:senaste|relaterade) (?:nyheter|inlägg|artiklar)|related (?:posts|articles|news)|read (?:also|next)"
    r"|more news|jaa (?:tämä|sivu|artikkeli)|dela",
    re.IGNORECASE,
)
TABLE_PARTS = ("table", "tbody", "tr", "td")
TOOLS = "//ul[contains(@class, 'actions')] | //aside"
SIDES = (
    "//nav | //aside | //form[string-length(normalize-space(.)) * 2 < string-length(normalize-space(//body))]"
    " | //footer[not(ancestor::article)] | //header[not(ancestor::article or ancestor::main)]"
    f" | //*[{tokens('site-header', 'site-footer', 'header', 'footer', 'nav', 'menu', 'sidebar', 'side', 'secondary', 'widget-area', 'cookie-notice')}][not(descendant::h1)]"
)


def main_text(
    tree: HtmlElement, page_type: PageType | None, title: str | None, rules: ExtractionRules
) -> tuple[str, set[str]]:
    """Return the main text of a page, a paragraph a line, and the rules that fired; empty where there is none.

    The tree is pruned in place: nothing else may be read from it afterwards.
    """
    sieve = Sieve(rules.residue)
    lines, fired = _chosen(tree, page_type, title, rules)
    return sieve.text(lines), fired | sieve.fired


def _chosen(
    tree: HtmlElement, page_type: PageType | None, title: str | None, rules: ExtractionRules
) -> tuple[list[str], set[str]]:
    if rules.body_xpath and (lines := _ruled(tree, rules.body_xpath)):
        return lines, {"text:xpath"}
    fired = _prune(tree, rules.clutter)
    marked, whole = _main_lines(tree)
    if page_type in AS_LINES:
        return marked or whole, fired | {"text:lines"}
    prose = without_title(_prose(tree), title).split("\n")
    if sum(map(len, prose)) < SHORT_PROSE and not _is_whole(prose, marked or whole, title):
        short = marked or (whole if _hardly_longer(whole, prose) else prose)
        return _below(title, short), fired | {"text:prose" if short is prose else "text:block"}
    lead = _lost_lead(marked, prose, title)
    below = _below(title, prose)
    filled = _filled(below, marked or whole)
    fired |= {"text:prose"} | ({"text:lead"} if lead else set())
    return [*lead, *filled], fired | ({"text:filled"} if len(filled) > len(below) else set())


def _prune(tree: HtmlElement, clutter: Clutter) -> set[str]:
    """Take out what is no part of a text; return the rules that took something."""
    fired = _drop_clutter(tree, clutter)
    for path in (TOOLS, MENU_CELLS):
        for element in elements(tree.xpath(path)):
            drop(element)
    _drop_related(tree)
    _unframe(tree)
    return fired


def _drop_clutter(tree: HtmlElement, clutter: Clutter) -> set[str]:
    path = _clutter_path(clutter)
    fired: set[str] = set()
    for element in elements(tree.xpath(path)) if path else ():
        marks = {*(element.get("class") or "").split(), element.get("id")}
        fired |= {f"clutter:{name}" for name, classes in clutter if marks & set(classes)}
        drop(element)
    return fired


@cache
def _clutter_path(clutter: Clutter) -> str | None:
    classes = [one for _, classes in clutter for one in classes]
    if not classes:
        return None
    return (
        f"//*[@class or @id][{tokens(*classes)}][not(self::body or self::html or descendant::h1)]"
        f"[string-length(normalize-space(.)) < {CLUTTER_LENGTH}]"
    )


def _below(title: str | None, lines: list[str]) -> list[str]:
    """Return the lines below the title, if it stands in the upper half: above it are names and menus."""
    wanted = normal(title)
    top = next((i for i, line in enumerate(lines) if wanted and normal(line) == wanted), None)
    if top is None or sum(map(len, lines[:top])) > sum(map(len, lines[top:])):
        return lines
    return lines[top + 1 :]


def _is_whole(prose: list[str], marked: list[str], title: str | None) -> bool:
    """Tell whether short prose holds most of the main block and nothing from outside it."""
    own = set(map(normal, marked))
    inside = sum(len(line) for line in prose if normal(CELL_EDGES.sub("", line)) in own)
    block = sum(map(len, _below(title, marked)))
    return inside >= INSIDE * sum(map(len, prose)) and inside >= COVERED * block


def _filled(prose: list[str], marked: list[str]) -> list[str]:
    """Return the prose with the lines that stand between its own in the main block: headings and short items get lost."""
    places = {normal(line): at for at, line in reversed(list(enumerate(marked)))}
    held = normal(" ".join(prose))
    filled: list[str] = []
    last: int | None = None
    for line in prose:
        at = places.get(normal(line))
        if last is not None and at is not None and last < at <= last + GAP:
            filled += [row for row in marked[last + 1 : at] if normal(row) not in held]
        filled.append(line)
        last = at
    return filled


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


def _drop_related(tree: HtmlElement) -> None:
    """Take out the boxes that a heading such as "Lue myös" says lead elsewhere."""
    for heading in elements(tree.xpath("//*[self::h2 or self::h3 or self::h4]")):
        box = heading.getparent()
        if box is None or box.tag not in BOXES or not RELATED.fullmatch(text_of(heading)):
            continue
        if heading.getprevious() is None and len(text_of(box)) < CLUTTER_LENGTH:
            drop(box)


def _unframe(tree: HtmlElement) -> None:
    """Turn tables that only lay a page out into plain blocks: read as tables, their cells run together."""
    for table in elements(tree.xpath(LAYOUT_TABLES)):
        for part in table.iter(*TABLE_PARTS):
            part.tag = "div"


def _join_cells(body: HtmlElement) -> None:
    """Make each row of a table one line, its cells divided by a bar, as the extractor does."""
    for row in elements(body.xpath("//tr[not(.//tr)][count(td | th) > 1]")):
        cells = elements(row.xpath("td | th"))
        for cell in cells:
            for part in cell.iter():
                part.tag = "span"
            cell.tail = " | " if cell is not cells[-1] else None


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
    _join_cells(body)
    whole = block_lines(body)
    size = sum(map(len, whole))
    for path in MAIN_BLOCKS:
        for block in elements(body.xpath(path)):
            lines = block_lines(block)
            if sum(map(len, lines)) >= MAIN_SHARE * size:
                return lines, whole
    return [], whole
