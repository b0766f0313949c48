"""Say which region and which programmes a version belongs to.

A site that serves certain regions gives them to its pages; a page of a national site belongs where its text clearly says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

REGION = "region:"
LEAST_MENTIONS = 2
"""A national page must name a region this often to be about it …"""
LEAD = 2
"""… and this many times as often as the next region."""


@dataclass(frozen=True, slots=True)
class Project:
    """A programme that a site belongs to, and from when to when."""

    programme: str
    started: str | None
    ended: str | None

    def covers(self, year: int) -> bool:
        """Tell whether the project ran in a year; an unknown beginning or end is no bound."""
        begins = int(self.started[:4]) if self.started else year
        ends = int(self.ended[:4]) if self.ended else year
        return begins <= year <= ends


def regions_of(site_regions: Sequence[str], mentions: Mapping[str, int]) -> tuple[str, ...]:
    """Return the region codes of a version, the region it is about first.

    Args:
        site_regions: the regions of the site, most important first; none for a national site.
        mentions: how often each term, ``region:09`` among them, stands in the text.

    >>> regions_of((), {"region:15": 3, "region:02": 1})
    ('15',)
    >>> regions_of((), {"region:15": 2, "region:02": 2})
    ()
    """
    if site_regions:
        return tuple(site_regions)
    found = {
        term.removeprefix(REGION): n for term, n in mentions.items() if term.startswith(REGION)
    }
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < LEAST_MENTIONS:
        return ()
    second = ranked[1][1] if len(ranked) > 1 else 0
    if ranked[0][1] < LEAD * second:
        return ()
    return tuple(code for code, count in ranked if count >= LEAST_MENTIONS)


def programmes_of(
    projects: Iterable[Project], mentioned: Iterable[str], year: int | None
) -> tuple[str, ...]:
    """Return the programmes of a version in alphabetical order.

    Those that its text mentions, and those of its site that ran in its year;
    without a year, the site's programme only where it has no other.

    >>> old, new = Project("jarjesto20", "2017", "2020"), Project("muutostuki", "2021", None)
    >>> programmes_of([old, new], ["stea"], 2019)
    ('jarjesto20', 'stea')
    >>> programmes_of([old, new], [], None)
    ()
    """
    own = list(projects)
    if year is not None:
        running = {one.programme for one in own if one.covers(year)}
    else:
        only = {one.programme for one in own}
        running = only if len(only) == 1 else set()
    return tuple(sorted(running | set(mentioned)))
