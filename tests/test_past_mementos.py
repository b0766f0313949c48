"""What an archive gives for a capture is that capture, or is refused with the reason."""

import gzip
from datetime import UTC, datetime

import pytest

from archive.digests import payload_digest
from crawler.http1 import answer_of
from crawler.past.mementos import Asked, Elsewhere, Memento, Refusal, judge
from tests.pastserver import answer, archive_page

URL = "http://www.talo.fi/a"
AT = datetime(2020, 2, 18, 9, 30, tzinfo=UTC)
THERE = ("Memento-Datetime", "Tue, 18 Feb 2020 09:30:00 GMT")
ADDRESS = f"https://web.archive.org/web/20200218093000id_/{URL}"
BODY = "Yhdessä".encode()


def judged(tmp_path, raw, *, status=200, digest=None):
    """Return what an answer is judged to be."""
    asked = Asked(url=URL, at=AT, status=status, digest=digest, address=ADDRESS)
    return judge(asked, answer_of([raw]), tmp_path, 1_000_000)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(
            answer(200, BODY, ("Memento-Datetime", "Tue, 18 Feb 2020 09:30:01 GMT")),
            "neighbour",
            id="a second later, served without a word",
        ),
        pytest.param(
            answer(200, BODY, THERE, ("Link", '<http://www.talo.fi/b>; rel="original"')),
            "other-address",
            id="another page",
        ),
        pytest.param(
            answer(404, BODY, THERE), "other-status", id="an error page, listed as a page"
        ),
        pytest.param(archive_page(200), "archive-page", id="a page of the archive's own"),
        pytest.param(archive_page(404), "not-held", id="not there"),
        pytest.param(archive_page(403), "excluded", id="blocked"),
        pytest.param(
            archive_page(
                404,
                (
                    "X-Archive-Wayback-Runtime-Error",
                    "RobotAccessControlException: Blocked By Robots",
                ),
            ),
            "excluded",
            id="blocked by robots.txt",
        ),
        pytest.param(
            answer(302, b"", ("Location", f"/web/20190101000000id_/{URL}")),
            "neighbour",
            id="a redirect to another time",
        ),
        pytest.param(
            answer(302, b"", ("Location", "/web/20200218093000id_/http://www.talo.fi/b")),
            "other-address",
            id="a redirect to another page",
        ),
        pytest.param(
            answer(302, b"", ("Location", ADDRESS)), "redirect-loop", id="a redirect to itself"
        ),
        pytest.param(
            answer(302, b"", ("Location", "https://archive.org/account/login")),
            "archive-page",
            id="a log-in",
        ),
    ],
)
def test_something_else_is_refused(tmp_path, raw, reason):
    """Nothing of it may be stored as the capture that was asked for."""
    found = judged(tmp_path, raw)
    assert isinstance(found, Refusal)
    assert found.reason == reason
    assert found.detail


@pytest.mark.parametrize(
    "form", ["http://www.talo.fi/a/", "https://talo.fi/a"], ids=["slash", "https"]
)
def test_another_form_of_the_address_is_followed(tmp_path, form):
    """The Wayback Machine redirects between forms of one address at the same time."""
    place = f"https://web.archive.org/web/20200218093000id_/{form}"
    assert judged(tmp_path, answer(302, b"", ("Location", place))) == Elsewhere(place)


def test_a_captured_redirect_gets_its_own_location_back(tmp_path):
    """The archive lets it lead to itself; the site led elsewhere."""
    raw = answer(
        301,
        b"",
        THERE,
        ("X-Archive-Orig-Server", "Apache"),
        ("Location", "/web/20200218093000id_/http://www.talo.fi/uusi?a=1"),
    )
    found = judged(tmp_path, raw, status=301)
    assert isinstance(found, Memento)
    assert found.answer.head.first(b"location") == "http://www.talo.fi/uusi?a=1"


def test_the_original_headers_come_back(tmp_path):
    """Those of the archive are left out; its word on transfer and length too."""
    raw = answer(
        200,
        BODY,
        ("Server", "nginx"),
        THERE,
        ("Set-Cookie", "arkisto=1"),
        ("X-Archive-Orig-Server", "Apache/2.2"),
        ("X-Archive-Orig-Set-Cookie", "a=1"),
        ("X-Archive-Orig-Set-Cookie", "b=2"),
        ("X-Archive-Orig-Transfer-Encoding", "chunked"),
        ("Content-Type", "text/html; charset=utf-8"),
    )
    found = judged(tmp_path, raw, digest=payload_digest(BODY))
    assert found.answer.spool.read() == (
        b"HTTP/1.1 200 Vastaus\r\nServer: Apache/2.2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n" + BODY
    )
    assert (found.digest_check, found.cut) == ("equal", False)


def test_an_archive_that_passes_headers_on(tmp_path):
    """Without X-Archive-Orig headers all are the site's own but the few that an archive adds."""
    raw = answer(
        200, BODY, ("Server", "Apache"), ("ETag", '"1"'), THERE, ("Vary", "accept-datetime")
    )
    names = [name for name, _ in judged(tmp_path, raw).answer.head.headers]
    assert names == [b"Server", b"ETag", b"Content-Length"]


PACKED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("digest", "kept"),
    [
        pytest.param(payload_digest(PACKED), PACKED, id="packed by the site"),
        pytest.param(payload_digest(BODY), BODY, id="packed by the archive"),
    ],
)
def test_the_digest_tells_who_packed_a_body(tmp_path, digest, kept):
    """The bytes that the index knows are the ones that are kept."""
    raw = answer(
        200, PACKED, THERE, ("X-Archive-Orig-Server", "Apache"), ("Content-Encoding", "gzip")
    )
    found = judged(tmp_path, raw, digest=digest)
    assert b"".join(found.answer.entity()) == kept
    assert (b"content-encoding" in {n.lower() for n, _ in found.answer.head.headers}) == (
        kept is PACKED
    )
    assert found.digest_check == "equal"


def test_a_body_of_another_digest_is_told_of(tmp_path):
    """It is kept: the digest of an index may be that of the chunks."""
    found = judged(tmp_path, answer(200, BODY, THERE), digest=payload_digest(b"muuta"))
    assert found.digest_check == "differs"


def test_a_capture_that_was_cut_is_not_passed_on_as_whole(tmp_path):
    """The site declared more than the archive has."""
    raw = answer(200, BODY, THERE, ("X-Archive-Orig-Content-Length", "5000"))
    found = judged(tmp_path, raw)
    assert found.cut
    assert found.answer.head.first(b"content-length") == str(len(BODY))
