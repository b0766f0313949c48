"""Set up Scrapy for ``scrapy list`` and ``scrapy crawl site``; the add-on does the rest.

How politely and how far a crawl goes stands in ``config/crawl.toml``, not here.
"""

BOT_NAME = "jarjestoarkisto"
SPIDER_MODULES = ["crawler.spiders", "crawler.past.spiders"]
ADDONS = {"crawler.addon.ArchiveAddon": 100}

# No Twisted reactor: our download handler speaks asyncio itself,
# and without a reactor several crawls can run one after another in one process.
TWISTED_REACTOR_ENABLED = False
LOG_LEVEL = "WARNING"
