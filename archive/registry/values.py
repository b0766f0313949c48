"""Judge the single values of the configuration: hosts, addresses, paths, expressions, years.

Each type below is a text that was checked; a wrong one says what is wrong and how to write it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date
from functools import cache
from typing import Annotated

import ada_url
from lxml import etree
from pydantic import AfterValidator


@cache
def compiled(pattern: str, *, case_sensitive: bool = True) -> re.Pattern[str]:
    """Return the compiled pattern; ``re`` itself forgets after 512, fewer than the sites hold."""
    return re.compile(pattern, re.UNICODE if case_sensitive else re.IGNORECASE)


def _regex(value: str) -> str:
    try:
        found = compiled(value).search("")
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if found:
        raise ValueError("the expression matches an empty text, so it would match everywhere")
    return value


def _xpath(value: str) -> str:
    try:
        etree.XPath(value)
    except etree.XPathSyntaxError as error:
        raise ValueError(f"not an XPath expression: {error}") from error
    return value


def _window(value: str) -> str:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", value)
    if found is None or value[:5] == value[6:]:
        raise ValueError(f'"{value}" is no time of day; write it like "22:00-06:00"')
    return value


def _host(value: str) -> str:
    try:
        ascii_form = ada_url.URL(f"http://{value}/").hostname.rstrip(".")
    except ValueError as error:
        raise ValueError(f'"{value}" is no host name; write it like "www.kyt.fi"') from error
    if ascii_form != value:
        raise ValueError(f'"{value}" must be a bare host name; write "{ascii_form}"')
    return value


def web_address(value: str) -> ada_url.URL:
    """Return the parts of an address of the web.

    Raises:
        ValueError: it is none; the message says how to write it.
    """
    try:
        parsed = ada_url.URL(value)
    except ValueError as error:
        raise ValueError(f'"{value}" is no address; write it whole, with https://') from error
    if parsed.protocol not in ("http:", "https:"):
        raise ValueError(f'"{value}" must begin with https:// or http://')
    return parsed


def _http_url(value: str) -> str:
    parsed = web_address(value)
    if parsed.port:
        raise ValueError(
            f'"{value}": only the ports of http and https are crawled; remove the port'
        )
    if parsed.hash:
        raise ValueError(f'"{value}": leave out what follows the #')
    if parsed.href != value:
        raise ValueError(f'"{value}" must stand in its full form; write "{parsed.href}"')
    return value


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError(f'"{value}" must begin with /')
    written = ada_url.URL(f"http://x{value}").pathname
    if written != value:
        raise ValueError(f'"{value}" must stand as in an address; write "{written}"')
    return value


def _year(value: str) -> str:
    if not re.fullmatch(r"[12]\d{3}(-(0[1-9]|1[0-2]))?", value):
        raise ValueError(f'"{value}" must be a year or a month: "2017" or "2017-08"')
    return value


def _day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f'"{value}" must be a day such as "2023-01-01"') from error
    return value


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("empty; write something or leave the key out")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", value):
        raise ValueError(f'"{value}" is no language code; write "fi", "sv", "en", "se" …')
    return value


def _loopback(value: str) -> str:
    try:
        is_loopback = ipaddress.ip_address(value).is_loopback
    except ValueError as error:
        raise ValueError(f'"{value}" is no IP address') from error
    if not is_loopback:
        raise ValueError(f'"{value}" is not this machine; only 127.0.0.0/8 and ::1 are allowed')
    return value


def _web_port(value: str) -> str:
    if value not in ("80", "443"):
        raise ValueError(f'"{value}": only "80" and "443" can lead to another port')
    return value


Text = Annotated[str, AfterValidator(_text)]
Regex = Annotated[str, AfterValidator(_regex)]
XPath = Annotated[str, AfterValidator(_xpath)]
Host = Annotated[str, AfterValidator(_host)]
Url = Annotated[str, AfterValidator(_http_url)]
PathPrefix = Annotated[str, AfterValidator(_path)]
Year = Annotated[str, AfterValidator(_year)]
Day = Annotated[str, AfterValidator(_day)]
Language = Annotated[str, AfterValidator(_language)]
Window = Annotated[str, AfterValidator(_window)]
Loopback = Annotated[str, AfterValidator(_loopback)]
WebPort = Annotated[str, AfterValidator(_web_port)]
