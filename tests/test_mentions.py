"""Terms and regions are found in the forms that texts use, and only there."""

from dataclasses import dataclass

import pytest

from archive.mentions import FORMS, find_mentions, find_regions, rank_regions


@dataclass(frozen=True)
class Term:
    """A term as the vocabulary gives it."""

    id: str
    pattern: str
    case_sensitive: bool = False


@dataclass(frozen=True)
class Region:
    """A region as the registry gives it."""

    code: str


REGIONS = [Region(code) for code in FORMS]
TERMS = [
    Term("jarjesto20", r"\bj[äa]rjest[öo]t?[ -]?2[.,]0"),
    Term("kumppanuuspoyta", r"\bkumppanuuspöy[dt]"),
    Term("yhes", r"\bYhES", case_sensitive=True),
    Term("sotemuutostuki", r"\bsote-?\s?muutostu[ke]"),
]


def _codes(text: str) -> list[str]:
    return [mention.term.removeprefix("region:") for mention in find_regions(text, REGIONS)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Kymenlaaksossa tavataan", ["08"]),
        ("Etelä-Karjalan yhdistykset", ["09"]),
        ("Kanta-Hämeestä saatiin", ["05"]),
        ("Keski-Suomen liitto, keskisuomalaiset järjestöt", ["13"]),
        ("Pohjois-Pohjanmaalla asuu", ["17"]),
        ("Varsinais-Suomessa ja Satakunnassa", ["02", "04"]),
        ("Uudenmaan ja Länsi-Uudenmaan alueet", ["01"]),
        ("Lapin yhdistykset Lapissa", ["19"]),
        ("Ahvenanmaalla", ["21"]),
        ("eteläkarjalainen yhdistys", ["09"]),
        ("Kainuussa ja Pirkanmaalta", ["18", "06"]),
        ("Etelä-Savoon, Pohjois-Savolle", ["10", "11"]),
        ("POHJOIS-KARJALASSA", ["12"]),
        ("föreningarna i Södra Karelen och Nylands förbund", ["09", "01"]),
        ("Ålands landskapsregering", ["21"]),
        ("associations of Central Finland and Lapland", ["13", "19"]),
        ("Eksoten ja Kymsoten edustajat", ["09", "08"]),
        ("Pohteen? Pohde aloitti", ["17"]),
    ],
)
def test_region_is_found_in_its_forms(text, codes):
    """Cases, adjectives, Swedish, English and a county's own name lead to the region."""
    assert _codes(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param("Etelä-Pohjanmaalla", ["14"], id="south-is-not-the-middle"),
        pytest.param("Keski-Pohjanmaan ja Pohjanmaan liitot", ["16", "15"], id="both"),
        pytest.param("i Södra Österbotten", ["14"], id="swedish-south"),
        pytest.param("Karjala, Savo, Häme ja Suomi", [], id="old-provinces"),
        pytest.param("Lapinlahden ja Lapinjärven kunnat", [], id="municipalities"),
        pytest.param("voit soittaa, tai soite vaikka", [], id="verb"),
        pytest.param("Kanta-asiakas Hämeessä", [], id="halves-apart"),
    ],
)
def test_names_that_only_contain_a_region_are_not_it(text, codes):
    """A longer name is not the shorter one inside it, and shared names are nobody's."""
    assert _codes(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Kanta- ja Päijät-Hämeessä", {"05", "07"}),
        ("Etelä-, Keski- ja Pohjois-Pohjanmaan", {"14", "16", "17"}),
        ("Etelä- ja Pohjois-Karjalan sekä Etelä- ja Pohjois-Savon", {"09", "12", "10", "11"}),
    ],
)
def test_halved_names_count_too(text, codes):
    """The half name in "Kanta- ja Päijät-Häme" is a region too."""
    assert set(_codes(text)) == codes


def test_the_region_told_most_comes_first():
    """Regions are ranked by how often they are named, then by which comes first."""
    text = (
        "Kymenlaakson ja Etelä-Karjalan hankkeen päättyessä kiitämme. Kymenlaakson verkosto jatkaa, "
        "ja työtä johtaa Pohjois-Karjalan yhdistys. Etelä-Karjalassa pöytä kokoontuu, samoin Kymenlaaksossa."
    )
    assert rank_regions(find_regions(text, REGIONS)) == ["08", "09", "12"]


def test_mention_counts_and_shows_the_first_form():
    """A mention says how often, where first and in which whole word."""
    text = "Alueella on kumppanuuspöytä. Kumppanuuspöydän muistiot ovat verkossa."
    (found,) = find_mentions(text, TERMS)
    assert (found.term, found.count, found.first_offset, found.form) == (
        "kumppanuuspoyta",
        2,
        12,
        "kumppanuuspöytä",
    )


def test_capitals_matter_where_the_term_says_so():
    """The dialect "Yhes enemmän" is not the committee YhES."""
    assert find_mentions("Yhes enemmän!", TERMS) == ()
    assert [row.term for row in find_mentions("YhES kokoontuu", TERMS)] == ["yhes"]


def test_terms_come_in_the_order_of_the_text():
    """The term that is named first comes first, whatever the vocabulary's order."""
    text = "Sote-muutostuki jatkaa siitä, mihin Järjestö 2.0 jäi."
    assert [row.term for row in find_mentions(text, TERMS)] == ["sotemuutostuki", "jarjesto20"]


def test_every_region_of_finland_has_forms():
    """All nineteen regions can be found."""
    assert len(FORMS) == 19
