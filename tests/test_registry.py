"""The registry: loading, the words of its complaints, and which site holds an address."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import ConfigError
from archive.registry import Project, Registry, Scope, Site, find_config, load_registry

CRAWL = """
exclude = ['/wp-json/']
[operator]
name = "Koeseura ry"
email = "arkisto@koeseura.fi"
homepage = "https://koeseura.fi/arkisto"
"""
REGIONS = """
[region.08]
fi = "Kymenlaakso"
sv = "Kymmenedalen"
en = "Kymenlaakso"
[region.09]
fi = "Etelä-Karjala"
sv = "Södra Karelen"
en = "South Karelia"
[county.kymenlaakso]
fi = "Kymenlaakson hyvinvointialue"
sv = "Kymmenedalens välfärdsområde"
en = "Wellbeing services county of Kymenlaakso"
regions = ["08"]
"""
VOCABULARY = r"""
[term.jarjesto20]
kind = "programme"
fi = "Järjestö 2.0"
pattern = '\bjärjestö 2\.0'
national = true
[term.kumppanuuspoyta]
kind = "structure"
fi = "kumppanuuspöytä"
pattern = '\bkumppanuuspöy[dt]'
regions = ["09"]
"""
SITES = {
    "08/kyla": """
name = "Kyläyhdistys"
kind = "network_org"
regions = ["08", "09"]
seeds = ["https://kyla.fi/"]
successor = ["liitto"]
[scope]
hosts = ["kyla.fi", "www.kyla.fi"]
exclude = ['[?&]tulosta=']
""",
    "09/hanke": """
name = "Hankesivut liiton palvelimella"
kind = "project_site"
regions = ["09"]
seeds = ["https://www.liitto.fi/hanke/"]
[scope]
hosts = ["liitto.fi", "www.liitto.fi"]
paths = ["/hanke/"]
[[projects]]
name = "Yhdessä rannalla"
programme = "jarjesto20"
started = "2017-08"
ended = "2017"
""",
    "09/liitto": """
name = "Liitto"
kind = "regional_council"
regions = ["09"]
seeds = ["https://www.liitto.fi/"]
predecessor = ["kyla"]
[scope]
hosts = ["liitto.fi", "www.liitto.fi"]
""",
    "kansallinen/virasto": """
name = "Virasto"
kind = "ministry"
national = true
seeds = ["https://virasto.fi/uutinen?id=7", "https://virasto.fi/jarjestot/opas/"]
[scope]
hosts = ["virasto.fi", "xn--jrjest-bua3m.fi"]
whole_site = false
paths = ["/jarjestot/"]
[query]
keep = ["id"]
""",
}


def write_config(folder: Path, **changes: str) -> Path:
    """Write the sound configuration above, with some files replaced or added."""
    files = {"crawl": CRAWL, "regions": REGIONS, "vocabulary": VOCABULARY}
    files |= {f"sites/{name}": text for name, text in SITES.items()} | changes
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path) -> list[str]:
    """Return what loading complains about."""
    with pytest.raises(ConfigError) as caught:
        load_registry(folder)
    return list(caught.value.problems)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Load the sound configuration."""
    return load_registry(write_config(tmp_path))


# ---- loading ----


def test_a_sound_config_loads_with_ids_from_file_names(registry: Registry):
    """The stem of a file is the id, and the rest of the file is the site."""
    assert list(registry.sites) == ["hanke", "kyla", "liitto", "virasto"]
    assert registry.sites["hanke"].projects[0].programme == "jarjesto20"
    assert registry.regions["08"].sv == "Kymmenedalen"
    assert registry.counties["kymenlaakso"].regions == ("08",)
    assert registry.terms["kumppanuuspoyta"].expression.search("Kumppanuuspöydän jäsenet")
    assert registry.warnings == ()


