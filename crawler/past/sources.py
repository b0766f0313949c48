"""Ask a Wayback Machine of any make: its questions, its answers, its captures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

from archive.registry import WebArchive
from crawler.bodies import readable_body
from crawler.http1 import Answer, Head
from crawler.past.holdings import Kind, Question, Wanted
from crawler.past.lists import Listed, read_cdx, read_timemap
from crawler.past.mementos import (
    URL_SAFE,
    Asked,
    Elsewhere,
    Memento,
    Refusal,
    judge,
    replay_address,
)
from crawler.past.plan import Choice, cdx_questions
from crawler.warcwriter import Copied

_RESUME = re.compile(r"&resumeKey=[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request for a capture."""

    url: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What an answer of an index brought."""

    captures: list[Listed] = field(default_factory=list)
    questions: dict[str, Kind] = field(default_factory=dict)
    """The questions to which it leads."""
    unreadable: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What reading an answer may need."""

    folder: Path
    """Where large bodies are held."""
    list_bytes: int
    """Bytes of a list."""
    body_bytes: int
    """Bytes of a capture."""


class Source(Protocol):
    """Another web archive, seen by a run."""

    id: str
    """What captures from there carry as their provenance."""
    name: str
    index_delay: float
    delay: float

    def questions(self, choice: Choice, addresses: Iterable[str]) -> dict[str, Kind]:
        """Return the first questions about a site, of which some addresses are known."""

    def read(self, question: Question, answer: Answer, choice: Choice, room: Room) -> Listing:
        """Read the answer to a question.

        Raises:
            ValueError: it is no answer.
        """

    def ask(self, wanted: Wanted) -> Ask:
        """Return how a capture is asked for."""

    def body_limit(self, wanted: Wanted, head: Head, room: Room) -> int:
        """Return how many bytes of the answer are taken."""

    def judge(
        self, wanted: Wanted, answer: Answer, room: Room
    ) -> Memento | Copied | Elsewhere | Refusal:
        """Return what the answer is."""


class Wayback:
    """A web archive that replays its captures."""

    def __init__(self, name: str, archive: WebArchive) -> None:
        """Take its settings."""
        self.id = name
        self.name = archive.name
        self.index_delay = archive.index_delay_seconds
        self.delay = archive.delay_seconds
        self._archive = archive

    def questions(self, choice: Choice, addresses: Iterable[str]) -> dict[str, Kind]:
        """Ask a CDX server for the hosts of a site; TimeMaps for each address that is known."""
        if self._archive.protocol == "cdx":
            return cdx_questions(self._archive, choice)
        return {self._archive.index + quote(url, safe=URL_SAFE): "timemap" for url in addresses}

    def read(self, question: Question, answer: Answer, choice: Choice, room: Room) -> Listing:
        """Read a list; a 404 for a TimeMap says that nothing is held."""
        if answer.head.status == 404 and question.kind == "timemap":
            return Listing()
        body = list_body(answer, room)
        further: dict[str, Kind] = {}
        if question.kind == "timemap":
            page = read_timemap(body, question.url)
            further |= {quote(url, safe=URL_SAFE): "timemap" for url in page.following}
        else:
            page = read_cdx(body)
            if page.resume is not None:
                # the key is given as it stands in an address
                key = quote(page.resume, safe="%+")
                further[f"{_RESUME.sub('', question.url)}&resumeKey={key}"] = "cdx"
        return Listing(captures=page.captures, questions=further, unreadable=page.unreadable)

    def ask(self, wanted: Wanted) -> Ask:
        """Ask for the original bytes."""
        capture = wanted.capture
        at = replay_address(self._archive.replay, capture.url, capture.at)
        return Ask(
            url=wanted.address or at, headers=((b"Accept", b"*/*"), (b"Accept-Encoding", b"gzip"))
        )

    def body_limit(self, wanted: Wanted, head: Head, room: Room) -> int:
        """Take as much as of an attachment."""
        return room.body_bytes

    def judge(
        self, wanted: Wanted, answer: Answer, room: Room
    ) -> Memento | Copied | Elsewhere | Refusal:
        """Rebuild the response."""
        capture = wanted.capture
        asked = Asked(
            url=capture.url,
            at=capture.at,
            status=capture.status,
            digest=capture.digest,
            address=self.ask(wanted).url,
        )
        return judge(asked, answer, room.folder, room.body_bytes)


def list_body(answer: Answer, room: Room) -> bytes:
    """Return the body of a list.

    Raises:
        ValueError: the index complains, or the list is too long to read.
    """
    body = readable_body(answer, room.list_bytes)
    if answer.head.status != 200:
        told = " ".join(body[:200].decode("utf-8", "replace").split())
        raise ValueError(f"the index answered with {answer.head.status}: {told}")
    return body


def with_parameters(address: str, parameters: dict[str, str]) -> str:
    """Return an address with parameters."""
    return f"{address}?{urlencode(parameters)}"
