"""Describe the JSON answers of the site, as OpenAPI 3.1 has it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from archive.edition import Kind
from archive.exports.columns import LINES
from archive.exports.formats import Column
from archive.search.facets import NAMES
from archive.site.addresses import LAST_PAGE, ORDERS
from archive.site.kwic import SORTINGS, WIDTHS
from archive.site.languages import LANGUAGES
from archive.site.trendpage import MOST

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
YES: Schema = {"type": "boolean"}
KINDS: dict[Kind, Schema] = {
    "text": TEXT,
    "integer": {"type": "integer"},
    "real": {"type": "number"},
    "list": {"type": "array", "items": TEXT},
    "moment": {"type": "string", "format": "date-time"},
    "boolean": YES,
}
ABOUT = """
The same parameters as the pages of the site take: the address of a page of results, such as
`/haku?q=kumppanuuspöytä&region=13`, becomes that of its data, `/api/search?q=kumppanuuspöytä&region=13`.
What makes no sense in a parameter counts as not said. Everything is read from one edition and follows its rights:
a public edition holds no closed text, only the beginning of texts of which no more may be shown, and masks e-mail addresses and phone numbers.
All hits at once: `/haku.csv`, `/haku.jsonl`, `/haku.parquet`, and the same for `/kwic` and `/trendit`. New hits: `/haku.atom`.
""".strip()


def description(root: str, version_columns: Sequence[Column]) -> dict[str, Any]:
    """Return the description.

    Args:
        root: where the site is served, without a slash at the end.
        version_columns: of the table of versions.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "Järjestöarkisto", "version": _software(), "description": ABOUT},
        "servers": [{"url": root}],
        "paths": {
            "/api/search": _path("search", "Versions that hold what is asked, a page of results at a time, with counts by facet.", SEARCH, "SearchResults"),
            "/api/kwic": _path("kwic", "Every hit in its line, sorted by its context.", [*SEARCH, *KWIC], "Concordance"),
            "/api/trends": _path("trends", f"How often words stand and on how many pages, by year of publication; up to {MOST} words, divided by commas.", FINDING, "Trends"),
            "/api/versions/{id}": _path("version", "Everything that the edition holds about one version of a page.", [VERSION_ID], "Version", missing=True),
        },
        "components": {"schemas": {**SCHEMAS, "Version": _version(version_columns)}},
    }  # fmt: skip


def _software() -> str:
    try:
        return version("jarjestoarkisto")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"


def _path(
    name: str, summary: str, parameters: Sequence[Schema], schema: str, *, missing: bool = False
) -> Schema:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    responses = {"200": {"description": "What was asked for.", "content": {"application/json": {"schema": _ref(schema)}}}}  # fmt: skip
    if missing:
        responses["404"] = {"description": "The edition holds no such version.", "content": problem}
    else:
        responses["400"] = {"description": "The query cannot be understood.", "content": problem}
    responses["503"] = {"description": "It would take too long.", "content": problem}
    return {"get": {"operationId": name, "summary": summary, "parameters": [*parameters], "responses": responses}}  # fmt: skip


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, meaning: str, schema: Schema, *, many: bool = False) -> Schema:
    held = {"type": "array", "items": schema} if many else schema
    said = {"name": name, "in": "query", "description": meaning, "schema": held}
    return {**said, "style": "form", "explode": True} if many else said


def _one_of(*values: str, default: str | None = None) -> Schema:
    schema: Schema = {"type": "string", "enum": list(values)}
    return schema if default is None else {**schema, "default": default}


