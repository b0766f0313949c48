"""Find who wrote a page and under which words it was filed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from archive.dates import find_dates

from .markup import elements, text_of, tokens
from .metadata import Metadata

NOBODY = re.compile(
    r"(?:super\s?user|admin(?:istrator)?|yll[äa]pito|webmaster|root|toimitus|redaktion(?:en)?|päätoimittaja|käyttäjä|user\d*|https?:.*|\S+@\S+)",
    re.IGNORECASE,
)
"""Accounts and desks: names of nobody."""
AUTHOR_MARKS = f"//*[@rel='author' or @itemprop='author' or {tokens('author', 'byline', 'createdby', 'kirjoittaja', 'post-author')}]"
WRITER = re.compile(
    r"(?:kirjoittanut|kirjoittaja|teksti|tekijä|skriven av|text|författare|written by|by|av)\b\s*:?\s*",
    re.IGNORECASE,
)
NAME = re.compile(r"[A-ZÅÄÖ][\w'’-]+(?:\s+(?:(?:af|von|de)\s+)?[A-ZÅÄÖ][\w'’.-]*){1,3}")
LONGEST_NAME = 60

TAG_LABEL = re.compile(
    r"(?:asiasanat|aihe|aiheet|avainsanat|kategoriat|kategoria|tunnisteet|nyckelord|ämnesord|kategorier|etiketter|tags?|categories)\s*(:?)\s*(.*)",
    re.IGNORECASE,
)
TAG_LINKS = "//a[@rel='tag' or @rel='category tag' or contains(concat(' ', @rel, ' '), ' tag ')][not(ancestor::aside or ancestor::nav)]"
TAG_FIELDS = f"//*[{tokens('field-name-field-tags', 'field--name-field-tags', 'post-tags', 'tags-links', 'asiasanat')}]"
TAG_METAS = ("article:tag",)
SENTENCE = re.compile(r"\.\s+(?=[A-ZÅÄÖ])")
"""Where a sentence of the theme begins after the tags: "Bookmark the permalink"."""
LONGEST_TAG, MOST_TAGS = 60, 40


def find_author(
    tree: HtmlElement, metadata: Metadata, site: str | None, byline: str | None = None
) -> tuple[str | None, str]:
    """Return the name of the writer as the page gives it, and where; accounts and the site itself are no writers.

    Args:
        tree: the page.
        metadata: what it tells machines.
        site: the name of the site.
        byline: the line beside the title that holds the day of publication.
    """
    marked = (_writer(text_of(element)) for element in elements(tree.xpath(AUTHOR_MARKS))[:5])
    found = [
        (metadata.author, "json-ld"),
        (metadata.first("author", "article:author", "dc.creator"), "meta"),
        *((name, "mark") for name in marked),
        (_signed(byline) if byline else None, "byline"),
    ]
    for name, rule in found:
        if name and len(name) <= LONGEST_NAME and not NOBODY.fullmatch(name) and name != site:
            return name, rule
    return None, "none"


def _signed(byline: str) -> str | None:
    """Return the name that is all a byline holds beside its date."""
    around = byline
    for found in reversed(list(find_dates(byline))):
        around = around[: found.start] + " " + around[found.end :]
    name = NAME.fullmatch(around.strip(" |,–-•·"))
    return name[0] if name else None


def _writer(text: str) -> str | None:
    label = WRITER.search(text[:80])
    name = NAME.match(text[label.end() :] if label else text)
    return name[0] if name else None


def find_tags(tree: HtmlElement, metadata: Metadata, lines: list[str]) -> tuple[str, ...]:
    """Return the words that a page is filed under, each once, in the order of the page.

    Args:
        tree: the page.
        metadata: what it tells machines.
        lines: what a reader sees, a line a block, without menus and sidebars.
    """
    linked = [text_of(element) for element in elements(tree.xpath(TAG_LINKS))]
    fields = [
        line for element in elements(tree.xpath(TAG_FIELDS)) for line in _split(text_of(element))
    ]
    metas = [tag for name in TAG_METAS for tag in metadata.metas.get(name, ())]
    return _unique([*metas, *linked, *fields, *_labelled(lines)])


def _labelled(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        label = TAG_LABEL.fullmatch(line)
        if label is None or (label[2] and not label[1]):
            continue
        following = lines[index + 1] if index + 1 < len(lines) else ""
        listed = label[2] or (following if "," in following else "")
        found = _split(listed)
        if found and all(len(tag) <= LONGEST_TAG for tag in found):
            return found
    return []


def _split(text: str) -> list[str]:
    label = TAG_LABEL.fullmatch(text)
    return re.split(r"\s*[,;|]\s*", SENTENCE.split(label[2] if label else text)[0])


def _unique(tags: Iterable[str]) -> tuple[str, ...]:
    tidy = (tag.strip(" #,;") for tag in tags)
    first = {
        tag.lower(): tag
        for tag in reversed([tag for tag in tidy if tag and len(tag) <= LONGEST_TAG])
    }
    return tuple(list(reversed(first.values()))[:MOST_TAGS])


def without_tag_lines(text: str, tags: tuple[str, ...]) -> str:
    r"""Return the text without the lines that only list its tags.

    >>> without_tag_lines("Kiitos!\nAsiasanat\njärjestöt, sote,", ("järjestöt", "sote"))
    'Kiitos!'
    """
    own = {tag.lower() for tag in tags}
    return "\n".join(line for line in text.split("\n") if not _lists_tags(line, own))


def _lists_tags(line: str, tags: set[str]) -> bool:
    label = TAG_LABEL.fullmatch(line)
    if label and not label[2]:
        return True
    listed = {tag.strip().lower() for tag in _split(line) if tag.strip()}
    return bool(listed) and bool(tags) and listed <= tags and ("," in line or label is not None)
