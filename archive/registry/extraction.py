"""Define the rules of extraction.toml, and join them with those of a site file into the rules of its pages.

As in ``registry.models``, the fields are the keys and their docstrings the meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from archive.records import CmsRules, ExtractionRules, PageType
from archive.registry.models import ExtractionTable, Table
from archive.registry.values import Regex, Text, XPath

OWN = "site"
"""The name of a site's own rules among those that fired."""


class Clutter(Table):
    """What is no part of a text, whatever made the page."""

    classes: tuple[Text, ...] = ()
    """Classes of short elements that are left out."""


class Cms(Table):
    """Where one content system keeps what is read, and what it leaves behind."""

    id: str
    """The name of the table: ``[cms.joomla]``."""
    mark: XPath | None = None
    """What only its pages hold; the XPaths below are asked where this finds something."""
    title_xpath: XPath | None = None
    """Where the title stands."""
    date_xpath: XPath | None = None
    """Where the date of publication stands."""
    modified_xpath: XPath | None = None
    """Where the date of the last change stands."""
    body_xpath: XPath | None = None
    """The element that holds the main text."""
    prune_xpath: tuple[XPath, ...] = ()
    """Elements removed before the text is read."""
    page_types: dict[Regex, PageType] = Field(default_factory=dict)
    """An expression searched in the addresses of every site, and the type of the pages that it finds."""
    clutter: tuple[Text, ...] = ()
    """Its classes of short elements that are no part of a text; looked for on every page."""
    residue: tuple[Regex, ...] = ()
    """Expressions of whole lines that it leaves behind; looked for on every page."""


class ReadingRules(Table):
    """The rules of extraction.toml, which hold for all sites."""

    residue: dict[str, Regex] = Field(default_factory=dict)
    """A name, and an expression of whole lines that say nothing."""
    clutter: Clutter = Clutter()
    """What is no part of a text, whatever made the page."""
    cms: tuple[Cms, ...] = ()
    """The content systems that are known."""

    def rules_for(self, site: ExtractionTable) -> ExtractionRules:
        """Return the rules for the pages of a site: its own, then those that hold for all."""
        own = {name: getattr(site, name) for name in SAME}
        return ExtractionRules(
            **own,
            page_types=tuple(site.page_types.items()),
            residue=(*((OWN, line) for line in site.residue), *self._residue()),
            clutter=tuple(self._clutter()),
            cms=tuple(
                CmsRules(
                    name=cms.id,
                    **cms.model_dump(exclude={"id", "clutter", "residue", "page_types"}),
                    page_types=tuple(cms.page_types.items()),
                )
                for cms in self.cms
            ),
        )

    def _residue(self) -> Iterator[tuple[str, str]]:
        yield from self.residue.items()
        yield from ((cms.id, line) for cms in self.cms for line in cms.residue)

    def _clutter(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield "general", self.clutter.classes
        yield from ((cms.id, cms.clutter) for cms in self.cms if cms.clutter)


SAME = (
    *("title_xpath", "date_xpath", "modified_xpath", "body_xpath", "prune_xpath"),
    *("date_order", "ocr"),
)
"""The keys of a site that stand in its rules as they are."""
