"""Serve the miniature web sites on loopback addresses under their real-looking host names.

Each site has a loopback address of its own; all share one HTTP and one HTTPS port.
A crawler reaches them through the ``[resolver]`` table of ``crawl.toml``, never through /etc/hosts.
``python -m crawler.miniature`` serves them until Ctrl-C.
"""

from __future__ import annotations

import io
import ipaddress
import selectors
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crawler.miniature.http import parsed_head, reply
from crawler.miniature.pages import templates
from crawler.miniature.sites import Answer, MiniatureSite

_PACKAGED = Path(__file__).parents[1] / "_sites"
_IN_REPOSITORY = Path(__file__).parents[2] / "tests" / "fixtures" / "sites"

_IDLE = 60.0
"""Seconds after which a connection without a request is closed."""
_LINE = 65_536
"""Bytes of the longest header line that is read."""


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
    """Serve the sites of a folder in threads until the block ends.

    ``served.state`` may be set to 1, 2 or 3 at any time; the next answer shows it.

    Raises:
        ValueError: a named site is not in the folder.
        OSError: no port is free, or this machine has no addresses in 127.0.0.0/8 but one.
    """
    served = Served(load_sites(folder, only), state)
    addresses = sorted({site.address for site in served.sites})
    plain, secure = _listen(addresses), _listen(addresses)
    served.http_port = plain[0].getsockname()[1]
    served.https_port = secure[0].getsockname()[1]
    connections = _Connections(served, _certificate(sorted(served.hosts)))
    interrupt, interrupted = socket.socketpair()
    accepting = threading.Thread(
        target=_accept, args=(connections, plain, secure, interrupted), name="miniature"
    )
    accepting.start()
    try:
        yield served
    finally:
        interrupt.close()
        accepting.join()
        connections.close()
        for opened in (*plain, *secure, interrupted):
            opened.close()


def _accept(
    connections: _Connections,
    plain: list[socket.socket],
    secure: list[socket.socket],
    interrupted: socket.socket,
) -> None:
    with selectors.DefaultSelector() as selector:
        for listener in (*plain, *secure):
            selector.register(listener, selectors.EVENT_READ, listener)
        selector.register(interrupted, selectors.EVENT_READ, None)
        while True:
            ready = [key.data for key, _ in selector.select()]
            if None in ready:
                return
            for listener in ready:
                connections.open(listener.accept()[0], "https" if listener in secure else "http")


class _Connections:
    """The connections that are open now, one thread each."""

    def __init__(self, served: Served, tls: ssl.SSLContext) -> None:
        self._served = served
        self._tls = tls
        self._open: dict[threading.Thread, socket.socket] = {}

    def open(self, connection: socket.socket, scheme: str) -> None:
        connection.settimeout(_IDLE)
        # without it each TLS answer waits 40 ms for the client's delayed acknowledgement
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        thread = threading.Thread(target=self._talk, args=(connection, scheme))
        self._open[thread] = connection
        thread.start()

    def close(self) -> None:
        while self._open:
            for thread, connection in list(self._open.items()):
                # a connection may end by itself, or change into TLS, at this very moment
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                thread.join(timeout=0.05)

    def _talk(self, connection: socket.socket, scheme: str) -> None:
        this = threading.current_thread()
        try:
            # a peer that goes away, waits too long or speaks no TLS ends its connection only
            with suppress(OSError):
                if scheme == "https":
                    connection = self._tls.wrap_socket(connection, server_side=True)
                    self._open[this] = connection
                with connection.makefile("rb") as reader:
                    while head := _read_head(reader):
                        if not _answer(self._served, scheme, connection, head):
                            break
        finally:
            connection.close()
            del self._open[this]


def _read_head(reader: io.BufferedReader) -> bytes:
    """Return the lines of one request up to the empty one; nothing at the end of a connection."""
    head = b""
    while (line := reader.readline(_LINE)) not in (b"\r\n", b"\n"):
        if not line.endswith(b"\n"):
            return b""
        head += line
    return head


def _answer(served: Served, scheme: str, connection: socket.socket, head: bytes) -> bool:
    """Answer one request and say whether the connection stays open."""
    at = time.monotonic()
    method, target, headers = parsed_head(head)
    host = headers.get("host", "").partition(":")[0].lower()
    answer, site = served.answer(scheme, host, target)
    status, message = reply(method, headers, answer, site)
    served.requests.append(Request(at, host, method, target, status))
    connection.sendall(message)
    return (
        status != HTTPStatus.METHOD_NOT_ALLOWED and headers.get("connection", "").lower() != "close"
    )


def _listen(addresses: list[str]) -> list[socket.socket]:
    """Listen on one free port, the same on every address."""
    for _ in range(50):
        sockets: list[socket.socket] = []
        try:
            for address in addresses:
                port = sockets[0].getsockname()[1] if sockets else 0
                sockets.append(socket.create_server((address, port)))
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
