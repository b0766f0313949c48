"""Turn a word form into the search terms under which it is found.

A term is a lemma (``järjestö``), a part of a compound (``p_järjestö``) or, for a word that no rule
knows, its stem (``s_covid_19``). Terms hold letters, digits and ``_`` only, so that FTS5 keeps each whole.

Finnish is analysed by pypykko (MIT; its lexicon is from Kotus, CC BY 4.0), Swedish by simplemma, its compounds by our own rule;
a word of another language stands as itself and, where simplemma knows it, as its lemma.
Measured on the development parts of UD Finnish-TDT and Swedish-Talbanken, sentences as documents, November 2026, micro F:
Finnish lemma typed .950, inflected form typed .934, word inside compounds .938; Swedish lemma .970, inflected form .971.
Analysing the lower case too of forms with capitals raised the first from .948 and cost .001 of the third.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from archive.finnish import Reading, readings

TOKEN = re.compile(r"[^\W_]+(?:[-‐‑–'’:.·/][^\W_]+)*")
"""A word with what belongs to it: ``kanta-hämeen``, ``STEA:n``, ``lähellä.fi``."""

INNER_WORD = re.compile(r"[^\W_]+")
"""A word without what joins: ``kanta`` and ``hämeen`` of ``kanta-hämeen``; what FTS5 takes for a word."""

ACRONYM = re.compile(r"([A-ZÅÄÖ0-9]{2,})[:’']?([a-zåäö]{1,7})")
CASE_ENDING = re.compile(
    r"i?n|i?[aä]|t[aä]|i?ss[aä]|i?st[aä]|i?ll[aä]|i?lt[aä]|i?lle|i?ksi|i?n[aä]|[aeouyäö]n|h[ai]n|seen"
    r"|t|ien|ille|kin|kaan|iin|ään|aan|oon|uun|een|tt[aä]"
)
PARTICIPLE = re.compile(r"(?:[nlrs][uy]t|t[uy])$")
NAME_ENDING = re.compile(
    r"(?<=...)(?:ss[aä]|st[aä]|ll[aä]|lt[aä]|lle|ksi|n[aä]|(?<=([aeiouyäö]))\1n|n)$"
)
NOT_SWEDISH = frozenset({"sote"})
"""Finnish words whose Swedish reading would bring another Finnish word: ``sote`` is no form of ``sot`` (soot), which would
find ``sota`` (war). Leaving Swedish out for every word of the Finnish lexicon cost .035 of the Swedish F of inflected forms."""
LONGEST = 60
"""Characters; a longer token is an address or a fault, and its analysis grows with its length."""

DASHES = str.maketrans("‐‑’", "--'")
"""Signs that look alike and that the analysers know one of."""
SEAM = re.compile(r"[/·–.]|:(?=[0-9A-ZÅÄÖ])")
"""Where a token may be several words, as in ``kunta/järjestö``, ``2018–2020`` and ``päättyi.Seuraava``."""
WIDE_SEAM = re.compile(r"[/·–]")
"""The same without full stops and colons: ``lähellä.fi/haku`` holds ``lähellä.fi``."""
MOST_PIECES = 12

OTHER_LANGUAGES = frozenset({"en", "et", "ru", "se"})
"""Languages with lemmas in simplemma that our pages are written in, besides Finnish and Swedish."""
POSSESSIVE = re.compile(r"'s?$")

FINNISH_SPELLINGS = (("w", "v"),)
SWEDISH_SPELLINGS = (
    (r"hv|fv|w", "v"),
    ("qv", "kv"),
    ("(?<=[aeiouyåäö])f(?=[aeiouyåäö])", "v"),
)
"""Spellings before the reforms (Swedish: 1906) and those of today; tried for words that no dictionary knows as they stand."""

SWEDISH_ACRONYM = re.compile(r"([A-ZÅÄÖ0-9]{2,})(?:[:']?s|[:'](?:n|t|et|en|ns|ts|ets|ens))")
ARTICLE = re.compile(r"(?<=....)e[tn]s?$")

SHORTEST_PART = 3
SHORTEST_PARTS = 7
"""Letters of a word in a Swedish compound, and of two of them: fewer would make ``kommun`` hold ``mun``."""

PREFIXES = frozenset({"för", "före", "fram", "med", "mot", "till", "under", "upp", "var", "över"})
SUFFIXES = frozenset({"aktig", "ande", "att", "full", "ism", "opp"})
"""Swedish words that mostly begin or end others without making a compound: ``församling`` is no ``samling``."""

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
    ('p_arbete', 'p_sam', 'samarbete')
    >>> analyse("kunta/järjestö", "fi")
    ('järjestö', 'kunta', 'kunta_järjestö')
    """
    form = form.translate(DASHES)
    pieces = {form, *WIDE_SEAM.split(form)[:MOST_PIECES], *SEAM.split(form)[:MOST_PIECES]}
    return tuple(sorted(set().union(*(_one(piece, language) for piece in pieces if piece))))


