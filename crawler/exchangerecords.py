"""Turn one exchange into WARC records: what a response or revisit says, and what is told about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from crawler.exchange import Exchange, TlsFacts
from crawler.warcrecords import Block, Fields, Record

PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
TRANSFER_CODED_DIGEST = "X-Payload-Digest"
"""Where the payload digest of a chunked response stands.

The digest is of the body without its chunks, as WARC/1.1 wants it and as revisits need it.
warcio compares WARC-Payload-Digest with the chunked body (webrecorder/warcio issues 74 and 75)
and would call a sound file broken.
"""


class Pointer(NamedTuple):
    """Where an exchange begins."""

    file: str
    """The name of the file once closed."""
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The first record that holds a payload, to which revisits refer."""

    digest: str
    record_id: str
    url: str
    date: str
    """The WARC-Date of that record."""
    pointer: Pointer


def answer_record(exchange: Exchange, date: str, known: Payload | None) -> Record:
    """Build the response record, or a revisit where the payload is already stored."""
    answer = exchange.response
    not_modified = answer.head.status == 304
    if known is not None and (not_modified or answer.payload_bytes):
        record = Record("revisit", exchange.url, date, answer.spool.read(0, answer.head.end))
        profile = "server-not-modified" if not_modified else "identical-payload-digest"
        record.fields |= revisit_fields(known, profile)
    else:
        block = Block(answer.spool, answer.block_digest)
        record = Record("response", exchange.url, date, block)
        chunked = answer.head.values(b"transfer-encoding")
        name = TRANSFER_CODED_DIGEST if chunked else "WARC-Payload-Digest"
        record.fields[name] = answer.payload_digest
    record.content_type = "application/http; msgtype=response"
    if exchange.address is not None:
        record.fields["WARC-IP-Address"] = exchange.address
    if exchange.truncated:
        record.fields["WARC-Truncated"] = exchange.truncated
    return record


def revisit_fields(known: Payload, profile: str) -> dict[str, str]:
    """Return the fields with which a revisit refers to the record that holds its payload."""
    return {
        "WARC-Profile": PROFILES + profile,
        "WARC-Refers-To": known.record_id,
        "WARC-Refers-To-Target-URI": known.url,
        "WARC-Refers-To-Date": known.date,
        "WARC-Payload-Digest": known.digest,
    }


def facts_of(exchange: Exchange, facts: Fields) -> Fields:
    """Return the fields of the metadata record: what is given, and what the exchange itself tells."""
    answer = exchange.response
    return {
        **facts,
        "fetchTimeMs": exchange.elapsed_ms,
        "interimResponses": escaped(answer.interim) if answer.interim else None,
        "bytesAfterEnd": answer.excess_bytes or None,
        **_tls_fields(exchange.tls),
    }


def escaped(raw: bytes) -> str:
    r"""Write bytes as one printable line, with the escapes of C; nothing is lost.

    The 1xx responses before an answer are kept so in its metadata record:
    readers of WARC files take the first head of a response block for the answer itself.

    >>> escaped(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    'HTTP/1.1 103 Early Hints\\r\\n\\r\\n'
    """
    text = raw.decode("latin-1").encode("unicode_escape").decode("ascii")
    return text.replace("  ", " \\x20")  # a field keeps one space where two stand


def _tls_fields(tls: TlsFacts | None) -> Fields:
    if tls is None:
        return {}
    return {
        "tlsVersion": tls.version,
        "tlsCipher": tls.cipher,
        "certificateSubject": tls.subject,
        "certificateIssuer": tls.issuer,
        "certificateNotBefore": tls.not_before.isoformat() if tls.not_before else None,
        "certificateNotAfter": tls.not_after.isoformat() if tls.not_after else None,
        "certificateSha256": tls.sha256,
    }
