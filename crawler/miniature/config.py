"""Write the configuration of a demonstration crawl of the miniature sites."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from crawler.miniature.serving import Served

_CRAWL = """\
# Written for a demonstration on loopback; it reaches no other machine.
user_agent = "jarjestoarkisto-demo/{{version}} (+{{homepage}}; {{email}})"
exclude = {exclude}

[operator]
name = "Järjestöarkisto, demonstration"
email = "demo@jarjestoarkisto.example"
homepage = "https://jarjestoarkisto.example/"

[politeness]
delay_seconds = {delay}
# the pace of a demonstration should not follow how busy this machine is
delay_factor = 0
max_crawl_delay_seconds = 60
concurrent_hosts = 64

[limits]
timeout_seconds = 20
max_depth = 15
max_redirects = 8
max_pages_per_site = 400
retries = 1

[resolver.hosts]
{hosts}

[resolver.ports]
80 = {http_port}
443 = {https_port}
"""


def write_demo_config(
    target: Path, served: Served, source_config: Path, *, delay_seconds: float = 0.2
) -> Path:
    """Write a whole configuration folder for crawling the served sites and return it.

    Regions, vocabulary and excluded addresses are the real ones of ``source_config``.
    The site files stand beside the miniature sites: the facts of the real site files, but with
    ``access``, seeds and expectations of the demonstration.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in ("regions.toml", "vocabulary.toml"):
        shutil.copyfile(source_config / name, target / name)
    for site in served.sites:
        folder = target / "sites" / _folder_of(site.id, source_config)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(site.folder / "site.toml", folder / f"{site.id}.toml")
    real = tomllib.loads((source_config / "crawl.toml").read_text(encoding="utf-8"))
    crawl = _CRAWL.format(
        # a JSON string is also a TOML string
        exclude=json.dumps(real.get("exclude", []), ensure_ascii=False, indent=2),
        delay=float(delay_seconds),
        hosts="\n".join(
            f"{json.dumps(name)} = {json.dumps(ip)}" for name, ip in served.hosts.items()
        ),
        http_port=served.http_port,
        https_port=served.https_port,
    )
    (target / "crawl.toml").write_text(crawl, encoding="utf-8")
    return target


def _folder_of(site: str, source_config: Path) -> str:
    """Return the name of the folder that holds the real site file."""
    found = sorted((source_config / "sites").glob(f"*/{site}.toml"))
    return found[0].parent.name if found else "demo"
