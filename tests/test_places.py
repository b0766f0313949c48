"""Municipalities and counties are found in the forms that texts use, and persons and common words are not taken for them."""

from dataclasses import dataclass

import pytest

from archive.places import find_counties, find_places, municipalities

CODES = {name: place.code for place in municipalities() for name in (place.fi, place.sv)}


def named(text, regions=()):
    """Return the Finnish names of the municipalities found."""
    names = {place.code: place.fi for place in municipalities()}
    return [names[row.term.removeprefix("municipality:")] for row in find_places(text, regions)]


def test_the_table_is_whole():
    """There are 309 municipalities (2024), each with a code, a region and eleven forms or more."""
    assert len(municipalities()) == 309
    assert len({place.code for place in municipalities()}) == 309
    assert {place.region for place in municipalities()} == {
        *("01", "02", "04", "05", "06", "07", "08", "09", "10", "11"),
        *("12", "13", "14", "15", "16", "17", "18", "19", "21"),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ylivieskan, Nivalan ja Haapajärven yhdistykset", ["Ylivieska", "Nivala", "Haapajärvi"]),
        ("kokous Uudessakaupungissa", ["Uusikaupunki"]),
        ("Tampereelta Virroille", ["Tampere", "Virrat"]),
        ("pidettiin Kaustisella ja Mänttä-Vilppulassa", ["Kaustinen", "Mänttä-Vilppula"]),
        ("lähtee Iistä, tulee Iihin", ["Ii"]),
        ("Turun ja Helsingin", ["Turku", "Helsinki"]),
        ("KOUVOLASSA JA LAPPEENRANNASSA", ["Kouvola", "Lappeenranta"]),
        ("Kotkan-Haminan seutu", ["Kotka", "Hamina"]),
        ("mötet i Vasa, Jakobstads bibliotek och Åbo", ["Vaasa", "Pietarsaari", "Turku"]),
        ("föreningarna i Esbo och Sankt Michel", ["Espoo", "Mikkeli"]),
        ("Members meet in Espoo and Vantaa", ["Espoo", "Vantaa"]),
        ("Kosken Tl kunnassa", ["Koski Tl"]),
    ],
)
def test_municipality_is_found_in_its_forms(text, names):
    """Cases of Finnish, the Swedish genitive, capitals and halves of pairs lead to the municipality."""
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Johtajana aloitti Pekka Salo. Salo nauraa.", id="surname"),
        pytest.param("Puheenjohtaja Marja Vaala kiittää", id="surname-after-title"),
        pytest.param("Eino Kolari jäi eläkkeelle. Kolari palveli pitkään.", id="surname-again"),
        pytest.param("Kaarina Virtanen ja Salla Mäki", id="given-names"),
        pytest.param("Lahti on kaunis paikka uida.", id="word-at-the-start"),
        pytest.param("salon halki lahden pohjukkaan", id="small-letters"),
        pytest.param("II kokoontuminen ja II-osa", id="roman-numeral"),
    ],
)
def test_persons_and_words_are_no_municipalities(text):
    """A surname, a given name, a common word and a numeral are not places."""
    assert named(text) == []


def test_a_case_of_place_speaks_for_the_municipality():
    """Nobody is inside a person: Salossa is the town even where a Salo is named."""
    assert named("Pekka Salo muutti. Salossa on asuntoja.") == ["Salo"]


def test_the_region_of_the_site_decides_where_the_words_do_not():
    """A bare Salo on a site of Southwest Finland is the town; elsewhere it may be anybody."""
    text = "Mukana Salo ja muita."
    assert (named(text, ["02"]), named(text, ["19"])) == (["Salo"], [])


def test_a_municipality_beside_another_needs_no_more():
    """In a list of towns the one that could be a name is a town."""
    assert named("Mukana ovat Salo, Turku ja Kaarina.") == ["Salo", "Turku", "Kaarina"]


def test_mention_counts_and_shows_its_first_place():
    """A mention tells how often, where first and in which form."""
    (found,) = find_places("Toimisto on Kouvolassa. Kouvolan väki kiittää.")
    assert (found.term, found.count, found.first_offset, found.form) == (
        "municipality:286",
        2,
        12,
        "Kouvolassa",
    )


@dataclass(frozen=True)
class County:
    """A county as the registry gives it."""

    id: str = "ekhva"
    fi: str = "Etelä-Karjalan hyvinvointialue"
    sv: str = "Södra Karelens välfärdsområde"


@pytest.mark.parametrize(
    "text",
    [
        "Etelä-Karjalan hyvinvointialueella",
        "SÖDRA KARELENS VÄLFÄRDSOMRÅDE",
        "i Södra Karelens välfärdsområdes",
    ],
)
def test_county_is_found_by_its_full_name(text):
    """The full name in its forms names a county; the region alone does not."""
    assert [row.term for row in find_counties(text, [County()])] == ["county:ekhva"]
    assert find_counties("Etelä-Karjalan yhdistykset", [County()]) == ()
