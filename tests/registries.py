"""Make a small registry for tests: two sites, two regions, three terms."""

import shutil
from pathlib import Path

from archive.registry import Registry, load_registry

CONFIG = Path(__file__).parents[1] / "config"


def small_registry(folder: Path, **sites: str) -> Registry:
    """Write a configuration with the real regions and vocabulary and the given site files, and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("regions.toml", "vocabulary.toml", "crawl.toml"):
        shutil.copy(CONFIG / name, folder / name)
    for site, text in (sites or {"kyt": KYT, "ekyhdistykset": EKY}).items():
        path = folder / "sites" / text.partition('regions = ["')[2][:2] / f"{site}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_registry(folder)


KYT = """
name = "Keski-Suomen Yhteisöjen Tuki"
kind = "network_org"
regions = ["13"]
base_urls = ["https://kyt.fi/"]
seeds = ["https://kyt.fi/"]
[scope]
hosts = ["kyt.fi", "www.kyt.fi"]
"""

EKY = """
name = "Etelä-Karjalan Yhdistykset"
kind = "network_org"
regions = ["09"]
access = "open"
base_urls = ["https://www.ekyhdistykset.fi/"]
seeds = ["https://www.ekyhdistykset.fi/"]
[scope]
hosts = ["ekyhdistykset.fi", "www.ekyhdistykset.fi"]
"""
