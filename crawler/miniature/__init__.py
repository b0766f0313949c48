"""The miniature web sites: pages rendered as their CMS would, served on loopback under real-looking names."""

from __future__ import annotations

from crawler.miniature.config import write_demo_config
from crawler.miniature.serving import Request, Served, load_sites, serve_sites, sites_folder

__all__ = ["Request", "Served", "load_sites", "serve_sites", "sites_folder", "write_demo_config"]
