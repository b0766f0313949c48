"""Measure whether the search finds the sentences that hold a word, on treebanks whose lemmas people have checked.

``python -m benchmarks.search_quality [DIR]`` reads every ``*.conllu`` under DIR (else under ``$TREEBANKS``) whose folder names
UD_Finnish-TDT or UD_Swedish-Talbanken; each sentence is a document. Three questions: the lemma is typed, any one of its forms
is typed, and a word is typed that also lives inside compounds. Without treebanks only the words of our own field are asked,
and the last line says so. Rules were tuned on the development parts: figures of those flatter, others do not.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from archive.lemmas import analyse, query_terms, tokens

FLOORS = {
    "fi_lemma_f": 0.92,
    "fi_lemma_recall": 0.98,
    "fi_inflected_f": 0.89,
    "fi_compound_f": 0.92,
    "sv_lemma_f": 0.93,
    "domain_found": 1.0,
    "domain_wrong": 0.0,
}
LANGUAGES = {"UD_Finnish-TDT": "fi", "UD_Swedish-Talbanken": "sv"}
CONTENT = {"NOUN", "PROPN", "ADJ", "VERB"}
LEMMA = re.compile(r"[^\W\d_][\w#'-]{2,}")

FIELD: tuple[tuple[str, str, str], ...] = (
    # what is typed; forms that it must find, compounds included; forms that it must not find
    ("järjestö", "järjestöjen järjestöille järjestöissä järjestökin järjestöyhteistyötä potilasjärjestöistä kunta-järjestöyhteistyö JÄRJESTÖT", "järjestää järjestys järjestelmä"),
    ("järjestöissä", "järjestö järjestöt järjestön", "järjestyksessä"),
    ("kumppanuuspöydässä", "kumppanuuspöytä Kumppanuuspöydät kumppanuuspöytiin KUMPPANUUSPÖYTÄ", "kumppanuus pöytä"),
    ("neuvottelukunta", "neuvottelukuntien neuvottelukunnassa järjestöneuvottelukunnalle vammaisneuvottelukunnan", "neuvottelu"),
    ("yhdistys", "yhdistyksen yhdistyksiltä kyläyhdistyksissä yhdistystoimintaan", "yhdistää"),
    ("kunta", "kunnan kunnissa kuntiin kuntayhteistyötä", "kunto"),
    ("hyvinvointialue", "hyvinvointialueilla hyvinvointialueelta Hyvinvointialueen", "hyvinvointi alue"),
    ("yhteistyö", "yhteistyötä yhteistyössä järjestöyhteistyön yhteistyökumppanit", "työ"),
    ("avustus", "avustukset avustuksista järjestöavustusten avustuspäätös", "avustaja"),
    ("vapaaehtoinen", "vapaaehtoisia vapaaehtoisten vapaaehtoisille", "ehto"),
    ("maakunta", "maakunnissa maakuntien maakuntauudistuksen", "maa"),
    ("STEA", "STEAlle STEA:n STEAn STEA:lta stea", "steariini"),
    ("KYT", "KYTin KYT:n KYTille", "kytkin"),
    ("Kanta-Häme", "Kanta-Hämeen Kanta-Hämeessä KANTA-HÄMEEN kanta-hämeestä", "Häme"),
    ("kanta-hämeessä", "Kanta-Häme Kanta-Hämeen", ""),
    ("Etelä-Karjala", "Etelä-Karjalan Etelä-Karjalassa", "Karjala"),
    ("sote", "soten sotessa sote-uudistus sote-keskuksen soteuudistuksen", "sota"),
    ("sote-uudistus", "sote-uudistuksen Sote-uudistuksessa", ""),
    ("Lähellä.fi", "Lähellä.fi lähellä.fi-palvelun", ""),
    ("muutosagentti", "muutosagentit muutosagenttien", "agentti"),
    ("wapaaehtoinen", "vapaaehtoiset wapaaehtoisten", ""),
    ("vaasa", "Waasan Vaasassa", ""),
    ("yhdistys", "kuntien/yhdistysten", "yhdistelmä"),
    ("2020", "2018–2020 12.3.2020", "2021"),
    ("soteuudistus", "sote-uudistuksen", "uudistaja"),
    ("Soste", "Sosten SOSTEn Sostelle", "sokset"),
    ("Varha", "Varhasta Varhan Varhalle", "varhain"),
    ("Ekhvan", "Ekhva EKHVA:n Ekhvaan", ""),
    ("yhdyspinnat", "yhdyspinta yhdyspinnoilla", "pinna"),
)  # fmt: skip
SWEDISH_FIELD: tuple[tuple[str, str, str], ...] = (
    ("förening", "föreningarnas ungdomsföreningar föreningsverksamhet Föreningar/organisationer", "förenlig"),
    ("partnerskapsbord", "partnerskapsbordet partnerskapsbordens", "partnerskap"),
    ("partnerskap", "partnerskapets partnerskapsbordet", "partner"),
    ("beslut", "beslutet besluten beslutens", "slut"),
    ("understödet", "understöd understöden understödens", "stöd"),
    ("kommun", "kommunernas samkommunen", "kommunikation"),
    ("välfärdsområde", "välfärdsområdenas Välfärdsområdet", "välfärd"),
    ("STEA", "STEA:s", ""),
)  # fmt: skip


@dataclass
class Treebank:
    """Sentences with the gold that follows from their lemmas."""

    texts: list[str] = field(default_factory=list)
    whole: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    part: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    typed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


Question = tuple[str, set[int]]
Search = Callable[[str, bool], set[int]]


def main() -> int:
    """Ask, score, print."""
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TREEBANKS", "")
    figures = _field()
    read = False
    for name, language in LANGUAGES.items():
        files = sorted(Path(folder).rglob(f"{name}/*.conllu")) if folder else []
        if files:
            read = True
            figures |= _treebank(language, files)
    for key, value in figures.items():
        print(f"{key:24s} {value:.3f}")
    if not read:
        print("no treebank was read: name its folder to measure precision and recall")
    floors = {key: floor for key, floor in FLOORS.items() if key in figures}
    short = [key for key, floor in floors.items() if not _holds(key, figures[key], floor)]
    print(json.dumps({"name": "search_quality", "ok": not short, "figures": {**figures, "treebanks": read}, "peer": {}, "floors": floors}))  # fmt: skip
    return int(bool(short))


def _holds(key: str, value: float, floor: float) -> bool:
    return value <= floor if key.endswith("wrong") else value >= floor


def _field() -> dict[str, float]:
    """Ask for the words of our own field, one form a document."""
    found = expected = wrong = 0
    for asked, language in ((FIELD, "fi"), (SWEDISH_FIELD, "sv")):
        right, given, strange = _asked(asked, language)
        found, expected, wrong = found + right, expected + given, wrong + strange
    return {"domain_found": found / expected, "domain_wrong": float(wrong)}


def _asked(asked: Iterable[tuple[str, str, str]], language: str) -> tuple[int, int, int]:
    """Return how many forms were found, how many should have been, and how many should not."""
    forms = sorted({form for _, yes, no in asked for form in f"{yes} {no}".split()})
    search = _index(forms, language)
    found = expected = wrong = 0
    for typed, yes, no in asked:
        hits = {forms[number] for number in search(typed, True)}
        missed, strange = set(yes.split()) - hits, set(no.split()) & hits
        expected += len(yes.split())
        found += len(yes.split()) - len(missed)
        wrong += len(strange)
        if missed or strange:
            print(f"{typed}: not found {sorted(missed)}, wrong {sorted(strange)}")
    return found, expected, wrong


def _treebank(language: str, files: list[Path]) -> dict[str, float]:
    bank = _gold(_sentences(files))
    search = _index(bank.texts, language)
    chance = random.Random(1)
    inflected = [key for key in bank.whole if len({form.lower() for form in bank.forms[key]}) > 1]
    asked: dict[str, tuple[bool, list[Question]]] = {
        "lemma": (False, [(_usual(bank, key), bank.whole[key]) for key in inflected]),
        "inflected": (
            False,
            [(chance.choice(sorted(bank.forms[key])), bank.whole[key]) for key in inflected],
        ),
        "compound": (
            True,
            [
                (_usual(bank, key), bank.whole[key] | places)
                for key, places in bank.part.items()
                if key in bank.whole
            ],
        ),
    }
    figures = {}
    for name, (compounds, questions) in asked.items():
        if questions:
            precision, recall = _score(search, compounds, questions)
            figures[f"{language}_{name}_precision"] = precision
            figures[f"{language}_{name}_recall"] = recall
            figures[f"{language}_{name}_f"] = 2 * precision * recall / (precision + recall)
    return figures


def _sentences(files: list[Path]) -> Iterator[tuple[str, list[list[str]]]]:
    for file in files:
        text = ""
        rows: list[list[str]] = []
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("# text = "):
                text = line.removeprefix("# text = ")
            elif not line and rows:
                yield text, rows
                rows = []
            elif line and line[0] != "#" and line.split("\t", 1)[0].isdigit():
                rows.append(line.split("\t"))
        if rows:
            yield text, rows


def _gold(sentences: Iterator[tuple[str, list[list[str]]]]) -> Treebank:
    """Gather which sentences hold a lemma, alone or inside a compound (``#`` divides compounds in TDT)."""
    bank, read = Treebank(), list(sentences)
    simple = _simple_words(rows for _, rows in read)
    for number, (text, rows) in enumerate(read):
        bank.texts.append(text)
        for _, form, lemma, kind, *_ in rows:
            if kind in CONTENT and LEMMA.fullmatch(lemma) and form.strip("-") == form:
                key = _key(lemma)
                bank.whole[key].add(number)
                bank.forms[key][form] += 1
                bank.typed[key][_as_typed(form, lemma)] += 1
                for inner in _inner(lemma, simple):
                    bank.part[inner].add(number)
    for number, (_, rows) in enumerate(read):  # the same lemma counts whatever its part of speech
        for row in rows:
            if _key(row[2]) in bank.whole:
                bank.whole[_key(row[2])].add(number)
    return bank


def _simple_words(sentences: Iterable[list[list[str]]]) -> dict[str, Counter[str]]:
    """Return the lemmas that the treebank gives to each form that is no compound."""
    simple: dict[str, Counter[str]] = defaultdict(Counter)
    for rows in sentences:
        for _, form, lemma, kind, *_ in rows:
            if kind in CONTENT and "#" not in lemma and "-" not in form:
                simple[form.lower()][_key(lemma)] += 1
    return simple


def _inner(lemma: str, simple: dict[str, Counter[str]]) -> Iterator[str]:
    """Yield the words inside a compound; one in the genitive also as the lemma that the treebank gives its form."""
    parts = lemma.split("#")
    for first in range(len(parts)):
        for last in range(first + 1, len(parts) + 1):
            inner = "".join(parts[first:last])
            if len(inner) > 2 and last - first < len(parts):
                yield _key(inner)
                if last < len(parts) and inner.lower() in simple:
                    yield simple[inner.lower()].most_common(1)[0][0]


def _key(lemma: str) -> str:
    return lemma.replace("#", "").replace("-", "").lower()


def _as_typed(form: str, lemma: str) -> str:
    """Return a lemma as a person types it: with a hyphen where the form has one."""
    typed = ""
    for part in lemma.split("#"):
        hyphen = typed and form[len(typed) : len(typed) + 1] == "-" and not typed.endswith("-")
        typed += ("-" if hyphen else "") + part
    return typed


def _usual(bank: Treebank, key: str) -> str:
    return bank.typed[key].most_common(1)[0][0]


def _index(texts: list[str], language: str) -> Search:
    """Index texts with the product's own analysis, and return its search."""
    known = cache(lambda form: analyse(form, language))
    holding: dict[str, set[int]] = defaultdict(set)
    for number, text in enumerate(texts):
        for word in tokens(text):
            for term in known(word.group()):
                holding[term].add(number)

    def search(typed: str, compounds: bool) -> set[int]:
        found = [
            set().union(*(holding.get(term, set()) for term in query_terms(word.group(), compounds=compounds)))
            for word in tokens(typed)
        ]  # fmt: skip
        return set.intersection(*found) if found else set()

    return search


def _score(search: Search, compounds: bool, questions: list[Question]) -> tuple[float, float]:
    """Return precision and recall over all questions together."""
    right = given = wanted = 0
    for typed, gold in questions:
        hits = search(typed, compounds)
        right += len(hits & gold)
        given += len(hits)
        wanted += len(gold)
    return right / max(1, given), right / max(1, wanted)


if __name__ == "__main__":
    sys.exit(main())
