"""Fill an archive.db with some thirty short texts, as if they had been crawled and read.

Seven sites: open ones, one that may show snippets only, a national one, a Swedish one, a closed one and one that was taken down.
One page has two versions, one text stands on two sites, one page was taken down by itself.
A page offers an attachment, two are the same in two languages, and paragraphs are shared, also with a closed page.
What may not be shown holds words that stand nowhere else, so that a test can look for them everywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from archive.access import record_takedown
from archive.digests import stable_id, text_digest
from archive.indexing import build_index
from archive.publish import publish
from archive.registering import register
from archive.registry import County, CrawlConfig, Project, Region, Registry, Scope, Site, Term
from archive.schema import open_archive
from archive.urls import urlkey

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

CLOSED_WORDS = ("kvantsahuri", "suljettukoodi")
TAKEN_DOWN_WORDS = ("plimsollisto", "zirkonvuokko", "poistokoodi")
HIDDEN_WORDS = CLOSED_WORDS + TAKEN_DOWN_WORDS
"""Words that stand only on pages which the public edition must not hold."""
SNIPPET_TAIL = "loppukaneetti"
"""A word after the first 300 characters of a page of which only a snippet may be shown."""

REGIONS = {
    "02": ("Varsinais-Suomi", "Egentliga Finland", "Southwest Finland"),
    "08": ("Kymenlaakso", "Kymmenedalen", "Kymenlaakso"),
    "09": ("Etelä-Karjala", "Södra Karelen", "South Karelia"),
    "11": ("Pohjois-Savo", "Norra Savolax", "North Savo"),
    "13": ("Keski-Suomi", "Mellersta Finland", "Central Finland"),
    "15": ("Pohjanmaa", "Österbotten", "Ostrobothnia"),
}

TERMS = (
    ("jarjesto20", "programme", "Järjestö 2.0", r"järjestö 2\.0", "2017", "2020"),
    ("muutostuki", "programme", "Järjestöjen sote-muutostuki", r"sote-muutostu", "2021", None),
    ("kumppanuuspoyta", "structure", "Kumppanuuspöytä", r"kumppanuuspöy[td]|partnerskapsbord", None, None),
    ("neuvottelukunta", "structure", "Järjestöneuvottelukunta", r"järjestöneuvottelukun", None, None),
    ("jarjestoagentti", "role", "Järjestöagentti", r"järjestöagent", None, None),
    ("artteli", "organisation", "Artteli-kumppanuusyhdistys", r"\bartteli", None, None),
    ("sosteri", "organisation", "Soihtu ry", r"\bsoihtu ry|\bsoihdu", None, None),
)  # fmt: skip

SITES = (
    ("kymijoki", "Kymijoen yhdistysverkko", "open", ("08",), "jarjesto20", "2017", "2020"),
    ("saimaa", "Saimaan kumppanit", "open", ("09",), "muutostuki", "2021", None),
    ("jarviseutu", "Järviseudun järjestöfoorumi", "snippet", ("13", "11"), "jarjesto20", "2017", "2020"),
    ("valtakunta", "Yhteisöjen keskusliitto", "snippet", (), None, None, None),
    ("kusten", "Kustens föreningar", "open", ("15", "02"), None, None, None),
    ("lukko", "Lukossa ry kvantsahuri", "closed", ("08",), None, None, None),
    ("pois", "Poistettu zirkonvuokko", "open", ("09",), None, None, None),
)  # fmt: skip

# site, path, title, published, page type, text
PAGES: tuple[tuple[str, str, str, str | None, str, str], ...] = (
    ("kymijoki", "/kumppanuuspoyta", "Kumppanuuspöytä kokosi yhdistykset", "2018-03-12", "article",
     "Kymenlaakson ensimmäinen kumppanuuspöytä kutsuttiin koolle Kouvolaan. Saman pöydän ääressä istui yhdistyksiä, kuntien viranhaltijoita ja seurakunnan väkeä.\nSovittiin, että kumppanuuspöydän muistiot ovat kaikkien luettavissa. Järjestö 2.0 -hanke maksoi kahvit."),
    ("kymijoki", "/kumppanuuspoyta-2019", "Kumppanuuspöydät laajenevat Kotkaan", "2019-09-03", "article",
     "Kotkan kumppanuuspöydässä puhuttiin vapaaehtoistyöstä. Järjestöjen edustajat toivoivat, että kaupunki nimeäisi järjestöyhdyshenkilön.\nKolmas kumppanuuspöytä pidetään keväällä Haminassa."),
    ("kymijoki", "/jarjestoagentit", "Järjestöagentit esittäytyvät", "2017-11-20", "article",
     "Neljä järjestöagenttia kiertää kyliä ja kysyy, mitä tukea pienet yhdistykset tarvitsevat. Agentin voi kutsua kokoukseen maksutta."),
    ("kymijoki", "/kuntavaalit", "Järjestöjen kuntavaaliterveiset", "2017-02-28", "article",
     "Yhdistykset muistuttavat ehdokkaita: kuntien ja järjestöjen yhteistyö on hyvinvoinnin perusta. Avustukset on päätettävä ajoissa."),
    ("kymijoki", "/yhteystiedot", "Yhteystiedot", None, "contact",
     "Yhdistysverkon toimisto palvelee arkisin. Kysy avustuksista, tiloista ja koulutuksista."),
    ("kymijoki", "/tapahtumat/yhdistysilta", "Yhdistysilta Haminassa", "2020-02-01", "event",
     "Yhdistysilta järjestetään 5.2.2020 klo 17-19 Haminan kirjastossa. Ohjelmassa on esittelyjä ja vertaistukea."),
    ("kymijoki", "/poistettava", "Poistettava plimsollisto", "2019-01-01", "article",
     "Tämä sivu on pyydetty poistamaan: plimsollisto ja poistokoodi eivät saa näkyä."),
    ("saimaa", "/muutostuki", "Sote-muutostuki alkaa Etelä-Karjalassa", "2021-06-15", "article",
     "Järjestöjen sote-muutostuki auttaa yhdistyksiä hyvinvointialueen valmistelussa. Etelä-Karjalan järjestöneuvottelukunta nimettiin kesäkuussa.\nHyvinvointialueella on tarkoitus päättää avustuksista yhdessä."),
    ("saimaa", "/neuvottelukunta", "Järjestöneuvottelukunta kokoontui", "2022-10-04", "article",
     "Järjestöneuvottelukunnan jäsenet kävivät läpi avustusten periaatteet. Neuvottelukuntaan kuuluu yhdistyksiä eri aloilta. Puheenjohtaja kiitti väistyviä jäseniä."),
    ("saimaa", "/avustukset", "Hyvinvointialueen järjestöavustukset", "2023-01-17", "article",
     "Hyvinvointialue jakaa järjestöavustuksia ensimmäistä kertaa. Hakemuksia tuli yli sata, ja summista kerrotaan keväällä."),
    ("saimaa", "/vapaaehtoiset", "Vapaaehtoistyö kantaa", "2022-05-09", "article",
     "Vapaaehtoisten ilta keräsi salin täyteen. Soihtu ry jakoi kiitoskukat, ja kunnan liikuntatoimi esitteli uuden yhteistyömallin."),
    ("saimaa", "/tiedote", "Yhteinen tiedote: järjestöt mukaan valmisteluun", "2021-09-01", "article",
     "Alueiden järjestöt vaativat paikkaa valmistelupöytiin. Yhteistyö ei synny asetuksella, vaan kokoontumalla."),
    ("saimaa", "/opas.pdf", "Yhdistyksen yhteistyöopas", "2022", "attachment",
     "Opas kertoo, miten yhdistys ja hyvinvointialue sopivat yhteistyöstä. Luvuissa käsitellään tiloja, viestintää ja avustuksia."),
    ("saimaa", "/", "Saimaan kumppanit", None, "front",
     "Saimaan kumppanit on yhdistysten yhteinen sivusto. Tervetuloa mukaan!"),
    ("jarviseutu", "/yhteistyo", "Järjestöyhteistyön malli valmistui", "2019-04-11", "article",
     "Keski-Suomen järjestöyhteistyön malli valmistui huhtikuussa. Se kuvaa, miten kunnat, maakunta ja yhdistykset tapaavat, kuka kutsuu kokoon ja miten päätöksistä kerrotaan. Mallia valmisteli työryhmä, johon kuului edustajia kymmenestä yhdistyksestä ja viidestä kunnasta. Työryhmä kokoontui vuoden aikana kahdeksan kertaa. Viimeinen sana on loppukaneetti."),
    ("jarviseutu", "/tiedote", "Yhteinen tiedote: järjestöt mukaan valmisteluun", "2021-09-02", "article",
     "Alueiden järjestöt vaativat paikkaa valmistelupöytiin. Yhteistyö ei synny asetuksella, vaan kokoontumalla."),
    ("jarviseutu", "/jarjesto20", "Järjestö 2.0 päättyy", "2020-11-30", "article",
     "Järjestö 2.0 -hanke päättyy vuodenvaihteessa. Hankkeen työntekijät kiittävät kumppaneita ja toivovat, että kumppanuuspöydät jatkavat."),
    ("jarviseutu", "/koulutus", "Koulutusta yhdistysten hallituksille", "2018-08-21", "article",
     "Hallituksen jäsenille tarkoitettu koulutus alkaa syyskuussa. Iltaisin opitaan taloutta, viestintää ja vapaaehtoisten ohjaamista."),
    ("jarviseutu", "/kylat", "Kylien kiertue", "2018", "article",
     "Kiertue vei yhdistystietoa kolmeentoista kylään Pohjois-Savossa ja Keski-Suomessa."),
    ("valtakunta", "/stea", "STEAlle yhteinen lausunto", "2019-12-05", "article",
     "Yhteisöjen keskusliitto antoi STEAlle lausunnon: vuoden 2020 avustusten leikkaus osuisi juuri nyt maakuntien järjestöhankkeisiin."),
    ("valtakunta", "/pohjanmaa", "Pohjanmaan mallia katsotaan muualla", "2022-03-03", "article",
     "Pohjanmaan yhdistykset ja Pohjanmaan kunnat sopivat pelisäännöistä ensimmäisinä. Pohjanmaalla kuultiin myös ruotsinkielisiä yhdistyksiä."),
    ("valtakunta", "/kysely", "Kysely järjestöille", None, "article",
     "Kysely kartoittaa, millaista yhteistyötä yhdistyksillä on kuntien kanssa. Vastata voi viikon ajan."),
    ("kusten", "/samarbete", "Samarbetet inleddes i Vasa", "2018-05-14", "article",
     "Föreningarna och staden inledde samarbetet i Vasa. Vid partnerskapsbordet satt representanter för tolv föreningar.\nNästa gång ordnas mötet i Jakobstad."),
    ("kusten", "/valfardsomrade", "Välfärdsområdet hör föreningarna", "2023-02-20", "article",
     "Välfärdsområdet bjöd in organisationerna till ett hörande. Föreningarnas bidrag var den största frågan."),
    ("kusten", "/frivilliga", "De frivilliga tackades", None, "article",
     "De frivilliga tackades med kaffe och sång. Föreningen ordnar en ny kurs på våren."),
    ("kusten", "/yhteistyo", "Yhteistyötä kahdella kielellä", "2021-04-19", "article",
     "Pohjanmaan yhdistykset tekevät yhteistyötä kahdella kielellä. Kumppanuuspöydässä tulkataan."),
    ("lukko", "/kvantsahuri-sivu", "Kvantsahuri ja jäsenet", "2018-06-06", "article",
     "Suljetun sivuston teksti: suljettukoodi ja kumppanuuspöytä."),
    ("pois", "/zirkonvuokko-sivu", "Zirkonvuokko", "2021-01-01", "article",
     "Poistetun sivuston teksti: zirkonvuokko, poistokoodi ja järjestöneuvottelukunta."),
)  # fmt: skip

OLDER = (
    "Kymenlaakson kumppanuuspöytä kutsutaan koolle Kouvolaan ensi kuussa. Ilmoittaudu toimistoon."
)
"""What the first page said before."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A filled data directory."""

    data: Path
    registry: Registry

    @property
    def archive(self) -> Path:
        """The archive."""
        return self.data / "archive.db"

    @property
    def published(self) -> Path:
        """The place of the edition."""
        return self.data / "published.db"


