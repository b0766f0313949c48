"""Define what a run asks of another archive, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crawler.exchange import Truncation
from crawler.past.holdings import Question, Wanted
from crawler.past.mementos import Elsewhere, Memento, Refusal
from crawler.past.sources import Listing
from crawler.warcwriter import Copied

TASK = "task"
ANSWER = "answer"
"""The keys of ``Request.meta`` under which a task and its answer travel through Scrapy."""


@dataclass(slots=True, kw_only=True)
class Task:
    """One request: a question to an index, or one capture."""

    url: str
    slot: str
    gap: float
    """Seconds since the request before it."""
    request: bytes
    question: Question | None = None
    wanted: Wanted | None = None
    elapsed_ms: int = 0
    truncated: Truncation | None = None
    """What is known of the answer, once it is there."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """No answer, half an answer, or an error of the archive itself: worth another try."""

    message: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The archive asks to be left alone."""

    length: timedelta


Answered = Listing | Memento | Copied | Elsewhere | Refusal
"""An answer of an archive, whatever it says."""
Outcome = Answered | Trouble | Pause


@dataclass(frozen=True, slots=True)
class Settled:
    """A task and what came of it; the spider's item."""

    task: Task
    outcome: Outcome
