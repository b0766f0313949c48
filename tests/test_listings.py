"""Dates that lists of a site tell of its pages: WordPress's REST interface and feeds, before or after the pages."""

import json
from datetime import UTC, date, datetime

import pytest

from archive.extraction import listed_dates
from archive.extraction.listed import told_by
from archive.ingest import ingest
from archive.records import ListedDates
from archive.schema import open_archive
from archive.versions import extract
from tests.registries import small_registry
from tests.test_ingest import dump, one
from tests.warcs import WarcMaker

REST = "https://kyt.fi/wp-json/wp/v2/posts?per_page=100&page=1"
PAGE = "https://kyt.fi/poyta/"
LISTED = datetime(2022, 1, 1, tzinfo=UTC)
PROSE = (
    "Maakunnan järjestöt ja kunnat sopivat yhteisen pöydän tavoitteista ja seuraavista askelista. "
)
BODY = (
    "<!doctype html><html lang='fi'><head><title>Pöytä</title></head><body class='single-post'>"
    f"<article class='post'><h1>Pöytä</h1><p>{PROSE * 4}</p></article></body></html>"
).encode()


def rest(**entry):
    """Return an answer of the interface with one post."""
    return json.dumps([{"id": 7, "link": PAGE, "title": {"rendered": "Pöytä"}, **entry}]).encode()


POST = rest(date="2020-03-04T00:30:00", date_gmt="2020-03-03T22:30:00", modified_gmt="2021-05-01T08:00:00")  # fmt: skip
RSS = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>KYT</title>
<item><title>Pöytä</title><link>{PAGE}?utm_source=rss</link><pubDate>Tue, 03 Mar 2020 22:30:00 +0000</pubDate></item>
<item><title>Muualta</title><link>https://soste.fi/uutinen</link><pubDate>Tue, 03 Mar 2020 22:30:00 +0000</pubDate></item>
</channel></rss>""".encode()
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>KYT</title><entry><title>Pöytä</title><link href="{PAGE}"/>
<published>2020-03-03T22:30:00Z</published><updated>2021-05-01T08:00:00Z</updated></entry></feed>""".encode()


class Steps:
    """An archive that is built anew after each record, as after each crawl."""

    def __init__(self, folder, db):
        """Take a folder for everything, and the database."""
        self.db, self._data = db, folder / "data"
        self._registry = small_registry(folder / "config")
        self._files = 0

    def add(self, url, body, **record):
        """Store a response in a file of its own, then ingest and extract."""
        self._files += 1
        warc = WarcMaker(self._data / "warc" / f"JA-{self._files}.warc.gz")
        warc.response(url, body, **record)
        warc.close()
        return self.build()

    def build(self):
        """Ingest and extract."""
        ingest(self.db, self._registry, self._data)
        return extract(self.db, self._registry, self._data, processes=1)


@pytest.fixture
def steps(tmp_path):
    """Give an empty archive."""
    db = open_archive(tmp_path / "data" / "archive.db")
    yield Steps(tmp_path, db)
    db.close()


@pytest.mark.parametrize(
    ("body", "kind", "url", "source", "modified", "evidence"),
    [
        (POST, "application/json", REST, "wordpress-rest", date(2021, 5, 1), '"date_gmt":"2020-03-03T22:30:00"'),
        (rest(date="2020-03-04T00:30:00"), "application/json", REST, "wordpress-rest", None, '"date":"2020-03-04T00:30:00"'),
        (POST[1:-1], "application/json", "https://kyt.fi/?rest_route=/wp/v2/posts/7", "wordpress-rest", date(2021, 5, 1), '"date_gmt":"2020-03-03T22:30:00"'),
        (RSS, "application/xml", "https://kyt.fi/feed/", "feed", None, "Tue, 03 Mar 2020 22:30:00 +0000"),
        (ATOM, "application/xml", "https://kyt.fi/atom.xml", "feed", date(2021, 5, 1), "2020-03-03T22:30:00Z"),
    ],
    ids=["rest-list", "rest-local-time-only", "rest-one-post", "rss", "atom"],
)  # fmt: skip
def test_a_list_tells_days_in_helsinki(body, kind, url, source, modified, evidence):
    """UTC after half past ten in the evening is the next day in Helsinki; the evidence stands as in the list."""
    told = next(listed_dates(body, url=url, kind=kind, listed=LISTED))
    assert (told.source, told.published, told.modified) == (source, date(2020, 3, 4), modified)
    assert (told.url.partition("?")[0], told.published_evidence) == (PAGE, evidence)


def test_a_page_that_stands_has_no_day_of_publication():
    """What WordPress calls a page was set up some day, not published; when it was changed is told."""
    url = REST.replace("posts", "pages")
    (told,) = listed_dates(POST, url=url, kind="application/json", listed=LISTED)
    assert (told.published, told.modified) == (None, date(2021, 5, 1))


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b'[1, {"link": 5}, {"link": "mailto:a@b"}]', b"[" * 100_000, rest(date="0000-00-00T00:00:00"), rest(date=5),
     b"<rss><channel><item><link>/x</link><pubDate>eilen</pubDate></item>", b"/etc/passwd", b""],
    ids=["empty", "broken", "no-posts", "deep", "no-day", "no-text", "no-date-in-feed", "file-name", "nothing"],
)  # fmt: skip
def test_what_is_no_list_tells_nothing(body):
    """Broken and hostile answers give no date and no error."""
    for kind in ("application/json", "application/xml"):
        assert list(listed_dates(body, url=REST, kind=kind, listed=LISTED)) == []


