"""Read the words that a reader sees in a page, to tell whether it changed and what it says of the site's fate.

Menus, side bars and footers are left out: a list of the newest news changes on every page of a site at once.
"""

from __future__ import annotations

import hashlib
from typing import Any

import lxml.etree

_UNSEEN = ("script", "style", "noscript", "template", "nav", "aside", "footer", "select")

MAX_WORDS = 20_000
"""Characters kept for looking at; the digest is of all."""


def words_of(tree: Any) -> str:
    r"""Return the words of a page, divided by single spaces. The tree is changed: read its links before.

    >>> import lxml.html
    >>> words_of(lxml.html.fromstring("<body><nav>Etusivu</nav><p>Hanke <b>on</b>\npäättynyt.</p>"))
    'Hanke on päättynyt.'
    """
    lxml.etree.strip_elements(tree, *_UNSEEN, lxml.etree.Comment, with_tail=False)
    return " ".join(" ".join(tree.itertext()).split())


def words_digest(words: str) -> str | None:
    """Return the digest of the words of a page; ``None`` where it has none, as pages made by scripts."""
    return hashlib.sha1(words.encode("utf-8", "replace")).hexdigest() if words else None
