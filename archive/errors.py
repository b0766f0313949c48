"""Name every error that the program raises on purpose.

ArkistoError
├── ConfigError        a file under config/ is wrong (carries every problem found)
├── WarcError          a WARC file cannot be read or written
│   └── PackedError    a WARC file was compressed as a whole and must be unpacked first
├── PayloadError       one payload cannot be turned into text (broken, encrypted, too large)
├── ArchiveError       archive.db or frontier.db is missing, locked or of another version
├── CrawlError         a crawl could not run, or stored less than it must
├── QueryError         a search or a selection that cannot be understood
└── PublishError       an edition could not be built or served

An error says what happened, to which site, URL or file, and what to do next.
The command line turns each into one line and exit code 1.
They stand in a file of their own so that every room can raise them without importing another room.
"""

from __future__ import annotations

from collections.abc import Sequence


class ArkistoError(Exception):
    """The base of all errors that a person can act on."""


class ConfigError(ArkistoError):
    """The configuration is wrong; ``problems`` lists every problem of every file."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the list; the message joins it, one problem a line."""
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__("\n".join(self.problems))


class WarcError(ArkistoError):
    """A WARC file cannot be read or written."""


class PackedError(WarcError):
    """A WARC file was compressed as a whole: no record can be read at its place before it is unpacked."""


class PayloadError(ArkistoError):
    """One payload cannot be turned into text."""


class ArchiveError(ArkistoError):
    """A database of the archive is missing, locked or of another version."""


class CrawlError(ArkistoError):
    """A crawl could not run, or stored less than its expectations."""


class QueryError(ArkistoError):
    """A search or a selection cannot be understood."""


class PublishError(ArkistoError):
    """An edition could not be built or served."""
