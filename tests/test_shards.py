"""Parts of the sites for several machines: complete, disjoint, stable, and one domain on one machine."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import CrawlError
from archive.registry import load_registry
from crawler.shards import domains_of, parts
from tests.crawling import crawl, registry, site, urls
from tests.rawserver import html, raw_server
from tests.registries import CONFIG

DOMAINS = [
    f"{name}.fi" for name in ("aura", "kemi", "lieksa", "oulu", "pori", "salo", "turku", "vaasa")
]


def on(name, *hosts, **extra):
    """Return a site with a seed on its first host and all hosts in its scope."""
    return site(name, seeds=(f"https://{hosts[0]}/",), scope={"hosts": hosts}, **extra)


sites_of_any_kind = st.lists(
    st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=3, unique=True), min_size=1, max_size=25
).map(
    lambda found: [
        on(f"s{n}", *(f"{'www.' if n % 2 else f'alue{n}.'}{domain}" for domain in domains))
        for n, domains in enumerate(found)
    ]
)


@given(sites_of_any_kind, st.integers(1, 7))
def test_every_site_is_in_exactly_one_part(sites, count):
    """Nothing is left out and no part lies outside 1 … n."""
    told = parts(sites, count)
    assert set(told) == {one.id for one in sites}
    assert set(told.values()) <= set(range(1, count + 1))


@given(sites_of_any_kind, st.integers(1, 7))
def test_a_domain_is_asked_by_one_part_only(sites, count):
    """Also where a site spans domains, and where it joins the domains of other sites."""
    asked = defaultdict(set)
    told = parts(sites, count)
    for one in sites:
        for domain in domains_of(one):
            asked[domain].add(told[one.id])
    assert all(len(machines) == 1 for machines in asked.values())


@given(sites_of_any_kind, st.integers(1, 7), st.randoms())
def test_the_order_of_the_sites_does_not_matter(sites, count, dice):
    """A machine may list its files in any order."""
    shuffled = dice.sample(sites, len(sites))
    assert parts(shuffled, count) == parts(sites, count)


@given(sites_of_any_kind, st.sampled_from(DOMAINS), st.integers(1, 7))
def test_a_new_site_on_one_domain_moves_no_other(sites, domain, count):
    """Only a site that joins two groups can move others."""
    before = parts(sites, count)
    after = parts([*sites, on("uusi", f"uusi.{domain}")], count)
    assert {name: after[name] for name in before} == before


def test_a_site_over_two_domains_takes_its_neighbours_along():
    """The sites of both domains go to the part of the site that spans them."""
    apart = [on("aura", "www.aura.fi"), on("vaasa", "vaasa.fi")]
    count = next(n for n in range(2, 50) if len(set(parts(apart, n).values())) == 2)
    together = parts([*apart, on("molemmat", "aura.fi", "www.vaasa.fi")], count)
    assert len(set(together.values())) == 1


def test_a_seed_list_over_several_domains_is_one_piece():
    """A list of single pages on many domains joins them all: each is asked from one machine."""
    listed = site(
        "luettelo",
        seeds=("https://aura.fi/a", "https://kemi.fi/b", "https://pori.fi/c"),
        scope={"hosts": ("aura.fi", "kemi.fi", "pori.fi"), "whole_site": False},
    )
    others = [on(name, f"www.{name}.fi") for name in ("aura", "kemi", "pori")]
    for count in range(2, 9):
        assert len(set(parts([listed, *others], count).values())) == 1


def test_every_machine_and_every_run_parts_the_real_sites_alike():
    """Neither the process nor its hash seed matters, and no part of two to four is without work."""
    program = (
        "import json, pathlib, sys; from archive.registry import load_registry;"
        " from crawler.shards import parts;"
        " sites = load_registry(pathlib.Path(sys.argv[1])).sites.values();"
        " print(json.dumps([parts(sites, n) for n in (2, 3, 4)]))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program, str(CONFIG)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    for count, part in zip((2, 3, 4), json.loads(told[0]), strict=True):
        sizes = Counter(part.values())
        assert set(sizes) == set(range(1, count + 1))
        assert max(sizes.values()) <= 1.6 * len(part) / count
    assert json.loads(told[0])[0] == parts(load_registry(CONFIG).sites.values(), 2)


def test_the_part_of_a_domain_is_fixed_for_ever():
    """CRC-32 of the domain decides; another rule would send sites to machines that never saw them."""
    told = parts([on("kyt", "kyt.fi"), on("eky", "www.ekyhdistykset.fi")], 4)
    assert told == {"kyt": 0xF6749578 % 4 + 1, "eky": 0xA4D1B26D % 4 + 1}


def test_two_machines_with_shards_fetch_what_one_fetches(tmp_path):
    """The parts of a crawl together store each page of the whole crawl once."""
    domains = ("aura.fi", "kemi.fi", "oulu.fi", "salo.fi")
    sites = {name: {"seeds": (f"http://{name}/",), "scope": {"hosts": (name,)}} for name in domains}
    with raw_server(tmp_path) as server:
        server.answers = {"/": html("Etusivu", "/a", "/b"), "/a": html("a"), "/b": html("b")}
        made = registry(server, sites=sites)
        crawl(made, tmp_path / "yksi")
        for index in (1, 2):
            crawl(made, tmp_path / f"osa{index}", shard=(index, 2))
    shared = urls(tmp_path / "osa1") + urls(tmp_path / "osa2")
    assert shared == urls(tmp_path / "yksi")
    assert max(shared.values()) == 1
    assert urls(tmp_path / "osa1")
    assert urls(tmp_path / "osa2")


def test_a_part_without_sites_says_so(tmp_path):
    """With more parts than domains some machine has nothing to do, and is told."""
    with raw_server(tmp_path) as server:
        made = registry(server)
        empty = next(i for i in (1, 2) if parts(made.sites.values(), 2)["jarjestotalo"] != i)
        with pytest.raises(CrawlError, match="no site to crawl"):
            crawl(made, tmp_path / "data", shard=(empty, 2))
