"""What other archives hold of a site comes in whole, once, politely, and with its origin."""

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner

from archive.console import STOPPED, cli
from archive.digests import payload_digest
from archive.errors import CrawlError
from archive.ingest import ingest
from archive.schema import open_archive
from archive.warc import warc_fields
from crawler.past import spiders
from crawler.past.verbs import first_and_last
from crawler.runlock import run_lock
from tests.crawling import HOST, crawl, records, registry
from tests.pastruns import ARCHIVE, captures, commoncrawl, registry_of, wayback
from tests.pastserver import (
    CommonCrawlImitation,
    Held,
    WaybackImitation,
    answer,
    archive_page,
    busy,
    member,
)
from tests.rawserver import RESET, html, raw_server
from tests.test_crawl import write_config


def page(name, stamp, **more):
    """Return a capture of a page of the site."""
    return Held(
        f"http://talo.fi/{name}", stamp, f"<p>{name} {more.pop('text', stamp)}".encode(), **more
    )


@pytest.fixture
def server(tmp_path):
    """Give a server; a test says what it answers."""
    with raw_server(tmp_path, "127.0.3.9") as server:
        yield server


def imitation(server, *held, **more):
    """Let the server be a Wayback Machine with these captures."""
    server.default = machine = WaybackImitation(list(held), **more)
    return machine


def made(server, **more):
    """Return the registry for the server."""
    return registry_of(server.address, server.port, **more)


def asked(server, beginning):
    """Return the paths asked for that begin so."""
    return [path for path in server.paths() if path.startswith(beginning)]


def own_config(server, tmp_path):
    """Write a configuration on disk whose Wayback Machine is the server."""
    config = write_config(tmp_path, server)
    with (config / "crawl.toml").open("a") as file:
        file.write(
            f'[archives.wayback]\nindex = "http://{HOST}:{server.port}/cdx/search/cdx"\n'
            f'replay = "http://{HOST}:{server.port}/web/{{timestamp}}id_/{{url}}"\n'
            "index_delay_seconds = 0.0\ndelay_seconds = 0.0\n"
        )
    return config


def test_captures_come_in_with_their_own_dates_and_bytes(server, tmp_path):
    """Record, headers, date, source and provenance are those of the capture; the archive's own are left out."""
    imitation(server, page("a", "20200218093000", headers=(("X-Powered-By", "PHP/5.3"),)))
    outcome = wayback(made(server), tmp_path)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    [record] = records(tmp_path, "response")
    assert record.url == "http://talo.fi/a"
    assert record.at.isoformat() == "2020-02-18T09:30:00+00:00"
    assert record.payload == b"<p>a 20200218093000"
    assert [name for name, _ in record.http_headers] == [
        *("Content-Type", "Server", "X-Powered-By", "Content-Length"),
    ]
    assert record.header("WARC-Source-URI").endswith("/web/20200218093000id_/http://talo.fi/a")
    assert record.header("WARC-Creation-Date") > "2026"
    [about] = [warc_fields(r.payload) for r in records(tmp_path, "metadata") if r.url == record.url]
    assert (about["provenance"], about["digestcheck"]) == ("wayback", "equal")
    assert about["reconstructed"]
    [info] = [warc_fields(r.payload) for r in records(tmp_path, "warcinfo")]
    assert info["provenance"] == "wayback"


def test_the_index_is_read_page_by_page(server, tmp_path):
    """A resume key leads on until nothing is left; hosts that are one to an index are asked once."""
    held = [page(f"s{n}", f"202001010000{n:02}") for n in range(7)]
    imitation(server, *held, rows=3)
    outcome = wayback(made(server), tmp_path)
    assert len(captures(tmp_path)) == 7
    assert outcome.counts["questions"] == 3 == len(asked(server, "/cdx/"))


