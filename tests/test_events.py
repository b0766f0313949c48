"""Happenings are found with their time and place; deadlines, stamps and statutes are not happenings."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.events import find_events

REFERENCE = date(2020, 2, 18)


def _one(text: str, reference: date | None = REFERENCE):
    (event,) = find_events(text, reference)
    return event


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Verkosto kokoontuu 26.1.21 klo 10-12.", "2021-01-26T10:00", "2021-01-26T12:00"),
        ("Tapaaminen tiistaina 9.4.2019 klo 14.00-16.00", "2019-04-09T14:00", "2019-04-09T16:00"),
        ("ke 5.2.2020 keskusteltiin mallista", "2020-02-05", None),
        ("Möte den 29 augusti kl. 14-15.30", "2020-08-29T14:00", "2020-08-29T15:30"),
        ("Järjestöpäivät pidetään 5.–6.9.2020", "2020-09-05", "2020-09-06"),
        ("Leirikoulutus on 31.7.-2.8.2021", "2021-07-31", "2021-08-02"),
        ("Kokous 3. maaliskuuta 2020 klo 9", "2020-03-03T09:00", None),
        ("Kumppanuuspöytä piti 22.3.19 kokouksensa", "2019-03-22", None),
        ("Tulossa tapaaminen 27.3, missä jatketaan", "2020-03-27", None),
    ],
)
def test_event_has_its_time(text, start, end):
    """Day, clock and range are read in Finnish and Swedish forms."""
    event = _one(text)
    assert (event.start, event.end) == (start, end)
    assert event.precision == ("minute" if "T" in start else "day")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sopimus allekirjoitettiin 3.4.2020.", id="bare-date"),
        pytest.param("Ilmoittaudu viimeistään 10.3.2020 kokoukseen.", id="deadline"),
        pytest.param("Ilmoittautumiset kokoukseen 10.3.2020 mennessä.", id="deadline-after"),
        pytest.param("Anmäl dig till mötet senast den 28 april 2020.", id="swedish-deadline"),
        pytest.param("Julkaistu 26.3.2019 klo 12.15", id="stamp"),
        pytest.param("Kokouksessa käsiteltiin lakia 410/2015 ja 246 §:ää.", id="statute"),
        pytest.param("Kokous on 31.11.2021 klo 10.", id="no-such-day"),
        pytest.param("Maanantaina 20.1.2020 avautui hankehaku.", id="call-opens"),
        pytest.param("Kokouksessa esiteltiin Järjestö 2.0, joka päättyy.", id="name-with-figures"),
    ],
)
def test_no_event_is_invented(text):
    """What is no happening gives none."""
    assert find_events(text, REFERENCE) == ()


@pytest.mark.parametrize(
    ("text", "reference", "start"),
    [
        pytest.param("Kokous tiistaina 17.3. klo 17", date(2020, 2, 18), "2020-03-17", id="soon"),
        pytest.param("Kokous 12.1. klo 17", date(2020, 12, 20), "2021-01-12", id="over-new-year"),
        pytest.param(
            "Kokous pidettiin 13.12. klo 17", date(2021, 1, 5), "2020-12-13", id="just-before"
        ),
        pytest.param(
            "Kokous maanantaina 1.6. klo 9", date(2020, 11, 30), "2020-06-01", id="weekday-agrees"
        ),
    ],
)
def test_missing_year_is_inferred_and_marked(text, reference, start):
    """The year that is not there comes from the day of the page, helped by the weekday, and is marked."""
    event = _one(text, reference)
    assert event.start.startswith(start)
    assert event.year_inferred


def test_without_a_reference_a_date_without_year_is_left_out():
    """No year is made up out of nothing; a full date needs no reference."""
    assert find_events("Kokous tiistaina 17.3. klo 17", None) == ()
    assert _one("Kokous 17.3.2020 klo 17", None).year_inferred is False


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "Aika: ti 17.3.2020 klo 17–19\nPaikka: Kumppanuustalo, auditorio\nTervetuloa",
            "Kumppanuustalo, auditorio",
        ),
        ("Verkosto kokoontuu 26.1.21 klo 10-12 Teams-yhteydellä.", "Teams-yhteydellä"),
        ("Nästa möte ordnas den 4 maj kl. 13 på distans.", "på distans"),
        (
            "Tilaisuus on ti 17.3. klo 17 Rantamaan Kumppanuustalon auditoriossa.",
            "Rantamaan Kumppanuustalon auditoriossa",
        ),
        ("Kokous 17.3.2020 klo 17.", None),
    ],
)
def test_event_has_its_place(text, place):
    """A labelled place, a named house or a connection is the place; nothing else is."""
    assert _one(text).place == place


def test_event_keeps_its_sentence_and_its_evidence():
    """The title is the sentence that tells it; the evidence the exact characters."""
    event = _one(
        "Hanke jatkuu. Seudullinen työpaja pidetään to 13.2.2020 klo 9-11 Oulussa! Tervetuloa."
    )
    assert event.title == "Seudullinen työpaja pidetään to 13.2.2020 klo 9-11 Oulussa!"
    assert event.evidence == "to 13.2.2020 klo 9-11"


def test_the_same_event_is_told_once():
    """An event named twice in a text is one event."""
    text = "Kokous on 17.3.2020 klo 17.\nMuistathan: kokous 17.3.2020 klo 17!"
    assert len(find_events(text, REFERENCE)) == 1


@given(st.text(alphabet="0123456789.:-– kloaikmtu\n", max_size=80))
def test_no_text_raises(text):
    """Any run of figures and signs is read without an error."""
    find_events(text, REFERENCE)
