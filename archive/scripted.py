"""Tell whether a page is empty without JavaScript, from its bytes and the little text that was read.

Pure. What is found is a suspicion with its sign, never a verdict: a browser has to look.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from archive.decode import decode_html
from archive.extraction.markup import block_lines, fold, parse_html
from archive.media import HTML, declared_charset, detect_media_type

SHORT_TEXT = 200
"""Characters of text below which a page can be suspect; an article of the seeds has 900 and more."""

SHELL_TEXT = 60
"""Characters that an application's root may hold and still wait for its program: "Ladataan…", a name."""

SCRIPTS = 3
"""Scripts from which a page without text is called script-heavy."""

SCRIPT_SHARE = 0.5
"""Share of a page's characters inside scripts from which it is called script-heavy."""

ROOT_IDS = frozenset(
    (
        *(
            "root",
            "app",
            "app-root",
            "__next",
            "___gatsby",
            "__nuxt",
            "__layout",
            "svelte",
            "q-app",
        ),
        *(
            "react-root",
            "react-app",
            "reactapp",
            "vue-app",
            "vueapp",
            "mount",
            "main-app",
            "ember-app",
        ),
        *("single-spa-application", "sapper", "elm", "wix-viewer", "site-root", "SITE_CONTAINER"),
    )
)
"""Where React, Vue, Angular, Svelte, Next, Nuxt, Gatsby, Quasar, Ember, Elm and Wix put their pages."""

ROOT_TAGS = frozenset({"app-root", "my-app", "ng-app", "ion-app", "polymer-app", "main-app"})

ASKS = re.compile(
    r"""
      (?:ota|kytke|salli|aktivoi|laita)\b[^.<]{0,40}\bjavascript
    | javascript\w*[^.<]{0,30}\b(?:käyttöön|päälle|päällä|pois\ käytöstä|estetty|tarvitaan|vaaditaan)
    | (?:vaatii|edellyttää|tarvitsee|käyttää|tue|tukee)\b[^.<]{0,30}\bjavascript
    | (?:aktivera|aktiverat|slå\ på|tillåt|sätt\ på|kräver|behöver|stöd(?:er|jer)\ inte|utan)\b[^.<]{0,30}\bjavascript
    | javascript\w*[^.<]{0,30}\b(?:måste|krävs|är\ avstäng|är\ inaktiver|behövs)
    | (?:enable|enabled|turn\ on|activate|requires?|need|without|support)\b[^.<]{0,30}\bjavascript
    | javascript\w*[^.<]{0,30}\b(?:required|disabled|must\ be|is\ not\ (?:enabled|available|supported)|to\ run\ this)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""How pages ask for JavaScript in Finnish, Swedish and English; own wording of each, not a corpus."""


def script_sign(payload: bytes, declared: str | None, text: str) -> str | None:
    """Return what makes a page suspect of being empty without JavaScript, or ``None``.

    Args:
        payload: the body, content coding removed.
        declared: its Content-Type as declared.
        text: what extraction read from it.

    >>> script_sign(b'<html><body><div id="root"></div><script src="/m.js"></script>', "text/html", "")
    'empty root: #root'
    >>> script_sign(b'<html><body><h1>Yhteystiedot</h1><p>Puh. 014 123</p>', "text/html", "") is None
    True
    """
    if len(text) >= SHORT_TEXT or detect_media_type(payload, declared) != HTML:
        return None
    if b"<script" not in payload and b"<SCRIPT" not in payload:
        return None
    source = decode_html(payload, declared_charset(declared)).text
    tree, _ = parse_html(source)
    if tree is None:
        return None
    return _empty_root(tree) or _asks(tree) or _script_heavy(tree, source)


def _empty_root(tree: HtmlElement) -> str | None:
    for element in tree.iter("div", "main", "section", "body", *sorted(ROOT_TAGS)):
        known = element.tag in ROOT_TAGS or element.get("id") in ROOT_IDS
        if known and len(_seen(element)) < SHELL_TEXT:
            name = element.get("id")
            return f"empty root: #{name}" if name else f"empty root: <{element.tag}>"
    return None


def _asks(tree: HtmlElement) -> str | None:
    """Return the words in which a page with hardly any text asks for JavaScript."""
    seen = _seen(tree)
    if len(seen) >= 2 * SHORT_TEXT:
        return None  # a whole page around one thing that needs it
    without = (fold(element.text_content()) for element in tree.iter("noscript"))
    found = next((found for text in (*without, seen) if (found := ASKS.search(text))), None)
    return f"asks for JavaScript: {found[0]}" if found else None


def _script_heavy(tree: HtmlElement, source: str) -> str | None:
    seen = len(_seen(tree))
    scripts = list(tree.iter("script"))
    inside = sum(len(script.text or "") for script in scripts)
    heavy = len(scripts) >= SCRIPTS or inside > SCRIPT_SHARE * len(source)
    if seen < SHORT_TEXT and heavy:
        return f"script-heavy: {len(scripts)} scripts, {seen} characters to see"
    return None


def _seen(element: HtmlElement) -> str:
    """Return what a reader sees of an element without running anything."""
    return " ".join(block_lines(element))