def test_the_list_nearest_before_the_capture_counts():
    """A post that got another date later keeps, for an old capture, what was told then."""
    rows = [_told(2019, date(2018, 1, 1)), _told(2021, date(2020, 1, 1))]
    assert told_by(rows, "feed", datetime(2020, 6, 1, tzinfo=UTC)) == rows[0]
    assert told_by(rows, "feed", datetime(2022, 6, 1, tzinfo=UTC)) == rows[1]
    assert told_by(rows, "feed", datetime(2017, 6, 1, tzinfo=UTC)) == rows[0]
    assert told_by(rows, "wordpress-rest", LISTED) is None


def _told(year, published):
    return ListedDates(
        url="", source="feed", listed=datetime(year, 1, 1, tzinfo=UTC),
        published=published, published_evidence="", modified=None, modified_evidence=None,
    )  # fmt: skip


DATED = "SELECT published, published_source, published_evidence, modified, modified_source FROM versions"
PAGE_RECORD = (PAGE, BODY, {"at": "2022-01-01T12:00:00Z"})
REST_RECORD = (REST, POST, {"at": "2022-01-02T12:00:00Z", "mime": "application/json"})


@pytest.mark.parametrize(
    "records", [(REST_RECORD, PAGE_RECORD), (PAGE_RECORD, REST_RECORD)], ids=["list-first", "page-first"]
)  # fmt: skip
def test_whichever_came_first(steps, records):
    """A list that comes in after the page dates it too, and extracting again changes nothing."""
    for url, body, record in records:
        steps.add(url, body, **record)
    assert tuple(one(steps.db, DATED).values()) == (
        *("2020-03-04", "wordpress-rest", '"date_gmt":"2020-03-03T22:30:00"'),
        *("2021-05-01", "wordpress-rest"),
    )
    assert one(steps.db, "SELECT page_type FROM versions")["page_type"] == "article"
    before = dump(steps.db)
    assert steps.build().bodies == 0
    assert dump(steps.db) == before


def test_the_interface_goes_before_the_feed_and_other_sites_tell_nothing(steps):
    """Two lists that differ: the interface wins; a feed's entry of another site is not kept."""
    other = RSS.replace(b"03 Mar 2020", b"05 Mar 2020")
    steps.add("https://kyt.fi/feed/", other, mime="application/rss+xml")
    steps.add(PAGE, BODY, at="2022-01-01T12:00:00Z")
    assert one(steps.db, DATED)["published_source"] == "feed"
    steps.add(REST, POST, mime="application/json")
    row = one(steps.db, DATED)
    assert (row["published"], row["published_source"]) == ("2020-03-04", "wordpress-rest")
    assert one(steps.db, "SELECT count(DISTINCT urlkey) AS n FROM listed_dates")["n"] == 1


def test_what_the_page_says_itself_to_machines_goes_before_lists(steps):
    """JSON-LD and meta elements were sent with this very text."""
    meta = b"<meta property='article:published_time' content='2020-02-01T12:00:00+02:00'><title>"
    steps.add(PAGE, BODY.replace(b"<title>", meta), at="2022-01-01T12:00:00Z")
    steps.add(REST, POST, mime="application/json", at="2022-01-02T12:00:00Z")
    row = one(steps.db, DATED)
    assert (row["published"], row["published_source"]) == ("2020-02-01", "meta")


def test_a_list_that_was_read_is_not_read_again_until_the_rules_change(steps):
    """An empty feed is remembered too; other rules read every list anew and change nothing."""
    empty = b"<rss><channel></channel></rss>"
    steps.add("https://kyt.fi/feed/", RSS, mime="application/rss+xml")
    steps.add("https://kyt.fi/tyhja/feed/", empty, mime="application/rss+xml")
    steps.add(PAGE, BODY, at="2022-01-01T12:00:00Z")
    assert [row["entries"] for row in steps.db.query("SELECT entries FROM lists ORDER BY 1")] == [0, 1]  # fmt: skip
    before = dump(steps.db)
    steps.db.execute("UPDATE stations SET rules = 'older' WHERE name = 'lists'")
    assert steps.build().bodies == 0
    assert dump(steps.db) == before


def test_a_list_that_came_in_late_is_the_earlier_one(steps):
    """What an older list told holds for a capture of that time, in whatever order the files came."""
    first = rest(date="2019-01-01T10:00:00")
    steps.add(PAGE, BODY, at="2020-01-01T12:00:00Z")
    steps.add(REST, POST, mime="application/json", at="2022-01-02T12:00:00Z")
    steps.add(REST, first, mime="application/json", at="2019-06-01T12:00:00Z")
    assert one(steps.db, DATED)["published"] == "2019-01-01"
