"""Keep the WARC files and the file of fetched addresses of a run in step, and end the run when either fails."""

from __future__ import annotations

import contextlib
import time

from archive.errors import ArkistoError
from crawler.fetching import Fetcher
from crawler.frontier_file import FrontierFile
from crawler.politeness import Politeness
from crawler.warcwriter import WarcWriter

COMMIT_SECONDS = 0.5
COMMIT_CHANGES = 2000
"""Whichever comes first; a kill costs no page either way, only a little replaying."""
PATIENCE_SECONDS = 300.0
"""A host that asks to be left alone for longer is taken up again by the next run."""


class DurableRun:
    """What a crawl and the reading of another web archive have in common."""

    writer: WarcWriter
    frontier: FrontierFile
    politeness: Politeness
    fetcher: Fetcher

    def __init__(self) -> None:
        """Begin; the subclass opens the files."""
        self.fatal: ArkistoError | None = None
        """Why the run cannot go on: the disk is full or cannot be written."""
        self.stopping = False
        self.interrupted = False
        """Ctrl-C was pressed."""
        self._committed = time.monotonic()

    def commit_when_due(self) -> None:
        """Commit if enough time or work has passed."""
        waited = time.monotonic() - self._committed
        if waited >= COMMIT_SECONDS or self.frontier.dirty >= COMMIT_CHANGES:
            self.commit()

    def commit(self) -> None:
        """Force the WARC file onto the disk, then the frontier, then release finished files."""
        self.writer.sync()
        self.writer.settle(self.frontier.commit())
        self._committed = time.monotonic()

    def postponed(self, slot: str) -> bool:
        """Tell whether a host asked to be left alone for longer than a run waits."""
        return self.politeness.paused(slot) > PATIENCE_SECONDS

    def break_off(self, error: ArkistoError) -> None:
        """End the run as failed: going on would lose captures."""
        self.fatal = self.fatal or error
        self.stop()

    def stop(self) -> None:
        """End the run as soon as the requests under way are finished."""
        self.stopping = True
        self.politeness.stop()

    def close(self) -> None:
        """Make everything durable and close the files, as far as the disk allows.

        Raises:
            ArchiveError, WarcError: something could not be written; the next run repairs it.
        """
        with contextlib.ExitStack() as closing:
            closing.callback(self.frontier.close)
            closing.callback(self.writer.close)
            self.commit()
