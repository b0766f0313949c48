"""Answer whether a URL may be fetched, from the robots.txt files kept in the frontier.

A missing or old robots.txt is asked for like any other URL, through the queue:
so it is polite, retried, captured and never fetched twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.frontier import Frontier
from crawler.robots import (
    CACHE,
    MAX_REDIRECTS,
    Robots,
    outcome_of,
    robots_url,
    unreachable_too_long,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL may be fetched; ``need`` names a robots.txt that must be fetched first."""

    allowed: bool
    need: str | None = None
    need_hops: str = ""
    reason: str | None = None
    crawl_delay: float | None = None


class RobotsCache:
    """The robots.txt files of all hosts, parsed once."""

    def __init__(self, frontier: Frontier) -> None:
        """Read from and write to the frontier's ``robots`` table."""
        self._frontier = frontier
        self._parsed: dict[str, Robots] = {}
        self._entries: dict[str, dict[str, Any]] = {}

    def verdict(self, url: str, now: datetime) -> Verdict:
        """Decide about a URL, or name the robots.txt that is needed to decide."""
        address, entry, hops = self._final(robots_url(url), now)
        if entry is None:
            return Verdict(allowed=False, need=address, need_hops="P" + "R" * hops)
        if entry["outcome"] == "rules":
            robots = self._robots(address, entry)
            if robots.allows(url):
                return Verdict(allowed=True, crawl_delay=robots.crawl_delay)
            return Verdict(allowed=False, reason=f"{address} forbids it")
        if entry["outcome"] == "deny":
            answer = entry["status"] or "no answer"
            return Verdict(allowed=False, reason=f"{address} is unreachable ({answer})")
        return Verdict(allowed=True)

    def sitemaps(self, url: str) -> list[str]:
        """Return the sitemaps that a stored robots.txt names."""
        entry = self._entry(url)
        return [] if entry is None else list(self._robots(url, entry).sitemaps)

    def store(
        self, url: str, *, status: int | None, body: bytes, target: str | None, now: datetime
    ) -> None:
        """Keep the answer to a robots.txt; ``target`` is where a redirect leads."""
        outcome = outcome_of(status)
        if outcome == "redirect" and target is None:
            outcome = "allow"  # a redirect to nowhere is an absent file
        since = self._unreachable_since(url, now) if outcome == "deny" else None
        if unreachable_too_long(since, now):
            outcome = "allow"
        entry = {
            "url": url,
            "outcome": outcome,
            "status": status,
            "target": target,
            "body": body if outcome == "rules" else None,
            "fetched_at": now.isoformat(),
            "expires_at": (now + CACHE).isoformat(),
            "unreachable_since": since.isoformat() if since else None,
        }
        self._frontier.keep_robots(entry)
        self._entries[url] = entry
        self._parsed.pop(url, None)

    def _unreachable_since(self, url: str, now: datetime) -> datetime:
        before = self._entry(url)
        since = before["unreachable_since"] if before else None
        return datetime.fromisoformat(since) if since else now

    def _final(self, url: str, now: datetime) -> tuple[str, dict[str, Any] | None, int]:
        """Follow the redirects; a missing or old file on the way has no entry."""
        for hop in range(MAX_REDIRECTS + 1):
            entry = self._entry(url)
            if entry is None or not _is_fresh(entry, now):
                return url, None, hop
            if entry["outcome"] != "redirect":
                return url, entry, hop
            url = entry["target"]
        return url, {"outcome": "allow"}, MAX_REDIRECTS

    def _entry(self, url: str) -> dict[str, Any] | None:
        if url not in self._entries:
            entry = self._frontier.robots(url)
            if entry is None:
                return None
            self._entries[url] = entry
        return self._entries[url]

    def _robots(self, url: str, entry: dict[str, Any]) -> Robots:
        if url not in self._parsed:
            self._parsed[url] = Robots(entry["body"] or b"")
        return self._parsed[url]


def _is_fresh(entry: dict[str, Any], now: datetime) -> bool:
    """Tell whether an entry may be used; one from the future was written by a wrong clock."""
    fetched, expires = entry["fetched_at"], entry["expires_at"]
    return datetime.fromisoformat(fetched) <= now < datetime.fromisoformat(expires)
