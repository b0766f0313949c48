"""Find the addresses of a page in other languages: hreflang, and links that say "På svenska"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from lxml.html import HtmlElement

from archive.language import LANGUAGES
from archive.records import Translation
from archive.urls import host_of, registered_domain, resolve

from .markup import elements, text_of
from .titles import normal

SWITCHES = {
    **dict.fromkeys(("suomeksi", "suomi", "fi", "fin", "på finska", "finska", "finnish", "in finnish"), "fi"),
    **dict.fromkeys(("på svenska", "svenska", "sv", "swe", "ruotsiksi", "swedish", "in swedish"), "sv"),
    **dict.fromkeys(("in english", "english", "en", "eng", "englanniksi", "på engelska", "engelska"), "en"),
}  # fmt: skip
"""What a link says that leads to the same page in another language, and which."""
LONGEST = 30


def find_alternates(tree: HtmlElement, url: str) -> tuple[Translation, ...]:
    """Return the other languages of a page, each address once, those that machines are told first."""
    found: dict[str, Translation] = {}
    for translation in (*_told(tree, url), *_switches(tree, url)):
        if translation.url != url:
            found.setdefault(translation.url, translation)
    return tuple(found.values())


def _told(tree: HtmlElement, url: str) -> Iterator[Translation]:
    for link in elements(tree.xpath("//link[@rel='alternate'][@hreflang][@href]")):
        yield from _translation(link, url, (link.get("hreflang") or "")[:2].lower(), "hreflang")


def _switches(tree: HtmlElement, url: str) -> Iterator[Translation]:
    for link in elements(tree.xpath("//body//a[@href]")):
        words = normal(text_of(link)) if len(text_of(link)) <= LONGEST else ""
        stated = (link.get("hreflang") or "")[:2].lower()
        yield from _translation(link, url, stated or SWITCHES.get(words, ""), "switch")


def _translation(
    link: HtmlElement, url: str, language: str, source: Literal["hreflang", "switch"]
) -> Iterator[Translation]:
    target = resolve(url, link.get("href") or "")
    if not target or language not in LANGUAGES:
        return
    if registered_domain(host_of(target)) == registered_domain(host_of(url)):
        yield Translation(language=language, url=target, source=source)
