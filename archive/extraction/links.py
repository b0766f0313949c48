"""List the addresses that a page links to."""

from __future__ import annotations

from lxml.html import HtmlElement

from archive.records import Link
from archive.urls import resolve

from .markup import text_of

MOST = 20_000
"""Links kept of one page; more is a trap or a machine's index."""


def find_links(tree: HtmlElement, url: str) -> tuple[Link, ...]:
    """Return the links of the body, absolute, each address once, in the order of the page.

    The text is the first that is not empty, so that a picture link does not hide the words beneath it.
    """
    base = _base(tree, url)
    texts: dict[str, str] = {}
    for anchor in tree.iterfind(".//body//a[@href]"):
        address = resolve(base, anchor.get("href") or "")
        if address and not texts.get(address):
            texts[address] = text_of(anchor)
        if len(texts) >= MOST:
            break
    return tuple(Link(url=address, text=text) for address, text in texts.items())


def _base(tree: HtmlElement, url: str) -> str:
    element = tree.find(".//base[@href]")
    return (resolve(url, element.get("href") or "") if element is not None else None) or url