VERSION_ID: Schema = {"name": "id", "in": "path", "required": True, "description": "Id of the version; it stays from edition to edition.", "schema": TEXT}  # fmt: skip
MEANINGS = {
    "region": "code of the region, such as 09",
    "county": "id of the wellbeing services county",
    "year": "year of publication",
    "programme": "id of the programme or project",
    "structure": "id of the structure",
    "organisation": "id of the organisation",
    "site": "id of the site",
    "lang": "ISO 639-1 code of the language",
    "type": "type of page",
}
FINDING = [
    _parameter("q", "The query, as in the search box: words in any form, \"phrases\", AND, OR, NOT, brackets.", {"type": "string", "maxLength": 500}),
    _parameter("tapa", "`sana` finds whole words only; otherwise parts of compounds too.", _one_of("sana")),
    *(_parameter(name, f"Narrows: {MEANINGS.get(name, name)}; one of several is enough; `-` where it is not known.", TEXT, many=True) for name in NAMES),
    _parameter("kieli", "Language of names.", _one_of(*LANGUAGES, default="fi")),
]  # fmt: skip
SEARCH = [
    *FINDING,
    _parameter("jarjestys", "Order: best, newest or oldest by publication, or seen last by the archive first.", _one_of(*ORDERS, default="paras")),
    _parameter("versiot", "`kaikki` lists every version that matches, not only the newest of each page.", _one_of("kaikki")),
    _parameter("samat", "`erikseen` lists each page by itself, also where several hold the same text.", _one_of("erikseen")),
    _parameter("sivu", "Page of the answer.", {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}),
]  # fmt: skip
KWIC = [
    _parameter("lajittelu", "Order of lines: by the word after, the word before, the hit, or as the texts were found.", _one_of(*SORTINGS, default="oikea")),
    _parameter("leveys", "Characters on each side.", _one_of(*WIDTHS, default=next(iter(WIDTHS)))),
]  # fmt: skip


def _object(required: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "properties": required, "required": list(required), **more}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _columns(columns: Sequence[Column]) -> dict[str, Schema]:
    """Return a schema for each column; any but a list, a yes or no and an id may be unknown."""
    return {
        one.name: {
            **(KINDS[one.kind] if one.kind in ("list", "boolean") else _or_null(KINDS[one.kind])),
            "description": one.meaning,
        }
        for one in columns
    }


def _version(columns: Sequence[Column]) -> Schema:
    mentions = _list(_object({"term": TEXT, "count": WHOLE}))
    return _object({**_columns(columns), "mentions": mentions, "html": TEXT})


HTML: Schema = {
    **TEXT,
    "description": "Address of the page for readers, below the root of the site.",
}
PIECE = _object({"text": TEXT, "match": {**YES, "description": "Whether this is what was searched for."}})  # fmt: skip
POINT = _object({
    "year": {**WHOLE, "description": "Of publication; 0 for pages without a date."},
    "pages": {**WHOLE, "description": "Pages of the year that hold it."},
    "of": {**WHOLE, "description": "All pages of the year, within the same filters."},
    "occurrences": {"type": ["integer", "null"], "description": "How often it stands on them; null where no words are looked for."},
    "words": {**WHOLE, "description": "All words of the year, within the same filters."},
})  # fmt: skip
SCHEMAS: dict[str, Schema] = {
    "SearchResults": _object({
        "query": TEXT,
        "total": {**WHOLE, "description": "Pages found, or versions where every version is listed."},
        "texts": {**WHOLE, "description": "Hits to list: the same text counts once."},
        "page": WHOLE,
        "pages": WHOLE,
        "hits": _list(_ref("Hit")),
        "facets": {
            "type": "object",
            "properties": {name: _list(_ref("FacetValue")) for name in NAMES},
            "required": list(NAMES),
            "description": "Pages by value; the facet's own narrowing does not narrow its counts.",
        },
        "html": HTML,
    }),
    "Hit": _object({
        "id": TEXT, "page": TEXT, "site_name": TEXT, "region": _or_null(TEXT), "published": _or_null(TEXT),
        "page_type": TEXT, "language": _or_null(TEXT), "url": TEXT, "access": _one_of("open", "snippet", "closed"),
        "first_seen": KINDS["moment"], "current": YES, "also_at": WHOLE, "title": TEXT, "snippet": _list(PIECE),
        "match_hidden": {**YES, "description": "True where the match lies in a part of the text that may not be shown."},
        "html": HTML,
    }),
    "FacetValue": _object({"value": TEXT, "label": TEXT, "pages": WHOLE}),
    "Concordance": _object({
        "query": TEXT,
        "lines": _list(_object(_columns(LINES))),
        "total": {**WHOLE, "description": "Lines of the texts that were read."},
        "page": WHOLE,
        "pages": WHOLE,
        "texts": {**WHOLE, "description": "Texts found."},
        "texts_read": {**WHOLE, "description": "Texts whose lines were sorted; where it is less than `texts`, /kwic.csv has all."},
        "texts_unseen": {**WHOLE, "description": "Texts read whose hits all lie in a part that may not be shown."},
        "html": HTML,
    }),
    "Trends": _object({
        "trends": _list(_object({"text": TEXT, "points": _list(POINT), "undated": POINT})),
        "html": HTML,
    }),
    "Problem": _object({"title": TEXT, "status": WHOLE, "problem": TEXT}),
}  # fmt: skip
