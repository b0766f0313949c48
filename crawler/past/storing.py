"""Store what another archive gave: rebuilt responses, copied records, revisits of payloads that are held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from crawler.exchange import Exchange
from crawler.past.holdings import Holdings, Wanted
from crawler.past.mementos import Elsewhere, Memento, Refusal
from crawler.past.sources import Ask
from crawler.past.tasks import Task
from crawler.warcwriter import Copied, Fields, Payload, WarcWriter

MAX_HOPS = 3
"""Redirects of an archive that are followed for one capture: with and without www, https and a slash."""
REVISIT = "warc/revisit"
"""How indexes call a capture whose bytes an earlier one holds."""


class Storing:
    """What is stored in one run, and the counts of it."""

    def __init__(
        self,
        holdings: Holdings,
        writer: WarcWriter,
        facts: Fields,
        now: Callable[[], datetime],
    ) -> None:
        """Take the files of the run.

        Args:
            holdings: what the archive lists.
            writer: the WARC files.
            facts: what the metadata record of every capture tells.
            now: the clock.
        """
        self.counts: Counter[str] = Counter()
        self._holdings = holdings
        self._writer = writer
        self._facts = facts
        self._now = now

    def repeated(self, wanted: Wanted, ask: Ask) -> bool:
        """Write a capture that the index calls a revisit of a payload that we hold: nobody needs to be asked for it."""
        capture = wanted.capture
        known = self._holdings.payload(capture.digest) if capture.digest else None
        if capture.mime != REVISIT or known is None:
            return False
        facts = {"reconstructed": "from the index: a revisit of a payload held", **self._facts}
        pointer = self._writer.repeat(capture.url, capture.at, known, ask.url, facts)
        self._stored(0)
        self.counts["revisits"] += 1
        self._holdings.done(wanted.id, pointer, None, self._now())
        return True

    def settle(
        self, wanted: Wanted, task: Task, outcome: Memento | Copied | Elsewhere | Refusal
    ) -> None:
        """Store a capture, or note why it is not.

        Raises:
            ArchiveError, WarcError: the disk is full.
        """
        if isinstance(outcome, Elsewhere):
            if wanted.hops < MAX_HOPS:
                self._holdings.follow(wanted.id, outcome.address)
                return
            outcome = Refusal("redirect-loop", f"more than {MAX_HOPS} redirects of the archive")
        if isinstance(outcome, Refusal):
            self._refused(wanted, outcome)
        elif isinstance(outcome, Copied):
            pointer = self._writer.copy(outcome, self._facts)
            self._stored(len(outcome.member))
            self._holdings.done(wanted.id, pointer, None, self._now())
        else:
            self._store_memento(wanted, task, outcome)

    def _refused(self, wanted: Wanted, refusal: Refusal) -> None:
        self.counts["refused"] += 1
        self.counts[refusal.reason] += 1
        self._holdings.refuse(wanted.id, refusal.reason, refusal.detail, self._now())

    def _store_memento(self, wanted: Wanted, task: Task, memento: Memento) -> None:
        answer, known = memento.answer, self._known_payload(wanted, memento)
        if answer.head.status == 304 and known is None:
            detail = "a captured 304, and the answer that it confirms is not held"
            self._refused(wanted, Refusal("not-held", detail))
            return
        exchange = Exchange(
            url=memento.url,
            request=b"",
            response=answer,
            started=wanted.capture.at,
            elapsed_ms=task.elapsed_ms,
            address=None,
            truncated=task.truncated or ("unspecified" if memento.cut else None),
            source=task.url,
        )
        facts = {
            "reconstructed": "status, headers and body as the archive gave them; transfer coding removed",
            "indexDigest": wanted.capture.digest,
            "digestCheck": memento.digest_check,
            **self._facts,
        }
        written = self._writer.exchange(exchange, facts, known)
        self._stored(len(answer.spool))
        self.counts["revisits"] += written.kind == "revisit"
        self.counts["digest_differs"] += memento.digest_check == "differs"
        self._holdings.done(wanted.id, written.pointer, written.payload, self._now())

    def _known_payload(self, wanted: Wanted, memento: Memento) -> Payload | None:
        """Return the earlier record with the same payload, if there is one."""
        answer = memento.answer
        digest = wanted.capture.digest if answer.head.status == 304 else answer.payload_digest
        if digest is None or memento.cut or not (answer.payload_bytes or answer.head.status == 304):
            return None
        return self._holdings.payload(digest)

    def _stored(self, size: int) -> None:
        self.counts["stored"] += 1
        self.counts["bytes"] += size
