"""Mend broken values just enough that the rest of their file can still be judged.

Nothing mended is ever used: the problem was reported, and loading fails.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from archive.registry.models import Site, Table
from archive.registry.problems import Location, bare, nearest, table_at

Raw = dict[str, Any]

STAND_INS: Mapping[type[Table], Raw] = {Site: {"name": "?", "kind": "media"}}
"""Values with which the rest of a file is judged when a required key is missing or wrong."""


def mended(model: type[Table], raw: Raw, error: ValidationError) -> tuple[Raw, set[str]]:
    """Return the values without their mistakes, and the keys that held a wrong one.

    Misspelt keys are renamed to the nearest known one; wrong values are left out.
    """
    values, wrong = copy.deepcopy(raw), set[Location]()
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place = bare(detail["loc"])
        if detail["type"] == "extra_forbidden":
            _rename(values, place, table_at(model, place[:-1]))
        else:
            wrong.add(place[:-1] if detail["type"] == "missing" and len(place) > 1 else place)
    for place in sorted(wrong, key=_last_first, reverse=True):
        _drop(values, place)
    return {**STAND_INS.get(model, {}), **values}, _names(wrong)


def _names(places: set[Location]) -> set[str]:
    """Name each place by its first key and by its first two: ``scope`` stands only for the table itself."""
    return {".".join(str(part) for part in place[:2] if isinstance(part, str)) for place in places}


def _last_first(place: Location) -> tuple[tuple[str, int], ...]:
    """Sort later items of a list behind earlier ones, so that dropping shifts nothing."""
    return tuple(("", part) if isinstance(part, int) else (part, 0) for part in place)


def _parent(values: Raw, place: Location) -> Any:
    inner: Any = values
    for part in place[:-1]:
        inner = inner[part]
    return inner


def _rename(values: Raw, place: Location, table: type[Any]) -> None:
    parent = _parent(values, place)
    value = parent.pop(place[-1])
    if (right := nearest(str(place[-1]), table.model_fields)) is not None:
        parent.setdefault(right, value)


def _drop(values: Raw, place: Location) -> None:
    parent = _parent(values, place)
    if isinstance(parent, list):
        del parent[int(place[-1])]
    else:
        parent.pop(place[-1], None)
