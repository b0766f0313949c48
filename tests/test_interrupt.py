"""Ctrl-C in the middle of a verb: whole data, one plain line, exit code 130; the same command then finishes the work."""

import importlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from archive import versions
from archive.console import STOPPED
from archive.reading import read_body
from archive.schema import open_archive
from benchmarks.servers import SERVE
from crawler.cli import cli
from tests.registries import small_registry
from tests.test_ingest import dump
from tests.warcs import WarcMaker

TEXT = "Föreningarna och kommunerna i regionen avtalade den 3 maj 2020 om bordets gemensamma mål. "
LINE = [
    ("import", ("archive.imports.storing", "_note"), 1),
    ("import", ("archive.intake", "complete_revisits"), 2),
    ("ingest", ("archive.ingest", "reassign"), 1),
    ("extract", ("archive.versions", "_store_version"), 4),
    ("dedupe", ("archive.duplicates", "own_part"), 2),
    ("index", ("archive.indexing", "_personal_rows"), 2),
    ("publish", ("archive.publish", "remember_former"), 1),
    ("publish", ("archive.publish", "_check"), 1),
    ("export", ("archive.exports.dataset", "write"), 5),
    ("captures", ("archive.exports.captures", "index_of_record"), 2),
    ("pywb", ("archive.exports.pywb", "_replace"), 2),
]
"""Verbs in the order of the line, and the call of a function within which Ctrl-C comes."""


@pytest.fixture(autouse=True)
def _small_transactions(monkeypatch):
    """Write often, so that few records make several transactions; read without other processes."""
    for module in ("ingest", "versions", "indexing"):
        monkeypatch.setattr(f"archive.{module}.BATCH", 2)
    monkeypatch.setattr(versions, "read_bodies", lambda bodies, **_: map(read_body, bodies))
    # a forked child waits for ever for the clock of pytest's faulthandler, which this would set anew
    monkeypatch.setattr("archive.reading._within", lambda *_: nullcontext())


@pytest.fixture
def command(tmp_path):
    """Give what makes the words of a command of a verb and a data directory."""
    small_registry(tmp_path / "config")
    maker = WarcMaker(tmp_path / "fremmande.warc.gz")
    for number in range(6):
        text = f"<h1>Sida {number}</h1><p>Nummer {number}. {TEXT * 3}</p>"
        body = f"<!doctype html><html lang=sv><title>Sida {number}</title><main>{text}</main>"
        maker.response(f"https://kyt.fi/{number}", body.encode(), mime="text/html; charset=utf-8")
    maker.close()

    def words(verb, data):
        more = {
            "import": [str(maker.path)],
            "publish": ["--edition", "research"],
            "export": ["--format", "jsonl", "--to", str(data / "rows")],
            "captures": ["--format", "warc", "--to", str(data / "captures")],
        }
        place = ["--config", str(tmp_path / "config"), "--data", str(data)]
        return [*place, "export" if verb == "captures" else verb, *more.get(verb, [])]

    return words


def interrupted(words, where, turn, told):
    """Run a verb in a child that gets SIGINT at a call of a function; return its exit code."""
    module, name = importlib.import_module(where[0]), where[1]
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.stderr = told.open("w")
            original, calls = getattr(module, name), []

            def hit(*arguments, **options):
                calls.append(1)
                if len(calls) == turn:
                    os.kill(os.getpid(), signal.SIGINT)
                return original(*arguments, **options)

            setattr(module, name, hit)
            cli.main(words)
        except SystemExit as ending:
            sys.stderr.flush()
            os._exit(ending.code)
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def state(data):
    """Return every row and the bytes of every exported file; the moments of two runs differ."""
    with closing(open_archive(data / "archive.db")) as db:
        rows = dump(db)
    with closing(Database(data / "published.db")) as edition:
        published = {name: found for name, found in dump(edition).items() if name != "edition"}
    folders = [data / "rows", data / "captures"]
    files = {path.name: path.read_bytes() for one in folders for path in one.glob("*.jsonl")}
    names = {path.name for path in data.rglob("*")}
    log = {f"archive.db{end}" for end in ("-wal", "-shm")}  # SQLite's, while a connection is open
    return rows, published, files, sorted(names - log)


def test_every_verb_of_the_line_can_be_interrupted(tmp_path, command):
    """What stands is whole each time, nothing half-written lies about, and the end is as if nothing had happened."""
    data, told = tmp_path / "data", tmp_path / "told"
    for verb, where, turn in LINE:
        assert interrupted(command(verb, data), where, turn, told) == 130, (verb, where)
        assert told.read_text() == f"{STOPPED}\n", verb
        left = [path for path in data.rglob("*") if path.suffix in (".part", ".building")]
        assert left == [], verb
        for held in data.glob("*.db"):
            with closing(Database(held)) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], verb
                assert db.execute("PRAGMA foreign_key_check").fetchall() == [], verb
        if (verb, where) == LINE[0][:2]:
            continue  # the next one interrupts it once more
        assert CliRunner().invoke(cli, command(verb, data)).exit_code == 0, verb
    for verb in dict.fromkeys(verb for verb, _, _ in LINE):
        assert CliRunner().invoke(cli, command(verb, tmp_path / "other")).exit_code == 0, verb
    assert state(data) == state(tmp_path / "other")


WORK = """
import multiprocessing, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
from archive.workers import mapper

def main():
    pool = ProcessPoolExecutor(2, multiprocessing.get_context(sys.argv[1]))
    with mapper(pool) as mapped:
        for done in mapped(time.sleep, [0.01, *[30] * 40]):
            print("begun", flush=True)

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("alone", [False, True], ids=["of a terminal", "to the parent alone"])
@pytest.mark.parametrize("begun", [False, True], ids=["while the workers start", "at work"])
def test_workers_end_with_their_parent(tmp_path, alone, begun):
    """Ctrl-C reaches every process of a command at once; none hangs, none prints a trace of its own."""
    (tmp_path / "work.py").write_text(WORK)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "work.py"), "spawn"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        if begun:
            assert process.stdout.readline() == "begun\n"
        else:
            end = time.monotonic() + 20
            while not started(process.pid):  # the pool stands, and its workers are being started
                assert time.monotonic() < end
                time.sleep(0.005)
        (os.kill if alone else os.killpg)(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert told.count("Traceback") == 1


def started(pid):
    """Return the workers of a process; the first process below it keeps the pool's books."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[1:]


def test_serving_that_is_interrupted_is_a_good_end(demonstration):
    """Exit code 0 and one plain line: there is nothing to go on with."""
    command = [sys.executable, "-c", SERVE, str(demonstration / "published.db"), "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        address = server.stdout.readline().split()[0]
        urllib.request.urlopen(f"{address}robots.txt", timeout=20).close()
        os.killpg(server.pid, signal.SIGINT)
        out, told = server.communicate(timeout=20)
    assert (server.returncode, told) == (0, "")
    assert out == "\nThe site is no longer served.\n"
