"""Turn a word form into the search terms under which it is found.

A term is a lemma (``järjestö``), a part of a compound (``p_järjestö``) or, for a word that no rule
knows, its stem (``s_covid_19``). Terms hold letters, digits and ``_`` only, so that FTS5 keeps each whole.

Finnish is analysed by pypykko (MIT; its lexicon is from Kotus, CC BY 4.0), Swedish by simplemma;
of other languages only the case of the letters is levelled.
Measured on the development parts of UD Finnish-TDT and Swedish-Talbanken, sentences as documents, November 2026, micro F:
Finnish lemma typed .950, inflected form typed .913, word inside compounds .937; Swedish lemma .972, inflected form .968.
Analysing the lower case too of forms with capitals raised the first from .948 and cost .001 of the third.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from archive.finnish import Reading, readings

TOKEN = re.compile(r"[^\W_]+(?:[-‐‑–'’:.·/][^\W_]+)*")
"""A word with what belongs to it: ``kanta-hämeen``, ``STEA:n``, ``lähellä.fi``."""

ACRONYM = re.compile(r"([A-ZÅÄÖ0-9]{2,})[:’']?([a-zåäö]{1,7})")
CASE_ENDING = re.compile(
    r"i?n|i?[aä]|t[aä]|i?ss[aä]|i?st[aä]|i?ll[aä]|i?lt[aä]|i?lle|i?ksi|i?n[aä]|[aeouyäö]n|h[ai]n|seen"
    r"|t|ien|ille|kin|kaan|iin|ään|aan|oon|uun|een|tt[aä]"
)
NOT_SWEDISH = frozenset({"sote"})
"""Finnish words whose Swedish reading would bring another Finnish word: ``sote`` is no form of ``sot`` (soot), which would
find ``sota`` (war). Leaving Swedish out for every word of the Finnish lexicon cost .035 of the Swedish F of inflected forms."""
LONGEST = 60
"""Characters; a longer token is an address or a fault, and its analysis grows with its length."""

FINNISH_SPELLINGS = (("w", "v"),)
SWEDISH_SPELLINGS = (
    (r"hv|fv|w", "v"),
    ("qv", "kv"),
    ("(?<=[aeiouyåäö])f(?=[aeiouyåäö])", "v"),
)
"""Spellings before the reforms (Swedish: 1906) and those of today; tried for words that no dictionary knows as they stand."""

SEPARATORS = re.compile(r"[-‐‑–'’:.·/]+")


def tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the words of a text with their places.

    >>> [word.group() for word in tokens("STEA:n avustus (Kanta-Häme), lähellä.fi.")]
    ['STEA:n', 'avustus', 'Kanta-Häme', 'lähellä.fi']
    """
    return TOKEN.finditer(text)


def analyse(form: str, language: str | None) -> tuple[str, ...]:
    """Return the search terms of one word form, in alphabetical order.

    Args:
        form: the word as it stands in the text; capitals count.
        language: ISO 639-1; ``None`` is read as Finnish, the language of nearly all pages.

    >>> analyse("samarbetets", "sv")
    ('samarbete',)
    >>> analyse("Partners", "en")
    ('partners',)
    """
    if len(form) > LONGEST:
        return (as_term(form[:LONGEST]),)
    if language in ("fi", None):
        return _finnish(form)
    return (_swedish(form) if language == "sv" else as_term(form),)


@lru_cache(maxsize=50_000)
def _finnish(form: str) -> tuple[str, ...]:
    acronym = _acronym(form)
    if acronym:
        return (as_term(acronym),)
    found = [reading for variant in _variants(form) for reading in variant]
    modern = _respelled(form, FINNISH_SPELLINGS)
    if modern != form and all(reading.guessed for reading in found):
        found = [one for one in readings(modern) if not one.guessed] or found
    return tuple(sorted(set(_terms(found)) if found else _unknown(form)))


def _respelled(form: str, spellings: Iterable[tuple[str, str]]) -> str:
    """Return a form as it is spelled today, without its capitals where it was spelled in an old way.

    >>> _respelled("Waasan", FINNISH_SPELLINGS), _respelled("öfver", SWEDISH_SPELLINGS)
    ('vaasan', 'över')
    """
    modern = form.lower()
    for old, new in spellings:
        modern = re.sub(old, new, modern)
    return modern if modern != form.lower() else form


def _variants(form: str) -> Iterator[tuple[Reading, ...]]:
    """Yield the readings of a form, and of its lower case where capitals may only mark the place.

    ``TEHNYT`` is guessed to be a name, which it is not, and ``Olen`` is one (Ole), but mostly a verb.
    """
    plain = tuple(one for one in readings(form.lower()) if not one.guessed)
    as_written = readings(form)
    if not (plain and form.isupper() and all(one.guessed for one in as_written)):
        yield as_written
    if form != form.lower():
        yield plain


def _terms(found: Iterable[Reading]) -> Iterator[str]:
    for reading in found:
        yield as_term(reading.lemma)
        yield from ("p_" + as_term(part) for part in reading.parts if part != reading.lemma)


def _unknown(form: str) -> set[str]:
    """Return the terms of a form that nothing explains: itself, its stem, the words it is joined of."""
    terms = {as_term(form), "s_" + as_term(form.partition(":")[0])}
    for part in form.split("-") if "-" in form else ():
        if part:
            terms |= {term if term[:2] in ("p_", "s_") else "p_" + term for term in _finnish(part)}
    return terms


def _acronym(form: str) -> str | None:
    """Return the acronym of ``STEAlle`` or ``KYTin``, else ``None``."""
    match = ACRONYM.fullmatch(form)
    return match[1] if match and CASE_ENDING.fullmatch(match[2]) else None


def _swedish(form: str) -> str:
    import simplemma

    modern = _respelled(form, SWEDISH_SPELLINGS)
    if modern != form and not simplemma.is_known(form, lang="sv"):
        form = modern if simplemma.is_known(modern, lang="sv") else form
    return as_term(simplemma.lemmatize(form, lang="sv", greedy=True))


def as_term(word: str) -> str:
    """Spell a word as one token of FTS5.

    >>> as_term("Kanta-Häme")
    'kanta_häme'
    """
    return SEPARATORS.sub("_", word.lower())


def query_terms(form: str, *, compounds: bool, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the terms of which one must stand in a text for this query word to be in it.

    A word that is a lemma itself means that lemma; of several readings of an inflected form, the one
    that a Finnish dictionary prefers is meant.
    A query says no language, so the Swedish lemma and the plain form are looked for too.

    Args:
        form: the word as typed.
        compounds: find the word inside compounds too.
        known: the search terms of the form where they are known already; analysed otherwise.
    """
    lemmas = {term for term in known or _finnish(form) if not term.startswith("p_")}
    wanted = _meant(form, lemmas) | {as_term(form), "s_" + as_term(form.partition(":")[0])}
    if form.lower() not in NOT_SWEDISH:
        wanted.add(_swedish(form))
    if compounds:
        wanted |= {"p_" + term for term in wanted if not term.startswith("s_")}
    return tuple(sorted(wanted))


def _meant(form: str, lemmas: set[str]) -> set[str]:
    if as_term(form) in lemmas:
        return {as_term(form)}
    if len(lemmas) > 1:
        import simplemma

        preferred = as_term(simplemma.lemmatize(form, lang="fi", greedy=True))
        return {preferred} if preferred in lemmas else lemmas
    return lemmas
