"""Understand what a person types into the search box.

Words, ``"phrases in quotes"``, beginnings (``järjest*``), ``AND``, ``OR``, ``NOT`` or ``-word``, brackets, words near
each other (``"kunta yhdistys"~5``, ``kunta NEAR/5 yhdistys``) and fields (``title:malli``, ``year:2018..2020``).
Words side by side must all be there. Operators and fields are read in Finnish and Swedish too: ``JA``, ``ELLER``, ``otsikko:``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.decode import clean_text
from archive.lemmas import INNER_WORD, tokens
from archive.search.facets import first_day, last_day
from archive.search.querytree import (
    LONGEST,
    MOST_WORDS,
    All,
    Any,
    Beginning,
    Dated,
    DateName,
    FieldName,
    Having,
    Near,
    Node,
    Phrase,
    QueryProblem,
    Without,
    Word,
)

SIGNS = str.maketrans("“”„‟«»″＂−", '""""""""-')
"""Quotation marks, and the minus of mathematics, as the query language has them."""
SYMBOL = re.compile(
    r"""\s*(?:
      (?P<minus>-?)(?:(?P<phrase_field>\w+):)?"(?P<phrase>[^"]*)"(?:~(?P<between>\d{1,3}))?
      | (?P<not_in_bracket>-)(?=\()
      | (?P<bracket>[()])
      | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
OPERATORS = {
    "AND": "and", "JA": "and", "OCH": "and", "&&": "and",
    "OR": "or", "TAI": "or", "ELLER": "or", "||": "or",
    "NOT": "not", "EI": "not", "INTE": "not",
}  # fmt: skip
NEAR = re.compile(r"(?:NEAR|LÄHELLÄ|NÄRA)(?:/(\d{1,3}))?")
USUAL_BETWEEN = 10
"""Words between two that are near each other, where nothing is said."""
MOST_BETWEEN = 100

TITLE = frozenset({"title", "otsikko", "rubrik"})
DATES: dict[str, DateName] = {
    "year": "published", "vuosi": "published", "år": "published",
    "published": "published", "julkaistu": "published", "publicerad": "published",
    "captured": "captured", "tallennettu": "captured", "sparad": "captured",
}  # fmt: skip
FIELDS: dict[str, FieldName] = {
    "site": "site", "sivusto": "site", "webbplats": "site",
    "region": "region", "maakunta": "region", "landskap": "region",
    "county": "county", "hyvinvointialue": "county", "välfärdsområde": "county",
    "lang": "lang", "kieli": "lang", "språk": "lang",
    "type": "type", "laji": "type", "typ": "type",
    "term": "term", "termi": "term",
}  # fmt: skip
"""What may stand before a colon, with `TITLE` and `DATES`, in three languages."""

SLASH = re.compile(r"(?<=[^\W\d_])[/·](?=[^\W\d_])")
"""What joins words that each must be there: ``kunta/järjestö``."""
STAR_INSIDE = re.compile(r"\*+\w")
LAST_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*(?=[\W_]*$)")
RANGE = re.compile(r"(?P<first>[\d.-]*?)\.\.(?P<last>[\d.-]*)|(?P<from>\d{4})[-–](?P<to>\d{4})?")
ISO_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
FINNISH_DATE = re.compile(r"(3[01]|[12]?[1-9]|[12]0)\.(1[0-2]|[1-9])\.(\d{4})")
FOREVER = 99_999_999


@dataclass(frozen=True, slots=True)
class _NearSign:
    """The operator NEAR with its number of words."""

    between: int


_Symbol = str | _NearSign | Node


def parse(text: str) -> Node | None:
    """Return what a query asks for, or ``None`` where it holds no word.

    Raises:
        QueryProblem: it cannot be understood.

    >>> parse('kunta OR "saman pöydän"')
    Any(parts=(Word(form='kunta', title=False), Phrase(words=('saman', 'pöydän'), title=False)))
    >>> parse("year:2018..2019")
    Dated(date='published', first=20180000, last=20199999)
    >>> parse(" !? ") is None
    True
    """
    if len(text) > LONGEST:
        raise QueryProblem("too-long")
    text = clean_text(text).translate(SIGNS)
    if text.count('"') % 2:
        raise QueryProblem("quote")
    symbols = list(_symbols(text))
    if len(symbols) > MOST_WORDS:
        raise QueryProblem("too-long")
    reader = _Reader(symbols)
    node = reader.either()
    if reader.here is not None:
        raise QueryProblem("bracket")
    return node


def _symbols(text: str) -> Iterator[_Symbol]:
    """Yield operators and brackets as text, everything else as what it asks for."""
    for match in SYMBOL.finditer(text):
        word, near = match["word"], NEAR.fullmatch(match["word"] or "")
        if match["bracket"]:
            yield match["bracket"]
        elif match["not_in_bracket"]:
            yield "not"
        elif match["phrase"] is not None:
            yield from _excluded(match["minus"], _phrase(match))
        elif word in OPERATORS:
            yield OPERATORS[word]
        elif near:
            yield _NearSign(_between(near[1]))
        else:
            minus, rest = ("-", word[1:]) if word.startswith("-") else ("", word)
            yield from _excluded(minus, _plain(rest))


def _excluded(minus: str, node: Node | None) -> Iterator[Node]:
    if node is not None:
        yield Without(node) if minus else node


def _between(said: str | None) -> int:
    return min(int(said), MOST_BETWEEN) if said else USUAL_BETWEEN


def _phrase(match: re.Match[str]) -> Node | None:
    """Return what stands in quotes: a value of a field, words near each other, or a phrase."""
    name, text = match["phrase_field"] or "", match["phrase"]
    if name.lower() in DATES or name.lower() in FIELDS:
        return _field(name, text.strip())
    in_title = name.lower() in TITLE
    if match["between"] is not None and not in_title:
        forms = _forms(text)
        return Near(forms, _between(match["between"])) if len(forms) > 1 else _words(forms)
    words = tuple(INNER_WORD.findall(text if in_title else f"{name} {text}"))
    return Phrase(words, in_title) if words else None


def _plain(text: str) -> Node | None:
    """Return what a word without quotes asks for."""
    name, colon, value = text.partition(":")
    in_title = name.lower() in TITLE
    if not colon or not (in_title or name.lower() in DATES or name.lower() in FIELDS):
        return _word(text)
    if not INNER_WORD.search(value):
        raise QueryProblem("field", f"{name}:")
    return _word(value, title=True) if in_title else _field(name, value)


def _word(text: str, *, title: bool = False) -> Node | None:
    if STAR_INSIDE.search(text):
        raise QueryProblem("star", text)
    if text.endswith("*"):
        said = LAST_WORD.search(text)
        start = " ".join(INNER_WORD.findall(said.group())) if said else ""
        if len(start) < 2:
            raise QueryProblem("short-beginning")
        return Beginning(start, title)
    return _words(_forms(text), title=title)


def _forms(text: str) -> tuple[str, ...]:
    return tuple(word.group() for word in tokens(SLASH.sub(" ", text)))


def _words(forms: tuple[str, ...], *, title: bool = False) -> Node | None:
    nodes = tuple(Word(form, title) for form in forms)
    return All(nodes) if len(nodes) > 1 else next(iter(nodes), None)


def _field(name: str, value: str) -> Node:
    if not value:
        raise QueryProblem("field", f"{name}:")
    date = DATES.get(name.lower())
    return _dated(date, value) if date else Having(FIELDS[name.lower()], value)


def _dated(name: DateName, value: str) -> Dated:
    said = RANGE.fullmatch(value)
    if said is None:
        date = _date(value)
        return Dated(name, first_day(date), last_day(date))
    first, last = said["first"] or said["from"], said["last"] or said["to"]
    if not first and not last:
        raise QueryProblem("date", value)
    return Dated(
        name,
        first_day(_date(first)) if first else 0,
        last_day(_date(last)) if last else FOREVER,
    )


def _date(said: str) -> str:
    """Return a date as ISO 8601 says it.

    >>> _date("18.3.2019"), _date("2019-03")
    ('2019-03-18', '2019-03')
    """
    finnish = FINNISH_DATE.fullmatch(said)
    if finnish:
        day, month, year = finnish.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    if not ISO_DATE.fullmatch(said):
        raise QueryProblem("date", said)
    return said


class _Reader:
    """Read symbols from left to right; OR binds weakest, then AND, then NOT, then NEAR."""

    def __init__(self, symbols: list[_Symbol]) -> None:
        self._symbols = symbols
        self._at = 0

    @property
    def here(self) -> _Symbol | None:
        return self._symbols[self._at] if self._at < len(self._symbols) else None

    def either(self) -> Node | None:
        parts = [self._every()]
        while self.here == "or":
            self._at += 1
            parts.append(self._every())
        if len(parts) == 1:
            return parts[0]
        if None in parts:
            raise QueryProblem("operator")
        return Any(tuple(part for part in parts if part is not None))

    def _every(self) -> Node | None:
        parts: list[Node] = []
        while self.here is not None and self.here not in ("or", ")"):
            if self.here == "and":
                self._at += 1
                if not parts or self.here in (None, "and", "or", ")"):
                    raise QueryProblem("operator")
            parts.append(self._near())
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _near(self) -> Node:
        node = self._one()
        while isinstance(self.here, _NearSign):
            between = self.here.between
            self._at += 1
            node = _together(node, self.here, between)
            self._at += 1
        return node

    def _one(self) -> Node:
        symbol = self.here
        self._at += 1
        if symbol == "not":
            if self.here is None or self.here in ("and", "or", ")"):
                raise QueryProblem("operator")
            return Without(self._one())
        if symbol == "(":
            return self._bracketed()
        if isinstance(symbol, _NearSign):
            raise QueryProblem("near")
        if symbol is None or isinstance(symbol, str):
            raise QueryProblem("operator")
        return symbol

    def _bracketed(self) -> Node:
        inside = self.either()
        if self.here != ")" or inside is None:
            raise QueryProblem("bracket")
        self._at += 1
        return inside


def _together(left: Node, right: _Symbol | None, between: int) -> Near:
    """Join what stands on both sides of NEAR; several in a row are near each other all together."""
    forms = left.forms if isinstance(left, Near) else ()
    if isinstance(left, Word) and not left.title:
        forms = (left.form,)
    if not forms or not isinstance(right, Word) or right.title:
        raise QueryProblem("near")
    return Near((*forms, right.form), between)
