"""Say how to cite a version: in words, and as a persistent web identifier.

Source of the identifier: PWID, registered as the URN namespace ``pwid`` (RFC 8141 registration of 2018).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.site.languages import Translator

ARCHIVE = "jarjestoarkisto"
"""The archive's name in its identifiers."""


def pwid(url: str, seen: str) -> str:
    """Return the identifier of a page at a moment.

    >>> pwid("https://kyt.fi/uutiset", "2020-03-01T12:00:00+00:00")
    'urn:pwid:jarjestoarkisto:2020-03-01T12:00:00Z:page:https://kyt.fi/uutiset'
    """
    return f"urn:pwid:{ARCHIVE}:{seen[:19]}Z:page:{url}"


def citation(version: Mapping[str, Any], say: Translator) -> str:
    """Return a version as a reference in a list of sources."""
    author = version["organisation"] or version["site_name"]
    title = version["title"] or version["url"]
    seen = say("arkistoitu {date}", date=say.date(version["first_seen"][:10]))
    return (
        f"{author} ({say.date(version['published'])}). {title}. {version['site_name']}. "
        f"Järjestöarkisto, {seen}. {pwid(version['url'], version['first_seen'])}"
    )
