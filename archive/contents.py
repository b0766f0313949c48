"""Copy from the archive into an edition what its readers may see.

Everything is read through the views of `access`; a table that bypassed them would be a leak.
In the public edition every text goes through `masked`, so that no table and no index holds a way to reach a person.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from archive.access import EXCERPT_LENGTH, LEVELS, Edition
from archive.attribution import Project, programmes_of, regions_of
from archive.errors import PublishError
from archive.lemmas import INNER_WORD, as_term, tokens
from archive.outline import lines_before, outline_of_part
from archive.personal import masked
from archive.search.positions import PositionsWriter
from archive.search.postings import PostingsWriter
from archive.urls import urlkey

Progress = Callable[[str, int, int], None]
Row = dict[str, Any]

SPACES = re.compile(r"\s+")
STEP = 1_000
"""Versions between two signs of progress."""

SHOWN = """
CREATE TEMP TABLE shown (          -- the versions of this edition, numbered in a lasting order
  docid INTEGER PRIMARY KEY, version, page, site, level
);
INSERT INTO shown
  SELECT row_number() OVER (ORDER BY versions.site, pages.urlkey, versions.first_seen, versions.id),
         versions.id, versions.page, versions.site, visible_versions.level
  FROM visible_versions
  JOIN versions ON versions.id = visible_versions.version
  JOIN version_text ON version_text.version = versions.id
  JOIN pages ON pages.id = versions.page
  WHERE visible_versions.level IN (SELECT value FROM json_each(?));
CREATE UNIQUE INDEX temp.shown_version ON shown(version);
CREATE INDEX temp.shown_page ON shown(page, docid);
CREATE TEMP TABLE shown_pages AS   -- its pages, those without a text too
  SELECT page, level FROM visible_pages WHERE level IN (SELECT value FROM json_each(?));
CREATE UNIQUE INDEX temp.shown_pages_page ON shown_pages(page);
CREATE TEMP TABLE shown_sites AS   -- its sites
  SELECT site FROM visible_sites WHERE level IN (SELECT value FROM json_each(?))
  UNION SELECT pages.site FROM pages JOIN shown_pages ON shown_pages.page = pages.id;
CREATE TEMP TABLE hidden_keys AS   -- addresses that nothing here may point to
  SELECT urlkey FROM pages WHERE id NOT IN (SELECT page FROM shown_pages);
