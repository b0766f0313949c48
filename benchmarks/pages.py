"""Give the benchmarks their pages: the fixtures, and the gate that was written before the rules were looked at."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trafilatura import bare_extraction
from trafilatura.settings import Document

from archive.extraction import extract_payload
from archive.personal import without_codes
from archive.records import Extraction
from archive.registry import general_rules

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"
RULES = general_rules(FIXTURES.parent.parent / "config")
GATE_CAPTURED = datetime(2025, 3, 1, 9, tzinfo=UTC)
WORD = re.compile(r"\w+")
MARK = re.compile(r"^(?:## |- |\| )", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page with what it should give."""

    name: str
    payload: bytes
    url: str
    content_type: str
    captured: datetime
    text: str
    title: str | None
    published: str | None
    undated: bool
    """True where the page has no day of publication, so that any is invented."""
    facts: dict[str, Any]
    """Everything else that is known of it."""


def load_fixtures() -> list[Page]:
    """Return the HTML pages of tests/fixtures/pages whose whole text is known; those with site rules stay out."""
    pages = []
    for folder in sorted((FIXTURES / "pages").iterdir()):
        source = folder / "input.html"
        wanted = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
        meta = tomllib.loads((folder / "meta.toml").read_text(encoding="utf-8"))
        if source.exists() and "text" in wanted and "rules" not in meta:
            pages.append(_fixture(folder.name, source.read_bytes(), meta, wanted))
    return pages


def _fixture(name: str, payload: bytes, meta: dict[str, Any], wanted: dict[str, Any]) -> Page:
    return Page(
        name=name,
        payload=payload,
        url=meta["url"],
        content_type=meta["content_type"],
        captured=meta["captured"],
        text=wanted["text"],
        title=wanted.get("title"),
        published=wanted.get("published"),
        undated="published" in wanted.get("absent", []),
        facts=wanted,
    )


def load_gate() -> list[Page]:
    """Return the pages of tests/fixtures/gate."""
    source = (FIXTURES / "gate" / "contents.toml").read_text(encoding="utf-8")
    return [_gate_page(facts) for facts in tomllib.loads(source)["page"]]


def _gate_page(facts: dict[str, Any]) -> Page:
    file = FIXTURES / "gate" / "pages" / f"{facts['id']}.html"
    return Page(
        name=facts["id"],
        payload=file.read_bytes(),
        url=facts["url"],
        content_type="text/html",
        captured=GATE_CAPTURED,
        text=without_codes(MARK.sub("", facts["body"].strip())),
        title=facts["title"],
        published=facts.get("published"),
        undated="published" not in facts,
        facts=facts,
    )


def read_ours(page: Page) -> Extraction:
    """Read a page with our extraction."""
    return extract_payload(
        page.payload,
        url=page.url,
        content_type=page.content_type,
        captured=page.captured,
        rules=RULES,
    )


def read_plain(page: Page) -> tuple[str, str | None, str | None]:
    """Return text, title and date as trafilatura gives them with its defaults."""
    found = bare_extraction(page.payload, url=page.url, include_comments=False, with_metadata=True)
    if not isinstance(found, Document):
        return "", None, None
    return found.text or "", found.title, found.date


def word_f1(found: str, wanted: str) -> float:
    """Return the F1 of the words of two texts, as the WCXB benchmark counts it."""
    left, right = (Counter(WORD.findall(text.lower())) for text in (found, wanted))
    common = (left & right).total()
    return 2 * common / (left.total() + right.total()) if common else 0.0
