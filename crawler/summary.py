"""Write the crawl report as a table for a terminal: one line a site, worst first, with a total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_SITES = 36
"""Sites with a line of their own; with heads, total and counts of the rest the table fits on a screen of 40 lines."""

HEADS = ("site", "asked", "new", "changed", "same", "skipped", "failed", "MB", "pace", "remarks")
_REMARKS = 60
"""Characters of the remarks of a site; the whole text stands in the report in the WARC file."""

Site = Mapping[str, Any]


def summary_lines(report: Mapping[str, Any]) -> list[str]:
    """Return the lines of the table.

    Worst is: a broken expectation, then an alarm, then the share of URLs that failed.
    ``same`` counts what was asked for and what a trusted sitemap calls unchanged;
    ``pace`` is the time from first to last request, in times of the time that politeness asks for.

    Args:
        report: the crawl report, as it stands in the WARC file.
    """
    sites: dict[str, dict[str, Any]] = {
        name: {
            **told,
            "alarms": [alarm for alarm in report.get("alarms", ()) if alarm["site"] == name],
        }
        for name, told in report.get("sites", {}).items()
    }
    ordered = sorted(sites, key=lambda name: (*_badness(sites[name]), name))
    rows = [_row(name, sites[name]) for name in ordered[:MOST_SITES]]
    lines = _aligned([HEADS, *rows, _total(report)])
    left = ordered[MOST_SITES:]
    if left:
        troubled = sum(bool(_remarks(sites[name])) for name in left)
        lines.insert(-1, f"... and {len(left)} more sites, {troubled} of them with remarks")
    return lines


def _badness(site: Site) -> tuple[bool, bool, float, bool]:
    """Return a key that sorts the worst first."""
    share = site["failed"] / max(1, site["fetched"])
    return not site.get("broken"), not site["alarms"], -share, not _remarks(site)


def _row(name: str, site: Site) -> tuple[str, ...]:
    counts = (site.get(thing, 0) for thing in ("fetched", "new", "changed"))
    speed = _pace(site.get("seconds"), site.get("bound_seconds"))
    return (
        name,
        *map(str, counts),
        str(site.get("unchanged", 0) + site.get("believed", 0)),
        _skips(site),
        str(site["failed"]),
        _megabytes(site.get("bytes", 0)),
        speed,
        _shortened(_remarks(site)),
    )


def _skips(site: Site) -> str:
    """Count what was not asked for, with the most frequent reason."""
    reasons: Mapping[str, int] = site.get("skips") or {}
    most = max(reasons, key=lambda reason: reasons[reason], default=None)
    others = "…" if len(reasons) > 1 else ""
    return f"{site['skipped']}{f' ({most}{others})' if most else ''}"


def _remarks(site: Site) -> str:
    alarms = [f"{alarm['sign']}: {alarm['detail']}" for alarm in site["alarms"]]
    told = [f"! {site['broken']}" if site.get("broken") else "", *alarms, site.get("resting") or ""]
    return "; ".join(part for part in told if part)


def _shortened(text: str) -> str:
    return text if len(text) <= _REMARKS else f"{text[: _REMARKS - 1]}…"


def _total(report: Mapping[str, Any]) -> tuple[str, ...]:
    counts, sites = report.get("counts", {}), report.get("sites", {})
    asked = (str(counts.get(thing, 0)) for thing in ("fetched", "new", "changed"))
    broken = sum(bool(site.get("broken")) for site in sites.values())
    alarmed = len({alarm["site"] for alarm in report.get("alarms", ())})
    return (
        f"total of {len(sites)}",
        *asked,
        str(counts.get("unchanged", 0) + counts.get("believed", 0)),
        str(counts.get("skipped", 0) + counts.get("robots_denied", 0)),
        str(counts.get("failed", 0)),
        _megabytes(counts.get("bytes", 0)),
        _pace(report.get("seconds"), report.get("bound_seconds")),
        f"{broken} below expectation, {alarmed} with alarms",
    )


def _pace(seconds: float | None, bound: float | None) -> str:
    return f"{seconds / bound:.2f}" if seconds and bound else "-"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Pad the columns: names, skips and remarks to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lefts = {0, 5, len(HEADS) - 1}
    return [
        "  ".join(
            cell.ljust(width) if place in lefts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
