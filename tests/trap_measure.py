"""Measure what the traps cost a crawl, and what a long queue costs it in memory.

python -m tests.trap_measure traps|queue
"""

import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from archive.warc import warc_fields
from tests.crawling import HOST, failures, records, skips
from tests.memory import resident_mb
from tests.rawserver import ok, raw_server, status
from tests.trapserver import ADDRESSES, page, set_traps


def traps(folder):
    """Crawl all traps once; return the figures, and what was asked, cut, failed and skipped."""
    with (
        raw_server(folder, also=list(ADDRESSES.values())[1:-1]) as server,
        raw_server(folder, "127.0.0.1") as inner,
    ):
        asked = set_traps(server, inner.port)
        command = [sys.executable, "-m", "tests.trap_process", folder / "data", str(server.port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=500)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    figures = json.loads(done.stdout)
    found = records(folder / "data")
    answers = [r for r in found if r.kind in ("response", "revisit")]
    told = {
        "truncated": {r.url: r.header("WARC-Truncated") for r in answers},
        "hops": {r.url: warc_fields(r.payload).get("hopsfromseed", "")
                 for r in found if r.kind == "metadata"},
        "failures": failures(folder / "data"),
        "skips": sorted(skips(folder / "data")),
        "asked": asked,
    }  # fmt: skip
    known = {*told["truncated"], *told["failures"], *(url for url, _ in told["skips"])}
    silent = {f"http://{host}{path}" for host, path in asked} - known
    figures |= {
        "requests": len(asked),
        "requests_inside": len(inner.times),
        "without_record": sorted(silent),
        "skips": dict(Counter(reason for _, reason in told["skips"])),
        "failures": len(told["failures"]),
        "truncated": sum(why is not None for why in told["truncated"].values()),
    }
    return figures, told


def queue(folder, pages, crawled=600):
    """Queue so many pages from a sitemap, crawl some of them; return the memory in MB at the end."""
    letters = itertools.product("aeioukst", repeat=6)
    paths = ["/" + "".join(name) for name in itertools.islice(letters, pages)]
    entries = "".join(f"<url><loc>http://{HOST}{path}</loc></url>" for path in paths)
    with raw_server(folder) as server:
        server.default = page("Sivu", *paths[:40], body="<p>Yhdistykset kokoontuvat.</p>" * 40)
        server.answers = {
            "/robots.txt": status(b"404 Ei"),
            "/sitemap.xml": ok(f"<urlset>{entries}</urlset>".encode(), "text/xml"),
        }
        numbers = map(str, (folder / "data", server.address, server.port, server.tls_port, 0.0))
        command = [sys.executable, "-m", "tests.crawl_process", *numbers]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(server.times) < crawled and process.poll() is None:
            time.sleep(0.05)
        memory = resident_mb(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    return memory


def main(what):
    """Print the figures as one JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        if what == "traps":
            figures, _ = traps(Path(folder))
        else:
            names = {1000: "few", 49_000: "many"}
            for name in names.values():
                (Path(folder) / name).mkdir()
            figures = {f"rss_mb_{n}": queue(Path(folder) / name, n) for n, name in names.items()}
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
