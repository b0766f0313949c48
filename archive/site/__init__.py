"""Serve an edition as a web site: a plug-in of Datasette with our own pages in front of its tables.

It does nothing in a Datasette without an edition of this archive.
"""

from __future__ import annotations

from archive.site.hooks import (
    asgi_wrapper,
    extra_css_urls,
    get_metadata,
    handle_exception,
    prepare_connection,
    prepare_jinja2_environment,
    register_routes,
    startup,
)
from archive.site.serving import serve

__all__ = [
    "asgi_wrapper",
    "extra_css_urls",
    "get_metadata",
    "handle_exception",
    "prepare_connection",
    "prepare_jinja2_environment",
    "register_routes",
    "serve",
    "startup",
]