def test_a_plan_fetches_nothing_and_the_run_after_it_asks_no_index(server, tmp_path):
    """Outside, no text, redirects, errors and repeated bytes are counted and left out."""
    imitation(
        server,
        page("a", "20190101000000", text="x"),
        page("a", "20200101000000", text="x"),
        page("a", "20210101000000", text="y"),
        page("kuva", "20190101000000", mime="image/png"),
        page("tyyli.css", "20190101000000"),
        page("vanha", "20190101000000", status=301, headers=(("Location", "http://talo.fi/a"),)),
        page("poissa", "20190101000000", status=404),
    )
    plan = wayback(made(server), tmp_path, planning=True).plan
    assert (plan.listed, plan.wanted) == (7, 2)
    assert plan.passed == {"same": 1, "no-text": 2, "redirect": 1, "error": 1}
    assert asked(server, "/web/") == []
    assert not list(tmp_path.glob("warc/*"))
    wayback(made(server), tmp_path)
    assert len(asked(server, "/cdx/")) == 1
    assert len(captures(tmp_path)) == 2


def test_equal_bytes_of_two_addresses_are_two_captures(server, tmp_path):
    """A capture is left out only when its own address had the same bytes before."""
    same = [Held(f"http://talo.fi/{name}", "20200101000000", b"<p>sama") for name in "ab"]
    imitation(server, *same)
    wayback(made(server), tmp_path)
    assert [kind for kind, _ in captures(tmp_path).values()] == ["response", "revisit"]


def test_everything_that_is_asked_for_comes(server, tmp_path):
    """With every=True redirects, errors and repeated bytes come too; a revisit that the index tells of is not asked for."""
    imitation(
        server,
        page("a", "20190101000000", text="x"),
        page("a", "20200101000000", text="x"),
        page("a", "20210101000000", text="x", mime="warc/revisit"),
        page("vanha", "20190101000000", status=302, headers=(("Location", "http://talo.fi/a"),)),
        page("poissa", "20190101000000", status=404),
    )
    wayback(made(server), tmp_path, every=True)
    found = captures(tmp_path)
    assert len(found) == 5
    assert len(asked(server, "/web/")) == 4
    digest = payload_digest(b"<p>a x")
    assert found["http://talo.fi/a", "20190101000000"] == ("response", digest)
    assert found["http://talo.fi/a", "20200101000000"] == ("revisit", digest)
    assert found["http://talo.fi/a", "20210101000000"] == ("revisit", digest)
    status = {r.url: r.http_status for r in records(tmp_path, "response")}
    assert (status["http://talo.fi/vanha"], status["http://talo.fi/poissa"]) == (302, 404)


def test_a_stretch_of_time(server, tmp_path):
    """Only its captures are listed and fetched."""
    imitation(server, *(page("a", f"{year}0630000000") for year in range(2015, 2022)))
    wayback(
        made(server), tmp_path, began=first_and_last("2017")[0], ended=first_and_last("2019-06")[1]
    )
    assert sorted(stamp[:4] for _, stamp in captures(tmp_path)) == ["2017", "2018", "2019"]


def test_the_second_time_adds_nothing(server, tmp_path):
    """Neither a request for a capture nor a file."""
    imitation(server, page("a", "20190101000000"), page("b", "20200101000000"))
    wayback(made(server), tmp_path, every=True)
    before = {path: path.read_bytes() for path in tmp_path.glob("warc/*")}
    requests = len(asked(server, "/web/"))
    outcome = wayback(made(server), tmp_path, every=True)
    assert (outcome.plan.wanted, outcome.plan.fetched) == (0, 2)
    assert {path: path.read_bytes() for path in tmp_path.glob("warc/*")} == before
    assert len(asked(server, "/web/")) == requests


def test_what_the_archive_holds_is_not_fetched(server, tmp_path):
    """Captures that were ingested, from wherever, are known by address and second, also without past.db."""
    held = [page("a", "20190101000000"), page("b", "20200101000000")]
    imitation(server, *held)
    reg = made(server)
    wayback(reg, tmp_path)
    db = open_archive(tmp_path / "archive.db")
    assert ingest(db, reg, tmp_path).captures == 2
    rows = list(db.query("SELECT site, source, provenance FROM captures"))
    db.close()
    assert {(row["site"], row["source"]) for row in rows} == {("talo", "wayback")}
    assert all("id_/http://talo.fi/" in row["provenance"] for row in rows)
    for file in tmp_path.glob("past.db*"):
        file.unlink()
    plan = wayback(reg, tmp_path).plan
    assert (plan.wanted, plan.passed["held"]) == (0, 2)


