"""The five pages that the project grew from, from their miniature sites to the served research site.

Each is looked for as a researcher would: with an inflected word that its page holds, narrowed by region.
"""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass, field

import pytest
from lxml import html


@dataclass(frozen=True)
class Seed:
    """What must be found of one page."""

    url: str
    words: str
    title: str
    site: str
    region: str
    regions: tuple[str, ...]
    project: str
    organisation: str
    terms: tuple[str, ...]
    facts: tuple[str, ...]
    published: str | None = None
    modified: str | None = None
    events: tuple[str, ...] = field(default=())


SEEDS = {
    "yhes-enemman": Seed(
        url="http://soteagentit.fi/ajankohtaista/",
        words="hankekokonaisuuksien neuvottelukuntaa",
        title="Ajankohtaista",
        site="soteagentit",
        region="08",
        regions=("08", "09"),
        project="Yhes enemmän! Agentit maakuntien toimintaa kehittämässä",
        organisation="Kymen-Karjalan sosiaali- ja terveysturva ry",
        terms=("jarjesto20", "sotemuutostuki", "yhesenemman", "kumppanuuspoyta"),
        facts=("09/2017-12/2020", "26.1.21 klo 10-12", "EKY ry"),
        events=("2021-01-26T10:00",),
    ),
    "soten-kaaduttua": Seed(
        url="https://www.yhdistystori.fi/2019/03/26/valiaikatietoja-soten-kaaduttua-jarjestojen-nakymista-ja-tulevista-yhteistyorakenteista/",
        words="elinvoimapajoissa muutosagentilta",
        title="Väliaikatietoja soten kaaduttua: järjestöjen näkymistä ja tulevista yhteistyörakenteista",
        site="yhdistystori",
        region="13",
        regions=("13",),
        project="Keski-Suomen vaikuttavat järjestöt",
        organisation="Keski-Suomen Yhteisöjen Tuki ry",
        terms=("ksvaikuttavat", "kumppanuuspoyta", "muutosagentti", "elinvoimapaja"),
        facts=("22.3.19", "tiistaina 9.4. klo 14.00-16.00", "1.4."),
        published="2019-03-26",
        events=("2019-04-09T14:00",),
    ),
    "kumppanuusverkosto": Seed(
        url="https://www.ekyhdistykset.fi/kumppanuusverkosto-hankkeen-kuulumisia-joulun-alla/",
        words="järjestökummeja kumppanuusverkostolle",
        title="Kumppanuusverkosto-hankkeen kuulumisia joulun alla",
        site="ekyhdistykset",
        region="09",
        regions=("09",),
        project="Etelä-Karjalan järjestöjen ja maakunnan Kumppanuusverkosto",
        organisation="Etelä-Karjalan Yhdistykset ry",
        terms=("kumppanuusverkosto_ek", "kumppanuuspoyta", "jarjestokummi", "lahella"),
        facts=("vuoden 2022 aikana neljästi", "Lähellä.fi"),
        published="2022-12-20",
    ),
    "jarjestorakenne": Seed(
        url="https://www.ihimiset.fi/2020/02/13/muutoksia-pohjois-pohjanmaan-jarjestorakenne-hankkeen-toimintaan/",
        words="yhdistysyhteistyöasiakirjoja yhdistysagenteista",
        title="Muutoksia Pohjois-Pohjanmaan järjestörakenne -hankkeen toimintaan",
        site="ihimiset",
        region="17",
        regions=("17",),
        project="Pohjois-Pohjanmaan järjestörakenne",
        organisation="Pohjois-Pohjanmaan sosiaali- ja terveysturvayhdistys ry",
        terms=("jarjesto20", "tulsote", "ppjarjestorakenne", "yhdistysagentti"),
        facts=("9 kuukautta", "Marinin hallituksen"),
        published="2020-02-13",
    ),
    "kanta-hame": Seed(
        url="https://www.meidanhame.fi/yhteistyo/tulevaisuuden-sotekeskus-ohjelma/",
        words="mallista työryhmälle Kumppanuustalossa",
        title="Tulevaisuuden sotekeskus -ohjelma ja järjestöyhteistyö",
        site="meidanhame",
        region="05",
        regions=("05",),
        project="Kanta-Hämeen järjestöyhteistyö",
        organisation="Hämeen Setlementti ry",
        terms=("jarjesto20", "tulsote", "khjarjestoyhteistyo", "sotunet", "malli18", "malli5"),
        facts=("18+1", "ke 5.2.2020", "tiistaina 17.3. klo 17-19", "13.2."),
        modified="2020-02-18",
        events=("2020-02-05", "2020-03-17T17:00"),
    ),
}

