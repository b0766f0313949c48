"""Search terms of word forms."""

import pytest

from archive.lemmas import analyse, query_terms, tokens


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        pytest.param("järjestöjen", "järjestö", id="genitive plural"),
        pytest.param("kumppanuuspöydässä", "kumppanuuspöytä", id="consonant gradation in a compound"),
        pytest.param("vuonna", "vuosi", id="listed as an adverb"),
        pytest.param("TEHNYT", "tehdä", id="all capitals"),
        pytest.param("Olen", "olla", id="a capital at the beginning of a sentence"),
        pytest.param("STEAlle", "stea", id="acronym with a bare ending"),
        pytest.param("KYTin", "kyt", id="acronym with a binding vowel"),
        pytest.param("STEA:n", "stea", id="acronym with a colon"),
        pytest.param("Kanta-Hämeen", "kanta_häme", id="hyphen"),
        pytest.param("ihimiset.fi-verkkopalvelun", "ihimiset_fi_verkkopalvelu", id="full stop and hyphen"),
    ],
)  # fmt: skip
def test_finnish_form_gives_its_lemma(form, lemma):
    """The lemma is among the terms, whatever the ending and the capitals."""
    assert lemma in analyse(form, "fi")


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        ("hyvinvointialueella", {"p_alue", "p_hyvinvointi"}),
        ("järjestöyhteistyöstä", {"p_järjestö", "p_yhteistyö", "p_työ"}),
        ("Kunta-järjestöyhteistyö", {"p_kunta", "p_järjestö", "p_järjestöyhteistyö"}),
        ("avustuspäätöksen", {"p_avustus", "p_päätös"}),
    ],
)
def test_compound_gives_its_parts(form, parts):
    """Every word and every run of words inside a compound is a term, marked as a part."""
    assert parts <= set(analyse(form, "fi"))


def test_whole_word_is_no_part_of_itself():
    """A simple word has no part terms, so that a search for parts cannot find it twice."""
    assert analyse("järjestöille", "fi") == ("järjestö",)


def test_swedish_and_other_languages():
    """Swedish gets its lemma; a word of another language stands as it is, and as its lemma where that is known."""
    assert analyse("föreningarna", "sv") == ("förening",)
    assert analyse("Organisations", "en") == ("organisation", "organisations")
    assert analyse("Organizacija", "lv") == ("organizacija",)


@pytest.mark.parametrize(
    ("form", "language", "words"),
    [
        pytest.param("kuntien/yhdistysten", "fi", {"kunta", "yhdistys"}, id="slash"),
        pytest.param("Föreningar/organisationer", "sv", {"förening", "organisation"}, id="slash in Swedish"),
        pytest.param("2018–2020", "fi", {"2018", "2020", "2018_2020"}, id="range of years"),
        pytest.param("12.3.2019", "fi", {"2019", "12_3_2019"}, id="date"),
        pytest.param("päättyi.Seuraava", "fi", {"päättyä", "seuraava"}, id="no space after a full stop"),
        pytest.param("www.lähellä.fi/haku", "fi", {"www_lähellä_fi", "haku"}, id="address"),
    ],
)  # fmt: skip
def test_words_that_a_sign_joins_are_found_each(form, language, words):
    """Words between which no space stands are words all the same."""
    assert words <= set(analyse(form, language))


