"""Hold the spiders that ``scrapy list`` shows."""
