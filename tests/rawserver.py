"""Serve exact bytes on loopback and remember exactly what was asked: the other end of the wire."""

import socket
import ssl
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RESET = object()
"""A piece of an answer that resets the connection."""


@dataclass
class RawServer:
    """Answers by path; an answer is bytes, or bytes, seconds to wait and RESET one after another."""

    address: str
    port: int = 0
    tls_port: int = 0
    answers: dict = field(default_factory=dict)
    """Path (with query) → answer, or a function of the request head that returns one."""
    default: object = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    requests: dict = field(default_factory=lambda: defaultdict(list))
    """Path → the heads of the requests, byte for byte."""
    times: list = field(default_factory=list)
    """``(time.monotonic(), path)`` when the head of each request had come in."""
    stopping: bool = False

    def serve(self, connection):
        """Answer one connection; every answer ends it."""
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            path = head.split(b" ")[1].decode()
            self.times.append((time.monotonic(), path))
            self.requests[path].append(head)
            answer = self.answers.get(path, self.default)
            self.send(connection, answer(head) if callable(answer) else answer)

    def send(self, connection, answer):
        """Send the pieces of one answer."""
        for piece in [answer] if isinstance(answer, bytes) else answer:
            if self.stopping:
                return
            if piece is RESET:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                return
            if isinstance(piece, int | float):
                until = time.monotonic() + piece
                while time.monotonic() < until and not self.stopping:
                    time.sleep(0.02)
            else:
                connection.sendall(piece)

    def paths(self):
        """Return the paths asked for, in order."""
        return [path for _, path in self.times]


def listen(server, wrap, address=None, port=0):
    """Listen in a thread; return the socket."""
    listener = socket.create_server((address or server.address, port))

    def work(plain):
        try:
            server.serve(wrap(plain))
        except OSError:
            plain.close()  # the crawler hung up, as some tests make it do

    def accept():
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            plain.settimeout(30)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=work, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


@contextmanager
def raw_server(tmp_path, address="127.0.3.1", *, also=()):
    """Run a server over HTTP and HTTPS with an expired certificate of another name.

    ``also`` names further addresses that answer the same over HTTP, at the same port.
    """
    server = RawServer(address)
    context = bad_certificate(tmp_path)
    plain = listen(server, lambda connection: connection)
    secure = listen(server, lambda connection: context.wrap_socket(connection, server_side=True))
    server.port, server.tls_port = plain.getsockname()[1], secure.getsockname()[1]
    more = [listen(server, lambda connection: connection, other, server.port) for other in also]
    try:
        yield server
    finally:
        server.stopping = True
        for listener in (plain, secure, *more):
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def bad_certificate(tmp_path):
    """Return a TLS context whose certificate is self-signed, expired and for another host."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vanha.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=800))
        .not_valid_after(now - timedelta(days=400))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "vanha.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def html(title, *links, body=""):
    """Return a whole 200 answer: a page with links."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    page = f"<!doctype html><html lang=fi><title>{title}</title><h1>{title}</h1>{body}{anchors}"
    return ok(page.encode(), "text/html; charset=utf-8")


def ok(body, mime="text/plain", *extra):
    """Return a whole 200 answer."""
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: " + mime.encode(),
        b"Content-Length: %d" % len(body),
        *extra,
    ]
    return b"\r\n".join([*lines, b"", body])


def status(line, *headers):
    """Return an answer without a body."""
    return b"\r\n".join([b"HTTP/1.1 " + line, *headers, b"Content-Length: 0", b"", b""])
