"""Read the files of a config directory and gather every problem that they hold.

A broken file never hides another: each is read and judged alone, references between them last.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from archive.registry.checks import (
    Known,
    check_counties,
    check_crawl,
    check_overlaps,
    check_site,
    check_terms,
    warnings_for,
)
from archive.registry.extraction import Cms, ReadingRules
from archive.registry.mending import Raw, mended
from archive.registry.models import County, Region, Site, Table, Term
from archive.registry.problems import MISSING, Problem, plain_problems, suggestion
from archive.registry.settings import CrawlConfig

SomeTable = TypeVar("SomeTable", bound=Table)

EXTRACTION = "extraction.toml"
MENDING_ROUNDS = 3
"""A misspelt key that is renamed may show a wrong value in the second round, never in a fourth."""


class Loading:
    """One reading of a config directory: what was found, and what is wrong with it."""

    def __init__(self, config: Path, packaged: Path) -> None:
        """Take the directory, and the one that stands in for a missing extraction.toml; nothing is read yet."""
        self.config = config
        self._packaged = packaged
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.contents: dict[str, bytes] = {}
        self.crawl: CrawlConfig | None = None
        self.reading: ReadingRules | None = None
        self.regions: dict[str, Region] = {}
        self.counties: dict[str, County] = {}
        self.terms: dict[str, Term] = {}
        self.sites: dict[str, Site] = {}
        self._site_files: dict[str, str] = {}
        self._broken: dict[str, set[str]] = {}

    def read(self) -> None:
        """Read everything, then judge what needs several files."""
        self._read_crawl()
        self.read_extraction()
        regions = self._read_tables("regions.toml", ("region", "county"))
        terms = self._read_tables("vocabulary.toml", ("term",))
        self._build_regions(regions)
        self.terms = self._build("vocabulary.toml", "term", Term, "id", terms)
        self._read_sites()
        self._judge(regions, terms)

    def _read_crawl(self) -> None:
        raw = self._parse("crawl.toml")
        if raw is not None:
            self.crawl = self._validate("crawl.toml", CrawlConfig, raw)[0]

    def read_extraction(self) -> None:
        """Read how pages are read; ``[cms.x]`` are tables by name, as terms are."""
        own = (self.config / EXTRACTION).exists()
        raw = self._parse(EXTRACTION, self.config if own else self._packaged)
        if raw is None:
            return
        systems = self._build(EXTRACTION, "cms", Cms, "id", raw)
        rest = {key: value for key, value in raw.items() if key != "cms"}
        general = self._validate(EXTRACTION, ReadingRules, rest)[0]
        if general is not None:
            self.reading = general.model_copy(update={"cms": tuple(systems.values())})

    def _read_tables(self, file: str, tables: tuple[str, ...]) -> dict[str, Raw] | None:
        """Return the named tables of a file, or ``None`` if it cannot be read at all."""
        raw = self._parse(file)
        if raw is None:
            return None
        for key in raw.keys() - set(tables):
            near = suggestion(key, tables) or f"; use {' and '.join(tables)}"
            self.problems.append(Problem(file, key, f"unknown key{near}"))
        found = {name: raw.get(name, {}) for name in tables}
        for name in (name for name, table in found.items() if not isinstance(table, dict)):
            self.problems.append(Problem(file, name, f"must hold tables such as [{name}.x]"))
            found[name] = {}
        return found

    def _build_regions(self, raw: dict[str, Raw] | None) -> None:
        self.regions = self._build("regions.toml", "region", Region, "code", raw)
        self.counties = self._build("regions.toml", "county", County, "id", raw)

    def _build(
        self, file: str, name: str, model: type[SomeTable], own: str, raw: dict[str, Raw] | None
    ) -> dict[str, SomeTable]:
        """Build one record for each table ``[name.x]``; x becomes its key ``own``."""
        built: dict[str, SomeTable] = {}
        for key, values in (raw or {}).get(name, {}).items():
            if not isinstance(values, dict):
                self.problems.append(Problem(file, f"{name}.{key}", "must be a table"))
                continue
            if own in values:
                text = f"the name of the table is the {own}; remove this key"
                self.problems.append(Problem(file, f"{name}.{key}.{own}", text))
            record = self._validate(file, model, {**values, own: key}, (name, key))[0]
            if record is not None:
                built[key] = record
        return built

    def _read_sites(self) -> None:
        folder = self.config / "sites"
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in paths:
            if path.suffix == ".toml":
                self._read_site(path.relative_to(self.config).as_posix())
            elif path.suffix != ".md" and not path.name.startswith("."):
                name = path.relative_to(self.config).as_posix()
                self.warnings.append(Problem(name, "", "not read; site files end in .toml"))
        if not self._site_files:
            text = "no site file found; docs/add-a-site.md tells how to write one"
            self.problems.append(Problem("sites", "", text))

    def _read_site(self, file: str) -> None:
        name = Path(file).stem
        if taken := self._site_files.get(name):
            self.problems.append(
                Problem(file, "", f'the id "{name}" is taken by {taken}; rename one')
            )
            return
        self._site_files[name] = file
        self.problems += _misplaced(file)
        raw = self._parse(file)
        if raw is None:
            return
        if "id" in raw:
            text = "the name of the file is the id; remove this key"
            self.problems.append(Problem(file, "id", text))
        site, self._broken[name] = self._validate(file, Site, {**raw, "id": name})
        if site is not None:
            self.sites[name] = self._with_common_excludes(site)

    def _with_common_excludes(self, site: Site) -> Site:
        common = self.crawl.exclude if self.crawl else ()
        scope = site.scope.model_copy(update={"exclude": (*site.scope.exclude, *common)})
        return site.model_copy(update={"scope": scope})

    def _parse(self, file: str, folder: Path | None = None) -> Raw | None:
        try:
            content = ((folder or self.config) / file).read_bytes()
        except OSError as error:
            reason = error.strerror or "cannot be read"
            text = f"{reason}; a config directory needs crawl.toml, regions.toml, vocabulary.toml"
            self.problems.append(Problem(file, "", text))
            return None
        self.contents[file] = content
        try:
            return tomllib.loads(content.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            text = f"line {line}: not UTF-8; save the file in that encoding"
        except tomllib.TOMLDecodeError as error:
            text = _toml_words(str(error))
        self.problems.append(Problem(file, "", text))
        return None

    def _validate(
        self, file: str, model: type[SomeTable], raw: Raw, prefix: tuple[str, ...] = ()
    ) -> tuple[SomeTable | None, set[str]]:
        """Return the record and its broken keys, mended so far that references can be judged."""
        broken: set[str] = set()
        for round_ in range(MENDING_ROUNDS):
            try:
                return model.model_validate(_tuples(raw)), broken
            except ValidationError as error:
                found = plain_problems(file, model, error, prefix)
                self.problems += [p for p in found if not (round_ and p.text == MISSING)]
                raw, newly_broken = mended(model, raw, error)
                broken |= newly_broken
        return None, broken

    def _judge(self, regions: dict[str, Raw] | None, terms: dict[str, Raw] | None) -> None:
        codes = None if regions is None else set(regions["region"])
        known = Known(self._site_files.keys(), codes, _kinds(terms))
        for name, site in self.sites.items():
            file = self._site_files[name]
            found = check_site(site, _folder_of(file), known, self._broken[name])
            self.problems += [Problem(file, key, text) for key, text in found]
        self.problems += check_overlaps(self.sites, self._site_files)
        self.problems += check_terms(self.terms, codes)
        self.problems += check_counties(self.counties, codes)
        if self.crawl is not None:
            self.problems += check_crawl(self.crawl)
            self.warnings += warnings_for(self.sites, self._site_files, self.crawl)


def _folder_of(file: str) -> str | None:
    """Return the folder of a file that lies in ``sites/<folder>/``."""
    parts = file.split("/")
    return parts[1] if len(parts) == 3 else None


def _misplaced(file: str) -> Iterator[Problem]:
    if _folder_of(file) is None:
        yield Problem(file, "", "lies in no region's folder; move it to sites/<region code>/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", Path(file).stem):
        yield Problem(file, "", "the file name is the id: use only a-z, 0-9 and - in it")


def _toml_words(message: str) -> str:
    """Put the place first and the parser's reason after it."""
    reason, _, place = message.partition(" (at ")
    return (
        f"{place.removesuffix(')') or 'unknown line'}: not TOML: {reason[:1].lower()}{reason[1:]}"
    )


def _kinds(terms: dict[str, Raw] | None) -> dict[str, str] | None:
    """Return the kind of every term as it is written, even where the term is broken."""
    if terms is None:
        return None
    tables = ((name, raw) for name, raw in terms["term"].items() if isinstance(raw, dict))
    return {name: str(raw.get("kind")) for name, raw in tables}


def _tuples(value: Any) -> Any:
    """Return the value with every list as a tuple, as frozen records hold them."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