def is_joined(form: str) -> bool:
    """Tell whether a form may be several words that a sign joins.

    >>> is_joined("2018–2020"), is_joined("STEA:n")
    (True, False)
    """
    return SEAM.search(form) is not None


def _one(form: str, language: str | None) -> Iterable[str]:
    """Return the search terms of a form that is one word, or is taken for one."""
    if len(form) > LONGEST:
        return (as_term(form[:LONGEST]),)
    if language in ("fi", None):
        return _finnish(form)
    if language == "sv":
        return _swedish_terms(form)
    return _other(form, language)


def _other(form: str, language: str | None) -> set[str]:
    """Return the terms of a form in a language of which we know little."""
    terms = {as_term(form), *_undivided(form, (as_term(form),))}
    terms |= {"p_" + as_term(part) for part in form.split("-") if part and part != form}
    return terms | {_lemma(form, language)} if language in OTHER_LANGUAGES else terms


@lru_cache(maxsize=50_000)
def _finnish(form: str) -> tuple[str, ...]:
    acronym = _acronym(form)
    if acronym:  # who types ``kytin`` without capitals finds ``KYTin``
        return as_term(acronym), "s_" + as_term(form)
    found = [reading for variant in _variants(form) for reading in variant]
    modern = _respelled(form, FINNISH_SPELLINGS)
    if modern != form and all(reading.guessed for reading in found):
        found = [one for one in readings(modern) if not one.guessed] or found
    terms = set(_terms(found)) if found else _unknown(form)
    if all(reading.guessed or (reading.verb and form[:1].isupper()) for reading in found):
        terms |= _name(form)
    return tuple(sorted(terms | _undivided(form, terms)))


def _name(form: str) -> set[str]:
    """Return the name that a form is of which no noun of the lexicon explains: ``Varhasta`` is guessed to be a verb.

    Some names take their ending after an apostrophe or a colon, as in ``Rousseau'n``.
    """
    name, sign, ending = form.replace(":", "'").partition("'")
    if sign:
        return set(_finnish(name)) if name and CASE_ENDING.fullmatch(ending) else set()
    name = NAME_ENDING.sub("", form)
    return {as_term(name)} if name != form else set()


def _undivided(form: str, terms: Iterable[str]) -> set[str]:
    """Return the lemmas of a form as they are written without a hyphen: ``sote-uudistus`` is ``soteuudistus``."""
    if "-" not in form or not any(letter.isalpha() for letter in form):
        return set()
    return {term.replace("_", "") for term in terms if "_" in term and term[:2] not in ("p_", "s_")}


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


def acronyms(word: str) -> Iterator[str]:
    """Yield, in capitals, what a word would be without a case ending.

    >>> list(acronyms("sosten"))
    ['SOSTE', 'SOST']
    """
    for ending in range(1, min(8, len(word) - 1)):
        if CASE_ENDING.fullmatch(word[-ending:]):
            yield word[:-ending].upper()


@lru_cache(maxsize=50_000)
def _swedish_terms(form: str) -> tuple[str, ...]:
    """Return the lemma of a Swedish form and the words that it is joined of."""
    lemma = _swedish(form)
    terms = {lemma, *_indefinite(form), *_undivided(form, (lemma,))}
    for part in lemma.split("_"):
        terms |= {"p_" + word for word in (*_swedish_parts(part), part) if word != lemma}
    return tuple(sorted(terms))


def _indefinite(form: str) -> Iterator[str]:
    """Yield a Swedish noun without its article where the dictionary knows a verb first: ``beslut`` of ``beslutet``."""
    typed = form.lower()
    bare, lemma = ARTICLE.sub("", typed), _swedish(form)
    if bare != typed != lemma and lemma.endswith(("a", "en")) and _is_swedish(bare):
        yield as_term(bare)