def test_a_neighbour_is_refused_and_not_asked_for_again(server, tmp_path):
    """The archive lists a capture and gives another one: it is told, never stored."""
    machine = imitation(server, page("a", "20190101000000"), page("a", "20200101000000"))
    machine.special["/web/20200101000000id_/"] = [
        machine.replay("20190101000000", "http://talo.fi/a")
    ]
    outcome = wayback(made(server), tmp_path)
    assert outcome.counts["neighbour"] == 1
    assert set(captures(tmp_path)) == {("http://talo.fi/a", "20190101000000")}
    assert wayback(made(server), tmp_path).plan.refused == 1


def test_a_redirect_between_forms_of_an_address_is_followed(server, tmp_path):
    """The capture is stored under the address that the index lists, with the source it came from."""
    machine = imitation(server, page("a", "20190101000000"))
    at = "/web/20190101000000id_/http://talo.fi/a"
    machine.special[at + "/"] = [machine.replay("20190101000000", "http://talo.fi/a")]
    machine.special[at] = [answer(302, b"", ("Location", at + "/"))]
    wayback(made(server), tmp_path)
    [record] = records(tmp_path, "response")
    assert record.url == "http://talo.fi/a"
    assert record.header("WARC-Source-URI").endswith(at + "/")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(archive_page(503), id="503 without Retry-After"),
        pytest.param(archive_page(504), id="504"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nx", RESET], id="reset half-way"
        ),
    ],
)
def test_trouble_of_the_archive_is_tried_again(server, tmp_path, trouble, monkeypatch):
    """An error of the archive is never stored, and passes."""
    monkeypatch.setattr(spiders, "retry_after", lambda *_: timedelta(seconds=0.1))
    machine = imitation(server, page("a", "20190101000000"))
    machine.special["/web/"] = [trouble]
    outcome = wayback(made(server, limits={"retries": 2}), tmp_path)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    assert len(captures(tmp_path)) == 1


def test_retry_after_is_obeyed(server, tmp_path):
    """After 429 nothing is asked for as long as the archive says, by index and replay alike."""
    machine = imitation(server, page("a", "20190101000000"))
    machine.special["/cdx/"] = [busy(1)]
    wayback(made(server), tmp_path)
    times = [at for at, _ in server.times]
    assert times[1] - times[0] >= 1
    assert len(captures(tmp_path)) == 1


def test_a_long_pause_ends_the_run_and_is_remembered(server, tmp_path):
    """An archive that wants to be left alone for an hour is not asked before."""
    machine = imitation(server, page("a", "20190101000000"))
    machine.special["/web/"] = [busy(3600)]
    outcome = wayback(made(server), tmp_path)
    assert re.search(r"left alone for (3600|35\d\d) s", outcome.problems[0])
    before = len(server.times)
    again = wayback(made(server), tmp_path)
    assert "left alone" in again.problems[0]
    assert len(server.times) == before


@pytest.mark.parametrize(
    "complaint",
    [
        pytest.param(archive_page(200), id="a page"),
        pytest.param(answer(200, b'[["urlkey","timestamp"], ["fi,ta'), id="cut JSON"),
        pytest.param(archive_page(403), id="403"),
    ],
)
def test_an_index_that_does_not_answer_is_told_of(server, tmp_path, complaint):
    """An error page is no empty list: the run says that the list is not whole, and exits with a problem."""
    machine = imitation(server, page("a", "20190101000000"))
    machine.special["/cdx/"] = [complaint] * 9
    outcome = wayback(made(server), tmp_path)
    assert "what it lists is not whole" in outcome.problems[0]
    machine.special.clear()
    assert wayback(made(server), tmp_path).problems == []
    assert len(captures(tmp_path)) == 1


def test_the_pace_is_kept(server, tmp_path):
    """The gaps that the archive sees are never below the delay, index and captures together."""
    imitation(server, *(page(f"s{n}", "20200101000000") for n in range(6)))
    wayback(made(server, delay=0.1), tmp_path)
    times = [at for at, _ in server.times]
    assert len(times) == 7
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.1


def test_no_robots_txt_of_the_archive_and_nothing_of_the_site(server, tmp_path):
    """Only the two interfaces are asked, with the name and address of the operator."""
    imitation(server, page("a", "20190101000000"))
    wayback(made(server), tmp_path)
    assert {path.split("/")[1] for path in server.paths()} == {"cdx", "web"}
    for heads in server.requests.values():
        assert b"jarjestoarkisto" in heads[0]
        assert b"\r\nFrom: koe@example.org\r\n" in heads[0]
        assert f"Host: {ARCHIVE}".encode() in heads[0]


