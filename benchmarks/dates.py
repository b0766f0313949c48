"""Measure the days of publication and of change against trafilatura (htmldate) in the same run.

``python -m benchmarks.dates`` prints every page that is wrong and, as its last line, one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from benchmarks.pages import Page, load_fixtures, load_gate, read_ours, read_plain

FLOORS = {"precision": 0.98, "recall": 0.97, "modified": 0.95, "evidence": 1.0}
"""What the figures may not fall below; they only rise.

The gate on the day it was written: 46 of 46 days right, none invented on 17 pages without one."""
MOST_INVENTED = 0.0
"""Share of the pages without a day of publication to which one may be given."""


def score(pages: Sequence[Page], days: Sequence[str | None]) -> dict[str, float]:
    """Return precision and recall of asserted days, and the share of invented ones."""
    pairs = list(zip(pages, days, strict=True))
    dated = [(page.published, day) for page, day in pairs if page.published]
    undated = [day for page, day in pairs if page.undated]
    right = sum(wanted == day for wanted, day in dated)
    asserted = sum(day is not None for _, day in dated) + sum(day is not None for day in undated)
    return {
        "precision": round(right / asserted, 4) if asserted else 0.0,
        "recall": round(right / len(dated), 4),
        "invented": round(sum(day is not None for day in undated) / len(undated), 4),
    }


def main() -> int:
    """Print the figures of both and tell whether ours hold."""
    pages = [*load_gate(), *load_fixtures()]
    found = [read_ours(page) for page in pages]
    days = [row.published.value if row.published else None for row in found]
    for page, day in zip(pages, days, strict=True):
        if day != page.published and (page.published or page.undated):
            print(f"{page.name}: {day}, not {page.published}")
    ours = score(pages, days)
    plain = score(pages, [read_plain(page)[2] for page in pages])
    changed = [
        (page.facts["modified"], row.modified.value if row.modified else None)
        for page, row in zip(pages, found, strict=True)
        if "modified" in page.facts
    ]
    stated = [row.published for row in found if row.published]
    held = [bool(date.evidence and date.source and 0 < date.confidence <= 1) for date in stated]
    ours["modified"] = round(sum(a == b for a, b in changed) / len(changed), 4)
    ours["evidence"] = round(sum(held) / len(held), 4)
    ok = all(ours[name] >= floor for name, floor in FLOORS.items())
    ok = ok and ours["invented"] <= MOST_INVENTED
    told = ours | {"pages": len(pages), "dated": sum(bool(page.published) for page in pages)}
    floors = FLOORS | {"invented": MOST_INVENTED}
    print(json.dumps({"name": "dates", "ok": ok, "figures": told, "peer": plain, "floors": floors}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
