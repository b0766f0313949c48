"""Name what codes stand for: facets, types of pages, languages, and how a date is known."""

from __future__ import annotations

from collections.abc import Iterable

from archive.search.facets import UNKNOWN
from archive.search.querytree import Problem
from archive.site.holding import Names
from archive.site.languages import Translator

FACETS = {
    "region": "Maakunta",
    "county": "Hyvinvointialue",
    "year": "Julkaisuvuosi",
    "programme": "Ohjelma tai hanke",
    "structure": "Rakenne",
    "organisation": "Järjestö",
    "site": "Sivusto",
    "lang": "Kieli",
    "type": "Sivun laji",
}
PAGE_TYPES = {
    "article": "uutinen tai artikkeli",
    "listing": "luettelo",
    "event": "tapahtuma",
    "contact": "yhteystiedot",
    "attachment": "liitetiedosto",
    "front": "etusivu",
    "error": "virhesivu",
    "parked": "tyhjä verkkotunnus",
    "other": "muu sivu",
}
LANGUAGES = {
    "fi": "suomi",
    "sv": "ruotsi",
    "en": "englanti",
    "et": "viro",
    "ru": "venäjä",
    "se": "pohjoissaame",
}
DATE_SOURCES = {
    "site-rule": "sivustolle kirjoitetusta säännöstä",
    "url+meta": "osoitteesta ja sivun metatiedoista",
    "url": "osoitteesta",
    "json-ld": "sivun metatiedoista",
    "meta": "sivun metatiedoista",
    "time": "sivun päiväysmerkinnästä",
    "class": "sivun päiväysmerkinnästä",
    "wordpress-rest": "sivuston julkaisujärjestelmästä",
    "feed": "sivuston uutissyötteestä",
    "cms-rule": "sivun päiväysmerkinnästä",
    "label": "sivun tekstistä",
    "near-title": "otsikon vierestä",
    "signature": "tekstin lopusta",
    "guess": "arvioitu, voi olla väärä",
}
KINDS = {
    "programme": "Ohjelmat",
    "project": "Hankkeet",
    "structure": "Rakenteet",
    "organisation": "Järjestöt",
    "role": "Tehtävät",
    "region": "Maakunnat",
    "model": "Mallit",
    "service": "Palvelut",
    "concept": "Käsitteet",
    "document": "Asiakirjat",
    "place": "Paikat",
    "event_type": "Tapahtumien lajit",
    "activity": "Toimintamuodot",
    "funder": "Rahoittajat",
    "county": "Hyvinvointialueet",
    "municipality": "Kunnat",
    "person_report": "Selvitykset",
}
STATUSES = {
    "live": "verkossa",
    "finished": "päättynyt, yhä verkossa",
    "gone": "poistunut verkosta",
    "unknown": "tilaa ei tiedetä",
}
PROBLEMS: dict[Problem, str] = {
    "too-long": "Haku on liian pitkä. Hae muutamalla sanalla.",
    "quote": "Lainausmerkki jäi auki. Kirjoita merkki sanojen molemmin puolin.",
    "bracket": "Sulut eivät täsmää: jokainen ( tarvitsee parikseen merkin ).",
    "operator": "JA, TAI ja EI tarvitsevat sanan vierelleen. Pienin kirjaimin kirjoitettuina ne ovat tavallisia hakusanoja.",
    "short-beginning": "Sanan alussa pitää olla ainakin kaksi kirjainta ennen tähteä.",
    "star": "Tähti voi olla vain sanan lopussa, näin: järjest*. Haussa ”{said}” se on kirjainten edellä.",
    "near": "LÄHELLÄ tarvitsee tavallisen sanan molemmin puolin, näin: kunta LÄHELLÄ/5 yhdistys",
    "date": "”{said}” ei ole päivä. Kirjoita 2019, 2019-03 tai 18.3.2019, ja aikaväli näin: 2018..2020",
    "field": "Kirjoita arvo heti kaksoispisteen perään ilman välilyöntiä ja sulkuja: {said}arvo",
    "value": "Tässä aineistossa ei ole mitään, minkä nimi olisi ”{said}”. Tarkista kirjoitusasu.",
}


def problem_text(problem: Problem, said: str, say: Translator) -> str:
    """Explain what cannot be understood in a query."""
    return say(PROBLEMS[problem], said=said)


STATES = {
    "live": "Osoite vastasi, kun siinä viimeksi käytiin.",
    "moved": "Osoite ohjaa nyt muualle.",
    "gone": "Sivu on poistunut verkosta.",
    "failing": "Osoite ei vastannut, kun siinä viimeksi käytiin.",
    "parked": "Osoitteessa ei enää ole sivustoa.",
}
SOURCES = {
    "crawl": "oma haravointi",
    "import": "tuotu tiedostosta",
    "rendered": "selaimella piirretty",
    "wayback": "Wayback Machinesta",
    "commoncrawl": "Common Crawlista",
}
PRECISIONS = {"day": "päivä", "month": "kuukausi", "year": "vuosi"}
FILE_KINDS = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/rtf": "RTF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
}


def file_kind(mime: str) -> str:
    """Return the short name of a kind of file, which is the same in every language.

    >>> file_kind("application/pdf"), file_kind("image/x-unknown")
    ('PDF', 'image/x-unknown')
    """
    bare = mime.partition(";")[0].strip().lower()
    return FILE_KINDS.get(bare, bare)


def by_kind(kinds: Iterable[str]) -> list[str]:
    """Return kinds of terms in the order in which they matter here; municipalities, the most, come late.

    >>> by_kind(["municipality", "structure", "programme"])
    ['programme', 'structure', 'municipality']
    """
    order = list(KINDS)
    return sorted(
        kinds, key=lambda kind: (order.index(kind) if kind in order else len(order), kind)
    )


def value_label(facet: str, value: str, names: Names, say: Translator) -> str:
    """Return the name of one value of a facet."""
    if value == UNKNOWN:
        return say("ei tiedossa")
    if facet == "region":
        return names.region(value, say.language)
    if facet == "county":
        return names.county(value, say.language)
    if facet in ("programme", "structure", "organisation"):
        return names.term(value, say.language)
    if facet == "site":
        return names.sites.get(value, value)
    known = {"lang": LANGUAGES, "type": PAGE_TYPES}.get(facet, {})
    return say(known[value]) if value in known else value


def texts() -> set[str]:
    """Return every text of this module, which the catalogues must hold."""
    tables = (
        FACETS, PAGE_TYPES, LANGUAGES, DATE_SOURCES, KINDS, STATUSES, STATES, SOURCES, PRECISIONS, PROBLEMS,
    )  # fmt: skip
    return {text for table in tables for text in table.values()}
