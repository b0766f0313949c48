"""Serve every trap that a crawler meets: pages, addresses, redirects, bodies and files without end.

Each trap is a function of the path (with query) that returns an answer for ``RawServer``.
Everything is bounded by the server's end; nothing leaves loopback.
"""

import gzip
import itertools
import random
import zlib
from functools import cache
from urllib.parse import parse_qs

from tests.rawserver import RESET, html, ok, status

MEGABYTE = b"x" * 1_048_576
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MONTHS = ("tammikuu", "helmikuu", "maaliskuu", "huhtikuu", "toukokuu", "kesäkuu", "heinäkuu", "elokuu",
          "syyskuu", "lokakuu", "marraskuu", "joulukuu")  # fmt: skip


def page(title, *links, body=""):
    """Return a page whose links do not show where they lead."""
    anchors = "".join(f'<p><a href="{link}">lisää</a></p>' for link in links)
    return html(title, body=body + anchors)


def token():
    """Return a name that was never given before."""
    return random.randbytes(12).hex()


def word():
    """Return a word of letters that was never given before."""
    return "".join(random.choices("aeioukstlnprm", k=9))


# --- addresses without end


def calendar(path):
    """A month with links to the next and the one before, for ever."""
    month = int(path.rpartition("/")[2])
    name = f"{MONTHS[month % 12]} {2000 + month // 12}"
    body = f"<p>Tapahtumat, {name}. Ei tapahtumia.</p>"
    return page(f"Ohjelma {name}", f"/vuosi/{month + 1}", f"/vuosi/{month - 1}", body=body)


def session_in_query(path):
    """Each link carries a new visit, under a name that is not known for it."""
    links = [f"/kauppa?kori={token()}&sivu={n}" for n in range(3)]
    return page("Kauppa", *links, body="<p>Tuotteita ei ole.</p>")


def session_in_path(path):
    """Each link carries a new visit in its path."""
    links = [f"/istunto/{token()}/sivu" for _ in range(3)]
    return page("Istunto", *links, body="<p>Tervetuloa palveluun.</p>")


def endless_path(path):
    """Relative links that lead deeper and deeper."""
    return page("Syvä", "a/", "b/", body=f"<p>Kansio {path.count('/')}</p>")


def endless_words(path):
    """Paths of words, new ones on each page, all with the same text."""
    links = [f"/sanat/{word()}/{word()}" for _ in range(4)]
    return page("Sanat", *links, body="<p>Aina sama teksti.</p>")


def facets(path):
    """Filters that can be combined: each choice is an address of its own shape."""
    chosen = set(parse_qs(path.partition("?")[2]))
    names = [
        "alue",
        "kunta",
        "ryhma",
        "muoto",
        "kieli",
        "vuosi",
        "tila",
        "tyyppi",
        "jarjesta",
        "koko",
    ]
    links = []
    for name in names:
        keys = sorted(chosen ^ {name})
        links.append("/lista?" + "&".join(f"{key}={len(key)}" for key in keys))
    found = " ".join(sorted(chosen)) or "kaikki"
    return page("Lista", *links, body=f"<p>Rajaus: {found}</p>")


def soft_404(path):
    """Anything below /palvelu exists, and says that it does not."""
    links = [f"/palvelu/{word()}" for _ in range(5)]
    body = f"<p>Hakemaasi sivua {path} ei löytynyt.</p>"
    return page("Virhe", *links, body=body)


def sitemap_chain(number, host):
    """A list of sitemaps that names another list, itself and the first."""
    names = [f"/sk{number + 1}.xml", f"/sk{number}.xml", "/sk0.xml"]
    entries = "".join(f"<sitemap><loc>http://{host}{name}</loc></sitemap>" for name in names)
    return ok(f"<sitemapindex>{entries}</sitemapindex>".encode(), "text/xml")


# --- redirects


def redirect(location):
    """Return an answer that leads elsewhere."""
    return status(b"302 Found", b"Location: " + location.encode())


# --- bodies


def drip(head, piece=b"x", count=100_000, pause=1.0):
    """Send a head, then a byte now and then."""
    yield head
    for _ in range(count):
        yield pause
        yield piece


def endless(head, piece):
    """Send a head, then the same piece for ever."""
    yield head
    yield from itertools.repeat(piece)


