"""Read robots.txt as Google's parser does and decide what may be fetched (RFC 9309).

What differs from Scrapy's default parser: the agent's name ends at its first character that is no letter,
``-`` or ``_``; unknown lines do not end a group; over-long lines are cut, not dropped;
rules are compared as UTF-8 percent-escapes; the longest rule wins and a tie allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

AGENT_NAME = "jarjestoarkisto"
"""The name by which a robots.txt can address this crawler."""

MAX_BYTES = 512_000
"""RFC 9309, section 2.5: at least 500 KiB are read; what follows is ignored."""
MAX_LINE_BYTES = 2083 * 8
"""Google's limit; what follows on the line is ignored."""
MAX_REDIRECTS = 5
"""RFC 9309, section 2.3.1.2."""
CACHE = timedelta(hours=24)
"""RFC 9309, section 2.4: not used longer than a day."""
ABSENT_AFTER = timedelta(days=30)
"""RFC 9309, section 2.3.1.4: unreachable for this long counts as absent."""

Outcome = Literal["rules", "allow", "deny", "redirect"]
"""What an answer to robots.txt means; see ``outcome_of``."""

_AGENT = re.compile(rb"[A-Za-z_-]*")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_TWO_WORDS = re.compile(rb"(\S+)\s+(\S+)$")
_UNESCAPED = re.compile(rb"[^\x00-\x7f]")
_PATH = re.compile(r"[/?]")
"""Where the path begins; an empty query counts, which ``urlsplit`` would forget."""
_LOWER_ESCAPE = re.compile(rb"%[0-9a-fA-F]{2}")

_AGENT_KEYS = (b"user-agent", b"useragent", b"user agent")
_DISALLOW_KEYS = (b"disallow", b"dissallow", b"dissalow", b"disalow", b"diasllow", b"disallaw")
_SITEMAP_KEYS = (b"sitemap", b"site-map")
"""The misspellings that Google's parser accepts too."""


@dataclass(slots=True)
class _Group:
    rules: list[tuple[bytes, bool]] = field(default_factory=list)
    """Pattern and whether it allows."""
    crawl_delay: float | None = None
    seen: bool = False


class Robots:
    r"""The rules of one robots.txt for one agent.

    >>> robots = Robots(b"User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n")
    >>> robots.allows("https://kyt.fi/wp-admin/a"), robots.allows("https://kyt.fi/uutiset")
    (False, True)
    """

    def __init__(self, body: bytes, agent: str = AGENT_NAME) -> None:
        """Parse the file; nothing in it can fail."""
        self._agent = agent.lower().encode("ascii")
        self._own, self._all = _Group(), _Group()
        self._current: list[_Group] = []
        self._in_rules = False
        self.sitemaps: list[str] = []
        """The addresses of its Sitemap lines, as they stand."""
        for line in _LINE_END.split(_without_bom(body[:MAX_BYTES])):
            key, value = _key_and_value(line[:MAX_LINE_BYTES])
            self._take(key.lower(), value)
        self._current = []

    @property
    def crawl_delay(self) -> float | None:
        """The Crawl-delay in seconds that is meant for this agent."""
        return (self._own if self._own.seen else self._all).crawl_delay

    def allows(self, url: str) -> bool:
        """Tell whether this agent may fetch a URL of the host."""
        path = path_of(url)
        if path == b"/robots.txt":
            return True
        group = self._own if self._own.seen else self._all
        best, allowed = 0, True
        for pattern, allows in group.rules:
            if len(pattern) < best or not matches(path, pattern):
                continue
            if len(pattern) > best:
                best, allowed = len(pattern), allows
            else:
                allowed = allowed or allows
        return allowed

    def _take(self, key: bytes, value: bytes) -> None:
        if key.startswith(_AGENT_KEYS):
            self._begin_agent(value)
        elif key.startswith(b"allow"):
            self._rule(value, allows=True)
        elif key.startswith(_DISALLOW_KEYS):
            self._rule(value, allows=False)
        elif key.startswith(_SITEMAP_KEYS):
            self.sitemaps.append(value.decode("utf-8", "replace"))
        elif key == b"crawl-delay":
            self._delay(value)

    def _begin_agent(self, value: bytes) -> None:
        if self._in_rules:
            self._current, self._in_rules = [], False
        name = _AGENT.match(value)
        if value[:1] == b"*" and (len(value) == 1 or value[1:2].isspace()):
            self._add_group(self._all)
        elif name is not None and name[0].lower() == self._agent:
            self._add_group(self._own)

    def _add_group(self, group: _Group) -> None:
        group.seen = True
        self._current.append(group)

    def _rule(self, value: bytes, *, allows: bool) -> None:
        self._in_rules = True
        for group in self._addressed():
            pattern = escaped(value)
            group.rules.append((pattern, allows))
            folder, slash, name = pattern.rpartition(b"/")
            if allows and name.startswith((b"index.htm",)):
                group.rules.append((folder + slash + b"$", True))  # Google: the folder itself

    def _delay(self, value: bytes) -> None:
        try:
            seconds = float(value)
        except ValueError:
            return
        for group in self._addressed():
            group.crawl_delay = max(0.0, seconds)

    def _addressed(self) -> list[_Group]:
        """Return whom a rule is for: in a group that names this agent, only this agent."""
        return [self._own] if self._own in self._current else self._current[:1]


