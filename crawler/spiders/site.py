"""Crawl any site of the registry with one generic spider."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import lxml.etree
from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider

from archive.errors import WarcError
from archive.registry import find_config, load_registry
from crawler.bodies import HTML_TYPES, readable_body
from crawler.crawl import Crawl
from crawler.discovery import Contents, contents_of, redirect_lead
from crawler.exchange import FetchFailure
from crawler.politeness import CrawlStopping
from crawler.runlock import run_lock
from crawler.scheduler import TARGET, FrontierScheduler
from crawler.stopping import StopWatch
from crawler.targets import Kind
from crawler.trapwatch import TrapWatch
from crawler.visit import CAPTURE, LARGE, VISIT, Answered, Capture, Unanswered, Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.http1 import Answer

UNREAD = "; its links were not read"
REDIRECTS = (301, 302, 303, 307, 308)


class SiteSpider(Spider):
    """Turn each capture into the addresses that it leads to.

    ``arkisto crawl`` gives it a crawl. ``scrapy crawl site -a site=ID -a data=DIR`` makes its own;
    so does a job of Scrapyd. Without ``site`` it takes all sites, without ``data`` the directory
    named by ``ARKISTO_DATA``; with ``due=1`` it asks only for what is due.
    """

    name = "site"
    scheduler: FrontierScheduler

    def __init__(self, crawl: Crawl, **kwargs: Any) -> None:
        """Carry the crawl to the components."""
        super().__init__(**kwargs)
        self.crawl = crawl
        self.traps = TrapWatch(crawl)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider; make a crawl from the environment if none is given."""
        if "crawl" not in kwargs:
            kwargs |= _own_crawl(crawler, kwargs)
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the seeds; those that are known already stay as the frontier has them."""
        for site in self.crawl.sites:
            for target in self.crawl.scope.seeds(site):
                yield Request(target.url, meta={TARGET: target})

    def parse(self, response: Response) -> Iterator[Answered]:
        """Read the links of one capture."""
        visit: Visit = response.meta[VISIT]
        capture: Capture = response.meta[CAPTURE]
        contents, problem = self._contents(response, visit, capture)
        yield Answered(
            visit=visit,
            capture=capture,
            body=response.body if visit.row.kind == "robots" else b"",
            leads=contents.leads,
            words=contents.words,
            text_digest=contents.text_digest,
            problem=problem,
        )

    def _contents(
        self, response: Response, visit: Visit, capture: Capture
    ) -> tuple[Contents, str | None]:
        kind = visit.row.kind
        if response.status in REDIRECTS and kind != "robots":
            lead = redirect_lead(visit.row.url, capture.told.location, kind)
            return Contents(leads=[lead] if lead else []), None
        if response.status not in (200, 203):
            return Contents(leads=[]), None
        try:
            contents = contents_of(
                visit.row.url,
                self._body(response, kind),
                content_type=capture.told.content_type,
                kind=kind,
                link_headers=capture.told.links,
            )
        except (lxml.etree.LxmlError, ValueError, RecursionError) as error:
            return Contents(leads=[]), f"{type(error).__name__}: {error}{UNREAD}"
        return contents, contents.problem

    def _body(self, response: Response, kind: Kind) -> bytes:
        """Return a body to look for addresses in; nothing of a large one that can hold none."""
        answer: Answer | None = response.meta.pop(LARGE, None)
        if answer is None:
            return response.body
        mime = (answer.head.first(b"content-type") or "text/html").lower()
        if kind in ("seed", "page", "probe") and not mime.startswith(HTML_TYPES):
            return b""
        return readable_body(answer, self.crawl.config.limits.max_html_bytes)

    def failed(self, failure: Failure) -> Iterator[Answered | Unanswered]:
        """Tell a URL without an answer from an answer that could not be read.

        Raises:
            CloseSpider: the WARC file cannot be written; going on would lose captures.
        """
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy's scraper
        visit: Visit = request.meta[VISIT]
        error = failure.value
        if isinstance(error, CrawlStopping):
            return
        if CAPTURE in request.meta:
            yield Answered(visit=visit, capture=request.meta[CAPTURE], problem=f"{error}{UNREAD}")
        elif isinstance(error, WarcError):
            self.crawl.break_off(error)
            raise CloseSpider("failed")
        elif isinstance(error, FetchFailure):
            yield Unanswered(visit=visit, kind=error.kind, message=str(error))
        else:
            self.crawl.problems.append(f"{visit.row.url}: {type(error).__name__}: {error}")
            yield Unanswered(visit=visit, kind="other", message=f"{type(error).__name__}: {error}")


def _own_crawl(crawler: Crawler, arguments: dict[str, Any]) -> dict[str, Any]:
    """Open a crawl as the spider's arguments and the environment say; take those arguments out.

    Raises:
        ConfigError: the configuration is wrong, or the site is unknown.
        CrawlError: another crawl works on the data directory.
    """
    registry = load_registry(find_config())
    chosen = registry.select([arguments.pop("site")] if "site" in arguments else [], None)
    data = Path(arguments.pop("data", None) or os.environ.get("ARKISTO_DATA", "data"))
    due = arguments.pop("due", "0") not in ("", "0")
    lock = contextlib.ExitStack()
    lock.enter_context(run_lock(data))
    crawl = Crawl(registry, data, chosen, due=due)
    StopWatch(crawler, crawl)
    return {"crawl": crawl, "lock": lock}  # the lock is held until the process ends
