"""Read what a TLS connection tells about the server, trusting nothing and refusing nothing.

Certificates of ended projects are often expired, self-signed or for another host.
The archive keeps such sites and records the facts beside them.
"""

from __future__ import annotations

import functools
import hashlib
import ssl

from cryptography import x509

from crawler.exchange import TlsFacts

_LEGACY_SERVER_CONNECT = 0x4
"""OpenSSL's OP_LEGACY_SERVER_CONNECT: servers without secure renegotiation still answer."""


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Build the one client context: every certificate accepted, old protocol versions too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= _LEGACY_SERVER_CONNECT
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def tls_facts(connection: ssl.SSLObject) -> TlsFacts:
    """Describe an established TLS connection."""
    der = connection.getpeercert(binary_form=True)
    cipher = connection.cipher()
    version, name = connection.version(), cipher[0] if cipher else None
    if der is None:
        return TlsFacts(version=version, cipher=name, sha256=None)
    digest = hashlib.sha256(der).hexdigest()
    try:
        certificate = x509.load_der_x509_certificate(der)
        return TlsFacts(
            version=version,
            cipher=name,
            sha256=digest,
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    except ValueError:  # a certificate that breaks its own standard still has a digest
        return TlsFacts(version=version, cipher=name, sha256=digest)
