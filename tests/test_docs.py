"""The documentation says what the program does."""

import importlib.util
from pathlib import Path

import click
import pytest

from crawler.cli import cli

ROOT = Path(__file__).parents[1]


def generator():
    """Load docs/generate.py, which is no package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date():
    """docs/cli.md and docs/schema.md are what `python docs/generate.py` writes."""
    assert generator().stale() == []


@pytest.mark.parametrize("verb", sorted(cli.commands))
def test_every_verb_has_an_example_and_every_option_a_help(verb):
    """--help ends with an example that names the verb, and explains each option."""
    command = cli.commands[verb]
    example = (command.help or "").partition("Example:")[2]
    assert f" {verb}" in example
    assert example.strip().startswith("arkisto ")
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("verb", sorted(cli.commands))
def test_every_verb_stands_in_the_operators_guide_or_the_readme(verb):
    """A verb that nobody reads about does not exist for its users."""
    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "operations.md").read_text()
    assert f"arkisto {verb}" in text
