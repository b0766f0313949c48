"""The configuration that we ship: sites, regions, vocabulary, crawl settings."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from archive.registry import Registry, load_registry, seed_key
from archive.registry.registry import PACKAGED, SOURCE_TREE


@pytest.fixture(scope="module")
def registry() -> Registry:
    """Load what is packaged, or the source tree it is packaged from."""
    return load_registry(PACKAGED if PACKAGED.is_dir() else SOURCE_TREE)


def test_all_sites_load_and_only_the_operator_is_left_to_fill_in(registry: Registry):
    """The shipped files hold no mistake; the placeholders of the operator are warned about."""
    assert len(registry.sites) == 110
    assert [text.partition(": ")[2].partition(":")[0] for text in registry.warnings] == [
        "operator.name",
        "operator.email",
        "operator.homepage",
    ]


@pytest.mark.parametrize(
    ("site", "organisation", "regions", "project", "programme", "started", "ended"),
    [
        pytest.param(
            "soteagentit",
            "Kymen-Karjalan sosiaali- ja terveysturva ry",
            ("08", "09"),
            "Yhes enemmän! Agentit maakuntien toimintaa kehittämässä",
            "jarjesto20",
            "2017-09",
            "2020-12",
            id="Kymenlaakso and Etelä-Karjala",
        ),
        pytest.param(
            "yhdistystori",
            "Keski-Suomen Yhteisöjen Tuki ry (KYT)",
            ("13",),
            "Keski-Suomen vaikuttavat järjestöt",
            "jarjesto20",
            "2017-08",
            "2020-12",
            id="Keski-Suomi",
        ),
        pytest.param(
            "ekyhdistykset",
            "Etelä-Karjalan Yhdistykset ry (EKY ry)",
            ("09",),
            "Etelä-Karjalan järjestöjen ja maakunnan Kumppanuusverkosto",
            None,
            "2021-06",
            "2023-12",
            id="Etelä-Karjala",
        ),
        pytest.param(
            "ihimiset",
            "Pohjois-Pohjanmaan sosiaali- ja terveysturvayhdistys ry",
            ("17",),
            "Pohjois-Pohjanmaan järjestörakenne",
            "jarjesto20",
            "2017",
            "2020",
            id="Pohjois-Pohjanmaa",
        ),
        pytest.param(
            "meidanhame",
            "Hämeen Setlementti ry",
            ("05",),
            "Kanta-Hämeen järjestöyhteistyö",
            "jarjesto20",
            "2017",
            "2020",
            id="Kanta-Häme",
        ),
    ],
)
def test_the_five_sites_that_the_archive_grew_from(
    registry: Registry, site, organisation, regions, project, programme, started, ended
):
    """Publisher, regions, project, programme and years of each are known, and STEA paid."""
    found = registry.sites[site]
    assert (found.organisation, found.regions, found.priority) == (organisation, regions, 1)
    told = found.projects[0]
    assert (told.name, told.programme, told.funder) == (project, programme, "STEA")
    assert (told.started, told.ended) == (started, ended)


def test_years_that_say_more_than_two_dates_are_kept(registry: Registry):
    """The source's own words stay beside the parsed years."""
    assert "02/2024" in (registry.sites["ekyhdistykset"].projects[0].years_text or "")
    assert "nine months" in (registry.sites["ihimiset"].projects[0].years_text or "")


def test_every_seed_belongs_to_its_own_site(registry: Registry):
    """No seed is taken by another site or left outside."""
    for site in registry.sites.values():
        for seed in site.seeds:
            assert registry.site_for(seed) is site, seed


def test_what_nobody_has_checked_is_called_a_guess(registry: Registry):
    """Status and CMS stay guesses until a crawl or a person has seen the site."""
    for site in registry.sites.values():
        assert (site.status_basis, site.cms_basis) == ("guess", "guess"), site.id
        assert site.status == "unknown" or site.seeds, f"{site.id}: a status without an address"
        assert site.evidence, f"{site.id}: who says so?"


def test_both_www_and_bare_host_are_inside(registry: Registry):
    """A site on a domain of its own holds the name with and without www."""
    for site in registry.sites.values():
        for host in site.scope.hosts:
            bare = host.removeprefix("www.")
            if host.startswith("www."):
                assert bare in site.scope.hosts, site.id


