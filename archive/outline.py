"""Say what each line of a text is: a paragraph, a heading, an item of a list, a row of a table.

An outline holds no word of the text, so it can stand beside a text in which ways to reach persons are masked.
"""

from __future__ import annotations

import re

PARAGRAPH = "p"
LINE = re.compile(r"[^\n\f]+")
HEADING = re.compile(r"(#{1,6}) ")
TABLE_RULE = re.compile(r"\|(?:---\|)+")
MARKS = {"- ": "ul", "1. ": "ol", "| ": "tr"}


def lines_of(text: str) -> list[str]:
    r"""Return the lines that count: those that are not empty. A page of a PDF ends a line too.

    >>> lines_of("Ohjelma\n\nKahvit\fLoput")
    ['Ohjelma', 'Kahvit', 'Loput']
    """
    return LINE.findall(text)


def lines_before(text: str, offset: int) -> int:
    r"""Return how many lines that count stand before the one that holds an offset.

    >>> lines_before("Ohjelma\n\n  Kahvit", 11)
    1
    """
    return sum(line.end() <= offset for line in LINE.finditer(text))


def outline(markdown: str) -> list[str]:
    r"""Return what each line of a text is, from the Markdown that `extraction` wrote of it.

    >>> outline("## Ohjelma\n\n- Kahvit\n- Keskustelu\n\n| Kunta | Jäseniä |\n|---|---|\n| Kotka | 17 |\n\n\\1. Loput")
    ['h2', 'ul', 'ul', 'tr', 'tr', 'p']
    """
    return [_kind(line) for line in lines_of(markdown) if not TABLE_RULE.fullmatch(line)]


def outline_of_part(markdown: str, text: str, start: int, part: str) -> str | None:
    r"""Return the outline of a part of a text, its words divided by spaces; ``None`` where all lines are paragraphs.

    Args:
        markdown: the Markdown of the whole text.
        text: the whole text.
        start: where the part begins, at the beginning of a line.
        part: the part as it is shown.

    Where the lines of both do not agree, nothing is said: a heading in the wrong place is worse than none.

    >>> outline_of_part("- Kahvit\n\n## Kunnat\n\nKotka", "Kahvit\nKunnat\nKotka", 7, "Kunnat\nKotka")
    'h2 p'
    """
    kinds = outline(markdown)
    if len(kinds) != len(lines_of(text)):
        return None
    before, length = len(lines_of(text[:start])), len(lines_of(part))
    found = kinds[before : before + length]
    if len(found) != length or set(found) <= {PARAGRAPH}:
        return None
    return " ".join(found)


def _kind(line: str) -> str:
    heading = HEADING.match(line)
    if heading:
        return f"h{len(heading[1])}"
    return next((kind for mark, kind in MARKS.items() if line.startswith(mark)), PARAGRAPH)