@pytest.mark.parametrize(
    ("typed", "form", "language"),
    [
        pytest.param("sote-uudistus", "soteuudistuksen", "fi", id="hyphen typed"),
        pytest.param("soteuudistus", "sote-uudistuksen", "fi", id="hyphen in the text"),
        pytest.param("kantahäme", "Kanta-Hämeessä", "fi", id="name without its hyphen"),
        pytest.param("Kanta-Häme", "Kanta\u2011Hämeen", "fi", id="hyphen that does not break"),
        pytest.param("kytin", "KYTin", "fi", id="acronym typed small"),
        pytest.param("Ekhva", "Ekhvan", "fi", id="name of no lexicon"),
        pytest.param("Ekhvan", "Ekhva", "fi", id="form of a name of no lexicon"),
        pytest.param("sihteeri", "sihteeri’n", "fi", id="ending after an apostrophe"),
        pytest.param("STEA", "STEA:s", "sv", id="acronym with the Swedish genitive"),
        pytest.param("organisation", "organisation’s", "en", id="English genitive"),
        pytest.param("association", "associations", "en", id="English plural"),
        pytest.param("Soste", "Sosten", "fi", id="name that looks like another word"),
        pytest.param("Varha", "Varhasta", "fi", id="name that looks like a verb"),
        pytest.param("Soite", "Soitelle", "fi", id="name that is a form of a verb"),
        pytest.param("Kymenhva", "Kymenhva:n", "fi", id="name with a colon"),
        pytest.param("yhdyspinnat", "yhdyspinta", "fi", id="form of two compounds"),
        pytest.param("lain", "lakien", "fi", id="form that is a lemma too"),
        pytest.param("tehnyt", "tekevät", "fi", id="participle"),
        pytest.param("beslut", "besluten", "sv", id="noun that looks like a participle"),
        pytest.param("understödet", "understöd", "sv", id="noun that looks like a verb"),
    ],
)  # fmt: skip
def test_spellings_of_one_word_find_each_other(typed, form, language):
    """Hyphens, capitals, apostrophes and endings of acronyms hide no word, as a whole word."""
    assert set(query_terms(typed, compounds=False)) & set(analyse(form, language))


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        ("partnerskapsbordet", {"p_partnerskap", "p_bord"}),
        ("ungdomsföreningarnas", {"p_ungdom", "p_förening"}),
        ("samarbetsavtalet", {"p_samarbete", "p_avtal"}),
        ("kvinnoföreningen", {"p_kvinna", "p_förening"}),
        ("äldrerådet", {"p_äldre", "p_råd"}),
        ("Kust-Österbottens", {"p_kust", "p_österbotten"}),
    ],
)
def test_swedish_compound_gives_its_parts(form, parts):
    """Both words of a Swedish compound are terms, as parts."""
    assert parts <= set(analyse(form, "sv"))


@pytest.mark.parametrize("form", ["kommun", "organisation", "förening", "församling", "styrelse"])
def test_swedish_word_that_is_no_compound_has_no_parts(form):
    """Words that only look joined stay whole."""
    assert analyse(form, "sv") == (form,)


@pytest.mark.parametrize(
    "form", ["x" * 5_000, "日本語", "2.0", "COVID-19:n", "a-" * 40 + "a", "😀x"]
)
def test_strange_forms_give_terms_that_fts_keeps_whole(form):
    """Nothing that a page may hold stops the analysis, and each term is one token."""
    terms = analyse(form, "fi")
    assert terms
    for term in terms:
        assert term.replace("_", "").isalnum() or term == form.lower(), term


