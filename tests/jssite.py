"""A miniature site that is empty without JavaScript, and pages of programs that a browser must be kept from harm by."""

from tests.crawling import HOST, registry
from tests.rawserver import html, ok, status

SHELL = """<!doctype html><html lang="fi"><head><meta charset="utf-8"><title>Järjestötalo</title>
<link rel="stylesheet" href="/tyyli.css"></head>
<body><noscript>Ota JavaScript käyttöön.</noscript><div id="root"></div>
<script src="/ohjelma.js"></script></body></html>"""

PROGRAM = """
const sivu = location.pathname;
fetch('/api/sivu.json?polku=' + encodeURIComponent(sivu)).then(r => r.json()).then(tieto => {
  document.title = tieto.otsikko;
  const juuri = document.getElementById('root');
  juuri.innerHTML = '<header><a href="/">Etusivu</a> <a href="/hallitus">Hallitus</a></header>' +
    '<main><article><h1></h1><p class="leipa"></p></article></main>' +
    '<img src="/kuva.png"><footer><a href="https://muualla.example/x">Muualla</a></footer>';
  juuri.querySelector('h1').textContent = tieto.otsikko;
  juuri.querySelector('.leipa').textContent = tieto.teksti;
});
"""

TEXTS = {
    "/": (
        "Järjestötalon kevät",
        "Järjestötalon kumppanuuspöytä kokoontui tiistaina Lieksassa. Paikalla oli kolmetoista yhdistystä"
        " ja kunnan hyvinvointikoordinaattori. Keskustelussa sovittiin, että yhdistykset tekevät yhteisen"
        " tapahtumakalenterin ja että kunta tarjoaa kokoustilat maksutta. Seuraava tapaaminen on syyskuussa.",
    ),
    "/hallitus": (
        "Hallitus valittiin",
        "Yhdistyksen syyskokous valitsi hallituksen seuraavaksi kaudeksi. Puheenjohtajana jatkaa Aino Aalto"
        " ja varapuheenjohtajaksi valittiin Eero Esimerkki. Kokous päätti pitää jäsenmaksun ennallaan ja"
        " jatkaa yhteistyötä naapurikuntien järjestöjen kanssa ensi vuonnakin samaan tapaan.",
    ),
}


def app(program=PROGRAM, robots=""):
    """Return the answers of the site."""
    import json

    found = {
        "/robots.txt": ok(robots.encode()),
        "/ohjelma.js": ok(program.encode(), "text/javascript; charset=utf-8"),
        "/sitemap.xml": status(b"404 Ei"),
        "/staattinen": html("Vanha sivu", body=f"<p>{'Tavallinen sivu palvelimelta. ' * 12}</p>"),
    }
    for path, (title, text) in TEXTS.items():
        found[path] = ok(SHELL.encode(), "text/html; charset=utf-8")
        data = json.dumps({"otsikko": title, "teksti": text}, ensure_ascii=False)
        polku = path.replace("/", "%2F")
        found[f"/api/sivu.json?polku={polku}"] = ok(data.encode(), "application/json")
    return found


def app_registry(server, *, render=None, delay=0.0, hosts=None, **tables):
    """Return the registry of the site; Chromium's sandbox does not work for root, as whom tests may run."""
    import os

    settings = {"sandbox": os.geteuid() != 0, "page_seconds": 20.0, **(render or {})}
    return registry(server, delay=delay, hosts=hosts, render=settings, **tables)


HOME = f"http://{HOST}"
