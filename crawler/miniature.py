"""Serve the miniature web sites on loopback addresses under their real-looking host names.

Each site has a loopback address of its own; all share one HTTP and one HTTPS port.
A crawler reaches them through the ``[resolver]`` table of ``crawl.toml``, never through /etc/hosts.
``python -m crawler.miniature`` serves them until Ctrl-C.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import ipaddress
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.miniature_pages import templates
from crawler.miniature_site import Answer, MiniatureSite

_PACKAGED = Path(__file__).with_name("_sites")
_IN_REPOSITORY = Path(__file__).parents[1] / "tests" / "fixtures" / "sites"
_CHUNK = 1400
"""Bytes of one chunk: about one packet, so that a reader meets many."""


class Request(NamedTuple):
    """One request that the server answered."""

    at: float
    """``time.monotonic()`` when its last header line had come in."""
    host: str
    method: str
    target: str
    status: int


def sites_folder() -> Path:
    """Return the folder of the miniature sites, in an installed wheel or in the repository."""
    return _PACKAGED if _PACKAGED.is_dir() else _IN_REPOSITORY


def load_sites(folder: Path, only: Iterable[str] | None = None) -> list[MiniatureSite]:
    """Read every site of a folder, or those whose ids are named.

    Raises:
        ValueError: an id is not in the folder.
    """
    found = sorted(file.parent.name for file in folder.glob("*/miniature.toml"))
    wanted = found if only is None else list(only)
    if unknown := sorted(set(wanted) - set(found)):
        raise ValueError(f"no miniature site {', '.join(unknown)} in {folder}; there are {found}")
    environment = templates(folder)
    return [MiniatureSite(folder / name, environment) for name in wanted]


class Served:
    """The running servers: where they listen, what they were asked, which moment they show."""

    def __init__(self, sites: list[MiniatureSite], state: int) -> None:
        """Open no port yet; ``serve_sites`` does."""
        self.sites = sites
        self.state = state
        self.requests: list[Request] = []
        self.hosts = {host: site.address for site in sites for host in site.hosts}
        self.http_port = 0
        self.https_port = 0
        self._by_host = {host: site for site in sites for host in site.hosts}

    def answer(self, scheme: str, host: str, target: str) -> tuple[Answer, MiniatureSite | None]:
        """Return the answer of the site that a Host header names."""
        site = self._by_host.get(host)
        if site is None:
            return Answer(421, "text/plain", b"no site of this name here\n"), None
        return site.answer(scheme, host, target, self.state), site


@contextmanager
def serve_sites(
    folder: Path, state: int = 1, only: Iterable[str] | None = None
) -> Iterator[Served]:
    """Serve the sites of a folder in a thread until the block ends.

    ``served.state`` may be set to 1, 2 or 3 at any time; the next answer shows it.
    """
    served = Served(load_sites(folder, only), state)
    addresses = sorted({site.address for site in served.sites})
    plain, secure = _listen(addresses), _listen(addresses)
    served.http_port = plain[0].getsockname()[1]
    served.https_port = secure[0].getsockname()[1]
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()
    work = _run(served, plain, secure, ready, stop)
    thread = threading.Thread(target=loop.run_until_complete, args=(work,), name="miniature")
    thread.start()
    ready.wait()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _run(
    served: Served,
    plain: list[socket.socket],
    secure: list[socket.socket],
    ready: threading.Event,
    stop: asyncio.Event,
) -> None:
    open_now: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now[writer] = asyncio.current_task()
        try:
            await _converse(served, reader, writer)
        finally:
            del open_now[writer]

    context = _certificate(sorted(served.hosts))
    servers = [await asyncio.start_server(connected, sock=sock) for sock in plain]
    servers += [await asyncio.start_server(connected, sock=sock, ssl=context) for sock in secure]
    ready.set()
    await stop.wait()
    for server in servers:
        server.close()
    tasks = [task for task in open_now.values() if task]
    # not cancelled: asyncio 3.11 logs a cancelled connection as an error
    for writer in list(open_now):
        writer.transport.abort()
    await asyncio.gather(*tasks)


async def _converse(
    served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer the requests of one connection, one after the other."""
    scheme = "https" if writer.get_extra_info("ssl_object") else "http"
    # a peer that goes away or sends no HTTP ends the connection, nothing more
    with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        keep = True
        while keep:
            method, target, headers = _parsed(await reader.readuntil(b"\r\n\r\n"))
            at = time.monotonic()
            host = headers.get("host", "").partition(":")[0].lower()
            answer, site = served.answer(scheme, host, target)
            status, reply = _reply(method, headers, answer, site)
            served.requests.append(Request(at, host, method, target, status))
            writer.write(reply)
            await writer.drain()
            keep = headers.get("connection", "").lower() != "close"
    writer.close()


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = (*first.split(" "), "", "")[:3]
    pairs = (line.partition(":") for line in lines)
    return method, target, {name.strip().lower(): value.strip() for name, _, value in pairs}


