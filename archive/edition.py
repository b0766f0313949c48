"""Define the tables of an edition (published.db), the file that readers, the site and the exports use.

Each table and column carries its meaning as a comment, as in ``schema``: the site shows it, the data dictionary of an export is made of it.
A meaning that begins with "JSON list" is a list, with "UTC" a moment, with "1 " a yes or no.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from archive.schema import Table, described_tables

Kind = Literal["text", "integer", "real", "list", "moment", "boolean"]

TABLES = """
CREATE TABLE edition (             -- what this file is
  key TEXT PRIMARY KEY,            -- name of the fact
  value TEXT NOT NULL              -- the fact
) STRICT;
CREATE TABLE regions (             -- the regions (maakunnat) of Finland
  code TEXT PRIMARY KEY,           -- number given by Statistics Finland, such as 09
  fi TEXT NOT NULL,                -- Finnish name
  sv TEXT NOT NULL,                -- Swedish name
  en TEXT                          -- English name
) STRICT;
CREATE TABLE counties (            -- wellbeing services counties, and Helsinki
  id TEXT PRIMARY KEY,             -- short name
  fi TEXT NOT NULL,                -- Finnish name
  sv TEXT NOT NULL,                -- Swedish name
  en TEXT                          -- English name
) STRICT;
CREATE TABLE terms (               -- the vocabulary: programmes, structures, organisations, roles, regions …
  id TEXT PRIMARY KEY,             -- short name, such as kumppanuuspoyta, or region:09
  kind TEXT NOT NULL,              -- programme, project, structure, organisation, role, region …
  fi TEXT NOT NULL,                -- Finnish label
  sv TEXT,                         -- Swedish label
  en TEXT,                         -- English label
  started TEXT,                    -- first year or month, where known
  ended TEXT,                      -- last year or month, where known
  years_text TEXT                  -- the years as the source gives them
) STRICT;
CREATE TABLE sites (               -- web sites of which this edition holds pages
  id TEXT PRIMARY KEY,             -- short name
  name TEXT NOT NULL,              -- name of the site
  organisation TEXT,               -- who publishes it
  kind TEXT NOT NULL,              -- project_site, network_org, info_service …
  national INTEGER NOT NULL,       -- 1 where it serves the whole country
  regions TEXT NOT NULL,           -- JSON list of region codes, most important first
  languages TEXT NOT NULL,         -- JSON list of ISO 639-1 codes
  status TEXT NOT NULL,            -- live, finished, gone or unknown
  status_basis TEXT NOT NULL,      -- guess, crawl or operator: how the status is known
  access TEXT NOT NULL,            -- open: texts may be shown; snippet: excerpts; closed: research only
  base_urls TEXT NOT NULL,         -- JSON list of front pages
  predecessor TEXT NOT NULL,       -- JSON list of sites that it follows
  successor TEXT NOT NULL,         -- JSON list of sites that follow it
  note TEXT,                       -- what a reader should know
  pages INTEGER NOT NULL,          -- number of its pages in this edition
  versions INTEGER NOT NULL        -- number of its versions in this edition
) STRICT;
CREATE TABLE projects (            -- projects that a site belongs to
  site TEXT NOT NULL REFERENCES sites(id),       -- the site
  position INTEGER NOT NULL,       -- 0 for the first
  project TEXT NOT NULL,           -- name of the project
  programme TEXT REFERENCES terms(id), -- programme of the vocabulary
  funder TEXT,                     -- who paid
  started TEXT,                    -- first year or month, where known
  ended TEXT,                      -- last year or month, where known
  years_text TEXT,                 -- the years as the source gives them
  PRIMARY KEY (site, position)
) STRICT;
CREATE TABLE pages (               -- one address over time
  id TEXT PRIMARY KEY,             -- from site and address
  site TEXT NOT NULL REFERENCES sites(id),       -- its site
  url TEXT NOT NULL,               -- address
  urlkey TEXT NOT NULL,            -- SURT of the address: sort key of web archives
  title TEXT,                      -- title of its newest version
  first_captured TEXT NOT NULL,    -- UTC moment of the first capture
  last_captured TEXT NOT NULL,     -- UTC moment of the last capture
  captures INTEGER NOT NULL,       -- number of captures, errors included
  versions INTEGER NOT NULL,       -- number of versions in this edition
  state TEXT NOT NULL,             -- live, moved, gone or failing: what the newest capture says
  moved_to TEXT                    -- page of this edition to which its address now leads
) STRICT;
CREATE TABLE versions (            -- one distinct text of one page
  docid INTEGER PRIMARY KEY,       -- number in this edition; changes with every edition, so cite id
  id TEXT NOT NULL UNIQUE,         -- from page and text; stays
  page TEXT NOT NULL REFERENCES pages(id),       -- the page
  site TEXT NOT NULL REFERENCES sites(id),       -- the site
  site_name TEXT NOT NULL,         -- name of the site
  organisation TEXT,               -- who publishes the site
  region TEXT REFERENCES regions(code), -- region that it is about
  regions TEXT NOT NULL,           -- JSON list of region codes, that one first
  county TEXT REFERENCES counties(id), -- wellbeing services county, where the region has one only
  year INTEGER,                    -- year of publication; empty where the page does not tell it
  title TEXT,                      -- title of the page
  published TEXT,                  -- publication date, as long as it is precise: 2020-02-18, 2020-02 or 2020
  published_precision TEXT,        -- day, month or year
  published_source TEXT,           -- rule that found it: url, json-ld, meta, label, time … guess
  published_evidence TEXT,         -- characters that say so
  modified TEXT,                   -- date of last change, as stated
  language TEXT,                   -- ISO 639-1 code of the main language
  page_type TEXT NOT NULL,         -- article, listing, event, contact, attachment, front, error, parked or other
  programmes TEXT NOT NULL,        -- JSON list of programmes and projects (terms): mentioned, or the site's own in that year
  structures TEXT NOT NULL,        -- JSON list of structures mentioned (terms)
  organisations TEXT NOT NULL,     -- JSON list of organisations mentioned (terms)
  current INTEGER NOT NULL,        -- 1 for the newest version of a page
  first_seen TEXT NOT NULL,        -- UTC moment of the first capture that showed it
  last_seen TEXT NOT NULL,         -- UTC moment of the last capture that showed it
  seen_year INTEGER NOT NULL,      -- year of first_seen; not the year of publication
  url TEXT NOT NULL,               -- address
  words INTEGER NOT NULL,          -- number of words of the text, and of the title where the text does not begin with it
  also_at INTEGER NOT NULL,        -- number of other pages in this edition with the same text
  access TEXT NOT NULL,            -- open, snippet or closed, as the site or a permission says
  excerpt TEXT NOT NULL,           -- first characters of the text, 300 at most
  text TEXT,                       -- the text; empty where it may not be shown
  outline TEXT                     -- what each line of the text is, divided by spaces: p, h2 … h6, ul, ol, tr; empty where all are paragraphs
) STRICT;
CREATE TABLE former (              -- addresses that an earlier edition gave out, and where they lead now
  id TEXT PRIMARY KEY,             -- page or version of then
  page TEXT NOT NULL REFERENCES pages(id), -- the page of now
  first_seen TEXT                  -- UTC moment of that version; empty for a page
) STRICT;
CREATE TABLE former_sites (        -- names by which an earlier edition knew a site that was renamed
  id TEXT PRIMARY KEY,             -- short name of then
  site TEXT NOT NULL REFERENCES sites(id) -- the site of now
) STRICT;
CREATE TABLE twins (               -- a version and the page that is the same in another language
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  page TEXT NOT NULL REFERENCES pages(id), -- the page in the other language
  language TEXT NOT NULL,          -- ISO 639-1
  source TEXT NOT NULL,            -- hreflang, or switch: a link such as "På svenska"
  PRIMARY KEY (version, page, language)
) STRICT;
CREATE TABLE passages (            -- a paragraph that stands on pages of more than one site
  passage TEXT NOT NULL,           -- a name for the paragraph
  version TEXT NOT NULL REFERENCES versions(id), -- a version that holds it
  line INTEGER NOT NULL,           -- its place among the lines of the text that are not empty, from 0
  PRIMARY KEY (passage, version)
) STRICT;
CREATE TABLE same_text (           -- versions that hold the same text
  version TEXT PRIMARY KEY REFERENCES versions(id), -- the version
  cluster TEXT NOT NULL            -- a name for the text they share
) STRICT;
CREATE TABLE captures (            -- one response at one moment, of the pages of this edition
  id TEXT PRIMARY KEY,             -- from the WARC record id
  page TEXT NOT NULL REFERENCES pages(id),       -- the page
  url TEXT NOT NULL,               -- the address asked for
  timestamp TEXT NOT NULL,         -- UTC moment of the response
  status INTEGER,                  -- HTTP status code
  mime TEXT,                       -- declared media type
  payload_digest TEXT,             -- sha1 of the body, base32, as in WARC
  payload_length INTEGER,          -- bytes of the body
  record_id TEXT NOT NULL,         -- WARC-Record-ID
  record_type TEXT NOT NULL,       -- response, revisit, resource, or conversion where it is rendered
  source TEXT NOT NULL,            -- crawl, import, wayback, commoncrawl …, or rendered: made by a browser from what the server sent
  provenance TEXT                  -- where it comes from: file and software of an import, or the address that it was taken from
) STRICT;
CREATE TABLE mementos (            -- captures that can be seen as they were, and where their bytes stand
  id TEXT PRIMARY KEY,             -- the capture
  site TEXT NOT NULL REFERENCES sites(id),       -- its site
  page TEXT REFERENCES pages(id),  -- its page; empty for pictures, style sheets …
  version TEXT REFERENCES versions(id), -- the text that was read from it; empty where there is none
  urlkey TEXT NOT NULL,            -- SURT of the address
  url TEXT NOT NULL,               -- the address asked for
  timestamp TEXT NOT NULL,         -- UTC moment of the response
  status INTEGER,                  -- HTTP status code
  mime TEXT,                       -- declared media type
  payload_digest TEXT,             -- sha1 of the body, base32, as in WARC
  record_id TEXT NOT NULL,         -- WARC-Record-ID
  record_type TEXT NOT NULL,       -- response, revisit or resource
  source TEXT NOT NULL,            -- where it comes from, as in captures
  body TEXT NOT NULL REFERENCES mementos(id), -- the capture whose record holds the body: itself, or what a revisit repeats
  file TEXT NOT NULL,              -- WACZ file in the folder replay beside this file
  "offset" INTEGER NOT NULL,       -- bytes from its start to the record
  length INTEGER NOT NULL          -- bytes of the record
) STRICT;
CREATE TABLE mentions (            -- a term found in a version
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  term TEXT NOT NULL REFERENCES terms(id),       -- the term
  count INTEGER NOT NULL,          -- how often
  form TEXT NOT NULL,              -- first form as written
  PRIMARY KEY (version, term)
) STRICT;
CREATE TABLE events (              -- a dated happening told in a version
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the text
  start TEXT NOT NULL,             -- ISO 8601 date, or date and time in Helsinki
  "end" TEXT,                      -- the same, where told
  place TEXT,                      -- place, or Teams
  title TEXT,                      -- line that tells it; empty where the text may not be shown
  evidence TEXT NOT NULL,          -- characters that give the time
  precision TEXT NOT NULL,         -- minute or day
  year_inferred INTEGER NOT NULL,  -- 1 where the year comes from the page's date
  PRIMARY KEY (version, position)
) STRICT;
CREATE TABLE relations (           -- a sentence about a structure, role or model: where, when and by whom
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the text
  structure TEXT NOT NULL REFERENCES terms(id), -- the structure, role or model
  region TEXT REFERENCES regions(code), -- where; empty where nothing tells
  region_basis TEXT,               -- what tells it: sentence, municipality (in the sentence), term, site
  municipality TEXT,               -- code of the municipality that the sentence names
  year INTEGER,                    -- when; empty where nothing tells
  year_basis TEXT,                 -- what tells it: sentence, page (its publication date)
  organisation TEXT REFERENCES terms(id), -- organisation that the sentence names
  sentence TEXT,                   -- the sentence; empty where the text may not be shown
  PRIMARY KEY (version, position)
) STRICT;
CREATE TABLE links (               -- a link out of a version
  version TEXT NOT NULL REFERENCES versions(id), -- the version
  position INTEGER NOT NULL,       -- order in the page
  url TEXT NOT NULL,               -- address
  urlkey TEXT NOT NULL,            -- its SURT
  text TEXT,                       -- anchor text; empty where the text may not be shown
  PRIMARY KEY (version, position)
) STRICT;
CREATE TABLE forms (               -- word forms of this edition and the search terms that each is found by
  language TEXT NOT NULL,          -- ISO 639-1
  form TEXT NOT NULL,              -- as written
  terms TEXT NOT NULL,             -- search terms: lemma, p_part of a compound, s_stem
  PRIMARY KEY (language, form)
) STRICT;
CREATE TABLE term_forms (          -- the same, from search term to word forms
  term TEXT NOT NULL,              -- search term
  form TEXT NOT NULL,              -- word form in lower case
  PRIMARY KEY (term, form)
) STRICT;
CREATE TABLE words (               -- words that may be read in this edition, in lower case, for completion and for mending slips
  word TEXT PRIMARY KEY,           -- in lower case
  spelling TEXT NOT NULL,          -- as it is written most often
  versions INTEGER NOT NULL,       -- number of versions that hold it, each spelling counted by itself
  basic INTEGER NOT NULL           -- 1 where it is a basic form, such as a dictionary has
) STRICT;
CREATE TABLE postings (            -- which versions hold a search term, for ranking
  term TEXT NOT NULL,              -- search term
  block INTEGER NOT NULL,          -- which 65,536 versions: docid from block * 65536 + 1
  versions INTEGER NOT NULL,       -- how many of them hold it
  rows BLOB NOT NULL,              -- their places in the block, two bytes each, low byte first, in order
  weights BLOB NOT NULL,           -- how much the term weighs in each, one byte each, 255 the most
  PRIMARY KEY (term, block)
) STRICT;
CREATE TABLE positions (           -- where each word form stands, for near words, phrases and frequencies
  form TEXT NOT NULL,              -- word form in lower case; with - before it where it is part of a longer one; empty before each version
  block INTEGER NOT NULL,          -- which 65,536 versions: docid from block * 65536 + 1
  width INTEGER NOT NULL,          -- bytes of each number in places
  places BLOB NOT NULL,            -- the first place in the block, then the steps from each place to the next, low byte first
  PRIMARY KEY (form, block)
) STRICT;
"""

INDEXES = """
CREATE INDEX versions_page ON versions(page);
CREATE INDEX versions_site ON versions(site);
CREATE INDEX pages_site ON pages(site);
CREATE INDEX pages_urlkey ON pages(urlkey);
CREATE INDEX captures_page ON captures(page, timestamp);
CREATE INDEX mementos_urlkey ON mementos(urlkey, timestamp);
CREATE INDEX mementos_page ON mementos(page, timestamp);
CREATE INDEX mementos_version ON mementos(version);
CREATE INDEX mementos_file ON mementos(file);
CREATE INDEX mentions_term ON mentions(term);
CREATE INDEX events_start ON events(start);
CREATE INDEX relations_structure ON relations(structure, region, year);
CREATE INDEX relations_region ON relations(region);
CREATE INDEX links_urlkey ON links(urlkey);
CREATE INDEX same_text_cluster ON same_text(cluster);
CREATE INDEX passages_version ON passages(version);
CREATE INDEX forms_form ON forms(form);
"""

# Both hold no text, only the index. The words of a text that may be shown stand in `text` in their order;
# of one that may not, `text` holds the excerpt and `words` all words in alphabetical order,
# and lemmas always stand in alphabetical order: no file lets anybody put such a text together again.
WORDS_INDEX = """
CREATE VIRTUAL TABLE versions_words USING fts5(
  title, text, words, content='', tokenize="unicode61 remove_diacritics 0"
);
"""
LEMMAS_INDEX = """
CREATE VIRTUAL TABLE versions_lemmas USING fts5(
  title, text, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '_'"
);
"""

DATA_TABLES = (
    "versions", "pages", "sites", "projects", "regions", "counties", "terms",
    "mentions", "events", "relations", "links", "captures", "same_text", "passages", "twins",
)  # fmt: skip
"""The tables that hold data, as against the machinery of the search."""


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables and the two search indexes of an edition."""
    connection.executescript(TABLES + WORDS_INDEX + LEMMAS_INDEX)


def described(connection: sqlite3.Connection) -> dict[str, Table]:
    """Return the tables of an edition by name, with the meaning of each column."""
    return {table.name: table for table in described_tables(connection)}


def kind_of(sql_type: str, meaning: str | None) -> Kind:
    """Return what a column holds, from its SQL type and its meaning.

    >>> kind_of("TEXT", "JSON list of region codes"), kind_of("INTEGER", "1 for the newest version of a page")
    ('list', 'boolean')
    """
    said = meaning or ""
    if said.startswith("JSON list"):
        return "list"
    if said.startswith("UTC "):
        return "moment"
    if said.startswith("1 "):
        return "boolean"
    kinds: dict[str, Kind] = {"INTEGER": "integer", "REAL": "real"}
    return kinds.get(sql_type, "text")
