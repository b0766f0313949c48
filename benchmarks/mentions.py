"""Measure what is found in texts: municipalities, regions, structures, personal data, events, relations.

``python -m benchmarks.mentions`` prints what was missed or wrong and, as its last line, one JSON object.
The texts are those of the gate. The peer of the municipalities looks for the names as they stand, without their forms.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from archive.events import find_events
from archive.mentions import find_mentions, find_regions
from archive.personal import find_personal
from archive.places import find_places, municipalities
from archive.registry import Registry, load_registry
from archive.relations import find_relations
from benchmarks.pages import Page, load_gate

CONFIG = Path(__file__).resolve().parent.parent / "config"
SITES = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "sites"
FLOORS = {
    "municipalities_precision": 0.98,
    "municipalities_recall": 0.97,
    "regions_recall": 1.0,
    "structures_recall": 1.0,
    "personal_precision": 1.0,
    "personal_recall": 1.0,
    "events_precision": 0.8,
    "events_recall": 1.0,
    "relations_region": 0.9,
    "relations_precision": 0.95,
    "relations_recall": 0.98,
}
"""What the figures may not fall below; they only rise. The texts were written before places, personal data and relations were looked for."""
CODES = {name: place.code for place in municipalities() for name in (place.sv, place.fi)}
LABEL = re.compile(r"^(?:p\.|puh\.)\s*")


def found_in(page: Page, registry: Registry) -> dict[str, set[str]]:
    """Return what is found in the text of a page, by kind."""
    body, text = page.facts["body"].strip(), f"{page.title}\n{page.facts['body']}"
    near = page.facts.get("regions", [])
    reference = date.fromisoformat(page.published) if page.published else page.captured.date()
    events = find_events(body, reference)
    return {
        "municipalities": {row.term.partition(":")[2] for row in find_places(text, near)},
        "regions": {
            row.term.partition(":")[2] for row in find_regions(text, registry.regions.values())
        },
        "structures": {
            row.term
            for row in find_mentions(text, registry.terms.values())
            if registry.terms[row.term].kind == "structure"
        },
        "personal": {body[span.start : span.end] for span in find_personal(body)},
        "events": {event.start + (f"/{event.end}" if event.end else "") for event in events},
    }


def wanted_of(page: Page) -> dict[str, set[str] | None]:
    """Return what the text of a page holds, by kind; ``None`` where nobody wrote it down."""
    facts = page.facts
    named = facts.get("municipalities")
    return {
        "municipalities": None if named is None else {CODES[name] for name in named},
        "regions": set(facts["regions"]) if "regions" in facts else None,
        "structures": set(facts["structures"]) if "structures" in facts else None,
        "personal": {LABEL.sub("", entry) for entry in facts.get("personal", [])},
        "events": set(facts.get("events", [])),
    }


def score(pairs: Iterable[tuple[str, set[str], set[str]]], kind: str) -> dict[str, float]:
    """Return precision and recall over all pages, and print what differs."""
    right = extra = missed = 0
    for name, found, wanted in pairs:
        right += len(found & wanted)
        extra += len(found - wanted)
        missed += len(wanted - found)
        if found != wanted:
            print(f"{name}: {kind} +{sorted(found - wanted)} -{sorted(wanted - found)}")
    return {
        f"{kind}_precision": round(right / (right + extra), 4),
        f"{kind}_recall": round(right / (right + missed), 4),
    }


def relations_region(pages: list[Page], registry: Registry) -> float:
    """Return the share of pages about a structure whose first relation to it names their region."""
    told = [page for page in pages if page.facts.get("structures") and page.facts.get("regions")]
    right = 0
    for page in told:
        rows = find_relations(
            f"{page.title}.\n{page.facts['body']}", registry.terms.values(), registry.regions
        )
        wanted = {(name, region) for name in page.facts["structures"] for region in page.facts["regions"]}  # fmt: skip
        right += bool(wanted & {(row.structure, row.region) for row in rows})
    return round(right / len(told), 4)


def relation_scores(registry: Registry) -> dict[str, float]:
    """Return precision and recall of term, region, year and organisation over the sentences of the miniature sites."""
    source = (SITES / "relations.toml").read_text(encoding="utf-8")
    pairs = []
    for told in tomllib.loads(source)["sentence"]:
        rows = find_relations(
            told["text"],
            registry.terms.values(),
            registry.regions,
            site_regions=registry.sites[told["site"]].regions,
            year=told.get("year"),
        )
        found = {
            str((r.structure, r.region or "", r.year or 0, r.organisation or "")) for r in rows
        }
        pairs.append((told["text"][:60], found, {str(tuple(row)) for row in told["tells"]}))
    return score(pairs, "relations")


def plain_recall(pages: list[Page]) -> float:
    """Return the share of municipalities whose uninflected name stands in the text as a word."""
    hits = total = 0
    for page in pages:
        for name in page.facts.get("municipalities", []):
            total += 1
            hits += re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page.text) is not None
    return round(hits / total, 4)


def main() -> int:
    """Print the figures and tell whether they hold."""
    pages, registry = load_gate(), load_registry(CONFIG)
    rows = [(page, found_in(page, registry), wanted_of(page)) for page in pages]
    figures: dict[str, Any] = {}
    for kind in ("municipalities", "regions", "structures", "personal", "events"):
        told = [(p.name, f[kind], w) for p, f, want in rows if (w := want[kind]) is not None]
        figures |= score(told, kind)
    figures |= relation_scores(registry)
    figures["relations_region"] = relations_region(pages, registry)
    ok = all(figures[name] >= floor for name, floor in FLOORS.items())
    peer = {"municipalities_recall": plain_recall(pages)}
    print(json.dumps({"name": "mentions", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}))  # fmt: skip
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