def _reply(
    method: str, asked: dict[str, str], answer: Answer, site: MiniatureSite | None
) -> tuple[int, bytes]:
    """Return the status and all bytes of a response."""
    if method not in ("GET", "HEAD"):
        answer = Answer(405, "text/plain", b"only GET and HEAD\n")
    manners = site.facts.get("server", {}) if site else {}
    headers = [("Date", format_datetime(datetime.now(UTC), usegmt=True))]
    headers += list(manners.get("headers", {}).items())
    body, status = answer.body, answer.status
    if answer.location:
        headers.append(("Location", answer.location))
    if answer.type:
        headers.append(("Content-Type", answer.type))
    if status == HTTPStatus.OK:
        validators = _validators(manners.get("validators", []), answer)
        headers += validators
        if _unchanged(asked, dict(validators)):
            return 304, _head(304, [h for h in headers if h[0] != "Content-Type"])
    if manners.get("gzip") and "gzip" in asked.get("accept-encoding", "") and _is_text(answer):
        body = gzip.compress(body, mtime=0)
        headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    if manners.get("chunked") and status == HTTPStatus.OK:
        headers.append(("Transfer-Encoding", "chunked"))
        body = _chunked(body)
    else:
        headers.append(("Content-Length", str(len(body))))
    return status, _head(status, headers) + (body if method == "GET" else b"")


def _head(status: int, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _validators(kinds: list[str], answer: Answer) -> list[tuple[str, str]]:
    headers = []
    if "etag" in kinds:
        headers.append(("ETag", f'"{hashlib.sha1(answer.body).hexdigest()[:16]}"'))
    if "last-modified" in kinds and answer.changed:
        moment = answer.changed.astimezone(UTC)
        headers.append(("Last-Modified", format_datetime(moment, usegmt=True)))
    return headers


def _unchanged(asked: dict[str, str], validators: dict[str, str]) -> bool:
    """Say whether what the client holds still stands (RFC 9110 section 13.2.2)."""
    if "if-none-match" in asked:
        return "ETag" in validators and validators["ETag"] in asked["if-none-match"]
    since, changed = asked.get("if-modified-since"), validators.get("Last-Modified")
    if not since or not changed:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(since)
    except ValueError:
        return False


def _is_text(answer: Answer) -> bool:
    return (answer.type or "").startswith(("text/", "application/xml", "application/rss"))


def _chunked(body: bytes) -> bytes:
    parts = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _listen(addresses: list[str]) -> list[socket.socket]:
    """Listen on one free port, the same on every address."""
    for _ in range(50):
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                port = sockets[0].getsockname()[1] if sockets else 0
                sockets.append(socket.create_server((address, port)))
                # asyncio sets this only on sockets that name their protocol; without it each TLS answer
                # waits 40 ms for the client's delayed acknowledgement
                sockets[-1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # the port is taken on one of the addresses: try another
            for opened in sockets:
                opened.close()
        else:
            return sockets
    raise OSError(f"no port is free on all of {addresses}; are 127.0.0.0/8 addresses usable here?")


def _certificate(hosts: list[str]) -> ssl.SSLContext:
    """Return a server context with a fresh self-signed certificate for the hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "miniature sites")])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.pem"
        file.write_bytes(pem)
        context.load_cert_chain(file)
    return context


def main() -> None:
    """Serve the miniature sites until Ctrl-C and print where they are."""
    with serve_sites(sites_folder()) as served:
        for site in served.sites:
            port = served.https_port if site.origin.startswith("https") else served.http_port
            print(f"{site.origin:45} {site.address}:{port}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