def sample_registry() -> Registry:
    """Return the registry of the sample."""
    return Registry(
        config=Path("config"),
        sites={row[0]: _site(*row) for row in SITES},
        regions={code: Region(code=code, fi=fi, sv=sv, en=en) for code, (fi, sv, en) in REGIONS.items()},
        counties={"ekhva": County(id="ekhva", fi="Etelä-Karjalan hyvinvointialue", sv="Södra Karelens välfärdsområde", en="South Karelia Wellbeing Services County", regions=("09",))},
        terms={row[0]: _term(*row) for row in TERMS},
        crawl=CrawlConfig.model_construct(),
        digest="0" * 16,
    )  # fmt: skip


def _site(id_: str, name: str, access: str, regions: tuple[str, ...], programme: str | None, started: str | None, ended: str | None) -> Site:  # fmt: skip
    projects = (Project(name=f"{name}: hanke", programme=programme, started=started, ended=ended),)
    return Site(
        id=id_,
        name=name,
        organisation=f"{name} ry",
        kind="national" if not regions else "project_site",
        national=not regions,
        regions=regions,
        languages=("sv", "fi") if id_ == "kusten" else ("fi",),
        access=access,
        base_urls=(f"https://{id_}.example/",),
        successor=("lukko",) if id_ == "kymijoki" else (),
        scope=Scope(hosts=(f"{id_}.example",)),
        projects=projects if programme else (),
    )


