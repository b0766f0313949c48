"""Answer what a rendered page asks for: through our own client, with the robots rules, delays and guards of the crawl.

The browser has no network, so nothing comes to it but what is decided here; every exchange is a capture in the WARC files.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from archive.urls import host_of, registered_domain, resolve
from crawler.bodies import readable_body
from crawler.capture import CaptureHandler
from crawler.exchange import FetchFailure
from crawler.exchangerecords import Pointer
from crawler.http1 import Answer as WireAnswer
from crawler.http1 import Head
from crawler.politeness import CrawlStopping, retry_after
from crawler.scheduler import ACCEPT_ENCODING, ACCEPT_LANGUAGE
from crawler.targets import Kind, Row
from crawler.visit import CAPTURE, LARGE, VISIT, Capture, Visit

if TYPE_CHECKING:
    from playwright.async_api import Request as Asked
    from playwright.async_api import Route

    from archive.registry import Site
    from crawler.crawl import Crawl

EMBED = "E"
"""The letter of Heritrix for what a page needs to be shown."""

FETCHED = frozenset({"script", "xhr", "fetch"})
"""What can bring text; pictures, fonts and styles are answered with nothing, without asking a server."""

STAND_INS = {
    # programs wait for their styles and pictures, so these come, and are empty
    "stylesheet": ("text/css", ""),
    "image": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'),
}

COUNTERS = re.compile(
    r"(?:^|\.)(?:google-analytics\.com|googletagmanager\.com|doubleclick\.net|hotjar\.com|clarity\.ms"
    r"|facebook\.net|facebook\.com|linkedin\.com|licdn\.com|matomo\.cloud|piwik\.pro|siteimproveanalytics\.com"
    r"|siteimproveanalytics\.io|newrelic\.com|nr-data\.net|sentry\.io|cookiebot\.com|snoobi\.com|giosg\.com)$"
    r"|(?:^|\.)(?:matomo|piwik|analytics|tilastot|stats)\."
)
"""Hosts that count visitors or chat with them: a crawler is none, and would spoil the owner's figures."""

KEPT_HEADERS = frozenset({"accept", "authorization", "x-requested-with", "origin"})
"""Request headers of the page's program that its servers may need; own ones (``x-…``) are kept too."""

DROPPED_HEADERS = frozenset(
    {b"content-encoding", b"content-length", b"transfer-encoding", b"set-cookie", b"connection"}
)
"""Response headers that no longer hold: the body goes over unpacked, and there are no cookies."""

BUSY = (429, 503)
REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
MAX_ROBOTS_STEPS = 8


class NotAnswered(Exception):
    """A request of a page that gets no answer; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page's request gets."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    capture: Capture


@dataclass(slots=True)
class PageVisit:
    """What one page asked for while it was rendered."""

    url: str
    site: Site
    row: Row
    requests: int = 0
    waiting: int = 0
    document: Answer | None = None
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that got no answer, by reason."""
    why: str | None = None
    """Why the page itself was not answered."""


