"""Give every address its canonical form and its sort key.

URLs are parsed and resolved by the WHATWG rules (ada-url), as browsers do.
The key is the SURT that Wayback machines, Common Crawl and pywb sort by, so that our index joins with theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

import ada_url
import tldextract

REST_LIST = re.compile(r"(?:/wp-json|[?&]rest_route=)/wp/v2/(?P<kind>[\w-]+)", re.IGNORECASE)
"""Addresses of WordPress's REST interface that tell of its posts, pages and other kinds."""

TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|_ga|_gl|hsa_\w+|pk_\w+|mtm_\w+|matomo_\w+"
    r"|igshid|share|nb|replytocom)$",
    re.IGNORECASE,
)
"""Query parameters that say where a visitor came from; they never choose what is shown.
``share``, ``nb`` (Jetpack share buttons) and ``replytocom`` open the same WordPress page."""

SESSION = re.compile(
    r"^(phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sid|sessionid)$", re.IGNORECASE
)
"""Query parameters that name a visit."""

PATH_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
KEY_PATH_SESSION = re.compile(
    r"(?<=/)\((?:[a-z]\([0-9a-z]{24}\))+\)/(?=[^?]+\.aspx)|(?<=/)\([0-9a-z]{24}\)/(?=[^?]+\.aspx)",
    re.IGNORECASE,
)
KEY_SESSION = re.compile(
    r"^(?:(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=\w+|cftoken=\w+)$",
    re.IGNORECASE,
)
"""Sessions as the SURT rules know them: by the shape of the value too."""
WWW = re.compile(r"^www\d*\.")
SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"

_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def canonical_url(url: str, *, keep: Iterable[str] = (), drop: Iterable[str] = ()) -> str:
    """Return the one form of an address under which it is fetched and listed.

    The fragment, tracking and session parameters, a default port and a trailing dot of the host go;
    the rest of the query is sorted, so that two orders are one address.
    With ``keep``, only those parameters stay, in their own order: for sites where the query is the address;
    ``*`` in a name stands for any letters, as in ``x*``.

    Raises:
        ValueError: the text is no http or https address.

    >>> canonical_url("HTTPS://WWW.Kyt.fi:443/a/../uutiset?b=2&utm_source=x&a=1#ylos")
    'https://www.kyt.fi/uutiset?a=1&b=2'
    >>> canonical_url("https://artteli-ry.yhdistysavain.fi/?x175576=437260&print=1", keep=("x175576",))
    'https://artteli-ry.yhdistysavain.fi/?x175576=437260'
    >>> canonical_url("https://artteli-ry.yhdistysavain.fi/?x9=1&print=1", keep=("x*",))
    'https://artteli-ry.yhdistysavain.fi/?x9=1'
    """
    parsed = _parse(url)
    host = parsed.hostname.rstrip(".")
    port = f":{parsed.port}" if parsed.port else ""
    path = PATH_SESSION.sub("", parsed.pathname)
    query = _canonical_query(parsed.search[1:], frozenset(keep), frozenset(drop))
    return f"{parsed.protocol}//{host}{port}{path}{'?' + query if query else ''}"


def _parse(url: str) -> ada_url.URL:
    try:
        parsed = ada_url.URL(url)
    except ValueError as error:
        raise ValueError(f"{url!r} is no address") from error
    if parsed.protocol not in ("http:", "https:") or not parsed.hostname.strip("."):
        raise ValueError(f"{url!r} is no http or https address")
    return parsed


def _canonical_query(query: str, keep: frozenset[str], drop: frozenset[str]) -> str:
    parts = [part for part in query.split("&") if part]
    if keep:
        return "&".join(part for part in parts if _named(part.partition("=")[0], keep))
    return "&".join(sorted(part for part in parts if _stays(part.partition("=")[0], drop)))


def _named(name: str, keep: frozenset[str]) -> bool:
    return name in keep or any(fnmatchcase(name, wild) for wild in keep if "*" in wild)


def _stays(name: str, drop: frozenset[str]) -> bool:
    return name not in drop and not TRACKING.match(name) and not SESSION.match(name)


def urlkey(url: str) -> str:
    """Return the SURT of an address: host turned round, scheme and ``www`` off, lower case, query sorted.

    Rules: the SURT of the Wayback Machine (as in the ``surt`` package and pywb).

    Raises:
        ValueError: the text is no http or https address.

    >>> urlkey("https://www.ekyhdistykset.fi/Hankkeen-Kuulumisia/?b=2&a=1")
    'fi,ekyhdistykset)/hankkeen-kuulumisia?a=1&b=2'
    """
    parsed = _parse(url)
    host = WWW.sub("", parsed.hostname.rstrip("."))
    reversed_host = host if host.startswith("[") else ",".join(reversed(host.split(".")))
    port = f":{parsed.port}" if parsed.port else ""
    path = KEY_PATH_SESSION.sub("", _normal_escapes(parsed.pathname))
    path = re.sub(r"/{2,}", "/", path).rstrip("/") or "/"
    parts = [part for part in _normal_escapes(parsed.search[1:]).split("&") if part]
    query = "&".join(sorted(part for part in parts if not KEY_SESSION.match(part)))
    return f"{reversed_host}{port}){path}{'?' + query if query else ''}".lower()


def _normal_escapes(text: str) -> str:
    """Decode percent escapes until nothing changes, then escape what must be."""
    raw = text.encode()
    while (decoded := unquote_to_bytes(raw)) != raw:
        raw = decoded
    return quote_from_bytes(raw, safe=SAFE)


def resolve(base: str, href: str) -> str | None:
    """Return the absolute http(s) address of a link, or ``None`` where it leads to none.

    >>> resolve("https://kyt.fi/uutiset/1", "../tiedotteet?sivu=2#alku")
    'https://kyt.fi/tiedotteet?sivu=2#alku'
    >>> resolve("https://kyt.fi/", "mailto:nimi@kyt.fi") is None
    True
    """
    try:
        absolute = ada_url.join_url(base, href.strip())
        _parse(absolute)
    except ValueError:
        return None
    return absolute


def host_of(url: str) -> str:
    """Return the host name of an address: lower case, punycode, without a trailing dot.

    Raises:
        ValueError: the text is no http or https address.

    >>> host_of("https://järjestöfoorumi.fi./")
    'xn--jrjestfoorumi-bfb9y.fi'
    """
    return _parse(url).hostname.rstrip(".")


@lru_cache(maxsize=10_000)
def registered_domain(host: str) -> str:
    """Return the domain that somebody registered, by the bundled public suffix list.

    A host without a public suffix (an IP address, ``localhost``) is its own domain.

    >>> registered_domain("artteli-ry.yhdistysavain.fi")
    'yhdistysavain.fi'
    """
    return _suffixes(host).top_domain_under_public_suffix or host