def test_defaults_are_the_documented_ones(registry: Registry):
    """A short site file is closed to the public in full text, guessed, and taken whole."""
    site = registry.sites["kyla"]
    assert (site.access, site.status, site.status_basis) == ("snippet", "unknown", "guess")
    assert (site.priority, site.languages, site.scope.paths) == (2, ("fi",), ("/",))
    assert registry.crawl.politeness.delay_seconds == 5.0


def test_what_is_loaded_cannot_be_changed(registry: Registry):
    """A site is frozen."""
    with pytest.raises(ValueError, match="frozen"):
        registry.sites["kyla"].name = "Toinen"  # type: ignore[misc]


def test_excludes_of_crawl_toml_hold_for_every_site(registry: Registry):
    """A site has its own excludes first, then those of all sites."""
    assert registry.sites["kyla"].scope.exclude == ("[?&]tulosta=", "/wp-json/")
    assert registry.sites["liitto"].excluded_by("https://liitto.fi/wp-json/wp") == "/wp-json/"


def test_the_user_agent_names_the_operator(registry: Registry):
    """The header says who crawls, in which version, and where to complain."""
    agent = registry.crawl.agent("1.2.3")
    assert agent == (
        "Mozilla/5.0 (compatible; jarjestoarkisto/1.2.3; web archive for research;"
        " to object see +https://koeseura.fi/arkisto or write to arkisto@koeseura.fi)"
    )


def test_the_digest_follows_every_file(tmp_path: Path):
    """A change in any file gives another digest, the same files the same."""
    first = load_registry(write_config(tmp_path / "a")).digest
    assert load_registry(write_config(tmp_path / "b")).digest == first
    assert len(first) == 16
    changed = write_config(tmp_path / "c", regions=REGIONS + "# a remark\n")
    assert load_registry(changed).digest != first


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_writing_changes_nothing(tmp_path_factory, order: random.Random):
    """Files written in any order give the same registry."""
    names = list(SITES)
    order.shuffle(names)
    folder = tmp_path_factory.mktemp("config")
    for name in names:
        path = folder / "sites" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SITES[name], encoding="utf-8")
    write_config(folder)
    loaded = load_registry(folder)
    expected = load_registry(write_config(tmp_path_factory.mktemp("other")))
    assert (loaded.sites, list(loaded.sites)) == (expected.sites, list(expected.sites))
    assert loaded.digest == expected.digest


# ---- complaints ----

TWELVE_MISTAKES = """
nmae = "Kyläyhdistys"
kind = "netwrok_org"
regions = ["8"]
languages = ["suomi"]
seeds = ["kyla.fi", "https://toinen.fi/"]
successor = ["liito"]
priority = "1"
[scope]
hosts = ["Kylä.fi"]
exlude = ['(']
[[projects]]
name = "Hanke"
programme = "kumppanuuspoyta"
started = "2019"
ended = "2018-05"
[expect]
min_pages = 20
max_pages = 5
"""

EXPECTED = [
    ("nmae", "unknown key", 'did you mean "name"'),
    ("kind", '"netwrok_org" is not allowed', 'did you mean "network_org"'),
    ("regions", '"8" is no region', 'did you mean "08"'),
    ("languages[1]", '"suomi"', '"fi"'),
    ("seeds[1]", '"kyla.fi" is no address', "https://"),
    ("successor", '"liito" is no site', 'did you mean "liitto"'),
    ("priority", "whole number without quotes", 'not "1"'),
    ("scope.hosts[1]", "bare host name", '"xn--kyl-sla.fi"'),
    ("scope.exlude", "unknown key", 'did you mean "exclude"'),
    ("scope.exclude[1]", "not a regular expression", "unterminated"),
    ("projects[1].programme", "is of kind structure", "no programme"),
    ("projects[1].ended", "2018-05 comes before started", "2019"),
    ("expect.max_pages", "5 is less than min_pages", "20"),
]


