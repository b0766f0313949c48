"""Load the registry: which sites there are, their regions, the vocabulary and the crawl settings.

``load_registry`` reads the whole ``config/`` directory and reports every problem of every file at once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import ConfigError
from archive.records import ExtractionRules
from archive.registry.extraction import ReadingRules
from archive.registry.models import County, ExtractionTable, Region, Site, Term
from archive.registry.problems import suggestion
from archive.registry.reading import Loading
from archive.registry.scopes import ScopeIndex
from archive.registry.settings import CrawlConfig

PACKAGED = Path(__file__).parents[1] / "_config"
SOURCE_TREE = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Registry:
    """Everything that the files under ``config/`` say."""

    config: Path
    """The directory that was read."""
    sites: dict[str, Site]
    """Every site by its id, in the order of the ids."""
    regions: dict[str, Region]
    """The 19 regions by code."""
    counties: dict[str, County]
    """The wellbeing services counties and Helsinki by id."""
    terms: dict[str, Term]
    """The vocabulary by id, in the order of the file."""
    crawl: CrawlConfig
    digest: str
    """First 16 hex characters of the SHA-256 of all files: changes when the configuration does."""
    warnings: tuple[str, ...] = ()
    """What can be run as it is but should not stay so, such as an operator who is a placeholder."""
    reading: ReadingRules = field(default_factory=ReadingRules)
    """How pages are read, whatever their site."""
    _scopes: ScopeIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the scopes by host."""
        object.__setattr__(self, "_scopes", ScopeIndex(self.sites.values()))

    def site_for(self, url: str) -> Site | None:
        """Return the site whose scope holds this address, or ``None``.

        A seed of a seed list wins, then the longest path prefix that is not excluded;
        attachments on the host of a seed list belong to it.
        """
        return self._scopes.site_for(url)

    def rules_for(self, site: str) -> ExtractionRules:
        """Return the rules by which the pages of a site are read."""
        return self.reading.rules_for(self.sites[site].extraction)

    def select(self, ids: Iterable[str], region: str | None) -> list[Site]:
        """Return the sites of these ids (all, if none is given) in one region, most urgent first.

        Raises:
            ConfigError: an id or the region is unknown; the message suggests the nearest.
        """
        wanted = list(dict.fromkeys(ids))
        problems = [
            f'no site "{name}"{suggestion(name, self.sites)} (arkisto sites lists them)'
            for name in wanted
            if name not in self.sites
        ]
        if region is not None and region not in self.regions:
            codes = ", ".join(f"{code} {self.regions[code].fi}" for code in sorted(self.regions))
            problems.append(f'no region "{region}"; the codes are: {codes}')
        if problems:
            raise ConfigError(problems)
        chosen = [self.sites[name] for name in wanted] if wanted else list(self.sites.values())
        inside = [site for site in chosen if region is None or region in site.regions]
        return sorted(inside, key=lambda site: (site.priority, site.id))


def find_config(explicit: Path | None = None) -> Path:
    """Return the config directory: the one asked for, ``$ARKISTO_CONFIG``, ``./config``, or the packaged one.

    Raises:
        ConfigError: the directory that was asked for does not exist.
    """
    named = os.environ.get("ARKISTO_CONFIG")
    asked = explicit or (Path(named) if named else None)
    if asked is not None:
        if not asked.is_dir():
            source = "--config" if explicit else "ARKISTO_CONFIG"
            raise ConfigError(
                [f"{source}: {asked} is no directory; name one that holds crawl.toml"]
            )
        return asked
    here = Path("config")
    if (here / "crawl.toml").is_file():
        return here
    return packaged()


def general_rules(config: Path) -> ExtractionRules:
    """Return the rules that hold where no site file says more.

    Raises:
        ConfigError: extraction.toml is wrong.
    """
    loading = Loading(config, packaged())
    loading.read_extraction()
    if loading.problems or loading.reading is None:
        raise ConfigError(sorted({str(problem) for problem in loading.problems}))
    return loading.reading.rules_for(ExtractionTable())


def packaged() -> Path:
    """Return the config directory that comes with the program."""
    return PACKAGED if PACKAGED.is_dir() else SOURCE_TREE


def load_registry(config: Path) -> Registry:
    """Read and judge all files of a config directory.

    Raises:
        ConfigError: at least one file is wrong; it lists every problem of every file.
    """
    loading = Loading(config, packaged())
    loading.read()
    if loading.problems or loading.crawl is None or loading.reading is None:
        raise ConfigError(sorted({str(problem) for problem in loading.problems}))
    return Registry(
        config=config,
        sites=dict(sorted(loading.sites.items())),
        regions=loading.regions,
        counties=loading.counties,
        terms=loading.terms,
        crawl=loading.crawl,
        reading=loading.reading,
        digest=_digest(loading.contents),
        warnings=tuple(str(problem) for problem in loading.warnings),
    )


def _digest(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for file, content in sorted(contents.items()):
        digest.update(f"{file}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
