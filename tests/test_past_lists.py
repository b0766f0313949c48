"""What other archives say that they hold is read in every form that they say it in."""

import json

import pytest

from crawler.past.lists import NoListError, read_cdx, read_timemap

ROW = {
    "urlkey": "fi,talo)/a",
    "timestamp": "20200218093000",
    "original": "http://talo.fi/a",
    "mimetype": "text/html",
    "statuscode": "200",
    "digest": "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
    "length": "812",
}
PYWB = {
    "urlkey": ROW["urlkey"],
    "timestamp": ROW["timestamp"],
    "url": ROW["original"],
    "mime": "text/html",
    "status": "200",
    "digest": "sha1:" + ROW["digest"],
    "length": "812",
    "offset": "40",
    "filename": "talo.warc.gz",
}
COLUMNS = " ".join(ROW.values())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            json.dumps([list(ROW), list(ROW.values())]), id="array with a head (Wayback Machine)"
        ),
        pytest.param(json.dumps([list(ROW.values())]), id="array without a head"),
        pytest.param(
            json.dumps(PYWB) + "\n", id="an object a line (pywb, Arquivo.pt, Common Crawl)"
        ),
        pytest.param(f"fi,talo)/a 20200218093000 {json.dumps(PYWB)}\n", id="CDXJ"),
        pytest.param(COLUMNS + "\n", id="seven columns"),
        pytest.param(" CDX N b a m s k S\n" + COLUMNS + "\n", id="columns under a head"),
        pytest.param(
            " ".join([*list(ROW.values())[:6], "-", "-", "812", "40", "talo.warc.gz"]),
            id="eleven columns (OutbackCDX)",
        ),
    ],
)
def test_every_form_gives_the_same_capture(body):
    """Address, time, status and digest are the same, whoever says it."""
    [capture] = read_cdx(body.encode()).captures
    assert (capture.url, capture.urlkey) == ("http://talo.fi/a", "fi,talo)/a")
    assert f"{capture.at:%Y%m%d%H%M%S}" == "20200218093000"
    assert (capture.status, capture.mime, capture.length) == (200, "text/html", 812)
    assert capture.digest == "sha1:" + ROW["digest"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            json.dumps([list(ROW), list(ROW.values()), [], ["fi%2Ctalo%29%2Fa+20200218093001%21"]]),
            id="in the array",
        ),
        pytest.param(
            COLUMNS + "\n\nfi%2Ctalo%29%2Fa+20200218093001%21\n", id="behind an empty line"
        ),
    ],
)
def test_a_resume_key_is_no_capture(body):
    """The key is told apart from the rows, and given as it stands."""
    page = read_cdx(body.encode())
    assert len(page.captures) == 1
    assert page.resume == "fi%2Ctalo%29%2Fa+20200218093001%21"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("[]", id="an empty array"),
        pytest.param(json.dumps([list(ROW)]), id="a head alone"),
        pytest.param('{"message": "No Captures found for: talo.fi"}', id="Common Crawl's 404"),
    ],
)
def test_an_empty_list_is_a_list(body):
    """Nothing held is no error."""
    page = read_cdx(body.encode())
    assert (page.captures, page.resume, page.unreadable) == ([], None, 0)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<html><h1>Temporarily Offline</h1></html>", id="a page"),
        pytest.param(
            '{"message": "Page 9 invalid: First Page is 0, Last Page is 3"}', id="a complaint"
        ),
        pytest.param('[["urlkey","timestamp"], ["fi,talo', id="cut JSON"),
        pytest.param("org.archive.util.io.RuntimeIOException: blocked\n", id="a trace of Java"),
    ],
)
def test_what_is_no_list_is_refused(body):
    """An error page must not pass as an empty list: the captures behind it would be lost."""
    with pytest.raises(NoListError):
        read_cdx(body.encode())


def test_lines_that_are_no_captures_are_counted():
    """Old indexes hold mail addresses and times that never were."""
    rows = [list(ROW), list(ROW.values())]
    rows.append([*rows[1][:2], "mailto:hanke@talo.fi", *rows[1][3:]])
    rows.append(["fi,talo)/b", "20200231999999", "http://talo.fi/b", *rows[1][3:]])
    page = read_cdx(json.dumps(rows).encode())
    assert (len(page.captures), page.unreadable) == (1, 2)


def test_a_timemap_is_read():
    """Mementos give their times; further pages of it are followed, itself is not."""
    body = (
        '<http://talo.fi/a?b=1,2>; rel="original",\n'
        '<http://arkisto/timemap/link/http://talo.fi/a>; rel="self"; type="application/link-format",\n'
        '<http://arkisto/2/timemap/http://talo.fi/a>; rel="timemap"; from="Tue, 18 Feb 2020 09:30:00 GMT",\n'
        '<http://arkisto/20180101000000/http://talo.fi/a>; rel="first memento"; datetime="Mon, 01 Jan 2018 00:00:00 GMT",\n'
        '<http://arkisto/20200218093000/http://talo.fi/a>; rel=memento; datetime="Tue, 18 Feb 2020 09:30:00 GMT"\n'
    )
    page = read_timemap(body.encode(), "http://arkisto/timemap/link/http://talo.fi/a")
    assert [f"{c.at:%Y%m%d%H%M%S} {c.url}" for c in page.captures] == [
        "20180101000000 http://talo.fi/a?b=1,2",
        "20200218093000 http://talo.fi/a?b=1,2",
    ]
    assert page.following == ("http://arkisto/2/timemap/http://talo.fi/a",)


def test_a_page_is_no_timemap():
    """Without an original there is nothing to trust."""
    with pytest.raises(NoListError):
        read_timemap(b"<html><a href='/'>x</a></html>", "http://arkisto/")
