"""Wire the archive's components into Scrapy and switch off what an archive must not do."""

from __future__ import annotations

from typing import Any

from scrapy.settings import BaseSettings

WIRING: dict[str, Any] = {
    "SCHEDULER": "crawler.scheduler.FrontierScheduler",
    "ITEM_PIPELINES": {"crawler.acknowledge.Acknowledge": 100},
    "EXTENSIONS": {
        "crawler.report.CrawlReport": 100,
        "crawler.progress.Progress": 200,
    },
    # telnet and the remote control open a port that runs code
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}

EXTENSIONS_BASE = {"scrapy.extensions.corestats.CoreStats": 0}
"""What stays of Scrapy's own extensions; one that is only switched off is loaded all the same, with all of aiohttp."""

HANDLERS: dict[str, Any] = {
    "http": "crawler.capture.CaptureHandler",
    "https": "crawler.capture.CaptureHandler",
    "file": None,
    "ftp": None,
    "data": None,
    "s3": None,
}
"""Nothing leaves the machine but through a handler of ours."""

POLITENESS: dict[str, Any] = {
    # the scheduler hands out one request per host and the handler waits for the host's turn,
    # so Scrapy's own queues and delays have nothing left to do
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_DELAY_JITTER": 0,
    "AUTOTHROTTLE_ENABLED": False,
}

COST: dict[str, Any] = {
    # Scrapy starts so many tasks for each response; ours gives one item
    "CONCURRENT_ITEMS": 1,
    # it would parse the source of the callback anew for each response; the linter does that once
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}
"""Both together: 7.1 to 5.9 ms of processor time a page, measured by benchmarks/crawl_cost.py in 2026-11."""

SWITCHED_OFF: dict[str, Any] = {
    # robots, redirects, retries and scope belong to the frontier: each exchange is a capture of its own
    "ROBOTSTXT_OBEY": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "RETRY_ENABLED": False,
    "REFERER_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": None,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,
    },
    "SPIDER_MIDDLEWARES": {
        "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    },
}


class ArchiveAddon:
    """The one add-on of the archive."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Set everything at add-on priority; a project's own settings still win."""
        for name, value in (WIRING | POLITENESS | COST | SWITCHED_OFF).items():
            if isinstance(value, dict):
                settings.set(name, {**settings.getdict(name), **value}, "addon")
            else:
                settings.set(name, value, "addon")
        settings.set("EXTENSIONS_BASE", EXTENSIONS_BASE, "addon")
        # a spider that reads other web archives brings its own
        own = settings.get("ARCHIVE_HANDLER")
        handlers = HANDLERS | ({"http": own, "https": own} if own else {})
        # without a reactor Scrapy writes its own handlers at project priority; ours must win
        settings.set("DOWNLOAD_HANDLERS", handlers, "cmdline")