@pytest.mark.parametrize(
    ("label", "forms"),
    [
        ("kumppanuuspöytä", "kumppanuuspöydän kumppanuuspöydissä kumppanuuspöytiin Kumppanuuspöydät KUMPPANUUSPÖYTÄ"),
        ("järjestöneuvottelukunta", "järjestöneuvottelukunnan järjestöneuvottelukunnissa järjestöneuvottelukuntien"),
        ("järjestöfoorumi", "järjestöfoorumit järjestöfoorumissa järjestöfoorumeihin"),
        ("järjestöagentti", "järjestöagentin järjestöagenteille järjestöagentteja"),
        ("yhdistysagentti", "yhdistysagentit yhdistysagenttien yhdistysagentista"),
        ("muutosagentti", "muutosagenttina muutosagenttien muutosagenteilta"),
        ("järjestökummi", "järjestökummit järjestökummien järjestökummeille"),
        ("järjestöyhdyshenkilö", "järjestöyhdyshenkilön järjestöyhdyshenkilöitä järjestöyhdyshenkilöille"),
        ("järjestöasiantuntija", "järjestöasiantuntijan järjestöasiantuntijoita"),
        ("elinvoimapaja", "elinvoimapajassa elinvoimapajojen Elinvoimapajat"),
        ("järjestöavustus", "järjestöavustuksen järjestöavustuksia järjestöavustusten"),
        ("hyvinvointialue", "hyvinvointialueen hyvinvointialueilla hyvinvointialueeseen HYVINVOINTIALUEET"),
        ("järjestöstrategia", "järjestöstrategian järjestöstrategioissa"),
        ("kumppanuustalo", "kumppanuustalon kumppanuustaloissa"),
        ("järjestöklinikka", "järjestöklinikan järjestöklinikalla"),
        ("Kumppanuuspäivä", "kumppanuuspäivän Kumppanuuspäivillä"),
        ("Yhdistystori", "Yhdistystorilla Yhdistystorin"),
        ("Hyte-allianssi", "Hyte-allianssin hyte-allianssissa"),
        ("Kaste-ohjelma", "Kaste-ohjelman Kaste-ohjelmasta"),
        ("MontEri-hanke", "MontEri-hankkeen MontEri-hankkeessa"),
        ("Lähellä.fi", "Lähellä.fi lähellä.fi"),
        ("STEA", "STEAn STEA:n STEAlle STEA:lta"),
        ("SOSTE", "SOSTEn SOSTE:n Soste"),
        ("SOTUNET", "SOTUNETin SOTUNET:n"),
        ("RAY", "RAY:n RAYn RAY:ltä"),
        ("Kanta-Häme", "Kanta-Hämeen Kanta-Hämeessä KANTA-HÄMEEN"),
        ("Keski-Pohjanmaa", "Keski-Pohjanmaan Keski-Pohjanmaalla"),
        ("Varsinais-Suomi", "Varsinais-Suomen Varsinais-Suomeen"),
        ("maakuntauudistus", "maakuntauudistuksen maakuntauudistuksessa"),
        ("sote-uudistus", "sote-uudistuksen Sote-uudistuksessa"),
        ("wapaaehtoinen", "vapaaehtoisten Wapaaehtoiset wapaaehtoisille"),
    ],
    ids=lambda value: value.split()[0],
)  # fmt: skip
def test_words_of_the_vocabulary_find_each_other(label, forms):
    """A term of the vocabulary finds its inflected forms, and each form typed finds the term, as a whole word."""
    for form in forms.split():
        assert set(query_terms(label, compounds=False)) & set(analyse(form, "fi")), form
        assert set(query_terms(form, compounds=False)) & set(analyse(label, "fi")), form


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("partnerskapsbord", "partnerskapsbordet"),
        ("partnerskapsbordens", "partnerskapsbord"),
        ("förening", "föreningarnas"),
        ("välfärdsområde", "Välfärdsområdena"),
        ("över", "öfver"),
        ("vad", "hvad"),
    ],
)
def test_swedish_words_find_each_other(typed, form):
    """Swedish is found in its forms and in the spelling before 1906."""
    assert set(query_terms(typed, compounds=True)) & set(analyse(form, "sv"))


def test_no_war_in_the_welfare_reform():
    """``sote`` finds no ``sota``, which Swedish would bring."""
    assert not set(query_terms("sote", compounds=True)) & set(analyse("sota", "fi"))


def test_query_word_that_is_a_lemma_means_that_lemma():
    """``tuli`` is fire for one who types it, though it is also a form of ``tulla``."""
    assert "tulla" in analyse("tuli", "fi")
    assert "tulla" not in query_terms("tuli", compounds=False)
    assert "toimia" not in query_terms("toimi", compounds=False)


def test_query_finds_parts_only_when_asked():
    """The compound search adds part terms, the whole-word search has none."""
    assert "p_järjestö" in query_terms("järjestöille", compounds=True)
    assert not any(term.startswith("p_") for term in query_terms("järjestöille", compounds=False))


def test_tokens_keep_their_places():
    """A token can be cut out of the text again: highlighting needs it."""
    text = "Kanta-Hämeen STEA:n – avustus."
    assert [text[word.start() : word.end()] for word in tokens(text)] == [
        "Kanta-Hämeen",
        "STEA:n",
        "avustus",
    ]