CREATE UNIQUE INDEX temp.hidden_keys_key ON hidden_keys(urlkey);
"""

COPIES: tuple[tuple[str, str], ...] = (
    ("regions", "SELECT code, fi, sv, en FROM regions ORDER BY code"),
    ("counties", "SELECT id, fi, sv, en FROM counties ORDER BY id"),
    ("terms", "SELECT id, kind, fi, sv, en, started, ended, years_text FROM terms ORDER BY id"),
    ("projects", "SELECT * FROM site_programme WHERE site IN (SELECT site FROM shown_sites) ORDER BY site, position"),
    ("pages", """SELECT id, site, url, urlkey,
        (SELECT masked(title) FROM shown JOIN versions ON versions.id = shown.version
         WHERE shown.page = pages.id ORDER BY docid DESC LIMIT 1),
        first_captured, last_captured, captures,
        (SELECT count(*) FROM shown WHERE shown.page = pages.id), state,
        (SELECT min(there.id) FROM captures JOIN pages AS there ON there.urlkey = surt(captures.redirect) AND there.id != pages.id
         WHERE pages.state = 'moved' AND captures.page = pages.id AND captures.timestamp = pages.last_captured
           AND there.id IN (SELECT page FROM shown_pages))
      FROM pages WHERE id IN (SELECT page FROM shown_pages) ORDER BY site, urlkey, id"""),
    ("captures", """SELECT id, page, url, timestamp, status, mime, payload_digest, payload_length,
        record_id, record_type, source, provenance
      FROM captures WHERE page IN (SELECT page FROM shown_pages) ORDER BY page, timestamp, id"""),
    ("mentions", """SELECT version, term, count, masked(form) FROM mentions
      JOIN shown USING (version) ORDER BY docid, term"""),
    ("events", """SELECT version, position, start, "end", masked(place), iif(:whole OR level = 'open', masked(title), NULL),
        masked(evidence), precision, year_inferred
      FROM events JOIN shown USING (version) ORDER BY docid, position"""),
    ("relations", """SELECT version, position, structure, region, region_basis, municipality, year, year_basis, organisation,
        iif(:whole OR level = 'open', masked(substr(text, start + 1, "end" - start)), NULL)
      FROM relations JOIN shown USING (version) JOIN version_text USING (version) ORDER BY docid, position"""),
    ("links", """SELECT version, row_number() OVER (PARTITION BY version ORDER BY position) - 1, url, urlkey, iif(:whole OR level = 'open', masked(text), NULL)
      FROM links JOIN shown USING (version)
      WHERE urlkey NOT IN (SELECT urlkey FROM hidden_keys) ORDER BY docid, position"""),
    ("same_text", """SELECT version, named FROM (
        SELECT version, docid, min(version) OVER mates AS named, count(*) OVER mates AS many
        FROM duplicates JOIN shown USING (version) WINDOW mates AS (PARTITION BY cluster)
      ) WHERE many > 1 ORDER BY docid"""),
    ("passages", """SELECT digest, version, lines_before(substr(text, ifnull(own_parts.start, 0) + 1), passages.start - ifnull(own_parts.start, 0))
      FROM passages JOIN shown USING (version) JOIN version_text USING (version) LEFT JOIN own_parts USING (version)
      WHERE passages.start BETWEEN ifnull(own_parts.start, 0) AND ifnull(own_parts."end", length(text)) - 1
        AND digest IN (SELECT digest FROM passages JOIN shown USING (version) GROUP BY digest HAVING count(DISTINCT page) > 1)
      ORDER BY docid, passages.start"""),
    ("twins", """SELECT version, twins.page, twins.language, min(source) FROM twins JOIN shown USING (version)
      WHERE twins.page IN (SELECT page FROM shown_pages) GROUP BY version, twins.page, twins.language ORDER BY docid, twins.page"""),
)  # fmt: skip
"""Tables that are copied row by row; ``whole`` is true where the edition may show every text."""

VERSIONS = """
SELECT shown.docid, shown.level, versions.*, sites.name AS site_name, sites.organisation,
  substr(version_text.text, ifnull(own_parts.start, 0) + 1, ifnull(own_parts."end" - own_parts.start, length(version_text.text))) AS text,
  version_text.text AS whole_text, version_text.markdown, ifnull(own_parts.start, 0) AS own_start,
  (SELECT count(DISTINCT other.page) FROM duplicates AS mine
   JOIN duplicates AS theirs ON theirs.cluster = mine.cluster
   JOIN shown AS other ON other.version = theirs.version
   WHERE mine.version = versions.id AND other.page != versions.page) AS also_at
