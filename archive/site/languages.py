"""Speak Finnish, Swedish and English.

The Finnish texts stand in the templates and are the keys of gettext catalogues, ``locale/sv.po`` and ``locale/en.po``,
which translators open with their own tools. They are compiled in memory when the site starts, so no second file can fall behind.
"""

from __future__ import annotations

import ast
import gettext
import io
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["fi", "sv", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES = {"fi": "suomi", "sv": "svenska", "en": "English"}
LOCALE = Path(__file__).parent / "locale"

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip


class Translator:
    """The texts of the site in one language."""

    def __init__(self, language: Language) -> None:
        """Read the catalogue; Finnish needs none."""
        self.language = language
        self._catalogue = gettext.NullTranslations() if language == "fi" else _catalogue(language)

    def __call__(self, text: str, **values: object) -> str:
        """Return a text, its ``{places}`` filled in."""
        translated = self._catalogue.gettext(text)
        return translated.format(**values) if values else translated

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form of a text that goes with a number; ``{n}`` is the number, thousands apart."""
        chosen = self._catalogue.ngettext(one, many, number)
        return chosen.format(n=self.number(number), **values)

    def number(self, number: int) -> str:
        """Write a number with its thousands apart."""
        return f"{number:,}".replace(",", "," if self.language == "en" else "\u00a0")

    def percent(self, share: float) -> str:
        """Write a share in a hundred with as many decimals as tell something."""
        return f"{self.figure(share)}%" if self.language == "en" else f"{self.figure(share)}\u00a0%"

    def figure(self, value: float) -> str:
        """Write a measured value, not negative, with as many decimals as tell something."""
        if value >= 100:
            return self.number(round(value))
        return f"{value:.3g}" if self.language == "en" else f"{value:.3g}".replace(".", ",")

    def date(self, value: str | None) -> str:
        """Write a date as long as it is precise: a day, a month or a year."""
        if not value:
            return self("ei päiväystä")
        parts = [int(part) for part in value[:10].split("-")]
        if len(parts) == 1:
            return str(parts[0])
        if self.language == "en":
            named = f"{MONTHS[parts[1] - 1]} {parts[0]}"
            return f"{parts[2]} {named}" if len(parts) == 3 else named
        return ".".join(map(str, reversed(parts))) if len(parts) == 3 else f"{parts[1]}/{parts[0]}"


@cache
def translator(language: str | None) -> Translator:
    """Return the translator of a language; Finnish where it is none of ours."""
    return Translator(next((one for one in LANGUAGES if one == language), "fi"))


def _catalogue(language: str) -> gettext.GNUTranslations:
    """Compile a catalogue as ``msgfmt`` would, and read it with the standard library."""
    entries = sorted(read_po((LOCALE / f"{language}.po").read_text("utf-8")))
    keys = [key.encode() for key, _ in entries]
    values = [value.encode() for _, value in entries]
    start = 28 + 16 * len(entries)
    tables = b""
    for texts in (keys, values):
        for text in texts:
            tables += struct.pack("<II", len(text), start)
            start += len(text) + 1
    header = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    body = b"".join(text + b"\0" for text in keys + values)
    return gettext.GNUTranslations(io.BytesIO(header + tables + body))


def read_po(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the entries of a PO file as a MO file holds them: plural forms divided by a zero byte.

    >>> list(read_po('msgid "hit"\nmsgid_plural "hits"\nmsgstr[0] "osuma"\nmsgstr[1] "osumaa"'))
    [('hit\x00hits', 'osuma\x00osumaa')]
    """
    for block in text.split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("msg"):
                name, _, line = line.partition(" ")
            if line.startswith('"') and name:
                parts[name] = parts.get(name, "") + ast.literal_eval(line)
        if "msgid" in parts:
            plural = parts.get("msgid_plural")
            key = parts["msgid"] if plural is None else f"{parts['msgid']}\0{plural}"
            yield (
                key,
                "\0".join(value for part, value in parts.items() if part.startswith("msgstr")),
            )
