"""Bytes become text by evidence, whatever they declare; no bytes raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.decode import canonical_charset, clean_text, decode_html, is_plausible, repair_mojibake

FINNISH = (
    "Järjestöjen yhteistyö jatkuu. Tervetuloa päivään Åbohon ja Ähtäriin, sanoi työryhmä! " * 4
)
DASHED = "Yhdistysten väliset työpajat – “kaikille avoimet” – jatkuvat myös ensi vuonna. " * 4
RUSSIAN = "Объединения некоммерческих организаций встречаются в Хельсинки. " * 4
ESTONIAN = "Ühenduste koostöö jätkub õhtul, šokolaad ja žürii ootavad. " * 4


def _page(text: str, charset: str, meta: str = "") -> bytes:
    return f"<html><head>{meta}</head><body><p>{text}</p></body></html>".encode(charset)


@pytest.mark.parametrize(
    ("text", "written", "declared", "meta", "charset"),
    [
        pytest.param(FINNISH, "utf-8", None, "", "utf-8", id="utf8-undeclared"),
        pytest.param(FINNISH, "utf-8", "iso-8859-1", "", "utf-8", id="utf8-said-latin1"),
        pytest.param(FINNISH, "latin-1", None, "", "windows-1252", id="latin1-undeclared"),
        pytest.param(FINNISH, "latin-1", "utf-8", "", "windows-1252", id="latin1-said-utf8"),
        pytest.param(DASHED, "cp1252", "iso-8859-1", "", "windows-1252", id="cp1252-said-latin1"),
        pytest.param(FINNISH + "5 €", "iso-8859-15", "iso-8859-15", "", "iso-8859-15", id="latin9"),
        pytest.param(
            FINNISH + "5 €",
            "iso-8859-15",
            None,
            '<meta charset="iso-8859-15">',
            "iso-8859-15",
            id="latin9-in-meta",
        ),
        pytest.param(
            FINNISH, "latin-1", "windows-1251", "", "windows-1252", id="latin1-said-cyrillic"
        ),
        pytest.param(
            FINNISH, "mac_roman", "iso-8859-1", "", "mac-roman", id="macintosh-said-latin1"
        ),
        pytest.param(FINNISH, "cp850", None, "", "cp850", id="dos"),
        pytest.param(RUSSIAN, "cp1251", "windows-1251", "", "windows-1251", id="russian-declared"),
        pytest.param(RUSSIAN, "koi8_r", None, "", "koi8-r", id="russian-undeclared"),
        pytest.param(
            ESTONIAN, "cp1257", "windows-1257", "", "windows-1257", id="estonian-declared"
        ),
        pytest.param(FINNISH, "utf-16-le", None, "", "utf-16-le", id="utf16-without-mark"),
        pytest.param(FINNISH, "utf-16", None, "", "utf-16-le", id="utf16-with-mark"),
        pytest.param(FINNISH, "utf-8-sig", "iso-8859-1", "", "utf-8", id="mark-before-http"),
    ],
)
def test_text_survives_its_charset(text, written, declared, meta, charset):
    """The text comes back whole, under the charset that it was written in."""
    decoded = decode_html(_page(text, written, meta), declared)
    assert text.strip() in decoded.text
    assert decoded.charset == charset
    assert decoded.repaired is False


def test_stray_bytes_in_utf8_are_mended_and_marked():
    """A page in UTF-8 with a few Latin-1 letters pasted in keeps both, and says that it was mended."""
    payload = _page(FINNISH, "utf-8") + "lisäys tähän.".encode("latin-1")
    decoded = decode_html(payload, "utf-8")
    assert decoded.text.endswith("lisäys tähän.")
    assert (decoded.charset, decoded.repaired) == ("utf-8", True)


def test_letter_cut_off_at_the_end_does_not_change_the_charset():
    """A payload cut inside its last letter is still UTF-8; the half letter is dropped."""
    decoded = decode_html(FINNISH.encode() + "ä".encode()[:1], None)
    assert (decoded.charset, decoded.text) == ("utf-8", FINNISH)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("TyÃ¶pÃ¤ivÃ¤t â€“ Ã„htÃ¤ri", "Työpäivät – Ähtäri", id="letters-and-dash"),
        pytest.param("Ã…bo Ã–stra", "Åbo Östra", id="capitals"),
        pytest.param("Näin käy: Ã¤", "Näin käy: Ã¤", id="one-mark-is-talk"),
        pytest.param("Järjestö – päivä", "Järjestö – päivä", id="right-text-stays"),
    ],
)
def test_mojibake_is_mended_only_where_it_is(text, wanted):
    """Letters encoded twice become letters; right text and a single example stay."""
    assert repair_mojibake(text) == wanted


def test_text_is_cleaned_of_what_hides_words_from_search():
    """Soft hyphens, zero-width signs and controls go, hard spaces become plain, letters are composed."""
    assert clean_text("yh\u00addis\u200btys\u00a0ry\x07 a\u0308\u2060") == "yhdistys ry ä"


def test_emoji_sequences_stay_whole():
    """The joiner inside an emoji is no zero-width rubbish."""
    assert clean_text("👩\u200d🌾") == "👩\u200d🌾"


@pytest.mark.parametrize("name", ["rot13", "idna", "utf-7", "undefined", "base64", "suomi", ""])
def test_codecs_that_are_no_charsets_are_refused(name):
    """A page cannot choose a Python codec that is no character set."""
    assert canonical_charset(name) is None


def test_reading_with_cyrillic_inside_latin_words_is_implausible():
    """Scripts mixed inside words are the mark of a wrong reading."""
    assert not is_plausible(FINNISH.encode("latin-1").decode("cp1251"))
    assert is_plausible(RUSSIAN)


@given(
    payload=st.binary(max_size=400),
    declared=st.one_of(
        st.none(), st.text(max_size=20), st.sampled_from(["utf-8", "gbk", "utf-16", "big5"])
    ),
)
def test_no_bytes_raise(payload, declared):
    """Any bytes under any declaration give a text without control characters or lone surrogates."""
    text = decode_html(payload, declared).text
    text.encode("utf-8")
    assert "\x00" not in text