def _swedish_parts(word: str) -> Iterator[str]:
    """Yield the two words that a compound is joined of, at every place where both stand in the dictionary."""
    import simplemma

    if len(word) < SHORTEST_PARTS:
        return
    for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        head, tail = word[:at], word[at:]
        if head not in PREFIXES and tail not in SUFFIXES and _is_swedish(tail):
            heads = [one for one in _heads(head) if _is_swedish(one)][:2]
            if heads and simplemma.lemmatize(tail, lang="sv") == tail:
                yield from (*heads, tail)


def _is_swedish(word: str) -> bool:
    import simplemma

    return len(word) >= 2 and simplemma.is_known(word, lang="sv")


def _heads(joined: str) -> Iterator[str]:
    """Yield what the first part of a compound may be by itself: ``partnerskaps`` partnerskap, ``kvinno`` kvinna, ``bya`` by."""
    if joined.endswith("s"):
        yield from (joined[:-1], joined[:-1] + "e")
    if joined[-1] in "ou":
        yield joined[:-1] + "a"
    yield joined
    if joined[-1] in "ae":
        yield joined[:-1]
    yield joined + "a"


def _lemma(form: str, language: str | None) -> str:
    """Return the lemma of a form in a language of which we know no more."""
    import simplemma

    return as_term(simplemma.lemmatize(POSSESSIVE.sub("", form.lower()), lang=str(language)))


def _swedish(form: str) -> str:
    import simplemma

    acronym = SWEDISH_ACRONYM.fullmatch(form)
    if acronym:
        return as_term(acronym[1])
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


def query_terms(
    form: str, *, compounds: bool, known: Iterable[str] = (), others: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the terms of which one must stand in a text for this query word to be in it.

    A word that is a lemma itself means that lemma; of several readings of an inflected form, the one
    that a Finnish dictionary prefers is meant.
    A query says no language, so the Swedish lemma and the plain form are looked for too.

    Args:
        form: the word as typed.
        compounds: find the word inside compounds too.
        known: the search terms of the form in Finnish where they are known already; analysed otherwise.
        others: its search terms in other languages.
    """
    form = form.translate(DASHES)
    lemmas = {term for term in known or _finnish(form) if term[:2] not in ("p_", "s_")}
    wanted = _meant(form, lemmas) | {as_term(form)}
    wanted |= {term for term in others if term[:2] not in ("p_", "s_")}
    if form.lower() not in NOT_SWEDISH:
        # where the dictionary knows a verb first, the noun is another lemma
        for noun in (_swedish(form), *_indefinite(form)):
            wanted |= {noun, _swedish(noun)}
    wanted |= _undivided(form, wanted)
    if compounds:
        wanted |= {"p_" + term for term in wanted}
    also = {"s_" + as_term(form.partition(":")[0]), *_meant_too(form, lemmas)}
    return tuple(sorted(wanted | also))


def _meant(form: str, lemmas: set[str]) -> set[str]:
    if as_term(form) in lemmas and (len(lemmas) == 1 or not _is_guessed(form)):
        return {as_term(form)}
    return (_preferred(form) & lemmas) or lemmas


def _meant_too(form: str, lemmas: set[str]) -> set[str]:
    """Return what a form that is a lemma itself is mostly a form of: ``lain`` of ``laki``, ``tehnyt`` of ``tehdä``.

    Of verbs only past participles are meant so: who types ``tuli`` or ``toimi`` means the noun.
    """
    preferred = (_preferred(form) & lemmas) - {as_term(form)}
    if not preferred or form[:1].isupper() or form.endswith("mpi"):
        return set()
    if PARTICIPLE.search(form):
        return preferred
    return preferred - {as_term(one.lemma) for one in readings(form) if one.verb}


def _preferred(form: str) -> set[str]:
    """Return the lemma that a Finnish dictionary gives of a form, where it holds it."""
    import simplemma

    if not simplemma.is_known(form, lang="fi"):
        return set()
    return {as_term(simplemma.lemmatize(form, lang="fi"))}


def is_in_dictionary(form: str) -> bool:
    """Tell whether a dictionary of Finnish or Swedish holds a form.

    >>> is_in_dictionary("järjestöissä"), is_in_dictionary("jarjestoissa")
    (True, False)
    """
    return not _is_guessed(form) and bool(_is_swedish(form) or readings(form))


def _is_guessed(form: str) -> bool:
    """Tell whether no lexicon holds a form; then it may well be an inflected name: ``Ekhvan`` of ``Ekhva``."""
    found = (one for spelling in (form, form.lower()) for one in readings(spelling))
    return not _is_swedish(form.lower()) and all(one.guessed for one in found)
