"""Run the whole line on the bundled miniature sites, with the commands that an operator uses.

Every station runs as its own process, as from a terminal; the miniature sites are served by this one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from archive.errors import ArkistoError
from archive.registry import find_config
from archive.schema import open_archive
from crawler.miniature import serve_sites, sites_folder, write_demo_config

MARK = ".demonstration"
"""File that tells a demonstration's directory from somebody's archive."""

STATES = (1, 2)
"""Moments of the miniature sites that are crawled, one after the other."""

SUMMARY = """
SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM pages),
  (SELECT count(*) FROM versions), (SELECT count(DISTINCT site) FROM versions),
  (SELECT count(*) FROM mentions), (SELECT count(DISTINCT cluster) FROM duplicates)
"""


def demonstrate(data: Path) -> str:
    """Crawl the miniature sites twice, build the research edition's database, and return a summary.

    Raises:
        ArkistoError: the directory holds something else than a demonstration, or a station failed.
    """
    _clear(data)
    with serve_sites(sites_folder()) as served:
        config = write_demo_config(data / "config", served, find_config())
        for state in STATES:
            served.state = state
            _arkisto(data, config, "crawl")
    for verb in ("ingest", "extract", "dedupe", "index", "publish"):
        _arkisto(data, config, verb)
    return _summary(data)


def _clear(data: Path) -> None:
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).exists():
            message = f"{data} holds something else than a demonstration: name another --data"
            raise ArkistoError(message)
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / MARK).write_text("Made by `arkisto demo`; the next demonstration removes it.\n")


def _arkisto(data: Path, config: Path, verb: str) -> None:
    click.echo(f"$ arkisto --data {data} --config {config} {verb}", err=True)
    command = [sys.executable, "-m", "crawler", "--data", str(data), "--config", str(config), verb]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - our own program
        raise ArkistoError(f"the demonstration stopped at `arkisto {verb}`; see above why")


def _summary(data: Path) -> str:
    db = open_archive(data / "archive.db")
    captures, pages, versions, sites, mentions, clusters = db.execute(SUMMARY).fetchone()
    db.close()
    return (
        f"{captures} captures of {pages} pages on {sites} sites gave {versions} versions of text, "
        f"{mentions} mentions and {clusters} texts that stand on several pages: {data / 'published.db'}"
    )
