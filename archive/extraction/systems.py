"""Tell which content system made a page, and join its rules with those of the site."""

from __future__ import annotations

from dataclasses import replace

from lxml.html import HtmlElement

from archive.records import CmsRules, ExtractionRules

PLACES = ("title_xpath", "body_xpath")
"""What a system tells where the site says nothing; its dates have a step of their own in the cascade."""


def system_of(tree: HtmlElement, rules: ExtractionRules) -> CmsRules | None:
    """Return the rules of the first content system whose mark stands on the page."""
    return next((cms for cms in rules.cms if cms.mark and tree.xpath(f"boolean({cms.mark})")), None)


def joined(rules: ExtractionRules, cms: CmsRules | None) -> ExtractionRules:
    """Return the rules of the site, completed with those of the system."""
    if cms is None:
        return rules
    told = {name: getattr(rules, name) or getattr(cms, name) for name in PLACES}
    return replace(rules, **told, prune_xpath=(*rules.prune_xpath, *cms.prune_xpath))
