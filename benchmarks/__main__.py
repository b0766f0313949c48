"""Run every short benchmark and say which of them fell below its floors."""

from __future__ import annotations

import json
import subprocess
import sys

SHORT = (
    "text",
    "dates",
    "attachments",
    "mentions",
    "search_quality",
    "extraction_cost",
    "line",
    "recrawl",
    "crawl_cost",
    "fidelity",
    "traps",
    "damage",
    "warc_import",
)
"""Benchmarks that end within a minute or two and are part of the build."""


def main() -> int:
    """Run them one after the other; end with 1 if one fell short."""
    failed = []
    for name in SHORT:
        print(f"== {name}", flush=True)
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        print(run.stdout, end="", flush=True)
        last = (run.stdout.splitlines() or [""])[-1]
        if run.returncode or not json.loads(last or "{}").get("ok"):
            failed.append(name)
    print(
        f"fell short: {', '.join(failed)}"
        if failed
        else f"{len(SHORT)} benchmarks hold their floors"
    )
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
