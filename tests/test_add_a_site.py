"""docs/add-a-site.md: what it tells a person to write works, and it names every key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from archive.errors import ConfigError
from archive.registry import load_registry
from archive.registry.models import Kind, TermKind
from archive.registry.reference import DOCUMENTED, key_table
from tests.registries import CONFIG

PAGE = Path(__file__).parent.parent / "docs" / "add-a-site.md"
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the manual is not in the wheel")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Copy the shipped configuration."""
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


def blocks(language: str) -> list[str]:
    """Return the code blocks of the page in one language."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.parametrize("model", DOCUMENTED, ids=lambda model: model.__name__)
def test_every_key_is_documented(model):
    """The table of keys on the page is the one that the models give; paste it when they change."""
    assert key_table(model) in PAGE.read_text("utf-8"), f"\n{key_table(model)}"


@pytest.mark.parametrize("kinds", [Kind, TermKind], ids=["sites", "terms"])
def test_every_kind_is_documented(kinds):
    """All words that a kind may be stand on the page."""
    text = PAGE.read_text("utf-8")
    assert [kind for kind in get_args(kinds) if f"`{kind}`" not in text] == []


def test_the_example_site_loads(config: Path):
    """A person who copies the example gets a site without problems."""
    (config / "sites/09/ranta.toml").write_text(blocks("toml")[0], encoding="utf-8")
    site = load_registry(config).sites["ranta"]
    assert (site.regions, site.projects[0].started) == (("09",), "2017-08")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_other_examples_are_valid(config: Path, number: int):
    """The snippets for sections, seed lists and queries load within a site file."""
    start = 'name = "Malli"\nkind = "ministry"\nregions = ["09"]\nnote = "Osoite puuttuu."\n'
    (config / "sites/09/malli.toml").write_text(start + blocks("toml")[number], encoding="utf-8")
    assert "malli" in load_registry(config).sites


def test_the_messages_shown_are_the_real_ones(config: Path):
    """The two mistakes on the page bring exactly the lines on the page."""
    wrong = blocks("toml")[0].replace('"2017-08"', '"8/2017"')
    wrong = wrong.replace("[scope]\n", "[scope]\nexlude = ['/tulosta/']\n")
    (config / "sites/09/ranta.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_registry(config)
    shown = next(block for block in blocks("") if "exlude" in block)
    assert sorted(shown.splitlines()) == sorted(caught.value.problems)