FROM shown CROSS JOIN versions ON versions.id = shown.version
CROSS JOIN version_text ON version_text.version = versions.id CROSS JOIN sites ON sites.id = versions.site
LEFT JOIN own_parts ON own_parts.version = versions.id
ORDER BY shown.docid
"""
"""The versions one by one in their order; joined in this order, as CROSS JOIN has it, so that no texts are gathered to be sorted."""


class Contents:
    """The contents of one edition on their way from the archive into its file."""

    def __init__(
        self, archive: sqlite3.Connection, target: sqlite3.Connection, edition: Edition
    ) -> None:
        """Decide what is shown; ``shown`` is the number of versions."""
        self._archive = archive
        self._target = target
        self._edition = edition
        levels = json.dumps(LEVELS[edition])
        self._mask = masked if edition == "public" else str
        archive.create_function("masked", 1, self._masked, deterministic=True)
        archive.create_function("surt", 1, _surt, deterministic=True)
        archive.create_function("lines_before", 2, lines_before, deterministic=True)
        for statement in SHOWN.split(";\n"):
            if statement.strip():
                archive.execute(statement, [levels] if "?" in statement else [])
        self.shown: int = archive.execute("SELECT count(*) FROM shown").fetchone()[0]
        self._met: set[tuple[str, str]] = set()
        self._readable: Counter[tuple[str, str]] = Counter()
        self._terms: dict[str, dict[str, str]] = {}
        self._postings = PostingsWriter(target)
        self._positions = PositionsWriter(target)

    def _masked(self, text: str | None) -> str | None:
        """Hide ways to reach persons, where the edition is one for everybody."""
        return self._mask(text) if text else text

    def fill(self, progress: Progress) -> None:
        """Write every table and both indexes."""
        self._fill_sites()
        for table, query in COPIES:
            rows = self._archive.execute(
                query, {"whole": self._edition == "research"} if ":whole" in query else {}
            )
            self._insert(table, rows)
        self._fill_versions(progress)
        self._postings.flush()
        self._positions.flush()
        self._fill_forms()

    def _insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = self._target.execute(
            f"SELECT count(*) FROM pragma_table_info('{table}')"  # noqa: S608 - the names stand in this file
        ).fetchone()[0]
        marks = ",".join("?" * columns)
        self._target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - the names stand in this file

    def _rows(self, query: str) -> Iterator[Row]:
        cursor = self._archive.execute(query)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def _fill_sites(self) -> None:
        """Copy the sites; what they say of sites that are not shown stays out."""
        regions = self._site_regions()
        shown = {site for (site,) in self._archive.execute("SELECT site FROM shown_sites")}
        self._insert("sites", (
            (
                site["id"], site["name"], site["organisation"], site["kind"], site["national"],
                json.dumps(regions.get(site["id"], [])), site["languages"], site["status"],
                site["status_basis"], site["access"], site["base_urls"],
                _only(site["predecessor"], shown), _only(site["successor"], shown), site["note"],
                site["pages"], site["versions"],
            )
            for site in self._rows("""
              SELECT *, (SELECT count(*) FROM shown_pages JOIN pages ON pages.id = page WHERE pages.site = sites.id) AS pages,
                (SELECT count(*) FROM shown WHERE shown.site = sites.id) AS versions
              FROM sites WHERE id IN (SELECT site FROM shown_sites) ORDER BY id""")
        ))  # fmt: skip

    def _site_regions(self) -> dict[str, list[str]]:
        regions: dict[str, list[str]] = defaultdict(list)
        for site, region in self._archive.execute(
            "SELECT site, region FROM site_region ORDER BY site, position"
        ):
            regions[site].append(region)
        return regions

    def _fill_versions(self, progress: Progress) -> None:
        facts = _Facts(self._archive, self._site_regions())
        for row in self._rows(VERSIONS):
            row |= {
                "title": self._masked(row["title"]),
                "text": self._mask(row["text"]),
                "published_evidence": self._masked(row["published_evidence"]),
            }
            whole = self._edition == "research" or row["level"] == "open"
            row["words"] = self._index(row, whole=whole)
            self._insert("versions", [facts.version_row(row, whole=whole)])
            if row["docid"] % STEP == 0 or row["docid"] == self.shown:
                progress("publish", row["docid"], self.shown)

    def _index(self, row: Row, *, whole: bool) -> int:
        """Make a version findable; return the number of its words, those of a title that its text does not begin with too."""
        docid, title, text = row["docid"], row["title"] or "", row["text"]
        words = "" if whole else " ".join(sorted(INNER_WORD.findall(text.lower())))
        shown = text if whole else excerpt(text)
        self._target.execute(
            "INSERT INTO versions_words(rowid, title, text, words) VALUES (?, ?, ?, ?)",
            [docid, title, shown, words],
        )
        language = row["language"] or "fi"
        title_words, shown_words = _words_of(title), _words_of(shown)
        forms_of_title, readable = Counter(title_words), Counter(shown_words)
        forms = readable if whole else Counter(_words_of(text))
        self._met.update((language, form) for form in forms_of_title | forms)
        self._readable.update((language, form) for form in forms_of_title | readable)
        apart = [] if shown.startswith(title) else title_words
        hidden = [] if whole else (forms - readable).elements()
        self._positions.add(docid, apart, shown_words, hidden)
        terms_of_title = self._lemmas(forms_of_title, language)
        terms = self._lemmas(forms, language)
        self._target.execute(
            "INSERT INTO versions_lemmas(rowid, title, text) VALUES (?, ?, ?)",
            [docid, _alphabetical(terms_of_title), _alphabetical(terms)],
        )
        self._postings.add(docid, terms_of_title, terms, words=forms.total())
        return len(apart) + forms.total()

    def _lemmas(self, forms: Mapping[str, int], language: str) -> Counter[str]:
        """Return how often each search term stands where these forms do."""
        known = self._known_terms(language)
        terms: Counter[str] = Counter()
        for form, count in forms.items():
            if form not in known:
                raise PublishError(
                    f"the form {form!r} ({language}) is not analysed: run `arkisto index`"
                )
            for term in known[form].split():
                terms[term] += count
        return terms

    def _known_terms(self, language: str) -> dict[str, str]:
        if language not in self._terms:
            rows = self._archive.execute(
                "SELECT form, terms FROM forms WHERE language = ?", [language]
            )
            self._terms[language] = dict(rows.fetchall())
        return self._terms[language]

    def _fill_forms(self) -> None:
        met = [
            (language, form, self._terms[language][form]) for language, form in sorted(self._met)
        ]
        self._insert("forms", met)
        pairs = {(term, form.lower()) for _, form, terms in met for term in terms.split()}
        self._insert("term_forms", sorted(pairs))
        self._insert("words", _words(met, self._readable))


def _words_of(text: str) -> list[str]:
    """Return the words of a text as they stand."""
    return [word.group() for word in tokens(text)]


def _alphabetical(terms: Counter[str]) -> str:
    """Return search terms in alphabetical order, each as often as it stands."""
    return " ".join(sorted(terms.elements()))


def _words(
    met: Iterable[tuple[str, str, str]], versions: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, str, int, int]]:
    """Yield the rows of `words`, of forms that stand where a reader may read them; what differs in capitals only is one word."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    basic = set()
    for language, form, terms in met:
        if not versions[language, form]:
            continue
        spelled[form.lower()][form] += versions[language, form]
        if as_term(form) in terms.split():
            basic.add(form.lower())
    for word, spellings in sorted(spelled.items()):
        spelling = min(spellings, key=lambda one: (-spellings[one], one))
        yield word, spelling, spellings.total(), int(word in basic)


