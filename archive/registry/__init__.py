"""Say which sites there are and how they are crawled, read and shown: the files under ``config/``.

This room alone reads TOML and validates it; everybody else asks a ``Registry``.
"""

from __future__ import annotations

from archive.registry.archives import COMMON_CRAWL, CommonCrawl, WebArchive
from archive.registry.models import (
    County,
    ExtractionTable,
    Project,
    Query,
    Region,
    Scope,
    Site,
    Term,
)
from archive.registry.registry import Registry, find_config, general_rules, load_registry
from archive.registry.scopes import seed_key
from archive.registry.settings import CrawlConfig, Limits, Render

__all__ = [
    "COMMON_CRAWL",
    "CommonCrawl",
    "County",
    "CrawlConfig",
    "ExtractionTable",
    "Limits",
    "Project",
    "Query",
    "Region",
    "Registry",
    "Render",
    "Scope",
    "Site",
    "Term",
    "WebArchive",
    "find_config",
    "general_rules",
    "load_registry",
    "seed_key",
]