class BrowserFetch(CaptureHandler):
    """Fetch for all pages of one run; what was fetched once is not asked for again."""

    def __init__(self, crawl: Crawl) -> None:
        """Work for one crawl; there is no Scrapy here."""
        self._crawl = crawl
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        self._robots_turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def visit(self, url: str, site: Site) -> PageVisit:
        """Begin the visit to one page."""
        known = self._crawl.frontier.row(url)
        row = known or self._row(url, site.id, kind="page", hops="", via=None)
        return PageVisit(url=url, site=site, row=row)

    async def answer(self, route: Route, visit: PageVisit) -> None:
        """Answer one request of a page, or refuse it."""
        from playwright.async_api import Error as PlaywrightError

        visit.waiting += 1
        try:
            with contextlib.suppress(PlaywrightError):  # the page went away while it waited
                await self._answer(route, visit)
        finally:
            visit.waiting -= 1

    async def _answer(self, route: Route, visit: PageVisit) -> None:
        asked = route.request
        if asked.resource_type in STAND_INS:
            mime, body = STAND_INS[asked.resource_type]
            await route.fulfill(status=200, content_type=mime, body=body)
            return
        try:
            answer = await self._found(asked, visit)
        except (NotAnswered, FetchFailure, CrawlStopping) as error:
            await self._refuse(route, visit, str(error) or "the crawl was stopped")
            return
        await route.fulfill(status=answer.status, headers=dict(answer.headers), body=answer.body)

    async def _refuse(self, route: Route, visit: PageVisit, why: str) -> None:
        asked = route.request
        if is_document(asked, visit):
            visit.why = why
            await route.abort("blockedbyclient")
        elif asked.is_navigation_request():
            visit.refused["navigation"] += 1
            await route.fulfill(status=204)  # the page stays; an error page would take its place
        else:
            visit.refused[why] += 1
            await route.abort("blockedbyclient")

    async def _found(self, asked: Asked, visit: PageVisit) -> Answer:
        """Return the answer to a request that may be made.

        Raises:
            NotAnswered: it may not, or there is nothing to be had.
            FetchFailure: the server does not answer.
        """
        if asked.method != "GET":
            raise NotAnswered(f"method {asked.method}")
        if is_document(asked, visit):
            visit.document = await self._document(visit)
            return visit.document
        if asked.resource_type not in FETCHED:
            raise NotAnswered(asked.resource_type)
        if COUNTERS.search(host_of(asked.url)):
            raise NotAnswered("visitor counter")
        return await self._asset(asked, visit)

    async def _document(self, visit: PageVisit) -> Answer:
        answer = await self._fetch_one(visit, visit.row, {"Accept": "text/html,*/*;q=0.8"})
        if answer.status != 200:
            raise NotAnswered(f"the server answered with {answer.status}")
        return answer

    async def _asset(self, asked: Asked, visit: PageVisit) -> Answer:
        url = asked.url.partition("#")[0]
        shared = self._answers.get(url)
        if shared is not None:
            return await asyncio.shield(shared)
        self._answers[url] = shared = asyncio.get_running_loop().create_future()
        try:
            answer = await self._follow(url, _headers(asked), visit)
        except BaseException as error:
            del self._answers[url]
            shared.set_exception(
                error if isinstance(error, Exception) else NotAnswered("the page was given up")
            )
            shared.exception()  # taken note of, also where nobody else waits
            raise
        shared.set_result(answer)
        return answer

    async def _follow(self, url: str, headers: dict[str, str], visit: PageVisit) -> Answer:
        """Fetch an address and what it redirects to: a browser cannot be handed a redirect."""
        hops = visit.row.hops + EMBED
        for _ in range(MAX_REDIRECTS + 1):
            row = self._row(url, visit.site.id, kind="page", hops=hops, via=visit.url)
            answer = await self._fetch_one(visit, row, headers)
            target = resolve(url, answer.capture.told.location or "")
            if answer.status not in REDIRECTS or target is None:
                return answer
            url = target
        raise NotAnswered(f"more than {MAX_REDIRECTS} redirects")

    # --- one exchange

    async def _fetch_one(self, visit: PageVisit, row: Row, headers: dict[str, str]) -> Answer:
        if visit.requests >= self._crawl.config.render.max_requests:
            raise NotAnswered("more requests than one page may make")
        why = self._crawl.budgets.refusal(row.site, self._crawl.now())
        if why is not None:
            raise NotAnswered(why)
        parts = urlsplit(row.url)
        await self._crawl.guard.endpoints(
            parts.hostname or "", parts.port or 80
        )  # before its robots.txt is asked for
        gap = await self._permission(visit, row)
        visit.requests += 1
        return await self._exchange(row, headers, gap)

    async def _permission(self, visit: PageVisit, row: Row) -> float:
        """Return the seconds between two requests to the host of an address that robots.txt allows.

        Raises:
            NotAnswered: it is forbidden.
        """
        async with self._robots_turns[host_of(row.url)]:
            for _ in range(MAX_ROBOTS_STEPS):
                verdict = self._crawl.robots.verdict(row.url, self._crawl.now())
                if verdict.need is None:
                    break
                await self._ask_robots(verdict.need, verdict.need_hops, row)
        if not verdict.allowed:
            raise NotAnswered(f"robots.txt: {verdict.reason}")
        own = (
            visit.site.politeness.delay_seconds
            if host_of(row.url) in visit.site.scope.hosts
            else None
        )
        return self._crawl.politeness.gap(own, verdict.crawl_delay)

    async def _ask_robots(self, url: str, hops: str, row: Row) -> None:
        robots = self._row(url, row.site, kind="robots", hops=hops, via=row.url)
        gap = self._crawl.politeness.gap(None, None)
        try:
            answer = await self._exchange(robots, {}, gap)
        except (FetchFailure, NotAnswered):
            self._crawl.robots.store(url, status=None, body=b"", target=None, now=self._crawl.now())
            return
        location = answer.capture.told.location
        self._crawl.robots.store(
            url,
            status=answer.status,
            body=answer.body,
            target=resolve(url, location) if location else None,
            now=answer.capture.at,
        )

    async def _exchange(self, row: Row, headers: dict[str, str], gap: float) -> Answer:
        """Carry out one exchange in the host's turn and store it.

        Raises:
            NotAnswered: the host asks to be left alone, or the body cannot be read.
            FetchFailure: no answer came.
        """
        crawl = self._crawl
        request = Request(
            row.url,
            headers={
                "User-Agent": crawl.user_agent,
                "Accept-Language": ACCEPT_LANGUAGE,
                "Accept-Encoding": ACCEPT_ENCODING,
                **headers,
            },
            meta={VISIT: Visit(row=row, gap=gap)},
        )
        try:
            await self.download_request(request)
        except FetchFailure:
            self._settle(row, crawl.failure_pointers.pop(row.url, None), 0)
            raise
        capture: Capture = request.meta[CAPTURE]
        self._settle(row, capture.pointer, capture.size)
        if capture.status in BUSY:
            pause = retry_after(capture.told.retry_after, crawl.now()).total_seconds()
            crawl.politeness.pause(row.slot, pause)
            raise NotAnswered(f"{row.slot} asks to be left alone for {pause:.0f} s")
        answer: WireAnswer = request.meta[LARGE]
        try:
            body = readable_body(answer, crawl.config.limits.max_html_bytes)
        except ValueError as error:
            raise NotAnswered(str(error)) from error
        return Answer(capture.status, _plain_headers(answer), body, capture)

    def _settle(self, row: Row, pointer: Pointer | None, size: int) -> None:
        """Count the request, and let its WARC file be closed when it is full."""
        crawl = self._crawl
        crawl.budgets.spend(row.site, size, crawl.now())
        if pointer is not None:
            crawl.frontier.uncommitted.append(pointer)
        crawl.commit_when_due()

    def _response(self, request: Request, visit: Visit, answer: WireAnswer) -> Response:
        """Keep the answer for ``_exchange``: nobody here needs Scrapy's view of it."""
        request.meta[LARGE] = answer
        return Response(request.url, status=answer.head.status)

    def _body_limit(self, head: Head, kind: Kind) -> int:
        """Return how many bytes of a body are taken: programs too, which a crawl leaves out."""
        if kind == "robots":
            return super()._body_limit(head, kind)
        return self._crawl.config.limits.max_html_bytes

    def _row(self, url: str, site: str, *, kind: Kind, hops: str, via: str | None) -> Row:
        return Row(
            id=0,
            url=url,
            site=site,
            slot=registered_domain(host_of(url)),
            kind=kind,
            hub=False,
            hops=hops,
            via=via,
            depth=0,
            attempts=self._crawl.config.limits.retries,  # one try: a page can be rendered another day
            etag=None,
            last_modified=None,
            payload_digest=None,
            interval_days=None,
        )


def is_document(asked: Asked, visit: PageVisit) -> bool:
    """Tell whether a request is the one for the page itself."""
    return (
        visit.document is None
        and asked.is_navigation_request()
        and asked.url.partition("#")[0] == visit.url.partition("#")[0]
    )


def _headers(asked: Asked) -> dict[str, str]:
    kept = {
        name: value
        for name, value in asked.headers.items()
        if name in KEPT_HEADERS or name.startswith("x-")
    }
    return {"accept": "*/*", **kept}


def _plain_headers(answer: WireAnswer) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    for name, value in answer.head.headers:
        if name.lower() not in DROPPED_HEADERS:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            pairs[key] = f"{pairs[key]}, {text}" if key in pairs else text
    return tuple(pairs.items())
