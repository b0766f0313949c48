"""Where a response ends: for every way of framing, however its bytes come in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http1 import NotHttpError, ResponseReader, answer_of, parse_head
from tests.test_capture import CASES


def read(pieces):
    """Feed the pieces; return the reader at the end of the stream."""
    reader = ResponseReader()
    for piece in pieces:
        if reader.feed(piece):
            break
    reader.end_of_stream()
    return reader


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_the_cut_into_packets_makes_no_difference(name, data):
    """Byte by byte or at once, the same response comes out, complete, and nothing after it."""
    answer = CASES[name]
    cuts = data.draw(st.sets(st.integers(1, max(1, len(answer) - 1)), max_size=12))
    edges = [0, *sorted(cuts), len(answer)]
    pieces = [answer[a:b] for a, b in itertools.pairwise(edges)]
    reader = read(pieces)
    assert reader.complete
    assert reader.spool.read() == answer


@pytest.mark.parametrize("name", [name for name in CASES if name != "http-1.0-close"])
def test_what_follows_the_response_is_no_part_of_it(name):
    """Bytes after the end are dropped."""
    reader = ResponseReader()
    assert reader.feed(CASES[name] + b"HTTP/1.1 200 OK\r\n\r\nmuuta")
    assert reader.spool.read() == CASES[name]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise):
    """Nothing but NotHttpError comes out of noise, before and behind a head."""
    for prefix in (b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            read([prefix + noise])
        except NotHttpError:
            continue
    answer_of([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + noise])


@pytest.mark.parametrize(
    ("headers", "complete"),
    [
        (b"Content-Length: 3\r\nContent-Length: 3", True),
        (b"Content-Length: 3, 3", True),
        (b"Content-Length: 3\r\nContent-Length: 9", False),
        (b"Content-Length: paljon", False),
        (b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 1", False),
    ],
    ids=["twice the same", "in one line", "two that disagree", "no number", "chunked beats length"],
)
def test_odd_lengths(headers, complete):
    """A length that cannot be trusted leaves the end to the closing of the connection."""
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\nmoi") is complete


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0", b"<html>", b"HTTQ/1.1 200 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n"]
)
def test_other_protocols_are_refused(answer):
    """What does not begin like HTTP/1.x is no response."""
    with pytest.raises(NotHttpError):
        read([answer])


def test_a_cut_chunked_body_gives_what_there_is():
    """Half a chunk is half a body."""
    answer = answer_of([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nyhd"])
    assert b"".join(answer.entity()) == b"yhd"
    reader = read([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nyhd"])
    assert not reader.complete


def test_header_values_are_found_in_any_case():
    """Names compare without case; the first value wins where one is asked for."""
    head = parse_head(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n\r\n")
    assert (head.values(b"x-a"), head.first(b"x-a"), head.first(b"x-b")) == (
        [b"1", b"2"],
        "1",
        None,
    )
