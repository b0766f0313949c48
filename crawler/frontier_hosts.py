"""Keep what the frontier knows of hosts and sites besides their URLs.

The robots.txt files, what was spent today, how far sitemaps are trusted, signs of an ending.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from crawler.frontier_notes import Notes
from crawler.targets import Sign, SignName

Claim = Literal["same", "new"]
"""What the date in a sitemap says of a page: unchanged, or changed."""


class HostNotes(Notes):
    """The tables about hosts and sites."""

    def probes(self) -> dict[str, str | None]:
        """Return what hosts say of an address that cannot exist; ``None`` for an honest 404, or none yet."""
        return {row["host"]: row["fingerprint"] for row in self._all("select * from probes")}

    def note_probe(self, host: str, fingerprint: str | None) -> None:
        """Keep what a host says of an address that cannot exist."""
        self._change("insert or replace into probes values (?, ?)", host, fingerprint)

    def closed_shapes(self, since: datetime) -> list[tuple[str, str, str]]:
        """Return site, shape and rule of the shapes of addresses that were closed since a time."""
        rows = self._all("select * from closed_shapes where at >= ?", since.isoformat())
        return [(row["site"], row["shape"], row["rule"]) for row in rows]

    def close_shape(self, site: str, shape: str, rule: str, *, at: datetime) -> None:
        """Keep that a shape of addresses is a trap."""
        self._change(
            "insert or replace into closed_shapes values (?, ?, ?, ?)",
            site,
            shape,
            rule,
            at.isoformat(),
        )

    def robots(self, url: str) -> dict[str, Any] | None:
        """Return what is kept of a robots.txt."""
        row = self._one("select * from robots where url = ?", url)
        return None if row is None else dict(row)

    def keep_robots(self, entry: dict[str, Any]) -> None:
        """Keep what a robots.txt said."""
        columns = (
            "url", "outcome", "status", "target", "body", "fetched_at", "expires_at", "unreachable_since",
        )  # fmt: skip
        self._change(
            "insert or replace into robots values (?, ?, ?, ?, ?, ?, ?, ?)",
            *(entry.get(column) for column in columns),
        )

    # --- budgets

    def spent(self, site: str, day: str) -> tuple[int, int]:
        """Return the requests to a site on a day, and the bytes that came."""
        row = self._one("select requests, bytes from spent where site = ? and day = ?", site, day)
        return (0, 0) if row is None else (row["requests"], row["bytes"])

    def spend(self, site: str, day: str, size: int) -> None:
        """Count one request and the bytes of its answer."""
        self._change(
            "insert into spent values (?, ?, 1, ?) on conflict do update"
            " set requests = requests + 1, bytes = bytes + excluded.bytes",
            site,
            day,
            size,
        )

    # --- trust in sitemaps

    def trust(self, host: str, claim: Claim) -> tuple[float, float]:
        """Return how often a claim was tested of late, and how often it was right."""
        row = self._one(
            'select asked, "right" from trust where host = ? and claim = ?', host, claim
        )
        return (0.0, 0.0) if row is None else (row["asked"], row["right"])

    def audited(self, host: str, claim: Claim, *, right: bool, fading: float) -> None:
        """Note that a claim was tested; older tests count less by the factor ``fading``."""
        self._change(
            "insert into trust values (?, ?, 1, ?) on conflict do update"
            ' set asked = asked * ? + 1, "right" = "right" * ? + excluded."right"',
            host,
            claim,
            int(right),
            fading,
            fading,
        )

    # --- signs of an ending

    def note_sign(self, sign: Sign, at: datetime) -> None:
        """Keep a sign of a site, with the time it was first and last seen."""
        self._change(
            "insert into signs values (?, ?, ?, ?, ?, ?) on conflict do update"
            " set detail = excluded.detail, url = excluded.url, last_at = excluded.last_at",
            sign.site,
            sign.name,
            sign.detail,
            sign.url,
            at.isoformat(),
            at.isoformat(),
        )

    def clear_sign(self, site: str, name: SignName, url: str | None) -> None:
        """Drop a sign that is no longer seen where it was seen (at any address, if it had none)."""
        self._change(
            "delete from signs where site = ? and sign = ? and (url is null or url is ?)",
            site,
            name,
            url,
        )

    def forget_signs(self, name: SignName, seen_before: datetime) -> None:
        """Drop the signs of this name that have not been seen since."""
        self._change(
            "delete from signs where sign = ? and last_at < ?", name, seen_before.isoformat()
        )

    def signs(self) -> list[Sign]:
        """Return the signs of all sites."""
        rows = self._all("select site, sign as name, detail, url from signs order by site, sign")
        return [Sign(**dict(row)) for row in rows]
