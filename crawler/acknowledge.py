"""Take a URL from the queue when its capture is stored and its links are queued, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self, cast

from archive.errors import ArchiveError, WarcError
from archive.urls import resolve
from crawler.exchange import FetchFailure
from crawler.politeness import MAX_PAUSE, retry_after
from crawler.recrawl import due_after, next_interval
from crawler.robots import outcome_of
from crawler.scope import TEXTLESS_TYPES, Lead
from crawler.tally import Thing
from crawler.targets import Row, Seen, Skip
from crawler.visit import Answered, Capture, Unanswered, is_last_try

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from archive.registry import Site
    from crawler.crawl import Crawl
    from crawler.spiders.site import SiteSpider

BACKOFF = 4
"""Each failed try multiplies the pause of the host by this: 5 s become 20 s, then 80 s."""

TDM_PATH = "/.well-known/tdmrep.json"
"""Where a host reserves text and data mining: asked for once, then like a page, and stored as evidence."""

BUSY = (429, 503)
"""Answers that ask the whole host to be left alone for a while."""


class Acknowledge:
    """The item pipeline: every visit ends here, whatever came of it."""

    def __init__(self, spider: SiteSpider) -> None:
        """Work for the crawl that the spider carries."""
        self._spider = spider
        self._crawl: Crawl = spider.crawl
        self._traps = spider.traps

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it for the running spider."""
        spider = cast("SiteSpider", crawler.spider)
        return cls(spider)

    def process_item(self, item: Answered | Unanswered) -> Answered | Unanswered:
        """Acknowledge one visit; where the disk does not let it, end the run."""
        try:
            if isinstance(item, Answered):
                self._answered(item)
                size = item.capture.size
            else:
                self._unanswered(item)
                size = 0
            self._crawl.budgets.spend(item.visit.row.site, size, self._crawl.now())
            self._crawl.commit_when_due()
        except (ArchiveError, WarcError) as error:
            self._crawl.break_off(error)
        self._spider.scheduler.release(item.visit)
        return item

    def _answered(self, item: Answered) -> None:
        row, capture = item.visit.row, item.capture
        busy = capture.status in BUSY or (capture.status >= 400 and capture.told.retry_after)
        if busy and not capture.replayed:
            pause = retry_after(capture.told.retry_after, self._crawl.now())
            self._pause(row, pause)
        self._note_end(item)
        if capture.status >= 500 or capture.status == 429:
            self._troubled(item)
            return
        if row.kind == "robots":
            self._keep_robots(item)
        parked = self._crawl.endings.look(item)
        # what another holder of the domain links to is none of the site's, and a soft 404 leads nowhere
        worthy = self._traps.look(item) and not parked
        self._queue_leads(row, item.leads if worthy else [])
        if row.kind == "sitemap":
            self._read_sitemap(item)
        self._note_problems(item)
        self._done(item)

    def _troubled(self, item: Answered) -> None:
        """Try a URL again whose server is in trouble, or give it up."""
        row, capture, crawl = item.visit.row, item.capture, self._crawl
        if row.attempts < crawl.config.limits.retries:
            if capture.status not in BUSY:
                self._back_off(item.visit.row, item.visit.gap)
            crawl.frontier.retry(row, _seen(row, capture), crawl=crawl.id)
            return
        if row.kind == "robots":
            self._keep_robots(item)
        crawl.give_up(row, _seen(row, capture))

    def _unanswered(self, item: Unanswered) -> None:
        row, crawl = item.visit.row, self._crawl
        failure = FetchFailure(item.kind, item.message)
        pointer = crawl.failure_pointers.pop(row.url, None)
        if item.kind != "private-address":
            self._note_failure(row.slot)
        seen = Seen(at=crawl.now(), status=None, pointer=pointer)
        if not is_last_try(item.visit, failure, crawl.config.limits.retries):
            self._back_off(row, item.visit.gap)
            crawl.frontier.retry(row, seen, crawl=crawl.id)
            return
        if row.kind == "robots":
            crawl.robots.store(row.url, status=None, body=b"", target=None, now=seen.at)
        if item.kind == "private-address":
            crawl.skip(
                Skip(
                    url=row.url,
                    site=row.site,
                    reason="private-address",
                    detail=item.message,
                    via=row.via,
                )
            )
        crawl.endings.miss(item, seen.at)
        crawl.give_up(row, seen)

    def _note_end(self, item: Answered) -> None:
        """Note whether an answer came to its end in time."""
        if item.capture.replayed:
            return
        if item.capture.truncated == "time":
            self._note_failure(item.visit.row.slot)
        else:
            self._crawl.breaker.answered(item.visit.row.slot)

    def _note_failure(self, slot: str) -> None:
        if self._crawl.breaker.failed(slot):
            self._crawl.politeness.pause(slot, MAX_PAUSE.total_seconds())

    def _back_off(self, row: Row, gap: float) -> None:
        self._crawl.politeness.pause(row.slot, gap * BACKOFF ** (row.attempts + 1))

    def _pause(self, row: Row, pause: timedelta) -> None:
        self._crawl.politeness.pause(row.slot, pause.total_seconds())
        self._crawl.frontier.pause(row.slot, self._crawl.now() + pause)

    def _keep_robots(self, item: Answered) -> None:
        row, capture, crawl = item.visit.row, item.capture, self._crawl
        target = resolve(row.url, capture.told.location) if capture.told.location else None
        crawl.robots.store(
            row.url, status=capture.status, body=item.body, target=target, now=capture.at
        )
        self._queue_leads(row, [Lead(url, "M", "sitemap") for url in self._sitemaps(row, capture)])
        tdm = resolve(row.url, TDM_PATH)
        if crawl.config.evidence.tdmrep and tdm and crawl.robots.verdict(tdm, capture.at).allowed:
            self._queue_leads(row, [Lead(tdm, "P", "evidence")])

    def _sitemaps(self, row: Row, capture: Capture) -> list[str]:
        """Return the sitemaps that a robots.txt names, or the usual place if it names none."""
        if outcome_of(capture.status) not in ("rules", "allow"):
            return []
        usual = resolve(row.url, "/sitemap.xml")
        named = self._crawl.robots.sitemaps(row.url)
        allowed = usual and self._crawl.robots.verdict(usual, capture.at).allowed
        return named or ([usual] if usual and allowed else [])

    def _queue_leads(self, row: Row, leads: list[Lead]) -> None:
        site = self._crawl.registry.sites.get(row.site)
        if (
            site is None
        ):  # taken out of the registry since: its captures stay, its links do not count
            return
        hops = "" if row.kind == "robots" else row.hops
        for lead in leads:
            self._queue(lead, site, row, hops)

    def _queue(self, lead: Lead, site: Site, row: Row, hops: str) -> None:
        judged = self._crawl.scope.judge(lead, site=site, hops=hops, via=row.url)
        if isinstance(judged, Skip):
            self._crawl.skip(judged)
        elif judged is not None:
            self._crawl.frontier.add(judged)
        elif lead.changed_at is not None:
            self._told_changed(lead, site, lead.changed_at)

    def _told_changed(self, lead: Lead, site: Site, changed_at: datetime) -> None:
        """Queue a page that was fetched before a feed says it changed."""
        crawl = self._crawl
        known = crawl.frontier.row(crawl.scope.address(site, lead))
        if known is None or known.fetched_at is None or changed_at > crawl.now():
            return
        if changed_at > datetime.fromisoformat(known.fetched_at):
            crawl.sitemaps.told_changed(known.url)

    def _read_sitemap(self, item: Answered) -> None:
        """Take note of the dates in a sitemap."""
        row, crawl = item.visit.row, self._crawl
        site = crawl.registry.sites.get(row.site)
        if item.capture.status == 304:
            crawl.sitemaps.read(row.url, None)
        elif item.capture.status == 200 and site is not None:
            pages = [lead for lead in item.leads if lead.kind == "page"]
            dates = {crawl.scope.canonical(site, lead.url): lead.lastmod for lead in pages}
            crawl.sitemaps.read(row.url, dates)

    def _note_problems(self, item: Answered) -> None:
        row, capture = item.visit.row, item.capture
        if item.problem is not None:
            self._crawl.problems.append(f"{row.url}: {item.problem}")
        mime = (capture.told.content_type or "").lower()
        if capture.truncated == "length" and mime.startswith(TEXTLESS_TYPES):
            skip = Skip(url=row.url, site=row.site, reason="content-type", detail=mime, via=row.via)
            self._crawl.skip(skip)

    def _done(self, item: Answered) -> None:
        row, capture, crawl = item.visit.row, item.capture, self._crawl
        changed = _changed(item)
        crawl.tally.add(row.site, _WORD[changed])
        crawl.sitemaps.test(row, changed=changed)
        days = next_interval(crawl.config.recrawl, row, changed=changed, at=capture.at)
        crawl.frontier.done(
            row,
            _seen(row, capture, item.text_digest),
            crawl=crawl.id,
            due=due_after(capture.at, days),
            interval=days,
            changed=changed,
        )
        if capture.payload is not None:
            crawl.payloads.pop(capture.payload.digest, None)


