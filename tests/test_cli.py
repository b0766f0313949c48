"""The command line: what a person sees, and exit codes that mean something."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from crawler.cli import cli


def run(*words, data=None):
    """Run a verb and return its result; errors come out as the person sees them."""
    place = ["--data", str(data)] if data else []
    return CliRunner().invoke(cli, [*place, *words])


@pytest.mark.parametrize("verb", ["extract", "dedupe", "index", "publish", "status"])
def test_a_verb_before_its_time_says_what_to_run_first(tmp_path, verb):
    """Without an archive the message names the path and the verbs that make one."""
    result = run(verb, data=tmp_path / "ei")
    assert result.exit_code == 1
    assert "archive.db does not exist" in result.output
    assert "arkisto ingest" in result.output
    assert not (tmp_path / "ei").exists()


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("ingest", "warc does not exist"),
        ("serve", "published.db does not exist"),
        ("export", "published.db"),
    ],
)
def test_what_is_missing_is_named(tmp_path, verb, words):
    """A wrong --data makes no empty archive."""
    result = run(verb, data=tmp_path / "ei")
    assert result.exit_code == 1
    assert words in result.output
    assert not (tmp_path / "ei").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["crawl", "--shard", "3/2"], "1 <= i <= n"),
        (["crawl", "--shard", "kaksi"], "1 <= i <= n"),
        (["export", "--filter", "region"], "NAME=VALUE"),
        (["--config", "/ei/ole", "check"], "does not exist"),
        (["olematon"], "No such command"),
        (["serve", "--port", "99999"], "65535"),
    ],
)
def test_wrong_use_ends_with_2(tmp_path, words, message):
    """What was typed wrongly is told, with the usage."""
    result = run(*words, data=tmp_path / "ei") if words[0] != "--config" else run(*words)
    assert result.exit_code == 2
    assert message in result.output


def test_an_unknown_site_or_region_is_told(tmp_path):
    """The message says how to find the right one."""
    assert "arkisto sites" in run("crawl", "olematon", data=tmp_path).output
    assert "09 Etelä-Karjala" in run("sites", "--region", "99").output


def test_every_problem_of_the_configuration_at_once(tmp_path):
    """`arkisto check` ends with 1 and lists problems of several files together."""
    for name in ("regions", "vocabulary", "crawl"):
        (tmp_path / f"{name}.toml").write_text("rikki = \n")
    result = run("--config", str(tmp_path), "check")
    assert result.exit_code == 1
    for name in ("regions", "vocabulary", "crawl"):
        assert f"{name}.toml" in result.output


def test_listings_come_as_json_too():
    """The same facts, for programs."""
    rows = json.loads(run("sites", "--region", "09", "--json").output)
    assert {"ekyhdistykset", "soteagentit"} <= {row["id"] for row in rows}
    assert rows[0]["regions"]


def test_debug_shows_the_trace(tmp_path):
    """With --debug the error is raised as it is."""
    result = CliRunner().invoke(cli, ["--debug", "--data", str(tmp_path / "ei"), "status"])
    assert type(result.exception).__name__ == "ArkistoError"


@pytest.mark.parametrize("words", [["--help"], ["crawl", "--help"], ["check"]])
def test_heavy_libraries_stay_out_until_they_are_needed(words):
    """Help and checks start without Scrapy, trafilatura, Datasette or the Finnish analyser."""
    program = (
        "import sys; from crawler.cli import cli\n"
        f"try: cli({words!r})\nexcept SystemExit: pass\n"
        "print(*sorted({'scrapy', 'trafilatura', 'datasette', 'pykko'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == ""