def _term(
    id_: str, kind: str, fi: str, pattern: str, started: str | None, ended: str | None
) -> Term:
    return Term(id=id_, kind=kind, fi=fi, pattern=pattern, national=True, started=started, ended=ended)  # fmt: skip


def build_archive(data: Path) -> Sample:
    """Write the archive with its pages, versions, takedowns and index."""
    sample = Sample(data, sample_registry())
    db = open_archive(sample.archive)
    register(db, sample.registry)
    with db.conn:
        db.execute(
            "INSERT INTO warc_files (name, bytes_read, complete, source, records, damaged) VALUES ('JA-1.warc.gz', 1, 1, 'crawl', 1, 0)"
        )
        db.execute("INSERT INTO crawls (id, started_at, outcome) VALUES ('20200301-abc', '2020-03-01', 'finished')")  # fmt: skip
        for number, page in enumerate(PAGES):
            _store_page(db, number, page)
        _store_duplicates(db)
        _store_relatives(db)
    record_takedown(db, data, "pois", "pyydetty", "ylläpito", NOW)
    record_takedown(db, data, "https://kymijoki.example/poistettava", "pyydetty", None, NOW)
    build_index(db, sample.registry)
    db.conn.close()
    return sample


def publish_sample(data: Path, edition: str = "public") -> Sample:
    """Write the archive and an edition of it."""
    sample = build_archive(data)
    publish(sample.archive, sample.published, edition=edition, registry=sample.registry, now=NOW)
    return sample