def _without_bom(body: bytes) -> bytes:
    """Drop a byte order mark, also one that lost its end (Google)."""
    marks = (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef")
    return body[len(next((mark for mark in marks if body.startswith(mark)), b"")) :]


def _key_and_value(line: bytes) -> tuple[bytes, bytes]:
    text = line.partition(b"\0")[0].partition(b"#")[0].strip()  # Google reads C strings
    key, colon, value = text.partition(b":")
    if colon:
        return key.strip(), value.strip()
    words = _TWO_WORDS.match(text)
    return (words[1], words[2]) if words else (b"", b"")


def escaped(pattern: bytes) -> bytes:
    """Write a rule as URLs write it: bytes beyond ASCII escaped, escapes in capitals.

    >>> escaped("/järjestöt/%c3%b6".encode())
    b'/j%C3%A4rjest%C3%B6t/%C3%B6'
    """
    upper = _LOWER_ESCAPE.sub(lambda found: found[0].upper(), pattern)
    return _UNESCAPED.sub(lambda found: b"%%%02X" % found[0][0], upper)


def path_of(url: str) -> bytes:
    """Return the path and query of a URL as a rule is compared with it.

    >>> path_of("https://kyt.fi/haku?q=j%c3%a4rjest%c3%b6#alku")
    b'/haku?q=j%C3%A4rjest%C3%B6'
    """
    rest = url.partition("://")[2].partition("#")[0]
    begin = _PATH.search(rest)
    path = rest[begin.start() :] if begin else "/"
    return escaped((path if path.startswith("/") else f"/{path}").encode())


def matches(path: bytes, pattern: bytes) -> bool:
    """Tell whether a pattern with ``*`` and a final ``$`` matches the beginning of a path.

    Works in time proportional to the two lengths, whatever the pattern: a line of 8,000 stars is no trap.

    >>> matches(b"/a/tiedosto.pdf", b"/*.pdf$"), matches(b"/a/tiedosto.pdf?x", b"/*.pdf$")
    (True, False)
    """
    to_end = pattern.endswith(b"$")
    first, *parts = (pattern[:-1] if to_end else pattern).split(b"*")
    if not path.startswith(first):
        return False
    at = len(first)
    for part in parts[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if not parts:
        return not to_end or at == len(path)
    last = parts[-1]
    if to_end:
        return path.endswith(last) and len(path) - len(last) >= at
    return path.find(last, at) >= 0


def outcome_of(status: int | None) -> Outcome:
    """Say what an answer to robots.txt means (RFC 9309, section 2.3.1); ``None`` is no answer.

    >>> [outcome_of(status) for status in (200, 301, 404, 429, 503, None)]
    ['rules', 'redirect', 'allow', 'deny', 'deny', 'deny']
    """
    if status is None or status == 429 or status >= 500 or status < 200:
        return "deny"
    if status < 300:
        return "rules"
    return "redirect" if status in (301, 302, 303, 307, 308) else "allow"


def robots_url(url: str) -> str:
    """Return the address of the robots.txt that governs a URL.

    >>> robots_url("https://kyt.fi/uutiset?sivu=2")
    'https://kyt.fi/robots.txt'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def unreachable_too_long(since: datetime | None, now: datetime) -> bool:
    """Tell whether a robots.txt has been unreachable for so long that it counts as absent."""
    return since is not None and now - since >= ABSENT_AFTER
