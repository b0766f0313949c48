"""Serve the miniature sites until Ctrl-C: ``python -m crawler.miniature``."""

from crawler.miniature.serving import main

main()