def test_one_file_with_many_mistakes_tells_all_of_them(tmp_path: Path):
    """Every mistake is told at once, each with file, key, what is wrong and what to do."""
    problems = problems_of(write_config(tmp_path, **{"sites/08/kyla": TWELVE_MISTAKES}))
    for key, *words in EXPECTED:
        found = [text for text in problems if text.startswith(f"sites/08/kyla.toml: {key}: ")]
        assert found, f"nothing said about {key}: {problems}"
        assert all(word in found[0] for word in words), found
    others = {text for text in problems if not text.startswith("sites/08/kyla.toml: ")}
    assert not others, "a mistake in one file was blamed on another"


SITE = """
name = "Uusi"
kind = "network_org"
regions = ["09"]
seeds = ["https://uusi.fi/"]
[scope]
hosts = ["uusi.fi"]
"""


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        pytest.param(
            {"sites/09/uusi": 'name = "Uusi\n'},
            "sites/09/uusi.toml: line 1",
            "not TOML",
            id="broken TOML gives the line",
        ),
        pytest.param(
            {"sites/08/uusi": SITE},
            "sites/08/uusi.toml: regions:",
            "move it to sites/09/",
            id="folder and first region differ",
        ),
        pytest.param(
            {"sites/kansallinen/uusi": SITE},
            "sites/kansallinen/uusi.toml: regions:",
            "move it to sites/09/",
            id="regional site among the national ones",
        ),
        pytest.param(
            {"sites/09/uusi": SITE.replace('["09"]', "[]")},
            "sites/09/uusi.toml: regions: empty",
            "national = true",
            id="no region",
        ),
        pytest.param(
            {"sites/09/kyla": SITE},
            "sites/09/kyla.toml: ",
            'the id "kyla" is taken by sites/08/kyla.toml',
            id="one id in two folders",
        ),
        pytest.param(
            {"sites/09/uusi": SITE.replace("uusi.fi", "liitto.fi")},
            "sites/09/uusi.toml: scope: liitto.fi/",
            "belongs to liitto already",
            id="two whole sites on one host",
        ),
        pytest.param(
            {"sites/09/uusi": SITE.replace('hosts = ["uusi.fi"]', 'hosts = ["www.uusi.fi"]')},
            "sites/09/uusi.toml: seeds: https://uusi.fi/",
            'add "uusi.fi" to scope.hosts',
            id="seed on another host",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + 'paths = ["/hanke/"]\n'},
            "sites/09/uusi.toml: seeds: https://uusi.fi/",
            "widen scope.paths",
            id="seed outside the paths",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + "exclude = ['uusi']\n"},
            "sites/09/uusi.toml: seeds: https://uusi.fi/",
            "is excluded by scope.exclude 'uusi'",
            id="seed that is excluded",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + 'whole_site = false\npaths = ["/"]\n'},
            "sites/09/uusi.toml: scope.paths:",
            "would take the whole host",
            id="seed list that takes everything",
        ),
        pytest.param(
            {"sites/09/uusi": 'name = "Uusi"\nkind = "network_org"\nregions = ["09"]\n'},
            "sites/09/uusi.toml: seeds: empty",
            "or a note",
            id="no address and no note",
        ),
        pytest.param(
            {"sites/09/uusi": SITE.replace("[scope]", 'status = "gone"\n[scope]')},
            "sites/09/uusi.toml: expect.min_pages:",
            "write 0",
            id="gone, yet expected to give pages",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + 'note = "kirjoitettu liian alas"\n'},
            "sites/09/uusi.toml: scope.note: unknown key",
            "above the first [table]",
            id="key below the wrong heading",
        ),
        pytest.param(
            {"sites/09/uusi": 'hosts = ["uusi.fi"]\n' + SITE},
            "sites/09/uusi.toml: hosts: unknown key",
            "belongs under [scope]",
            id="key above its heading",
        ),
        pytest.param(
            {"sites/09/uusi": 'id = "uusi"\n' + SITE},
            "sites/09/uusi.toml: id:",
            "the name of the file is the id",
            id="id inside the file",
        ),
        pytest.param(
            {"sites/09/Uusi_sivu": SITE},
            "sites/09/Uusi_sivu.toml: ",
            "use only a-z, 0-9 and -",
            id="file name that is no id",
        ),
        pytest.param(
            {"sites/uusi": SITE},
            "sites/uusi.toml: lies in no region's folder",
            "sites/<region code>/",
            id="file outside the folders",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + '[[projects]]\nname = "H"\nstarted = 2017\n'},
            "sites/09/uusi.toml: projects[1].started:",
            "must be text in quotes, not 2017",
            id="year without quotes",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + '[[projects]]\nname = "H"\nstarted = "8/2017"\n'},
            "sites/09/uusi.toml: projects[1].started:",
            '"2017-08"',
            id="year written the Finnish way",
        ),
        pytest.param(
            {"sites/09/uusi": SITE + '[extraction]\nbody_xpath = "//div[@id"\n'},
            "sites/09/uusi.toml: extraction.body_xpath:",
            "not an XPath expression",
            id="XPath that does not parse",
        ),
        pytest.param(
            {"sites/09/uusi": SITE.replace('"https://uusi.fi/"', '"https://uusi.fi:8080/"')},
            "sites/09/uusi.toml: seeds[1]:",
            "remove the port",
            id="seed with a port",
        ),
        pytest.param(
            {"crawl": CRAWL + '[resolver.hosts]\n"kyla.fi" = "93.184.216.34"\n'},
            "crawl.toml: resolver.hosts.kyla.fi:",
            "only 127.0.0.0/8 and ::1",
            id="resolver that leaves this machine",
        ),
        pytest.param(
            {"crawl": 'user_agent = "Mozilla/5.0 {nimi}"\n' + CRAWL},
            "crawl.toml: user_agent: {nimi} is unknown",
            "{homepage}",
            id="unknown placeholder in the user agent",
        ),
        pytest.param(
            {"crawl": CRAWL + "[recrawl]\nmin_days = 200\n"},
            "crawl.toml: recrawl.max_days: 180 is less than min_days, 200",
            "",
            id="bounds that cross",
        ),
        pytest.param(
            {"regions": REGIONS + '[regoin.10]\nfi = "Etelä-Savo"\n'},
            "regions.toml: regoin: unknown key",
            'did you mean "region"',
            id="misspelt table of regions",
        ),
        pytest.param(
            {"vocabulary": VOCABULARY.replace('["09"]', '["99"]')},
            'vocabulary.toml: term.kumppanuuspoyta.regions: "99" is no region',
            "",
            id="term of an unknown region",
        ),
        pytest.param(
            {"vocabulary": VOCABULARY.replace(r"'\bkumppanuuspöy[dt]'", "'x*'")},
            "vocabulary.toml: term.kumppanuuspoyta.pattern:",
            "matches an empty text",
            id="pattern that finds everything",
        ),
    ],
)
def test_each_mistake_is_told_where_it_stands(tmp_path: Path, changes, place: str, words: str):
    """The message begins with file and key and tells what to do; nothing else is blamed."""
    problems = problems_of(write_config(tmp_path, **changes))
    assert len(problems) == 1, problems
    assert problems[0].startswith(place)
    assert words in problems[0]


