"""Run the site: Datasette with our plug-in on one edition, arbitrary SQL and download switched off."""

from __future__ import annotations

import socket
import webbrowser
from pathlib import Path
from typing import Any

from archive.errors import PublishError
from archive.site.downloadlimit import DOWNLOADS

SETTINGS = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": True,
    "suggest_facets": False,
    "default_page_size": 50,
    "max_returned_rows": 1_000,
    "default_cache_ttl": 60,
    "truncate_cells_html": 240,
    "facet_time_limit_ms": 500,
    "sql_time_limit_ms": 2_000,
}
"""No SQL by hand and no download of the file: it may hold more than one page at a time should give away."""


def application(published: Path, *, downloads: int = DOWNLOADS) -> Any:
    """Return a Datasette that serves an edition, and so many of its files at a time.

    Raises:
        PublishError: the file is no edition.
    """
    from datasette.app import Datasette

    from archive.site.holding import Holding

    ours = {"plugins": {"jarjestoarkisto": {"downloads": downloads}}}
    datasette = Datasette(immutables=[str(published)], settings=SETTINGS, metadata=ours)
    if Holding.of(datasette) is None:
        raise PublishError(
            f"{published} is no edition of the archive: build one with `arkisto publish`"
        )
    return datasette


def serve(
    published_path: Path,
    *,
    host: str,
    port: int,
    open_browser: bool = False,
    warm_up: bool = True,
    downloads: int = DOWNLOADS,
) -> None:
    """Serve an edition until the process is told to stop; Ctrl-C is a good end.

    Args:
        published_path: the edition; when `publish` swaps in a new one, the site goes over to it by itself.
        host: address to listen on.
        port: 0 takes a free one.
        open_browser: show the front page.
        warm_up: load the Finnish analyser (a gigabyte, some seconds) before the first request and not within one,
            where it would use up the time limit of a search.
        downloads: files that may be downloaded at a time.

    Raises:
        PublishError: the file is no edition, or the port is taken.
    """
    import uvicorn

    if not published_path.exists():
        raise PublishError(f"{published_path} does not exist: run `arkisto publish` first")
    datasette = application(published_path, downloads=downloads)
    listener = _listen(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}/"
    if warm_up:
        _load_analyser()
    print(f"{address}  (Ctrl-C stops)", flush=True)  # noqa: T201 - the address is the result of this verb
    if open_browser:
        webbrowser.open(address)
    server = uvicorn.Server(
        uvicorn.Config(datasette.app(), log_level="warning", server_header=False)
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # raised once more by uvicorn, when it has ended in order
        print("\nThe site is no longer served.", flush=True)  # noqa: T201 - says that all is well


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # so that who reads the address can come at once
    except OSError as error:
        listener.close()
        raise PublishError(
            f"{host}:{port}: {error.strerror}. Choose another with --port"
        ) from error
    return listener


def _load_analyser() -> None:
    """Ask for a word with several readings, so that the dictionaries which choose among them are loaded too."""
    from archive.lemmas import query_terms

    query_terms("kuusista", compounds=True)