REGIONS = {
    "05": "Kanta-Häme",
    "08": "Kymenlaakso",
    "09": "Etelä-Karjala",
    "13": "Keski-Suomi",
    "17": "Pohjois-Pohjanmaa",
}


@pytest.fixture(scope="module")
def address(demonstration):
    """Serve the demonstration as an operator does and give the address."""
    command = [
        sys.executable,
        "-m",
        "crawler",
        "--data",
        str(demonstration),
        "serve",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield re.match(r"http://\S+/", server.stdout.readline())[0].rstrip("/")
        finally:
            server.terminate()


@pytest.fixture(params=SEEDS.values(), ids=SEEDS.keys())
def seed(request):
    """Give one of the five."""
    return request.param


def get(address, path, **query):
    """Return what the site answers."""
    url = f"{address}{path}?{urllib.parse.urlencode(query)}" if query else address + path
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def row(address, table, **query):
    """Return the only row that a table of the edition holds."""
    (found,) = json.loads(get(address, f"/published/{table}.json", _shape="array", **query))
    return found


def test_a_search_with_inflected_words_finds_it(address, seed):
    """The words of a person's query, in other forms than the page's, lead to the page, narrowed by its region."""
    page = row(address, "versions", url=seed.url, current=1)["page"]
    results = html.fromstring(get(address, "/haku", q=seed.words, region=seed.region))
    links = {link.get("href").partition("?")[0] for link in results.iter("a")}
    assert f"/sivu/{page}" in links
    assert REGIONS[seed.region] in results.text_content()


def test_datasettes_own_search_finds_it(address, seed):
    """The table's own search box understands the same words."""
    found = json.loads(get(address, "/published/versions.json", _shape="array", _search=seed.words))
    assert seed.url in [row["url"] for row in found]


def test_its_facts_are_right(address, seed):
    """Site, regions, project, title, dates and language are what the page tells; no date is invented."""
    version = row(address, "versions", url=seed.url, current=1)
    assert version["title"] == seed.title
    assert version["site"] == seed.site
    assert version["organisation"].startswith(seed.organisation)
    assert version["region"] == seed.region
    assert tuple(json.loads(version["regions"])) == seed.regions
    assert version["language"] == "fi"
    assert version["published"] == seed.published
    assert version["modified"] == seed.modified
    terms = {
        found["term"]
        for found in json.loads(
            get(
                address,
                "/published/mentions.json",
                _shape="array",
                version=version["id"],
                _size="max",
            )
        )
    }
    assert set(seed.terms) <= terms


def test_its_page_tells_the_story(address, seed):
    """The page's page shows text, region, project, publisher and how the date is known."""
    version = row(address, "versions", url=seed.url, current=1)
    shown = " ".join(
        html.fromstring(get(address, f"/sivu/{version['page']}")).text_content().split()
    )
    for fact in (*seed.facts, REGIONS[seed.region], seed.project, seed.organisation, seed.url):
        assert fact in shown
    if seed.published is None:
        assert "ei kerro, milloin se on julkaistu" in shown


def test_its_happenings_are_rows(address, seed):
    """Dated happenings told in the text are found, the year inferred where it is not told."""
    version = row(address, "versions", url=seed.url, current=1)
    events = json.loads(
        get(address, "/published/events.json", _shape="array", version=version["id"], _size="max")
    )
    assert set(seed.events) <= {event["start"] for event in events}