@pytest.mark.parametrize("seed", range(2))
def test_kill_9_loses_nothing_and_repeats_nothing(server, tmp_path, seed):
    """Killed at a random moment twice, the WARC files hold each capture exactly once."""
    dice = random.Random(seed)
    held = [
        page(f"s{n}", f"20200101{n:06}", text="sama" if n % 9 == 0 else str(n)) for n in range(60)
    ]
    imitation(server, *held, rows=20)
    data = tmp_path / "data"
    for _ in range(2):
        wanted = len(server.times) + dice.randrange(2, 25)
        command = [
            sys.executable,
            "-m",
            "tests.past_process",
            data,
            server.address,
            str(server.port),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and len(server.times) < wanted:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    outcome = wayback(made(server), data, every=True)
    assert (outcome.outcome, outcome.problems) == ("finished", [])
    found = [(r.url, f"{r.at:%Y%m%d%H%M%S}") for r in records(data, "response", "revisit")]
    assert sorted(found) == sorted((c.url, c.stamp) for c in held)
    assert not list((data / "warc").glob("*.open"))
    repeated = sum(len(heads) - 1 for path, heads in server.requests.items() if "/web/" in path)
    assert repeated <= 2


def start(words, server, asked, config, data):
    """Start a command of ours and wait until the server was asked for something."""
    process = subprocess.Popen(
        [sys.executable, *f"-m {words}".split()],
        env={**os.environ, "ARKISTO_CONFIG": str(config), "ARKISTO_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 30
    while not any(asked in path for path in server.paths()):
        assert time.monotonic() < end
        time.sleep(0.005)
    return process


def test_a_pause_does_not_hold_up_a_stop(server, tmp_path):
    """Scrapy's own command ends at once, too, when its archive wants to be left alone for minutes."""
    config, data = own_config(server, tmp_path), tmp_path / "data"
    machine = imitation(server, Held(f"http://{HOST}/1", "20200101000000", b"<p>1"))
    machine.special["/web/"] = [busy(100)]
    with start("scrapy crawl wayback -a site=jarjestotalo", server, "/web/", config, data) as run:
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        began = time.monotonic()
        run.communicate(timeout=30)
        assert time.monotonic() - began < 8
    assert not list((data / "warc").glob("*.open"))


def test_ctrl_c_in_the_middle_loses_nothing(server, tmp_path):
    """One line says how to go on, the exit code is 130; the same command then finishes the work."""
    config, data = own_config(server, tmp_path), tmp_path / "data"
    held = [Held(f"http://{HOST}/{n}", f"202001{n:02}000000", b"<p>%d" % n) for n in range(1, 20)]
    imitation(server, *held)
    with start("crawler wayback jarjestotalo", server, f"{HOST}/7", config, data) as run:
        run.send_signal(signal.SIGINT)
        out, told = run.communicate(timeout=30)
    assert (run.returncode, told.splitlines()[-1]) == (130, STOPPED)
    assert ": stopped: " in out
    assert 0 < len(captures(data)) < len(held)
    again = CliRunner().invoke(
        cli, ["--data", str(data), "--config", str(config), "wayback", "jarjestotalo"]
    )
    assert again.exit_code == 0, again.output
    assert sorted(captures(data)) == sorted((one.url, one.stamp) for one in held)


def test_one_run_at_a_time(server, tmp_path):
    """A second run on the data directory refuses to start; a crawl does not mind."""
    imitation(server)
    with run_lock(tmp_path, spiders.PAST_LOCK):
        with pytest.raises(CrawlError, match="another fetch is running"):
            wayback(made(server), tmp_path)
        server.default = html("Etusivu")
        assert crawl(registry(server), tmp_path).outcome == "finished"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", "2019-01-01T00:00:00", "2019-12-31T23:59:59"),
        ("2020-12", "2020-12-01T00:00:00", "2020-12-31T23:59:59"),
        ("2020-02-29", "2020-02-29T00:00:00", "2020-02-29T23:59:59"),
    ],
)
def test_a_stretch_ends_with_its_last_second(text, first, last):
    """Years, months and days mean all of themselves."""
    assert [f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in first_and_last(text)] == [first, last]


@pytest.mark.parametrize("text", ["2019-13", "19", "2019-02-30", "eilen", "9999"])
def test_what_is_no_moment_is_wrong_use(text):
    """The command line says so and ends with 2."""
    told = CliRunner().invoke(cli, ["wayback", "kyt", "--from", text])
    assert told.exit_code == 2
    assert "--from" in told.output


def test_an_archive_that_nobody_knows():
    """The message names those that there are."""
    told = CliRunner().invoke(cli, ["wayback", "kyt", "--archive", "waybakc"])
    assert told.exit_code == 1
    assert 'no archive "waybakc"' in told.output
    assert "arquivo" in told.output


def test_the_command_line_tells_plan_and_end(server, tmp_path):
    """`arkisto wayback` from a configuration on disk: the plan, then what came of it, then nothing new."""
    config = own_config(server, tmp_path)
    held = [Held(f"http://{HOST}/{n}", f"2020010{n}000000", b"<p>%d" % n) for n in (1, 2)]
    imitation(server, *held)
    where = ["--data", str(tmp_path / "data"), "--config", str(config)]
    told = [
        CliRunner().invoke(cli, [*where, "wayback", "jarjestotalo", *more])
        for more in (["--plan"], [], [])
    ]
    assert [one.exit_code for one in told] == [0, 0, 0], told[0].output
    assert "Wayback Machine lists 2 captures" in told[0].output
    assert "2  to fetch" in told[0].output
    assert "finished: 2 stored" in told[1].output
    assert told[2].output.endswith("finished: nothing new\n")


def test_scrapy_s_own_command_works(server, tmp_path):
    """People who know Scrapy start the spider; it makes its own run."""
    config = own_config(server, tmp_path)
    imitation(server, Held(f"http://{HOST}/1", "20200101000000", b"<p>1"))
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, *f"-m scrapy crawl wayback -a site=jarjestotalo -a data={data}".split()],
        env={**os.environ, "ARKISTO_CONFIG": str(config)},
        check=True,
        capture_output=True,
    )
    assert list(captures(data)) == [(f"http://{HOST}/1", "20200101000000")]


