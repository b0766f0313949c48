"""Say a query as an expression of FTS5, for Datasette's own search box and for anybody with plain SQLite."""

from __future__ import annotations

import sqlite3

from archive.search.queries import parse
from archive.search.querytree import All, Any, Dated, Having, Node, Without, words_of
from archive.search.wording import Wording

NOTHING = '""'
"""An expression that matches no version."""


def lemma_expression(connection: sqlite3.Connection, text: str) -> str:
    """Return an FTS5 expression over `versions_lemmas` for a query.

    Phrases, beginnings and near words are read as words, since that index knows no order; fields and dates,
    for which a table has filters, find nothing.

    Raises:
        QueryProblem: the text cannot be understood.
    """
    node = parse(text)
    wording = Wording(connection, compounds=True, versions=0)
    return NOTHING if node is None else _expression(wording, node)


def _expression(wording: Wording, node: Node) -> str:
    if isinstance(node, Any):
        return "(" + " OR ".join(_expression(wording, part) for part in node.parts) + ")"
    if isinstance(node, All):
        wanted = [_expression(wording, one) for one in node.parts if not isinstance(one, Without)]
        unwanted = [
            _expression(wording, one.part) for one in node.parts if isinstance(one, Without)
        ]
        return "(" + " NOT ".join([" AND ".join(wanted) or NOTHING, *unwanted]) + ")"
    if isinstance(node, Without | Having | Dated):
        return NOTHING  # FTS5 can take away only from something
    return " AND ".join(wording.expression(word) for word in words_of(node))
