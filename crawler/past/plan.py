"""Decide what to ask another archive: which questions list a site, and which of the listed captures are wanted.

Captures with the same bytes as the one before at their address are left out here and not by the index:
its ``collapse=digest`` compares neighbouring lines, also those of two addresses, and would drop whole pages
that happen to follow another with the same bytes (README of wayback-cdx-server, section Collapsing).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from archive.captures import TDM_FILE
from archive.registry import Registry, Site, WebArchive
from archive.urls import REST_LIST, urlkey
from crawler.past.holdings import Holdings, Kind, Wanted
from crawler.past.lists import STAMP, Listed
from crawler.scope import TEXTLESS_TYPES, no_text

BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the first web page."""
END = datetime(9999, 12, 31, tzinfo=UTC)

DATED_KINDS = ("posts", "pages")
"""What of WordPress's REST interface tells when a page was published or changed; a post by itself does too."""

PASSED = {
    "outside": "outside the scope of the site",
    "no-text": "images, programs and other files without text",
    "held": "in the archive already",
    "redirect": "captured redirects",
    "error": "captured error pages",
    "same": "same bytes as the capture before",
}
"""Why captures are passed over, in the words of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a run is asked for."""

    site: Site
    began: datetime = BEGINNING
    ended: datetime = END
    every: bool = False
    """Redirects, error pages and captures with the same bytes too."""


@dataclass(slots=True)
class Plan:
    """What a run will do."""

    listed: int = 0
    wanted: int = 0
    fetched: int = 0
    """Brought in by an earlier run."""
    refused: int = 0
    """Refused by an earlier run: they are not asked for again."""
    passed: Counter[str] = field(default_factory=Counter)
    """Passed over, by reason."""


def cdx_questions(archive: WebArchive, choice: Choice) -> dict[str, Kind]:
    """Return the questions to a CDX server that list the captures of a site."""
    parameters: list[tuple[str, str]] = [*archive.parameters.items()]
    parameters += [("filter", text) for text in archive.filters]
    if choice.began != BEGINNING:
        parameters.append(("from", choice.began.strftime(STAMP)))
    if choice.ended != END:
        parameters.append(("to", choice.ended.strftime(STAMP)))
    return {
        f"{archive.index}?{urlencode([('url', url), ('matchType', match), *parameters])}": "cdx"
        for url, match in stretches(choice.site)
    }


def stretches(site: Site) -> list[tuple[str, str]]:
    """Return the addresses and match types that cover the scope of a site.

    ``www.kyt.fi`` and ``kyt.fi`` are one host to an index, so only one of them is asked for.
    """
    hosts = list({urlkey(f"http://{host}/"): host for host in reversed(site.scope.hosts)}.values())
    found = [(f"{host}{path}", "prefix") for host in hosts for path in site.scope.paths]
    whole = [(host, "host") for host in hosts if "/" in site.scope.paths]
    seeds = [] if site.scope.whole_site else [(seed, "exact") for seed in site.seeds]
    return list(dict.fromkeys([*(whole or found), *seeds]))


def choose(
    holdings: Holdings,
    registry: Registry,
    archive: str,
    choice: Choice,
    held: set[tuple[str, str]],
) -> Plan:
    """Queue the captures that are wanted; pass over the others, with the reason.

    Args:
        holdings: what the archive lists.
        registry: the scopes.
        archive: the archive.
        choice: what the run is asked for.
        held: urlkey and time of the captures that our archive has.
    """
    plan = Plan()
    before: tuple[str, str | None] = ("", None)
    holdings.rest(archive, choice.site.id)
    for row in holdings.listed(archive, choice.site.id, choice.began, choice.ended):
        plan.listed += 1
        key, digest = row.capture.urlkey, row.capture.digest
        if row.state in ("done", "refused"):
            plan.fetched += row.state == "done"
            plan.refused += row.state == "refused"
        else:
            same = digest is not None and before == (key, digest)
            reason = _reason(row, registry, choice, held, same=same)
            holdings.decide(row.id, reason)
            if reason is not None:
                plan.passed[reason] += 1
            plan.wanted += reason is None
            if reason not in (None, "held"):
                continue
        before = (key, digest)
    return plan


def _reason(
    row: Wanted, registry: Registry, choice: Choice, held: set[tuple[str, str]], *, same: bool
) -> str | None:
    """Return why a capture is not wanted."""
    capture = row.capture
    found = registry.site_for(capture.url)
    if found is None or found.id != choice.site.id:
        return "outside"
    if _without_text(capture):
        return "no-text"
    if (capture.urlkey, capture.at.strftime("%Y-%m-%dT%H:%M:%SZ")) in held:
        return "held"
    if choice.every:
        return None
    if same or capture.status == 304:
        return "same"
    if capture.status is not None and 300 <= capture.status < 400:
        return "redirect"
    if capture.status is not None and capture.status >= 400:
        return "error"
    return None


def _without_text(capture: Listed) -> bool:
    """Tell whether a capture holds neither text nor exact dates nor the will of the site's owner."""
    rest = REST_LIST.search(capture.url)
    if TDM_FILE.match(capture.url) or (rest and rest["kind"].lower() in DATED_KINDS):
        return False
    return no_text(capture.url) or (capture.mime or "").lower().startswith(TEXTLESS_TYPES)
