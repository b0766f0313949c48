"""Read what a page tells machines about itself: meta elements and JSON-LD."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from .markup import fold

SKIPPED_TYPES = ("Event", "Comment", "Review", "Rating", "ImageObject", "VideoObject", "JobPosting")
"""Things on a page whose dates are not the page's."""
STANDING_TYPES = frozenset({"WebPage", "AboutPage", "ContactPage", "FAQPage", "WebSite"})
LOST_FIELD = re.compile(r'"(datePublished|dateModified)"\s*:\s*"([^"]{8,40})"')
DEEPEST = 2000
"""Nodes of JSON-LD that are looked at; real pages hold some tens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the head of a page and its JSON-LD say."""

    metas: dict[str, tuple[str, ...]]
    """Contents by name, property or itemprop, lower case."""
    published: str | None
    """The first ``datePublished`` of JSON-LD, as it stands."""
    modified: str | None
    author: str | None
    types: frozenset[str]
    """Every ``@type`` of JSON-LD."""

    def first(self, *names: str) -> str | None:
        """Return the first content under the first name that has any."""
        return next((self.metas[name][0] for name in names if name in self.metas), None)


def read_metadata(tree: HtmlElement) -> Metadata:
    """Return the machine-readable facts of a page; broken JSON-LD gives what can be read of it."""
    nodes: list[dict[str, object]] = []
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        nodes.extend(_nodes(script.text or ""))
    metas = _metas(tree)
    own = [node for node in nodes if not _types(node) & {"_skipped"}]
    return Metadata(
        metas=metas,
        published=_published(own, metas),
        modified=_field(own, "dateModified"),
        author=_author(own),
        types=frozenset().union(*(_types(node) for node in nodes)) - {"_skipped"},
    )


def _metas(tree: HtmlElement) -> dict[str, tuple[str, ...]]:
    metas: dict[str, tuple[str, ...]] = {}
    for element in tree.iterfind(".//meta[@content]"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = fold(element.get("content") or "")
        if name and content:
            key = name.lower()
            metas[key] = (*metas.get(key, ()), content)
    return metas


def _nodes(source: str) -> list[dict[str, object]]:
    try:
        stack = [json.loads(source, strict=False)]
    except (ValueError, RecursionError):
        return [dict(LOST_FIELD.findall(source))]
    found: list[dict[str, object]] = []
    while stack and len(found) < DEEPEST:
        node = stack.pop(0)
        if isinstance(node, list):
            stack[:0] = node
        elif isinstance(node, dict):
            found.append(node)
            if "_skipped" not in _types(node):
                stack.extend(value for value in node.values() if isinstance(value, dict | list))
    return found


def _types(node: dict[str, object]) -> frozenset[str]:
    stated = node.get("@type")
    names = {str(name) for name in (stated if isinstance(stated, list) else [stated]) if name}
    return frozenset(
        names | {"_skipped"} if any(name.endswith(SKIPPED_TYPES) for name in names) else names
    )


def _field(nodes: list[dict[str, object]], name: str) -> str | None:
    values = (node.get(name) for node in nodes)
    return next((fold(value) for value in values if isinstance(value, str) and value.strip()), None)


def _published(nodes: list[dict[str, object]], metas: dict[str, tuple[str, ...]]) -> str | None:
    """Return the day of publication, but not that of a page that merely stands: its day is when it was set up."""
    article = "article" in metas.get("og:type", ())
    news = [node for node in nodes if not _types(node) & STANDING_TYPES]
    return _field(nodes if article else news, "datePublished")


def _author(nodes: list[dict[str, object]]) -> str | None:
    persons = {str(node["@id"]): node for node in nodes if "@id" in node and "name" in node}
    for node in nodes:
        author = node.get("author")
        author = author[0] if isinstance(author, list) and author else author
        if isinstance(author, dict):
            author = author.get("name") or persons.get(str(author.get("@id")), {}).get("name")
        if isinstance(author, str) and author.strip():
            return fold(author)
    return None
