"""Crawl a generated site in a process of its own: with ours, or with bare Scrapy and its link extractor.

``python -m benchmarks.crawlers ours|scrapy ADDRESS PORT FOLDER [DELAY]``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.registry import CrawlConfig, Registry, Site, find_config, load_registry

HOST = "www.jarjestotalo.fi"


def start(
    name: str, address: str, port: int, folder: Path, delay: float = 0.0
) -> subprocess.Popen[bytes]:
    """Start a crawler in a process of its own; ours writes ``warc/``, Scrapy ``pages.txt`` and ``job/``."""
    command = [
        sys.executable, "-m", "benchmarks.crawlers", name, address, str(port), str(folder), str(delay),
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def one_site(address: str, port: int, delay: float) -> Registry:
    """Return a registry of one site that leads to a loopback server, with the excludes of the real one."""
    real = load_registry(find_config())
    exclude = next(iter(real.sites.values())).scope.exclude
    site = Site.model_validate(
        {
            "id": "jarjestotalo",
            "name": "Järjestötalo",
            "kind": "network_org",
            "regions": ("08",),
            "seeds": (f"http://{HOST}/",),
            "scope": {"hosts": (HOST,), "exclude": exclude},
        }
    )
    config = CrawlConfig.model_validate(
        {
            "operator": {"name": "Mittaus", "email": "m@example.org", "homepage": "https://example.org/"},
            "politeness": {"delay_seconds": delay, "delay_factor": 0.0},
            "resolver": {"hosts": {HOST: address}, "ports": {"80": port}},
        }
    )  # fmt: skip
    return Registry(
        config=Path("config"),
        sites={site.id: site},
        regions={},
        counties={},
        terms={},
        crawl=config,
        digest="0" * 16,
    )


def ours(address: str, port: int, folder: Path, delay: float) -> None:
    """Crawl with ours."""
    from crawler.run import run_crawl

    run_crawl(one_site(address, port, delay), folder, log=False)


def scrapy(address: str, port: int, folder: Path, delay: float) -> None:
    """Crawl with bare Scrapy as its manual shows it: a spider, a link extractor, and a JOBDIR where a delay is asked for."""
    from scrapy import Spider
    from scrapy.crawler import CrawlerProcess
    from scrapy.http import Response, TextResponse
    from scrapy.linkextractors import LinkExtractor

    folder.mkdir(parents=True, exist_ok=True)
    extractor = LinkExtractor()
    pages = (folder / "pages.txt").open("a", buffering=1)

    class Peer(Spider):
        name = "peer"
        start_urls = [f"http://{address}:{port}/"]  # noqa: RUF012 - Scrapy wants a list

        def parse(self, response: Response, **_: Any) -> Iterator[Any]:
            if not isinstance(response, TextResponse):
                return
            pages.write(response.url.removeprefix(f"http://{address}:{port}") + "\n")
            for link in extractor.extract_links(response):
                yield response.follow(link, self.parse)

    settings: dict[str, Any] = {"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False}
    if delay:
        settings |= {"DOWNLOAD_DELAY": delay, "RANDOMIZE_DOWNLOAD_DELAY": False}
        settings |= {"JOBDIR": str(folder / "job"), "CONCURRENT_REQUESTS_PER_DOMAIN": 1}
    process = CrawlerProcess(settings)
    process.crawl(Peer)
    process.start()


def main(name: str, address: str, port: str, folder: str, delay: str = "0") -> None:
    """Run one of them."""
    {"ours": ours, "scrapy": scrapy}[name](address, int(port), Path(folder), float(delay))


if __name__ == "__main__":
    main(*sys.argv[1:])