def page_id(site: str, path: str) -> str:
    """Return the id of a page of the sample."""
    return stable_id(site, urlkey(f"https://{site}.example{path}"))


def _store_page(
    db: Database, number: int, page: tuple[str, str, str, str | None, str, str]
) -> None:
    site, path, _, _, page_type, text = page
    url = f"https://{site}.example{path}"
    seen = f"2020-03-01T12:{number:02}:00+00:00"
    later = f"2020-06-01T12:{number:02}:00+00:00"
    texts = [OLDER, text] if number == 0 else [text]
    id_ = page_id(site, path)
    for turn, (body, moment) in enumerate(zip(texts, (seen, later), strict=False)):
        capture = stable_id(url, moment)
        row = {"id": capture, "urlkey": urlkey(url), "url": url, "timestamp": moment, "site": site, "page": id_, "crawl": "20200301-abc", "source": "crawl", "provenance": None, "status": 200, "mime": "text/html", "mime_detected": "text/html", "redirect": None, "payload_digest": f"sha1:{capture}", "stated_digest": None, "payload_length": len(body), "record_id": f"<urn:uuid:{capture}>", "record_type": "response", "refers_to": None, "revisit_of": None, "warc_file": "JA-1.warc.gz", "warc_offset": number * 10 + turn, "warc_length": 10, "truncated": None, "robots": None, "noarchive": 0, "tdm": None}  # fmt: skip
        db["captures"].insert(row)
        version = _version(page, body, id_, capture, url, moment, newest=turn == len(texts) - 1)
        db["versions"].insert(version)
        db["version_text"].insert({"version": version["id"], "text": body})
        if page_type == "front":
            targets = ("https://kymijoki.example/poistettava", "https://lukko.example/kvantsahuri-sivu", "https://kymijoki.example/jarjestoagentit")  # fmt: skip
            for position, target in enumerate(targets):
                db["links"].insert({"version": version["id"], "position": position, "url": target, "urlkey": urlkey(target), "text": f"Linkki {target[-12:]}"})  # fmt: skip
    db["pages"].insert({"id": id_, "site": site, "urlkey": urlkey(url), "url": url, "first_captured": seen, "last_captured": later if len(texts) > 1 else seen, "captures": len(texts), "state": "live"})  # fmt: skip