@cache
def bomb(megabytes):
    """Return gzip data that unpack to so many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_048_576)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


def entity_bomb():
    """Return XML whose entities would unpack to gigabytes, with one honest address."""
    entities = "".join(
        f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' if n else '<!ENTITY l1 "lol">' for n in range(12)
    )
    return (
        f"<?xml version='1.0'?><!DOCTYPE urlset [{entities}]>"
        "<urlset><url><loc>&l12;</loc></url><url><loc>/kartalta</loc></url></urlset>"
    ).encode()


def huge_sitemap(host, entries):
    """Return a sitemap with so many addresses."""
    lines = (
        f"<url><loc>http://{host}/k/{n}</loc><lastmod>2020-01-01</lastmod></url>"
        for n in range(entries)
    )
    return ("<urlset>" + "".join(lines) + "</urlset>").encode()


def bodies():
    """Return the traps of one answer, by path."""
    part = b"<!doctype html><p>Sivu, joka katkeaa.</p>"
    return {
        "/tippa": lambda _: drip(HEAD + b"Content-Length: 100000\r\n\r\n", pause=0.2),
        "/tippa-otsake": lambda _: drip(b"HTTP/1.1 200 OK\r\nX-A: ", pause=0.2),
        "/loputon": lambda _: endless(CHUNKED, b"100000\r\n" + MEGABYTE + b"\r\n"),
        "/loputon-liite": lambda _: endless(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n", MEGABYTE
        ),
        "/pommi": ok(bomb(400), "text/html", b"Content-Encoding: gzip"),
        "/kaksoispommi": ok(gzip.compress(bomb(400)), "text/html", b"Content-Encoding: gzip, gzip"),
        "/liian-pitka": HEAD + b"Content-Length: 100000\r\n\r\n" + part,
        "/liian-lyhyt": HEAD + b"Content-Length: 5\r\n\r\n" + part,
        "/hirmupitka": HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + part,
        "/miinus": HEAD + b"Content-Length: -5\r\n\r\n" + part,
        "/katko-alussa": [RESET],
        "/katko-otsakkeessa": [HEAD[:30], 0.1, RESET],
        "/katko-rungossa": [HEAD + b"Content-Length: 100000\r\n\r\n" + part, 0.1, RESET],
        "/pala-rikki": CHUNKED + b"5\r\nabcde\r\nZZ\r\nlisaa",
        "/pala-valtava": CHUNKED + b"FFFFFFFFFFFFFFF\r\nabc",
        "/pala-rivi": lambda _: endless(CHUNKED + b"5;", b"x" * 60_000),
        "/traileri": lambda _: endless(CHUNKED + b"0\r\n", b"X-A: 1\r\n" * 1000),
        "/otsake": lambda _: endless(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n" * 1000),
        "/jatka": lambda _: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        "/http09": b"<html>vanha maailma</html>",
        "/roska": b"\x00\xff\x16\x03\x01" * 200,
        "/tyhja": [],
        "/ftp": b"220 tervetuloa\r\n",
        "/syva-html": ok(b"<div>" * 200_000 + b"pohja", "text/html"),
        "/leveys": ok(b"<a href='/x'>" * 100_000, "text/html"),
        "/suuri-html": ok(b"<p>teksti <a href='/leveys'>linkki</a>" * 450_000, "text/html"),
        "/iso.pdf": ok(random.Random(7).randbytes(30_000_000), "application/pdf"),
    }  # fmt: skip


def redirects(inner_port):
    """Return the redirects, by path."""
    inside = ["http://127.0.0.1:{}/", "http://2130706433:{}/", "http://0x7f.1:{}/", "http://[::1]:{}/",
              "http://[::ffff:127.0.0.1]:{}/", "http://127.0.0.1.:{}/", "http://localhost:{}/",
              "http://169.254.169.254/latest/meta-data/"]  # fmt: skip
    return {
        "/silmukka-a": redirect("/silmukka-b"),
        "/silmukka-b": redirect("/silmukka-a"),
        "/itseensa": status(b"302 Found", b"Location: /itseensa", b"Set-Cookie: x=1"),
        "/muualle": redirect("https://muualla.example/"),
        "/ei-minnekaan": status(b"302 Found"),
        "/javascript": redirect("javascript:alert(1)"),
        "/tiedosto": redirect("file:///etc/passwd"),
        **{f"/ketju/{n}": redirect(f"/ketju/{n + 1}") for n in range(30)},
        **{f"/sisaan/{n}": redirect(to.format(inner_port)) for n, to in enumerate(inside)},
        "/sisaan-uudelleen": _after_a_retry(redirect(f"http://127.0.0.1:{inner_port}/")),
    }


def _after_a_retry(answer):
    tries = itertools.count()
    return lambda _: status(b"500 Voi") if next(tries) == 0 else answer


SHAPES = {
    "/vuosi/": calendar,
    "/kauppa": session_in_query,
    "/istunto/": session_in_path,
    "/a/": endless_path,
    "/sanat/": endless_words,
    "/lista": facets,
    "/palvelu/": soft_404,
    "/jarjestoarkisto-": soft_404,
}
ENTRANCES = (
    "/vuosi/240", "/kauppa", "/istunto/alku/sivu", "/a/", "/sanat/alku/loppu", "/lista", "/palvelu/alku",
)  # fmt: skip


def address_traps():
    """Return addresses without end, and the answer to all others."""

    def default(path):
        trap = next((trap for shape, trap in SHAPES.items() if path.startswith(shape)), None)
        return trap(path) if trap else status(b"404 Ei ole")

    return {"/": html("Osoitteita", *ENTRANCES)}, default


def body_traps():
    """Return answers without end, broken ones and others; those that fail stand between those that do not."""
    traps = bodies()
    paths = sorted(traps, key=lambda path: zlib.crc32(path.encode()))
    return {"/": html("Runkoja", *paths), **traps}, not_found


def redirect_traps(inner_port):
    """Return redirects that lead nowhere good."""
    traps = redirects(inner_port)
    links = [path for path in traps if not path.startswith("/ketju/")]
    return {"/": html("Ohjauksia", *links, "/ketju/0"), **traps}, not_found


def sitemap_traps(host):
    """Return a robots.txt of 3 MB and sitemaps of every bad kind."""
    robots = b"User-agent: *\n" + (b"Disallow: /" + b"*a" * 4000 + b"b\n") * 20
    robots += b"".join(b"Disallow: /kielletty/%d/*\n" % n for n in range(8000))
    maps = ["/sk0.xml", "/pommi.xml", "/entiteetit.xml", "/suuri.xml"]
    named = "".join(f"Sitemap: http://{host}{path}\n" for path in maps).encode()
    return {
        "/": html("Karttoja"),
        "/robots.txt": ok(named + robots + b"# " + b"x" * 3_000_000),
        "/pommi.xml": ok(bomb(400), "application/xml", b"Content-Encoding: gzip"),
        "/entiteetit.xml": ok(entity_bomb(), "application/xml"),
        "/suuri.xml": ok(huge_sitemap(host, 120_000), "application/xml"),
        **{f"/sk{n}.xml": sitemap_chain(n, host) for n in range(40)},
    }, not_found


def not_found(_):
    """Answer as an honest server does."""
    return status(b"404 Ei ole")


def set_traps(server, inner_port):
    """Let a server be all trap hosts; return the list of what is asked, as (host, path)."""
    hosts = {
        "osoitteet.example": address_traps(),
        "rungot.example": body_traps(),
        "ohjaukset.example": redirect_traps(inner_port),
        "kartat.example": sitemap_traps("kartat.example"),
    }
    asked = []

    def answer(head):
        path = head.split(b" ")[1].decode()
        host = head.partition(b"\r\nHost: ")[2].partition(b"\r\n")[0].decode()
        asked.append((host, path))
        answers, default = hosts[host]
        found = answers.get(path) or default(path)
        return found(head) if callable(found) else found

    server.default = answer
    return asked


ADDRESSES = {
    "osoitteet.example": "127.0.3.1",
    "rungot.example": "127.0.3.2",
    "ohjaukset.example": "127.0.3.3",
    "kartat.example": "127.0.3.4",
    "rikki.example": "127.0.3.99",
}
"""The last one has no server; each other host has an address of its own, so that all are asked at once."""
