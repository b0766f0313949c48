"""Parse a page once, and walk it as the lines that a reader sees.

lxml drops what stands deeper than 2,048 levels, without a word;
where that happens the tags that only format are taken out and the page is parsed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
FORMATTING = re.compile(
    r"</?(?:font|b|i|u|em|strong|span|center|small|big|tt|p)\b[^<>]{0,500}>", re.IGNORECASE
)
ANY_BLOCK = re.compile(
    r"</?(?:a|div|section|article|table|tbody|tr|td|ul|ol|li)\b[^<>]{0,500}>", re.IGNORECASE
)
SPACE = re.compile(r"\s+")

BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd"),
        *("details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main"),
        *("nav", "ol", "option", "p", "pre", "section", "select", "summary", "table", "tbody"),
        *("td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
UNSEEN = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "svg",
        "iframe",
        "object",
        "select",
        "button",
        "textarea",
    }
)


def parse_html(text: str) -> tuple[HtmlElement | None, tuple[str, ...]]:
    """Return the tree of a page and what went wrong; ``None`` where there is no element at all."""
    source = XML_DECLARATION.sub("", text)
    tree, lost = _parse(source)
    if not lost:
        return tree, ()
    for unwrap in (FORMATTING, ANY_BLOCK):
        source = unwrap.sub(" <br> ", source)
        tree, lost = _parse(source)
        if not lost:
            break
    return tree, ("too-deep",)


def _parse(source: str) -> tuple[HtmlElement | None, bool]:
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, False
    return tree, any("Excessive depth" in entry.message for entry in parser.error_log)


def fold(text: str) -> str:
    r"""Return the text with every run of white space made one space.

    >>> fold("  Järjestöjen\n  yhteistyö ")
    'Järjestöjen yhteistyö'
    """
    return SPACE.sub(" ", text).strip()


def text_of(element: HtmlElement) -> str:
    """Return the folded text of an element."""
    return fold("".join(element.itertext()))


def block_lines(root: HtmlElement) -> list[str]:
    """Return the lines that a reader sees: one for each block, its inline text joined."""
    lines: list[str] = []
    line: list[str] = []
    for piece in _pieces(root):
        if piece is None:
            lines.append(fold("".join(line)))
            line.clear()
        else:
            line.append(piece)
    lines.append(fold("".join(line)))
    return [entry for entry in lines if entry]


def _pieces(root: HtmlElement) -> Iterator[str | None]:
    """Yield texts in their order, and ``None`` where a block begins or ends."""
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        block = element.tag in BLOCKS
        if block:
            yield None
        if event == "start":
            if element.tag in UNSEEN:
                walker.skip_subtree()
            elif element.text:
                yield element.text
        elif element.tail and element is not root:
            yield element.tail


def tokens(*names: str) -> str:
    """Return an XPath condition: one of the names is a whole word of ``class``, or the ``id``.

    Whole words only: parts of class names cost .016 F1 on the article-extraction benchmark (181 pages).
    """
    classes = "concat(' ', normalize-space(@class), ' ')"
    return " or ".join(f"contains({classes}, ' {name} ') or @id='{name}'" for name in names)


def parts(*names: str) -> str:
    """Return an XPath condition: ``class`` or ``id`` holds one of the names, whatever the case."""
    lowered = "translate(concat(@class, ' ', @id), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
    return " or ".join(f"contains({lowered}, '{name}')" for name in names)


def drop(element: HtmlElement) -> None:
    """Take an element out of its tree and leave the text after it."""
    if element.getparent() is not None:
        element.drop_tree()


def elements(found: object) -> list[HtmlElement]:
    """Return the elements among what an XPath found."""
    rows = found if isinstance(found, list) else []
    return [row for row in rows if isinstance(row, HtmlElement)]


def first_text(found: object) -> str | None:
    """Return the first text that an XPath found: of an element, an attribute or a text node."""
    for row in found if isinstance(found, list) else [found]:
        value = text_of(row) if isinstance(row, HtmlElement) else fold(str(row))
        if value:
            return value
    return None
