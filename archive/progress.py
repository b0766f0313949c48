"""Show how far long work has come, on standard error only.

On a terminal one line moves; elsewhere (a timer's log) a line comes at most every ten seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str, int, int], None]
"""Called with what is worked on, how much is done, and how much there is."""

INTERVAL_TERMINAL = 0.1
INTERVAL_LOG = 10.0


class ProgressLine:
    """Call it with what is worked on, how much is done and how much there is."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to a stream, standard error unless told otherwise."""
        self.stream = stream or sys.stderr
        self.terminal = self.stream.isatty()
        self._shown = time.monotonic() if not self.terminal else 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show the state, unless it was shown a moment ago."""
        now = time.monotonic()
        interval = INTERVAL_TERMINAL if self.terminal else INTERVAL_LOG
        finished = done >= total
        if now - self._shown < interval and not (finished and self.terminal):
            return
        self._shown = now
        share = f"{100 * done // total} %" if total else ""
        line = f"{what}: {done} / {total} {share}".rstrip()
        self.stream.write(f"\r\x1b[K{line}" if self.terminal else line + "\n")
        if finished and self.terminal:
            self.stream.write("\r\x1b[K")
        self.stream.flush()