_WORD: dict[bool | None, Thing] = {None: "new", True: "changed", False: "unchanged"}


def _changed(item: Answered) -> bool | None:
    """Tell whether a document differs from the last visit; ``None`` on the first.

    Of a page the words count: its code may carry the time of day or a new token on each visit.
    """
    row, capture = item.visit.row, item.capture
    if row.first_at is None:
        return None
    digest = capture.payload.digest if capture.payload else None
    if capture.status == 304 or digest == row.payload_digest:
        return False
    if item.text_digest is not None and row.text_digest is not None:
        return item.text_digest != row.text_digest
    return True


def _seen(row: Row, capture: Capture, text_digest: str | None = None) -> Seen:
    return Seen(
        at=capture.at,
        status=capture.status,
        pointer=capture.pointer,
        etag=capture.told.etag,
        last_modified=capture.told.last_modified,
        payload=capture.payload,
        text_digest=text_digest,
        is_page=row.kind in ("seed", "page") and _is_document(capture),
    )


def _is_document(capture: Capture) -> bool:
    """Tell whether a page came, or an attachment with text."""
    if capture.status not in (200, 203, 304):
        return False
    mime = (capture.told.content_type or "text/html").lower()
    return not mime.startswith(TEXTLESS_TYPES) and "xml" not in mime.replace("xhtml+xml", "")
