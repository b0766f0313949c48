"""Run pywb, the Wayback Machine for everybody, on a folder with its configuration."""

from benchmarks.servers import pywb
from tests.peers import peer


def wayback(folder):
    """Serve the collections of a folder by pywb and give its address."""
    return pywb(peer("wayback"), folder)
