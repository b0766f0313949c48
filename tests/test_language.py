"""Languages are told by passage, always the same, and never from too little."""

import pytest

from archive.language import detect_language, language_passages, languages_of, main_language

FI = "Yhdistysten ja hyvinvointialueen yhteinen pöytä kokoontuu neljä kertaa vuodessa eri kunnissa."
SV = "Föreningarna och välfärdsområdet möts fyra gånger om året i olika kommuner i regionen."
EN = "The associations and the wellbeing services county meet four times a year in different towns."
ET = "Ühendused ja hoolekandepiirkond kohtuvad neli korda aastas erinevates valdades ja linnades."
RU = "Объединения и область благосостояния встречаются четыре раза в год в разных городах."


@pytest.mark.parametrize(
    ("text", "code"), [(FI, "fi"), (SV, "sv"), (EN, "en"), (ET, "et"), (RU, "ru")]
)
def test_language_of_a_sentence(text, code):
    """Each of the five languages is told from one sentence."""
    assert detect_language(text) == code


@pytest.mark.parametrize(
    "text",
    ["", "Yhteystiedot", "Järjestöpäivä Kouvolassa", "1234567890 " * 10, "*" * 200],
    ids=["empty", "word", "heading", "figures", "signs"],
)
def test_too_little_has_no_language(text):
    """A short text, figures or signs have none, and do not raise."""
    assert detect_language(text) is None


def test_capitals_are_read_as_words():
    """A heading in capitals has a language, though langdetect skips such words."""
    assert detect_language(FI.upper()) == "fi"


def test_passages_cover_languages_in_their_order():
    """A page with three languages has three passages whose offsets cut them out."""
    text = f"{FI}\n{FI}\n{SV}\n{EN}"
    found = language_passages(text)
    assert [passage.language for passage in found] == ["fi", "sv", "en"]
    assert [text[passage.start : passage.end] for passage in found] == [f"{FI}\n{FI}", SV, EN]


def test_heading_between_two_passages_of_one_language_belongs_to_them():
    """A short line does not cut a text in two; at a border it stays without a language."""
    found = language_passages(f"{FI}\nVäliotsikko\n{FI}\nIn English\n{EN}")
    assert [passage.language for passage in found] == ["fi", None, "en"]


def test_languages_come_by_size():
    """The language with the most text comes first."""
    text = f"{SV}\n{FI}\n{FI}"
    assert languages_of(language_passages(text)) == ("fi", "sv")
    assert main_language(text, language_passages(text)) == "fi"


def test_list_of_short_lines_is_judged_as_a_whole():
    """Where every line is short, the lines together have a language."""
    text = "Uusi puheenjohtaja aloitti\nKylät kutsuvat kahville\nAvustushaku on nyt auki"
    assert main_language(text, language_passages(text)) == "fi"


def test_answer_is_the_same_every_time():
    """The detector is seeded: a hundred readings of an unsure text agree."""
    unsure = "Helsinki Turku Tampere Oulu Kuopio Lahti seminarium program 2020 konferens"
    assert len({detect_language(unsure) for _ in range(100)}) == 1
