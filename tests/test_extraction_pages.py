"""Every fixture page is read as its expected.toml says, one test for each page and field.

A case is a folder: ``input.*`` the bytes, ``meta.toml`` address, type, capture and the site's rules,
``expected.toml`` what must come out; ``absent`` lists what must not be claimed.
"""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from archive.extraction import extract_payload
from archive.records import Extraction, StatedDate
from archive.registry import general_rules
from tests.registries import CONFIG

PAGES = Path(__file__).parent / "fixtures" / "pages"


def _expected(case: str) -> dict[str, object]:
    return tomllib.loads((PAGES / case / "expected.toml").read_text(encoding="utf-8"))


@cache
def _extracted(case: str) -> Extraction:
    meta = tomllib.loads((PAGES / case / "meta.toml").read_text(encoding="utf-8"))
    rules = dict(meta.get("rules", {}))
    if "prune_xpath" in rules:
        rules["prune_xpath"] = tuple(rules["prune_xpath"])
    (source,) = (PAGES / case).glob("input.*")
    return extract_payload(
        source.read_bytes(),
        url=meta["url"],
        content_type=meta["content_type"],
        captured=meta["captured"],
        rules=replace(general_rules(CONFIG), **rules),
    )


def _value(found: Extraction, field: str) -> object:
    name, _, part = field.partition("_")
    stated = getattr(found, name, None)
    if part and isinstance(stated, StatedDate):
        return getattr(stated, part)
    value = getattr(found, field)
    if isinstance(value, StatedDate):
        return value.value
    return list(value) if isinstance(value, tuple) else value


FIELDS = [
    pytest.param(case.name, field, wanted, id=f"{case.name}-{field}")
    for case in sorted(PAGES.iterdir())
    for field, wanted in _expected(case.name).items()
    if field not in ("absent", "text_has", "text_lacks", "text_starts", "links_have")
]
ABSENT = [
    pytest.param(case.name, field, id=f"{case.name}-{field}")
    for case in sorted(PAGES.iterdir())
    for field in _expected(case.name).get("absent", [])
]
TEXTS = [
    pytest.param(case.name, part, id=f"{case.name}-{part}")
    for case in sorted(PAGES.iterdir())
    for part in ("text_has", "text_lacks", "text_starts", "links_have")
    if part in _expected(case.name)
]


@pytest.mark.parametrize(("case", "field", "wanted"), FIELDS)
def test_field_is_read(case, field, wanted):
    """The field has exactly the expected value."""
    assert _value(_extracted(case), field) == wanted


@pytest.mark.parametrize(("case", "field"), ABSENT)
def test_field_is_not_claimed(case, field):
    """What the page does not say about itself stays unknown."""
    assert getattr(_extracted(case), field) is None


@pytest.mark.parametrize(("case", "part"), TEXTS)
def test_text_and_links_hold_what_they_must(case, part):
    """The main text holds the page's own words and none of its furniture; the links are all there."""
    found, wanted = _extracted(case), _expected(case)[part]
    if part == "text_starts":
        assert found.text.startswith(wanted)
    elif part == "links_have":
        assert set(wanted) <= {link.url for link in found.links}
    else:
        held = [row for row in wanted if row in found.text]
        assert held == (wanted if part == "text_has" else [])


def test_there_are_enough_cases():
    """The fixtures cover at least twenty patterns, so that a pattern cannot vanish unseen."""
    assert len(list(PAGES.iterdir())) >= 40
