"""The index beside each closed WARC file, compared with the one that pywb makes."""

import json
import subprocess

import pytest

from crawler.cdxj import index_of
from tests.crawling import HOST, crawl, registry
from tests.peers import peer
from tests.rawserver import html, raw_server
from tests.test_capture import CASES, seed_list


def lines_of(text):
    """Return the lines as (key, time, fields)."""
    parts = (line.split(" ", 2) for line in text.splitlines())
    return [(key, time, json.loads(fields)) for key, time, fields in parts]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """Crawl every odd answer twice, under addresses that are hard to sort."""
    tmp_path = tmp_path_factory.mktemp("cdxj")
    with raw_server(tmp_path) as server:
        answers = {f"/{name}": answer for name, answer in CASES.items()}
        answers |= {"/Iso/Kirjain": html("Iso"), "/a?b=2&a=1": html("Kysely"), "/%C3%A4": html("Ä"),
                    "/a.b": html("Piste"), "/a/": html("Kauttaviiva"), "/same-1": html("sama"),
                    "/same-2": html("sama")}  # fmt: skip
        server.answers = answers
        made = registry(server, sites=seed_list(*answers), warc={"max_bytes": 6000})
        crawl(made, tmp_path / "data")
        crawl(made, tmp_path / "data")
    return sorted((tmp_path / "data" / "warc").glob("*.warc.gz"))


def test_the_index_equals_that_of_pywb(crawled):
    """Keys, times, statuses, types, digests, places: line by line, except the digest of chunked bodies."""
    indexer = peer("cdx-indexer")
    assert len(crawled) > 3
    seen = 0
    for path in crawled:
        told = subprocess.run(
            [indexer, "-j", "-s", path], capture_output=True, text=True, check=True
        )
        theirs = [line for line in lines_of(told.stdout) if not line[2]["url"].startswith("urn:")]
        ours = lines_of((path.parent / f"{path.name}.cdxj").read_text())
        for line in (*ours, *theirs):
            if "chunked" in line[2]["url"] and line[2]["mime"] != "warc/revisit":
                line[2].pop("digest")  # pywb's is of the chunks
        assert ours == theirs
        seen += len(ours)
    assert seen > 2 * len(CASES)


def test_an_index_made_afterwards_is_the_same(crawled):
    """What is indexed while writing equals what is read from the file."""
    for path in crawled:
        index = path.parent / f"{path.name}.cdxj"
        assert sorted(index_of(path)) == index.read_text().splitlines()


def test_every_line_leads_to_its_record(crawled):
    """Offset and length cut out one gzip member that holds the address."""
    for path in crawled:
        whole = path.read_bytes()
        for _, _, fields in lines_of((path.parent / f"{path.name}.cdxj").read_text()):
            begin, length = int(fields["offset"]), int(fields["length"])
            member = whole[begin : begin + length]
            assert member.startswith(b"\x1f\x8b\x08")
            assert fields["filename"] == path.name
            assert fields["url"].startswith(f"http://{HOST}/")
