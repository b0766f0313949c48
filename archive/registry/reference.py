"""Write the tables of all keys for the manual, from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from archive.registry.extraction import ReadingRules
from archive.registry.models import County, Region, Site, Term
from archive.registry.problems import inner_tables
from archive.registry.settings import CrawlConfig

DOCUMENTED: tuple[type[BaseModel], ...] = (Site, Term, Region, County, CrawlConfig, ReadingRules)
"""The tables that a person writes."""

NOT_WRITTEN = {"id", "code"}
"""Fields that come from the name of a file or a table."""


def key_table(model: type[BaseModel]) -> str:
    """Return a Markdown table of every key that a person may write, with default and meaning."""
    rows = [f"| `{key}` | {default} | {meaning} |" for key, default, meaning in _rows(model)]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])


def _rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    tables = dict(inner_tables(model))
    for name, field in model.model_fields.items():
        if name not in tables and name not in NOT_WRITTEN:
            meaning = (field.description or "").replace("``", "`").replace("|", "\\|")
            yield prefix + name, _default(field), meaning
    for name, table in tables.items():
        named = "NAME." if get_origin(model.model_fields[name].annotation) is dict else ""
        yield from _rows(table, f"{prefix}{name}.{named}")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}):
        return "none"
    return f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:_}"
