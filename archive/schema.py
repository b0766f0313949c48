"""Define the tables of archive.db: the only place that holds DDL.

Every table and column carries its meaning as an SQL comment, which SQLite keeps: ``sqlite3 archive.db .schema`` explains itself,
``docs/schema.md`` is generated from it, and a test refuses a column without a comment.
Migrations are never edited once released; a change is a new one.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from archive.errors import ArchiveError

migrations = Migrations("archive")

REGISTRY = """
CREATE TABLE regions (             -- one region (maakunta) of Finland; written by: ingest
  code TEXT PRIMARY KEY,           -- number given by Statistics Finland, such as 09
  fi TEXT NOT NULL,                -- Finnish name
  sv TEXT NOT NULL,                -- Swedish name
  en TEXT                          -- English name
) STRICT;
CREATE TABLE counties (            -- one wellbeing services county, or Helsinki; written by: ingest
  id TEXT PRIMARY KEY,             -- short name
  fi TEXT NOT NULL,                -- Finnish name
  sv TEXT NOT NULL,                -- Swedish name
  en TEXT                          -- English name
) STRICT;
CREATE TABLE county_region (       -- which regions a county covers; written by: ingest
  county TEXT NOT NULL REFERENCES counties(id),  -- the county
  region TEXT NOT NULL REFERENCES regions(code), -- a region that it covers, wholly or in part
  PRIMARY KEY (county, region)
) STRICT;
CREATE TABLE terms (               -- one entry of the vocabulary, or a region, county or municipality as an entry; written by: ingest
  id TEXT PRIMARY KEY,             -- short name, such as kumppanuuspoyta, region:09 or municipality:405
  kind TEXT NOT NULL,              -- programme, project, structure, organisation, role, region, municipality …
  fi TEXT NOT NULL,                -- Finnish label
  sv TEXT,                         -- Swedish label
  en TEXT,                         -- English label
  started TEXT,                    -- first year or month, where known
  ended TEXT,                      -- last year or month, where known
  years_text TEXT                  -- the years as the source gives them
) STRICT;
CREATE TABLE term_region (         -- where a term belongs; a term without rows belongs everywhere; written by: ingest
  term TEXT NOT NULL REFERENCES terms(id),       -- the term
  region TEXT NOT NULL REFERENCES regions(code), -- a region that it belongs to
  PRIMARY KEY (term, region)
) STRICT;
CREATE TABLE sites (               -- one site file of the registry; written by: ingest
  id TEXT PRIMARY KEY,             -- name of its file
  name TEXT NOT NULL,              -- name of the site
  organisation TEXT,               -- who publishes it
  kind TEXT NOT NULL,              -- project_site, network_org, info_service …
  national INTEGER NOT NULL,       -- 1 where it serves the whole country
  languages TEXT NOT NULL,         -- JSON list of ISO 639-1 codes
  status TEXT NOT NULL,            -- live, finished, gone or unknown
  status_basis TEXT NOT NULL,      -- guess, crawl or operator: how the status is known
  cms TEXT,                        -- content management system
  cms_basis TEXT NOT NULL,         -- guess, crawl or operator: how the system is known
  priority INTEGER NOT NULL,       -- crawl priority, 1 first
  access TEXT NOT NULL,            -- open, snippet or closed: what the public edition may show
  hosts TEXT NOT NULL,             -- JSON list of host names
  base_urls TEXT NOT NULL,         -- JSON list of front pages
  predecessor TEXT NOT NULL,       -- JSON list of sites that it follows
  successor TEXT NOT NULL,         -- JSON list of sites that follow it
  note TEXT                        -- what a reader should know
) STRICT;
CREATE TABLE site_region (         -- which regions a site writes about, most important first; written by: ingest
  site TEXT NOT NULL REFERENCES sites(id),       -- the site
  region TEXT NOT NULL REFERENCES regions(code), -- a region
  position INTEGER NOT NULL,       -- 0 for the first
  PRIMARY KEY (site, region)
) STRICT;
CREATE TABLE site_programme (      -- one project that a site belongs to; written by: ingest
  site TEXT NOT NULL REFERENCES sites(id),       -- the site
  position INTEGER NOT NULL,       -- 0 for the first
  project TEXT NOT NULL,           -- name of the project
  programme TEXT REFERENCES terms(id), -- the programme or project of the vocabulary
  funder TEXT,                     -- who paid
  started TEXT,                    -- first year or month, where known
  ended TEXT,                      -- last year or month, where known
  years_text TEXT,                 -- the years as the source gives them
  PRIMARY KEY (site, position)
) STRICT;
"""

CAPTURES = """
CREATE TABLE warc_files (          -- one file of WARC, ARC or WACZ that was read, how far, and what came of it; written by: ingest
  name TEXT PRIMARY KEY,           -- file name below warc/, without .open
  bytes_read INTEGER NOT NULL,     -- reading goes on here
  complete INTEGER NOT NULL,       -- 1 when the file was closed and read to its end
  source TEXT NOT NULL,            -- crawl, import, wayback, commoncrawl …: how the captures of its last warcinfo came to be
  crawl TEXT REFERENCES crawls(id), -- our crawl that its last warcinfo names
  software TEXT,                   -- program that its last warcinfo names
  original TEXT,                   -- name under which it was imported; empty for own files
  digest TEXT,                     -- sha256 of an imported file, as in warc/imports/SHA256SUMS
  packed INTEGER NOT NULL DEFAULT 0, -- 1 for a file compressed as a whole: its records are read from warc/unpacked
  records INTEGER NOT NULL,        -- records read
  kinds TEXT,                      -- JSON: the same by WARC-Type
  captures INTEGER NOT NULL DEFAULT 0, -- captures that came in
  known INTEGER NOT NULL DEFAULT 0, -- captures that the archive held already
  outside INTEGER NOT NULL DEFAULT 0, -- captures that came in outside every site: counted, not published
  unusable INTEGER NOT NULL DEFAULT 0, -- responses without a usable address or moment
  damaged INTEGER NOT NULL,        -- places where bytes could not be read, and records that are not whole
  lost_bytes INTEGER NOT NULL DEFAULT 0 -- bytes of the file that could not be read
) STRICT;
CREATE TABLE stations (            -- with which rules a station last went through everything; written by: each station
  name TEXT PRIMARY KEY,           -- ingest, extract …
  rules TEXT NOT NULL              -- digest of the rules; other rules mean going through everything again
) STRICT;
CREATE TABLE crawls (              -- one run of a crawler; written by: ingest
  id TEXT PRIMARY KEY,             -- moment it began and six characters
  started_at TEXT NOT NULL,        -- UTC
  ended_at TEXT,                   -- UTC; empty while it runs or where it was killed
  outcome TEXT NOT NULL,           -- finished, stopped, failed or running
  software TEXT,                   -- name and version
  operator TEXT,                   -- who ran it
  user_agent TEXT,                 -- what it told the servers
  config_digest TEXT,              -- of the configuration that it ran with
  counts TEXT                      -- JSON: fetched, stored, revisits, failed, skipped …
) STRICT;
CREATE TABLE crawl_sites (         -- what one crawl did on one site; written by: ingest
  crawl TEXT NOT NULL REFERENCES crawls(id),     -- the crawl
  site TEXT NOT NULL,              -- the site
  fetched INTEGER NOT NULL,        -- addresses asked for, every try
  stored INTEGER NOT NULL,         -- responses written to WARC
  new INTEGER,                     -- addresses answered for the first time
  changed INTEGER,                 -- addresses whose body differed from the visit before
  unchanged INTEGER,               -- addresses whose body was the same, or that answered 304
  believed INTEGER,                -- addresses not asked for because a trusted sitemap says that they have not changed
  failed INTEGER NOT NULL,         -- addresses without a response
  skipped INTEGER NOT NULL,        -- addresses not asked for
  skips TEXT,                      -- JSON: the same by reason
  bytes INTEGER,                   -- bytes of the answers as they came over the wire
  seconds REAL,                    -- from first to last request to its slowest host
  bound_seconds REAL,              -- how many of them the delays between requests asked for
  pages INTEGER NOT NULL,          -- pages captured, in this crawl or before
  expect_min INTEGER,              -- fewest pages that the site file expects
  met INTEGER NOT NULL,            -- 1 when the expectation was met
  broken TEXT,                     -- what a finished crawl fell short of, in words
  PRIMARY KEY (crawl, site)
) STRICT;
CREATE TABLE skips (               -- one address that a crawl did not ask for, and why; written by: ingest
  id TEXT PRIMARY KEY,             -- from crawl, address and reason
  crawl TEXT NOT NULL REFERENCES crawls(id),     -- the crawl
  at TEXT NOT NULL,                -- UTC
  site TEXT,                       -- the site
  url TEXT NOT NULL,               -- the address
  reason TEXT NOT NULL,            -- robots, budget, trap, depth, excluded …
  detail TEXT,                     -- the rule that decided
  via TEXT                         -- page that linked to it
) STRICT;
CREATE TABLE captures (            -- one response at one moment; never changed; written by: ingest
  id TEXT PRIMARY KEY,             -- from the WARC record id
  urlkey TEXT NOT NULL,            -- SURT of the address
  url TEXT NOT NULL,               -- the address asked for
  timestamp TEXT NOT NULL,         -- moment of the response, UTC, ISO 8601
  site TEXT REFERENCES sites(id),  -- site whose scope holds the address; empty: outside every site
  page TEXT REFERENCES pages(id),  -- page that it belongs to; empty for robots.txt, feeds, errors outside a page …
  crawl TEXT REFERENCES crawls(id), -- crawl of ours that made it; empty for others'
  source TEXT NOT NULL,            -- crawl, import, wayback, commoncrawl …, or rendered: made by a browser from what the server sent
  provenance TEXT,                 -- where it comes from: file and software of an import, or the address that it was taken from
  status INTEGER,                  -- HTTP status code
  mime TEXT,                       -- declared media type
  mime_detected TEXT,              -- media type by the first bytes
  redirect TEXT,                   -- where a redirect led, absolute
  payload_digest TEXT,             -- sha1 of the body, base32, as in WARC; of a revisit, that of its original
  stated_digest TEXT,              -- payload digest that the record states; programs differ in what they digest
  payload_length INTEGER,          -- bytes of the body, coding removed
  record_id TEXT NOT NULL,         -- WARC-Record-ID
  record_type TEXT NOT NULL,       -- response, revisit, resource, or conversion where it is rendered
  refers_to TEXT,                  -- capture that a revisit names as its original, held or not
  revisit_of TEXT,                 -- capture whose body this one repeats; empty where it has not come in
  warc_file TEXT NOT NULL REFERENCES warc_files(name), -- file below warc/
  warc_offset INTEGER NOT NULL,    -- bytes from the start of the file
  warc_length INTEGER NOT NULL,    -- bytes in the file
  truncated TEXT,                  -- why the body is not whole: length, time, disconnect, digest …
  robots TEXT,                     -- X-Robots-Tag and meta robots, as evidence
  noarchive INTEGER NOT NULL,      -- 1 where the page asks not to be archived
  tdm TEXT                         -- tdm-reservation header or meta, as evidence
) STRICT;
CREATE INDEX captures_urlkey ON captures(urlkey, timestamp);
CREATE INDEX captures_page ON captures(page, timestamp);
CREATE INDEX captures_digest ON captures(payload_digest);
CREATE INDEX captures_stated ON captures(stated_digest);
CREATE INDEX captures_refers ON captures(refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX captures_place ON captures(warc_file, warc_offset);
CREATE TABLE pages (               -- one address over time; written by: ingest, extract
  id TEXT PRIMARY KEY,             -- from site and urlkey
  site TEXT NOT NULL REFERENCES sites(id),       -- its site
  urlkey TEXT NOT NULL,            -- SURT of the address
  url TEXT NOT NULL,               -- address of its newest capture with content
  first_captured TEXT NOT NULL,    -- UTC
  last_captured TEXT NOT NULL,     -- UTC
  captures INTEGER NOT NULL,       -- number of captures, errors included
  state TEXT NOT NULL              -- live, moved, gone, failing or parked: what the newest capture says
) STRICT;
CREATE INDEX pages_site ON pages(site);
CREATE TABLE issues (              -- one thing that went wrong, or that somebody should look at; written by: ingest, extract
  id TEXT PRIMARY KEY,             -- from station, address and message
  at TEXT,                         -- UTC: when the capture was made, or the failure happened
  level TEXT NOT NULL,             -- error, warning or note
  station TEXT NOT NULL,           -- crawl, ingest or extract
  site TEXT,                       -- the site
  url TEXT,                        -- the address
  capture TEXT,                    -- the capture
  message TEXT NOT NULL            -- what happened and what to do
) STRICT;
CREATE TABLE rights_events (       -- one decision about what may be shown; kept in rights.jsonl too; written by: takedown, ingest
  id TEXT PRIMARY KEY,             -- from all its fields
  decided_at TEXT NOT NULL,        -- UTC
  decision TEXT NOT NULL,          -- takedown, restore or permission
  target_type TEXT NOT NULL,       -- site or page
  target TEXT NOT NULL,            -- site id, or urlkey
  reason TEXT NOT NULL,            -- why
  decided_by TEXT                  -- who
) STRICT;
"""

TEXTS = """
CREATE TABLE readings (            -- one body of one page, read once; written by: extract
  page TEXT NOT NULL REFERENCES pages(id),       -- the page
  payload_digest TEXT NOT NULL,    -- the body
  capture TEXT NOT NULL REFERENCES captures(id), -- earliest capture of that body on that page
  version TEXT,                    -- the version that it gave; empty where no text was found
  extractor TEXT NOT NULL,         -- what read it: a new extractor reads again
  error TEXT,                      -- why it gave no text
  suspect TEXT,                    -- sign that the page is empty without JavaScript; empty where there is none
  PRIMARY KEY (page, payload_digest)
) STRICT;
CREATE INDEX readings_version ON readings(version);
CREATE INDEX readings_suspect ON readings(page) WHERE suspect IS NOT NULL;
CREATE VIEW suspects AS            -- live pages that our crawl last saw as empty without JavaScript
WITH newest AS (
  SELECT page, url, payload_digest, timestamp, source,
    row_number() OVER (PARTITION BY page ORDER BY timestamp DESC, id) AS place
  FROM captures
  WHERE page IN (SELECT page FROM readings WHERE suspect IS NOT NULL)
    AND source != 'rendered' AND status IN (200, 304) AND payload_digest IS NOT NULL)
SELECT newest.page,                -- the page
  pages.site,                      -- its site
  newest.url,                      -- address of the capture
  newest.timestamp,                -- moment of the capture
  readings.suspect AS sign,        -- what makes it suspect
  (SELECT max(timestamp) FROM captures
   WHERE captures.page = newest.page AND source = 'rendered') AS rendered -- when a browser last rendered it
FROM newest JOIN readings USING (page, payload_digest) JOIN pages ON pages.id = newest.page
WHERE place = 1 AND newest.source = 'crawl' AND pages.state = 'live' AND readings.suspect IS NOT NULL;
CREATE TABLE lists (               -- one list of pages with their dates that was read: a feed, or an answer of WordPress; written by: extract
  capture TEXT PRIMARY KEY REFERENCES captures(id), -- the capture
  entries INTEGER NOT NULL         -- pages of its site of which it tells a date
) STRICT;
CREATE TABLE listed_dates (        -- what lists of a site tell of one address; written by: extract
  id TEXT PRIMARY KEY,             -- from all that is told
  site TEXT NOT NULL REFERENCES sites(id), -- the site
  urlkey TEXT NOT NULL,            -- SURT of the address
  source TEXT NOT NULL,            -- wordpress-rest or feed
  published TEXT,                  -- day in Helsinki
  published_evidence TEXT,         -- characters of the list that say so
  modified TEXT,                   -- day in Helsinki
  modified_evidence TEXT,          -- characters of the list that say so
  capture TEXT NOT NULL REFERENCES captures(id), -- the list that told it first
  listed TEXT NOT NULL             -- moment of that capture, UTC
) STRICT;
CREATE INDEX listed_dates_urlkey ON listed_dates(urlkey);
CREATE TABLE versions (            -- one distinct text of one page, and when it was seen; written by: extract
  id TEXT PRIMARY KEY,             -- from page and text
  page TEXT NOT NULL REFERENCES pages(id),       -- the page
  site TEXT NOT NULL REFERENCES sites(id),       -- its site
  capture TEXT NOT NULL REFERENCES captures(id), -- earliest capture: the facts below come from it
  url TEXT NOT NULL,               -- address of that capture
  first_seen TEXT NOT NULL,        -- UTC
  last_seen TEXT NOT NULL,         -- UTC
  captures INTEGER NOT NULL,       -- captures that showed it
  current INTEGER NOT NULL,        -- 1 for the newest version of a page; one that is an error or a parked domain only if it has no other
  text_digest TEXT NOT NULL,       -- the same for the same text, white space and case aside
  title TEXT,                      -- title of the page
  author TEXT,                     -- who wrote it, where stated
  published TEXT,                  -- publication date: ISO 8601, as long as it is precise
  published_precision TEXT,        -- day, month or year
  published_source TEXT,           -- rule that found it
  published_confidence REAL,       -- 0 to 1
  published_evidence TEXT,         -- characters that say so
  modified TEXT,                   -- date of last change, as stated
  modified_precision TEXT,         -- day, month or year
  modified_source TEXT,            -- rule that found it
  modified_confidence REAL,        -- 0 to 1
  modified_evidence TEXT,          -- characters that say so
  language TEXT,                   -- ISO 639-1 code of the main language
  languages TEXT NOT NULL,         -- JSON list of the languages of its passages
  page_type TEXT NOT NULL,         -- article, listing, event, contact, attachment, front, error, parked or other
  mime TEXT,                       -- media type that was read
  tags TEXT NOT NULL,              -- JSON list of tags (asiasanat)
  rules TEXT NOT NULL DEFAULT '[]', -- JSON list of the rules that fired, by name; those of dates stand in their own columns
  charset TEXT,                    -- character set that it was decoded by
  words INTEGER NOT NULL,          -- number of words
  extractor TEXT NOT NULL          -- what read it
) STRICT;
CREATE INDEX versions_page ON versions(page, first_seen);
CREATE INDEX versions_digest ON versions(text_digest);
CREATE TABLE version_text (        -- the text itself, apart so that lists stay fast; written by: extract
  version TEXT PRIMARY KEY REFERENCES versions(id), -- the version
  text TEXT NOT NULL,              -- plain text; pages of a PDF divided by a form feed
  markdown TEXT                    -- the same with headings, lists and tables; empty where it has none
) STRICT;
CREATE TABLE links (               -- one link out of a version; written by: extract
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the page
  url TEXT NOT NULL,               -- address
  urlkey TEXT NOT NULL,            -- its SURT
  text TEXT NOT NULL,              -- anchor text
  PRIMARY KEY (version, position)
) STRICT;
CREATE INDEX links_urlkey ON links(urlkey);
CREATE TABLE translations (        -- an address that a version gives for itself in another language; written by: extract
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  language TEXT NOT NULL,          -- ISO 639-1
  url TEXT NOT NULL,               -- address
  urlkey TEXT NOT NULL,            -- its SURT
  source TEXT NOT NULL,            -- hreflang, or switch: a link such as "På svenska"
  PRIMARY KEY (version, url)
) STRICT;
CREATE INDEX translations_urlkey ON translations(urlkey);
CREATE VIEW twins AS               -- a version and the page that is the same in another language; a switch counts where the other leads back
  SELECT translations.version, pages.id AS page, translations.language, translations.source
  FROM translations JOIN versions ON versions.id = translations.version JOIN pages ON pages.urlkey = translations.urlkey
  WHERE pages.id != versions.page AND (translations.source = 'hreflang' OR EXISTS (
    SELECT 1 FROM versions AS others JOIN translations AS back ON back.version = others.id
    JOIN pages AS mine ON mine.urlkey = back.urlkey
    WHERE others.page = pages.id AND mine.id = versions.page));
CREATE VIEW attachments AS         -- an attachment, and a version of a page that offered it with the words of its link
  SELECT attached.id AS version, links.version AS offered_by, links.text AS link_text
  FROM versions AS attached JOIN pages ON pages.id = attached.page
  JOIN links ON links.urlkey = pages.urlkey
  WHERE attached.page_type = 'attachment';
CREATE TABLE duplicates (          -- membership of a version in a cluster of equal texts; written by: dedupe
  version TEXT PRIMARY KEY REFERENCES versions(id), -- the version
  cluster TEXT NOT NULL,           -- the earliest version of the cluster
  similarity REAL NOT NULL,        -- 1.0 for the same text
  method TEXT NOT NULL             -- exact
) STRICT;
CREATE INDEX duplicates_cluster ON duplicates(cluster);
CREATE TABLE passages (            -- a paragraph that stands on more than one page; written by: dedupe
  digest TEXT NOT NULL,            -- of the paragraph, white space and case aside
  version TEXT NOT NULL REFERENCES versions(id), -- a version that holds it
  start INTEGER NOT NULL,          -- offset of its first character
  length INTEGER NOT NULL,         -- characters
  PRIMARY KEY (digest, version)
) STRICT;
CREATE INDEX passages_version ON passages(version);
CREATE TABLE own_parts (           -- the part of a text that its site does not repeat on other pages; written by: dedupe
  version TEXT PRIMARY KEY REFERENCES versions(id), -- a version that begins or ends with repeated blocks
  start INTEGER NOT NULL,          -- offset of the first character of its own
  "end" INTEGER NOT NULL           -- offset behind the last
) STRICT;
CREATE TABLE mentions (            -- a term found in a version; written by: index
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  term TEXT NOT NULL REFERENCES terms(id),       -- the term
  count INTEGER NOT NULL,          -- how often
  first_offset INTEGER,            -- offset of the first in the text; empty where only the title has it
  form TEXT NOT NULL,              -- first form as written
  PRIMARY KEY (version, term)
) STRICT;
CREATE INDEX mentions_term ON mentions(term);
CREATE TABLE events (              -- a dated happening told in a version; written by: index
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the text
  start TEXT NOT NULL,             -- ISO 8601 date, or date and time in Helsinki
  "end" TEXT,                      -- the same, where told
  place TEXT,                      -- place, or Teams
  title TEXT,                      -- line that tells it
  evidence TEXT NOT NULL,          -- characters that give the time
  precision TEXT NOT NULL,         -- minute or day
  year_inferred INTEGER NOT NULL,  -- 1 where the year comes from the page's date
  PRIMARY KEY (version, position)
) STRICT;
CREATE TABLE relations (           -- a sentence about a structure, role or model: where, when and by whom; written by: index
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the text
  structure TEXT NOT NULL REFERENCES terms(id),  -- the structure, role or model
  region TEXT REFERENCES regions(code), -- where; empty where nothing tells
  region_basis TEXT,               -- what tells it: sentence, municipality (in the sentence), term, site
  municipality TEXT,               -- code of the municipality that the sentence names
  year INTEGER,                    -- when; empty where nothing tells
  year_basis TEXT,                 -- what tells it: sentence, page (its publication date)
  organisation TEXT REFERENCES terms(id), -- organisation that the sentence names
  start INTEGER NOT NULL,          -- offset of the sentence
  "end" INTEGER NOT NULL,          -- offset behind it
  PRIMARY KEY (version, position)
) STRICT;
CREATE INDEX relations_structure ON relations(structure, region, year);
CREATE TABLE personal_data (       -- a way to reach a person in the text of a version; written by: index
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  start INTEGER NOT NULL,          -- offset of its first character
  "end" INTEGER NOT NULL,          -- offset behind its last character
  kind TEXT NOT NULL,              -- email or phone
  PRIMARY KEY (version, start)
) STRICT;
CREATE TABLE indexed (             -- which versions the index has done, with which rules; written by: index
  version TEXT PRIMARY KEY REFERENCES versions(id), -- the version
  rules TEXT NOT NULL              -- digest of vocabulary and program version
) STRICT;
CREATE TABLE forms (               -- one word form and its search terms, analysed once; written by: index
  language TEXT NOT NULL,          -- ISO 639-1
  form TEXT NOT NULL,              -- as written, lower case where case says nothing
  terms TEXT NOT NULL,             -- search terms: lemma, p_part, s_stem
  PRIMARY KEY (language, form)
) STRICT;
"""


@migrations()
def m001_tables(db: Database) -> None:
    """Create all tables."""
    for statement in _statements(REGISTRY + CAPTURES + TEXTS):
        db.execute(statement)


def _statements(script: str) -> Iterator[str]:
    """Split a script; ``executescript`` would commit the migration's transaction."""
    for part in re.split(r";\n", script):
        if part.strip():
            yield part.strip()


def open_archive(path: Path) -> Database:
    """Open archive.db, create it where it is missing, and bring its tables up to date.

    Raises:
        ArchiveError: the file is no database, or another program holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path, timeout=60)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        db = Database(connection)
        migrations.apply(db)
    except sqlite3.Error as error:
        raise ArchiveError(
            f"{path}: {error}. Is it an archive, and is no other program writing to it? "
            "It can be deleted and made again: `arkisto ingest` reads all from warc/."
        ) from error
    return db


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its meaning."""

    name: str
    type: str
    meaning: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its meaning and its columns."""

    name: str
    meaning: str | None
    columns: tuple[Column, ...]


HEAD = re.compile(r"^CREATE TABLE \"?(\w+)\"? \(\s*(?:--\s*(.*))?$")
COLUMN = re.compile(r"^\s*\"?([a-z_]+)\"? (TEXT|INTEGER|REAL|BLOB)\b.*?(?:--\s*(.*))?$")


def described_tables(connection: sqlite3.Connection) -> list[Table]:
    """Return our tables with the meanings that stand in their DDL, in the order of their making."""
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%--%' ORDER BY rowid"
    )
    return [_described(sql) for (sql,) in rows]


def _described(sql: str) -> Table:
    first, *rest = sql.splitlines()
    head = HEAD.match(first)
    if head is None:
        raise ArchiveError(f"table without a readable first line: {first!r}")
    found = (COLUMN.match(line) for line in rest)
    columns = tuple(Column(match[1], match[2], match[3]) for match in found if match)
    return Table(head[1], head[2], columns)