class _Facts:
    """What the tables around a version say about it."""

    def __init__(
        self, archive: sqlite3.Connection, site_regions: Mapping[str, Sequence[str]]
    ) -> None:
        self._archive = archive
        self._site_regions = site_regions
        self._kinds = dict(archive.execute("SELECT id, kind FROM terms").fetchall())
        self._projects: dict[str, list[Project]] = defaultdict(list)
        for site, *project in archive.execute(
            "SELECT site, programme, started, ended FROM site_programme WHERE programme IS NOT NULL"
        ):
            self._projects[site].append(Project(*project))
        self._county = dict(
            archive.execute(
                "SELECT region, min(county) FROM county_region GROUP BY region HAVING count(*) = 1"
            ).fetchall()
        )

    def version_row(self, row: Row, *, whole: bool) -> tuple[Any, ...]:
        """Return the row of `versions` in the order of its columns."""
        mentions = self._mentions(row["id"])
        regions = regions_of(self._site_regions.get(row["site"], ()), mentions)
        year = int(row["published"][:4]) if row["published"] else None
        programmes = programmes_of(
            self._projects[row["site"]], self._of_kind(mentions, "programme", "project"), year
        )
        region = regions[0] if regions else None
        return (
            row["docid"], row["id"], row["page"], row["site"], row["site_name"], row["organisation"],
            region, json.dumps(regions), self._county.get(region), year,
            row["title"], row["published"], row["published_precision"], row["published_source"],
            row["published_evidence"], row["modified"], row["language"], row["page_type"], json.dumps(programmes),
            json.dumps(self._of_kind(mentions, "structure")),
            json.dumps(self._of_kind(mentions, "organisation")),
            row["current"], row["first_seen"], row["last_seen"], int(row["first_seen"][:4]),
            row["url"], row["words"], row["also_at"], row["level"], excerpt(row["text"]),
            row["text"] if whole else None, _outline(row) if whole else None,
        )  # fmt: skip

    def _mentions(self, version: str) -> dict[str, int]:
        found = self._archive.execute(
            "SELECT term, count FROM mentions WHERE version = ?", [version]
        )
        return dict(found.fetchall())

    def _of_kind(self, mentions: Iterable[str], *kinds: str) -> list[str]:
        return sorted(term for term in mentions if self._kinds.get(term) in kinds)


def _surt(url: str | None) -> str | None:
    """Return the key of an address, none where it is not one of the web."""
    try:
        return urlkey(url) if url else None
    except ValueError:
        return None


def _outline(row: Row) -> str | None:
    if row["markdown"] is None:
        return None
    return outline_of_part(row["markdown"], row["whole_text"], row["own_start"], row["text"])


def _only(names: str, shown: set[str]) -> str:
    """Return a JSON list without the sites that are not shown."""
    return json.dumps([name for name in json.loads(names) if name in shown])


def excerpt(text: str) -> str:
    r"""Return the beginning of a text on one line, cut after a word; at most 300 characters.

    >>> excerpt("Kokous  alkaa.\nTervetuloa!")
    'Kokous alkaa. Tervetuloa!'
    """
    line = SPACES.sub(" ", text).strip()
    if len(line) <= EXCERPT_LENGTH:
        return line
    cut = line[: EXCERPT_LENGTH - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"
