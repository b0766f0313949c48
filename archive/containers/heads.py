"""Read the head of a record, of WARC or of ARC, into the fields of WARC.

Tolerant as files are: line ends of either kind, folded lines, fields in any letter case, spaces in the addresses of ARC.
Source: WARC 0.18 to 1.1 (ISO 28500); ARC 1 and 2 (Internet Archive, 1996).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

Fields = tuple[tuple[str, str], ...]

LONGEST = 1 << 20
"""Bytes that a head may have."""
VERSION = re.compile(rb"WARC/\d+\.\d+ *\r?\n")
BLANK_LINE = re.compile(rb"\n\r?\n")
DIGITS = re.compile(r"\d+")

ARC_2 = re.compile(
    rb"(?P<url>[a-z][a-z0-9+.-]*:.*) (?P<ip>\S+) (?P<date>\d{14}) (?P<mime>\S*) \S+ \S+ \S+ \S+ \S+ (?P<length>\d+)\s*",
    re.IGNORECASE,
)
ARC_1 = re.compile(
    rb"(?P<url>[a-z][a-z0-9+.-]*:.*) (?P<ip>\S+) (?P<date>\d{14}) (?P<mime>.*) (?P<length>\d+)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RecordHead:
    """The fields of a record and how many bytes they take."""

    fields: Fields
    size: int
    """Bytes up to the block."""
    declared: int | None
    """The Content-Length; ``None`` where it is missing or no number."""

    def get(self, name: str) -> str | None:
        """Return the first field of this name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key.lower() == wanted), None)


def parse_head(data: bytes) -> RecordHead | None:
    r"""Return the head with which these bytes begin, or ``None`` where they begin no record.

    >>> parse_head(b"WARC/1.0\nwarc-type: resource\nContent-Length: 3\n\nhei").declared
    3
    >>> head = parse_head(b"http://kyt.fi/a b 1.2.3.4 20050301120000 text/html 7\n")
    >>> head.get("WARC-Target-URI"), head.get("WARC-Date"), head.declared
    ('http://kyt.fi/a b', '2005-03-01T12:00:00Z', 7)
    """
    if data.startswith(b"WARC/"):
        return _warc_head(data)
    line, newline, _ = data[:LONGEST].partition(b"\n")
    found = (ARC_2.fullmatch(line) or ARC_1.fullmatch(line)) if newline else None
    return _arc_head(found, len(line) + 1) if found else None


def _warc_head(data: bytes) -> RecordHead | None:
    version = VERSION.match(data)
    blank = BLANK_LINE.search(data, 0, LONGEST)
    if version is None or blank is None or VERSION.search(data, version.end(), blank.start() + 1):
        return None  # a head that runs into the next record has lost its end
    fields = named_fields(data[version.end() : blank.start()])
    lengths = [value for name, value in fields if name.lower() == "content-length"]
    declared = int(lengths[0]) if lengths and DIGITS.fullmatch(lengths[0]) else None
    if declared is None and not any(name.lower().startswith("warc-") for name, _ in fields):
        return None
    return RecordHead(fields, blank.end(), declared)


def named_fields(block: bytes) -> Fields:
    r"""Return the fields of a head: a name, a colon and a value a line; folded lines are joined.

    >>> named_fields(b"X-Pitka: a\r\n  b\r\nerror\r\nServer:c")
    (('X-Pitka', 'a b'), ('Server', 'c'))
    """
    fields: list[tuple[str, str]] = []
    for line in decoded(block).split("\n"):
        if line[:1] in (" ", "\t") and fields and line.strip():
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}".strip())
        elif ":" in line:
            name, _, value = line.partition(":")
            fields.append((name.strip(), value.strip()))
    return tuple(fields)


def decoded(head: bytes) -> str:
    """Return the text of a head: UTF-8, and where it is not, Latin-1, in which every byte is a letter."""
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _arc_head(line: re.Match[bytes], size: int) -> RecordHead:
    url = decoded(line["url"])
    description = url.startswith("filedesc:")
    fields = [
        ("WARC-Type", "warcinfo" if description else "response"),
        ("WARC-Target-URI", url),
        ("WARC-IP-Address", line["ip"].decode("ascii", "replace")),
        ("Content-Type", decoded(line["mime"])),
        ("Content-Length", line["length"].decode("ascii")),
    ]
    try:
        at = datetime.strptime(line["date"].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        pass  # month 13 and the like: the record has no date
    else:
        fields.append(("WARC-Date", at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return RecordHead(tuple(fields), size, int(line["length"]))
