"""Take out the lines that content systems leave behind: share buttons, stamps, the title said twice."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from archive.dates import find_dates
from archive.decode import clean_text

from .labels import LABEL, is_stamp
from .markup import fold
from .titles import normal
from .visible import is_byline

Residue = tuple[tuple[str, str], ...]
DATE_EXTRA = 3
"""Characters of punctuation beside a date that stands alone on its line."""

TABLE_RULE = re.compile(r"[\s|:-]+")
CELL_EDGES = re.compile(r"^\s*\|\s*|\s*\|\s*$")


class Sieve:
    """Keep the lines that say something, and remember the names of the rules that dropped the others."""

    def __init__(self, residue: Residue) -> None:
        """Take names and regexes of whole lines that say nothing."""
        self._any, self._each = _compiled(residue)
        self.fired: set[str] = set()

    def text(self, lines: list[str]) -> str:
        """Return the lines that say something, folded, as one text."""
        tidy = [fold(CELL_EDGES.sub("", clean_text(line))) for line in lines]
        kept = [line for line in tidy if line and not self._drops(line)]
        return "\n".join(self._without_split_stamps(kept))

    def _drops(self, line: str) -> bool:
        if self._any is not None and self._any.fullmatch(line):
            self.fired |= {
                f"residue:{next(name for name, one in self._each if one.fullmatch(line))}"
            }
            return True
        if is_stamp(line):
            self.fired.add("residue:stamp")
            return True
        return TABLE_RULE.fullmatch(line) is not None

    def _without_split_stamps(self, lines: list[str]) -> list[str]:
        """Drop a label and the date below it: "Luotu", "18.06.2020"."""
        stamps = {
            at
            for at, (label, day) in enumerate(pairwise(lines))
            if LABEL.fullmatch(label.rstrip(" :")) and _is_date(day)
        }
        if stamps:
            self.fired.add("residue:stamp")
        return [line for at, line in enumerate(lines) if at not in stamps and at - 1 not in stamps]


@cache
def _compiled(
    residue: Residue,
) -> tuple[re.Pattern[str] | None, tuple[tuple[str, re.Pattern[str]], ...]]:
    """Return one regex that tells whether any rule drops a line, and one for each rule."""
    whole = "|".join(f"(?:{line})" for _, line in residue)
    each = tuple((name, _whole_line(line)) for name, line in residue)
    return (_whole_line(whole) if whole else None), each


def _whole_line(expression: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{expression})\W*", re.IGNORECASE)


def without_title(text: str, title: str | None) -> str:
    r"""Return the text without the lines at its top that only repeat the title, the day or the writer with the day.

    >>> without_title("Järjestöpäivä\n11.12.2019 Sanna Suvanto\nTervetuloa!", "Järjestöpäivä")
    'Tervetuloa!'
    """
    lines = text.split("\n")
    wanted = normal(title)
    while len(lines) > 1 and wanted and _repeats(lines[0], wanted):
        lines.pop(0)
    return "\n".join(lines)


def _repeats(line: str, title: str) -> bool:
    return normal(line) == title or _is_date(line) or is_byline(line)


def _is_date(line: str) -> bool:
    dates = list(find_dates(line))
    return len(dates) == 1 and len(line) - (dates[0].end - dates[0].start) <= DATE_EXTRA
