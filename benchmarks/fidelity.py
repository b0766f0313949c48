"""Measure how much of the wire stands in WARC, byte for byte, beside ``wget --warc-file``.

``python -m benchmarks.fidelity`` serves exact bytes on loopback, among them what real servers send against the rules,
lets ours and wget store them, and compares each response block with what was sent.
The last line printed is one JSON object. Without wget the peer is left out.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.members import Member, walk_members
from archive.registry import Registry, Site
from archive.warc import warc_files
from benchmarks.crawlers import HOST, one_site
from crawler.run import run_crawl

FLOORS = {"identical_share": 1.0}
"""The least that ours may reach."""

ADDRESS = "127.0.5.2"
PAGE = (
    "<!doctype html><title>Järjestötalo</title><p>" + "Kunta ja järjestöt sopivat. " * 80
).encode()
_URI = re.compile(rb"(?im)^WARC-Target-URI:\s*<?([^>\s]+)")
_TYPE = re.compile(rb"(?im)^WARC-Type:\s*response\s*$")
_LENGTH = re.compile(rb"(?im)^Content-Length:\s*(\d+)")


def _sized(body: bytes, *lines: bytes, first: bytes = b"HTTP/1.1 200 OK") -> bytes:
    mark = b"<!-- %d -->" % len(lines)
    whole = body + mark if b"Content-Encoding: gzip" not in lines else body
    return b"\r\n".join([first, *lines, b"Content-Length: %d" % len(whole), b"", whole])


def _chunked(body: bytes, *lines: bytes, trailer: bytes = b"") -> bytes:
    parts = [body[at : at + 700] for at in range(0, len(body), 700)]
    chunks = b"".join(b"%x;osa=1\r\n%b\r\n" % (len(part), part) for part in parts)
    head = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"Transfer-Encoding: chunked", b"", b""])
    return head + chunks + b"0\r\n" + trailer + b"\r\n"


HTML = b"Content-Type: text/html; charset=utf-8"
PACKED = b"Content-Encoding: gzip"
CASES = {
    "plain": _sized(PAGE, HTML),
    "header-case": _sized(PAGE, b"content-TYPE: text/html", b"x-zebra: 1", b"X-aardvark:2"),
    "twice": _sized(PAGE, HTML, b"Set-Cookie: a=1", b"X: y", b"Set-Cookie: b=2"),
    "latin-1": _sized("<p>yö".encode("latin-1"), HTML, "X-Nimi: Jäsenistö".encode("latin-1")),
    "gzip": _sized(gzip.compress(PAGE + b"1", mtime=0), HTML, PACKED),
    "chunked": _chunked(PAGE + b"2", HTML),
    "chunked-gzip": _chunked(gzip.compress(PAGE + b"3", mtime=0), HTML, PACKED),
    "trailer": _chunked(PAGE + b"4", HTML, trailer=b"X-Loppu: 1\r\n"),
    "http-1.0": b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE + b"5",
    "no-reason": b"HTTP/1.1 200\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nmoi",
    "linefeeds": b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 5\n\nhei!!",
    "folded": _sized(PAGE + b"6", HTML, b"X-Pitka: a\r\n  b"),
    "spaces": _sized(PAGE + b"7", HTML, b"X-Vali:    monta   "),
    "moved": b"HTTP/1.1 301 Moved\r\nLocation: /muualla\r\nContent-Length: 2\r\n\r\nok",
    "gone": b"HTTP/1.1 410 Poissa\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\npoissa",
    "no-content": b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
}  # fmt: skip


@contextmanager
def wire() -> Iterator[int]:
    """Serve the cases by path, one connection each; give the port."""
    listener = socket.create_server((ADDRESS, 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
                    head += piece
                name = head.split(b" ")[1].decode().strip("/") if head else ""
                missing = b"HTTP/1.1 404 Ei\r\nContent-Length: 0\r\n\r\n"
                connection.sendall(CASES.get(name, missing))

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def response_blocks(files: list[Path]) -> dict[str, bytes]:
    """Return the block of each response record by the last part of its address."""
    found = {}
    for path in files:
        for member in walk_members(path):
            head, _, rest = (
                member.data.partition(b"\r\n\r\n") if isinstance(member, Member) else (b"",) * 3
            )
            uri, length = _URI.search(head), _LENGTH.search(head)
            if _TYPE.search(head) and uri and length:
                found[uri[1].decode().rpartition("/")[2]] = rest[: int(length[1])]
    return found


def ours(port: int, folder: Path) -> dict[str, bytes]:
    """Store all cases with ours."""
    registry = one_site(ADDRESS, port, 0.0)
    seeds = tuple(f"http://{HOST}/{name}" for name in CASES)
    only = {"seeds": seeds, "scope": {"hosts": (HOST,), "whole_site": False, "paths": ()}}
    site = Site.model_validate({**registry.sites["jarjestotalo"].model_dump(), **only})
    made = Registry(
        config=registry.config, sites={site.id: site}, regions={}, counties={}, terms={},
        crawl=registry.crawl, digest=registry.digest,
    )  # fmt: skip
    run_crawl(made, folder, log=False)
    return response_blocks(warc_files(folder / "warc"))


def wget(port: int, folder: Path) -> dict[str, bytes]:
    """Store all cases with wget."""
    folder.mkdir()
    urls = [f"http://{ADDRESS}:{port}/{name}" for name in CASES]
    command = [
        "wget", "--quiet", "--no-config", "--tries=1", "--timeout=5", "--max-redirect=0",
        "--delete-after", "--no-warc-keep-log", f"--warc-file={folder / 'wget'}", *urls,
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=False, timeout=60)
    return response_blocks(sorted(folder.glob("*.warc.gz")))


def share(found: dict[str, bytes]) -> float:
    """Return the share of the cases whose block equals what was sent."""
    return round(sum(found.get(name) == sent for name, sent in CASES.items()) / len(CASES), 4)


def main() -> int:
    """Print the figures and tell whether they hold."""
    peer: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, wire() as port:
        stored = ours(port, Path(folder) / "ours")
        theirs = wget(port, Path(folder) / "wget") if shutil.which("wget") else None
    for name, sent in CASES.items():
        other = "" if theirs is None else "same" if theirs.get(name) == sent else "DIFFERS"
        print(f"{name:<14}{'same' if stored.get(name) == sent else 'DIFFERS':>9}{other:>9}")
    figures = {"exchanges": len(CASES), "identical_share": share(stored)}
    if theirs is None:
        print("wget is not installed: no peer in this run")
    else:
        peer = {"wget_identical_share": share(theirs)}
    print(f"identical to the wire: ours {figures['identical_share']:.0%}", end="")
    print(f", wget {peer['wget_identical_share']:.0%}" if peer else "")
    ok = all(figures[name] >= least for name, least in FLOORS.items())
    result = {"name": "fidelity", "ok": ok, "figures": figures, "peer": peer, "floors": FLOORS}
    print(json.dumps(result))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
