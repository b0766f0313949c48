"""The JSON answers: as described, as the pages, and without what may not be shown."""

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.asking import words_of
from tests.sample_archive import HIDDEN_WORDS, SNIPPET_TAIL

ASKED = {
    "/api/search": "SearchResults",
    "/api/search?q=yhdistys&region=09&year=2022&sivu=1": "SearchResults",
    "/api/search?q=olematonsana": "SearchResults",
    f"/api/search?q={SNIPPET_TAIL}": "SearchResults",
    "/api/kwic?q=kumppanuuspöytä&lajittelu=vasen&leveys=160": "Concordance",
    "/api/kwic": "Concordance",
    "/api/trends?q=yhdistys,avustus": "Trends",
    "/api/trends": "Trends",
    '/api/search?q="auki': "Problem",
    '/api/kwic?q="auki': "Problem",
    '/api/trends?q="auki': "Problem",
    "/api/versions/ei-ole": "Problem",
}


@pytest.fixture(scope="module")
def described(browser):
    """Read the description."""
    return browser.get("/openapi.json").json()


def check(described, name, answer):
    """Raise where an answer is not as described."""
    registry = Registry().with_resource("d", DRAFT202012.create_resource(described))
    schema = {"$ref": f"d#/components/schemas/{name}"}
    OAS31Validator(schema, registry=registry).validate(answer)


def test_description_is_openapi(described):
    """The description is valid OpenAPI 3.1, and names this server."""
    OpenAPIV31SpecValidator(described).validate()
    assert described["servers"] == [{"url": "http://localhost"}]


@pytest.mark.parametrize(("address", "schema"), ASKED.items())
def test_answer_is_as_described(browser, described, address, schema):
    """Each answer, also one that refuses, fits its schema and says its type."""
    response = browser.get(address)
    check(described, schema, response.json())
    path = address.partition("?")[0].replace("ei-ole", "{id}")
    answers = described["paths"][path]["get"]["responses"][str(response.status_code)]
    assert response.headers["content-type"] in answers["content"]


def test_every_version_is_as_described(browser, described):
    """Each version that the search lists has its own answer; text that may not be shown is not in it."""
    hits = browser.get("/api/search?versiot=kaikki&samat=erikseen").json()["hits"]
    assert len(hits) == 20
    for hit in hits:
        answer = browser.get(f"/api/versions/{hit['id']}").json()
        check(described, "Version", answer)
        assert (answer["text"] is None) == (hit["access"] != "open")
        assert browser.get(answer["html"]).status_code == 200


def test_description_names_every_parameter(browser, described):
    """Every parameter that the pages put into their addresses is described, and changes the answer."""
    search = described["paths"]["/api/search"]["get"]["parameters"]
    assert {one["name"] for one in search} >= {"q", "tapa", "region", "county", "jarjestys", "sivu"}
    plain = browser.get("/api/search?q=pöytä").json()
    whole = browser.get("/api/search?q=pöytä&tapa=sana").json()
    assert whole["total"] < plain["total"]


def test_answer_is_what_the_page_shows(browser):
    """Total, facet counts and marked words are those of the page; its address leads there."""
    answer = browser.get("/api/search?q=avustus&region=09").json()
    page = browser.tree(answer["html"])
    assert f"{answer['total']} sivua" in words_of(page)
    marked = {mark.text for mark in page.findall(".//ol[@class='hits']//mark")}
    pieces = [piece for hit in answer["hits"] for piece in hit["snippet"]]
    assert {piece["text"] for piece in pieces if piece["match"]} <= marked
    counted = {one["label"]: one["pages"] for one in answer["facets"]["region"]}
    assert counted["Etelä-Karjala"] == answer["total"]


def test_hidden_match_is_told(browser):
    """A hit in a part that may not be shown is found, told to be hidden, and not shown."""
    (hit,) = browser.get(f"/api/search?q={SNIPPET_TAIL}").json()["hits"]
    assert hit["match_hidden"]
    assert SNIPPET_TAIL not in str(hit)


@pytest.mark.parametrize(
    "address", [*ASKED, "/api/search?versiot=kaikki&samat=erikseen", "/openapi.json"]
)
def test_nothing_hidden_in_any_answer(browser, address):
    """No answer holds a word of a closed or taken-down page."""
    content = browser.get(address).text.lower()
    assert not [word for word in HIDDEN_WORDS if word in content]
