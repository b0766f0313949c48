"""Say how a search is narrowed, each narrowing with the address that takes it away."""

from __future__ import annotations

from collections.abc import Iterator

from archive.search.facets import NAMES
from archive.site.addresses import Asked
from archive.site.holding import Names
from archive.site.labels import value_label
from archive.site.languages import Translator


def narrowings(
    asked: Asked, names: Names, say: Translator, path: str, *more: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield label and address for each value that a search is narrowed to.

    Args:
        asked: the search.
        names: of the edition.
        say: the language.
        path: the page that the addresses lead to.
        more: parameters of that page.
    """
    for name in NAMES:
        for value in asked.filters.get(name, ()):
            wider = asked.toggled(name, value)
            yield value_label(name, value, names, say), wider.at(path, *more)
