"""Say in plain words what is wrong with a configuration file, and what to do.

A problem names its file, its key and the remedy:
``sites/09/ekyhdistykset.toml: scope.exlude: unknown key; did you mean "exclude"?``
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

Location = tuple[str | int, ...]

MISSING = "missing; add it"


class Problem(NamedTuple):
    """One thing that a person has to mend."""

    file: str
    """Path under the config directory, with forward slashes."""
    key: str
    """Dotted key, with tables of a list counted from 1; empty where the whole file is meant."""
    text: str

    def __str__(self) -> str:
        """Join the three parts with colons."""
        return ": ".join(part for part in self if part)


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "…"?`` for the nearest known word, or an empty text.

    >>> suggestion("exlude", ["hosts", "exclude"])
    '; did you mean "exclude"?'
    """
    near = nearest(wrong, known)
    return f'; did you mean "{near}"?' if near else ""


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like a wrong one, or ``None``."""
    return next(iter(get_close_matches(wrong.lower(), sorted(known), n=1, cutoff=0.6)), None)


def dotted(location: Location) -> str:
    """Return a place in a file as people write it.

    >>> dotted(("projects", 0, "started"))
    'projects[1].started'
    """
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def plain_problems(
    file: str, model: type[BaseModel], error: ValidationError, prefix: Location = ()
) -> list[Problem]:
    """Return every problem that pydantic found in one table, in plain words.

    A required key that is only misspelt is not called missing too.
    """
    details = error.errors(include_url=False)
    misspelt = {_meant(model, d["loc"]) for d in details if d["type"] == "extra_forbidden"}
    return [
        Problem(file, dotted((*prefix, *bare(detail["loc"]))), _words(model, detail))
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in misspelt
    ]


def _meant(model: type[BaseModel], location: Location) -> Location:
    """Return the place that a misspelt key was meant for."""
    table = table_at(model, location[:-1])
    return (*location[:-1], nearest(str(location[-1]), table.model_fields) or "")


def bare(location: Location) -> Location:
    """Return a place without the mark that pydantic puts after a key of a dict."""
    return tuple(part for part in location if part != "[key]")


def _words(model: type[BaseModel], detail: Mapping[str, Any]) -> str:
    kind, value = detail["type"], detail["input"]
    context: Mapping[str, Any] = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(model, detail["loc"])
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        choices = [
            word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")
        ]
        return f"{_shown(value)} is not allowed{suggestion(str(value), choices)} " + (
            f"Choose one of: {', '.join(choices)}"
        )
    if kind == "missing":
        return MISSING
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, not {_shown(value)}"
    return f"{detail['msg'][0].lower()}{detail['msg'][1:]}, not {_shown(value)}"


_EXPECTED = {
    "bool_type": "true or false, without quotes",
    "dict_type": "a table",
    "float_type": "a number without quotes",
    "int_type": "a whole number without quotes",
    "model_type": "a table",
    "string_type": "text in quotes",
    "tuple_type": "a list in square brackets",
}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, tuple):
        return "a list"
    return str(value)


def _unknown_key(model: type[BaseModel], location: Location) -> str:
    key = str(location[-1])
    table = table_at(model, location[:-1])
    if near := suggestion(key, table.model_fields):
        return f"unknown key{near}"
    if table is not model and key in model.model_fields:
        return f'unknown key; "{key}" stands above the first [table] of the file'
    for name, inner in inner_tables(table):
        if key in inner.model_fields:
            return f'unknown key; "{key}" belongs under [{name}]'
    return f"unknown key; remove it, or use one of: {', '.join(table.model_fields)}"


def table_at(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """Return the model of the table at a place in a file."""
    for part in location:
        if isinstance(part, str):
            model = dict(inner_tables(model)).get(part, model)
    return model


def inner_tables(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the fields that hold a table or a list of tables."""
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind
