"""Hold together one reading of another web archive: what it lists, what is wanted, what was stored.

Opening a run first repairs what a killed one left behind.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from archive.errors import ArchiveError, WarcError
from archive.held import held_addresses, held_captures
from archive.registry import Registry
from archive.urls import host_of, registered_domain
from crawler.breaker import Breaker
from crawler.crawl import SOFTWARE
from crawler.durable import DurableRun
from crawler.fetching import Fetcher, request_head
from crawler.guard import AddressGuard
from crawler.past.holdings import Holdings, Question, Wanted
from crawler.past.plan import Choice, Plan, choose
from crawler.past.sources import Ask, Listing, Room, Source
from crawler.past.storing import Storing
from crawler.past.tasks import Answered, Outcome, Pause, Task, Trouble
from crawler.politeness import MAX_PAUSE, Politeness
from crawler.recovery import recover
from crawler.warcwriter import WARC_FORMAT, Fields, Pointer, WarcWriter

BUSY_IN_A_ROW = 5
"""Answers in a row that ask for a pause, after which the archive is left for a later run.

The Wayback Machine shuts out for an hour who goes on for a minute (edgi-govdata-archiving/wayback issue 137).
"""
BACKOFF = 4
"""Each failed try multiplies the delay of the index by this: 5 s become 20 s, then 80 s."""
LONG_PAUSE = timedelta(hours=1)
"""How long an archive is left alone then."""
SLOWNESS = 1.0
"""The delay is at least this many times what the last answer took."""


class PastRun(DurableRun):
    """One run over one site in one other archive."""

    def __init__(
        self,
        registry: Registry,
        data: Path,
        source: Source,
        choice: Choice,
        *,
        planning: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        told: Callable[[Plan], None] = lambda _: None,
    ) -> None:
        """Open the files and queue the questions.

        Args:
            registry: the configuration.
            data: the data directory; its lock must be held.
            source: the other archive.
            choice: what is asked of it.
            planning: fetch nothing, only find out what would be.
            now: the clock.
            told: is given the plan before the first capture is fetched.

        Raises:
            ArchiveError: past.db or archive.db cannot be used.
            WarcError: a WARC file cannot be read.
        """
        super().__init__()
        self.config = registry.crawl
        self.source = source
        self.choice = choice
        self.now = now
        self.breaker = Breaker()
        self.problems: list[str] = []
        self.plan: Plan | None = None
        """``None`` until every question is answered."""
        self.outcome: Literal["finished", "stopped", "failed"] | None = None
        self._registry = registry
        self._data = data
        self._planning = planning
        self._told = told
        self._busy_in_a_row = 0
        self.started = now()
        self.id = f"{self.started:%Y%m%d%H%M%S}-{secrets.token_hex(3)}"
        self.frontier: Holdings = Holdings(data / "past.db")
        most = self.config.limits.max_attachment_bytes
        self.room = Room(folder=data, list_bytes=most, body_bytes=most)
        self.writer = self._writer()
        facts: Fields = {"provenance": source.id, "siteId": choice.site.id}
        self.storing = Storing(self.frontier, self.writer, facts, now)
        self.counts = self.storing.counts
        self.politeness = self._politeness()
        self.fetcher = self._fetcher()
        with contextlib.ExitStack() as opening:
            opening.callback(self.frontier.abandon)
            self._take_over()
            self._ask()
            self.commit()
            opening.pop_all()

    def _writer(self) -> WarcWriter:
        site, source = self.choice.site, self.source
        return WarcWriter(
            self._data / "warc",
            prefix=f"{self.config.warc.prefix}-{source.id}",
            crawl_id=self.id,
            max_bytes=self.config.warc.max_bytes,
            info={
                "software": SOFTWARE,
                **WARC_FORMAT,
                "operator": self.config.operator.signature,
                "provenance": source.id,
                "description": f"captures of {site.id} ({site.name}) from {source.name}",
            },
            now=self.now,
        )

    def _politeness(self) -> Politeness:
        last = self.frontier.last_activity()
        idle = 86_400.0 if last is None else max(0.0, (self.now() - last).total_seconds())
        politeness = Politeness(
            delay=self.source.delay, max_crawl_delay=0.0, factor=SLOWNESS, idle=idle
        )
        for slot, until in self.frontier.pauses().items():
            left = until - self.now()
            if timedelta() < left <= MAX_PAUSE:
                politeness.pause(slot, left.total_seconds())
        return politeness

    def _fetcher(self) -> Fetcher:
        return Fetcher(
            politeness=self.politeness,
            guard=AddressGuard(self.config.resolver.hosts, self.config.resolver.ports),
            limits=self.config.limits,
            spool_folder=self._data,
            now=self.now,
        )

    def _take_over(self) -> None:
        """Note what a killed run had stored but not acknowledged, and close its files."""
        for recovered in recover(self._data / "warc", self.source.id):
            for found in recovered.found:
                if found.payload is not None:
                    self.frontier.keep_payload(found.payload)
                if found.at is not None:
                    self.frontier.stored(self.source.id, found.url, found.at, found.pointer)
            if (self._data / "warc" / (recovered.file + ".open")).exists():
                self.writer.adopt(recovered.file, set())

    def _ask(self) -> None:
        site = self.choice.site
        addresses = dict.fromkeys(
            (*site.seeds, *site.base_urls, *held_addresses(self._data / "archive.db", site.id))
        )
        roots = self.source.questions(self.choice, addresses)
        self.frontier.ask(self.source.id, site.id, roots, self.now())

    # --- what to ask for

    @property
    def place(self) -> tuple[str, str]:
        """The archive and the site: the key of what ``past.db`` holds."""
        return self.source.id, self.choice.site.id

    def next_task(self) -> Task | None:
        """Return what is asked for next; none at the end."""
        question = self.frontier.question(*self.place)
        if question is not None:
            return self._task(Ask(url=question.url), self.source.index_delay, question=question)
        if self.plan is None:
            self._decide()
        if self._planning:
            return None
        while (wanted := self.frontier.wanted(*self.place)) is not None:
            ask = self.source.ask(wanted)
            if not self.storing.repeated(wanted, ask):
                return self._task(ask, self.source.delay, wanted=wanted)
            self.commit_when_due()
        return None

    def _decide(self) -> None:
        held = held_captures(self._data / "archive.db", self.choice.site.id)
        self.plan = choose(self.frontier, self._registry, self.source.id, self.choice, held)
        self.commit()
        self._told(self.plan)

    def _task(
        self,
        ask: Ask,
        gap: float,
        *,
        question: Question | None = None,
        wanted: Wanted | None = None,
    ) -> Task:
        operator = self.config.operator
        headers: Sequence[tuple[bytes, bytes]] = (
            (b"User-Agent", self.config.agent(version("jarjestoarkisto")).encode("ascii")),
            (b"From", operator.email.encode("ascii", "replace")),
            *(ask.headers or ((b"Accept-Encoding", b"gzip"),)),
        )
        return Task(
            url=ask.url,
            slot=registered_domain(host_of(ask.url)),
            gap=gap,
            request=request_head(ask.url, headers),
            question=question,
            wanted=wanted,
        )

    # --- what came of it

    def settle(self, task: Task, outcome: Outcome) -> None:
        """Store what a task brought, and take it from the queue.

        Raises:
            ArchiveError, WarcError: the disk is full; the next run goes on.
        """
        if isinstance(outcome, Pause):
            self._pause(task, outcome)
        elif isinstance(outcome, Trouble):
            self._troubled(task, outcome)
        else:
            self._answered(task, outcome)
        self.commit_when_due()

    def _answered(self, task: Task, outcome: Answered) -> None:
        self._busy_in_a_row = 0
        self.breaker.answered(task.slot)
        if task.question is not None and isinstance(outcome, Listing):
            self._listed(task.question, outcome)
        elif task.wanted is not None and not isinstance(outcome, Listing):
            self.storing.settle(task.wanted, task, outcome)

    def _pause(self, task: Task, pause: Pause) -> None:
        self.counts["pauses"] += 1
        self._busy_in_a_row += 1
        stubborn = self._busy_in_a_row >= BUSY_IN_A_ROW
        length = max(pause.length, LONG_PAUSE) if stubborn else pause.length
        self.politeness.pause(task.slot, length.total_seconds())
        self.frontier.pause(task.slot, self.now() + length)

    def _troubled(self, task: Task, trouble: Trouble) -> None:
        """Try again a little later, or give it up for this run."""
        self._busy_in_a_row = 0
        row = task.wanted or task.question
        assert row is not None  # noqa: S101 - every task is about one of them
        if self.breaker.failed(task.slot):
            self.politeness.pause(task.slot, MAX_PAUSE.total_seconds())
        if row.attempts < self.config.limits.retries:
            seconds = self.source.index_delay * BACKOFF ** (row.attempts + 1)
            self.politeness.pause(task.slot, seconds)
            self.frontier.retry("questions" if task.wanted is None else "listed", row.id)
            return
        if task.wanted is not None:
            self.counts["failed"] += 1
            self.frontier.fail(task.wanted.id, trouble.message, self.now())
        elif task.question is not None:
            self.problems.append(
                f"{self.source.name} did not answer {task.url}: {trouble.message};"
                " what it lists is not whole, run this again later"
            )
            self.frontier.answered(task.question, self.now(), failed=True)

    def _listed(self, question: Question, listing: Listing) -> None:
        self.counts["questions"] += 1
        self.counts["unreadable"] += listing.unreadable
        self.frontier.add(*self.place, listing.captures)
        self.frontier.ask_further(*self.place, listing.questions)
        self.frontier.answered(question, self.now())

    # --- the end

    def leave(self, slot: str) -> None:
        """End the run because the archive asks to be left alone for long."""
        pause = self.politeness.paused(slot)
        self.problems.append(
            f"{slot} is left alone for {pause:.0f} s: it asked for it or did not answer;"
            " run this again later, nothing is lost"
        )
        self.stop()

    def progress(self) -> str:
        """Return one line about the running run."""
        wanted = self.plan.wanted if self.plan else 0
        return (
            f"{self.source.id} {self.choice.site.id}: {self.counts['questions']} answers of the index,"
            f" {self.counts['stored']} of {wanted} captures stored,"
            f" {self.counts['refused']} refused, {self.counts['failed']} failed"
        )

    def finish(self, outcome: Literal["finished", "stopped", "failed"]) -> None:
        """Write the report, if anything was stored, and close the files; doing it twice is harmless."""
        if self.outcome is not None:
            return
        self.outcome = "failed" if self.fatal else outcome
        if failed := self.counts["failed"]:
            self.problems.append(f"{failed} captures could not be fetched; run this again later")
        try:
            if self.counts["stored"]:
                self.frontier.uncommitted.append(self._write_report())
            self.close()
        except (ArchiveError, WarcError) as error:
            self.fatal = self.fatal or error
            self.outcome = "failed"
            with contextlib.suppress(ArchiveError, WarcError):  # the first error tells what to do
                self.close()
        if self.fatal is not None:
            self.problems.append(str(self.fatal))

    def _write_report(self) -> Pointer:
        report = {
            "run": self.id,
            "archive": self.source.id,
            "site": self.choice.site.id,
            "outcome": self.outcome,
            "counts": dict(self.counts),
            "problems": self.problems,
        }
        block = json.dumps(report, ensure_ascii=False, indent=1).encode()
        uri = f"urn:x-jarjestoarkisto:past:{self.id}:report"
        return self.writer.metadata(uri, block, content_type="application/json")
