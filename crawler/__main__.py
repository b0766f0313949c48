"""Run the command line as ``python -m crawler``."""

from crawler.cli import main

main()
