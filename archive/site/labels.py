"""Name what codes stand for: facets, types of pages, languages, and how a date is known."""

from __future__ import annotations

from archive.facets import UNKNOWN
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
    "person_report": "Selvitykset",
}
STATUSES = {
    "live": "verkossa",
    "finished": "päättynyt, yhä verkossa",
    "gone": "poistunut verkosta",
    "unknown": "tilaa ei tiedetä",
}


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
    tables = (FACETS, PAGE_TYPES, LANGUAGES, DATE_SOURCES, KINDS, STATUSES)
    return {text for table in tables for text in table.values()}
