"""Relations tell what stands together in a sentence, and say where the rest came from."""

from dataclasses import dataclass

import pytest

from archive.relations import find_relations, sentences

REGIONS = ("08", "09", "10", "12", "13", "16")


@dataclass(frozen=True)
class Term:
    """A term as the vocabulary gives it."""

    id: str
    kind: str
    pattern: str
    regions: tuple[str, ...] = ()
    case_sensitive: bool = False


TERMS = [
    Term("kumppanuuspoyta", "structure", r"\bkumppanuuspöy[dt]", ("09", "13")),
    Term("yhes", "structure", r"\bYhES", ("10",), case_sensitive=True),
    Term("yhdyshenkilo", "role", r"\bjärjestöyhdyshenkilö"),
    Term("eky", "organisation", r"\bEtelä-Karjalan Yhdistykset"),
]


def told(text, **options):
    """Return structure, region, its basis, municipality, year, its basis and organisation of each relation."""
    return [
        (
            row.structure, row.region, row.region_basis, row.municipality,
            row.year, row.year_basis, row.organisation,
        )
        for row in find_relations(text, TERMS, REGIONS, **options)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        pytest.param(
            "Keski-Suomen kumppanuuspöytä perustettiin vuonna 2019.",
            ("kumppanuuspoyta", "13", "sentence", None, 2019, "sentence", None),
            id="all-in-the-sentence",
        ),
        pytest.param(
            "Etelä-Karjalan Yhdistykset ry kutsui kumppanuuspöydän koolle Lappeenrantaan 5.9.2021.",
            ("kumppanuuspoyta", "09", "sentence", "405", 2021, "sentence", "eky"),
            id="by-whom",
        ),
        pytest.param(
            "Mikkelissä nimettiin järjestöyhdyshenkilö.",
            ("yhdyshenkilo", "10", "municipality", "491", 2020, "page", None),
            id="region-of-the-municipality",
        ),
        pytest.param(
            "YhES antoi lausunnon.",
            ("yhes", "10", "term", None, 2020, "page", None),
            id="region-of-the-term",
        ),
        pytest.param(
            "Järjestöyhdyshenkilö vastaa yhteydestä.",
            ("yhdyshenkilo", "16", "site", None, 2020, "page", None),
            id="region-of-the-site",
        ),
    ],
)
def test_relation_tells_what_it_knows_and_from_where(text, relation):
    """The sentence goes first; term, site and page fill in and are named."""
    assert told(text, site_regions=("16",), year=2020) == [relation]


def test_each_region_of_a_sentence_has_its_own_relation():
    """A sentence about two regions is about the structure in both."""
    rows = told("Etelä- ja Pohjois-Karjalan kumppanuuspöydät tapasivat 2018.")
    assert [(row[1], row[4]) for row in rows] == [("09", 2018), ("12", 2018)]


def test_nothing_is_made_up():
    """Without a region, a year and a date they stay unknown."""
    assert told("Kumppanuuspöytä kokoontuu.") == [("kumppanuuspoyta", None, None, None, None, None, None)]  # fmt: skip


def test_another_sentence_gives_nothing():
    """A region and a year of the next sentence are not the structure's."""
    assert told("Kumppanuuspöytä kokoontuu. Kymenlaaksossa alkoi vuonna 2018 hanke.") == [
        ("kumppanuuspoyta", None, None, None, None, None, None)
    ]


@pytest.mark.parametrize("text", ["laki 410/2015", "2020-luvulla ei", "kumppanuuspöytä § 2019/12"])
def test_numbers_of_laws_are_no_years(text):
    """Statutes and record numbers are not when something happened."""
    assert all(
        row[4] is None for row in told(f"Kumppanuuspöytä ja {text}") if "luvulla" not in text
    )


def test_span_is_the_sentence():
    """The evidence of a relation is the whole sentence, to be shown and cited."""
    text = "Alkusanat ensin. Kumppanuuspöytä kokoontui 5.2.2020 Kotkassa.\nLoppu."
    (row,) = find_relations(text, TERMS, REGIONS)
    assert text[row.start : row.end] == "Kumppanuuspöytä kokoontui 5.2.2020 Kotkassa."


def test_sentences_cover_the_text():
    """Every word stands in exactly one sentence."""
    text = "Yksi 1.2.2020 klo 9. Kaksi? Kolme!\n\nNeljä ry:n esim. viisi."
    assert " ".join(text[a:b] for a, b in sentences(text)).split() == text.split()


NATIONAL = [
    Term("mvn", "structure", r"\bverkostojärjestöjen neuvottelukun"),
    Term("asiantuntija", "role", r"\bjärjestöasiantuntij"),
]


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Verkostojärjestöjen neuvottelukunta perustettiin etänä.", (None, None)),
        ("Verkostojärjestöjen neuvottelukunta kokoontui Etelä-Karjalassa.", ("09", "sentence")),
        ("Järjestöasiantuntija aloitti työnsä.", ("13", "site")),
    ],
    ids=["national-structure", "told-place", "role"],
)
def test_a_national_structure_is_not_the_regions_that_writes_about_it(text, region):
    """The region of the site is that of a role or of a regional structure, never of the whole country's."""
    (row,) = find_relations(text, NATIONAL, REGIONS, site_regions=("13",))
    assert (row.region, row.region_basis) == region