def test_national_bodies_are_lists_of_addresses(registry: Registry):
    """Municipalities, councils and national bodies are not taken whole, network organisations are."""
    whole = {kind: Counter[bool]() for kind in {site.kind for site in registry.sites.values()}}
    for site in registry.sites.values():
        if site.scope.hosts:
            whole[site.kind][site.scope.whole_site] += 1
    for kind in ("municipality", "decisions", "regional_council", "funder", "press_service"):
        assert not whole[kind][True], kind
    for kind in ("network_org", "info_service", "structure_site", "predecessor"):
        assert not whole[kind][False], kind
    assert all(not registry.sites[name].scope.whole_site for name in ("thl", "innokyla", "stm"))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("soteagentit", "kykasote"),
        ("popsote", "ppalue"),
        ("ppalue", "pohde"),
        ("ihimiset", "lahella"),
        ("artteli", "kakspistenolla"),
        ("ks2021", "hyvaks"),
        ("etela-savo", "esavo"),
        ("jelli", "yhdistysyhteistyo"),
        ("kumppanuusverkosto", "paijathamalaiset"),
        ("kumppanuusverkosto", "yhdessapaijathame"),
        ("siltakokkola", "kostiry"),
        ("vshyvinvointialue", "varha"),
        ("jarjestofoorumi-idn", "varsinais-suomi"),
        ("alueuudistus", "soteuudistus"),
        ("sotunet", "verkostojarjestot"),
        ("soste-old", "soste"),
        ("toimeksi", "lahella"),
    ],
)
def test_chains_of_sites(registry: Registry, earlier: str, later: str):
    """Both ends of a chain name each other."""
    assert later in registry.sites[earlier].successor
    assert earlier in registry.sites[later].predecessor


@pytest.mark.parametrize(
    ("site", "url", "key"),
    [
        pytest.param(
            "yhdistystori",
            "https://www.yhdistystori.fi/?wysija-page=1&controller=email&action=view&email_id=54&user_id=9",
            "fi,yhdistystori)/?action=view&controller=email&email_id=54&wysija-page=1",
            id="newsletter",
        ),
        pytest.param(
            "artteli",
            "https://artteli-ry.yhdistysavain.fi/?x99=4&print=1",
            "fi,yhdistysavain,artteli-ry)/?x99=4",
            id="Yhdistysavain",
        ),
        pytest.param(
            "eviljo",
            "http://www.eviljo.fi/eVILJO-uutinen.aspx?nid=503&title=manifesti",
            "fi,eviljo)/eviljo-uutinen.aspx?nid=503",
            id="eVILJO",
        ),
        pytest.param(
            "soite-decisions",
            "https://kpshp-hva.oncloudos.com/cgi/DREQUEST.PHP?id=1-2&page=meetingitem&x=1",
            "com,oncloudos,kpshp-hva)/cgi/drequest.php?id=1-2&page=meetingitem",
            id="Dynasty",
        ),
    ],
)
def test_where_the_query_is_the_address(registry: Registry, site: str, url: str, key: str):
    """The parameters that choose the page stay, the others go."""
    assert seed_key(registry.sites[site], url) == key


@pytest.mark.parametrize(
    "url",
    [
        "https://www.jelli.fi/wp-json/oembed/1.0/embed?url=x",
        "https://www.jelli.fi/?s=neuvottelukunta",
        "https://www.jelli.fi/2019/05/23/uutinen/feed/",
        "https://www.jelli.fi/tapahtumat/2019-05/",
        "https://www.kyt.fi/uutiset?tmpl=component&print=1",
        "https://www.kyt.fi/index.php?option=com_mailto&link=1",
        "http://www.eksote.fi/_layouts/AddWrkfl.aspx",
    ],
)
def test_what_no_reader_asks_for_is_excluded(registry: Registry, url: str):
    """Machine interfaces, searches, print views and calendars are outside."""
    assert registry.site_for(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.jelli.fi/2019/05/23/feedback-kysely/",
        "https://www.jelli.fi/feed/",
        "https://www.jelli.fi/tapahtumat/kumppanuuspaiva-2019/",
        "https://www.kyt.fi/uutiset?start=20",
        "https://www.jelli.fi/wp-content/uploads/2020/02/muistio.pdf",
    ],
)
def test_what_readers_ask_for_is_inside(registry: Registry, url: str):
    """Neighbours of the excluded addresses stay."""
    assert registry.site_for(url) is not None


# ---- regions ----


def test_regions_and_counties_are_complete(registry: Registry):
    """19 regions; 21 counties and Helsinki; Uusimaa has five of them and Åland none."""
    assert len(registry.regions) == 19
    assert len(registry.counties) == 22
    of_regions = Counter(code for county in registry.counties.values() for code in county.regions)
    assert of_regions["01"] == 5
    assert of_regions["21"] == 0
    others = set(registry.regions) - {"01", "21"}
    assert {of_regions[code] for code in others} == {1}


@pytest.mark.parametrize(
    ("code", "fi", "sv"),
    [
        ("01", "Uusimaa", "Nyland"),
        ("05", "Kanta-Häme", "Egentliga Tavastland"),
        ("07", "Päijät-Häme", "Päijänne-Tavastland"),
        ("08", "Kymenlaakso", "Kymmenedalen"),
        ("10", "Etelä-Savo", "Södra Savolax"),
        ("18", "Kainuu", "Kajanaland"),
        ("21", "Ahvenanmaa", "Åland"),
    ],
)
def test_names_of_regions(registry: Registry, code: str, fi: str, sv: str):
    """Codes and names are those of Statistics Finland."""
    assert (registry.regions[code].fi, registry.regions[code].sv) == (fi, sv)


# ---- vocabulary ----


def terms_in(registry: Registry, text: str) -> set[str]:
    """Return the ids of all terms whose pattern finds something."""
    return {term.id for term in registry.terms.values() if term.expression.search(text)}


def test_every_term_finds_its_own_labels(registry: Registry):
    """A term that misses its own name is broken."""
    for term in registry.terms.values():
        assert term.expression.search(term.fi), term.id
        assert term.sv is None or term.expression.search(term.sv), term.id


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Järjestö 2.0 -ohjelman hankkeet", "jarjesto20"),
        ("Järjestö\u00a02.0 päättyi", "jarjesto20"),
        ("Suomi 100 -avustusohjelmasta", "suomi100avustus"),
        ("sote-muutostuen asiantuntijat", "sotemuutostuki"),
        ("Tulevaisuuden sote-keskuksen hakemus", "tulsote"),
        ("soterakenneuudistuksen rahat", "rakenneuudistus"),
        ("Suomen kestävän kasvun ohjelmasta", "rrp"),
        ("Järjestöt muutokseen yhteistyössä -hanke", "jamy"),
        ("YHES ENEMMÄN! -hanke", "yhesenemman"),
        ("kumppanuuspöydän jäsenet", "kumppanuuspoyta"),
        ("medlemmar i partnerskapsbordet", "kumppanuuspoyta"),
        ("järjestöasiain neuvottelukunnan kokous", "jarjestoneuvottelukunta"),
        ("Österbottens organisationsdelegation", "jarjestoneuvottelukunta"),
        ("JANEn puheenjohtaja", "jane"),
        ("JANE:n puheenjohtaja", "jane"),
        ("YhESin kokous", "yhes"),
        ("järjestörakenteen kehittäminen", "ppjarjestorakenne"),
        ("Keski-Pohjanmaan järjestöjen pyöreässä pöydässä", "pyoreapoyta"),
        ("maakuntien verkostojärjestöille", "mvn"),
        ("18+1-mallissa", "malli18"),
        ("järjestöagentteja", "jarjestoagentti"),
        ("järjestömyönteisen kunnan merkit", "jarjestoystavallinen"),
        ("kuntien järjestöavustuksista", "jarjestoavustus"),
        ("organisationsunderstöden för 2024", "jarjestoavustus"),
        ("hyten johtaminen", "hyte"),
        ("landskapsreformen föll", "maakuntauudistus"),
        ("välfärdsområdets strategi", "hyvinvointialue"),
        ("Raha-automaattiyhdistyksen avustus", "ray"),
        ("Suomen sosiaali ja terveys ry", "soste"),
        ("SOSTEn tiedote", "soste"),
        ("Terveyden ja hyvinvoinnin laitokselta", "thl"),
        ("STM:n päätös", "stm"),
        ("EKY ry:n johdolla", "ekyry"),
        ("KYTin hallitus", "kyt"),
        ("Hyte ry:n väki", "hytery"),
        ("Pohteen alueella", "pohde"),
        ("Kumppanuusverkosto-hankkeessa", "kumppanuusverkosto_ek"),
        ("Päijät-Hämeen Kumppanuusverkosto", "kumppanuusverkosto_ph"),
    ],
)
def test_terms_are_found_in_inflected_forms(registry: Registry, text: str, term: str):
    """Finnish cases, gradation, hard spaces and Swedish forms are found."""
    assert term in terms_in(registry, text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        pytest.param("Yhes enemmän! -hanke", "yhes", id="the dialect of 08 and 09 is not YhES"),
        pytest.param("YHES ENEMMÄN!", "yhes", id="nor in capitals"),
        pytest.param("YhES kokoontui", "yhesenemman", id="YhES of 10 is not the dialect"),
        pytest.param(
            "Päijät-Hämeen Kumppanuusverkosto", "kumppanuusverkosto_ek", id="network of 07, not 09"
        ),
        pytest.param("Kumppanuusverkosto-hanke", "kumppanuusverkosto_ph", id="project of 09"),
        pytest.param("Jane Virtanen", "jane", id="first name Jane"),
        pytest.param("Jerry Virtanen", "jerry", id="first name Jerry"),
        pytest.param(
            "järjestöneuvottelukunta", "jarjestoneuvosto", id="advisory board is not the council"
        ),
        pytest.param("Pohjois-Savon järjestöneuvosto", "jarjestoneuvottelukunta", id="nor back"),
        pytest.param(
            "verkostojärjestöjen neuvottelukunta", "jarjestoneuvottelukunta", id="national board"
        ),
        pytest.param("Hyte ry", "hyte", id="organisation, not the word"),
        pytest.param("yhteisötalouden tila", "kumppanuustalo", id="economy, not a house"),
        pytest.param("soitetaan huomenna", "soite", id="to phone"),
        pytest.param("hän sai toimeksi", "toimeksi", id="ordinary word"),
        pytest.param("oma Häme", "omahame", id="own region"),
        pytest.param("järjestöt Etelä-Savossa", "es2", id="associations of the region"),
        pytest.param("alueella vaikuttavat järjestöt", "ksvaikuttavat", id="ordinary words"),
        pytest.param("Keski-Pohjanmaan Yhdistykset", "pohy", id="another region"),
        pytest.param("sosiaali- ja terveysministeri Aalto", "stm", id="minister, not ministry"),
        pytest.param("olka kipeä", "olka", id="shoulder"),
        pytest.param("Järjestö 2.05", "jarjesto20", id="another number"),
    ],
)
def test_terms_are_not_found_in_their_neighbours(registry: Registry, text: str, term: str):
    """Words that look alike stay apart."""
    assert term not in terms_in(registry, text)


def test_terms_carry_regions_or_the_whole_country(registry: Registry):
    """Every term says where it is used."""
    assert len(registry.terms) == 108
    assert all(term.national or term.regions for term in registry.terms.values())
    years = [t.started for t in registry.terms.values() if t.started]
    assert all(re.fullmatch(r"\d{4}(-\d\d)?", year) for year in years)
    assert registry.terms["mvn"].started == "2020-05"
    assert registry.terms["maakuntauudistus"].ended == "2019-03"


def test_the_crawler_is_gentle_by_default(registry: Registry):
    """Five seconds between requests, an honest name, nothing resolved to this machine."""
    crawl = registry.crawl
    assert crawl.politeness.delay_seconds == 5.0
    assert "jarjestoarkisto/" in crawl.agent("1")
    assert "+https://" in crawl.agent("1")
    assert not crawl.resolver.hosts
