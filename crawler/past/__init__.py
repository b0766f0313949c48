"""Bring in what other web archives captured: Wayback Machines, any CDX server or TimeMap, and Common Crawl."""
