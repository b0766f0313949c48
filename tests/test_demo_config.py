"""What the configuration of a demonstration crawl promises."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.registry import find_config, load_registry
from crawler.miniature import Served, load_sites, sites_folder, write_demo_config

SITES = load_sites(sites_folder())
FACTS = ("name", "organisation", "kind", "national", "regions", "languages", "cms", "projects")
every_site = pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)


def _toml(file: Path) -> dict:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def served():
    """Sites with ports as if they were served; no server is needed to write a configuration."""
    served = Served(SITES, 1)
    served.http_port, served.https_port = 18080, 18443
    return served


@pytest.fixture(scope="module")
def real():
    """Load the configuration that the demonstration takes its facts from."""
    return load_registry(find_config())


@pytest.fixture(scope="module")
def demo(served, tmp_path_factory):
    """Write the configuration and load it with every check."""
    target = tmp_path_factory.mktemp("demo") / "config"
    assert write_demo_config(target, served, find_config(), delay_seconds=0.05) == target
    return load_registry(target)


@every_site
def test_facts_are_those_of_the_real_site(site, demo, real):
    """Organisation, regions, languages, projects and hosts agree with config/sites."""
    mine, theirs = demo.sites[site.id], real.sites[site.id]
    assert {key: getattr(mine, key) for key in FACTS} == {
        key: getattr(theirs, key) for key in FACTS
    }
    assert sorted(mine.scope.hosts) == sorted(theirs.scope.hosts)
    assert (mine.scope.exclude, mine.query) == (theirs.scope.exclude, theirs.query)


@every_site
def test_hosts_agree_everywhere(site, demo, served):
    """The hosts that are served are those in scope, and each leads to the site's own address."""
    assert sorted(site.hosts) == sorted(demo.sites[site.id].scope.hosts)
    for host in site.hosts:
        assert served.hosts[host] == demo.crawl.resolver.hosts[host] == site.address


@every_site
def test_what_a_crawl_must_find_is_in_scope(site, demo):
    """Every page of the truth belongs to its site and is excluded by no rule."""
    truth = _toml(site.folder / "truth.toml")
    for page in truth["pages"]:
        url = truth["origin"] + page["path"]
        assert demo.site_for(url).id == site.id, url
        assert demo.sites[site.id].excluded_by(url) is None
    for path in truth.get("outside", []):
        assert demo.site_for(truth["origin"] + path) is None


@every_site
def test_expectations_can_be_met(site, demo):
    """A whole crawl meets the least number of pages, and half a crawl does not."""
    found = [p for p in _toml(site.folder / "truth.toml")["pages"] if 1 in p.get("states", [1])]
    expected = demo.sites[site.id].expect
    assert len(found) / 2 < expected.min_pages <= len(found)
    assert expected.max_pages > len(found)


@every_site
def test_terms_of_the_truth_are_in_the_vocabulary_and_the_text(site, demo):
    """Each term that the truth names is known, and its expression finds it on that page."""
    truth = _toml(site.folder / "truth.toml")
    assert set(truth["regions"]) == set(demo.sites[site.id].regions)
    texts = {
        (page.path, state): f"{page.title}\n{page.body.striptags()}"
        for state in (1, 2, 3)
        for page in site.all_pages(state)
    }
    for page in truth["pages"]:
        text = texts.get((page["path"], page.get("states", [1])[0]), "")
        for term in page.get("terms", []):
            assert demo.terms[term].expression.search(text), (page["path"], term)


def test_rights_of_all_three_kinds_are_shown(demo):
    """The texts are ours and open, except on the two sites that show what else can be."""
    access = {name: site.access for name, site in demo.sites.items()}
    assert access.pop("pirha") == "snippet"
    assert access.pop("hyvaks") == "closed"
    assert set(access.values()) == {"open"}


def test_the_crawl_stays_on_this_machine(demo, served):
    """Every seed leads to loopback by the ports that are served, at the delay asked for."""
    resolver = demo.crawl.resolver
    assert resolver.ports == {"80": 18080, "443": 18443}
    seeds = [seed for site in demo.sites.values() for seed in site.seeds]
    assert {urlsplit(seed).hostname for seed in seeds} <= set(resolver.hosts)
    assert all(address.startswith("127.") for address in resolver.hosts.values())
    assert demo.crawl.politeness.delay_seconds == 0.05


def test_the_crawler_names_itself(demo):
    """The user agent is filled in from the operator, so that no default stays in the log."""
    agent = demo.crawl.user_agent.format(
        version="1", homepage=demo.crawl.operator.homepage, email=demo.crawl.operator.email
    )
    assert re.fullmatch(r"jarjestoarkisto-demo/1 \(\+https://\S+; \S+@\S+\)", agent)


def test_writing_twice_changes_nothing(served, tmp_path):
    """A second writing leaves the same files with the same bytes."""
    target = tmp_path / "config"

    def written() -> dict:
        write_demo_config(target, served, find_config())
        return {file: file.read_bytes() for file in target.rglob("*.toml")}

    assert written() == written()