def toml(value: object) -> str:
    """Write a value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return json.dumps(value)


KEYS = [*Site.model_fields, *Scope.model_fields, *Project.model_fields, "nmae", "x", "page_types"]
VALUES = st.recursive(
    st.none().map(lambda _: "https://kyla.fi/")
    | st.booleans()
    | st.integers(-9, 9)
    | st.text("a(ä/.08 ", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_no_file_makes_loading_fall_over(tmp_path: Path, values: dict[str, object]):
    """Whatever a file holds, it loads or its problems are told, each once."""
    text = "".join(f"{key} = {toml(value)}\n" for key, value in values.items())
    folder = write_config(tmp_path, **{"sites/09/uusi": text})
    try:
        problems = None if "uusi" in load_registry(folder).sites else []
    except ConfigError as error:
        problems = list(error.problems)
    assert problems is None or problems
    assert len(set(problems or ())) == len(problems or ())
    assert all(problem.startswith("sites/") for problem in problems or ())


def test_broken_files_do_not_hide_each_other(tmp_path: Path):
    """Syntax errors, another encoding and a missing file are all told, and sites are not blamed."""
    folder = write_config(tmp_path, **{"sites/08/kyla": "name = \n"})
    (folder / "sites/09/hanke.toml").write_bytes('name = "Kylä"\n'.encode("latin-1"))
    (folder / "vocabulary.toml").unlink()
    problems = problems_of(folder)
    assert [text.split(": ")[:2] for text in problems] == [
        ["sites/08/kyla.toml", "line 1, column 8"],
        ["sites/09/hanke.toml", "line 1"],
        ["vocabulary.toml", problems[2].split(": ")[1]],
    ]
    assert "UTF-8" in problems[1]
    assert "a config directory needs crawl.toml" in problems[2]


def test_an_empty_directory_is_told_what_it_needs(tmp_path: Path):
    """A directory without files is no configuration."""
    text = "\n".join(problems_of(tmp_path))
    assert all(name in text for name in ("crawl.toml", "regions.toml", "vocabulary.toml"))
    assert "sites: no site file found" in text


def test_a_site_without_an_address_needs_only_a_note(tmp_path: Path):
    """An organisation whose site is not known yet keeps its place."""
    text = 'name = "Uusi"\nkind = "network_org"\nregions = ["09"]\nnote = "Osoite puuttuu."\n'
    site = load_registry(write_config(tmp_path, **{"sites/09/uusi": text})).sites["uusi"]
    assert (site.seeds, site.scope.hosts) == ((), ())


def test_warnings_do_not_stop_loading(tmp_path: Path):
    """Placeholders, hurried sites, one-sided chains and stray files are warnings."""
    hurried = SITE + "[politeness]\ndelay_seconds = 1\n"
    folder = write_config(
        tmp_path,
        crawl=CRAWL.replace("arkisto@koeseura.fi", "REPLACE@example.org"),
        **{"sites/09/uusi": hurried.replace("[scope]", 'successor = ["kyla"]\n[scope]', 1)},
    )
    (folder / "sites/09/vanha.yaml").write_text("name: x\n", encoding="utf-8")
    warnings = "\n".join(load_registry(folder).warnings)
    assert "crawl.toml: operator.email: " in warnings
    assert "sites/09/uusi.toml: politeness.delay_seconds: 1 s is quicker" in warnings
    assert 'sites/08/kyla.toml: predecessor: "uusi" names this site as its successor' in warnings
    assert "sites/09/vanha.yaml: not read" in warnings


# ---- which site holds an address ----


@pytest.mark.parametrize(
    ("url", "site"),
    [
        pytest.param("https://www.kyla.fi/uutiset/1", "kyla", id="www"),
        pytest.param("http://kyla.fi", "kyla", id="bare, http, no path"),
        pytest.param("HTTPS://KYLA.FI./uutiset", "kyla", id="capitals and trailing dot"),
        pytest.param("https://kyla.fi:443/uutiset", "kyla", id="default port"),
        pytest.param("https://kyla.fi:8443/uutiset", None, id="another port"),
        pytest.param("https://m.kyla.fi/", None, id="another host of the domain"),
        pytest.param("https://kyla.fi/uutiset?tulosta=1", None, id="excluded"),
        pytest.param("https://liitto.fi/hanke/uutiset", "hanke", id="longest path wins"),
        pytest.param("https://liitto.fi/hanke", "hanke", id="folder without slash"),
        pytest.param("https://liitto.fi/hankkeet/", "liitto", id="another path"),
        pytest.param("https://virasto.fi/uutinen?id=7&utm_source=x", "virasto", id="seed, tracked"),
        pytest.param("http://www.virasto.fi/uutinen?id=7", None, id="seed, host not in scope"),
        pytest.param("https://virasto.fi/uutinen?id=8", None, id="no seed"),
        pytest.param("https://virasto.fi/jarjestot/avustukset", "virasto", id="path of a list"),
        pytest.param("https://virasto.fi/tiedostot/Muistio.PDF", "virasto", id="attachment"),
        pytest.param("https://virasto.fi/", None, id="front page of a list"),
        pytest.param("https://järjestö.fi/jarjestot/", "virasto", id="IDN"),
        pytest.param("https://xn--jrjest-bua3m.fi/jarjestot/", "virasto", id="IDN in ASCII"),
        pytest.param("mailto:nimi@kyla.fi", None, id="no web address"),
        pytest.param("kyla.fi/uutiset", None, id="no scheme"),
    ],
)
def test_the_site_that_holds_an_address(registry: Registry, url: str, site: str | None):
    """Host, path, seeds and excludes decide; port and strange schemes are outside."""
    found = registry.site_for(url)
    assert (found.id if found else None) == site


def test_asking_does_not_slow_down_with_the_number_of_sites(tmp_path: Path):
    """A thousand sites more cost no more than a host look-up."""
    small = load_registry(write_config(tmp_path / "small"))
    extra = {f"sites/09/s{n}": SITE.replace("uusi.fi", f"s{n}.fi") for n in range(300)}
    large = load_registry(write_config(tmp_path / "large", **extra))
    assert seconds(large) < 5 * seconds(small)


def seconds(registry: Registry) -> float:
    """Return the quickest of five rounds of questions."""
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for number in range(200):
            registry.site_for(f"https://www.kyla.fi/uutiset/{number}")
        rounds.append(time.perf_counter() - start)
    return min(rounds)


# ---- choosing ----


def test_select_takes_the_most_urgent_first(tmp_path: Path):
    """Sites come by priority, then by id; a region narrows them."""
    urgent = SITE.replace("[scope]", "priority = 1\n[scope]", 1)
    registry = load_registry(write_config(tmp_path, **{"sites/09/uusi": urgent}))
    assert [site.id for site in registry.select([], None)][:2] == ["uusi", "hanke"]
    assert [site.id for site in registry.select([], "08")] == ["kyla"]
    assert [site.id for site in registry.select(["virasto", "kyla"], None)] == ["kyla", "virasto"]


def test_select_explains_what_it_does_not_know(registry: Registry):
    """An unknown id brings the nearest, an unknown region the list of codes."""
    with pytest.raises(ConfigError) as caught:
        registry.select(["lito", "kyla"], "9")
    first, second = caught.value.problems
    assert 'no site "lito"; did you mean "liitto"?' in first
    assert "08 Kymenlaakso, 09 Etelä-Karjala" in second


# ---- finding the directory ----


def test_the_config_asked_for_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """--config, then $ARKISTO_CONFIG, then ./config, then the packaged files."""
    for name in ("asked", "environment", "work/config"):
        write_config(tmp_path / name)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("ARKISTO_CONFIG", str(tmp_path / "environment"))
    assert find_config(tmp_path / "asked") == tmp_path / "asked"
    assert find_config() == tmp_path / "environment"
    monkeypatch.delenv("ARKISTO_CONFIG")
    assert find_config().resolve() == tmp_path / "work/config"
    shutil.rmtree(tmp_path / "work/config")
    assert "kyt" in load_registry(find_config()).sites


def test_a_config_that_is_not_there_is_named(tmp_path: Path):
    """A wrong --config fails before anything is read."""
    with pytest.raises(ConfigError, match=r"--config: .*missing is no directory"):
        find_config(tmp_path / "missing")