def test_a_crawl_leaves_the_files_of_a_killed_run_alone(server, tmp_path):
    """What another archive's run left open is repaired by that run, not by a crawl."""
    left = tmp_path / "warc" / "JA-wayback-20260101000000-abcdef-00001.warc.gz.open"
    left.parent.mkdir()
    left.write_bytes(b"torn")
    server.default = html("Etusivu")
    crawl(registry(server), tmp_path)
    assert left.read_bytes() == b"torn"
    imitation(server)
    wayback(made(server), tmp_path)
    assert not left.exists()


def test_a_timemap_lists_addresses_that_are_known(server, tmp_path):
    """An archive without a CDX server is asked for the TimeMaps of seeds and pages."""
    machine = imitation(server, page("", "20190101000000"), page("", "20200101000000"))
    base = f"http://{ARCHIVE}:{server.port}"
    links = (
        '<http://talo.fi/>; rel="original",\n'
        f'<{base}/x/1/>; rel="memento"; datetime="Tue, 01 Jan 2019 00:00:00 GMT",\n'
        f'<{base}/x/2/>; rel="memento"; datetime="Wed, 01 Jan 2020 00:00:00 GMT"\n'
    )
    machine.special["/timemap/http://talo.fi/"] = [answer(200, links.encode())]
    own = {
        "name": "Oma",
        "protocol": "timemap",
        "index": f"{base}/timemap/",
        "replay": f"{base}/web/{{timestamp}}id_/{{url}}",
        "index_delay_seconds": 0.0,
        "delay_seconds": 0.0,
    }
    outcome = wayback(made(server, archives={"oma": own}), tmp_path, "oma")
    assert outcome.problems == []
    assert sorted(stamp for _, stamp in captures(tmp_path)) == ["20190101000000", "20200101000000"]
    [info] = [warc_fields(r.payload) for r in records(tmp_path, "warcinfo")]
    assert info["provenance"] == "oma"


# --- Common Crawl

ROWS = [(f"http://www.talo.fi/{name}", "20190301120000", f"<p>{name}".encode()) for name in "abc"]


