"""Say what a query asks for, as a tree, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from archive.errors import QueryError

LONGEST = 500
"""Characters; a longer query is a pasted text."""
MOST_WORDS = 40

FieldName = Literal["region", "county", "site", "lang", "type", "term"]
DateName = Literal["published", "captured"]
Problem = Literal[
    "too-long",
    "quote",
    "bracket",
    "operator",
    "short-beginning",
    "star",
    "near",
    "date",
    "field",
    "value",
]

MESSAGES: dict[Problem, str] = {
    "too-long": f"the query is longer than {LONGEST} characters or {MOST_WORDS} words; shorten it",
    "quote": 'a quotation mark is not closed; write "two words" with a mark on both sides',
    "bracket": "brackets do not match; every ( needs a )",
    "operator": "AND, OR and NOT need a word beside them; write them in small letters to search for them",
    "short-beginning": "a beginning needs at least two letters before the *",
    "star": "in {said!r} the * stands before letters; it can stand at the end of a word only: järjest*",
    "near": 'NEAR needs a plain word on both sides: kunta NEAR/5 yhdistys, or "kunta yhdistys"~5',
    "date": "{said!r} is no date; write 2019, 2019-03 or 2019-03-18, and a range as 2018..2020",
    "field": "{said!r} needs a value right after the colon, such as site:soste",
    "value": "this edition has nothing called {said!r} in that field",
}


class QueryProblem(QueryError):
    """A query that cannot be understood; ``problem`` says why, so that the site can say it in its language."""

    def __init__(self, problem: Problem, said: str = "") -> None:
        """Take the message of the problem, about what was said."""
        self.problem: Problem = problem
        self.said = said
        super().__init__(MESSAGES[problem].format(said=said))


@dataclass(frozen=True, slots=True)
class Word:
    """A word in any of its forms; with ``title``, in the title only."""

    form: str
    title: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words as they stand, one after another; one word alone as it stands."""

    words: tuple[str, ...]
    title: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """Words that begin so; a space stands for a hyphen."""

    start: str
    title: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """Words in any of their forms, in any order, with at most so many other words between them."""

    forms: tuple[str, ...]
    between: int


@dataclass(frozen=True, slots=True)
class Having:
    """Versions of which a field says so."""

    field: FieldName
    value: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Versions with a date in a range; both ends are days as numbers, such as 20190318."""

    date: DateName
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class All:
    """Every part must be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One part must be there."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The part must not be there."""

    part: Node


Leaf = Word | Phrase | Beginning | Near
Node = Leaf | Having | Dated | All | Any | Without


def leaves(node: Node | None, *, wanted: bool = True) -> Iterator[Leaf]:
    """Yield the words, phrases, beginnings and near words that a query wants; not those it excludes."""
    if isinstance(node, All | Any):
        for part in node.parts:
            yield from leaves(part, wanted=wanted)
    elif isinstance(node, Without):
        yield from leaves(node.part, wanted=not wanted)
    elif isinstance(node, Leaf) and wanted:
        yield node


def words_of(leaf: Leaf) -> tuple[str, ...]:
    """Return the words that a leaf weighs by; what stands in a phrase weighs as a word.

    >>> words_of(Near(("kunta", "yhdistys"), 5))
    ('kunta', 'yhdistys')
    """
    if isinstance(leaf, Word):
        return (leaf.form,)
    if isinstance(leaf, Phrase):
        return leaf.words
    return leaf.forms if isinstance(leaf, Near) else (leaf.start,)
