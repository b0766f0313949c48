"""Share work among processes that end in order when Ctrl-C comes.

A terminal sends Ctrl-C to every process of a command. A worker that it hits between two tasks breaks its pool,
or leaves the pool waiting for ever (CPython 3.11); so a worker hears it only within a task, which then fails.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar, cast

Given = TypeVar("Given")
Made = TypeVar("Made")


class Mapper(Protocol):
    """A ``map`` that may work in other processes."""

    def __call__(
        self, function: Callable[[Given], Made], items: Sequence[Given], /, *, chunksize: int = 1
    ) -> Iterable[Made]:
        """Yield what the function makes of each item, in their order."""


@contextmanager
def mapper(pool: ProcessPoolExecutor) -> Iterator[Mapper]:
    """Give the ``map`` of a new pool; what its workers are at is lost when this process is interrupted."""

    def mapped(
        function: Callable[[Given], Made], items: Sequence[Given], /, *, chunksize: int = 1
    ) -> Iterable[Made]:
        with _deaf():  # which the workers inherit
            return pool.map(partial(_hearing, function), items, chunksize=chunksize)

    with pool:
        try:
            yield mapped
        except KeyboardInterrupt:
            for worker in multiprocessing.active_children():
                with suppress(ProcessLookupError):
                    os.kill(cast("int", worker.pid), signal.SIGINT)
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _deaf() -> Iterator[None]:
    """Keep Ctrl-C waiting."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_interrupted = False
"""This worker has heard Ctrl-C: what still waits for it is not begun."""


def _hearing(function: Callable[[Given], Made], item: Given) -> Made:
    """Do one piece of work in a worker, and hear Ctrl-C meanwhile."""
    global _interrupted
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if _interrupted:
            raise KeyboardInterrupt
        return function(item)
    except KeyboardInterrupt:
        _interrupted = True
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