def test_records_of_common_crawl_are_copied_byte_for_byte(server, tmp_path):
    """Members stand in our file as they stood in theirs, each with a record that says where."""
    server.default = theirs = CommonCrawlImitation({"CC-MAIN-2019-09": ROWS}).fill()
    outcome = commoncrawl(made(server), tmp_path)
    assert (outcome.outcome, outcome.problems, outcome.counts["stored"]) == ("finished", [], 3)
    [file] = (tmp_path / "warc").glob("*.warc.gz")
    ours = file.read_bytes()
    for number, (url, _, body) in enumerate(ROWS):
        id_ = f"<urn:uuid:CC-MAIN-2019-09-{number}>"
        assert member(url, "2019-03-01T12:00:00Z", body, id_) in ours
    abouts = [r for r in records(tmp_path, "metadata") if r.header("WARC-Concurrent-To")]
    assert {r.header("WARC-Concurrent-To") for r in abouts} == {
        f"<urn:uuid:CC-MAIN-2019-09-{n}>" for n in range(3)
    }
    [name] = theirs.files
    assert f"/{name}#bytes=" in abouts[0].header("WARC-Source-URI")
    assert commoncrawl(made(server), tmp_path).plan.wanted == 0
    assert len(list((tmp_path / "warc").glob("*.warc.gz"))) == 1


def test_copied_records_are_ingested_with_their_origin(server, tmp_path):
    """The record itself does not say where it stood; the one after it does."""
    server.default = CommonCrawlImitation({"CC-MAIN-2019-09": ROWS}).fill()
    reg = made(server)
    commoncrawl(reg, tmp_path)
    db = open_archive(tmp_path / "archive.db")
    ingest(db, reg, tmp_path)
    rows = list(db.query("SELECT source, crawl, provenance FROM captures"))
    db.close()
    assert {(row["source"], row["crawl"]) for row in rows} == {("commoncrawl", None)}
    assert len({row["provenance"] for row in rows}) == 3
    assert all("/crawl-data/CC-MAIN-2019-09/" in row["provenance"] for row in rows)


def test_only_crawls_of_the_time_asked_for_are_asked(server, tmp_path):
    """The index of another year is left alone; one that holds nothing says so."""
    crawls = {"CC-MAIN-2018-05": ROWS, "CC-MAIN-2019-09": ROWS, "CC-MAIN-2019-26": []}
    server.default = CommonCrawlImitation(crawls).fill()
    began, ended = first_and_last("2019")
    outcome = commoncrawl(made(server), tmp_path, began=began, ended=ended)
    assert outcome.problems == []
    assert asked(server, "/CC-MAIN-2018") == []
    assert len(asked(server, "/CC-MAIN-2019-09-index")) == 3
    assert len(captures(tmp_path)) == 3


def damaged(theirs, old, new):
    """Put other bytes where a record stands."""
    [name] = theirs.files
    theirs.files[name] = theirs.files[name].replace(old, new)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            lambda t: setattr(t, "ranges", False), "archive-page", id="the whole file comes"
        ),
        pytest.param(lambda t: t.files.clear(), "not-held", id="the file is gone"),
        pytest.param(
            lambda t: damaged(t, _record(), _record()[:-8] + b"\0" * 8),
            "archive-page",
            id="a flipped byte",
        ),
        pytest.param(
            lambda t: _relist(t, timestamp="20190301120001"), "neighbour", id="another time"
        ),
        pytest.param(
            lambda t: _relist(t, url="http://www.talo.fi/muu"), "other-address", id="another page"
        ),
        pytest.param(lambda t: _relist(t, length="40"), "archive-page", id="a part of it"),
    ],
)
def test_a_record_that_is_not_the_listed_one_is_refused(server, tmp_path, change, reason):
    """Nothing but a whole record of the right address and time is copied."""
    server.default = theirs = CommonCrawlImitation({"CC-MAIN-2019-09": ROWS[:1]}).fill()
    change(theirs)
    outcome = commoncrawl(made(server), tmp_path)
    assert outcome.counts[reason] == 1
    assert not list(tmp_path.glob("warc/*"))


def _record():
    url, _, body = ROWS[0]
    return member(url, "2019-03-01T12:00:00Z", body, "<urn:uuid:CC-MAIN-2019-09-0>")


def _relist(theirs, **fields):
    [line] = theirs.lines["CC-MAIN-2019-09"]
    theirs.lines["CC-MAIN-2019-09"] = [json.dumps(json.loads(line) | fields)]