def _version(page: tuple[str, str, str, str | None, str, str], text: str, page_of: str, capture: str, url: str, moment: str, *, newest: bool) -> dict[str, object]:  # fmt: skip
    site, _, title, published, page_type, _ = page
    precision = {4: "year", 7: "month", 10: "day"}[len(published)] if published else None
    swedish = site == "kusten" and not title.startswith("Yhteistyötä")
    return {"id": stable_id(page_of, text_digest(text)), "page": page_of, "site": site, "capture": capture, "url": url, "first_seen": moment, "last_seen": moment, "captures": 1, "current": int(newest), "text_digest": text_digest(text), "title": title, "author": None, "published": published, "published_precision": precision, "published_source": "meta" if published else None, "published_confidence": 0.98 if published else None, "published_evidence": published, "modified": None, "modified_precision": None, "modified_source": None, "language": "sv" if swedish else "fi", "languages": json.dumps(["sv" if swedish else "fi"]), "page_type": page_type, "mime": "text/html", "tags": "[]", "charset": "utf-8", "words": len(text.split()), "extractor": "test 1"}  # fmt: skip


def _store_duplicates(db: Database) -> None:
    same = db.execute(
        "SELECT group_concat(id) FROM versions GROUP BY text_digest HAVING count(*) > 1"
    )
    for (ids,) in same.fetchall():
        versions = ids.split(",")
        for version in versions:
            db["duplicates"].insert({"version": version, "cluster": versions[0], "similarity": 1.0, "method": "exact"})  # fmt: skip


def _store_relatives(db: Database) -> None:
    """Store what joins pages: an attachment, twins, shared paragraphs; and the Markdown of one of them."""

    def newest(site: str, path: str) -> str:
        query = "SELECT id FROM versions WHERE page = ? AND current"
        return str(db.execute(query, [page_id(site, path)]).fetchone()[0])

    offering, guide = newest("saimaa", "/avustukset"), "https://saimaa.example/opas.pdf"
    db["links"].insert({"version": offering, "position": 0, "url": guide, "urlkey": urlkey(guide), "text": "Lataa opas"})  # fmt: skip
    twins = (("/samarbete", "fi", "https://kusten.example/yhteistyo"), ("/yhteistyo", "sv", "https://kusten.example/samarbete"), ("/yhteistyo", "en", "https://lukko.example/kvantsahuri-sivu"))  # fmt: skip
    for path, language, url in twins:
        db["translations"].insert({"version": newest("kusten", path), "language": language, "url": url, "urlkey": urlkey(url), "source": "hreflang"})  # fmt: skip
    shared = (("a" * 32, ("saimaa", "/tiedote"), ("jarviseutu", "/tiedote")), ("b" * 32, ("kymijoki", "/kumppanuuspoyta"), ("lukko", "/kvantsahuri-sivu")))  # fmt: skip
    for digest, *places in shared:
        for site, path in places:
            db["passages"].insert({"digest": digest, "version": newest(site, path), "start": 0, "length": 50})  # fmt: skip
    listed = newest("saimaa", "/muutostuki")
    text = db["version_text"].get(listed)["text"]
    db["version_text"].update(listed, {"markdown": "\n".join(f"- {line}" for line in text.split("\n"))})  # fmt: skip
